"""Lists and tables on the pages of records: typed without script, shown as chips and cards, taken
in from sheets, told in the log."""

import re
from typing import Any

import pytest

from tests.city import City
from tests.home_aids import install
from tests.portals.shenzhengyi.desk_paper import get, post

NEW = "/e/records/home/new"
ROW = {"people.0.who": "示例甲", "people.0.tie": "head", "people.0.born": "1950-01-02"}


@pytest.fixture(scope="module")
def homes(city: City, tmp_path_factory: pytest.TempPathFactory) -> City:
    return install(city, tmp_path_factory.mktemp("home_aids"))


def value_of(page: str, name: str) -> str:
    """What stands in a field of a form."""
    (field,) = re.findall(rf'<input[^>]* name="{re.escape(name)}"[^>]*>', page)
    return "".join(re.findall(r'value="([^"]*)"', field))


def made(city: City, title: str, **more: Any) -> tuple[str, list[Any]]:
    answer = post(city, NEW, title=title, **more)
    assert answer.status_code == 303, answer.text
    code, *rest = city.query(
        "select code, aids, nicknames, people from city.home where title = %s", title
    )[0]
    return f"/e/records/home/{code}", rest


def test_a_row_is_added_and_removed_without_losing_what_was_typed(homes: City) -> None:
    more = {"title": "甲宅", "aids": ["rail", "lift"], **ROW}
    added = post(homes, NEW, _rows="people:add", **more)
    assert added.status_code == 200
    assert (value_of(added.text, "title"), value_of(added.text, "people.0.who")) == (
        "甲宅",
        "示例甲",
    )
    assert value_of(added.text, "people.1.who") == ""
    assert 'value="rail" checked' in added.text
    assert "请填写" not in added.text

    second = {"people.1.who": "示例乙", "people.1.tie": "spouse"}
    removed = post(homes, NEW, _rows="people:remove:0", **more, **second)
    assert value_of(removed.text, "people.0.who") == "示例乙"
    assert 'name="people.1.who"' not in removed.text
    assert homes.query("select count(*) from city.home where title = '甲宅'") == [(0,)]


def test_what_is_typed_is_kept_blank_rows_left_out(homes: City) -> None:
    blank = {"people.1.who": "", "people.1.tie": "", "people.1.born": ""}
    third = {"people.2.who": "示例丙", "people.2.tie": "child"}
    _, kept = made(
        homes,
        "乙宅",
        aids=["ramp", "rail"],
        nicknames="老屋; 东头\n\n新屋",
        **ROW,
        **blank,
        **third,
    )
    assert kept == [
        ["ramp", "rail"], ["老屋; 东头", "新屋"],
        [{"who": "示例甲", "tie": "head", "born": "1950-01-02"},
         {"who": "示例丙", "tie": "child", "born": None}],
    ]  # fmt: skip


def test_a_fault_is_told_at_its_cell_with_row_and_column(homes: City) -> None:
    wrong = post(
        homes, NEW, title="丙宅", **{**ROW, "people.0.born": "soon"}, **{"people.1.who": "乙"}
    )
    assert wrong.status_code == 422
    assert 'id="people.0.born-fault"' in wrong.text
    assert 'href="#people.0.born"' in wrong.text
    assert "同住人第 1 行“出生日期”" in wrong.text
    assert value_of(wrong.text, "people.1.who") == "乙"


def test_a_record_shows_its_lists_and_a_change_of_a_row_is_told(homes: City) -> None:
    page, _ = made(homes, "丁宅", aids=["alarm"], **ROW)
    shown = get(homes, page).text
    assert 'value="alarm" checked' in shown
    assert value_of(shown, "people.0.born") == "1950-01-02"
    listed = get(homes, "/e/records/home?aids=alarm").text
    assert '<li class="chips__one">呼叫器</li>' in listed
    assert "丁宅" in listed
    (version,) = re.findall(r'name="version" value="(\d+)"', shown)
    changed = post(homes, page, title="丁宅", version=version, **{**ROW, "people.0.who": "示例丁"})
    assert changed.status_code == 303, changed.text
    assert homes.query(
        "select aids, people -> 0 ->> 'who' from city.home where title = '丁宅'"
    ) == [(None, "示例丁")]


def test_a_sheet_tells_how_lists_are_written_and_takes_them(homes: City) -> None:
    asked = get(homes, "/e/records/home/import").text
    assert "who | tie | born" in asked
    assert "用 ; 隔开" in asked
    content = '名称,适老设施,同住人\n戊宅,扶手；坡道,"称呼 | 关系\n示例戊 | 户主"\n'
    taken = post(
        homes, "/e/records/home/import", mode="all",
        files={"file": ("homes.csv", content.encode(), "text/csv")},
    )  # fmt: skip
    assert taken.status_code < 400, taken.text
    kept = homes.query("select aids, people -> 0 ->> 'tie' from city.home where title = '戊宅'")
    assert kept == [(["rail", "ramp"], "head")]
    sheet = get(homes, "/e/records/home/sheet/csv").text
    assert 'rail;ramp,,,"who | tie | born' in sheet
