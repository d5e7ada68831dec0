"""The home of i深圳: what waits is answered on the spot; only what packs fill is there."""

from datetime import UTC, datetime

import msgspec
import pytest

from pengcheng.kernel.authz import GUEST, Actor
from pengcheng.portals.applicant.side import Side
from pengcheng.portals.ishenzhen.home import greeting
from tests.city import City
from tests.portals.applicant.paper import answered, get, made, post


def test_a_guest_is_greeted_and_shown_what_can_be_done(city: City) -> None:
    page = get(city, "/i/", "guest").text

    assert "想办什么事？说一句话就行" in page
    assert "/i/new/demand_form" in page
    assert "/i/near/near_demands" in page
    assert "市民码" not in page


def test_what_waits_for_me_is_answered_on_the_spot(fresh_city: City) -> None:
    city = fresh_city
    code = made(city, "home-key-00000001")
    answered(city, code)
    page = get(city, "/i/").text
    assert "“梅亭路 3 号门口的雨水口堵了”解决了吗？" in page
    version = city.query("select version from cases where code = %s", code)[0][0]

    done = post(city, f"/i/answer/demand/{code}?version={version}", answer="yes")

    assert done.headers["location"] == "/i/?said=confirm"
    assert city.query("select open from cases where code = %s", code) == [(False,)]


def test_not_solved_leads_to_saying_what_is_missing(fresh_city: City) -> None:
    city = fresh_city
    code = made(city, "home-key-00000002")
    answered(city, code)

    done = post(city, f"/i/answer/demand/{code}?version=1", answer="no")

    assert done.headers["location"].endswith(f"{code}?said=not_solved#rate")
    assert city.query("select open from cases where code = %s", code) == [(True,)]


def test_what_is_under_way_stands_with_who_has_it_and_by_when(fresh_city: City) -> None:
    city = fresh_city
    code = made(city, "home-key-00000003")

    page = get(city, "/i/").text

    assert f"/i/cases/demand/{code}" in page
    assert "谁在办" in page
    assert "何时好" in page


@pytest.mark.parametrize(
    ("hour", "words"),
    [(0, "早上好"), (3, "上午好"), (5, "中午好"), (8, "下午好"), (12, "晚上好"), (19, "夜深了")],
)
def test_the_greeting_follows_the_clock_of_the_city(city: City, hour: int, words: str) -> None:
    side = Side(
        portal="ishenzhen", prefix="/i", actor=_guest(), services=city.services, language="zh",
        now=datetime(2026, 11, 20, hour, 30, tzinfo=UTC),
    )  # fmt: skip

    assert greeting(side, "") == words
    assert greeting(msgspec.structs.replace(side, language="en"), "Li").endswith(", Li")


def _guest() -> Actor:

    return GUEST


@pytest.mark.parametrize("path", ["/i/", "/i/new/demand_form", "/i/me", "/i/mine/my_demands",
                                  "/i/near/near_demands", "/i/messages", "/i/lookup"])  # fmt: skip
def test_english_is_a_whole_edition(city: City, path: str) -> None:
    headers = {**city.as_("citizen2"), "accept": "text/html", "cookie": "language=en"}

    page = city.client.get(path, headers=headers).text

    assert 'lang="en"' in page
    body = page.split("<body", 1)[1].replace("中文", "").replace("示例", "").replace("示", "")
    assert [letter for letter in body if "\u4e00" <= letter <= "\u9fff"] == []


def test_the_elder_edition_has_the_telephone_on_each_page(city: City) -> None:
    headers = {**city.as_("citizen"), "accept": "text/html", "cookie": "elder=1"}

    for path in ("/i/", "/i/new/demand_form", "/i/me", "/i/mine/my_demands"):
        page = city.client.get(path, headers=headers).text
        assert "data-elder" in page
        assert 'href="tel:12345"' in page


def test_nobody_is_shown_another_persons_name(city: City) -> None:
    assert "示例·citizen2" not in get(city, "/i/me", "citizen").text
    assert "您还没有登录" in get(city, "/i/me", "guest").text
