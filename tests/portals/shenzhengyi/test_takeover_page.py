"""Taking over the open cases of an older system, on the administration pages."""

import re

import pytest

from tests.city import City
from tests.edge.test_taking_over import HEADS, case, known
from tests.portals.shenzhengyi.test_admin_sheets import post

PATH = "/e/takeover/demand"
SheetFile = list[tuple[str, tuple[str, bytes, str]]]


def sheet(*lines: str) -> SheetFile:
    return [("file", ("old.csv", "\n".join([HEADS, *lines]).encode(), "text/csv"))]


def test_an_administrator_finds_the_way_and_an_empty_sheet(city: City) -> None:
    as_admin = city.as_("admin")
    assert f'href="{PATH}"' in city.client.get("/e/admin", headers=as_admin).text
    page = city.client.get(PATH, headers=as_admin).text
    assert "原编号" in page
    assert "handling 办理" in page
    empty = city.client.get(f"{PATH}/sheet/csv?rows=none", headers=as_admin).text
    assert empty.lstrip("\ufeff").startswith("earlier_code,step,organisation,accepted_at,due_at")


def test_a_sheet_is_checked_first_and_then_taken_over(city: City) -> None:
    wrong = case("PAGE-2", step="nowhere")
    checked = post(city, PATH, "admin", files=sheet(*case("PAGE-1"), *wrong), mode="check")
    assert checked.status_code == 200
    for told in ("PAGE-1", "办理经过", "2 步经过", "2099-12-20 18:00", "没有“nowhere”这个环节"):
        assert told in checked.text, told
    assert known(city, "PAGE-1") == 0
    held = re.search(r'name="held" value="([^"]+)"', checked.text)
    assert held is not None

    done = post(city, PATH, "admin", held=held[1], held_name="old.csv", mode="partly")
    assert "已导入 1 行" in done.text
    assert (known(city, "PAGE-1"), known(city, "PAGE-2")) == (1, 0)


def test_a_case_page_shows_where_the_case_came_from(city: City) -> None:
    post(city, PATH, "admin", files=sheet(*case("PAGE-3")), mode="all")
    rows = city.query("select id from cases where earlier_code = 'PAGE-3'")
    page = city.client.get(f"/e/case/demand/{rows[0][0]}", headers=city.as_("clerk"))
    for told in ("原编号", "PAGE-3", "从旧系统接管", "福田水务现场核实（旧系统）", "情况属实"):
        assert told in page.text, told
    assert "示例·admin 福田水务" not in page.text


def test_a_ndjson_file_is_taken_on_the_page_too(city: City) -> None:
    line = (
        '{"earlier_code": "PAGE-4", "step": "handling", "accepted_at": "2024-03-02", '
        '"subject": "路面积水", "body": "积水", "replied_at": null}'
    )
    file: SheetFile = [("file", ("old.ndjson", line.encode(), "application/x-ndjson"))]
    assert "已导入 1 行" in post(city, PATH, "admin", files=file, mode="all").text


@pytest.mark.parametrize("path", [PATH, f"{PATH}/sheet/csv"])
def test_who_may_not_import_has_no_page(city: City, path: str) -> None:
    assert city.client.get(path, headers=city.as_("clerk")).status_code == 403


def test_what_is_no_kind_of_case_has_no_page(city: City) -> None:
    assert city.client.get("/e/takeover/duty", headers=city.as_("admin")).status_code == 404
