"""Open311 GeoReport v2, as its clients speak it. http://wiki.open311.org/GeoReport_v2/"""

from typing import Any
from xml.etree import ElementTree

import pytest

from pengcheng.edge import open311
from pengcheng.edge.limits import Limit
from tests.city import IN_MEITING, City

BASE = "/open311/v2"
LONG, LAT = IN_MEITING
PERSON = {
    "first_name": "示例", "last_name": "欧阳", "phone": "13800138000",
    "email": "nobody@example.com",
}  # fmt: skip


def service_code(city: City) -> str:
    found: str = city.client.get(f"{BASE}/services.json").json()[0]["service_code"]
    return found


def send(city: City, ending: str = "json", **more: Any) -> Any:
    form = {
        "service_code": service_code(city), "lat": str(LAT), "long": str(LONG),
        "description": "雨水口堵了\n请清理",
    }  # fmt: skip
    given = {name: value for name, value in {**form, **more}.items() if value is not None}
    return city.client.post(f"{BASE}/requests.{ending}", data=given)


def test_discovery_names_the_endpoint_in_both_formats(city: City) -> None:
    told = city.client.get(f"{BASE}/discovery.json").json()
    tree = ElementTree.fromstring(city.client.get(f"{BASE}/discovery.xml").content)

    endpoint = told["endpoints"][0]
    assert endpoint["url"].endswith(BASE)
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert tree.tag == "discovery"
    assert tree.find("endpoints/endpoint/url") is not None


def test_services_are_the_category_leaves_with_no_required_attribute(city: City) -> None:
    services = city.client.get(f"{BASE}/services.json").json()
    tree = ElementTree.fromstring(city.client.get(f"{BASE}/services.xml").content)
    code = services[0]["service_code"]
    definition = city.client.get(f"{BASE}/services/{code}.json").json()

    assert len(services) == city.query("select count(*) from city.demand_category")[0][0]
    assert {"service_code", "service_name", "description", "metadata", "type", "keywords",
            "group"} <= set(services[0])  # fmt: skip
    assert tree.tag == "services"
    assert len(tree.findall("service")) == len(services)
    assert not any(item["metadata"] for item in services)
    assert definition == {"service_code": code, "attributes": []}


@pytest.mark.parametrize("ending", ["json", "xml"])
def test_a_request_needs_no_account_and_can_be_read_by_anyone(city: City, ending: str) -> None:
    answer = send(city, ending, **PERSON)
    assert answer.status_code == 201, answer.text

    code = {
        "json": lambda: answer.json()[0]["service_request_id"],
        "xml": lambda: ElementTree.fromstring(answer.content).findtext(
            "request/service_request_id"
        ),
    }[ending]()
    found = city.client.get(f"{BASE}/requests/{code}.json").json()

    assert len(found) == 1
    assert found[0]["service_request_id"] == code
    assert found[0]["status"] == "open"
    assert found[0]["service_code"] == service_code(city)
    assert found[0]["requested_datetime"]
    assert found[0]["agency_responsible"]


def test_nothing_personal_and_no_exact_point_is_told(city: City) -> None:
    code = send(city, **PERSON).json()[0]["service_request_id"]

    texts = [
        city.client.get(f"{BASE}/requests/{code}.{ending}").text for ending in ("json", "xml")
    ] + [city.client.get(f"{BASE}/requests.json").text]

    for text in texts:
        assert "13800138000" not in text
        assert "欧阳" not in text
        assert "nobody@example.com" not in text
        assert "雨水口堵了" not in text
    point = city.client.get(f"{BASE}/requests/{code}.json").json()[0]
    assert (point.get("lat"), point.get("long")) != (LAT, LONG)


def test_a_token_leads_to_its_request(city: City) -> None:
    code = send(city).json()[0]["service_request_id"]
    token = city.client.get(f"{BASE}/requests/{code}.json").json()[0]["token"]

    found = city.client.get(f"{BASE}/tokens/{token}.json").json()

    assert found == [{"service_request_id": code, "token": token}]


def test_requests_are_listed_by_id_service_and_status(city: City) -> None:
    first, second = (send(city).json()[0]["service_request_id"] for _ in range(2))

    def listed(**asked: str) -> list[str]:
        rows = city.client.get(f"{BASE}/requests.json", params=asked).json()
        return [row["service_request_id"] for row in rows]

    assert set(listed(service_request_id=f"{first},{second}")) == {first, second}
    assert first in listed(service_code=service_code(city), status="open")
    assert first not in listed(status="closed")
    assert listed(start_date="2001-01-01T00:00:00Z", end_date="2001-02-01T00:00:00Z") == []
    assert len(listed(page_size="1")) == 1


WRONG = (
    ({"service_code": "999999"}, 404, "service_code"),
    ({"service_code": None}, 400, "service_code"),
    ({"service_code": ""}, 400, "service_code"),
    ({"lat": "north", "long": "x"}, 400, "lat"),
    ({"lat": "nan", "long": "nan"}, 400, "long"),
    ({"lat": "91", "long": "181"}, 400, "long"),
    ({"lat": "２２.５"}, 400, "lat"),
    ({"lat": "1e1"}, 400, "lat"),
    ({"long": None}, 400, "long"),
    ({"lat": ""}, 400, "lat"),
    ({"lat": None, "long": None}, 400, "lat"),
    ({"lat": None, "long": None, "address_id": "999999999999"}, 400, "address_id"),
    ({"description": "x" * 4001}, 400, "description"),
    ({"description": "a\u0000b"}, 400, "description"),
    ({"email": "nobody"}, 400, "email"),
    ({"phone": "twelve"}, 400, "phone"),
    ({"address_string": "x" * 201}, 400, "address_string"),
    ({"first_name": "x" * 51}, 400, "last_name"),
    ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
    ({"media_url": "https://user@example.org/a.jpg"}, 400, "media_url"),
    ({"api_key": "x" * 43}, 403, "api_key"),
)


@pytest.mark.parametrize(("more", "status", "named"), WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("ending", ["json", "xml"])
def test_a_fault_is_told_as_the_standard_says(
    city: City, ending: str, more: dict[str, Any], status: int, named: str
) -> None:
    before = city.query("select count(*) from cases")

    answer = send(city, ending, **more)

    assert answer.status_code == status, answer.text
    rows = {
        "json": lambda: [(row["code"], row["description"]) for row in answer.json()],
        "xml": lambda: [
            (int(row.findtext("code") or 0), row.findtext("description"))
            for row in ElementTree.fromstring(answer.content).iterfind("error")
        ],
    }[ending]()
    assert rows
    assert all(code == status and told for code, told in rows)
    assert any(named in told for _, told in rows)
    assert city.query("select count(*) from cases") == before


@pytest.mark.parametrize(
    "path", ["requests/SQ20000101000001.json", "services/nothing.json", "tokens/nothing.json",
             "requests.pdf", "nothing.json"],
)  # fmt: skip
def test_what_does_not_exist_is_404(city: City, path: str) -> None:
    answer = city.client.get(f"{BASE}/{path}")

    assert answer.status_code == 404
    assert answer.json()[0]["code"] == 404


@pytest.mark.parametrize(
    ("query", "named"),
    [("status=sleeping", "status"), ("status=open,sleeping", "status"),
     ("service_code=x", "service_code"), ("start_date=yesterday", "start_date"),
     ("start_date=2026-01-01", "start_date"), ("end_date=0001-01-01T00:00:00Z", "end_date"),
     ("start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z", "end_date"),
     ("page_size=0", "page_size"), ("page_size=ten", "page_size")],
)  # fmt: skip
def test_a_list_that_means_nothing_is_refused(city: City, query: str, named: str) -> None:
    answer = city.client.get(f"{BASE}/requests.json?{query}")

    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)
    assert answer.json()[0]["description"].startswith(f"{named}: ")


def test_a_key_that_is_valid_makes_the_request_its_owners(city: City) -> None:
    code = send(city, api_key=city.tokens["citizen"]).json()[0]["service_request_id"]

    mine = city.client.get(f"/api/v1/cases/demand/{code}", headers=city.as_("citizen"))

    assert mine.status_code == 200


def test_one_address_may_not_send_without_end(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pengcheng.edge.limits.LOOPBACK_FACTOR", 1)
    monkeypatch.setattr(open311, "_posts", Limit(tell=lambda: 0.0))
    most = city.services.settings.open311_posts

    told = [city.client.post(f"{BASE}/requests.json") for _ in range(most + 1)]

    assert {answer.status_code for answer in told[:most]} == {400}
    assert (told[most].status_code, told[most].headers["retry-after"]) == (429, "1")
    assert told[most].json()[0]["code"] == 429
