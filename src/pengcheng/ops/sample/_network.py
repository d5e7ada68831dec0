"""The graph of the sample's streets: who is a neighbour of whom, and the shortest ways."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay
from shapely.geometry.base import BaseGeometry

from pengcheng.ops.sample._plane import KM, Points

Edge = tuple[int, int]

LEVEL_ROUNDS = 8


def gabriel_edges(points: Points) -> list[Edge]:
    """Pairs with no third point in the circle between them: how towns tend to be linked."""
    triangles = Delaunay(points).simplices
    pairs = {
        tuple(sorted((int(a), int(b))))
        for triangle in triangles
        for a, b in zip(triangle, np.roll(triangle, 1), strict=True)
    }
    return [(a, b) for a, b in sorted(pairs) if _is_gabriel(points, a, b)]


def on_land(points: Points, edges: Iterable[Edge], land: BaseGeometry) -> list[Edge]:
    """The edges that hardly leave the land, and those without which a part would be cut off."""
    shore = shapely.buffer(land, 0.15 * KM)
    shapely.prepare(shore)
    listed = list(edges)
    dry = [edge for edge in listed if shore.covers(shapely.LineString(points[list(edge)]))]
    return dry + _bridges(points, listed, dry)


def ways(points: Points, edges: list[Edge], pairs: Iterable[Edge]) -> list[list[int]]:
    """The shortest way for each pair of nodes; ways already built are half as far.

    Pairs without a way between them are left out.
    """
    cost = {edge: float(np.hypot(*(points[edge[0]] - points[edge[1]]))) for edge in edges}
    found: list[list[int]] = []
    for start, end in pairs:
        way = _shortest(len(points), cost, start, end)
        if len(way) > 1:
            found.append(way)
            for edge in _steps(way):
                cost[edge] = min(
                    cost[edge], 0.5 * float(np.hypot(*np.diff(points[list(edge)], axis=0)[0]))
                )
    return found


def straightened(points: Points, found: Iterable[list[int]], land: BaseGeometry) -> Points:
    """Nodes on through roads moved towards the line between their two neighbours."""
    links: dict[int, set[int]] = {}
    for way in found:
        for a, b in _steps(way):
            links.setdefault(a, set()).add(b)
            links.setdefault(b, set()).add(a)
    inner = [(node, *sorted(near)) for node, near in links.items() if len(near) == 2]
    moved = points.copy()
    for _ in range(LEVEL_ROUNDS):
        before = moved.copy()
        for node, left, right in inner:
            moved[node] = 0.5 * before[node] + 0.25 * (before[left] + before[right])
    inside = shapely.contains_xy(land, moved)
    moved[~inside] = points[~inside]
    return moved


def used_edges(found: Iterable[list[int]]) -> Counter[Edge]:
    """How many of the ways use each edge."""
    return Counter(edge for way in found for edge in _steps(way))


def curve(points: Points, way: list[int], step_km: float) -> Points:
    """A smooth line through the nodes of a way (Catmull-Rom), with a point about each step."""
    nodes = points[way]
    padded = np.vstack((2 * nodes[0] - nodes[1], nodes, 2 * nodes[-1] - nodes[-2]))
    pieces: list[Points] = []
    for before, start, end, after in zip(
        padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True
    ):
        count = int(np.clip(np.hypot(*(end - start)) / (step_km * KM), 1, 12))
        t = (np.arange(count) / count)[:, None]
        pieces.append(
            0.5
            * (
                2 * start
                + (end - before) * t
                + (2 * before - 5 * start + 4 * end - after) * t**2
                + (3 * start - before - 3 * end + after) * t**3
            )
        )
    return np.vstack((*pieces, nodes[-1:]))


def _is_gabriel(points: Points, a: int, b: int) -> bool:
    middle = (points[a] + points[b]) / 2
    radius = ((points[a] - middle) ** 2).sum()
    distances = ((points - middle) ** 2).sum(axis=1)
    distances[[a, b]] = np.inf
    return bool(distances.min() >= radius)


def _bridges(points: Points, edges: list[Edge], dry: list[Edge]) -> list[Edge]:
    """The shortest wet edges that join parts of some size; islands stay islands."""
    labels = _parts(len(points), dry)
    sizes = Counter(labels.tolist())
    chosen: list[Edge] = []
    wet = sorted(
        set(edges) - set(dry), key=lambda e: float(np.hypot(*(points[e[0]] - points[e[1]])))
    )
    for a, b in wet:
        is_short = np.hypot(*(points[a] - points[b])) < 8 * KM
        if labels[a] != labels[b] and min(sizes[labels[a]], sizes[labels[b]]) > 1 and is_short:
            chosen.append((a, b))
            labels[labels == labels[b]] = labels[a]
            sizes = Counter(labels.tolist())
    return chosen


def _parts(count: int, edges: list[Edge]) -> NDArray[np.int64]:
    _, labels = connected_components(_matrix(count, dict.fromkeys(edges, 1.0)), directed=False)
    return np.asarray(labels, dtype=np.int64)


def _matrix(count: int, cost: dict[Edge, float]) -> csr_matrix:
    pairs = np.array(list(cost), dtype=int).reshape(-1, 2)
    return csr_matrix((list(cost.values()), (pairs[:, 0], pairs[:, 1])), shape=(count, count))


def _shortest(count: int, cost: dict[Edge, float], start: int, end: int) -> list[int]:
    _, previous = dijkstra(
        _matrix(count, cost), directed=False, indices=start, return_predecessors=True
    )
    way = [end]
    while way[-1] != start and previous[way[-1]] >= 0:
        way.append(int(previous[way[-1]]))
    return way[::-1] if way[-1] == start else []


def _steps(way: list[int]) -> list[Edge]:
    return [(min(a, b), max(a, b)) for a, b in pairwise(way)]
