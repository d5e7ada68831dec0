"""Outlines of every division and a grid under the communities: nested, without gaps or overlaps.

The districts' outlines are simplified real ones; everything beneath is schematic: cells around
points, grown to look like land. All levels are unions of the same faces, cut once on a grid of
six decimals, so a parent is exactly the sum of its children and neighbours share their borders.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from pengcheng.kernel.errors import ensure
from pengcheng.ops.sample import _cells, _content, _plane
from pengcheng.ops.sample._seeds import stream
from pengcheng.ops.sample.divisions import CITY, divisions, level_of, parent_of
from pengcheng.ops.sample.model import Division, Outline

CELLS_MIN, CELLS_MAX = 2, 6
CELL_AREA_KM2 = 0.3
"""About what one grid worker walks; communities in the hills still have at most six cells."""

LEVELS = ("city", "district", "sub_district", "community", "grid")
KM2 = _plane.KM**2


class Outlines(msgspec.Struct, frozen=True, kw_only=True):
    """Every outline of the city, by code; parents come before children."""

    by_code: Mapping[str, Outline]

    def at(self, level: str) -> list[Outline]:
        """The outlines of one level."""
        return [outline for outline in self.by_code.values() if outline.level == level]

    def geometry(self, code: str) -> BaseGeometry:
        """The outline as a shape."""
        return shapely.from_wkb(self.by_code[code].wkb)


class Locator:
    """Which grid cell a point lies in: the plain way, to test faster ones against."""

    def __init__(self, outlines: Outlines) -> None:
        self._codes = [outline.code for outline in outlines.at("grid")]
        self._shapes = [shapely.from_wkb(outline.wkb) for outline in outlines.at("grid")]
        self._tree = shapely.STRtree(self._shapes)

    def locate(self, point: tuple[float, float]) -> str | None:
        """The code of the cell with the point; on a border the lowest code; None outside."""
        found = self._tree.query(shapely.Point(point), predicate="intersects")
        return min((self._codes[index] for index in found), default=None)


def outlines(pack: Path, seed: int) -> Outlines:
    """The outlines of all divisions and about 3,000 grid cells; the same for the same seed."""
    known = divisions(pack)
    drawn = _drawn_cells(pack, known, seed)
    cells = _noded(drawn)
    shapes = _all_levels(cells)
    names = {division.code: division for division in known}
    ordered = sorted(shapes, key=lambda code: (LEVELS.index(level_of(code)), code))
    return Outlines(
        by_code={code: _outline(code, names[code[:12]], shapes[code]) for code in ordered}
    )


def _drawn_cells(pack: Path, known: Sequence[Division], seed: int) -> dict[str, BaseGeometry]:
    """Grid code → its cell in the plane, before neighbours are made to share their borders."""
    children = _children(known)
    centres = _centres(pack)
    drawn: dict[str, BaseGeometry] = {}
    for feature in _content.features(pack, "districts.geojson"):
        district = _plane.to_plane(shape(feature["geometry"]))
        units = children[feature["properties"]["code"]]
        sites = np.array([centres[unit] for unit in units])
        areas = _cells.divide(district, sites, stream(seed, "sub-districts"))
        for unit, area in zip(units, areas, strict=True):
            chance = stream(seed, f"communities {unit}")
            places = _cells.spread(area, len(children[unit]), centres[unit], chance)
            parts = _cells.divide(area, places, chance)
            for community, part in zip(children[unit], parts, strict=True):
                drawn.update(_grid(community, part, centres[unit], stream(seed, community)))
    return drawn


def _grid(
    community: str,
    area: BaseGeometry,
    centre: tuple[float, float],
    chance: np.random.Generator,
) -> dict[str, BaseGeometry]:
    wanted = round(area.area / KM2 / CELL_AREA_KM2 + chance.uniform(-0.5, 0.5))
    count = min(CELLS_MAX, max(CELLS_MIN, wanted))
    sites = _cells.spread(area, count, centre, chance)
    # Read as on a page, so that numbers next to each other are near each other on the map.
    ordered = sites[np.lexsort((sites[:, 0], -sites[:, 1]))]
    parts = _cells.divide(area, ordered, chance, grown=False)
    return {f"{community}{index:03}": part for index, part in enumerate(parts, start=1)}


def _noded(drawn: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """The cells again, cut from one net of lines on the grid of six decimals."""
    codes = list(drawn)
    rough = [_plane.from_plane(drawn[code]) for code in codes]
    borders = [shapely.boundary(cell) for cell in rough]
    net = shapely.union_all(borders, grid_size=_plane.GRAIN)
    faces = list(shapely.get_parts(shapely.polygonize(shapely.get_parts(net))))
    tree = shapely.STRtree(rough)
    pieces: dict[str, list[BaseGeometry]] = defaultdict(list)
    spots = [face.representative_point() for face in faces]
    owned = tree.query(spots, predicate="intersects")
    first: dict[int, int] = {}
    for spot, cell in zip(*owned.tolist(), strict=True):
        first[spot] = min(first.get(spot, cell), cell)
    for index, face in enumerate(faces):
        # A face that no cell claims lies outside the city, between a coast and its islands.
        if index in first:
            pieces[codes[first[index]]].append(face)
    missing = [code for code in codes if code not in pieces]
    ensure(not missing, f"cells without a face: {missing[:3]}")
    return {code: _plane.multi(shapely.coverage_union_all(pieces[code])) for code in codes}


def _all_levels(cells: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    shapes = dict(cells)
    layer: Mapping[str, BaseGeometry] = cells
    for _ in range(4):
        groups: dict[str, list[BaseGeometry]] = defaultdict(list)
        for code, area in layer.items():
            groups[parent_of(code) or CITY].append(area)
        layer = {
            code: _plane.multi(shapely.coverage_union_all(parts)) for code, parts in groups.items()
        }
        shapes.update(layer)
    return shapes


def _outline(code: str, division: Division, area: BaseGeometry) -> Outline:
    cell = f"第{int(code[12:])}网格" if len(code) > 12 else ""
    cell_en = f", cell {int(code[12:])}" if len(code) > 12 else ""
    flat = _plane.to_plane(area)
    spot = shapely.maximum_inscribed_circle(flat, tolerance=0.2 * _plane.KM).coords[0]
    return Outline(
        code=code,
        name=division.title + cell,
        name_en=division.name_en + cell_en,
        level=level_of(code),
        parent=parent_of(code),
        wkb=shapely.to_wkb(area),
        centre=(round(spot[0] / _plane.SHRINK, 6), round(spot[1], 6)),
        area_km2=round(flat.area / KM2, 4),
    )


def _children(known: Iterable[Division]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = defaultdict(list)
    for division in known:
        if division.parent:
            children[division.parent].append(division.code)
    return children


def _centres(pack: Path) -> dict[str, tuple[float, float]]:
    return {
        row["code"]: (float(row["lon"]) * _plane.SHRINK, float(row["lat"]))
        for row in _content.rows(pack, "centres.csv")
    }
