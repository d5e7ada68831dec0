"""The page of open figures: how the city answers, in words, by district and by matter."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.areas import Area
from pengcheng.engines.indicators import Figure, is_met
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.indicators import Indicator
from pengcheng.portals.applicant.hinting import category_label
from pengcheng.portals.applicant.opening_figures import Open, open_figures, span
from pengcheng.portals.applicant.side import Side, paths, show, side_of
from pengcheng.portals.kit.filters import spoken

PARTS_MAX = 10
CASES_MIN = 20
"""A share of fewer cases than this is told without a judgement: chance decides it."""
SHADES = 5
MARGIN = 0.09
"""Degrees around the middles of districts, so that their edges are on the map."""


@get(paths("/figures"))
async def figures(request: AnyRequest) -> Response[str]:
    """The open figures of the portal; `Absent` where packs declare none."""
    side = side_of(request)
    found = await open_figures(side)
    if not found:
        raise Absent("request.no_such_page")
    first, last = span(side)
    values = {
        "figures": [_block(side, item) for item in found],
        "told": [short(side, item) for item in found],
        "first": _day(side, first),
        "last": _day(side, last),
        "count": (last - first).days + 1,
    }
    return await show(request, side, "applicant/figures.html", values)


def short(side: Side, item: Open) -> dict[str, Any]:
    """A figure with its name and how it moved, for a row of a few."""
    return {
        "code": item.declared.name,
        "name": item.screen.label.in_(side.language),
        "value": text_of(item.declared, item.now),
        "unit": _unit(side, item.declared),
        "state": _state(item.declared, item.now),
        **_moved(side, item),
    }


def text_of(declared: Indicator, figure: Figure) -> str:
    """A figure as text; a dash where there is nothing to count."""
    if figure.value is None:
        return "–"
    return f"{figure.value:,.0f}" if declared.measure == "count" else f"{figure.value:,.1f}"


def _unit(side: Side, declared: Indicator) -> str:
    if declared.unit == "%":
        return declared.unit
    return declared.unit if side.language == "zh" else ""


def _moved(side: Side, item: Open) -> dict[str, str]:
    """How a figure moved against the days before, in words."""
    now, before = item.now.value, item.before.value
    if now is None or not before:
        return {"trend": side.say("applicant.figures.no_before"), "direction": "", "mood": ""}
    is_count = item.declared.measure == "count"
    by = (now - before) / before * 100 if is_count else now - before
    if abs(by) < 0.05:
        return {"trend": side.say("applicant.figures.same"), "direction": "", "mood": ""}
    direction = "up" if by > 0 else "down"
    size = f"{abs(by):,.1f}"
    key = f"applicant.figures.{'percent' if is_count else 'points'}.{direction}"
    is_welcome = (by > 0) == (item.declared.better == "higher")
    # That more people speak up is neither good nor bad.
    mood = "" if is_count else "good" if is_welcome else "watch"
    return {"trend": side.say(key, size=size), "direction": direction, "mood": mood}


def _state(declared: Indicator, figure: Figure) -> str:
    met = is_met(declared, figure)
    if not met or figure.denominator < CASES_MIN:
        return ""
    if met.get("target", True):
        return "good"
    return "watch" if met.get("warning", True) else "late"


def _day(side: Side, day: date) -> str:
    return spoken(day, side.now, side.language, style="day")


def _block(side: Side, item: Open) -> dict[str, Any]:
    """One question with its figure, its parts, and how it is counted."""
    declared = item.declared
    question = item.screen.options.get("question") or {}
    cut = str(item.screen.options.get("by") or "")
    definition = declared.definition
    drawn = _map(side, item) if item.screen.options.get("chart") == "map" else None
    return {
        **short(side, item),
        "question": question.get(side.language) or declared.question.in_(side.language),
        "parts": _parts(side, item, cut),
        "by": _cut_name(side, declared, cut),
        "map": drawn,
        "legend": _legend(side, item, drawn) if drawn else None,
        "days": _columns(side, item.days),
        "definition": definition.in_(side.language) if definition else "",
        "target": f"{declared.target:g}" if declared.target is not None else "",
        "met": f"{item.now.numerator:,.0f}",
        "among": f"{item.now.denominator:,.0f}" if declared.measure == "share" else "",
    }


def _parts(side: Side, item: Open, cut: str) -> list[dict[str, Any]]:
    """What a figure is made up of, the largest or the best first."""
    worst = item.declared.better == "lower" and item.declared.measure != "count"
    found = sorted(item.parts, key=lambda part: part.value or 0, reverse=not worst)[:PARTS_MAX]
    most = max((part.value or 0 for part in found), default=0) or 1
    is_share = item.declared.measure == "share"
    return [
        {
            "text": _name(side, item, cut, part),
            "value": text_of(item.declared, part) + ("%" if item.declared.unit == "%" else ""),
            "share": (part.value or 0) / (100 if is_share else most),
            "state": "late" if _state(item.declared, part) == "late" else "",
            "note": side.say("applicant.figures.low")
            if _state(item.declared, part) == "late"
            else None,
            "href": _area_href(side, part) if cut in {"district", "area"} else None,
        }
        for part in found
    ]


def _cut_name(side: Side, declared: Indicator, cut: str) -> str:
    """What the parts are cut by: a dimension, or the code attribute of records."""
    item = side.services.registry.types[declared.of].attribute(cut)
    if item is not None and cut == declared.category:
        return item.label.in_(side.language)
    return side.say(f"applicant.figures.by.{cut}") if cut else ""


def _name(side: Side, item: Open, cut: str, part: Figure) -> str:
    if cut in {"district", "area"}:
        area = _area(side, part)
        return _plain(side, area) if area else side.say("applicant.figures.elsewhere")
    if cut == "category":
        return category_label(side, str(item.declared.of), str(part.key))
    registry = side.services.registry
    attribute = registry.types[item.declared.of].attribute(item.declared.category or "")
    listed = registry.code_lists.get(attribute.code_list or "") if attribute else None
    label = listed.label_of(str(part.key)) if listed else None
    return label.in_(side.language) if label else str(part.key)


def _area(side: Side, part: Figure) -> Area | None:
    try:
        return side.services.areas.of(code_of(int(str(part.key))))
    except Absent:
        return None


def _area_href(side: Side, part: Figure) -> str | None:
    """The public matters of an area: the records under its figure that anybody may see."""
    screen, area = next(iter(side.screens("map")), None), _area(side, part)
    if screen is None or area is None:
        return None
    return f"{side.prefix}/near/{screen.name}?area={area.code}"


def _map(side: Side, item: Open) -> dict[str, Any] | None:
    """The districts shaded by the figure."""
    placed = [(area, part) for part in item.parts if (area := _area(side, part)) is not None]
    placed = [(area, part) for area, part in placed if area.center and part.value is not None]
    if not placed:
        return None
    values = [float(part.value or 0) for _, part in placed]
    longitudes = [area.center[0] for area, _ in placed if area.center]
    latitudes = [area.center[1] for area, _ in placed if area.center]
    return {
        "areas": {
            "level": placed[0][0].level,
            "values": {area.code: float(part.value or 0) for area, part in placed},
            "steps": _steps(values),
            "hrefs": {area.code: href for area, part in placed
                      if (href := _area_href(side, part)) is not None},
            "labels": [
                {"at": area.center, "text": _label(side, area), "code": area.code,
                 "value": text_of(item.declared, part)}
                for area, part in placed
            ],
        },
        "schematic": any(area.schematic for area, _ in placed),
        "bounds": [min(longitudes) - MARGIN, min(latitudes) - MARGIN,
                   max(longitudes) + MARGIN, max(latitudes) + MARGIN],
        "still": True,
    }  # fmt: skip


def _legend(side: Side, item: Open, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What the shades mean."""
    limits = [f"{step:g}" for step in drawn["areas"]["steps"]]
    middle = [f"{low}–{high}" for low, high in pairwise(limits)]
    title = side.say("applicant.figures.legend", name=item.screen.label.in_(side.language),
                     unit=item.declared.unit)  # fmt: skip
    return {"title": title, "steps": [f"<{limits[0]}", *middle, f"≥{limits[-1]}"]}


def _plain(side: Side, area: Area) -> str:
    """A district's name as a list of districts has it."""
    return area.name.in_(side.language).removesuffix(" District")


def _label(side: Side, area: Area) -> str:
    """A district's name on a map, without the word that says it is one."""
    return _plain(side, area).removesuffix("新区").removesuffix("区")


def _steps(values: Sequence[float]) -> list[float]:
    """Where the shades of a map begin, evenly between the least and the greatest."""
    low, high = min(values), max(values)
    width = (high - low) / SHADES or 1
    return [round(low + width * (at + 1), 1) for at in range(SHADES - 1)]


def _columns(side: Side, days: Sequence[Figure]) -> list[dict[str, Any]]:
    """Day by day, days without anything included."""
    if not days:
        return []
    known = {part.key: part.value or 0 for part in days}
    first, last = span(side)
    every = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    most = max(known.values()) or 1
    return [
        {
            "text": _day(side, day),
            "value": f"{known.get(day, 0):,.0f}",
            "share": known.get(day, 0) / most,
            "state": "quiet" if day.isoweekday() > 5 else "",
        }
        for day in every
    ]


HANDLERS = [figures]
