"""A figure opened: its definition, source and freshness; what it is made up of, cut by cut, until
the cases under it. Every step narrows, and the rows of every step add up to the figure above."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, from_cursor, services_of, to_cursor
from pengcheng.engines.cases import CaseQuery
from pengcheng.engines.indicators import Figure
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhihui.asked import HOURS, Asked, asked_of
from pengcheng.portals.shenzhihui.drilling import (
    CASES_SHOWN,
    ROWS_MAX,
    case_columns,
    case_row,
    chips_of,
    cuts_of,
    link,
    narrowing,
    tabs_of,
)
from pengcheng.portals.shenzhihui.measuring import Measuring, figure_of, state_of, together
from pengcheng.portals.shenzhihui.names import Names, count_text
from pengcheng.portals.shenzhihui.record_rows import (
    cut_name,
    cuts_by,
    facts_of,
    key_name,
    of_cases,
    pair_of,
    parts_of,
    records,
)
from pengcheng.portals.shenzhihui.seeing import (
    case_scope,
    commander,
    figure_scope,
    frame_of,
    indicator_of,
)

Position = tuple[datetime, UUID]
Values = dict[str, Any]
CUTS = ("hour", "day", "district", "area", "unit", "category")
ORDER_OF: dict[str, Literal["accepted", "replied", "closed"]] = {
    "accepted_at": "accepted", "replied_at": "replied", "closed_at": "closed",
}  # fmt: skip
TREND_DAYS = 28
NOTHING_UNDER: Values = {"cases": None, "records": None, "ratio_parts": []}


@get("/h/figures")
async def all_figures(request: AnyRequest) -> Response[str]:
    """Every declared indicator with its figure of the day, its target and its trend."""
    services, actor = services_of(request), commander(request)
    asked, names = asked_of(request), Names(services, actor.language)
    measuring = Measuring(services, figure_scope(request, actor), asked, names)
    shown = list(services.registry.indicators.values())
    measured = await measuring.measure_all(shown)
    rows = [
        [
            link(item.declared.label.in_(names.language), _open(asked, item.declared)),
            f"{names.value(item.declared, item.now.value)} {_unit(item.declared, item.now, names)}",
            _target(item.declared),
            names.say(f"h.met.{item.state}") if item.state else "",
            measuring.trend(item).text,
        ]
        for item in measured.values()
    ]
    heads = ("figure", "value", "target", "state", "trend")
    values = {
        "rows": rows,
        "columns": [{"text": names.say(f"h.column.{head}")} for head in heads],
        "asked": asked,
        "day": names.day(asked.first),
    }
    return render(
        request, "shenzhihui/figures.html", frame_of(request, names, "figures"), values
    )  # fmt: skip


def _open(asked: Asked, declared: Indicator) -> str:
    return asked.address(f"/h/figures/{declared.name}")


def _unit(declared: Indicator, figure: Figure, names: Names) -> str:
    return names.measure(declared) if figure.value is not None else ""


def _target(declared: Indicator) -> str:
    return f"{declared.target:g}{declared.unit}" if declared.target is not None else ""


@get("/h/figures/{name:str}")
async def one_figure(request: AnyRequest, name: str) -> Response[str]:
    """One figure with everything under it."""
    services, actor = services_of(request), commander(request)
    declared = indicator_of(services.registry, name)
    asked, names = asked_of(request), Names(services, actor.language)
    measuring = Measuring(services, figure_scope(request, actor), asked, names)
    is_of_cases = of_cases(services.registry, declared)
    cuts = cuts_of(asked, CUTS if is_of_cases else cuts_by(declared, CUTS))
    by = asked.option("by", tuple(cuts), cuts[0] if cuts else "")
    if by == "hour" and "by" not in asked.others and len(cuts) > 1:
        by = cuts[1]
    measured, parts, days, under = await asyncio.gather(
        measuring.measure(declared),
        _parts(measuring, declared, by),
        measuring.by(declared, "day", (asked.last - timedelta(days=TREND_DAYS - 1), asked.last)),
        _under(request, actor, measuring, declared),
    )
    type_ = services.registry.types[declared.of]
    trend = measuring.trend(measured)
    values = (
        NOTHING_UNDER
        | under
        | {
            "question": declared.question.in_(names.language),
            "value": names.value(declared, measured.now.value),
            "unit": _unit(declared, measured.now, names),
            "made_of": _made_of(declared, measured.now, names),
            "trend": trend,
            "state": measured.state,
            "facts": _facts(declared, names),
            "chips": chips_of(asked, names, type_, partial(key_name, declared, "category")),
            "tabs": _tabs(declared, asked, cuts, names),
            "by": by,
            "columns": _columns(declared, by, names),
            "rows": _rows(declared, parts, measured.now, by, asked, names),
            "chart": _days(declared, days, asked, names),
            "asked": asked,
            "span": _span(asked, names),
            "spans": _spans(asked, names),
            "moment": services.clock.now(),
        }
    )
    return render(request, "shenzhihui/figure.html", frame_of(request, names, "figures"), values)


def _tabs(declared: Indicator, asked: Asked, cuts: Sequence[str], names: Names) -> list[Values]:
    """One tab for each dimension; a code attribute has its own name."""
    own = cut_name(names.services.registry, declared, "category", names)
    return [
        {**tab, "text": own} if tab["code"] == "category" and declared.category else tab
        for tab in tabs_of(asked, cuts, names)
    ]


async def _under(
    request: AnyRequest, actor: Actor, measuring: Measuring, declared: Indicator
) -> Values:
    """What the figure counts: cases, records or events, or the two figures that it divides."""
    if of_cases(services_of(request).registry, declared):
        return await _cases(request, actor, measuring, declared)
    if declared.measure == "ratio":
        return {"ratio_parts": parts_of(declared, measuring.asked, measuring.names)}
    return await records(request, actor, measuring, declared)


async def _parts(measuring: Measuring, declared: Indicator, by: str) -> list[Figure]:
    if not by:
        return []
    found = await measuring.by(declared, by)
    made = together(declared, found, lambda item: item.key)
    return sorted(made, key=lambda item: str(item.key).zfill(4)) if by in {"day", "hour"} else made


def _facts(declared: Indicator, names: Names) -> list[Values]:
    say = names.say
    facts = [
        (say("h.fact.definition"), declared.definition.in_(names.language)
         if declared.definition else declared.label.in_(names.language)),
        (say("h.fact.target"), _target(declared)),
        (say("h.fact.warning"), f"{declared.warning:g}{declared.unit}"
         if declared.warning is not None else ""),
        (say("h.fact.better"), say(f"h.better.{declared.better}")
         if declared.target is not None else ""),
        *_source(declared, names),
        (say("h.fact.basis"), declared.basis),
    ]  # fmt: skip
    return [{"label": label, "value": value} for label, value in facts if value]


def _source(declared: Indicator, names: Names) -> list[tuple[str, str]]:
    say, registry = names.say, names.services.registry
    if declared.measure == "ratio":
        pair = [one.label.in_(names.language) for one in pair_of(registry, declared)]
        return [(say("h.fact.source"), " ÷ ".join(pair))]
    if not of_cases(registry, declared):
        return facts_of(declared, names)
    kind = registry.types[declared.of].label.in_(names.language)
    day = say(f"h.at.{declared.at}") if declared.at in ORDER_OF else ""
    return [(say("h.fact.source"), say("h.source", kind=kind)), (say("h.fact.day"), day)]


def _made_of(declared: Indicator, figure: Figure, names: Names) -> str:
    if declared.measure != "share":
        return ""
    key = "h.made_of" if of_cases(names.services.registry, declared) else "h.record.made_of"
    return names.say(key, met=count_text(figure.numerator), among=count_text(figure.denominator))


def _columns(declared: Indicator, by: str, names: Names) -> list[Values]:
    registry = names.services.registry
    first = {"text": cut_name(registry, declared, by, names)}
    count = "h.column.cases" if of_cases(registry, declared) else "h.record.count"
    heads = (count,) if declared.measure == "count" else tuple(
        f"h.column.{head}" for head in ("value", "met", "among", "state")
    )  # fmt: skip
    if declared.measure in {"latest", "sum"}:
        heads = ("h.column.value",)
    return [first, *({"text": names.say(head), "figure": head != "h.column.state"}
                     for head in heads)]  # fmt: skip


def _rows(
    declared: Indicator, parts: Sequence[Figure], whole: Figure, by: str, asked: Asked,
    names: Names,
) -> list[list[Any]]:  # fmt: skip
    """The parts, small ones beyond the first taken together, and their sum."""
    rows = [
        _row(declared, part, link(key_name(declared, by, part.key, names),
                                  narrowing(asked, by, part.key, names)), names)
        for part in parts[:ROWS_MAX]
    ]  # fmt: skip
    rest = parts[ROWS_MAX:]
    if rest:
        other = figure_of(
            declared, sum(p.numerator for p in rest), sum(p.denominator for p in rest)
        )
        rows.append(_row(declared, other, names.say("h.others", n=len(rest)), names))
    if rows and declared.measure != "latest":
        rows.append(_row(declared, whole, names.say("h.total"), names))
    return rows


def _row(declared: Indicator, part: Figure, name: Any, names: Names) -> list[Any]:
    if declared.measure == "count":
        return [name, count_text(part.numerator)]
    if declared.measure in {"latest", "sum"}:
        return [name, f"{names.value(declared, part.value)}{names.measure(declared)}"]
    state = state_of(declared, part)
    unit = declared.unit if part.value is not None else ""
    return [
        name,
        f"{names.value(declared, part.value)}{unit}",
        count_text(part.numerator),
        count_text(part.denominator),
        names.say(f"h.met.{state}") if state else "",
    ]


def _days(declared: Indicator, found: Sequence[Figure], asked: Asked, names: Names) -> Values:
    """Four weeks day by day, to see whether the day is like others."""
    days = [asked.last - timedelta(days=back) for back in reversed(range(TREND_DAYS))]
    known = {item.key: item.value for item in found}
    values = [None if (v := known.get(day)) is None else round(v, 1) for day in days]
    data: Values = {
        "labels": [f"{day.month}/{day.day}" for day in days],
        "series": [{"name": declared.label.in_(names.language), "values": values, "style": "now"}],
    }
    if declared.target is not None:
        text = names.say("figure.target", target=f"{declared.target:g}")
        data["target"] = {"value": declared.target, "text": text}
    kind = "bar" if declared.measure == "count" and not declared.stands else "line"
    title = names.say("h.four_weeks", name=declared.label.in_(names.language))
    return {"kind": kind, "data": data, "unit": names.measure(declared), "title": title}


def _span(asked: Asked, names: Names) -> str:
    if asked.first == asked.last:
        return names.day(asked.first)
    return names.say("h.span", first=names.day(asked.first), last=names.day(asked.last))


def _spans(asked: Asked, names: Names) -> list[Values]:
    """The day, seven and twenty-eight days up to the last, as links."""
    found = []
    for code, length in (("day", 1), ("week", 7), ("month", 28)):
        first = asked.last - timedelta(days=length - 1)
        is_today = length == 1 and asked.last == asked.today
        to = asked.last.isoformat() if length > 1 else None
        href = asked.address(
            day=None if is_today else first.isoformat(), to=to, at=None, cursor=None, by=None
        )
        found.append({"code": code, "text": names.say(f"h.spans.{code}"), "href": href})
    return found


async def _cases(
    request: AnyRequest, actor: Actor, measuring: Measuring, declared: Indicator
) -> Values:
    """The cases under the figure, as far as the reader may see them."""
    services, asked, names = measuring.services, measuring.asked, measuring.names
    scope, order = case_scope(request, actor, declared.of), ORDER_OF.get(declared.at or "")
    if order is None or scope.is_empty:
        return {"cases": None, "case_columns": [], "next_url": "", "met_tabs": [], "met": ""}
    met = asked.option("met", ("all", "met", "missed"), "all")
    purpose = f"figures:{declared.name}"
    cursor = asked.others.get("cursor")
    query = _query(measuring, declared.of, order)
    if cursor:
        query = msgspec.structs.replace(
            query, after=from_cursor(services, purpose, cursor, Position)
        )
    found = await services.indicators.under(
        scope, declared.name, query, met={"met": True, "missed": False}.get(met),
        within=measuring.within(),
    )  # fmt: skip
    is_share = declared.measure == "share"
    return {
        "cases": [case_row(item.line, declared.of, names) for item in found.cases],
        "case_columns": case_columns(names),
        "next_url": asked.address(cursor=to_cursor(services, purpose, found.next))
        if found.next else "",
        "met": met,
        "met_tabs": [
            {"code": code, "text": names.say(f"h.met_tab.{code}"),
             "href": asked.address(met=code, cursor=None)}
            for code in ("all", "met", "missed")
        ] if is_share else [],
    }  # fmt: skip


def _query(
    measuring: Measuring, kind: str, order: Literal["accepted", "replied", "closed"]
) -> CaseQuery:
    asked, narrowed = measuring.asked, measuring.narrowed()
    start = datetime.combine(asked.first, datetime.min.time(), CITY_ZONE)
    end = datetime.combine(asked.last, datetime.min.time(), CITY_ZONE)
    if asked.first == asked.last:
        end += timedelta(hours=asked.until)
    else:
        end += timedelta(hours=HOURS)
    query = CaseQuery(
        kind=kind, state="all", order=order, unit=narrowed["unit"], limit=CASES_SHOWN,
        area=narrowed["area"],
    )  # fmt: skip
    return msgspec.structs.replace(query, **{order: (start, end)})


HANDLERS = [all_figures, one_figure]
