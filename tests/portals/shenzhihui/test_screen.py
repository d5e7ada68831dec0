"""The command screen: a map, six questions, replay, brief, wall, in both languages."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from pengcheng.kernel.areas import area_no
from pengcheng.kernel.time import CITY_ZONE
from tests.city import FUTIAN, MEILIN, City
from tests.portals.shenzhihui.paper import rows_of, see

PHONE = {"user-agent": "Mozilla/5.0 (iPhone) Mobile/15E148"}


def questions(page: str) -> list[str]:
    return re.findall(r'<h2 class="figure__question">([^<]*)</h2>', page)


def data_of(page: str, name: str) -> Any:
    found = re.search(rf'id="{name}">(.*?)</script>', page, re.S)
    assert found is not None
    return json.loads(found.group(1))


def test_the_first_six_declared_cards_stand_around_one_map(busy_city: City) -> None:
    page = see(busy_city, "/h/")
    registry = busy_city.services.registry
    cards = sorted(
        (s for s in registry.screens.values() if s.portal == "shenzhihui" and s.kind == "card"),
        key=lambda s: int(s.options["order"]),
    )
    asked = [str(card.options["question"]["zh"]) for card in cards[:6]]

    assert [question for question in questions(page) if question in asked] == asked
    assert page.count('data-source="map-main-data"') == 1


def test_the_map_and_its_table_say_the_same_and_hold_every_open_case(busy_city: City) -> None:
    page = see(busy_city, "/h/")
    [(open_cases,)] = busy_city.query("select count(*) from cases where open")
    values = data_of(page, "map-main-data")["areas"]["values"]
    rows = next(r for at in range(9) if (r := rows_of(page, at))[0][0] in {"福田区", "南山区"})
    told = {row[0]: int(row[1]) for row in rows}

    assert told["福田区"] == values[FUTIAN] > 0
    assert told["未定到区"] > 0
    assert told.pop("合计") == sum(told.values()) == open_cases


def test_late_cases_hang_as_plates_with_how_late_they_are(fresh_city: City) -> None:
    city = fresh_city
    made = city.send_case()
    city.query(
        """update cases set due_at = now() - interval '70 minutes', area_no = 440304007016001,
             place = st_setsrid(st_point(114.05, 22.57), 4326) where id = %s returning 1""",
        made["id"],
    )  # fmt: skip

    [plate] = data_of(see(city, "/h/"), "map-main-data")["plates"]

    assert plate["note"] == "超 1 小时"
    assert plate["href"] == f"/e/case/demand/{made['code']}"
    assert plate["text"].startswith("梅林街道")


def test_who_commands_a_district_sees_its_parts(busy_city: City) -> None:
    areas = data_of(see(busy_city, "/h/", by="duty"), "map-main-data")["areas"]

    assert areas["level"] == "sub_district"
    assert set(areas["values"]) == {MEILIN}


def test_choosing_a_district_narrows_map_and_figures(busy_city: City) -> None:
    page = see(busy_city, f"/h/?area={FUTIAN}")

    assert data_of(page, "map-main-data")["areas"]["level"] == "sub_district"
    low = area_no(FUTIAN)
    [(own,)] = busy_city.query(
        "select count(*) from cases where open and area_no / 1000000000 = %s", low // 10**9
    )
    assert f"{own} 件未办结的" in page


def test_a_trend_compares_with_the_same_weekday_up_to_the_same_hour(fresh_city: City) -> None:
    day = datetime.now(CITY_ZONE).date() - timedelta(days=1)
    cells = [(day, 8, 12), (day, 20, 90), (day - timedelta(days=7), 8, 5)]
    for on, hour, count in [*cells, (day - timedelta(days=7), 20, 1)]:
        fresh_city.query(
            """insert into indicator_value (indicator, day, hour, area_no, numerator, denominator)
               values ('demands', %s, %s, 440304007000000, %s, %s) returning 1""",
            on, hour, count, count,
        )  # fmt: skip

    whole = see(fresh_city, f"/h/?day={day.isoformat()}")
    morning = see(fresh_city, f"/h/?day={day.isoformat()}&at=9")

    assert re.search(r"比上周[一二三四五六日]同时段多 96 件", whole)
    assert re.search(r"比上周[一二三四五六日]同时段多 7 件", morning)


def test_a_replay_shows_the_day_until_an_hour_and_goes_on_by_itself(busy_city: City) -> None:
    still = see(busy_city, "/h/?at=0")
    playing = see(busy_city, "/h/?at=1&play=1")

    assert "截至 0:00" in still
    assert "data-renew=" not in still
    assert re.search(r'data-renew="/h/?\?(play=1&amp;at=2|at=2&amp;play=1)"', playing) or (
        re.search(r'data-renew="/h/?"', playing)
    )
    assert "超时" not in questions(still)


def test_the_live_screen_asks_for_itself_every_fifteen_seconds(busy_city: City) -> None:
    page = see(busy_city, f"/h/?area={FUTIAN}&layer=late")

    assert 'data-renew-seconds="15"' in page
    assert re.search(r'data-renew="/h/?\?[^"]*area=440304000000', page)


def test_the_wall_is_the_same_declaration_without_controls(busy_city: City) -> None:
    wall, desk = see(busy_city, "/h/?screen=large"), see(busy_city, "/h/?screen=middle")

    assert questions(wall) == questions(desk)
    assert "<form" not in wall
    assert "data-renew=" in wall


def test_a_phone_begins_with_the_brief_that_names_what_is_late(busy_city: City) -> None:
    page = see(busy_city, "/h/", **PHONE)

    assert "晨报" in page
    assert "件已超时" in page
    assert re.search(r'<a href="/e/case/demand/SQ\d+">事由 \d+</a>', page)
    assert "示例·hotline@city" in page
    assert 'data-source="map-main-data"' in see(busy_city, "/h/?screen=middle", **PHONE)


def test_a_pack_that_declares_cards_has_a_tab(busy_city: City) -> None:
    page = see(busy_city, "/h/")

    assert re.findall(r'class="top-nav__item" href="(/h/p/[^"]*)"', page) == [
        "/h/p/citizen_demands"
    ]
    assert questions(see(busy_city, "/h/p/citizen_demands")) == questions(page)


@pytest.mark.parametrize(
    "path",
    ["/h/", "/h/?screen=small", "/h/?screen=large", "/h/?at=9", "/h/figures",
     "/h/figures/on_time_rate", "/h/open/demand", "/h/flow/demand", "/h/events/mass_matter",
     "/h/reports", "/h/reports/daily_report", "/h/reports/weekly_report"],
)  # fmt: skip
def test_english_is_a_whole_edition(city: City, path: str) -> None:
    page = see(city, path, cookie="language=en")

    assert 'lang="en"' in page
    body = page.split("<body", 1)[1].replace("中文", "").replace("示例", "").replace("示", "")
    told = re.sub(r"<dd>(<span[^>]*>)*(002|GB/T).*?</dd>", "", body)
    assert [letter for letter in told if "\u4e00" <= letter <= "\u9fff"] == []


def test_the_screen_is_dark_until_its_reader_wants_it_light(city: City) -> None:
    assert 'data-theme="dark"' in see(city, "/h/")
    assert 'data-theme="light"' in see(city, "/h/", cookie="theme=light")
