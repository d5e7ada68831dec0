"""The map of a view: shaded areas, late cases as plates, and the table of the same."""

from collections.abc import Mapping, Sequence
from math import dist
from statistics import median
from typing import Any

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.areas import Area
from pengcheng.engines.cases import Standing, Standings
from pengcheng.engines.indicators import Figure
from pengcheng.ground.database import Row
from pengcheng.kernel.areas import ancestor
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.time import Clock
from pengcheng.portals import kit
from pengcheng.portals.categories import last_text
from pengcheng.portals.shenzhihui.asked import NONE_AREA, Asked
from pengcheng.portals.shenzhihui.drilling import link
from pengcheng.portals.shenzhihui.names import Names, count_text

PLATES = 3
Point = tuple[float, float]
MARGINS_DEGREES = {"district": (0.13, 0.1), "sub_district": (0.03, 0.03)}
"""How far the outlines of a level reach beyond their middles, east-west and north-south."""
LABEL_APART = (0.04, 0.02)
"""How near a plate's foot may come to the middle of a label, in degrees."""
LABEL_PLACES = 4
"""How many of its inmost sub-districts may bear a district's name, if half of them are fewer."""
LAYERS = ("open", "late", "new")
STREETS_LABELLED_MAX = 30


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One area of the map with what is known of it."""

    area: Area
    value: float
    standing: Standing
    new: float
    href: str


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """A map as the template draws it, and the same as a table and a strip."""

    title: str
    data: Mapping[str, Any]
    legend: Mapping[str, Any]
    columns: Sequence[Mapping[str, Any]]
    rows: Sequence[Sequence[Any]]
    strip: Sequence[Mapping[str, Any]]
    sentence: str


def shown_areas(services: Services, scope: Scope, asked: Asked) -> list[Area]:
    """The areas of the view: all districts, all sub-districts, or those of the chosen district;
    only what the reader's scope reaches."""
    narrowed = asked.narrow.area
    if narrowed and narrowed != NONE_AREA:
        district = ancestor(narrowed, "district")
        found = services.areas.children(district)
    else:
        level = asked.option("level", ("district", "sub_district"), "district")
        found = [area for area in services.areas.all() if area.level == level]
    reached = [area for area in found if _reached(scope, area)]
    if len(reached) == 1 and reached[0].level == "district":
        # Who commands one district sees the parts of it.
        return [a for a in services.areas.children(reached[0].code) if _reached(scope, a)]
    return reached


def _reached(scope: Scope, area: Area) -> bool:
    low = area.no
    high = low + (10**9 if area.level == "district" else 10**6)
    return any(
        span_low < high and low < span_high
        for region in scope.regions
        for span_low, span_high in region.areas.spans
    )


def cells(
    areas: Sequence[Area], standings: Standings, new: Sequence[Figure], asked: Asked, kind: str,
    layer: str,
) -> list[Cell]:  # fmt: skip
    """The measure of each area. Districts open on the map, sub-districts open to their cases."""
    arrived: dict[int, float] = {}
    is_district = bool(areas) and areas[0].level == "district"
    for figure in new:
        key = int(str(figure.key))
        number = key // 10**9 * 10**9 if is_district else key
        arrived[number] = arrived.get(number, 0) + figure.numerator
    known = standings.district if is_district else standings.sub_district
    made = []
    for area in areas:
        standing, come = known.get(area.no, Standing()), arrived.get(area.no, 0)
        value = {"open": standing.open, "late": standing.late, "new": come}[layer]
        path = asked.path if is_district else f"/h/open/{kind}"
        href = asked.address(path, area=area.code, level=None, play=None, screen=None)
        made.append(Cell(area=area, value=value, standing=standing, new=come, href=href))
    return made


def mapped(
    found: Sequence[Cell], *, kind: str, layer: str, asked: Asked, names: Names,
    plates: Sequence[Row], total: Standing, new: float, clock: Clock,
) -> Mapped:  # fmt: skip
    """The map, its legend, its table with what has no place, its strip and its one sentence."""
    level = found[0].area.level if found else "district"
    steps = steps_of([cell.value for cell in found])
    labelled = len(found) <= STREETS_LABELLED_MAX
    middles: dict[str, list[Point]] = {}
    if level == "district":
        for area in names.services.areas.all():
            if area.level == "sub_district" and area.center and area.parent_code:
                middles.setdefault(area.parent_code, []).append(area.center)
    areas = {
        "level": level,
        "values": {cell.area.code: cell.value for cell in found},
        "steps": steps,
        "hrefs": {cell.area.code: cell.href for cell in found},
        "labels": [
            {"at": _label_at(cell.area, middles, plates), "text": names.label(cell.area.no),
             "value": count_text(cell.value), "code": cell.area.code}
            for cell in found
            if cell.area.center and labelled
        ],
    }  # fmt: skip
    data: dict[str, Any] = {"areas": areas, "schematic": any(c.area.schematic for c in found)}
    data["bounds"] = _bounds(found)
    if asked.moment is None:
        data["plates"] = [_plate(row, kind, names, clock) for row in plates]
    title = names.say(f"h.layer.{layer}.title")
    ranked = sorted(found, key=lambda cell: -cell.value)
    return Mapped(
        title=title,
        data=data,
        legend={"title": title, "steps": _legend(steps)},
        columns=_columns(names),
        rows=_rows(ranked, names, total, new),
        strip=[_item(cell, names, ranked[0].value) for cell in ranked if labelled],
        sentence=_sentence(ranked, names, layer, total, new),
    )


def _label_at(
    area: Area, middles: Mapping[str, Sequence[Point]], plates: Sequence[Row]
) -> Point | None:
    """Where an area's name stands: for a district in that one of its midmost sub-districts which is
    far from its neighbours, so that a peninsula or an enclave moves it little; never where a
    plate's foot stands."""
    parts = middles.get(area.code)
    near, high = LABEL_APART

    def covered(at: Point) -> bool:
        return any(
            abs(row["lon"] - at[0]) < near and abs(row["lat"] - at[1]) < high for row in plates
        )

    if not parts:
        at = area.center
        return (at[0], at[1] - 1.5 * high) if at and covered(at) else at
    x, y = (median(part[side] for part in parts) for side in (0, 1))
    inmost = sorted(parts, key=lambda part: dist(part, (x, y)))
    inmost = inmost[: max(LABEL_PLACES, len(parts) // 2)]
    others = [at for code, found in middles.items() if code != area.code for at in found]

    def outward(part: Point) -> float:
        return dist(part, (x, y)) - min((dist(part, other) for other in others), default=0)

    inmost.sort(key=outward)
    return next((at for at in inmost if not covered(at)), inmost[0])


def steps_of(values: Sequence[float]) -> list[float]:
    """Four whole limits that make five shades, even in the largest value and never equal."""
    most = max(values, default=0)
    step = max(1, round(most / 5))
    return [float(step * number) for number in range(1, 5)]


def _legend(steps: Sequence[float]) -> list[str]:
    limits = [count_text(step) for step in steps]
    middle = [f"{low}-{count_text(high - 1)}" if high - 1 > float(low.replace(",", "")) else low
              for low, high in zip(limits, steps[1:], strict=False)]  # fmt: skip
    return [f"<{limits[0]}", *middle, f"≥{limits[-1]}"]


def _bounds(found: Sequence[Cell]) -> list[float] | None:
    points = [cell.area.center for cell in found if cell.area.center]
    if not points:
        return None
    wide, high = MARGINS_DEGREES.get(found[0].area.level, (0.03, 0.03))
    xs, ys = [at[0] for at in points], [at[1] for at in points]
    return [min(xs) - wide, min(ys) - high, max(xs) + wide, max(ys) + high]


def _plate(row: Row, kind: str, names: Names, clock: Clock) -> dict[str, Any]:
    street = names.area(row["area_no"] // 10**6 * 10**6) if row["area_no"] else ""
    matter = last_text(names.services.registry, kind, row["category"], names.language)
    matter = matter or names.say("h.none.category")
    over = kit.remaining(row["due_at"], clock.now())
    plural = "one" if over.amount == 1 else "many"
    span = names.say(f"left.long.{over.unit}.{plural}", amount=over.amount)
    return {
        "at": [row["lon"], row["lat"]],
        "text": names.say("h.plate", place=street, matter=matter),
        "note": names.say("left.long.over", span=span),
        "href": f"/e/case/{kind}/{row['code']}",
        "state": "late",
    }


_HEADS = ("area", "open", "late", "new", "per")


def _columns(names: Names) -> list[Mapping[str, Any]]:
    return [{"text": names.say(f"h.column.{name}"), "figure": name != "area"} for name in _HEADS]


def _rows(ranked: Sequence[Cell], names: Names, total: Standing, new: float) -> list[list[Any]]:
    rows = [
        [
            link(names.area(cell.area.no), cell.href),
            count_text(cell.standing.open),
            count_text(cell.standing.late),
            count_text(cell.new),
            _per_ten_thousand(cell),
        ]
        for cell in ranked
    ]
    rest = (
        total.open - sum(cell.standing.open for cell in ranked),
        total.late - sum(cell.standing.late for cell in ranked),
        new - sum(cell.new for cell in ranked),
    )
    if any(rest):
        rows.append([names.say("h.none.district"), *(count_text(value) for value in rest), ""])
    rows.append(
        [names.say("h.total"), count_text(total.open), count_text(total.late), count_text(new), ""]
    )
    return rows


def _per_ten_thousand(cell: Cell) -> str:
    people = cell.area.population
    return f"{cell.standing.open / people * 10_000:.2f}" if people else ""


def _item(cell: Cell, names: Names, most: float) -> dict[str, Any]:
    late = cell.standing.late
    is_whole = cell.area.level == "district" and names.language == "zh"
    return {
        "text": names.area(cell.area.no) if is_whole else names.label(cell.area.no),
        "value": count_text(cell.value),
        "share": cell.value / most if most else 0,
        "note": names.say("h.late", n=late) if late else names.say("h.late_none"),
        "state": "late" if late else "",
        "href": cell.href,
    }


def _sentence(ranked: Sequence[Cell], names: Names, layer: str, total: Standing, new: float) -> str:
    """The two places where most is, and what part of the whole they hold."""
    whole = {"open": total.open, "late": total.late, "new": new}[layer]
    top = [cell for cell in ranked[:2] if cell.value]
    if not top:
        return names.say(f"h.layer.{layer}.none")
    places = names.say("h.and").join(names.label(cell.area.no) for cell in top)
    part = count_text(sum(cell.value for cell in top))
    return names.say(f"h.layer.{layer}.most", places=places, part=part, whole=count_text(whole))
