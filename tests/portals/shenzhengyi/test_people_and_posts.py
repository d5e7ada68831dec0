"""The pages of people, posts, roles and organisations, and the first page of the administration."""

import re
from typing import Any

import pytest

from tests.city import PASSWORD, City
from tests.portals.shenzhengyi.desk_paper import at_unit, get, post, unit

PAGES = (
    "", "/organisations", "/organisations/new", "/organisations/import", "/accounts",
    "/accounts/new", "/accounts/import", "/posts", "/posts/import", "/roles", "/roles/clerk",
    "/roles/new", "/roles/import", "/access", "/areas", "/areas/import", "/calendar",
    "/calendar/import", "/changes", "/parked",
    "/parked/import", "/areas/440304000000",
)  # fmt: skip


def account(city: City, username: str) -> str:
    return str(city.query("select id::text from account where username = %s", username)[0][0])


def one_time_password(answer: Any) -> str:
    return str(re.search(r"一次性密码</dt><dd>([^<]+)</dd>", answer.text)[1]).strip()  # type: ignore[index]  # it is there, or the test fails


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_for_an_administrator_and_for_no_clerk(
    city: City, path: str, language: str
) -> None:
    headers = {**city.as_("admin"), "accept": "text/html", "cookie": f"language={language}"}
    assert city.client.get(f"/e/admin{path}", headers=headers).status_code == 200
    assert get(city, f"/e/admin{path}", "clerk").status_code == 403


def test_the_navigation_has_every_administered_page(city: City) -> None:
    page = get(city, "/e/admin", "admin").text
    for name in ("organisations", "accounts", "posts", "roles", "access", "areas", "calendar",
                 "parked", "changes"):  # fmt: skip
        assert f'href="/e/admin/{name}"' in page
    for type_name in ("duty", "demand_category", "deadline_rule", "knowledge_article"):
        assert f'href="/e/records/{type_name}"' in page


def test_a_one_time_password_leads_to_the_page_where_it_is_changed(fresh_city: City) -> None:
    city = fresh_city
    made = post(
        city, "/e/admin/accounts/new", "admin", username="newcomer", name="示例·新人",
        role="clerk", organisation="示例·water@futian",
    )  # fmt: skip
    once = one_time_password(made)
    signed = city.client.post("/api/v1/session", json={"username": "newcomer", "password": once})
    assert signed.json()["must_change_password"] is True
    bearer = {"Authorization": f"Bearer {signed.json()['token']}"}

    refused = city.client.get("/api/v1/cases/demand", headers=bearer)
    led = city.client.get(
        "/e/tasks?x=1", headers={**bearer, "accept": "text/html"}, follow_redirects=False
    )
    short = city.client.post(
        "/api/v1/session/password", json={"old": once, "password": "short"}, headers=bearer
    )
    changed = city.client.post(
        "/api/v1/session/password", json={"old": once, "password": "a word of my own"},
        headers=bearer,
    )  # fmt: skip

    assert (refused.status_code, refused.json()["code"]) == (403, "account.password_to_change")
    assert (led.status_code, led.headers["location"]) == (303, "/password?to=%2Fe%2Ftasks%3Fx%3D1")
    assert short.status_code == 422
    assert changed.status_code == 200
    assert city.client.get("/api/v1/session", headers=bearer).status_code == 401
    fresh = {"Authorization": f"Bearer {changed.json()['token']}"}
    assert city.client.get("/api/v1/cases/demand", headers=fresh).status_code == 200


def test_the_password_page_keeps_one_signed_in(fresh_city: City) -> None:
    page = get(fresh_city, "/password?to=/e/me", "clerk")
    assert "现在的密码" in page.text
    wrong = post(
        fresh_city, "/password", "clerk", old=PASSWORD, password="one word of mine",
        again="another one", to="/e/me",
    )  # fmt: skip
    assert wrong.status_code == 422
    assert 'href="#again"' in wrong.text
    done = post(
        fresh_city, "/password", "clerk", old=PASSWORD, password="one word of mine",
        again="one word of mine", to="/e/me",
    )  # fmt: skip
    assert (done.status_code, done.headers["location"]) == (303, "/e/me")
    assert "pengcheng_session=" in done.headers["set-cookie"]


def test_a_post_is_given_by_name_dated_and_ended_with_its_history(city: City) -> None:
    key = account(city, "supervisor")
    path = f"/e/admin/accounts/{key}"
    given = post(
        city, f"{path}/post", "admin", role="clerk", organisation="示例·water@nanshan",
        starts_on="2020-01-01",
    )  # fmt: skip
    assert given.status_code == 303, given.text
    row = city.query(
        "select id::text, version from post where account_id = %s and role = 'clerk'", key
    )[0]
    dated = post(
        city, f"{path}/period", "admin", post=row[0], version=str(row[1]), ends_on="2020-02-01",
        starts_on="2020-01-01",
    )  # fmt: skip
    assert dated.status_code == 303, dated.text
    page = get(city, path, "admin").text
    assert "以前的岗位（1）" in page
    changes = get(city, "/e/admin/changes?type=account", "admin").text
    assert re.search(r"修改任期：<a href=\"[^\"]+\">supervisor</a>", changes)
    assert "授予岗位" in page
    reversed_ = post(
        city, f"{path}/post", "admin", role="clerk", organisation="water@futian",
        starts_on="2020-02-02", ends_on="2020-02-01",
    )  # fmt: skip
    assert reversed_.status_code == 422
    assert 'href="#ends_on"' in reversed_.text


def test_an_ended_post_opens_no_page_from_that_moment(fresh_city: City) -> None:
    city = fresh_city
    case = at_unit(city)
    path = f"/api/v1/cases/demand/{case['code']}"
    assert city.client.get(path, headers=city.as_("clerk")).status_code == 200
    held_post = city.query(
        "select id::text from post where account_id = %s", account(city, "clerk")
    )[0][0]
    ended = post(city, f"/e/admin/accounts/{account(city, 'clerk')}/end", "admin", post=held_post)
    assert ended.status_code == 303
    assert city.client.get(path, headers=city.as_("clerk")).status_code == 404


def test_an_account_is_locked_with_a_reason_and_opened(city: City) -> None:
    path = f"/e/admin/accounts/{account(city, 'clerk2')}"
    assert post(city, f"{path}/lock", "admin", reason="").status_code == 422
    assert post(city, f"{path}/lock", "admin", reason="调查期间").status_code == 303
    locked = get(city, path, "admin").text
    assert "管理员已锁定" in locked
    assert "调查期间" in locked
    assert "clerk2" in get(city, "/e/admin/accounts?state=locked", "admin").text
    assert post(city, f"{path}/unlock", "admin").status_code == 303
    assert "管理员已锁定" not in get(city, path, "admin").text


def test_citizens_are_found_by_whom_one_asks_for_and_never_listed(city: City) -> None:
    asked = get(city, "/e/admin/accounts?kind=citizen", "admin").text
    found = get(city, "/e/admin/accounts?kind=citizen&q=citizen2", "admin").text
    assert "示例·citizen2" not in asked
    assert "示例·citizen2" in found


def test_a_role_of_the_citys_own_is_made_shown_and_held(city: City) -> None:
    wrong = post(city, "/e/admin/roles/new", "admin", role="X", name_zh="", name_en="x")
    assert wrong.status_code == 422
    body = {"role": "night_duty", "name_zh": "夜班值守", "name_en": "Night duty"}
    made = post(city, "/e/admin/roles/new", "admin", includes=["operator", "auditor"], **body)
    assert made.status_code == 303, made.text
    page = get(city, "/e/admin/roles/night_duty", "admin").text
    assert "坐席、审计员" in page
    key = account(city, "duty")
    given = post(
        city, f"/e/admin/accounts/{key}/post", "admin", role="night_duty",
        organisation="hotline@city",
    )  # fmt: skip
    assert given.status_code == 303
    roles = {
        item["role"]
        for item in city.client.get("/api/v1/session", headers=city.as_("duty")).json()["posts"]
    }
    assert {"night_duty", "operator", "auditor"} <= roles
    assert "示例·duty" in get(city, "/e/admin/roles/night_duty", "admin").text


def test_who_may_see_a_case_is_told_with_the_reason_and_its_text_is_not(
    fresh_city: City,
) -> None:
    city = fresh_city
    case = at_unit(city, "只有经办人能看的标题")
    page = get(city, f"/e/admin/access?type=demand&key={case['code']}", "admin").text
    assert "示例·clerk" in page
    assert "示例·clerk.nanshan" not in page
    assert "本单位和下级" in page
    assert "只有经办人能看的标题" not in page
    path = f"/api/v1/who-may/demand/{case['code']}"
    told = city.client.get(path, headers=city.as_("auditor")).json()
    for item in told["items"]:
        allowed = city.client.get(
            f"/api/v1/cases/demand/{case['code']}", headers=city.as_(item["username"])
        )
        assert allowed.status_code == 200
    assert city.client.get(path, headers=city.as_("clerk")).status_code == 403
    absent = city.client.get("/api/v1/who-may/demand/SQ0", headers=city.as_("admin"))
    assert absent.status_code == 404


def test_an_organisation_is_added_moved_and_retired_on_its_pages(city: City) -> None:
    body = {
        "name_zh": "示例·泵站所",
        "name_en": "Sample pumps",
        "kind": "pumps",
        "level": "sub_district",
        "area_code": "440304007000",
        "key": "pumps@meilin",
    }
    far = post(city, "/e/admin/organisations/new", "admin", **{**body, "area_code": "1"})
    assert far.status_code == 422
    added = post(city, "/e/admin/organisations/new", "admin", parent_key="water@futian", **body)
    assert added.status_code == 303, added.text
    path = f"/e/admin/organisations/{unit(city, 'pumps@meilin')}"
    assert "示例·water@futian" in get(city, path, "admin").text
    moved = post(city, f"{path}/move", "admin", parent="示例·water@nanshan", version="1")
    assert moved.status_code == 303, moved.text
    assert "示例·water@nanshan" in get(city, path, "admin").text
    held_ = post(city, f"{path}/move", "admin", parent="示例·water@city", version="1")
    assert held_.status_code == 409
    change = {name: body[name] for name in ("name_zh", "name_en", "kind", "area_code")}
    retired = post(city, f"{path}/change", "admin", version="2", active="0", **change)
    assert retired.status_code == 303, retired.text
    changes = get(city, "/e/admin/changes?type=organisation", "admin").text
    for words in ("新增机构", "机构换上级", "修改机构", "示例·admin"):
        assert words in changes


def test_a_case_goes_with_its_organisation_when_it_moves(fresh_city: City) -> None:
    city = fresh_city
    case = at_unit(city)
    path = f"/e/admin/organisations/{unit(city)}/move"
    assert post(city, path, "admin", parent="示例·water@city", version="1").status_code == 303
    number = city.query("select no from organisation where key = 'water@futian'")
    assert city.query("select organisation_no from cases where id = %s", case["id"]) == number
    seen = city.client.get(f"/api/v1/cases/demand/{case['code']}", headers=city.as_("clerk"))
    assert seen.status_code == 200


def test_a_day_of_the_calendar_is_arranged_and_taken_away(city: City) -> None:
    path = "/e/admin/calendar"
    body = {"day": "2026-09-16", "working": "0", "name": "台风停工", "source": "市政府通知"}
    assert post(city, path, "admin", **body).status_code == 303
    assert "台风停工" in get(city, f"{path}?year=2026", "admin").text
    long = post(city, path, "admin", **{**body, "last": "2027-09-16"})
    assert long.status_code == 422
    assert 'href="#last"' in long.text
    assert post(city, path, "admin", act="remove", day="2026-09-16").status_code == 303
    assert city.query("select count(*) from calendar_day where day = '2026-09-16'") == [(0,)]
