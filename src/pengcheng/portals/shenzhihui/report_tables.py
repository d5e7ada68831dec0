"""A report as tables and a chart: what was kept, in its reader's language. Nothing is counted
here but sums of what the report holds."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from pengcheng.engines.indicators import Figure
from pengcheng.engines.reports import Content, Edition, Line, Sum, summed
from pengcheng.kernel.indicators import Indicator
from pengcheng.portals.shenzhihui.drilling import link
from pengcheng.portals.shenzhihui.measuring import figure_of, state_of
from pengcheng.portals.shenzhihui.names import Names, count_text

Values = dict[str, Any]
HOURS = 24


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A report and how much of its period is over, in hours of the day or days of the week: what
    is compared is what is over."""

    edition: Edition
    names: Names
    over: int

    @property
    def content(self) -> Content:
        return self.edition.content

    @property
    def is_day(self) -> bool:
        return self.edition.first == self.edition.last


def tables_of(drawing: Drawing) -> list[Values]:
    """All tables of a report in their order; a cell is a text, or a text and where it opens."""
    made = [_figures(drawing)]
    if not drawing.is_day:
        made.append(_by_day(drawing))
    content = drawing.content
    if len(content.districts) > 1:
        made.append(_lines(drawing, content.districts, "district", "area"))
    if len(content.units) > 1:
        made.append(_lines(drawing, content.units, "unit", "unit"))
    return made


def _figures(drawing: Drawing) -> Values:
    names = drawing.names
    heads = ["figure", "value", "previous", "change"]
    heads += ["week_change"] if drawing.is_day else []
    heads += ["target", "state", "met", "among"]
    numbers = {"value", "previous", "change", "week_change", "met", "among"}
    return {
        "title": names.say("h.report.figures"),
        "columns": [
            {"text": names.say(f"h.report.column.{head}"), "figure": head in numbers}
            for head in heads
        ],
        "rows": [_figure(drawing, at) for at in range(len(drawing.content.indicators))],
    }


def _figure(drawing: Drawing, at: int) -> list[Any]:
    names, declared = drawing.names, drawing.content.indicators[at]
    run, over = drawing.content.runs[at], drawing.over
    now = _of(declared, summed(run.now))
    compared, before = (_of(declared, summed(part[:over])) for part in (run.now, run.before))
    weeks = [_of(declared, summed(run.week_before[:over]))] if drawing.is_day else []
    state = state_of(declared, now)
    return [
        (declared.label.in_(names.language), _address(drawing, declared.name)),
        _value(names, declared, now),
        _value(names, declared, before),
        change_text(names, declared, compared, before),
        *(change_text(names, declared, compared, week) for week in weeks),
        f"{declared.target:g}{declared.unit}" if declared.target is not None else "",
        names.say(f"h.met.{state}") if state else "",
        count_text(now.numerator),
        count_text(now.denominator),
    ]


def _of(declared: Indicator, found: Sum) -> Figure:
    return figure_of(declared, found.numerator, found.denominator)


def _value(names: Names, declared: Indicator, figure: Figure) -> str:
    if figure.value is None:
        return names.say("h.report.no_figure")
    value = names.value(declared, figure.value)
    return f"{value}%" if declared.unit == "%" else value


def change_text(names: Names, declared: Indicator, now: Figure, before: Figure) -> str:
    """By how much a figure moved, with its sign; of a count also by how much in a hundred."""
    if now.value is None or before.value is None:
        return ""
    moved = now.value - before.value
    is_count = declared.measure in {"count", "sum"}
    size = count_text(abs(moved)) if is_count else f"{abs(moved):,.1f}"
    if float(size.replace(",", "")) == 0:
        return names.say("h.report.same")
    sign = "+" if moved > 0 else "−"
    if not is_count:
        key = "points" if declared.measure == "share" else "plain"
        return names.say(f"h.report.{key}", sign=sign, size=size)
    if before.value == 0:
        return f"{sign}{size}"
    return names.say(
        "h.report.moved", sign=sign, size=size, share=f"{abs(moved) / before.value:.0%}"
    )


def _address(drawing: Drawing, name: str, **narrowed: str) -> str:
    """The figure as it stands now, of the same days."""
    edition = drawing.edition
    days = {"day": edition.first.isoformat()}
    days |= {} if drawing.is_day else {"to": edition.last.isoformat()}
    return f"/h/figures/{name}?{urlencode(days | narrowed)}"


def _by_day(drawing: Drawing) -> Values:
    names, content = drawing.names, drawing.content
    days = [drawing.edition.first + timedelta(days=n) for n in range(7)]
    rows = [
        [names.day(day), *(_cell(names, declared, run.now[n])
                           for declared, run in zip(content.indicators, content.runs, strict=True))]
        for n, day in enumerate(days[: drawing.over])
    ]  # fmt: skip
    return _cut(drawing, "day", "day", rows)


def _lines(drawing: Drawing, lines: Sequence[Line], cut: str, narrowed: str) -> Values:
    names, content = drawing.names, drawing.content
    first = content.indicators[0].name if content.indicators else ""
    rows: list[list[Any]] = [
        [
            (line.name.in_(names.language),
             _address(drawing, first, **{narrowed: line.key}) if line.key and first else None),
            *(_cell(names, declared, found)
              for declared, found in zip(content.indicators, line.sums, strict=True)),
        ]
        for line in lines
    ]  # fmt: skip
    return _cut(drawing, cut, "area" if cut == "district" else cut, rows)


def _cut(drawing: Drawing, cut: str, head: str, rows: list[list[Any]]) -> Values:
    """One row for each value of a dimension, one column for each indicator; the whole last."""
    names, content = drawing.names, drawing.content
    whole = [
        _cell(names, declared, summed(run.now))
        for declared, run in zip(content.indicators, content.runs, strict=True)
    ]
    return {
        "title": names.say(f"h.report.by_{cut}", n=len(rows)),
        "columns": [{"text": names.say(f"h.column.{head}")},
                    *({"text": item.label.in_(names.language), "figure": True}
                      for item in content.indicators)],
        "rows": [*rows, [names.say("h.report.whole"), *whole]],
    }  # fmt: skip


def _cell(names: Names, declared: Indicator, found: Sum | None) -> str:
    figure = _of(declared, found) if found else None
    if figure is None or figure.value is None:
        return "0" if declared.measure in {"count", "sum"} else ""
    return _value(names, declared, figure)


def chart_of(drawing: Drawing) -> Values | None:
    """The first count through the period, against the period before."""
    names, content = drawing.names, drawing.content
    at = next((n for n, i in enumerate(content.indicators) if i.measure == "count"), None)
    if at is None:
        return None
    declared, run = content.indicators[at], content.runs[at]
    first = drawing.edition.first
    labels = (
        [f"{hour}:00" for hour in range(HOURS)] if drawing.is_day
        else [names.weekday(first + timedelta(days=n)) for n in range(7)]
    )  # fmt: skip
    now = [round(s.numerator) if n < drawing.over else None for n, s in enumerate(run.now)]
    return {
        "title": names.say("h.report.run_day" if drawing.is_day else "h.report.run_week",
                           name=declared.label.in_(names.language)),
        "unit": names.measure(declared),
        "data": {
            "labels": labels,
            "series": [
                {"name": names.say("h.report.this"), "values": now, "style": "now"},
                {"name": names.say("h.report.before_day" if drawing.is_day
                                   else "h.report.before_week"),
                 "values": [round(s.numerator) for s in run.before], "style": "before"},
            ],
        },
    }  # fmt: skip


def exceptions_of(drawing: Drawing) -> Values:
    """What was late and what many reported, by name."""
    names, content = drawing.names, drawing.content
    return {
        "total": {name: count_text(getattr(content, name)) for name in ("open", "late", "watch")},
        "late_units": [
            {"text": item.name.in_(names.language), "note": names.say("h.late", n=item.cases),
             "href": f"/h/open/{item.kind}?state=late&unit={item.key}"}
            for item in content.late_units
        ],
        "matters": [
            {"text": item.title, "note": names.say("h.cases", n=item.cases),
             "href": f"/h/events/{item.type}/{item.code}"}
            for item in content.matters
        ],
    }  # fmt: skip


def lines_of(drawing: Drawing, head: Sequence[str]) -> list[list[str]]:
    """The report as lines of a sheet."""
    lines: list[list[str]] = [list(head), []]
    for table in tables_of(drawing):
        lines.append([table["title"]])
        lines.append([column["text"] for column in table["columns"]])
        lines += [
            [cell[0] if isinstance(cell, tuple) else cell for cell in row] for row in table["rows"]
        ]
        lines.append([])
    told = exceptions_of(drawing)
    lines.append([drawing.names.say("h.report.exceptions")])
    lines += [[item["text"], item["note"]] for item in (*told["late_units"], *told["matters"])]
    return lines


def linked(table: Values) -> Values:
    """The table with its cells that open as links."""
    rows = [
        [link(*cell) if isinstance(cell, tuple) else cell for cell in row] for row in table["rows"]
    ]
    return table | {"rows": rows}


def span_text(names: Names, first: date, last: date) -> str:
    """A period in words."""
    if first == last:
        return names.day(first)
    return names.say("h.span", first=names.day(first), last=names.day(last))
