"""Each answer of GeoReport v2 against the tables of the standard, as JSON and as XML.

The schemas are written from http://wiki.open311.org/GeoReport_v2/ and Service_Discovery.
"""

from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from tests.city import IN_MEITING, MEITING, City
from tests.portals.applicant.paper import picture

BASE = "/open311/v2"
LONG, LAT = IN_MEITING
TEXT = {"type": "string", "minLength": 1}
MAYBE = {"type": ["string", "null"], "minLength": 1}
W3 = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}


def rows(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    item = {
        "type": "object", "properties": {**required, **more}, "required": list(required),
        "additionalProperties": False,
    }  # fmt: skip
    return {"type": "array", "items": item}


ENDPOINT = rows(
    {
        "specification": {"const": "http://wiki.open311.org/GeoReport_v2"},
        "url": {"type": "string", "pattern": "^https?://[^/]+/open311/v2$"},
        "changeset": TEXT,
        "type": {"enum": ["production", "test"]},
        "formats": {"const": ["text/xml", "application/json"]},
    }
)
DISCOVERY = {
    "type": "object",
    "properties": {
        "changeset": W3, "contact": TEXT, "key_service": TEXT, "endpoints": ENDPOINT,
    },
    "required": ["changeset", "contact", "key_service", "endpoints"],
    "additionalProperties": False,
}  # fmt: skip
SERVICES = rows(
    {
        "service_code": TEXT, "service_name": TEXT, "description": TEXT,
        "metadata": {"const": False}, "type": {"const": "realtime"}, "keywords": TEXT,
        "group": TEXT,
    }
)  # fmt: skip
DEFINITION = {
    "type": "object",
    "properties": {"service_code": TEXT, "attributes": {"const": []}},
    "required": ["service_code", "attributes"],
    "additionalProperties": False,
}
# `token` is not in the table of this answer: see docs/operating/open311.md.
REQUESTS = rows(
    {
        "service_request_id": TEXT, "status": {"enum": ["open", "closed"]},
        "status_notes": MAYBE, "service_name": MAYBE, "service_code": {"type": "string"},
        "description": {"type": ["string", "null"], "maxLength": 4000},
        "agency_responsible": MAYBE, "service_notice": MAYBE, "requested_datetime": W3,
        "updated_datetime": W3, "expected_datetime": {"anyOf": [W3, {"type": "null"}]},
        "address": MAYBE, "address_id": MAYBE, "zipcode": MAYBE,
        "lat": {"type": ["number", "null"]}, "long": {"type": ["number", "null"]},
        "media_url": MAYBE,
    },
    token=TEXT,
)  # fmt: skip
SENT = rows({"service_request_id": TEXT, "service_notice": MAYBE, "account_id": {"type": "null"}})
TOKENS = rows({"service_request_id": TEXT, "token": TEXT})
ERRORS = {**rows({"code": {"type": "integer"}, "description": TEXT}), "minItems": 1}


def service_code(city: City) -> str:
    found: str = city.client.get(f"{BASE}/services.json").json()[0]["service_code"]
    return found


def send(city: City, ending: str = "json", **more: Any) -> Any:
    form = {"service_code": service_code(city), "lat": str(LAT), "long": str(LONG)}
    given = {name: value for name, value in {**form, **more}.items() if value is not None}
    return city.client.post(f"{BASE}/requests.{ending}", data=given)


def sent(city: City, **more: Any) -> str:
    answer = send(city, **more)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()[0]["service_request_id"]
    return found


def spark(element: ElementTree.Element) -> Any:
    """XML as the Spark convention makes JSON of it: one kind of child under a container is a
    list."""
    names = {child.tag for child in element}
    if element.tag in {f"{name}s" for name in names} | {"service_requests", "attributes"}:
        return [spark(child) for child in element]
    if names:
        return {child.tag: spark(child) for child in element}
    return element.text


def as_xml_tells(value: Any) -> Any:
    """JSON with its numbers and truth values as XML writes them, and nothing where it has none."""
    match value:
        case dict():
            return {name: as_xml_tells(item) for name, item in value.items()}
        case list():
            return [as_xml_tells(item) for item in value]
        case bool():
            return str(value).lower()
        case None | "":
            return None
        case _:
            return str(value)


ANSWERS = {
    "discovery": ("discovery", DISCOVERY, "discovery"),
    "services": ("services", SERVICES, "services"),
    "services/{service}": ("service_definition", DEFINITION, "service_definition"),
    "requests": ("service_requests", REQUESTS, "requests"),
    "requests/{code}": ("service_requests", REQUESTS, "request"),
    "tokens/{token}": ("service_requests", TOKENS, "token"),
}


@pytest.mark.parametrize("path", ANSWERS)
def test_each_answer_is_what_the_standard_says_in_both_formats(city: City, path: str) -> None:
    root, schema, _ = ANSWERS[path]
    code = sent(city, description="雨水口堵了 <b>&amp;")
    token = city.client.get(f"{BASE}/requests/{code}.json").json()[0]["token"]
    filled = path.format(service=service_code(city), code=code, token=token)

    told = city.client.get(f"{BASE}/{filled}.json")
    written = city.client.get(f"{BASE}/{filled}.xml")

    assert told.headers["content-type"] == "application/json; charset=utf-8"
    assert written.headers["content-type"] == "text/xml; charset=utf-8"
    assert {told.headers["access-control-allow-origin"]} == {"*"}
    assert written.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    Draft202012Validator(schema).validate(told.json())
    tree = ElementTree.fromstring(written.content)
    assert tree.tag == root
    assert spark(tree) == as_xml_tells(told.json())


@pytest.mark.parametrize("ending", ["json", "xml"])
def test_what_is_sent_is_answered_with_an_id_and_no_token(city: City, ending: str) -> None:
    answer = send(city, ending, description="路灯不亮")

    found = {
        "json": lambda: answer.json(),
        "xml": lambda: spark(ElementTree.fromstring(answer.content)),
    }[ending]()
    Draft202012Validator(SENT).validate(found)


FAULTS = (
    ("GET", "nothing.json", 404), ("GET", "services/nothing.xml", 404),
    ("GET", "requests/nothing.xml", 404), ("GET", "tokens/nothing.json", 404),
    ("GET", "no/such/page.xml", 404), ("GET", "requests.xml?status=asleep", 400),
    ("POST", "requests.xml", 400), ("POST", "services.xml", 404), ("PUT", "requests.json", 400),
    ("DELETE", "requests/x.xml", 400),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), FAULTS)
def test_each_fault_has_code_and_description(
    city: City, method: str, path: str, status: int
) -> None:
    answer = city.client.request(method, f"{BASE}/{path}")

    assert answer.status_code == status, answer.text
    found = {
        True: lambda: spark(ElementTree.fromstring(answer.content)),
        False: lambda: answer.json(),
    }[".xml" in path]()
    assert [int(row["code"]) for row in found] == [status] * len(found)
    assert all(row["description"] for row in found)


def test_a_body_that_is_no_form_is_refused(city: City) -> None:
    answer = city.client.post(f"{BASE}/requests.json", json={"service_code": "x"})

    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)
    assert "application/x-www-form-urlencoded" in answer.json()[0]["description"]


def test_neither_description_nor_contact_is_required(city: City) -> None:
    service = city.client.get(f"{BASE}/services.json").json()[0]
    code = sent(city, description=None, jurisdiction_id="sz.gov.cn", email="", phone="")

    fields = city.client.get(f"/api/v1/cases/demand/{code}", headers=city.as_("operator")).json()

    assert fields["fields"]["body"] == service["service_name"]


@pytest.mark.parametrize(
    "place",
    [{"address_string": "梅亭路口"}, {"address_id": MEITING}, {"address_id": f"{MEITING}001"}],
)
def test_a_place_may_be_an_address_or_an_area_of_the_city(
    city: City, place: dict[str, str]
) -> None:
    code = sent(city, lat=None, long=None, **place)

    assert city.client.get(f"{BASE}/requests/{code}.json").status_code == 200


def test_the_address_id_that_is_told_can_be_sent_back(city: City) -> None:
    first = sent(city, lat=None, long=None, address_id=MEITING)
    told = city.client.get(f"{BASE}/requests/{first}.json").json()[0]

    again = sent(city, lat=None, long=None, address_id=told["address_id"])

    second = city.client.get(f"{BASE}/requests/{again}.json").json()[0]
    assert told["address_id"] == second["address_id"] == MEITING
    assert second["address"] == "福田区梅林街道梅亭社区"


def test_a_picture_comes_along_in_parts_and_is_shown_to_nobody_here(city: City) -> None:
    form = {"service_code": service_code(city), "lat": str(LAT), "long": str(LONG)}
    answer = city.client.post(
        f"{BASE}/requests.json",
        data=form,
        files={"media": ("../../a.jpg", picture(), "image/jpeg")},
    )
    code = answer.json()[0]["service_request_id"]

    case = city.client.get(f"/api/v1/cases/demand/{code}", headers=city.as_("operator")).json()
    told = city.client.get(f"{BASE}/requests/{code}.json")

    assert answer.status_code == 201, answer.text
    assert len(case["fields"]["photos"]) == 1
    assert told.json()[0]["media_url"] is None
    assert case["fields"]["photos"][0] not in told.text


def test_what_is_no_picture_is_refused_and_nothing_is_kept(city: City) -> None:
    form = {"service_code": service_code(city), "lat": str(LAT), "long": str(LONG)}
    before = city.query("select (select count(*) from cases), (select count(*) from stored_file)")

    answer = city.client.post(
        f"{BASE}/requests.json", data=form, files={"media": ("a.jpg", b"<svg/>", "image/jpeg")}
    )

    assert answer.status_code == 400
    after = city.query("select (select count(*) from cases), (select count(*) from stored_file)")
    assert after == before


def test_the_address_of_a_picture_is_kept_as_a_text_and_never_asked_for(city: City) -> None:
    code = sent(city, description="路灯不亮", media_url="http://127.0.0.1:9/a.jpg")

    case = city.client.get(f"/api/v1/cases/demand/{code}", headers=city.as_("operator")).json()

    assert case["fields"]["body"] == "路灯不亮\n\nhttp://127.0.0.1:9/a.jpg"


def test_an_argument_that_is_empty_is_one_that_is_not_given(city: City) -> None:
    code = sent(city)
    names = ("service_request_id", "service_code", "start_date", "end_date", "status",
             "jurisdiction_id", "page_size")  # fmt: skip

    plain = city.client.get(f"{BASE}/requests.json").json()
    empty = city.client.get(f"{BASE}/requests.json", params=dict.fromkeys(names, "")).json()

    assert empty == plain
    assert code in {row["service_request_id"] for row in empty}


def test_ids_override_every_other_argument(city: City) -> None:
    code = sent(city)
    asked = f"service_request_id={code},%20nothing&status=asleep&service_code=x&start_date=2001"

    found = city.client.get(f"{BASE}/requests.json?{asked}").json()

    assert [row["service_request_id"] for row in found] == [code]


def test_codes_and_statuses_may_be_several(city: City) -> None:
    services = [row["service_code"] for row in city.client.get(f"{BASE}/services.json").json()]
    codes = {sent(city, service_code=one) for one in services[:2]}
    other = sent(city, service_code=services[2])

    def listed(query: str) -> set[str]:
        rows = city.client.get(f"{BASE}/requests.json?{query}").json()
        return {row["service_request_id"] for row in rows}

    by_commas = listed(f"service_code={services[0]},{services[1]}&status=open,closed")
    declared_twice = listed(f"service_code={services[0]}&service_code={services[1]}")
    assert codes <= by_commas == declared_twice
    assert other not in by_commas


def test_a_start_without_an_end_asks_for_ninety_days(city: City) -> None:
    code = sent(city)

    old = city.client.get(f"{BASE}/requests.json?start_date=2001-01-01T00:00:00Z").json()
    now = city.client.get(f"{BASE}/requests.json?end_date=8999-01-01T00:00:00Z").json()
    lately = city.client.get(f"{BASE}/requests.json").json()

    assert (old, now) == ([], [])
    assert code in {row["service_request_id"] for row in lately}


def test_a_closed_request_tells_when_it_was_closed(city: City) -> None:
    case = city.send_case("citizen")
    assert city.act("citizen", case, "withdraw").status_code == 200

    told = city.client.get(f"{BASE}/requests/{case['code']}.json").json()[0]
    closed = city.query("select closed_at from cases where id = %s", case["id"])[0][0]

    assert told["status"] == "closed"
    assert told["expected_datetime"] is None
    assert datetime.fromisoformat(told["updated_datetime"]) == closed.replace(microsecond=0)


def test_the_exact_address_is_told_to_nobody(city: City) -> None:
    code = sent(city, address_string="梅亭路八号楼五零二", description="楼上漏水")
    city.query(
        "update city.demand set public_subject = 'x', public_body = '公开的内容' "
        "where id = (select id from cases where code = %s) returning id", code,
    )  # fmt: skip
    city.query("update cases set is_public = true where code = %s returning id", code)

    told = city.client.get(f"{BASE}/requests/{code}.json")

    assert told.json()[0]["description"] == "公开的内容"
    assert "八号楼" not in told.text


def test_a_new_category_makes_a_newer_changeset(city: City) -> None:
    before = city.client.get(f"{BASE}/discovery.json").json()["changeset"]
    city.query("update city.demand_category set changed_at = now() + interval '1 day' "
               "where code = %s returning code", service_code(city))  # fmt: skip

    assert city.client.get(f"{BASE}/discovery.json").json()["changeset"] > before


def test_a_key_of_one_who_must_change_the_password_first_is_not_valid_yet(city: City) -> None:
    city.query("update account set must_change_password = true where username = 'citizen2' "
               "returning id")  # fmt: skip

    answer = send(city, api_key=city.tokens["citizen2"])

    city.query("update account set must_change_password = false where username = 'citizen2' "
               "returning id")  # fmt: skip
    assert answer.status_code == 403
