"""The sample map as features by layer, ready for the table from which vector tiles are made."""

from collections.abc import Iterator
from pathlib import Path

import shapely

from pengcheng.ops.sample import _content
from pengcheng.ops.sample.model import Feature, Outline
from pengcheng.ops.sample.nature import green_and_water, surroundings
from pengcheng.ops.sample.outlines import Outlines
from pengcheng.ops.sample.roads import roads

LAYERS = (
    "surroundings", "districts", "sub_districts", "communities", "grid", "green", "water", "roads",
    "labels",
)  # fmt: skip
"""From the ground up: the order in which a map draws them."""

_AREA_LAYERS = (
    ("district", "districts", 0),
    ("sub_district", "sub_districts", 9),
    ("community", "communities", 11),
    ("grid", "grid", 13),
)
_LABEL_ZOOM = {"district": 8, "sub_district": 10, "community": 12}


def features(pack: Path, outlines: Outlines, seed: int) -> tuple[Feature, ...]:
    """Every feature of every layer; areas and labels carry the code of their division."""
    nature = green_and_water(pack, outlines, seed)
    return (
        *surroundings(pack, outlines),
        *_areas(outlines),
        *nature,
        *roads(pack, outlines, nature, seed),
        *_labels(pack, outlines),
    )


def _areas(outlines: Outlines) -> Iterator[Feature]:
    for level, layer, min_zoom in _AREA_LAYERS:
        for outline in outlines.at(level):
            yield Feature(
                layer=layer,
                code=outline.code,
                name=outline.name,
                name_en=outline.name_en,
                kind=level,
                wkb=outline.wkb,
                min_zoom=min_zoom,
            )


def _labels(pack: Path, outlines: Outlines) -> Iterator[Feature]:
    for level, min_zoom in _LABEL_ZOOM.items():
        for outline in outlines.at(level):
            yield _area_label(outline, level, min_zoom)
    for number, label in enumerate(_content.document(pack, "nature.yaml")["labels"], start=1):
        yield Feature(
            layer="labels",
            code=f"label-{number}",
            name=label["name"],
            name_en=label["en"],
            kind=label["kind"],
            wkb=shapely.to_wkb(shapely.Point(label["at"])),
            min_zoom=7,
        )


def _area_label(outline: Outline, level: str, min_zoom: int) -> Feature:
    return Feature(
        layer="labels",
        code=outline.code,
        name=outline.name.removesuffix("街道") if level == "sub_district" else outline.name,
        name_en=outline.name_en.removesuffix(" Sub-district").removesuffix(" District"),
        kind=level,
        wkb=shapely.to_wkb(shapely.Point(outline.centre)),
        min_zoom=min_zoom,
    )
