"""Where a record belongs when nobody says it: to the area in which it lies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.objects import NewRecord


async def located(services: Services, new: Sequence[NewRecord]) -> list[NewRecord]:
    """The same records; each with a place and no area is given the grid cell of its middle.

    A place that is malformed or outside the city stays without, for the check of values to refuse.
    """
    middles = {
        number: middle
        for number, record in enumerate(new)
        if record.area_code is None and (middle := middle_of(record.place)) is not None
    }
    cells = await services.areas.grids_at(list(middles.values()))
    found = dict(zip(middles, cells, strict=True))
    return [
        msgspec.structs.replace(record, area_code=found.get(number) or record.area_code)
        for number, record in enumerate(new)
    ]


def middle_of(place: Any) -> tuple[float, float] | None:
    """The mean position of a GeoJSON geometry or of (longitude, latitude); None for neither."""
    coordinates = place.get("coordinates") if isinstance(place, Mapping) else place
    positions = list(_positions(coordinates))
    if not positions:
        return None
    count = len(positions)
    return sum(x for x, _ in positions) / count, sum(y for _, y in positions) / count


def _positions(value: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(value, (list, tuple)):
        return
    if len(value) == 2 and all(type(part) in {int, float} for part in value):
        yield float(value[0]), float(value[1])
        return
    for item in value:
        yield from _positions(item)
