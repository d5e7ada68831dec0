from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from pengcheng.ops import sample
from pengcheng.ops.sample.model import Feature

SEED = 20261120


@pytest.fixture(scope="module")
def drawn(pack: Path, outlines: sample.Outlines) -> tuple[Feature, ...]:
    return sample.features(pack, outlines, SEED)


def of(drawn: tuple[Feature, ...], layer: str) -> list[Feature]:
    return [feature for feature in drawn if feature.layer == layer]


def test_every_layer_has_features_and_no_other_layer_has(drawn: tuple[Feature, ...]) -> None:
    assert {feature.layer for feature in drawn} == set(sample.LAYERS)


def test_codes_are_unique_within_their_layer(drawn: tuple[Feature, ...]) -> None:
    counted = Counter((feature.layer, feature.code) for feature in drawn)

    assert max(counted.values()) == 1


def test_every_feature_has_both_names_a_shape_and_says_that_it_is_synthetic(
    drawn: tuple[Feature, ...],
) -> None:
    assert all(feature.name and feature.name_en and feature.synthetic for feature in drawn)
    shapes = shapely.from_wkb([feature.wkb for feature in drawn])
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()


def test_the_street_net_is_of_moderate_size(drawn: tuple[Feature, ...]) -> None:
    kinds = Counter(feature.kind for feature in of(drawn, "roads"))

    assert kinds.total() <= 20_000
    assert 5 <= kinds["expressway"] < kinds["arterial"] < kinds["secondary"] < kinds["local"]


def test_streets_stay_in_the_city(drawn: tuple[Feature, ...], outlines: sample.Outlines) -> None:
    streets = shapely.from_wkb(
        [feature.wkb for feature in of(drawn, "roads") if feature.kind in {"local", "secondary"}]
    )
    shore = outlines.geometry("440300000000").buffer(1e-5)
    shapely.prepare(shore)

    assert shapely.covers(shore, streets).all()


def test_one_can_drive_from_nearly_everywhere_to_everywhere(drawn: tuple[Feature, ...]) -> None:
    lines = shapely.from_wkb(
        [feature.wkb for feature in of(drawn, "roads") if feature.kind != "local"]
    )
    left, right = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=1e-4)
    links = csr_matrix((np.ones(len(left)), (left, right)), shape=(len(lines), len(lines)))
    _, labels = connected_components(links, directed=False)

    assert np.bincount(labels).max() / len(lines) > 0.9


def test_road_stems_are_given_once(drawn: tuple[Feature, ...]) -> None:
    names = [feature.name for feature in of(drawn, "roads") if feature.kind != "local"]

    assert len(set(names)) == len(names)


def test_green_leaves_the_reservoirs_out(drawn: tuple[Feature, ...]) -> None:
    hills = shapely.union_all(
        shapely.from_wkb([area.wkb for area in of(drawn, "green") if area.kind == "hill"])
    )
    lakes = shapely.union_all(
        shapely.from_wkb([area.wkb for area in of(drawn, "water") if area.kind == "reservoir"])
    )

    assert hills.intersection(lakes).area / lakes.area < 1e-4


def test_small_things_wait_for_a_closer_look(drawn: tuple[Feature, ...]) -> None:
    zoom = {(feature.layer, feature.kind): feature.min_zoom for feature in drawn}

    assert zoom["districts", "district"] < zoom["communities", "community"] < zoom["grid", "grid"]
    assert zoom["roads", "arterial"] < zoom["roads", "secondary"] < zoom["roads", "local"]
