"""A figure opens down to its cases, and the parts of every step add up."""

import re
from datetime import datetime

import pytest

from pengcheng.kernel.time import CITY_ZONE
from tests.city import FUTIAN, NANSHAN, City
from tests.portals.shenzhihui.paper import figure, number, rows_of, see


@pytest.mark.parametrize("cut", ["hour", "district", "area", "unit", "category"])
def test_the_rows_of_a_cut_add_up_to_the_figure(busy_city: City, cut: str) -> None:
    page = see(busy_city, f"/h/figures/demands?by={cut}")
    *parts, whole = rows_of(page)

    assert whole[0] == "合计"
    assert sum(number(row[1]) for row in parts) == number(whole[1]) == number(figure(page)) > 0


@pytest.mark.parametrize("name", ["on_time_rate", "satisfaction", "first_time_resolution"])
def test_numerators_and_denominators_of_a_share_add_up(busy_city: City, name: str) -> None:
    *parts, whole = rows_of(see(busy_city, f"/h/figures/{name}?by=category"))

    for column in (2, 3):
        assert sum(number(row[column]) for row in parts) == number(whole[column])


@pytest.mark.parametrize(
    "narrow", ["", f"area={FUTIAN}", f"area={NANSHAN}", "area=none", "category=环境保护",
               f"area={FUTIAN}&category=城乡建设&unit=hotline@city"],
)  # fmt: skip
def test_the_cases_under_a_figure_are_as_many_as_it_counts(busy_city: City, narrow: str) -> None:
    path, found = f"/h/figures/demands?by=unit&{narrow}", []
    page = see(busy_city, path)
    counted = number(figure(page))
    while True:
        found += rows_of(page, -1)
        following = re.search(r'rel="next" href="([^"]*)"', page)
        if following is None:
            break
        page = see(busy_city, following.group(1).replace("&amp;", "&"))
    codes = {row[0] for row in found if len(row) > 1}

    assert len(codes) == counted


def test_met_and_missed_divide_the_cases_of_a_share(busy_city: City) -> None:
    whole = rows_of(see(busy_city, "/h/figures/satisfaction?by=unit"))[-1]
    met = rows_of(see(busy_city, "/h/figures/satisfaction?by=unit&met=met"), -1)
    missed = rows_of(see(busy_city, "/h/figures/satisfaction?by=unit&met=missed"), -1)

    assert len(met) == number(whole[2]) > 0
    assert len(met) + len(missed) == number(whole[3])


def test_a_figure_says_what_it_means_where_it_is_from_and_what_is_aimed_at(
    busy_city: City,
) -> None:
    page = see(busy_city, "/h/figures/on_time_rate")

    for words in ("口径", "在承诺时限内答复", "目标", "95%", "警戒线", "90%", "来源", "数据截至",
                  "答复的那天", "002 五(二)9"):  # fmt: skip
        assert words in page


def test_a_case_under_a_figure_opens_in_the_officials_portal(busy_city: City) -> None:
    page = see(busy_city, "/h/figures/demands")

    assert re.search(r'href="/e/case/demand/SQ\d+"', page)


def test_the_figures_of_a_district_are_all_its_commander_sees(busy_city: City) -> None:
    rows = rows_of(see(busy_city, "/h/figures/demands?by=district", by="duty"))
    mine = [row for row in rows_of(see(busy_city, "/h/figures/demands?by=district"))
            if row[0] == "福田区"]  # fmt: skip

    assert [row[0] for row in rows] == ["福田区", "合计"]
    assert rows[0] == mine[0]
    assert "南山区" not in see(busy_city, "/h/", by="duty")


def test_open_cases_narrow_by_state_and_place(busy_city: City) -> None:
    page = see(busy_city, "/h/open/demand?state=late&by=district")
    *parts, whole = rows_of(page)
    late = sum(number(row[4]) for row in parts)

    assert late == number(whole[4]) == number(figure(page)) == len(rows_of(page, -1)) > 0
    assert "超 1 小时" in page


def test_the_flow_adds_up_and_opens_to_its_cases(busy_city: City) -> None:
    page = see(busy_city, "/h/flow/demand?channel=api")
    flow = next(rows_of(page, at) for at in (0, 1) if rows_of(page, at)[-1][0] == "合计")

    assert sum(number(row[2]) for row in flow[:-1]) == number(flow[-1][2]) == number(figure(page))
    assert "开放接口" in page


def test_a_matter_that_many_report_opens_to_its_cases(fresh_city: City) -> None:
    city = fresh_city
    first, second = city.send_case(), city.send_case()
    city.query(
        """insert into event (id, code, kind, title, happened_at, cases)
           values (gen_random_uuid(), 'SJ1', 'mass_matter', '梅亭路积水', now(), 2) returning 1"""
    )
    city.query(
        "update cases set event_id = (select id from event) where id in (%s, %s) returning 1",
        first["id"], second["id"],
    )  # fmt: skip

    assert "梅亭路积水" in see(city, "/h/")
    assert [row[-1] for row in rows_of(see(city, "/h/events/mass_matter"))] == ["2"]
    page = see(city, "/h/events/mass_matter/SJ1")
    assert {row[0] for row in rows_of(page, -1)} == {first["code"], second["code"]}
    see(city, "/h/events/mass_matter/SJ2", status=404)


def test_a_script_in_a_case_is_text(fresh_city: City) -> None:
    city = fresh_city
    city.send_case(fields={"subject": "<script>alert(1)</script>", "body": "x"})
    city.run(city.services.indicators.rebuild)

    for path in ("/h/figures/demands", "/h/open/demand", "/h/?screen=small"):
        assert "<script>alert" not in see(city, path)


@pytest.mark.parametrize(
    "path",
    ["/h/?at=25", "/h/?at=x", "/h/?day=2026-13-01", "/h/?area=44", "/h/?unit=nobody@city",
     "/h/figures/demands?day=2026-01-01&to=2025-01-01", "/h/figures/demands?cursor=AAAA",
     "/h/open/demand?cursor=%00"],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(busy_city: City, path: str) -> None:
    page = see(busy_city, path, status=422)

    assert "<h1" in page


@pytest.mark.parametrize(
    "path", ["/h/figures/nothing", "/h/open/nothing", "/h/p/nothing", "/h/events/nothing"]
)
def test_what_is_not_declared_is_not_there(busy_city: City, path: str) -> None:
    see(busy_city, path, status=404)


def test_the_command_portal_is_for_officials_who_may_read_figures(busy_city: City) -> None:
    for path in ("/h/", "/h/figures", "/h/reports/daily_report", "/h/open/demand"):
        see(busy_city, path, by="citizen", status=403)
        see(busy_city, path, by="guest", status=303)
        see(busy_city, path, by="grid", status=403)


def test_the_daily_report_adds_up_by_district(busy_city: City) -> None:
    today = datetime.now(CITY_ZONE).date()
    page = see(busy_city, f"/h/reports/daily_report?day={today.isoformat()}")
    *parts, whole = rows_of(page, 2)

    assert sum(number(row[1]) for row in parts) == number(whole[1]) > 0
    assert "这段时间还没过完" in page


def test_the_weekly_report_goes_from_monday_to_sunday(busy_city: City) -> None:
    today = datetime.now(CITY_ZONE).date()

    page = see(busy_city, f"/h/reports/weekly_report?day={today.isoformat()}")

    assert re.search(r"周一至\d+月\d+日 周日", page)


def test_a_report_of_another_name_is_no_page(city: City) -> None:
    for name in ("monthly", "daily_report.xlsx", "daily_report.csv.csv"):
        assert city.client.get(f"/h/reports/{name}", headers=city.as_("leader")).status_code == 404


def test_a_report_as_csv_is_harmless_in_a_spreadsheet(busy_city: City) -> None:
    answer = busy_city.client.get("/h/reports/daily_report.csv", headers=busy_city.as_("leader"))
    lines = answer.content.decode("utf-8-sig").splitlines()

    assert answer.headers["content-disposition"].startswith("attachment")
    assert any(line.startswith("诉求量,") for line in lines)
    assert [line for line in lines if line[:1] in {"=", "@"}] == []
