"""A city with years of history: filled by the product's own bulk path, then read."""

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery, Filling, Happened, NewCase, PastCase
from pengcheng.engines.identity import NewAccount, NewPerson, NewPost
from pengcheng.engines.objects import Filter, NewRecord, Query, Sort
from pengcheng.ground.subscriptions import to_head
from pengcheng.kernel.areas import area_span
from pengcheng.kernel.authz import SYSTEM, Actor
from pengcheng.kernel.time import city_day
from pengcheng.ops.sample.model import Message
from pengcheng.ops.seed import system_scope

KIND, TYPE = "demand", "visit"
OPEN_SHARE = 0.02
PASSED = ("case.dispatched", "case.taken", "case.note_added", "case.message_added", "case.replied",
          "case.reply_approved", "case.rated", "case.called_back", "case.closed")  # fmt: skip
GRANTS = 1000


class Filled(msgspec.Struct):
    """What a filling gave: how fast, and what there is to ask for."""

    cases_a_second: float
    records_a_second: float
    indicators_seconds: float
    codes: list[str]
    record_codes: list[str]


async def fill(services: Services, items: list[Message], cases: int, records: int) -> Filled:
    """Cases with ten log entries each, and records of one declared type."""
    chance = random.Random(1)
    case_rate, codes = await _cases(services, chance, items, cases)
    begun = time.perf_counter()
    await services.indicators.rebuild()
    rebuilt = time.perf_counter() - begun
    record_rate, record_codes = await _records(services, chance, records)
    await to_head(services.database)
    async with services.database.reading() as work:
        await work.run("set statement_timeout = 0")
        await work.run("vacuum analyze")
    return Filled(case_rate, record_rate, rebuilt, codes, record_codes)


async def _cases(
    services: Services, chance: random.Random, items: list[Message], count: int
) -> tuple[float, list[str]]:
    units = [o for o in services.organisations.all() if o.level in ("district", "sub_district")]
    grids = [area for area in services.areas.all() if area.level == "community"]
    now = services.clock.now()

    def past() -> PastCase:
        item, at = chance.choice(items), now - timedelta(minutes=chance.uniform(1, 525_600))
        is_open = chance.random() < OPEN_SHARE
        grid = chance.choice(grids)
        new = NewCase(
            kind=KIND, channel="telephone", area_code=grid.code, accepted_at=at, point=item.point,
            category=item.level1 or "城乡建设",
            fields={"subject": item.subject[:120], "body": (item.body or item.subject)[:200]},
        )  # fmt: skip
        passed = [Happened(kind, at + timedelta(hours=n + 1)) for n, kind in enumerate(PASSED)]
        return PastCase(
            new=new, organisation_id=chance.choice(units).id,
            step="handling" if is_open else "closed", happened=passed,
            replied_at=None if is_open else at + timedelta(hours=6),
            closed_at=None if is_open else at + timedelta(hours=10),
            satisfaction=None if is_open else chance.randint(1, 5),
        )  # fmt: skip

    begun = time.perf_counter()
    scope = system_scope("create", KIND)
    made = await Filling(services.cases).fill(scope, (past() for _ in range(count)))
    rate = made / (time.perf_counter() - begun)
    query = CaseQuery(kind=KIND, state="all", order="accepted", limit=500)
    page = await services.cases.page(system_scope("read", KIND), query)
    return rate, [line.code for line in page.cases]


async def _records(
    services: Services, chance: random.Random, count: int
) -> tuple[float, list[str]]:
    registry, now = services.registry, services.clock.now()
    codes = [area.code for area in services.areas.all() if area.level == "community"]

    def visits() -> Iterator[NewRecord]:
        for _ in range(count):
            at = now - timedelta(minutes=chance.uniform(1, 525_600))
            yield NewRecord(
                attributes={"purpose": "走访", "at": at},
                area_code=codes[int(chance.random() * len(codes))],
            )

    begun = time.perf_counter()
    made = await services.objects.fill(registry, system_scope("create", TYPE), visits())
    rate = made / (time.perf_counter() - begun)
    page = await services.objects.page(registry, system_scope("read", TYPE), Query(limit=200))
    return rate, [record.code for record in page.records]


async def clerks(services: Services) -> dict[str, str]:
    """Tokens by reader: an operator, clerks of one and of a thousand posts, a command officer."""
    units = services.organisations.all()
    spread = units[:: max(1, len(units) // GRANTS)][:GRANTS]
    communities = [area.code for area in services.areas.all() if area.level == "community"]
    accounts = {
        "clerk with 1 grant": [NewPost(role="clerk", organisation=_busy(units))],
        "clerk with 1,000 grants": [NewPost(role="clerk", organisation=u.key) for u in spread],
        "dispatcher over 1,000 areas": [
            NewPost(role="dispatcher", organisation=units[0].key, area_code=code)
            for code in communities[:GRANTS]
        ],
    }
    await services.identity.fill(
        SYSTEM,
        [
            (
                NewAccount(
                    username=f"bench{number}", kind="official", posts=tuple(posts),
                    person=NewPerson(name=name, synthetic=True),
                ),
                None,
            )
            for number, (name, posts) in enumerate(accounts.items())
        ],
    )  # fmt: skip
    names = {name: f"bench{number}" for number, name in enumerate(accounts)}
    names = {"operator": "operator", **names, "command officer": "duty"}
    return {
        name: (
            await services.identity.issue_token(user, note="bench", lifetime=timedelta(hours=6))
        ).token
        for name, user in names.items()
    }


def _busy(units: list[Any]) -> str:
    return str(next(unit.key for unit in units if unit.level == "district"))


async def timed(act: Callable[[int], Awaitable[object]], times: int, share: float) -> float:
    """Milliseconds that this share of the calls needs at most, after three to warm up."""
    for number in range(3):
        await act(number)
    took = []
    for number in range(times):
        begun = time.perf_counter()
        await act(number)
        took.append((time.perf_counter() - begun) * 1000)
    return sorted(took)[min(times - 1, int(times * share))]


async def engine_figures(
    services: Services, tokens: dict[str, str], filled: Filled, times: int
) -> dict[str, float]:
    """What the engines need, without HTTP."""
    found: dict[str, float] = {}
    query = CaseQuery(kind=KIND, limit=100)
    actors: dict[str, Actor] = {}
    for name, token in tokens.items():
        actor = await services.identity.actor_of(token)
        if actor is None:
            raise RuntimeError(name)
        actors[name] = actor
        scope = services.rights.scope(actor, "read", KIND)

        async def page(_number: int, scope: Any = scope) -> object:
            return await services.cases.page(scope, query)

        found[f"workbench page, {name}, in the engine"] = await timed(page, times, 0.95)
    search = services.rights.scope(actors["operator"], "search", KIND)
    words = ("噪音", "公交", "教育局", "物业 小区", "违章建筑", "工资")

    async def sought(number: int) -> object:
        return await services.search.find(search, words[number % len(words)])

    found["full-text search"] = await timed(sought, times, 0.95)
    officer = services.rights.scope(actors["operator"], "read", KIND)
    today = city_day(services.clock.now())
    names = list(services.registry.indicators)[:6]

    async def command(_number: int) -> object:
        return [
            await services.indicators.figures(
                officer, name, (today - timedelta(days=30), today), "district"
            )
            for name in names
        ]

    found["command figures by district, 30 days"] = await timed(command, max(5, times // 4), 0.95)
    found.update(await _record_figures(services, filled, times))
    return found


async def _record_figures(services: Services, filled: Filled, times: int) -> dict[str, float]:
    registry, scope = services.registry, system_scope("read", TYPE)
    now = services.clock.now()
    districts = [area.code for area in services.areas.all() if area.level == "sub_district"]
    codes = filled.record_codes

    async def by_code(number: int) -> object:
        return await services.objects.get(registry, scope, codes[number % len(codes)])

    async def by_area(number: int) -> object:
        begin = now - timedelta(days=7 + number % 300)
        return await services.objects.page(
            registry, scope,
            Query(
                area=area_span(districts[number % len(districts)]), limit=100, sort=Sort(name="at"),
                filters=(
                    Filter(name="at", operator="ge", value=begin),
                    Filter(name="at", operator="lt", value=begin + timedelta(days=7)),
                ),
            ),
        )  # fmt: skip

    return {
        "record by code, in the engine": await timed(by_code, times * 4, 0.99),
        "records by area and time": await timed(by_area, times, 0.95),
    }
