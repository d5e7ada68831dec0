"""A synthetic street net: through roads between centres, secondary roads, a weave of streets.

Nothing here is a survey, and the names are made of common words: each feature says `synthetic`.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from pengcheng.kernel.words import Words
from pengcheng.ops.sample import _content, _network, _plane
from pengcheng.ops.sample._plane import KM, Points
from pengcheng.ops.sample._seeds import pick, stream
from pengcheng.ops.sample.model import Feature, Outline
from pengcheng.ops.sample.outlines import Outlines

MIN_ZOOM = {"expressway": 8, "arterial": 9, "secondary": 11, "local": 13}

EXPRESSWAYS = (
    ("440306025000", "440305005000"),
    ("440306025000", "440307006000"),
    ("440305006000", "440308001000"),
    ("440306018000", "440310001000"),
    ("440309006000", "440304005000"),
    ("440303005000", "440310005000"),
    ("440308001000", "440307011000"),
    ("440311003000", "440305003000"),
)
"""From and to which sub-district; eight, as many as there are names for them."""

BUILT_UP_KM2_MAX = 3.5
"""A community larger than this is mostly hills or port: its streets keep to its centre."""

SPACING_KM = 0.2
STREETS_MAX = 15


def roads(
    pack: Path, outlines: Outlines, green: Iterable[Feature], seed: int
) -> tuple[Feature, ...]:
    """Expressways, arterials, secondary roads and local streets, at most 20,000 features."""
    land = _plane.to_plane(outlines.geometry("440300000000"))
    communities = outlines.at("community")
    nodes = _nodes(communities)
    edges = _network.on_land(nodes, _network.gabriel_edges(nodes), land)
    through = _network.ways(nodes, edges, _pairs(outlines, communities, edges, nodes))
    fast = _network.ways(nodes, edges, _express_pairs(communities))
    nodes = _network.straightened(nodes, [*fast, *through], land)
    names = _Names(pack, seed)
    wild = _wild(green)
    return (
        *_expressways(nodes, fast, land, names),
        *_arterials(nodes, through, land, names),
        *_secondary(nodes, edges, [*through, *fast], land.difference(wild), names),
        *_streets(communities, outlines, wild, names, seed),
    )


class _Names:
    """Plausible road names in both languages; no stem is given twice."""

    def __init__(self, pack: Path, seed: int) -> None:
        words = _content.document(pack, "names.yaml")["roads"]
        self.expressways = [Words(zh, en) for zh, en in words["expressway"].items()]
        self._first, self._second = words["first"], words["second"]
        self._pinyin = {entry[0]: entry[1:] for entry in words["pinyin"].split()}
        self._chance = stream(seed, "road names")
        self._given: set[str] = set()

    def stem(self) -> Words:
        """Two characters, and their sound."""
        stem = ""
        while not stem or stem in self._given or stem[0] == stem[1]:
            stem = pick(self._chance, self._first) + pick(self._chance, self._second)
        self._given.add(stem)
        first, second = (self._pinyin[character] for character in stem)
        pause = "'" if second[0] in "aeo" else ""
        return Words(stem, f"{first}{pause}{second}".capitalize())

    def road(self, *, major: bool = False) -> Words:
        """The name of a new road."""
        stem = self.stem()
        if major:
            return Words(stem.zh + "大道", stem.en + " Avenue")
        return Words(stem.zh + "路", stem.en + " Road")


def _nodes(communities: Sequence[Outline]) -> Points:
    return np.array([community.centre for community in communities]) * (_plane.SHRINK, 1)


def _pairs(
    outlines: Outlines,
    communities: Sequence[Outline],
    edges: Sequence[_network.Edge],
    nodes: Points,
) -> list[_network.Edge]:
    """Neighbouring sub-district centres, each as the community nearest to it."""
    units = outlines.at("sub_district")
    centres = np.array([unit.centre for unit in units]) * (_plane.SHRINK, 1)
    linked = {node for edge in edges for node in edge}
    reachable = np.array([index in linked for index in range(len(communities))])
    nearest = []
    for centre in centres:
        distances = np.where(reachable, ((nodes - centre) ** 2).sum(axis=1), np.inf)
        nearest.append(int(distances.argmin()))
    return [(nearest[a], nearest[b]) for a, b in _network.gabriel_edges(centres)]


def _express_pairs(communities: Sequence[Outline]) -> list[_network.Edge]:
    first: dict[str | None, int] = {}
    for index, community in enumerate(communities):
        first.setdefault(community.parent, index)
    return [(first[start], first[end]) for start, end in EXPRESSWAYS]


def _wild(green: Iterable[Feature]) -> BaseGeometry:
    areas = [
        _plane.to_plane(shapely.from_wkb(feature.wkb))
        for feature in green
        if feature.kind in {"hill", "reservoir"}
    ]
    return shapely.union_all(areas)


def _expressways(
    nodes: Points, ways: Sequence[list[int]], land: BaseGeometry, names: _Names
) -> list[Feature]:
    lines = [_network.curve(nodes, way, 0.35) for way in ways]
    return [
        _road("expressway", index, name, line, land)
        for index, (name, line) in enumerate(zip(names.expressways, lines, strict=False), start=1)
    ]


def _arterials(
    nodes: Points, ways: Sequence[list[int]], land: BaseGeometry, names: _Names
) -> list[Feature]:
    """Each stretch once: a way that runs along one already drawn only adds what is new."""
    drawn: set[_network.Edge] = set()
    features: list[Feature] = []
    for way in ways:
        for stretch in _new_stretches(way, drawn):
            line = _network.curve(nodes, stretch, 0.3)
            name = names.road(major=len(stretch) > 4)
            features.append(_road("arterial", len(features) + 1, name, line, land))
    return features


def _new_stretches(way: list[int], drawn: set[_network.Edge]) -> list[list[int]]:
    stretches: list[list[int]] = []
    open_stretch: list[int] = []
    for a, b in pairwise(way):
        edge = (min(a, b), max(a, b))
        if edge in drawn:
            open_stretch = []
        else:
            drawn.add(edge)
            if not open_stretch:
                open_stretch = [a]
                stretches.append(open_stretch)
            open_stretch.append(b)
    return stretches


def _secondary(
    nodes: Points,
    edges: Sequence[_network.Edge],
    ways: Sequence[list[int]],
    land: BaseGeometry,
    names: _Names,
) -> list[Feature]:
    used = _network.used_edges(ways)
    rest = [edge for edge in edges if edge not in used]
    features = [
        _road("secondary", index, names.road(), _bent(nodes[list(edge)]), land)
        for index, edge in enumerate(rest, start=1)
    ]
    return [feature for feature in features if feature.wkb]


def _bent(ends: Points) -> Points:
    along = np.linspace(0, 1, 6)[:, None]
    line = ends[0] + (ends[1] - ends[0]) * along
    # The ends stay where they are, so that roads keep meeting.
    bend: Points = (_plane.warped(line) - line) * np.sin(np.pi * along) * 0.6
    bent: Points = line + bend
    return bent


def _streets(
    communities: Sequence[Outline],
    outlines: Outlines,
    wild: BaseGeometry,
    names: _Names,
    seed: int,
) -> list[Feature]:
    """In each community two bundles of streets that cross, fitted to its built-up ground."""
    features: list[Feature] = []
    shapely.prepare(wild)
    for community in communities:
        chance = stream(seed, f"streets {community.code}")
        ground = _built_up(community, _plane.to_plane(outlines.geometry(community.code)), wild)
        if ground.is_empty:
            continue
        stem = names.stem()
        for number, line in enumerate(_weave(ground, chance), start=1):
            features.append(_street(len(features) + 1, _numbered(stem, number), line))
    return features


def _built_up(community: Outline, area: BaseGeometry, wild: BaseGeometry) -> BaseGeometry:
    ground = area.difference(wild) if area.intersects(wild) else area
    if community.area_km2 > BUILT_UP_KM2_MAX:
        middle = shapely.Point(community.centre[0] * _plane.SHRINK, community.centre[1])
        ground = ground.intersection(middle.buffer(1.0 * KM, quad_segs=6))
    return _plane.multi(ground.buffer(-0.02 * KM, quad_segs=1))


def _weave(ground: BaseGeometry, chance: np.random.Generator) -> list[BaseGeometry]:
    middle = np.array(ground.centroid.coords[0])
    # Streets lean with the land in the large and differ a little from place to place.
    lean = 0.5 * np.sin(middle[0] / KM / 9) + chance.normal(0, 0.12)
    reach = ground.length / 2
    # Wider streets where the ground is large: never more than the limit in each bundle.
    spacing = max(SPACING_KM * KM, ground.area**0.5 / STREETS_MAX * 2)
    lines: list[BaseGeometry] = []
    for angle in (lean, lean + np.pi / 2):
        along = np.array((np.cos(angle), np.sin(angle)))
        across = np.array((-along[1], along[0]))
        for offset in np.arange(-STREETS_MAX // 2, STREETS_MAX // 2 + 1):
            start = middle + across * spacing * (offset + chance.uniform(-0.15, 0.15))
            line = shapely.LineString((start - along * reach, start + along * reach))
            lines.extend(_long_pieces(line.intersection(ground)))
    return lines


def _long_pieces(cut: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(cut) if part.length > 0.12 * KM]


def _numbered(stem: Words, number: int) -> Words:
    ending = "街" if number % 2 else "巷"
    ending_en = "Street" if number % 2 else "Lane"
    return Words(f"{stem.zh}{_ordinal(number)}{ending}", f"{stem.en} {ending_en} {number}")


def _ordinal(number: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if tens == 0:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def _road(kind: str, index: int, name: Words, line: Points, land: BaseGeometry) -> Feature:
    whole = shapely.LineString(line)
    # Through roads keep their bridges over water; others end at the shore or the hill.
    kept = whole if kind in {"expressway", "arterial"} else whole.intersection(land)
    parts = [part for part in shapely.get_parts(kept) if part.length > 0]
    drawn = _plane.rounded(_plane.from_plane(shapely.MultiLineString(parts)))
    return Feature(
        layer="roads",
        code=f"road-{kind}-{index}",
        name=name.zh,
        name_en=name.en,
        kind=kind,
        wkb=b"" if drawn.is_empty else shapely.to_wkb(drawn),
        min_zoom=MIN_ZOOM[kind],
    )


def _street(index: int, name: Words, line: BaseGeometry) -> Feature:
    return Feature(
        layer="roads",
        code=f"road-local-{index}",
        name=name.zh,
        name_en=name.en,
        kind="local",
        wkb=shapely.to_wkb(_plane.rounded(_plane.from_plane(line))),
        min_zoom=MIN_ZOOM["local"],
    )
