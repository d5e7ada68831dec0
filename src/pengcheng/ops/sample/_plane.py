"""A flat plane for drawing: degrees of longitude shrunk to the length of those of latitude."""

from math import cos, radians

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Points = NDArray[np.float64]

LATITUDE = 22.65
SHRINK = cos(radians(LATITUDE))
KM = 1 / 111.2
"""One kilometre in the plane's unit."""

UNWARP_ROUNDS = 40

GRAIN = 1e-6
"""Decimals kept in degrees; about a tenth of a metre."""


def to_plane(shape: BaseGeometry) -> BaseGeometry:
    """From longitude and latitude."""
    return shapely.transform(shape, lambda points: points * (SHRINK, 1.0))


def from_plane(shape: BaseGeometry) -> BaseGeometry:
    """To longitude and latitude, not yet rounded."""
    return shapely.transform(shape, lambda points: points / (SHRINK, 1.0))


def rounded(shape: BaseGeometry) -> BaseGeometry:
    """To six decimals, still valid."""
    return shapely.set_precision(shape, GRAIN)


def warped(points: Points) -> Points:
    """Points moved by a smooth fold of the plane, so that straight borders look grown.

    The slopes stay far below one: the map is one to one and turns a division without gaps into
    another without gaps.
    """
    return points + _fold(points)


def unwarped(points: Points) -> Points:
    """The points that `warped` moves to these: the fold is gentle, so repeating converges."""
    found = points
    for _ in range(UNWARP_ROUNDS):
        found = points - _fold(found)
    return found


def multi(shape: BaseGeometry) -> shapely.MultiPolygon:
    """The areas of any geometry as one MultiPolygon; lines and points are dropped."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon([part for part in parts if part.area > 0])


def _fold(points: Points) -> Points:
    x, y = points[:, 0] / KM, points[:, 1] / KM
    east = 0.22 * np.sin(1.10 * y + 0.35 * x) + 0.07 * np.sin(3.7 * y - 2.1 * x)
    north = 0.22 * np.sin(1.25 * x - 0.30 * y + 1.0) + 0.07 * np.sin(4.1 * x + 1.7 * y)
    shift: Points = np.column_stack((east, north)) * KM
    return shift
