"""Sheets of the administration: what goes out comes in again; what comes in is checked first, row
by row, and then changes what its keys name."""

import json
import re
from typing import Any

import pytest
from shapely import to_geojson
from shapely.geometry import shape

from tests.city import City
from tests.portals.shenzhengyi.desk_paper import get, post
from tests.portals.shenzhengyi.test_administration import sheet

SHEETS = ("organisations", "accounts", "posts", "roles", "areas", "calendar", "parked")


def held(answer: Any) -> dict[str, str]:
    """What a page holds of a sheet between check and import."""
    found = re.findall(r'name="(held|held_name)" value="([^"]*)"', answer.text)
    return dict(found)


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_as_a_sheet_comes_in_again(city: City, name: str, kind: str) -> None:
    answer = get(city, f"/e/admin/{name}/sheet/{kind}", "admin")
    assert answer.status_code == 200
    assert get(city, f"/e/admin/{name}/sheet/{kind}", "clerk").status_code == 403
    empty = get(city, f"/e/admin/{name}/sheet/{kind}?rows=none", "admin")
    assert 0 < len(empty.content) <= len(answer.content)


def test_an_exported_tree_of_organisations_is_the_same_when_it_is_checked(city: City) -> None:
    content = get(city, "/e/admin/organisations/sheet/xlsx", "admin").content
    file = {"file": ("tree.xlsx", content, "application/octet-stream")}
    answer = post(city, "/e/admin/organisations/import", "admin", files=file, mode="check")
    count = city.query("select count(*) from organisation")[0][0]
    assert "没有要导入的行" in answer.text
    assert f"新增 0，修改 0，终止 0，不变 {count}" in answer.text


def test_a_sheet_is_checked_first_and_let_in_from_the_same_page(city: City) -> None:
    lines = (
        "username,name,role,organisation,starts_on,ends_on",
        "preview.one,示例·甲,clerk,water@futian,,2030-01-01",
        "preview.two,示例·乙,clerk,nowhere,,",
        "preview.six,示例·丙,clerk,water@futian,2030-01-02,2030-01-01",
    )
    path = "/e/admin/accounts/import"
    checked = post(city, path, "admin", files=sheet(*lines), mode="check")
    assert checked.status_code == 200
    assert "1 行可以导入" in checked.text
    assert city.query("select 1 from account where username = 'preview.one'") == []
    done = post(city, path, "admin", mode="partly", **held(checked))
    assert "已导入 1 行" in done.text
    rows = city.query(
        """select p.ends_on::text from post p join account a on a.id = p.account_id
           where a.username = 'preview.one'"""
    )
    assert rows == [("2030-01-01",)]


def test_a_declared_table_is_changed_by_the_sheet_that_it_gave(city: City) -> None:
    given = get(city, "/e/records/deadline_rule/sheet/csv", "admin").content.decode("utf-8-sig")
    head, first, *rest = given.splitlines()
    at = head.split(",").index("basis")
    cells = first.split(",")
    cells[at] = "示例依据"
    lines = (head, ",".join(cells), *rest)
    path = "/e/records/deadline_rule/import"

    checked = post(city, path, "admin", files=sheet(*lines), mode="check")
    done = post(city, path, "admin", mode="all", **held(checked))

    assert f"新增 0，修改 1，终止 0，不变 {len(rest)}" in checked.text
    assert "<ins>示例依据</ins>" in checked.text
    assert done.status_code == 303
    assert "示例依据" in get(city, "/e/records/deadline_rule", "admin").text
    assert "示例依据" in get(city, "/e/admin/changes?type=deadline_rule", "admin").text


def test_areas_are_imported_with_outlines(city: City) -> None:
    lines = (
        "code,name_zh,name_en,population,outline",
        '440306000000,宝安,Baoan,100,"POLYGON((113.8 22.5,113.9 22.5,113.9 22.6,113.8 22.5))"',
        "440306001000,示例·街道,Sample street,,",
        "440307001000,示例·别处,Sample away,,",
        "440306002000,示例·坏,Sample bad,x,CIRCLE",
    )
    path = "/e/admin/areas/import"
    answer = post(city, path, "admin", files=sheet(*lines), mode="partly")
    assert "已导入 2 行" in answer.text
    for words in ("上级区划应是 440307000000", "POLYGON 或 MULTIPOLYGON"):
        assert words in answer.text
    assert "示例·街道" in get(city, "/e/admin/areas?under=440306000000", "admin").text


def geojson(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.content)
    return found


def features(*given: Any) -> dict[str, Any]:
    content = json.dumps({"type": "FeatureCollection", "features": given}).encode()
    return {"file": ("areas.geojson", content, "application/geo+json")}


def test_what_goes_out_as_geojson_comes_in_again_and_an_outline_is_replaced(
    fresh_city: City,
) -> None:
    path, city = "/e/admin/areas/import", fresh_city
    given = geojson(get(city, "/e/admin/areas/sheet/geojson", "admin"))["features"]
    same = post(city, path, "admin", files=features(*given), mode="check")
    assert f"新增 0，修改 0，终止 0，不变 {len(given)}" in same.text

    cell = next(one for one in given if len(one["properties"]["code"]) == 15)
    point = shape(cell["geometry"]).representative_point()
    other = shape(cell["geometry"]).buffer(-0.0001)
    changed = {**cell, "geometry": json.loads(to_geojson(other))}
    checked = post(city, path, "admin", files=features(changed), mode="check")
    assert "km²" in checked.text
    assert same_place(city, cell)
    done = post(city, path, "admin", mode="all", **held(checked))

    assert "已导入 1 行" in done.text
    assert not same_place(city, cell)
    assert city.run(city.services.areas.grid_at, point.x, point.y) == cell["properties"]["code"]
    assert "修改区划" in get(city, "/e/admin/changes?type=area", "admin").text


def same_place(city: City, cell: dict[str, Any]) -> bool:
    path = f"/e/admin/areas/{cell['properties']['code']}"
    assert get(city, path, "admin").status_code == 200
    given = geojson(get(city, "/e/admin/areas/sheet/geojson", "admin"))["features"]
    code = cell["properties"]["code"]
    return bool(next(f for f in given if f["properties"]["code"] == code) == cell)


def test_a_cell_that_overlaps_another_and_coordinates_of_elsewhere_are_refused(
    city: City,
) -> None:
    given = geojson(get(city, "/e/admin/areas/sheet/geojson", "admin"))["features"]
    cell = next(one for one in given if len(one["properties"]["code"]) == 15)
    parent = cell["properties"]["code"][:12]
    twin = {**cell, "properties": {**cell["properties"], "code": f"{parent}998"}}
    path = "/e/admin/areas/import"

    over = post(city, path, "admin", files=features(twin), mode="all")
    crs = {"type": "FeatureCollection", "features": [cell],
           "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}  # fmt: skip
    file = {"file": ("areas.geojson", json.dumps(crs).encode(), "application/geo+json")}
    elsewhere = post(city, path, "admin", files=file, mode="all")
    file = {"file": ("areas.geojson", b'{"type": "Feature"}', "application/geo+json")}
    none = post(city, path, "admin", files=file, mode="all")

    assert over.status_code == elsewhere.status_code == none.status_code == 422
    assert f"与网格 {cell['properties']['code']} 重叠" in over.text
    assert "WGS 84 或 CGCS 2000" in elsewhere.text
    assert "FeatureCollection" in none.text


def test_an_area_is_changed_on_its_page_where_its_version_stands(fresh_city: City) -> None:
    path, city = "/e/admin/areas/440304000000", fresh_city
    body = {"name_zh": "福田", "name_en": "Futian", "population": "1553225", "version": "1"}
    assert post(city, path, "clerk", **body).status_code == 403
    outline = {"outline_file": ("o.wkt", b"POLYGON((0 0,1 1,0 1,1 0,0 0))", "text/plain")}
    crossed = post(city, path, "admin", files=outline, **body)
    assert crossed.status_code == 422
    assert "边不能相交" in crossed.text

    assert post(city, path, "admin", **body).status_code == 303
    assert post(city, path, "admin", **body).status_code == 409
    page = get(city, path, "admin").text
    assert "1,553,225" in page


def test_people_are_changed_and_ended_by_the_sheet_that_was_given_out(fresh_city: City) -> None:
    city, path = fresh_city, "/e/admin/accounts/import"
    given = get(city, "/e/admin/accounts/sheet/csv", "admin").content.decode("utf-8-sig")
    head, *rows = given.splitlines()
    unchanged = post(city, path, "admin", files=sheet(head, *rows), mode="check")
    assert f"新增 0，修改 0，终止 0，不变 {len(rows)}" in unchanged.text

    lines = ("username,name,active", "clerk,示例·改名,", "grid,,否", "admin,,否")
    checked = post(city, path, "admin", files=sheet(*lines), mode="check")
    assert "修改 1，终止 1" in checked.text
    assert "<ins>示例·改名</ins>" in checked.text
    post(city, path, "admin", mode="partly", **held(checked))

    rows_ = city.query("select username, active from account where username in ('grid', 'admin')")
    assert dict(rows_) == {"grid": False, "admin": True}
    assert get(city, "/e/tasks", "grid").status_code in {303, 401}


def test_an_organisation_with_open_cases_is_not_retired_by_a_sheet(fresh_city: City) -> None:
    case = fresh_city.send_case()
    key = fresh_city.query(
        "select o.key from cases c join organisation o on o.id = c.organisation_id where c.id = %s",
        case["id"],
    )[0][0]
    given = get(fresh_city, "/e/admin/organisations/sheet/csv", "admin").content.decode("utf-8-sig")
    head, *rows = given.splitlines()
    row = next(one for one in rows if one.startswith(f"{key},"))
    lines = (head, row.removesuffix("true") + "false")

    answer = post(fresh_city, "/e/admin/organisations/import", "admin", files=sheet(*lines))

    assert answer.status_code == 422
    assert "未办结" in answer.text


def test_the_citys_own_days_are_taken_away_by_a_sheet(city: City) -> None:
    path = "/e/admin/calendar/import"
    post(city, path, "admin", files=sheet("day,working,name", "2026-09-23,否,台风停工"), mode="all")
    lines = ("day,working,ended", "2026-09-23,,是", "2026-09-24,,是")
    answer = post(city, path, "admin", files=sheet(*lines), mode="partly")
    assert "终止 1" in answer.text
    assert "这一天没有本市的安排" in answer.text
    assert city.query("select count(*) from calendar_day where day = '2026-09-23'") == [(0,)]


def test_a_sheet_of_records_goes_in_whole_or_not_at_all(fresh_city: City) -> None:
    path, city = "/e/records/deadline_rule", fresh_city
    given = get(city, f"{path}/sheet/csv", "admin").content.decode("utf-8-sig")
    head, first, *rest = given.splitlines()
    code, at = first.split(",")[0], head.split(",").index("basis")
    changed = [*first.split(",")[:at], "示例依据", *first.split(",")[at + 1 :]]
    ended = f"{head},ended", f"{rest[-1]},是", "no-such-code" + "," * head.count(",") + ",是"
    before = city.query("select count(*) from log")
    bad = post(city, f"{path}/import", "admin", files=sheet(
        ended[0], ",".join(changed) + ",", *ended[1:]), mode="all")  # fmt: skip
    assert bad.status_code == 422
    assert city.query("select count(*) from log") == before

    part = post(city, f"{path}/import", "admin", files=sheet(
        ended[0], ",".join(changed) + ",", *ended[1:]), mode="partly")  # fmt: skip
    assert "修改 1，终止 1" in part.text
    assert "没有这个编号的记录" in part.text
    page = get(city, path, "admin").text
    assert "示例依据" in page
    assert code in page
