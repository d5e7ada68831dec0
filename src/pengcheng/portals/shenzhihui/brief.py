"""The morning brief: what happened since yesterday and what is late, in words and by name."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from pengcheng.edge import reporting
from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.cases import CaseQuery, Standings, event_names
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import Registry, Screen
from pengcheng.portals import kit
from pengcheng.portals.shenzhihui.asked import HOURS
from pengcheng.portals.shenzhihui.blocks import HOT_DAYS
from pengcheng.portals.shenzhihui.measuring import Measured, Measuring
from pengcheng.portals.shenzhihui.names import Names, clock_of, count_text
from pengcheng.portals.shenzhihui.seeing import case_scope

LATE_SHOWN = 8
Values = dict[str, Any]


async def brief_of(
    request: AnyRequest, actor: Actor, measuring: Measuring, cards: Sequence[Screen],
    standings: Mapping[str, Standings],
) -> Values:  # fmt: skip
    """What the small screen shows."""
    day = measuring.asked.first - timedelta(days=1)
    asked = msgspec.structs.replace(measuring.asked, first=day, last=day, at=None)
    before = Measuring(measuring.services, measuring.scope, asked, measuring.names)
    registry = measuring.services.registry
    names = [str(card.options["indicator"]) for card in cards if card.options.get("indicator")]
    shown = [registry.indicators[name] for name in names]
    today, yesterday, late, matters = await asyncio.gather(
        measuring.measure_all(shown),
        before.measure_all(shown),
        _late(request, actor, measuring, list(standings)),
        matters_of(actor, measuring, cards),
    )
    total = total_of(standings)
    return {
        "headline": _headline(measuring.names, total) if standings else "",
        "today": [_sentence(measuring, item) for item in today.values()],
        "yesterday": [_sentence(before, item) for item in yesterday.values()],
        "yesterday_day": measuring.names.day(day),
        "day": measuring.names.day(measuring.asked.first),
        "late": late,
        "late_total": total["late"],
        "late_href": f"/h/open/{next(iter(standings))}?state=late" if standings else "",
        "units": units_of(measuring.names, standings),
        "matters": matters,
        "clock": clock_of(measuring.services.clock.now()),
        "report_url": report_address(registry, day),
    }


def report_address(registry: Registry, day: date) -> str:
    """The daily report of a day; where none is declared, the page of all."""
    daily = (s for s in reporting.declared(registry) if s.options["every"] == "day")
    screen = next(daily, None)
    return f"/h/reports/{screen.name}?day={day.isoformat()}" if screen else "/h/reports"


def total_of(standings: Mapping[str, Standings]) -> dict[str, int]:
    names = ("open", "watch", "late")
    return {name: sum(getattr(s.all, name) for s in standings.values()) for name in names}


def _headline(names: Names, total: Mapping[str, int]) -> str:
    key = "h.brief.late" if total["late"] else "h.brief.none_late"
    return names.say(key, **{name: count_text(value) for name, value in total.items()})


def _sentence(measuring: Measuring, item: Measured) -> Values:
    """One figure as a sentence that opens to it."""
    declared, names = item.declared, measuring.names
    full = msgspec.structs.replace(item, compared=item.now) if _is_over(measuring) else item
    value = names.value(declared, item.now.value)
    return {
        "name": declared.label.in_(names.language),
        "value": value if item.now.value is None else f"{value}{_measure(declared, names)}",
        "trend": measuring.trend(full).text,
        "state": item.state,
        "href": measuring.asked.address(f"/h/figures/{declared.name}", screen=None, play=None),
    }


def _measure(declared: Indicator, names: Names) -> str:
    return declared.unit if declared.unit == "%" else f" {names.measure(declared)}"


def _is_over(measuring: Measuring) -> bool:
    return measuring.asked.full_hours == HOURS


def units_of(names: Names, standings: Mapping[str, Standings]) -> list[Values]:
    """The units with most late cases, by name."""
    found = [
        (kind, number, standing)
        for kind, all_ in standings.items()
        for number, standing in all_.unit.items()
        if standing.late
    ]
    found.sort(key=lambda item: -item[2].late)
    return [
        {
            "text": names.unit(number),
            "note": names.say("h.late", n=count_text(standing.late)),
            "state": "late",
            "href": f"/h/open/{kind}?state=late&unit={names.unit_key(number)}",
        }
        for kind, number, standing in found[:5]
    ]


async def _late(
    request: AnyRequest, actor: Actor, measuring: Measuring, kinds: Sequence[str]
) -> list[Values]:
    """The cases that are latest, by name."""
    services, names = measuring.services, measuring.names
    rows: list[Values] = []
    for kind in kinds:
        query = CaseQuery(kind=kind, state="late", limit=LATE_SHOWN, **measuring.narrowed())
        page = await services.cases.page(case_scope(request, actor, kind), query)
        rows += [
            {
                "title": line.title,
                "sub": names.area(line.area_no, short=False)
                + names.say("comma")
                + names.unit(line.organisation_no),
                "left": kit.remaining(line.due_at, services.clock.now()) if line.due_at else None,
                "href": f"/e/case/{kind}/{line.code}",
            }
            for line in page.cases
        ]
    return rows[:LATE_SHOWN]


async def matters_of(actor: Actor, measuring: Measuring, cards: Sequence[Screen]) -> list[Values]:
    """What many report, by name."""
    services, names = measuring.services, measuring.names
    rows: list[Values] = []
    for card in cards:
        event = services.registry.event_kinds.get(card.of or "")
        if event is None:
            continue
        scope = services.rights.scope(actor, "read", event.type)
        found = await services.overseeing.events(
            scope, event_names(event.type, event.joins or ""),
            services.clock.now() - timedelta(days=HOT_DAYS),
            area=measuring.narrowed()["area"], limit=5,
        )  # fmt: skip
        rows += [
            {"text": item.title, "note": names.say("h.cases", n=item.cases), "state": "watch",
             "href": f"/h/events/{event.type}/{item.code}"}
            for item in found if item.cases >= event.at_least
        ]  # fmt: skip
    return rows
