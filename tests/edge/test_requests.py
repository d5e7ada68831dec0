"""What a hostile or careless sender may try: a clear refusal, nothing changed, nothing lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pengcheng.edge.asking import JSON_BYTES_MAX
from tests.city import City

CASES = "/api/v1/cases/demand"
GOOD: dict[str, Any] = {"channel": "api", "fields": {"subject": "路灯不亮", "body": "三天了"}}
DEEP = "[" * 100_000 + "]" * 100_000


def post(city: City, path: str, content: str | bytes, by: str = "citizen", **headers: str) -> Any:
    told = city.as_(by, **{"content_type": "application/json", **headers})
    return city.client.post(path, content=content, headers=told)


def counts(city: City) -> list[tuple[Any, ...]]:
    """How much stands in the tables that a request could have changed."""
    return city.query(
        "select (select count(*) from cases), (select count(*) from log), "
        "(select count(*) from message), (select count(*) from record), "
        "(select count(*) from access_record)"
    )


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["title"]
    assert "{" not in problem["detail"]
    assert len(problem["instance"]) == len("urn:uuid:") + 36
    return problem


@pytest.mark.parametrize(
    "content",
    ["", "{", "nonsense", "[1,2", '{"a":NaN}', '{"a":Infinity}', "\x00", '"text"', "[]", "3",
     "null", b"\xff\xfe", DEEP, '{"fields":' + DEEP + "}"],
    ids=range(14),
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused(city: City, content: str | bytes) -> None:
    before = counts(city)

    problem = refused(post(city, CASES, content), 422, "input.invalid")

    assert problem["faults"][0]["code"].startswith("json.")
    assert counts(city) == before


@pytest.mark.parametrize(
    ("content", "path"),
    [('{"channel":"api","channel":"web","fields":{}}', "/channel"),
     ('{"channel":"api","fields":{"subject":"a:b","body":"c","body":"c"}}', "/fields/body"),
     ('{"fields":{"a/b":1, "a\\/b":2}}', "/fields/a~1b"),
     ('{"\\u0063hannel":"api\\u003a\\u003A","channel":"api"}', "/channel"),
     ('{"fields":{"rows":[{"n":1},{"n":1,"m":{},"n":[2]}]}}', "/fields/rows/1/n")],
)  # fmt: skip
def test_a_key_that_stands_twice_is_refused_by_its_place(
    city: City, content: str, path: str
) -> None:
    before = counts(city)

    problem = refused(post(city, CASES, content), 422, "input.invalid")

    assert [(one["path"], one["code"]) for one in problem["faults"]] == [(path, "json.twice")]
    assert path in problem["faults"][0]["message"]
    assert counts(city) == before


WRONG = (
    ("channel", 3), ("channel", ["api"]), ("channel", None), ("channel", "smoke_signals"),
    ("fields", []), ("fields", "x"), ("fields", None), ("fields", {}), ("point", [1]),
    ("point", ["a", "b"]), ("point", [1e308, 1e308]), ("point", {"x": 1}), ("area_code", "440"),
    ("area_code", 440304), ("disclosure", "secret"), ("is_public", "yes"), ("files", ["x"]),
    ("files", "x"), ("category", 5), ("kind", "demand"), ("nonsense", 1),
    ("author_id", "01a1fdfe-6bc6-73b4-b72f-7b303ad0b13f"), ("submission_key", "abc"),
    ("accepted_at", "yesterday"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_member_of_the_wrong_kind_is_named(city: City, name: str, value: Any) -> None:
    before = counts(city)

    problem = refused(post(city, CASES, json.dumps({**GOOD, name: value})), 422, "input.invalid")

    assert name in problem["faults"][0]["path"] or name == "fields"
    assert problem["faults"][0]["message"]
    assert counts(city) == before


WRONG_FIELDS = (
    ("subject", 5), ("subject", ["x"]), ("subject", {"zh": "x"}), ("subject", "x" * 121),
    ("subject", "a\x00b"), ("subject", ""), ("subject", "  "), ("body", None), ("body", 1e300),
    ("body", "x" * 5001), ("contact_telephone", "110x"), ("contact_email", "nobody"),
    ("happened_on", "2026-02-30"), ("happened_on", 20260230), ("public_text", "maybe"),
    ("kind", "spell"), ("photos", "x"), ("photos", [1]), ("constructor", "x"), ("__proto__", {}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG_FIELDS)
def test_a_field_of_the_wrong_kind_is_named(city: City, name: str, value: Any) -> None:
    fields = {**GOOD["fields"], name: value}

    answer = post(city, CASES, json.dumps({**GOOD, "fields": fields}))

    problem = refused(answer, 422, "input.invalid")
    assert f"/{name}" in {fault["path"] for fault in problem["faults"]}


def test_every_fault_is_told_at_once_in_the_readers_language(city: City) -> None:
    fields = {"subject": "", "happened_on": "x", "contact_email": "x"}
    body = json.dumps({"channel": "api", "fields": fields})

    chinese = post(city, CASES, body).json()
    english = post(city, CASES, body, accept_language="en-GB,en").json()

    paths = {fault["path"] for fault in chinese["faults"]}
    assert paths == {"/subject", "/body", "/happened_on", "/contact_email"}
    assert english["title"] == "Some fields need mending"
    assert chinese["title"] == "有内容需要修改"


@pytest.mark.parametrize("declares", [True, False])
def test_a_body_beyond_the_limit_is_refused_with_the_limit(city: City, declares: bool) -> None:
    content = b'{"a":"' + b"x" * JSON_BYTES_MAX + b'"}'
    chunks = [content[at : at + 65536] for at in range(0, len(content), 65536)]

    answer = post(city, CASES, {True: content, False: iter(chunks)}[declares])

    problem = refused(answer, 413, "request.too_large")
    assert str(JSON_BYTES_MAX) in problem["detail"]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]
)
def test_a_body_that_is_not_sent_as_json_is_refused(city: City, media_type: str) -> None:
    answer = post(city, CASES, json.dumps(GOOD), content_type=media_type)

    refused(answer, 415, "request.media_type")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/v1/duty"), ("DELETE", CASES), ("PATCH", CASES), ("POST", "/healthz"),
     ("TRACE", "/api/v1/duty")],
)  # fmt: skip
def test_a_method_that_an_address_does_not_take_is_refused(
    city: City, method: str, path: str
) -> None:
    answer = city.client.request(method, path, headers=city.as_("admin"))

    refused(answer, 405, "request.method_not_allowed")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api/v1", "/api/v9/duty", "/api/v1/a/b/c/d", "/etc/passwd"])
def test_an_address_that_does_not_exist_is_absent(city: City, path: str) -> None:
    answer = city.client.get(path, headers=city.as_("admin"))

    refused(answer, 404, "request.no_such_page")
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/api/v1/duty/%00", "/api/v1/duty/..%2f..%2fetc%2fpasswd", "/api/v1/nothing",
     "/api/v1/duty/" + "9" * 5000, "/api/v1/cases/demand/%F0%9F%92%A9", "/api/v1/cases/nothing",
     "/api/v1/cases/demand/01a1fdfe-6bc6-73b4-b72f-7b303ad0b13f", "/api/v1/cases/demand/%00",
     "/api/v1/duty/' or 1=1 --", "/files/..%2f..%2fmaster.key"],
)  # fmt: skip
def test_what_does_not_exist_is_absent_whatever_its_name(city: City, path: str) -> None:
    answer = city.client.get(path, headers=city.as_("admin"))

    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_foreign_case_is_as_absent_as_one_that_never_was(city: City) -> None:
    mine = city.send_case("citizen")
    before = counts(city)

    foreign = city.client.get(f"{CASES}/{mine['id']}", headers=city.as_("citizen2"))
    absent = city.client.get(
        f"{CASES}/01a1fdfe-6bc6-73b4-b72f-7b303ad0b13f", headers=city.as_("citizen2")
    )
    acted = city.act("citizen2", mine, "withdraw", reason="x")

    told = [refused(answer, 404, "case.unknown") for answer in (foreign, absent)]
    assert {**told[0], "instance": ""} == {**told[1], "instance": ""}
    refused(acted, 404, "case.unknown")
    assert counts(city) == before


@pytest.mark.parametrize(
    "cursor", ["x", "=", "AAAA", "a" * 601, "%00", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
)
@pytest.mark.parametrize("path", [CASES, "/api/v1/duty"])
def test_a_forged_cursor_is_refused(city: City, path: str, cursor: str) -> None:
    answer = city.client.get(path, params={"cursor": cursor}, headers=city.as_("operator"))

    problem = refused(answer, 422, "input.invalid")
    assert problem["faults"][0]["code"] == "cursor_invalid"


def test_a_cursor_of_another_list_is_refused(city: City) -> None:
    first = city.client.get("/api/v1/duty?limit=1", headers=city.as_("operator")).json()
    asked = {"cursor": first["next"]}

    other_type = city.client.get("/api/v1/demand_category", params=asked)
    other_order = city.client.get("/api/v1/duty", params={**asked, "sort": "-code"})
    cases = city.client.get(CASES, params=asked, headers=city.as_("operator"))

    for answer in (other_type, other_order, cases):
        refused(answer, 422, "input.invalid")


def test_cursors_walk_over_every_record_once(city: City) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"limit": "60", "sort": "-level2", **({"cursor": cursor} if cursor else {})}
        page = city.client.get("/api/v1/duty", params=asked).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen)) == city.query("select count(*) from city.duty")[0][0]


QUERIES = (
    "limit=0", "limit=1001", "limit=-1", "limit=1e3", "limit=abc", "limit=٣x", "area=1",
    "area=44030400000x", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=nan,nan,nan,nan", "sort=nothing",
    "sort=%00", "fields=nothing", "nothing=1", "level1.like=x", "changed_at.ge=yesterday",
    "changed_at.ge=0001-13-01", "area_no=99999999999999999999999", "area_no=1.5", "words=%00",
    "words.has=%00", "id=x", "changed_at.ge=2026-01-01", "level1.in=%00,a",
)  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_means_nothing_is_refused(city: City, query: str) -> None:
    answer = city.client.get(f"/api/v1/duty?{query}", headers=city.as_("admin"))

    refused(answer, 422, "input.invalid")


CASE_QUERIES = (
    "limit=0", "limit=501", "state=sleeping", "order=random", "area=x", "unit=nobody", "nothing=1",
    "accepted_from=today", "accepted_from=2026-01-01T00:00:00", "q=%00", "category=%00",
    "step=%00", "event=x", "mine=maybe", "supervised=2",
)  # fmt: skip


@pytest.mark.parametrize("query", CASE_QUERIES)
def test_a_query_for_cases_that_means_nothing_is_refused(city: City, query: str) -> None:
    answer = city.client.get(f"{CASES}?{query}", headers=city.as_("operator"))

    refused(answer, 422, "input.invalid")


def test_sent_twice_is_kept_once(city: City) -> None:
    def send(_: int) -> Any:
        return post(city, CASES, json.dumps(GOOD), idempotency_key="double-click-1")

    before = city.query("select count(*) from cases")[0][0]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert city.query("select count(*) from cases")[0][0] == before + 1


def test_an_idempotency_key_is_its_senders_own(city: City) -> None:
    mine = post(city, CASES, json.dumps(GOOD), idempotency_key="the-same-key")
    other = post(city, CASES, json.dumps(GOOD), by="citizen2", idempotency_key="the-same-key")

    assert (mine.status_code, other.status_code) == (201, 201)
    assert mine.json()["id"] != other.json()["id"]


@pytest.mark.parametrize("key", ["short", "x" * 129, "with\ttab-in-it"])
def test_an_idempotency_key_of_the_wrong_form_is_refused(city: City, key: str) -> None:
    refused(post(city, CASES, json.dumps(GOOD), idempotency_key=key), 422, "input.invalid")


def test_of_two_officials_who_act_at_once_one_wins(city: City) -> None:
    case = city.send_case()
    version = city.query("select version from cases where id = %s", case["id"])[0][0]
    unit = str(city.services.organisations.by_key("water@futian").id)
    body = {"version": version, "organisation_id": unit, "reason": "属水务"}
    path = f"{CASES}/{case['id']}/actions/dispatch"

    def act(_: int) -> Any:
        return city.client.post(path, json=body, headers=city.as_("operator"))

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(act, range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    refused(lost, 409, "case.changed")
    logged = city.query(
        "select count(*) from log where subject_id = %s and kind = 'case.dispatched'", case["id"]
    )
    assert logged == [(1,)]


@pytest.mark.parametrize("version", [0, -1, 99, 10**30, "1", None, 1.5])
def test_an_action_on_a_version_that_does_not_stand_does_nothing(city: City, version: Any) -> None:
    case = city.send_case()
    before = counts(city)

    answer = city.client.post(
        f"{CASES}/{case['id']}/actions/withdraw",
        json={"version": version, "reason": "x"},
        headers=city.as_("citizen"),
    )

    assert answer.status_code in {409, 422}
    assert counts(city) == before


def test_two_changes_of_one_record_at_once_one_wins(city: City) -> None:
    item = city.client.get("/api/v1/duty?limit=1", headers=city.as_("admin")).json()["items"][0]
    path = f"/api/v1/duty/{item['code']}"

    def change(number: int) -> Any:
        headers = city.as_("admin", if_match=f'"{item["version"]}"')
        return city.client.patch(path, json={"basis": f"依据 {number}"}, headers=headers)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(change, range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize("verb", ["nothing", "expire", "%00", "__class__", "closed", "x" * 300])
def test_a_verb_that_is_not_possible_is_refused(city: City, verb: str) -> None:
    case = city.send_case()

    answer = city.act("operator", case, verb)

    assert answer.status_code in {403, 404, 422}, answer.text


def test_nothing_that_the_program_made_of_a_request_is_a_crash(city: City) -> None:
    logged = city.query("select count(*) from log where kind like 'request.crashed%'")
    assert logged == [(0,)]
