"""Divisions by code and name, points to grid cells, and the tiles of the base map."""

from math import asinh, pi, radians, tan
from typing import Any

import pytest
import shapely

from pengcheng.engines.areas import Areas, MapFeature, NewArea
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent, Conflict
from pengcheng.kernel.words import Words
from tests.city import AREAS, CELL, CITY, FUTIAN, IN_MEITING, MEILIN, MEITING, NANSHAN

pytestmark = pytest.mark.anyio
ZOOM = 14


def area(
    code: str, level: Any, zh: str, en: str, parent: str | None, box: tuple[float, ...]
) -> NewArea:
    place = shapely.to_wkb(shapely.MultiPolygon([shapely.box(*box)]))
    return NewArea(
        code=code, level=level, name=Words(zh, en), parent_code=parent, schematic=True, place=place
    )  # fmt: skip


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def areas(database: Database) -> Areas:
    made = Areas(database)
    await made.add(SYSTEM, [area(*row) for row in AREAS])
    return made


async def test_divisions_are_held_in_the_order_of_their_codes_and_cells_are_not(
    areas: Areas,
) -> None:
    assert [one.code for one in areas.all()] == [CITY, FUTIAN, MEILIN, MEITING, NANSHAN]
    assert [one.code for one in areas.children(CITY)] == [FUTIAN, NANSHAN]
    assert areas.of(CELL).code == MEITING
    with pytest.raises(Absent):
        areas.of("440399000000")


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        (None, "深圳市", "Shenzhen"), (CITY, "深圳市", "Shenzhen"), (FUTIAN, "福田区", "Futian"),
        (MEILIN, "福田区梅林街道", "Meilin, Futian"), (CELL, "福田区梅林街道", "Meilin, Futian"),
        ("440399000000", "全市", "the whole city"),
    ],
)  # fmt: skip
async def test_an_area_is_called_as_people_call_it(
    areas: Areas, code: str | None, zh: str, en: str
) -> None:
    assert areas.name_of(code) == Words(zh, en)


async def test_points_find_their_cells_each_in_its_place(areas: Areas) -> None:
    sea, here = (100.0, 10.0), IN_MEITING

    assert await areas.grids_at([sea, here, sea, here]) == [None, CELL, None, CELL]
    assert await areas.grids_at([]) == []
    assert (await areas.grid_at(*here), await areas.grid_at(*sea)) == (CELL, None)


async def test_outlines_are_those_of_a_level(areas: Areas) -> None:
    told = await areas.outlines("district")

    assert [one["code"] for one in told] == [FUTIAN, NANSHAN]
    assert "[114.1,22.5]" in told[0]["geometry"]


def tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int, int]:
    """The tile of a point in Web Mercator, as slippy maps number it."""
    x = int((longitude + 180.0) / 360.0 * 2**zoom)
    y = int((1.0 - asinh(tan(radians(latitude))) / pi) / 2.0 * 2**zoom)
    return zoom, x, y


async def test_a_tile_holds_what_lies_there_and_a_kept_one_is_made_again_after_a_change(
    areas: Areas,
) -> None:
    here, sea = tile_of(*IN_MEITING, ZOOM), tile_of(100.0, 10.0, ZOOM)
    before = await areas.tile(*here)
    pond = MapFeature(
        layer="water", kind="pond", name=Words("示例塘", "Sample pond"), min_zoom=0, synthetic=True,
        place=shapely.to_wkb(shapely.box(114.049, 22.569, 114.051, 22.571)), code=None,
    )  # fmt: skip
    await areas.add(SYSTEM, [], [pond])
    after = await areas.tile(*here)

    assert "梅亭社区".encode() in before
    assert "示例塘".encode() not in before
    assert "示例塘".encode() in after
    assert await areas.tile(*sea) == b""


@pytest.mark.parametrize("wrong", [(17, 0, 0), (-1, 0, 0), (2, 4, 0), (2, 0, -1)])
async def test_a_tile_that_cannot_be_is_absent(areas: Areas, wrong: tuple[int, int, int]) -> None:
    with pytest.raises(Absent):
        await areas.tile(*wrong)


async def test_of_areas_that_are_added_together_all_are_or_none(areas: Areas) -> None:
    new = area("440306000000", "district", "宝安区", "Bao'an", CITY, (113.7, 22.5, 113.9, 22.8))
    with pytest.raises(Conflict):
        await areas.add(SYSTEM, [new, area(*AREAS[1])])

    assert "440306000000" not in [one.code for one in areas.all()]


async def test_another_process_reads_them_when_it_hears(database: Database, areas: Areas) -> None:
    elsewhere = Areas(database)
    assert elsewhere.all() == []

    await elsewhere.load()

    assert elsewhere.all() == areas.all()
