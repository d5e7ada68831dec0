"""The past of a sample city, written by the product's own bulk path before anything follows the
log: cases with what happened to them, the index of search, the indicators."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Filling
from pengcheng.engines.identity import Holder, Organisation, Rosters
from pengcheng.ground import subscriptions
from pengcheng.kernel.areas import LEVELS, Level
from pengcheng.kernel.authz import SEALED as ALL
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.registry import CaseKind, Registry
from pengcheng.kernel.time import Promise
from pengcheng.ops.sample import Behaviour, stream
from pengcheng.ops.sample.history import Duty, Ground, History, instants
from pengcheng.ops.sample.outlines import Outlines
from pengcheng.ops.sample.templates import synthetic_messages
from pengcheng.pack.samples import first_rows as first_rows_of

CITIZENS = 1000
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
    history = History(await _ground(services, kind, folder), now, chance)
    found = (history.past(message, at) for message, at in zip(written, moments, strict=True))
    scope = Scope(action="create", type=kind.type, regions=(Region(sensitivity=ALL),), actor=SYSTEM)
    past = (one for one in found if one is not None)
    filled = await Filling(services.cases).fill(scope, past)
    await services.indicators.rebuild()
    return filled


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
