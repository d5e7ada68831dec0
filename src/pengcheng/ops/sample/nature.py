"""Hills, parks, reservoirs and rivers: schematic shapes at about their true places."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from pengcheng.kernel.words import Words
from pengcheng.ops.sample import _content, _plane
from pengcheng.ops.sample._seeds import stream
from pengcheng.ops.sample.model import Feature
from pengcheng.ops.sample.outlines import Outlines

RING_POINTS = 28
PARK_SHARE = 0.28
"""Communities with a park of their own."""


def green_and_water(pack: Path, outlines: Outlines, seed: int) -> tuple[Feature, ...]:
    """Green and water features within the city's outline; water is cut out of the green."""
    described: Mapping[str, Any] = _content.document(pack, "nature.yaml")
    land = _plane.to_plane(outlines.geometry("440300000000"))
    chance = stream(seed, "nature")
    lakes = [(_title(entry), _blob(entry, chance, 0.20)) for entry in described["water"]]
    hills = [(_title(entry), _blob(entry, chance, 0.14)) for entry in described["green"]]
    wet = shapely.union_all([area for _, area in lakes])
    features = [
        *_areas("green", "hill", hills, land.difference(wet), min_zoom=8),
        *_areas("green", "park", _parks(outlines, stream(seed, "parks")), land, min_zoom=12),
        *_areas("water", "reservoir", lakes, land, min_zoom=9),
        *_rivers(described["rivers"], land),
    ]
    return tuple(features)


def surroundings(pack: Path, outlines: Outlines) -> tuple[Feature, ...]:
    """The rough land of the neighbours (layer `surroundings`); what is not land is sea."""
    city = outlines.geometry("440300000000")
    rings = _content.document(pack, "nature.yaml")["surroundings"]
    lands = [(_title(ring), shapely.Polygon(ring["ring"]).difference(city)) for ring in rings]
    return tuple(
        Feature(
            layer="surroundings",
            code=f"surroundings-{index}",
            name=name.zh,
            name_en=name.en,
            kind="neighbour",
            wkb=shapely.to_wkb(_plane.multi(_plane.rounded(area))),
            min_zoom=0,
        )
        for index, (name, area) in enumerate(lands, start=1)
    )


def _title(entry: Mapping[str, Any]) -> Words:
    return Words(entry["name"], entry["en"])


def _blob(entry: Mapping[str, Any], chance: np.random.Generator, uneven: float) -> BaseGeometry:
    """An ellipse with an uneven edge."""
    turn = np.linspace(0, 2 * np.pi, RING_POINTS, endpoint=False)
    phases = chance.uniform(0, 2 * np.pi, 3)
    radius = 1 + uneven * sum(
        np.sin(waves * turn + phase) / share
        for waves, phase, share in zip((2, 3, 5), phases, (1.2, 1, 1.6), strict=True)
    )
    along, across = (half * _plane.KM * radius for half in entry["half"])
    x, y = along * np.cos(turn), across * np.sin(turn)
    angle = np.radians(entry["turned"])
    centre = np.array(entry["at"]) * (_plane.SHRINK, 1)
    ring = np.column_stack(
        (x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle))
    )
    return shapely.Polygon(ring + centre)


def _parks(outlines: Outlines, chance: np.random.Generator) -> list[tuple[Words, BaseGeometry]]:
    parks = []
    for community in outlines.at("community"):
        if chance.random() < PARK_SHARE:
            size = min(0.45, 0.22 * community.area_km2**0.5) * chance.uniform(0.6, 1.2)
            shift = chance.uniform(-0.3, 0.3, 2) * community.area_km2**0.5 / 111.2
            entry = {
                "at": (community.centre[0] + shift[0], community.centre[1] + shift[1]),
                "half": (size, size * chance.uniform(0.4, 0.9)),
                "turned": chance.uniform(0, 180),
            }
            name = Words(
                community.name.removesuffix("社区") + "公园",
                community.name_en.removesuffix("Community") + "Park",
            )
            parks.append((name, _blob(entry, chance, 0.12)))
    return parks


def _areas(
    layer: str,
    kind: str,
    named: Sequence[tuple[Words, BaseGeometry]],
    within: BaseGeometry,
    *,
    min_zoom: int,
) -> list[Feature]:
    shapely.prepare(within)
    features = []
    for index, (name, area) in enumerate(named, start=1):
        drawn = _plane.multi(_plane.rounded(_plane.from_plane(area.intersection(within))))
        if not drawn.is_empty:
            code = f"{layer}-{kind}-{index}"
            features.append(
                Feature(
                    layer=layer,
                    code=code,
                    name=name.zh,
                    name_en=name.en,
                    kind=kind,
                    wkb=shapely.to_wkb(drawn),
                    min_zoom=min_zoom,
                )
            )
    return features


def _rivers(described: Sequence[Mapping[str, Any]], land: BaseGeometry) -> list[Feature]:
    named = []
    for river in described:
        course = np.array(river["course"]) * (_plane.SHRINK, 1)
        steps = np.linspace(0, 1, 5)[:, None]
        dense = np.vstack([start + (end - start) * steps for start, end in pairwise(course)])
        line = shapely.LineString(_plane.warped(dense))
        named.append((_title(river), line.buffer(0.07 * _plane.KM, quad_segs=2)))
    return _areas("water", "river", named, land, min_zoom=10)
