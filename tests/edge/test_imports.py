"""Imports that are sent again do nothing twice; clashes are told row by row."""

from typing import Any

import pytest

from tests.city import City

DUTY = "/api/v1/duty/import"
CASES = "/api/v1/cases/demand/import"
HEADS = "code,level1,organisation_key,level,deadline"


def rows(*codes: str) -> str:
    lines = [f"{code},城乡建设,water,city,ordinary" for code in codes]
    return "\n".join([HEADS, *lines])


def send(
    city: City, path: str, content: str, *, key: str = "", by: str = "admin", query: str = ""
) -> Any:
    headers = city.as_(by, content_type="text/csv")
    more = {"Idempotency-Key": key} if key else {}
    return city.client.post(path + query, content=content.encode(), headers={**headers, **more})


def count(city: City, table: str) -> int:
    return int(city.query(f"select count(*) from {table}")[0][0])


def test_an_import_of_records_sent_again_adds_nothing_and_tells_the_same(city: City) -> None:
    content = rows("AGAIN1", "AGAIN2")
    first = send(city, DUTY, content, key="import-of-duty-1")
    before = count(city, "city.duty")
    again = send(city, DUTY, content, key="import-of-duty-1")

    assert first.status_code == again.status_code == 200, first.text
    assert again.json() == first.json()
    assert first.json()["added"] == 2
    assert count(city, "city.duty") == before


def test_an_import_of_cases_sent_again_adds_nothing_and_tells_the_same(city: City) -> None:
    content = "subject,body,channel\n路灯不亮,梅亭路路灯不亮,import\n,没有标题,import"
    query = "?mode=valid"
    first = send(city, CASES, content, key="import-of-cases", by="operator", query=query)
    before = count(city, "cases")
    again = send(city, CASES, content, key="import-of-cases", by="operator", query=query)

    assert first.json()["added"] == 1, first.text
    assert again.json() == first.json()
    assert count(city, "cases") == before


def test_a_key_is_its_senders_and_belongs_to_one_import(city: City) -> None:
    send(city, DUTY, rows("OWN1"), key="one-key-for-one")

    other = send(city, DUTY, rows("OWN2"), key="one-key-for-one")
    otherwise = send(city, DUTY, rows("OWN1"), key="one-key-for-one", query="?mode=valid")

    for answer in (other, otherwise):
        assert answer.status_code == 422
        assert [fault["code"] for fault in answer.json()["faults"]] == ["key.reused"]
    assert city.query("select count(*) from city.duty where code = 'OWN2'") == [(0,)]


def test_what_was_refused_may_be_mended_under_the_same_key(city: City) -> None:
    wrong = send(city, DUTY, rows("MEND1").replace("ordinary", "never"), key="to-be-mended")
    right = send(city, DUTY, rows("MEND1"), key="to-be-mended")

    assert wrong.status_code == 422
    assert right.json()["added"] == 1


def test_clashes_are_told_by_row_and_the_other_rows_go_in(city: City) -> None:
    send(city, DUTY, rows("CLASH1"))

    answer = send(city, DUTY, rows("CLASH2", "CLASH1", "CLASH3", "CLASH2"), query="?mode=valid")

    report = answer.json()
    assert (report["rows"], report["added"], report["wrong_rows"]) == (4, 2, 2)
    told = [(fault["row"], fault["path"], fault["code"]) for fault in report["faults"]]
    assert told == [(2, "/code", "code.taken"), (4, "/code", "code.taken")]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["mass_matter", "demand"])
def test_what_is_no_record_has_no_address_as_one(city: City, method: str, name: str) -> None:
    answer = city.client.request(
        method, f"/api/v1/{name}", json={"subject": "x"}, headers=city.as_("operator")
    )

    assert answer.status_code == 404
    assert answer.json()["code"] == "type.unknown"


def test_no_sentence_of_a_fault_has_a_gap(city: City) -> None:
    for path in (f"{DUTY}?mode=no", f"{CASES}?mode=no", "/api/v1/cases/demand?state=no&limit=x"):
        method = {True: "POST", False: "GET"}["import" in path]
        headers = city.as_("operator", content_type="text/csv")
        answer = city.client.request(method, path, content=rows("GAP1"), headers=headers)
        assert "{" not in "".join(fault["message"] for fault in answer.json().get("faults", []))
