"""Daily and weekly reports: figures compared, by district and unit, exceptions by name; to print
and as CSV. A report is computed from the kept figures when it is asked for."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.indicators import Figure
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.indicators import Indicator
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhihui.asked import Asked, asked_of
from pengcheng.portals.shenzhihui.brief import matters_of, total_of, units_of
from pengcheng.portals.shenzhihui.drilling import link, named
from pengcheng.portals.shenzhihui.measuring import Measured, Measuring, figure_of, together
from pengcheng.portals.shenzhihui.names import Names, count_text
from pengcheng.portals.shenzhihui.screen_pages import standings_of
from pengcheng.portals.shenzhihui.seeing import (
    case_kinds,
    commander,
    figure_scope,
    frame_of,
    indicators,
    screens,
)
from pengcheng.portals.shenzhihui.tables import csv_of

Values = dict[str, Any]
UNITS_SHOWN = 15
LENGTHS = {"daily": 1, "weekly": 7}


@get("/h/reports/{length:str}")
async def report(request: AnyRequest, length: str) -> Response[Any]:
    """`daily` or `weekly` with ?day=, as a page; with `.csv` at its end as a table."""
    kind, _, ending = length.partition(".")
    if kind not in LENGTHS or ending not in {"", "csv"}:
        raise Absent("request.no_such_page")
    services, actor = services_of(request), commander(request)
    names = Names(services, actor.language)
    asked = _span(asked_of(request), kind)
    measuring = Measuring(services, figure_scope(request, actor), asked, names)
    shown = indicators(services.registry)
    measured, districts, units = await asyncio.gather(
        measuring.measure_all(shown),
        _by(measuring, shown, "district"),
        _by(measuring, shown, "unit"),
    )
    tables = [
        _figures(measuring, list(measured.values())),
        _cut(measuring, shown, districts, "district"),
        _cut(measuring, shown, units, "unit"),
    ]
    if kind == "weekly":
        days = await _by(measuring, shown, "day")
        tables.insert(1, _cut(measuring, shown, days, "day"))
    if ending == "csv":
        return _csv(tables, f"pengcheng-{kind}-{asked.first.isoformat()}.csv")
    values = {
        "tables": [_linked(table) for table in tables],
        "title": names.say(f"h.report.{kind}"),
        "span": _named_span(asked, names),
        "previous_url": _address(kind, asked, -LENGTHS[kind]),
        "next_url": _address(kind, asked, LENGTHS[kind]) if asked.last < asked.today else "",
        "csv_url": f"/h/reports/{kind}.csv?day={asked.first.isoformat()}",
        "kinds": [
            {"code": code, "text": names.say(f"h.report.{code}"),
             "href": _address(code, asked, 0)}
            for code in LENGTHS
        ],
        "kind": kind,
        "is_whole": asked.last < asked.today,
        "moment": services.clock.now(),
    } | await _exceptions(request, actor, measuring)  # fmt: skip
    return render(request, "shenzhihui/report.html", frame_of(request, names, "reports"), values)


def _span(asked: Asked, kind: str) -> Asked:
    """The day, or the Monday to Sunday that it lies in."""
    if kind == "daily":
        return msgspec.structs.replace(asked, last=asked.first, at=None, others={})
    first = asked.first - timedelta(days=asked.first.weekday())
    return msgspec.structs.replace(
        asked, first=first, last=first + timedelta(days=6), at=None, others={}
    )


def _named_span(asked: Asked, names: Names) -> str:
    if asked.first == asked.last:
        return names.day(asked.first)
    return names.say("h.span", first=names.day(asked.first), last=names.day(asked.last))


def _address(kind: str, asked: Asked, days: int) -> str:
    return f"/h/reports/{kind}?day={(asked.first + timedelta(days=days)).isoformat()}"


async def _by(
    measuring: Measuring, shown: Sequence[Indicator], cut: str
) -> dict[str, dict[Any, Figure]]:
    """Every indicator by a dimension: name, then key."""
    made = await asyncio.gather(*(measuring.by(item, cut) for item in shown))
    return {
        item.name: {part.key: part for part in together(item, found, lambda part: part.key)}
        for item, found in zip(shown, made, strict=True)
    }


def _figures(measuring: Measuring, measured: Sequence[Measured]) -> Values:
    names = measuring.names
    heads = ("figure", "value", "target", "state", "trend", "met", "among")
    return {
        "title": names.say("h.report.figures"),
        "columns": [{"text": names.say(f"h.column.{head}"), "figure": head in {"met", "among"}}
                    for head in heads],
        "rows": [_figure(measuring, item) for item in measured],
    }  # fmt: skip


def _figure(measuring: Measuring, item: Measured) -> list[Any]:
    names, declared = measuring.names, item.declared
    unit = names.measure(declared) if item.now.value is not None else ""
    target = f"{declared.target:g}{declared.unit}" if declared.target is not None else ""
    return [
        (
            declared.label.in_(names.language),
            measuring.asked.address(f"/h/figures/{declared.name}"),
        ),
        f"{names.value(declared, item.now.value)} {unit}".strip(),
        target,
        names.say(f"h.met.{item.state}") if item.state else "",
        measuring.trend(item).text,
        count_text(item.now.numerator),
        count_text(item.now.denominator),
    ]


def _cut(
    measuring: Measuring, shown: Sequence[Indicator], found: Mapping[str, Mapping[Any, Figure]],
    cut: str,
) -> Values:  # fmt: skip
    """One row for each value of a dimension, one column for each indicator; the whole last."""
    names = measuring.names
    sizes: dict[Any, float] = {}
    for parts in found.values():
        for key, part in parts.items():
            sizes[key] = max(sizes.get(key, 0), part.denominator)
    keys = sorted(sizes, key=lambda key: (-sizes[key], str(key)))
    if cut == "day":
        keys.sort(key=str)
    type_ = names.services.registry.types[shown[0].of] if shown else None
    rows = [
        [named(cut, key, names, type_), *(_cell(names, item, found[item.name].get(key))
                                          for item in shown)]
        for key in (keys if cut != "unit" else keys[:UNITS_SHOWN])
        if type_ is not None
    ]  # fmt: skip
    return {
        "title": names.say(f"h.report.by_{cut}", n=UNITS_SHOWN),
        "columns": [{"text": names.say(f"h.column.{'area' if cut == 'district' else cut}")},
                    *({"text": item.label.in_(names.language), "figure": True} for item in shown)],
        "rows": [*rows, [names.say("h.report.whole"), *_whole(names, shown, found)]],
    }  # fmt: skip


def _whole(
    names: Names, shown: Sequence[Indicator], found: Mapping[str, Mapping[Any, Figure]]
) -> list[str]:
    cells = []
    for item in shown:
        parts = found[item.name].values()
        whole = figure_of(item, sum(p.numerator for p in parts), sum(p.denominator for p in parts))
        cells.append(_cell(names, item, whole))
    return cells


def _cell(names: Names, declared: Indicator, figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "0" if declared.measure == "count" else ""
    return f"{names.value(declared, figure.value)}{'%' if declared.unit == '%' else ''}"


async def _exceptions(request: AnyRequest, actor: Actor, measuring: Measuring) -> Values:
    """What is late now and what many report, by name."""
    registry = measuring.services.registry
    cards = screens(registry, actor, "card")
    kinds = case_kinds(registry, cards)
    standings = await standings_of(request, actor, measuring, kinds)
    return {
        "units": units_of(measuring.names, standings),
        "total": {name: count_text(value) for name, value in total_of(standings).items()},
        "matters": await matters_of(actor, measuring, cards),
    }


def _linked(table: Values) -> Values:
    """The table with its cells that open as links."""
    rows = [
        [link(*cell) if isinstance(cell, tuple) else cell for cell in row] for row in table["rows"]
    ]
    return table | {"rows": rows}


def _csv(tables: Sequence[Values], name: str) -> Response[bytes]:
    lines: list[list[str]] = []
    for table in tables:
        lines.append([table["title"]])
        lines.append([column["text"] for column in table["columns"]])
        lines += [
            [cell[0] if isinstance(cell, tuple) else str(cell) for cell in row]
            for row in table["rows"]
        ]
        lines.append([])
    return Response(
        csv_of(lines),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


HANDLERS = [report]
