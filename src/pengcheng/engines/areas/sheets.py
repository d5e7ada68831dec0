"""Areas from a sheet: what each row adds or changes, and what is wrong with it. Pure.

The code of an area tells its level and the area above it. Grid cells must not overlap, or a point
would lie in two; outlines of divisions may, for those of different sources never fit to the metre.
"""

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any

import msgspec
import shapely

from pengcheng.engines.areas.model import AreaDetail, AreaRow
from pengcheng.kernel.areas import LEVELS, ancestor, area_level, area_no, is_area_code
from pengcheng.kernel.authz import Facts, Scope
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.imports import Became, RowChange, RowFaults, became

NAME_LENGTH_MAX = 80
OVERLAP_PART = 0.01
"""Cells may overlap by this part of the smaller: outlines drawn by hand never meet exactly."""

SAME_WITHIN = 1e-9
"""Degrees; corners nearer than this (a tenth of a millimetre) are the same."""

KM2_OF_SQUARE_DEGREE = 111.32 * 111.32
Standing = Mapping[str, AreaDetail]


class Plan(msgspec.Struct, kw_only=True):
    """What the rows of a sheet come to, with the number of each row."""

    new: list[tuple[int, AreaRow]] = msgspec.field(default_factory=list)
    changed: list[tuple[int, AreaDetail, AreaRow]] = msgspec.field(default_factory=list)
    faults: RowFaults = msgspec.field(default_factory=list)
    same: int = 0

    def drawn(self) -> dict[str, tuple[int, bytes]]:
        """The new outlines by code, with the numbers of their rows."""
        rows = [*self.new, *((number, row) for number, _, row in self.changed)]
        return {row.code: (number, row.place) for number, row in rows if row.place is not None}

    def without(self, wrong: Mapping[int, Fault]) -> "Plan":
        """The plan without rows that were found wrong since."""
        return Plan(
            new=[item for item in self.new if item[0] not in wrong],
            changed=[item for item in self.changed if item[0] not in wrong],
            faults=[*self.faults, *wrong.items()], same=self.same,
        )  # fmt: skip

    def changes(self) -> list[RowChange]:
        """The rows as they are told."""
        added = [
            RowChange(number=number, act="added", key=row.code, values=became({}, _told(row)))
            for number, row in self.new
        ]
        changed = [
            RowChange(number=number, act="changed", key=row.code, values=_became(before, row))
            for number, before, row in self.changed
        ]  # fmt: skip
        return [*added, *changed]


def planned(scope: Scope, standing: Standing, known: set[str], rows: Sequence[AreaRow]) -> Plan:
    """What rows do. `standing`: the areas of these codes as they are; `known`: the codes of all
    divisions."""
    plan = Plan()
    seen: set[str] = set()
    above = set(known)
    for number, row in enumerate(rows, start=1):
        faults = faults_of(row)
        if not faults:
            faults = _place_faults(scope, row, above)
        if row.code in seen:
            faults.append(Fault(path="/code", code="row.twice"))
        seen.add(row.code)
        plan.faults += [(number, fault) for fault in faults]
        if faults:
            continue
        above.add(row.code)
        before = standing.get(row.code)
        if before is None:
            plan.new.append((number, row))
        elif _told(after := completed(row, before)) != _told(before):
            plan.changed.append((number, before, after))
        else:
            plan.same += 1
    return plan


def faults_of(row: AreaRow) -> list[Fault]:
    """What is wrong with a row in itself."""
    faults = []
    for path, text in (("/name_zh", row.name.zh), ("/name_en", row.name.en)):
        if not text.strip():
            faults.append(Fault(path=path, code="field.required"))
        if len(text) > NAME_LENGTH_MAX:
            facts = {"limit": NAME_LENGTH_MAX, "length": len(text)}
            faults.append(Fault(path=path, code="text.too_long", facts=facts))
    if not is_area_code(row.code) or int(row.code) == 0:
        faults.append(Fault(path="/code", code="area.code"))
    return faults


def _place_faults(scope: Scope, row: AreaRow, above: set[str]) -> list[Fault]:
    wanted = parent_of(row.code)
    if wanted is not None and wanted not in above:
        return [Fault(path="/code", code="area.parent", facts={"wanted": wanted})]
    if not scope.holds(Facts(area_no=area_no(row.code))):
        return [Fault(path="/code", code="area.not_yours")]
    return []


def parent_of(code: str) -> str | None:
    """The code of the area above one."""
    level = area_level(code)
    return ancestor(code, LEVELS[LEVELS.index(level) - 1]) if level != "city" else None


def completed(row: AreaRow, before: AreaDetail) -> AreaRow:
    """A row with what it says nothing of as it stands; an outline that is the same to the
    millimetre is the one that stands."""
    population = before.population if row.population is msgspec.UNSET else row.population
    place = None if row.place is None or _is_same(row.place, before.place) else row.place
    return msgspec.structs.replace(row, population=population, place=place)


def _is_same(place: bytes, standing: bytes | None) -> bool:
    if standing is None:
        return False
    one, other = (shapely.normalize(shapely.from_wkb(item)) for item in (place, standing))
    return bool(shapely.equals_exact(one, other, tolerance=SAME_WITHIN))


def overlapping(
    drawn: Mapping[str, tuple[int, bytes]], cells: Mapping[str, bytes]
) -> dict[int, Fault]:
    """Of newly drawn grid cells, those that overlap another (`cells`: those that stand), by the
    numbers of their rows."""
    fresh = {code: shapely.from_wkb(place) for code, (_, place) in drawn.items()
             if area_level(code) == "grid"}  # fmt: skip
    shapes = {code: shapely.from_wkb(place) for code, place in cells.items()} | fresh
    codes = sorted(shapes)
    tree = shapely.STRtree([shapes[code] for code in codes])
    wrong: dict[int, Fault] = {}
    for code, shape in sorted(fresh.items()):
        for at in sorted(tree.query(shape, predicate="intersects")):
            other = codes[at]
            least = OVERLAP_PART * min(shape.area, shapes[other].area)
            if other != code and shape.intersection(shapes[other]).area > least:
                fault = Fault(path="/outline", code="area.overlaps", facts={"other": other})
                wrong.setdefault(drawn[code][0], fault)
    return wrong


def square_kilometres(place: bytes | None) -> str:
    """How large an outline is, for a reader; right to a part in a hundred at this latitude."""
    if place is None:
        return ""
    shape: Any = shapely.from_wkb(place)
    narrowed = shape.area * KM2_OF_SQUARE_DEGREE * cos(radians(shape.centroid.y))
    return f"{narrowed:.3f} km²"


def _became(before: AreaDetail, row: AreaRow) -> tuple[Became, ...]:
    told = became(_told(before), {k: v for k, v in _told(row).items() if k != "outline"})
    if row.place is None:
        return told
    sizes = (square_kilometres(before.place), square_kilometres(row.place))
    return (*told, Became("outline", *sizes))


def _told(row: AreaRow | AreaDetail) -> dict[str, object]:
    told: dict[str, object] = {"name_zh": row.name.zh, "name_en": row.name.en}
    if row.population is not msgspec.UNSET:
        told["population"] = row.population
    if isinstance(row, AreaRow) and row.place is not None:
        told["outline"] = square_kilometres(row.place)
    return told


def told_change(before: AreaDetail, after: AreaRow) -> tuple[dict[str, object], dict[str, object]]:
    """What the log tells of a change: the values that changed, as they were and as they are."""
    told = {one.field: one for one in _became(before, after)}
    was: dict[str, object] = {name: one.before for name, one in told.items()}
    now: dict[str, object] = {name: one.after for name, one in told.items()}
    return was, {**now, "code": before.code, "name": after.name.zh}
