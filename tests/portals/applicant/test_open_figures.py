"""Open figures: what anybody may know of how the city answers."""

from typing import Any

import pytest

from pengcheng.ground import subscriptions
from tests.city import City
from tests.portals.applicant.paper import answered, get, made


@pytest.fixture(scope="module")
def told(city: City) -> City:
    """A city in which one matter was reported and answered, and figures are kept."""
    answered(city, made(city, "figures-key-00001"))
    made(city, "figures-key-00002")
    city.run(_counted, city)
    return city


async def _counted(city: City) -> None:
    subscriber = city.services.indicators.subscriber()
    while await subscriptions.advance(city.services.database, subscriber):
        pass


def test_a_guest_reads_how_many_were_answered_in_time_and_how_that_is_counted(told: City) -> None:
    page = get(told, "/i/figures", "guest").text

    assert "大家的事，办得怎么样？" in page
    assert "都按时答复了吗？" in page
    assert "<strong" in page
    assert "在承诺时限内答复的诉求占已答复或已超期诉求的比例" in page
    assert "同一份数" in page


def test_the_home_shows_the_same_figures_and_leads_to_them(told: City) -> None:
    page = get(told, "/i/", "guest").text

    assert 'href="/i/figures#on_time_rate"' in page
    assert "100.0" in page


def test_an_english_reader_has_no_chinese_on_the_page_of_figures(told: City) -> None:
    told.client.cookies.set("language", "en")
    page = get(told, "/i/figures", "guest").text
    told.client.cookies.delete("language")

    body = page.split("<main")[1].split("</main>")[0]
    assert [letter for letter in body if "\u4e00" <= letter <= "\u9fff"] == []


def test_a_portal_that_declares_no_open_figures_has_no_page_of_them(told: City) -> None:
    assert get(told, "/q/figures", "guest").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/indicators/on_time_rate", "/h/figures/on_time_rate"])
def test_open_figures_open_nothing_else(told: City, path: str) -> None:
    answer: Any = get(told, path, "guest")

    assert answer.status_code in {303, 401, 403, 404}
