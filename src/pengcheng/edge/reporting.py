"""Daily and weekly reports: made when their time comes, once for each period, kept, and told to
whom the pack names.

A pack declares a report (every day or week, at a time, for roles). A timer waits for each; when it
fires, it sets one timer for each reach that holders of these roles have, and itself for the next
period: each report is then made in a transaction of its own, with its notices. A city that stood
still makes up for the newest periods that it missed, without telling of any but the last.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.engines.notices import NewNotice
from pengcheng.engines.reports import (
    Content,
    Edition,
    Late,
    Line,
    Matter,
    Run,
    Sum,
    reach_of,
    summed,
)
from pengcheng.ground import timers
from pengcheng.ground.database import Work
from pengcheng.ground.timers import Fire, Timer
from pengcheng.kernel.areas import area_level, code_of
from pengcheng.kernel.authz import SYSTEM, Actor, Post, Scope
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.ranges import EVERYTHING
from pengcheng.kernel.registry import Registry, Screen
from pengcheng.kernel.time import CITY_ZONE, city_day
from pengcheng.kernel.words import Words

PLAN_SECONDS = 30.0
CATCH_UP = {"day": 7, "week": 2}
"""How many periods that were missed are made up for."""
DAYS: Mapping[str, int] = {"day": 1, "week": 7}
UNITS_MAX, LATE_MAX, MATTERS_MAX, MATTER_DAYS = 15, 8, 5, 14
HOURS = 24
PERIOD, EDITION = "report", "report.edition"
NO_AREA, NO_UNIT = Words("地点不详", "Place not known"), Words("未分派", "Not given to a unit")


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """One report to be made: for whom it is, of which period; who is told of it."""

    name: str
    first: date
    post: Post
    accounts: tuple[UUID, ...] = ()


def declared(registry: Registry) -> list[Screen]:
    """The reports that packs declare, in their order."""
    found = [screen for screen in registry.screens.values() if screen.kind == "report"]
    return sorted(found, key=lambda item: (int(item.options.get("order", 100)), item.name))


def first_of(screen: Screen, day: date) -> date:
    """The first day of the period that a day lies in: itself, or its Monday."""
    return day - timedelta(days=day.weekday()) if screen.options["every"] == "week" else day


def last_of(screen: Screen, first: date) -> date:
    """The last day of a period."""
    return first + timedelta(days=DAYS[screen.options["every"]] - 1)


def due_of(screen: Screen, first: date) -> datetime:
    """When the report of a period is made: on the day after it, at the declared time."""
    day = last_of(screen, first) + timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(screen.options["at"]), CITY_ZONE)


def newest_of(screen: Screen, now: datetime) -> date:
    """The first day of the newest period whose report is due."""
    step = timedelta(days=DAYS[screen.options["every"]])
    first = first_of(screen, city_day(now))
    while due_of(screen, first) > now:
        first -= step
    return first


async def plan(services: Services) -> None:
    """See that a timer waits for each declared report, at its declared time, and for no other."""
    async with services.database.transaction(SYSTEM) as work:
        held: dict[UUID, Timer] = {}
        for timer in await timers.waiting(work, PERIOD):
            if held.setdefault(timer.subject_id, timer) is not timer:
                await timers.clear_timer(work, timer.id)
        for screen in declared(services.registry):
            waits = held.pop(_subject(screen), None)
            if waits is None:
                first = _caught_up(screen, date.min, services.clock.now())
                await _wait(work, screen, first)
            elif waits.due_at != due_of(screen, first := _first(waits)):
                await timers.clear_timer(work, waits.id)
                await _wait(work, screen, first)
        for timer in held.values():
            await timers.clear_timer(work, timer.id)


def _subject(screen: Screen) -> UUID:
    return uuid5(NAMESPACE_URL, f"pengcheng:report:{screen.name}")


def _first(timer: Timer) -> date:
    return date.fromisoformat(timer.payload["first"])


def _caught_up(screen: Screen, first: date, now: datetime) -> date:
    """The period to go on with: this one, unless it is longer ago than is made up for."""
    every = screen.options["every"]
    back = timedelta(days=DAYS[every] * (CATCH_UP[every] - 1))
    return max(first, newest_of(screen, now) - back)


async def _wait(work: Work, screen: Screen, first: date) -> None:
    payload = {"report": screen.name, "first": first.isoformat()}
    await timers.set_timer(work, PERIOD, _subject(screen), due_of(screen, first), payload)


def fires_of(services: Services) -> Mapping[str, Fire]:
    """What the timers of reports do."""

    async def period(work: Work, timer: Timer) -> None:
        await _ordered(services, work, timer)

    async def edition(work: Work, timer: Timer) -> None:
        await _made(services, work, msgspec.convert(timer.payload, Ordered))

    return {PERIOD: period, EDITION: edition}


async def _ordered(services: Services, work: Work, timer: Timer) -> None:
    """The time of a report came: order one for each reach, and wait for the next period."""
    screen = services.registry.screens.get(timer.payload["report"])
    if screen is None or screen.kind != "report":
        return
    first, now = _first(timer), services.clock.now()
    following = last_of(screen, first) + timedelta(days=1)
    await _wait(work, screen, _caught_up(screen, following, now))
    names = _named(indicators_of(services.registry, screen))
    if not await services.indicators.is_counted(names, (first, last_of(screen, first))):
        return
    by_reach: dict[str, Ordered] = {}
    is_news = first == newest_of(screen, now)
    for account, post in await services.posts.holding(screen.options["roles"]):
        known = by_reach.get(reach_of(post))
        before = known.accounts if known else ()
        told = tuple(dict.fromkeys((*before, account))) if is_news else ()
        by_reach[reach_of(post)] = Ordered(name=screen.name, first=first, post=post, accounts=told)
    for order in by_reach.values():
        await timers.set_timer(work, EDITION, _subject(screen), now, msgspec.to_builtins(order))


async def _made(services: Services, work: Work, order: Ordered) -> None:
    """Make a report, keep it and tell of it; what is kept already stays and is not told again."""
    screen = services.registry.screens.get(order.name)
    actor = Actor(kind="official", posts=(order.post,))
    if screen is None or services.rights.scope(actor, "read", "indicator").is_empty:
        return
    edition = Edition(
        id=new_id(), name=order.name, reach=reach_of(order.post), first=order.first,
        last=last_of(screen, order.first), made_at=services.clock.now(),
        content=await content_of(services, actor, screen, order.first),
    )  # fmt: skip
    if await services.reports.keep(work, edition):
        await services.notices.add(work, _notices(edition, order.accounts))


def _notices(edition: Edition, accounts: Sequence[UUID]) -> list[NewNotice]:
    content = edition.content
    counted = next((n for n, i in enumerate(content.indicators) if i.measure == "count"), None)
    now = summed(content.runs[counted].now) if counted is not None else Sum()
    before = summed(content.runs[counted].before) if counted is not None else Sum()
    facts = {
        "report": edition.name, "label": content.label.zh, "label_en": content.label.en,
        "place": content.place.zh, "place_en": content.place.en,
        "first": edition.first.isoformat(), "last": edition.last.isoformat(),
        "cases": round(now.numerator), "cases_before": round(before.numerator),
        "late": content.late,
    }  # fmt: skip
    return [
        NewNotice(kind="report_made", subject_id=edition.id, account_id=account, facts=facts)
        for account in accounts
    ]


def readable(services: Services, actor: Actor) -> list[str]:
    """The reaches whose reports an actor reads: those of the posts that they hold now, as far as
    a post may still read figures."""
    alone = ((post, msgspec.structs.replace(actor, posts=(post,))) for post in actor.posts)
    may = services.rights.scope
    return [reach_of(post) for post, one in alone if not may(one, "read", "indicator").is_empty]


def indicators_of(registry: Registry, screen: Screen) -> list[Indicator]:
    """The indicators of what a report is of, in the order of their declaration: those whose days
    add up."""
    return [
        item
        for item in registry.indicators.values()
        if item.of == screen.of and not item.stands and item.measure != "ratio"
    ]


async def content_of(services: Services, actor: Actor, screen: Screen, first: date) -> Content:
    """What the report of a period tells, as things stand now."""
    shown = indicators_of(services.registry, screen)
    scope = services.rights.scope(actor, "read", "indicator")
    days = (first, last_of(screen, first))
    runs, districts, units, standings, matters = await asyncio.gather(
        _runs(services, scope, shown, screen, days),
        services.indicators.table(scope, _named(shown), days, "district"),
        services.indicators.table(scope, _named(shown), days, "unit"),
        _standings(services, actor, str(screen.of)),
        _matters(services, actor, str(screen.of), days[1]),
    )
    return Content(
        label=screen.label,
        place=place_of(services, scope),
        indicators=tuple(shown),
        runs=runs,
        districts=_lines(shown, districts, lambda key: area_named(services, key)),
        units=_lines(shown, units, lambda key: unit_named(services, key))[:UNITS_MAX],
        matters=matters,
        **standings,
    )


def _named(shown: Sequence[Indicator]) -> list[str]:
    return [item.name for item in shown]


async def _runs(
    services: Services, scope: Scope, shown: Sequence[Indicator], screen: Screen,
    days: tuple[date, date],
) -> tuple[Run, ...]:  # fmt: skip
    """Each indicator through the period and the ones that it is compared with."""
    is_day = screen.options["every"] == "day"
    by, step = ("hour", timedelta(days=1)) if is_day else ("day", timedelta(days=7))
    backs = (timedelta(), step, timedelta(days=7))[: 3 if is_day else 2]
    found = await asyncio.gather(
        *(
            services.indicators.table(scope, _named(shown), (days[0] - b, days[1] - b), by)
            for b in backs
        )
    )

    def row(at: int, name: str) -> tuple[Sum, ...]:
        cells, begin = found[at][name], days[0] - backs[at]
        made = [Sum()] * (HOURS if is_day else 7)
        for key, pair in cells.items():
            # What has no hour counts in the first.
            slot = max(int(key), 0) if is_day else (key - begin).days
            made[slot] = summed((made[slot], Sum(*pair)))
        return tuple(made)

    return tuple(
        Run(now=row(0, item.name), before=row(1, item.name),
            week_before=row(2, item.name) if is_day else ())
        for item in shown
    )  # fmt: skip


def _lines(
    shown: Sequence[Indicator], found: Mapping[str, Mapping[Any, tuple[float, float]]], name: Any
) -> tuple[Line, ...]:
    """One line for each key, the largest first."""
    sizes: dict[Any, float] = {}
    for parts in found.values():
        for key, (n, d) in parts.items():
            if n or d:
                sizes[key] = max(sizes.get(key, 0.0), d)
    lines = []
    for key in sorted(sizes, key=lambda key: (-sizes[key], key)):
        words, text = name(key)
        pairs = (found[item.name].get(key) for item in shown)
        sums = tuple(Sum(*pair) if pair else None for pair in pairs)
        lines.append(Line(name=words, key=text, sums=sums))
    return tuple(lines)


def area_named(services: Services, number: int) -> tuple[Words, str]:
    """The name and code of an area by its number; no code where the place is not known."""
    if number <= 0 or area_level(code_of(number)) == "city":
        return NO_AREA, ""
    code = code_of(number)
    return services.areas.of(code).name, code


def unit_named(services: Services, number: int) -> tuple[Words, str]:
    """The name and key of a unit by its number; no key where it is of none."""
    found = services.organisations.by_no(number)
    return (found.name, found.key) if found else (NO_UNIT, "")


def place_of(services: Services, scope: Scope) -> Words:
    """What a scope of figures covers, by name: a unit, an area, the city."""
    region = scope.regions[0]
    if region.organisations != EVERYTHING:
        return unit_named(services, region.organisations.spans[0][0])[0]
    if region.areas != EVERYTHING:
        return services.areas.name_of(code_of(region.areas.spans[0][0]))
    city = next((area for area in services.areas.all() if area.level == "city"), None)
    return city.name if city else Words("全市", "The whole city")


async def _standings(services: Services, actor: Actor, kind: str) -> dict[str, Any]:
    """How the open cases stand now: what a report asks its reader to look after."""
    scope = services.rights.scope(actor, "read", kind)
    if scope.is_empty:
        return {}
    found = await services.overseeing.standings(scope, CaseQuery(kind=kind))
    late = sorted(found.unit.items(), key=lambda item: -item[1].late)[:LATE_MAX]
    units = [(*unit_named(services, number), standing.late) for number, standing in late]
    whole = found.all
    return {
        "open": whole.open, "watch": whole.watch, "late": whole.late,
        "late_units": tuple(Late(name=words, key=key, kind=kind, cases=cases)
                            for words, key, cases in units if cases),
    }  # fmt: skip


async def _matters(services: Services, actor: Actor, kind: str, last: date) -> tuple[Matter, ...]:
    """What many reported lately, of each kind of event that cases of a kind join."""
    since = datetime.combine(last - timedelta(days=MATTER_DAYS), time.min, CITY_ZONE)
    rows: list[Matter] = []
    for name, event in services.registry.event_kinds.items():
        scope = services.rights.scope(actor, "read", name)
        if scope.is_empty or event.joins != kind:
            continue
        found = await services.overseeing.events(
            scope, (event.type, f"{kind}_event"), since, limit=MATTERS_MAX
        )
        rows += [
            Matter(type=event.type, code=item.code, title=item.title, cases=item.cases)
            for item in found
            if item.cases >= event.at_least
        ]
    return tuple(rows)
