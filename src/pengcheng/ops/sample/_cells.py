"""Divides an area into cells: weighted Voronoi (a power diagram) on points spread within it."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from pengcheng.kernel.errors import unreachable
from pengcheng.ops.sample._plane import KM, Points, multi, unwarped, warped

SAMPLES_FOR_EACH = 40
ROUNDS = 6
WEIGHT_MAX = 0.35
"""Below one half: every site then stands in its own cell."""

CENTRE_PULL_KM = 2.5


def spread(
    area: BaseGeometry, count: int, centre: tuple[float, float], chance: np.random.Generator
) -> Points:
    """`count` sites inside the area, closer together near the centre (k-means on samples)."""
    samples = _samples(area, max(SAMPLES_FOR_EACH * count, 120), chance)
    far_km = np.hypot(*(samples - np.asarray(centre)).T) / KM
    weights = 1.0 / (1.0 + (far_km / CENTRE_PULL_KM) ** 2)
    first = chance.choice(len(samples), size=count, replace=False, p=weights / weights.sum())
    sites = samples[first]
    for _ in range(ROUNDS):
        nearest = _nearest(samples, sites)
        shares = np.bincount(nearest, weights, count)
        means = [np.bincount(nearest, weights * samples[:, axis], count) for axis in (0, 1)]
        taken = shares > 0
        sites[taken] = np.column_stack(means)[taken] / shares[taken, None]
    return _snapped(samples, sites)


def divide(
    area: BaseGeometry, sites: Points, chance: np.random.Generator, *, grown: bool = True
) -> list[shapely.MultiPolygon]:
    """One part of the area for each site, in the order of the sites; together the whole area.

    Pieces that the area's shape cuts off go to the neighbour with the longest common border.
    """
    if len(sites) == 1:
        return [multi(area)]
    weights = _weights(sites, chance)
    plain = np.zeros(len(sites))
    # Straight cells without weights each hold their site, so the last way cannot fail.
    for heavy, bent in ((weights, grown), (plain, grown), (plain, False)):
        cells = _power_cells(area, sites, heavy, grown=bent)
        parts = [_outer_parts(shapely.intersection(cell, area)) for cell in cells]
        if all(parts):
            return _joined(parts)
    return unreachable("a site lies outside its area")


def _samples(area: BaseGeometry, count: int, chance: np.random.Generator) -> Points:
    shapely.prepare(area)
    west, south, east, north = area.bounds
    kept: list[Points] = []
    while sum(map(len, kept)) < count:
        tried = chance.uniform((west, south), (east, north), size=(count * 3, 2))
        kept.append(tried[shapely.contains_xy(area, tried)])
    return np.concatenate(kept)[:count]


def _nearest(samples: Points, sites: Points) -> NDArray[np.intp]:
    distances = ((samples[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(distances.argmin(axis=1))


def _snapped(samples: Points, sites: Points) -> Points:
    """Each site moved to a sample of its own, because a mean may lie outside a bent area."""
    free = np.ones(len(samples), dtype=bool)
    snapped = np.empty_like(sites)
    for index, site in enumerate(sites):
        distances = ((samples - site) ** 2).sum(axis=1)
        chosen = int(np.where(free, distances, np.inf).argmin())
        free[chosen] = False
        snapped[index] = samples[chosen]
    return snapped


def _weights(sites: Points, chance: np.random.Generator) -> Points:
    distances = ((sites[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return np.asarray(chance.uniform(0, WEIGHT_MAX, size=len(sites)) * distances.min(axis=1))


def _power_cells(
    area: BaseGeometry, sites: Points, weights: Points, *, grown: bool
) -> list[BaseGeometry]:
    west, south, east, north = area.bounds
    margin = 2 * KM
    places = unwarped(sites) if grown else sites
    frame = np.array(
        [
            (west - margin, south - margin),
            (east + margin, south - margin),
            (east + margin, north + margin),
            (west - margin, north + margin),
        ]
    )
    return [_cell(index, places, weights, frame, grown=grown) for index in range(len(sites))]


def _cell(
    index: int, sites: Points, weights: Points, frame: Points, *, grown: bool
) -> BaseGeometry:
    ring = frame
    power = (sites**2).sum(axis=1) - weights
    for other in range(len(sites)):
        if other != index and len(ring):
            normal = 2 * (sites[other] - sites[index])
            ring = _clipped(ring, normal, float(power[other] - power[index]))
    if len(ring) < 3:
        return shapely.Polygon()
    return shapely.make_valid(shapely.Polygon(warped(_densified(ring)) if grown else ring))


def _clipped(ring: Points, normal: Points, limit: float) -> Points:
    """The part of a convex ring where `normal · p <= limit`."""
    side = ring @ normal - limit
    if side.max() <= 0:
        return ring
    following = np.concatenate((ring[1:], ring[:1]))
    following_side = np.concatenate((side[1:], side[:1]))
    kept: list[Points] = []
    for point, value, after, after_value in zip(ring, side, following, following_side, strict=True):
        if value <= 0:
            kept.append(point)
        if (value < 0 < after_value) or (after_value < 0 < value):
            kept.append(point + (after - point) * (value / (value - after_value)))
    return np.array(kept).reshape(-1, 2)


def _densified(ring: Points) -> Points:
    """Points at fixed places of each edge, the same from both sides of a border."""
    closed = np.vstack((ring, ring[:1]))
    pieces: list[Points] = []
    for start, end in pairwise(closed):
        swapped = tuple(start) > tuple(end)
        low, high = (end, start) if swapped else (start, end)
        steps = min(24, int(np.hypot(*(high - low)) / (0.45 * KM)) + 1)
        along = low + (high - low) * (np.arange(steps + 1) / steps)[:, None]
        pieces.append((along[::-1] if swapped else along)[:-1])
    return np.concatenate(pieces)


def _outer_parts(shape: BaseGeometry) -> list[BaseGeometry]:
    return sorted(multi(shape).geoms, key=lambda part: part.area, reverse=True)


def _joined(parts: list[list[BaseGeometry]]) -> list[shapely.MultiPolygon]:
    mains = [pieces[0] for pieces in parts]
    groups = [pieces[:1] for pieces in parts]
    for index, pieces in enumerate(parts):
        for piece in pieces[1:]:
            groups[_best_owner(piece, mains, index)].append(piece)
    return [multi(shapely.union_all(group, grid_size=1e-9)) for group in groups]


def _best_owner(piece: BaseGeometry, mains: Sequence[BaseGeometry], otherwise: int) -> int:
    borders = [
        shapely.intersection(shapely.boundary(piece), shapely.boundary(main), grid_size=1e-9)
        for main in mains
    ]
    lengths = [border.length for border in borders]
    longest = max(range(len(lengths)), key=lengths.__getitem__)
    return longest if lengths[longest] > 0 else otherwise
