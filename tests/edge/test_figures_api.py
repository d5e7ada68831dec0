"""Figures and kept reports over REST: as the pages of the command portal show them, to whom they
show them."""

import csv
from datetime import timedelta
from typing import Any

import pytest

from tests.city import City
from tests.portals.shenzhihui.test_reports import (
    HALF_PAST_SEVEN,
    TODAY,
    YESTERDAY,
    of_yesterday,
    work,
)

FIGURES, REPORTS = "/api/v1/figures", "/api/v1/reports"
DAY = YESTERDAY.isoformat()


@pytest.fixture(scope="module")
def reported(city: City) -> City:
    """Three cases of yesterday, and this morning's reports."""
    of_yesterday(city)
    work(city, HALF_PAST_SEVEN - timedelta(days=1))
    work(city, HALF_PAST_SEVEN)
    return city


def read(city: City, path: str, who: str = "leader", **query: str) -> Any:
    answer = city.client.get(path, params=query, headers=city.as_(who))
    assert answer.status_code == 200, answer.text
    return answer.json()


def faults(city: City, path: str, **query: str) -> list[tuple[str, str]]:
    answer = city.client.get(path, params=query, headers=city.as_("leader"))
    assert answer.status_code == 422, answer.text
    return [(fault["path"], fault["code"]) for fault in answer.json()["faults"]]


def test_every_declared_figure_is_told_with_its_value_and_its_target(reported: City) -> None:
    found = {item["name"]: item for item in read(reported, FIGURES, day=DAY)["items"]}
    declared = reported.services.registry.indicators

    assert list(found) == list(declared)
    received = next(item for item in found.values() if item["measure"] == "count")
    assert received["now"]["value"] == 3
    with_target = [item for item in found.values() if item["target"] is not None]
    assert with_target
    assert all(
        ("target" in item["now"]["met"]) == (item["now"]["value"] is not None)
        for item in with_target
    )
    assert {item["label"]["zh"] for item in found.values()} == {
        one.label.zh for one in declared.values()
    }


@pytest.mark.parametrize("by", ["area", "district", "unit", "category", "day", "hour"])
def test_the_parts_of_a_figure_add_up_to_it(reported: City, by: str) -> None:
    name = next(
        item["name"] for item in read(reported, FIGURES)["items"] if item["measure"] == "count"
    )
    first = (YESTERDAY - timedelta(days=3)).isoformat()
    found = read(reported, f"{FIGURES}/{name}", day=first, to=TODAY.isoformat(), by=by)

    assert found["now"]["numerator"] == sum(part["numerator"] for part in found["parts"]) >= 3
    named = [part for part in found["parts"] if part["name"] is not None]
    assert bool(named) == (by in {"area", "district", "unit"})


def test_a_figure_is_narrowed_to_a_part_and_the_same_as_on_its_page(reported: City) -> None:
    name = next(
        item["name"] for item in read(reported, FIGURES)["items"] if item["measure"] == "count"
    )
    whole = read(reported, f"{FIGURES}/{name}", day=DAY, by="district")
    part = next(item for item in whole["parts"] if item["numerator"])
    narrowed = read(reported, f"{FIGURES}/{name}", day=DAY, area=part["key"])
    page = reported.client.get(f"/h/figures/{name}?day={DAY}", headers=reported.as_("leader"))

    assert narrowed["now"]["value"] == part["value"] == 3
    assert part["name"]["zh"] in page.text


def test_who_reads_no_figures_is_told_so_and_a_guest_signs_in_first(reported: City) -> None:
    for path in (FIGURES, f"{FIGURES}/demands_received", REPORTS, f"{REPORTS}/x"):
        assert reported.client.get(path, headers=reported.as_("citizen")).status_code == 403
        assert reported.client.get(path).status_code == 401


def test_a_district_reads_no_figures_and_no_reports_of_others(reported: City) -> None:
    whole, own = (read(reported, REPORTS, who)["items"] for who in ("leader", "chief"))
    theirs = {item["id"] for item in own}

    assert whole
    assert own
    assert {item["id"] for item in whole} != theirs
    hidden = next(item for item in whole if item["id"] not in theirs)
    answer = reported.client.get(f"{REPORTS}/{hidden['id']}", headers=reported.as_("chief"))
    assert answer.status_code == 404


def test_a_kept_report_is_read_whole_and_as_one_table(reported: City) -> None:
    listed = read(reported, REPORTS)["items"]
    daily = next(item for item in listed if item["first"] == item["last"] == DAY)
    whole = read(reported, f"{REPORTS}/{daily['id']}")
    file = reported.client.get(
        f"{REPORTS}/{daily['id']}", params={"format": "csv"}, headers=reported.as_("leader")
    )
    heads, *rows = csv.reader(file.content.decode("utf-8-sig").splitlines())
    count = next(i for i, one in enumerate(whole["content"]["indicators"])
                 if one["measure"] == "count")  # fmt: skip
    name = whole["content"]["indicators"][count]["name"]
    hours = [float(row[7]) for row in rows if row[0] == "hour" and row[3] == name]

    assert heads[:4] == ["part", "key", "name", "figure"]
    assert file.headers["content-type"].startswith("text/csv")
    assert (len(hours), sum(hours)) == (24, 3)
    assert sum(cell[0] for cell in whole["content"]["runs"][count]["now"]) == 3


def test_a_question_that_means_nothing_is_refused_at_its_name(reported: City) -> None:
    name = next(iter(reported.services.registry.indicators))
    assert faults(reported, FIGURES, day="x") == [("/day", "date.form")]
    assert faults(reported, FIGURES, day=DAY, to="2000-01-01") == [("/to", "date.form")]
    assert faults(reported, FIGURES, unit="nobody") == [("/unit", "reference.unknown")]
    assert faults(reported, FIGURES, area="1") == [("/area", "area.code")]
    assert faults(reported, FIGURES, by="area") == [("/by", "field.unknown")]
    assert faults(reported, f"{FIGURES}/{name}", by="moon") == [("/by", "code.unknown")]
    assert faults(reported, REPORTS, first="0001-01-01") == [("/first", "date.form")]
