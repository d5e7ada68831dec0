"""The past of a sample city, written by the product's own bulk path before anything follows the
log: cases with what happened to them, the index of search, the indicators."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Filling
from pengcheng.engines.identity import Holder, Organisation, Rosters
from pengcheng.ground import subscriptions
from pengcheng.kernel.areas import LEVELS, Level, area_level
from pengcheng.kernel.authz import SEALED as ALL
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.registry import CaseKind, Registry
from pengcheng.kernel.time import Promise
from pengcheng.ops.sample import Behaviour, stream
from pengcheng.ops.sample.accounts import sample_accounts
from pengcheng.ops.sample.history import Duty, Ground, History, duty_of, instants
from pengcheng.ops.sample.model import Message
from pengcheng.ops.sample.outlines import Outlines
from pengcheng.ops.sample.templates import Situation, situations, synthetic_messages
from pengcheng.pack.samples import first_rows as first_rows_of

CITIZENS = 1000
DESK_DAYS, DESK_CASES = timedelta(days=6), 96
"""So many more demands came in the last days to each unit whose clerk is a sample account: whoever
signs in as one finds a day's work, as a clerk of a real bureau would."""
SAMPLE_CITIZEN = "citizen"


async def fill_history(services: Services, folder: Path, drawn: Outlines, seed: int) -> int:
    """Fill the past of each case kind that keeps a duty list; how many cases. Every subscriber
    begins after it: nobody is told of what is past."""
    filled = 0
    await services.areas.load()
    await services.organisations.load()
    for kind in services.registry.case_kinds.values():
        if kind.tables.get("duty_list") in services.registry.types:
            filled += await _fill(services, kind, folder, drawn, seed)
    for subscriber in city.subscribers(services, {}):
        await subscriptions.start_at_head(services.database, subscriber.name)
    return filled


async def _fill(
    services: Services, kind: CaseKind, folder: Path, drawn: Outlines, seed: int
) -> int:
    now, chance = services.clock.now(), stream(seed, "history")
    moments = list(instants(now, chance))
    written = synthetic_messages(folder, drawn, seed + 1, len(moments))
    ground = await _ground(services, kind, folder)
    history = History(ground, now, chance)
    came = [*zip(moments, written, strict=True)]
    came += _to_the_desks(services, ground, folder, drawn, seed, moments)
    came.sort(key=lambda one: one[0])
    found = (history.past(message, at) for at, message in came)
    scope = Scope(action="create", type=kind.type, regions=(Region(sensitivity=ALL),), actor=SYSTEM)
    past = (one for one in found if one is not None)
    filled = await Filling(services.cases).fill(scope, past)
    await services.indicators.rebuild()
    return filled


def _to_the_desks(
    services: Services, ground: Ground, folder: Path, drawn: Outlines, seed: int,
    moments: Sequence[datetime],
) -> Iterator[tuple[datetime, Message]]:  # fmt: skip
    """What came besides to the units of the sample's clerks, and when."""
    chance = stream(seed, "desks")
    recent = [at for at in moments if at > moments[-1] - DESK_DAYS]
    clerks = [one for one in sample_accounts() if one.role == "clerk" and one.organisation]
    for number, clerk in enumerate(clerks, 2):
        unit = services.organisations.by_key(clerk.organisation or "")
        known = [one for one in situations(folder) if unit and _answers(ground, unit, one)]
        if unit is None or not known:
            continue
        area = "" if area_level(unit.area_code) == "city" else unit.area_code[:6]
        written = synthetic_messages(
            folder, drawn, seed + number, DESK_CASES, area=area, known=known
        )
        for message in written:
            yield recent[int(chance.integers(len(recent)))], message


def _answers(ground: Ground, unit: Organisation, situation: Situation) -> bool:
    """Whether a unit is the one that answers for a situation in its own area."""
    duty = duty_of(ground.duties, (situation.level1, situation.level2, situation.level3))
    found = ground.unit(duty.organisation_key, duty.level, unit.area_code) if duty else None
    return found is not None and found.id == unit.id


async def _ground(services: Services, kind: CaseKind, folder: Path) -> Ground:
    organisations = services.organisations
    rosters = Rosters(services.database)
    clerks = await rosters.holders("clerk")
    citizens = await rosters.named(kind="citizen", limit=CITIZENS)
    levels = {"subdistrict": "sub_district"}

    def unit(key: str, level: str, area: str | None) -> Organisation | None:
        named = levels.get(level, level)
        known: Level = next((item for item in LEVELS if item == named), "district")
        return organisations.answering(key, known, area)

    return Ground(
        kind=kind.type,
        calendar=await services.calendars.current(),
        duties=duties_of(services.registry, kind),
        unit=unit,
        clerk=lambda one: getattr(nearest(clerks, one), "account_id", None),
        citizens=[one for one in citizens if one.username[:1] == "c"],
        sample_citizen=next((one for one in citizens if one.username == SAMPLE_CITIZEN), None),
        behaviour=Behaviour(folder),
    )


def nearest(holders: Sequence[Holder], unit: Organisation) -> Holder | None:
    """Who holds a post over an organisation, the nearest post first."""
    over = (one for one in holders if one.low <= unit.no < one.high)
    return min(over, key=lambda one: one.high - one.low, default=None)


def duties_of(registry: Registry, kind: CaseKind) -> Mapping[tuple[str, ...], Duty]:
    """The declared duty list by category, with the promise of each entry's class."""
    promises = {
        row.values["deadline"]: Promise(int(row.values["amount"]), row.values["unit"])
        for row in first_rows_of(registry, kind.tables["deadlines"])
    }
    found: dict[tuple[str, ...], Duty] = {}
    for row in first_rows_of(registry, kind.tables["duty_list"]):
        path = tuple(str(row.values.get(f"level{depth}") or "") for depth in (1, 2, 3))
        promise = promises.get(row.values["deadline"])
        if promise is not None:
            duty = Duty(row.values["organisation_key"], row.values["level"], promise)
            found.setdefault(path, duty)
    return found
