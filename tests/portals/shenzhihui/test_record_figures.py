"""Figures of records: on the wall of their pack, in the list of figures, opened down to records."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pengcheng import city as composition
from pengcheng.edge import pack_changes
from pengcheng.ops import postgres
from tests.city import FUTIAN, NANSHAN, City, Filled, running
from tests.lifts import declared
from tests.portals.shenzhihui.paper import figure, rows_of, see

LEADER, DUTY = "leader", "duty"


@pytest.fixture(scope="module")
def lift_city(
    postgres_server: postgres.Cluster, filled: Filled, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    registry = declared(tmp_path_factory.mktemp("packs"))
    with running(postgres_server, filled) as city:
        city.run(pack_changes.apply, city.services, registry)
        city.run(composition.declare, city.services)
        for number in range(30):
            lift(city, number, area=FUTIAN if number < 10 else NANSHAN)
        lift(city, 98, area=FUTIAN, state="stopped")
        lift(city, 99, area=NANSHAN, state="stopped")
        city.run(city.services.indicators.rebuild)
        yield city


def lift(city: City, number: int, **more: Any) -> None:
    body = {"title": f"{number} 号梯", "area_code": more.pop("area"), "load_kg": 1000, **more}
    made = city.client.post("/api/v1/lift", json=body, headers=city.as_("operator"))
    assert made.status_code == 201, made.text


def test_a_figure_of_records_says_what_stands_and_is_cut_by_its_code(lift_city: City) -> None:
    page = see(lift_city, "/h/figures/lifts_stopped?by=category", by=LEADER)
    rows = rows_of(page)

    assert figure(page) == "6.2"
    assert [row[0] for row in rows] == ["在用", "停用", "合计"]
    assert rows[1][:4] == ["停用", "100%", "2", "2"]
    assert "当天结束时的情况" in page
    assert "电梯的登记" in page


def test_it_opens_down_to_as_many_records_as_it_counts(lift_city: City) -> None:
    found: list[str] = []
    page = see(lift_city, "/h/figures/lifts?by=district", by=LEADER)
    while True:
        found += re.findall(r'href="/e/records/lift/(LF\d+)"', page)
        following = re.search(r'rel="next" href="([^"]*)"', page)
        if following is None:
            break
        page = see(lift_city, following.group(1).replace("&amp;", "&"), by=LEADER)

    assert len(found) == len(set(found)) == 30


def test_a_narrowed_figure_is_that_of_the_records_under_it(lift_city: City) -> None:
    page = see(lift_city, f"/h/figures/lifts?area={FUTIAN}", by=LEADER)
    stopped = see(lift_city, "/h/figures/lifts_stopped?met=met", by=LEADER)

    assert figure(page) == "10"
    assert len(re.findall(r'href="/e/records/lift/', page)) == 10
    assert len(re.findall(r'href="/e/records/lift/', stopped)) == 2


def test_a_commander_of_a_district_sees_the_figures_of_the_district(lift_city: City) -> None:
    page = see(lift_city, "/h/figures/lifts?by=district", by=DUTY)

    assert figure(page) == "10"
    assert "您的权限看不到这些记录" in page


def test_the_pack_has_a_wall_although_it_shows_no_cases(lift_city: City) -> None:
    page = see(lift_city, "/h/p/lifts?screen=middle", by=LEADER)
    small = see(lift_city, "/h/p/lifts?screen=small", by=LEADER)

    assert "电梯安全：各项指标" in page
    assert "有多少电梯在用？" in page
    assert 'href="/h/figures/lifts?area=440305000000' in page or "南山区" in page
    assert "在用电梯" in small


def test_a_ratio_shows_the_two_figures_that_it_divides(lift_city: City) -> None:
    page = see(lift_city, "/h/figures/reports_per_lift", by=LEADER)

    assert figure(page) == "0"
    assert 'href="/h/figures/lifts"' in page
    assert 'href="/h/figures/matters"' in page


def test_every_figure_is_in_the_list_of_figures(lift_city: City) -> None:
    page = see(lift_city, "/h/figures", by=LEADER)

    for name in ("lifts", "lifts_stopped", "load", "trips", "matters", "reports_per_lift"):
        assert f'href="/h/figures/{name}"' in page
    for name in ("load", "trips", "upkeep_by_day", "matters"):
        see(lift_city, f"/h/figures/{name}", by=LEADER)


def test_a_figure_of_records_may_be_open_to_anybody(lift_city: City) -> None:
    page = see(lift_city, "/i/figures", by="guest")

    assert "多少电梯停用？" in page
    assert "在用" in page
