"""What somebody sends who wants to break it: a refusal that names the field, never a crash."""

import socket
from typing import Any

import pytest

from pengcheng.edge import asking
from pengcheng.kernel.texts import natural
from tests.city import City, served
from tests.portals.applicant.paper import HTML

CASES = "/api/v1/cases/demand"
LONG = "9" * 5000
PATIENCE_SECONDS = 20
FIELDS = {"subject": "雨水口堵了", "body": "梅亭路口积水"}


@pytest.mark.parametrize(
    "path",
    [f"{CASES}?limit={{}}", "/api/v1/duty?limit={}", "/api/v1/log?limit={}",
     "/api/v1/tasks?limit={}",
     "/api/v1/process-instances?limit={}"],
)  # fmt: skip
@pytest.mark.parametrize("number", [LONG, "１０", "²", "-1", "0", "1e2", "nan", " 1", "+1", ""])
def test_a_number_that_is_none_is_refused_by_its_name(city: City, path: str, number: str) -> None:
    answer = city.client.get(path.format(number), headers=city.as_("admin"))

    # An empty one is one that was not given, where a list has a number of its own.
    wanted = {422} if number else {200, 422}
    assert answer.status_code in wanted, answer.text[:300]
    assert answer.status_code == 200 or answer.json()["faults"][0]["path"] == "/limit"


@pytest.mark.parametrize("name", ["leader", "clerk"])
@pytest.mark.parametrize(
    "path",
    ["/h/reports/daily_report?day=9999-12-31", "/h/reports/daily_report?day=0001-01-01",
     "/h/reports/weekly_report?day=0001-01-01", "/h/reports?day=9999-12-31",
     f"/h/reports/daily_report?place={LONG}", f"/h/open/demand?day={LONG}",
     f"/e/list/workbench?page={LONG}", f"/e/desk/operator_desk?draft={LONG}",
     f"/e/upgrades/demand?moved={LONG}", f"/tiles/12/3346/{LONG}.mvt",
     f"/open311/v2/requests.json?page_size={LONG}"],
)  # fmt: skip
def test_an_address_with_a_number_or_a_day_beyond_all_bounds_is_no_crash(
    city: City, name: str, path: str
) -> None:
    answer = city.client.get(path, headers={**city.as_(name), **HTML}, follow_redirects=False)

    assert answer.status_code < 500, answer.text[:300]


@pytest.mark.parametrize("kind", ["who-may/mass_matter", "mass_matter"])
def test_an_event_is_no_record_by_its_code(city: City, kind: str) -> None:
    answer = city.client.get(f"/api/v1/{kind}/SJ1", headers=city.as_("auditor"))

    assert (answer.status_code, answer.json()["code"]) == (404, "type.unknown")


@pytest.mark.parametrize(
    "content", [b'{"fields": {"subject": "\xed\xa0\x80"}}', b"\xff\xfe{}", b'"\x80"']
)
@pytest.mark.parametrize("path", [CASES, "/api/v1/session", "/api/v1/duty"])
def test_a_body_that_is_not_utf_8_is_refused(city: City, path: str, content: bytes) -> None:
    headers = {**city.as_("admin"), "content-type": "application/json"}

    answer = city.client.post(path, content=content, headers=headers)

    assert answer.status_code == 422, answer.text
    assert answer.json()["faults"][0]["code"] == "json.malformed"


@pytest.mark.parametrize("text", ["\u200b", "\u3000\u200d \u2060", "\u3164", "\u00ad\u2800"])
def test_a_text_in_which_nothing_is_seen_is_no_text(city: City, text: str) -> None:
    body = {"fields": {**FIELDS, "subject": text}}

    answer = city.client.post(CASES, json=body, headers=city.as_("citizen"))

    assert [(one["path"], one["code"]) for one in answer.json()["faults"]] == [
        ("/subject", "field.required")
    ]


@pytest.mark.parametrize("name", ["citizen", "guest"])
@pytest.mark.parametrize("field", ["public_subject", "public_body"])
def test_the_text_for_everybody_is_not_its_authors_to_write(
    city: City, name: str, field: str
) -> None:
    body: dict[str, Any] = {
        "fields": {**FIELDS, "public_text": True, field: "张三住在 3 栋"}, "is_public": True,
    }  # fmt: skip
    before = city.query("select count(*) from cases")

    answer = city.client.post(CASES, json=body, headers=city.as_(name))

    assert [(one["path"], one["code"]) for one in answer.json()["faults"]] == [
        (f"/{field}", "field.not_yours")
    ]
    assert city.query("select count(*) from cases") == before


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("18", 18), ("9" * 18, 10**18 - 1), ("9" * 19, -1), ("", -1), ("-1", -1), ("１", -1),
     ("²", -1), ("1.0", -1), (" 1", -1), ("1_0", -1)],
)  # fmt: skip
def test_a_natural_number_is_plain_digits(text: str, number: int) -> None:
    assert natural(text) == number


@pytest.mark.parametrize(
    ("path", "media_type"),
    [(CASES, "application/json"), ("/api/v1/session", "application/json"),
     ("/sign-in", "application/x-www-form-urlencoded"),
     ("/open311/v2/requests.json", "application/x-www-form-urlencoded")],
)  # fmt: skip
def test_a_body_that_comes_no_further_is_not_waited_for(
    city: City, path: str, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "BODY_SECONDS", 0.2)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n"
        f"content-type: {media_type}\r\ncontent-length: 500\r\n\r\n{{"
    )
    with served(city) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), PATIENCE_SECONDS) as connection:
            connection.sendall(head.encode())
            answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 408 "), answer
