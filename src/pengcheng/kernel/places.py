"""Places as GeoJSON geometries (RFC 7946): is this one, of this kind, and on the earth?"""

import math
from collections.abc import Mapping
from typing import Any

from pengcheng.kernel.errors import Fault
from pengcheng.kernel.registry import Place

POINTS_MAX = 20_000
_GEOMETRIES: Mapping[Place, tuple[tuple[str, int], ...]] = {
    "point": (("Point", 0),),
    "line": (("LineString", 1), ("MultiLineString", 2)),
    "polygon": (("Polygon", 2), ("MultiPolygon", 3)),
}


def place_faults(value: Any, kind: Place) -> list[Fault]:
    """Every fault of a place; None (not known) is a place too."""
    if value is None:
        return []
    if not isinstance(value, Mapping):
        return [_fault("place.kind", kind=kind)]
    depths = dict(_GEOMETRIES[kind])
    depth = depths.get(str(value.get("type")))
    if depth is None or set(value) - {"type", "coordinates", "bbox"}:
        return [_fault("place.geometry", allowed=", ".join(depths))]
    points = _points(value.get("coordinates"), depth)
    if points is None:
        return [_fault("place.coordinates", kind=kind)]
    if len(points) > POINTS_MAX:
        return [_fault("place.too_many", limit=POINTS_MAX)]
    if any(not _on_earth(point) for point in points):
        return [_fault("place.off_earth")]
    return _shape_faults(str(value["type"]), value["coordinates"])


def _points(value: Any, depth: int) -> list[Any] | None:
    """The positions in coordinates nested this deep; None when they are nested otherwise."""
    if not isinstance(value, list | tuple):
        return None
    if depth == 0:
        numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)
        return [value] if numbers and len(value) in {2, 3} else None
    found: list[Any] = []
    for part in value:
        inner = _points(part, depth - 1)
        if inner is None or len(found) > POINTS_MAX:
            return None if inner is None else found
        found += inner
    return found or None


def _on_earth(point: Any) -> bool:
    return (
        all(math.isfinite(number) for number in point)
        and -180 <= point[0] <= 180
        and -90 <= point[1] <= 90
    )


def _shape_faults(geometry: str, coordinates: Any) -> list[Fault]:
    if geometry == "Point":
        return []
    if geometry in {"LineString", "MultiLineString"}:
        lines = [coordinates] if geometry == "LineString" else coordinates
        return [_fault("place.short_line")] if any(len(line) < 2 for line in lines) else []
    rings = (
        coordinates if geometry == "Polygon" else [ring for part in coordinates for ring in part]
    )
    closed = all(len(ring) >= 4 and list(ring[0]) == list(ring[-1]) for ring in rings)
    return [] if closed else [_fault("place.open_ring")]


def _fault(code: str, **facts: Any) -> Fault:
    return Fault(path="/place", code=code, facts={"field_zh": "位置", "field_en": "Place", **facts})
