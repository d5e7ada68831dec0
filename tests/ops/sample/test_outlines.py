import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from pengcheng.kernel.areas import area_level
from pengcheng.ops import sample
from pengcheng.ops.sample.divisions import level_of, parent_of, short

LEVELS = ["district", "sub_district", "community", "grid"]


def test_the_city_has_its_public_divisions(pack: Path) -> None:
    counted = Counter(division.level for division in sample.divisions(pack))

    assert counted == {"city": 1, "district": 9, "sub_district": 79, "community": 788}


def test_parents_come_before_children(pack: Path) -> None:
    seen: set[str | None] = {None}
    for division in sample.divisions(pack):
        assert division.parent in seen
        seen.add(division.code)


def test_levels_agree_with_the_kernel(outlines: sample.Outlines) -> None:
    assert [code for code in outlines.by_code if level_of(code) != area_level(code)] == []


def test_everyday_names_lose_the_committee(pack: Path) -> None:
    titles = {division.code: division.title for division in sample.divisions(pack)}

    assert titles["440304007016"] == "梅亭社区"
    assert titles["440308003008"] == "凤凰社区"
    assert not [title for title in titles.values() if re.search("居委|居民委员会", title)]


def test_short_codes_end_where_their_level_ends() -> None:
    codes = ["440300000000", "440304000000", "440304007000", "440304007016", "440304007016002"]

    assert [len(short(code)) for code in codes] == [6, 6, 9, 12, 15]
    assert parent_of(codes[4]) == codes[3]


def test_carried_outlines_are_light_and_share_their_borders(pack: Path) -> None:
    found = json.loads((pack / "districts.geojson").read_text("utf-8"))["features"]
    shapes = [shape(feature["geometry"]) for feature in found]

    assert len(shapes) == 9
    assert max(shapely.get_num_coordinates(shapes)) <= 150
    assert shapely.coverage_is_valid(shapes)


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_is_valid_and_without_overlaps(outlines: sample.Outlines, level: str) -> None:
    shapes = [shapely.from_wkb(outline.wkb) for outline in outlines.at(level)]

    assert shapely.is_valid(shapes).all()
    assert {part.geom_type for part in shapes} == {"MultiPolygon"}
    assert shapely.coverage_is_valid(shapes)


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_fills_the_city(outlines: sample.Outlines, level: str) -> None:
    city = outlines.geometry("440300000000")
    whole = shapely.union_all([shapely.from_wkb(outline.wkb) for outline in outlines.at(level)])

    assert whole.symmetric_difference(city).area / city.area < 1e-9


@pytest.mark.parametrize("level", LEVELS[1:])
def test_children_lie_in_their_parent(outlines: sample.Outlines, level: str) -> None:
    outside = [
        outline.code
        for outline in outlines.at(level)
        if not outlines.geometry(outline.parent or "").covers(shapely.from_wkb(outline.wkb))
    ]

    assert outside == []


def test_districts_keep_their_carried_outline(pack: Path, outlines: sample.Outlines) -> None:
    for feature in json.loads((pack / "districts.geojson").read_text("utf-8"))["features"]:
        carried = shape(feature["geometry"])
        drawn = outlines.geometry(feature["properties"]["code"])
        assert drawn.symmetric_difference(carried).area / carried.area < 1e-4


def test_each_community_has_two_to_six_cells(outlines: sample.Outlines) -> None:
    counted = Counter(cell.parent for cell in outlines.at("grid"))

    assert len(counted) == 788
    assert set(counted.values()) <= {2, 3, 4, 5, 6}
    assert 2800 <= counted.total() <= 3800


def test_coordinates_have_six_decimals_and_few_points(outlines: sample.Outlines) -> None:
    cells = [shapely.from_wkb(outline.wkb) for outline in outlines.at("grid")]
    points = shapely.get_coordinates(cells)

    assert np.abs(points - points.round(6)).max() < 1e-9
    assert len(points) / len(cells) < 16


def test_centres_are_found_again_in_their_area(outlines: sample.Outlines) -> None:
    locator = sample.Locator(outlines)

    for outline in outlines.by_code.values():
        found = locator.locate(outline.centre) or ""
        assert found.startswith(short(outline.code).removesuffix("00"))


def test_a_point_at_sea_lies_in_no_cell(outlines: sample.Outlines) -> None:
    assert sample.Locator(outlines).locate((114.40, 22.50)) is None


def test_the_same_seed_draws_the_same_city(pack: Path, outlines: sample.Outlines) -> None:
    again = sample.outlines(pack, 20261120)
    other = sample.outlines(pack, 1)

    assert again == outlines
    assert other.by_code["440304007016"].wkb != outlines.by_code["440304007016"].wkb


def test_everything_beneath_the_districts_says_that_it_is_schematic(
    outlines: sample.Outlines,
) -> None:
    assert {outline.schematic for outline in outlines.by_code.values()} == {True}
