"""The operator's form asks for many values and tables like the forms of records and applicants."""

from pathlib import Path

import pytest

from pengcheng import city as composition
from pengcheng import pack
from pengcheng.edge import pack_changes
from tests.city import City
from tests.home_aids import folder_of
from tests.portals.shenzhengyi.desk_paper import get, post

DESK = "/e/desk/aid_desk"
SCREEN = """\
  aid_desk:
    portal: shenzhengyi
    kind: desk
    of: aid_application
    name: {zh: 适老化改造来电, en: Calls for home aids}
    panels: [caller, knowledge]
    roles: [clerk]
"""
TYPED = {"channel": "telephone", "body": "浴室要装扶手。", "wanted": ["rail", "ramp"]}
ROWS = {"items.0.what": "扶手", "items.0.count": "2", "items.0.price": "80.5"}


def appended(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def desk(city: City, tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = folder_of(tmp_path_factory.mktemp("desk"))
    appended(folder / "screens.yaml", "screens:\n", f"screens:\n{SCREEN}")
    create = "create: {citizen: {over: own}}"
    appended(folder / "rights.yaml", create, "create: {citizen: {over: own}, clerk: {over: all}}")
    folders = [*pack.find(city.services.settings.packs), folder]
    city.run(pack_changes.apply, city.services, pack.load(folders))
    city.run(composition.declare, city.services)
    return city


def cases(city: City) -> int:
    return int(city.query("select count(*) from cases where kind = 'aid_application'")[0][0])


def test_the_desk_draws_boxes_and_rows_from_the_declaration(desk: City) -> None:
    page = get(desk, DESK, "clerk").text

    assert 'type="checkbox" name="wanted" value="rail"' in page
    assert 'name="items.0.what"' in page
    assert 'value="items:add"' in page


def test_a_row_is_added_at_the_desk_without_sending_the_case(desk: City) -> None:
    before = cases(desk)
    answer = post(desk, DESK, "clerk", _rows="items:add", **TYPED, **ROWS)

    assert answer.status_code == 200
    assert 'name="items.1.what"' in answer.text
    assert 'value="80.5"' in answer.text
    assert "浴室要装扶手。" in answer.text
    assert cases(desk) == before


def test_what_is_typed_at_the_desk_is_in_the_case_with_its_totals(desk: City) -> None:
    second = {"items.1.what": "坡道", "items.1.count": "1", "items.1.price": "900"}
    answer = post(desk, DESK, "clerk", **TYPED, **ROWS, **second)
    assert answer.status_code == 303, answer.text
    wanted, total, count = desk.query(
        "select wanted, total, jsonb_array_length(items) from city.aid_application"
        " order by id desc limit 1"
    )[0]

    assert (wanted, total, count) == (["rail", "ramp"], 1061.0, 2)


def test_a_wrong_cell_is_told_at_its_field_and_nothing_is_lost(desk: City) -> None:
    before = cases(desk)
    wrong = {**ROWS, "items.0.count": "many"}
    answer = post(desk, DESK, "clerk", **TYPED, **wrong)

    assert answer.status_code == 422
    assert 'id="items.0.count-fault"' in answer.text or "items.0.count" in answer.text
    assert 'value="many"' in answer.text
    assert 'value="ramp" checked' in answer.text
    assert cases(desk) == before
