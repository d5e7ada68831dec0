"""What another site, a stolen or old token, or a script in a text may try."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from pengcheng.edge.actors import COOKIE
from tests.city import LIFETIME, PASSWORD, City

CASES = "/api/v1/cases/demand"
GOOD: dict[str, Any] = {"channel": "api", "fields": {"subject": "路灯不亮", "body": "三天了"}}
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
OURS = {"sec-fetch-site": "same-origin"}


def cookie(city: City, name: str = "citizen") -> dict[str, str]:
    return {"cookie": f"{COOKIE}={city.tokens[name]}"}


def token(city: City, lifetime: timedelta, name: str = "citizen") -> str:
    issue = partial(city.services.identity.issue_token, name, note=name, lifetime=lifetime)
    found: str = city.run(issue).token
    return found


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer x", "Bearer " + "a" * 43, "Basic YTpi", "Bearer " + "a" * 5000,
     "bearer\tx", "Token abc", "Bearer ' or 1=1"],
)  # fmt: skip
def test_a_token_that_is_not_valid_is_never_a_guest(city: City, value: str) -> None:
    answer = city.client.get("/api/v1/duty", headers={"Authorization": value})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "account.token_invalid"


def test_a_token_ends(city: City) -> None:
    ended = token(city, LIFETIME, "arbiter")
    city.query("update session set expires_at = now() where note = 'arbiter' returning 1")

    answer = city.client.get(CASES, headers={"Authorization": f"Bearer {ended}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "account.token_invalid")


def test_signing_out_ends_the_token_at_once(city: City) -> None:
    headers = {"Authorization": f"Bearer {token(city, LIFETIME)}"}
    before = city.client.get(CASES, headers=headers)

    city.client.post("/api/v1/session/end", headers=headers)

    after = city.client.get(CASES, headers=headers)
    assert (before.status_code, after.status_code) == (200, 401)


def test_tokens_stand_in_the_database_as_hashes_only(city: City) -> None:
    rows = city.query("select to_jsonb(session)::text from session")

    assert len(rows) >= len(city.tokens)
    assert not any(mine in row[0] for row in rows for mine in city.tokens.values())


def test_a_wrong_password_is_told_as_a_wrong_name(city: City) -> None:
    def sign_in(username: str, password: str) -> Any:
        body = {"username": username, "password": password}
        return city.client.post("/api/v1/session", json=body)

    wrong, unknown = sign_in("leader", "wrong"), sign_in("nobody", "wrong")
    right = sign_in("leader", PASSWORD)

    assert (wrong.status_code, unknown.status_code, right.status_code) == (401, 401, 201)
    assert {**wrong.json(), "instance": ""} == {**unknown.json(), "instance": ""}


def test_after_five_wrong_passwords_the_right_one_does_not_open(city: City) -> None:
    def sign_in(password: str) -> Any:
        body = {"username": "opener", "password": password}
        return city.client.post("/api/v1/session", json=body)

    told = [sign_in(f"wrong {number}").status_code for number in range(5)]
    locked = sign_in(PASSWORD)

    assert told == [401, 401, 401, 401, 429]
    assert (locked.status_code, locked.json()["code"]) == (429, "account.locked")
    assert "15" in locked.json()["detail"]


FOREIGN = (
    {},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "https://testserver.local.evil.example"},
    {"origin": "http://testserver.local@evil.example"},
    {"referer": "http://testserver.local/i/"},
)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_site_cannot_act_by_a_readers_cookie(city: City, headers: dict[str, str]) -> None:
    before = city.query("select count(*) from cases")

    answer = city.client.post(CASES, json=GOOD, headers={**cookie(city), **headers})

    assert (answer.status_code, answer.json()["code"]) == (403, "request.from_elsewhere")
    assert city.query("select count(*) from cases") == before


@pytest.mark.parametrize("headers", [OURS, {"origin": "http://testserver.local"}], ids=str)
def test_our_own_page_acts_by_its_readers_cookie(city: City, headers: dict[str, str]) -> None:
    answer = city.client.post(CASES, json=GOOD, headers={**cookie(city), **headers})

    assert answer.status_code == 201


ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example",
    "http:evil.example", "javascript:alert(1)", "///evil.example", "/\t/evil.example",
    "https:/evil.example", "/%0d%0aSet-Cookie:x=y\r\nX: y", " //evil.example",
)  # fmt: skip


@pytest.mark.parametrize("to", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(city: City, to: str) -> None:
    form = {"username": "clerk2", "password": PASSWORD, "to": to}

    answer = city.client.post("/sign-in", data=form, headers=OURS, follow_redirects=False)

    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/\t"))
    assert "x=y" not in str(answer.headers.get("set-cookie"))
    city.client.cookies.clear()


def test_signing_in_leads_back_to_an_address_with_chinese_words(city: City) -> None:
    form = {"username": "clerk2", "password": PASSWORD, "to": "/e/search?q=路灯 1%2F"}

    answer = city.client.post("/sign-in", data=form, headers=OURS, follow_redirects=False)

    assert answer.headers["location"] == "/e/search?q=%E8%B7%AF%E7%81%AF%201%2F"
    city.client.cookies.clear()


def test_a_session_cookie_is_for_our_pages_only(city: City) -> None:
    form = {"username": "clerk2", "password": PASSWORD}

    answer = city.client.post("/sign-in", data=form, headers=OURS, follow_redirects=False)

    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    city.client.cookies.clear()


@pytest.mark.parametrize("path", ["/sign-in?to=%2F" + "%22%3E%3Cscript%3E", "/nothing<script>"])
def test_what_a_page_repeats_is_escaped(city: City, path: str) -> None:
    answer = city.client.get(path, headers={"accept": "text/html"})

    assert "<script>" not in answer.text.replace('<script type="module"', "")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'unsafe" not in policy


def test_a_script_in_a_text_comes_back_as_text(city: City) -> None:
    fields = {"subject": SCRIPT[:100], "body": SCRIPT, "contact_name": "<b>x</b>"}
    case = city.send_case("citizen", fields=fields)

    answer = city.client.get(f"{CASES}/{case['id']}", headers=city.as_("citizen"))

    assert answer.json()["fields"]["body"] == SCRIPT
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_script_in_a_text_is_escaped_on_pages(city: City) -> None:
    case = city.send_case("citizen", fields={"subject": SCRIPT[:100], "body": SCRIPT})
    pages = [f"/i/cases/demand/{case['code']}", f"/e/case/demand/{case['id']}", "/i/mine"]

    answers = [
        city.client.get(page, headers={**cookie(city, who), "accept": "text/html"})
        for page, who in zip(pages, ["citizen", "operator", "citizen"], strict=True)
    ]

    assert not any("<script>alert" in answer.text for answer in answers)
    assert not any("<img src=x" in answer.text for answer in answers)


PERSONAL = (CASES, "/api/v1/session", "/api/v1/duty", "/api/v1/cases/nothing", "/i/mine",
            f"{CASES}/export?format=csv", "/e/work")  # fmt: skip


@pytest.mark.parametrize("path", PERSONAL)
def test_what_somebody_may_see_is_kept_by_no_cache(city: City, path: str) -> None:
    answer = city.client.get(path, headers=city.as_("clerk"))

    assert answer.headers.get_list("cache-control") == ["private, no-store"]


def test_an_author_without_an_account_leaves_nothing_in_a_cache(city: City) -> None:
    told = city.client.post(CASES, json=GOOD).json()

    view = city.client.get(f"{CASES}/{told['code']}", headers={"X-Receipt": told["receipt"]})

    assert (view.status_code, view.headers["cache-control"]) == (200, "private, no-store")


def test_what_is_the_same_for_all_is_kept_as_its_route_says(city: City) -> None:
    page = city.client.get("/sign-in", headers={"accept": "text/html"}).text
    style = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]
    outlines = "/api/v1/areas/district/outlines"

    kept = [
        city.client.get(path, headers=city.as_("clerk")).headers.get_list("cache-control")
        for path in (style, outlines)
    ]

    assert [len(one) for one in kept] == [1, 1]
    assert all("public" in one[0] for one in kept)


def test_no_answer_may_be_framed_or_sniffed(city: City) -> None:
    for path in ("/sign-in", "/api/v1/duty", "/nothing", "/healthz"):
        headers = city.client.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-request-id"]
