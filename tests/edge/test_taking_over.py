"""An authority moves in with its open cases: their history, their deadlines, their old numbers."""

from typing import Any

import msgspec
import pytest

from tests.city import City

PATH = "/api/v1/cases/demand/takeover"
CASES = "/api/v1/cases/demand"
HEADS = (
    "earlier_code,step,organisation,accepted_at,due_at,subject,body,category,area_code,"
    "happened_at,happened_act,happened_unit,happened_note"
)


def case(code: str, *, step: str = "handling", due: str = "2099-12-20 18:00") -> list[str]:
    """A case of an older system with two steps, as a spreadsheet has it."""
    told = "路面积水,雨后积水难行,城乡建设/道路/井盖,440304007016"
    first = "2024-03-02 10:00,派单,市热线中心,请核实"
    return [
        f"{code},{step},water@futian,2024-03-02 09:30,{due},{told},{first}",
        f"{code},,,,,,,,,2024-03-03 15:20,现场核实,福田水务,情况属实",
    ]


def send(city: City, lines: list[str], *, query: str = "", by: str = "admin", **more: str) -> Any:
    headers = {**city.as_(by, content_type="text/csv"), **more}
    content = "\n".join([HEADS, *lines]).encode()
    return city.client.post(PATH + query, content=content, headers=headers)


def told(answer: Any) -> list[tuple[int, str, str]]:
    return [(one["row"], one["path"], one["code"]) for one in answer.json()["faults"]]


def known(city: City, code: str) -> int:
    return int(city.query("select count(*) from cases where earlier_code = %s", code)[0][0])


def test_a_case_moves_in_with_its_history_its_clock_and_its_old_number(city: City) -> None:
    answer = send(city, case("OLD-1"))
    assert (answer.status_code, answer.json()["added"]) == (200, 1), answer.text

    view = city.client.get(f"{CASES}/OLD-1", headers=city.as_("clerk")).json()
    found = view["case"]
    assert (found["earlier_code"], found["step"], found["open"]) == ("OLD-1", "handling", True)
    assert found["code"].startswith("SQ20240302")
    assert found["accepted_at"].startswith("2024-03-02T01:30:00")
    assert found["due_at"].startswith("2099-12-20T10:00:00")
    assert view["fields"]["category_level3"] == "井盖"
    history = [(one["kind"], one["at"][:16]) for one in view["timeline"]]
    assert history[:2] == [
        ("case.earlier_step", "2024-03-02T02:00"),
        ("case.earlier_step", "2024-03-03T07:20"),
    ]
    assert history[2][0] == "case.taken_over"
    assert view["timeline"][0]["facts"]["unit"] == "市热线中心"
    # Its life goes on as of any other.
    replied = city.act("clerk", found, "reply", body="已疏通。")
    assert replied.status_code == 200, replied.text


def test_a_case_is_found_by_its_old_number(city: City) -> None:
    assert send(city, case("热线 2025-77")).json()["added"] == 1
    page = city.client.get("/e/search?q=热线 2025-77", headers=city.as_("clerk"))
    assert "路面积水" in page.text


def test_a_deadline_that_has_passed_is_past(city: City) -> None:
    assert send(city, case("OLD-LATE", due="2024-03-09 18:00")).json()["added"] == 1
    rows = city.query(
        "select due_at < now(), warned, next_at is null from cases where earlier_code = 'OLD-LATE'"
    )
    assert rows == [(True, 2, True)]


def test_a_check_tells_and_writes_nothing(city: City) -> None:
    answer = send(city, [*case("OLD-C1"), *case("OLD-C2", step="nowhere")], query="?mode=check")
    assert (answer.status_code, answer.json()["added"]) == (200, 1)
    assert told(answer) == [(3, "/step", "takeover.step")]
    assert (known(city, "OLD-C1"), known(city, "OLD-C2")) == (0, 0)


def test_all_or_none_and_the_right_ones_only(city: City) -> None:
    lines = [*case("OLD-V1"), *case("OLD-V2", step="nowhere")]
    assert send(city, lines).status_code == 422
    assert known(city, "OLD-V1") == 0
    assert send(city, lines, query="?mode=valid").json()["added"] == 1
    assert (known(city, "OLD-V1"), known(city, "OLD-V2")) == (1, 0)


def test_the_same_number_is_taken_over_once(city: City) -> None:
    assert send(city, case("OLD-TWICE")).json()["added"] == 1
    again = send(city, case("OLD-TWICE"))
    assert told(again) == [(1, "/earlier_code", "takeover.stands")]
    assert known(city, "OLD-TWICE") == 1


def test_a_report_under_a_key_is_given_again(city: City) -> None:
    more = {"Idempotency-Key": "takeover-1"}
    first, again = send(city, case("OLD-KEY"), **more), send(city, case("OLD-KEY"), **more)
    assert first.json() == again.json() == {**first.json(), "added": 1}
    assert known(city, "OLD-KEY") == 1


FAULTY = [
    (",handling,,2024-03-02,,a,b,,,,,,", "/earlier_code", "field.required"),
    ("F,,,2024-03-02,,a,b,,,,,,", "/step", "field.required"),
    ("F,intake,,2024-03-02,,a,b,,,,,,", "/step", "takeover.step"),
    ("F,handling,nobody,2024-03-02,,a,b,,,,,,", "/organisation", "organisation.unknown"),
    ("F,handling,,gestern,,a,b,,,,,,", "/accepted_at", "instant.form"),
    ("F,handling,,2999-03-02,,a,b,,,,,,", "/accepted_at", "takeover.ahead"),
    ("F,handling,,2024-03-02,2024-03-01,a,b,,,,,,", "/due_at", "takeover.due"),
    ("F,replied,,2024-03-02,,a,b,,,,,,", "/replied_at", "field.required"),
    ("F,handling,,2024-03-02,,,b,,,,,,", "/subject", "field.required"),
    ("F,handling,,2024-03-02,,a,b,,44,,,,", "/area_code", "area.code"),
    ("F,handling,,2024-03-02,,a,b,,,2024-03-02,,,x", "/happened_act", "takeover.act"),
]


@pytest.mark.parametrize(("line", "path", "code"), FAULTY)
def test_each_fault_is_told_with_its_row_and_column(
    city: City, line: str, path: str, code: str
) -> None:
    answer = send(city, [line])
    assert answer.status_code == 422
    assert told(answer) == [(1, path, code)]
    assert "{" not in answer.json()["faults"][0]["message"]


def test_later_rows_of_a_case_do_not_tell_it_otherwise(city: City) -> None:
    lines = [*case("OLD-D"), case("OLD-D")[0].replace("路面积水", "别的事")]
    assert told(send(city, lines)) == [(3, "/subject", "takeover.differs")]


def test_an_answered_case_waits_for_its_author(city: City) -> None:
    line = {
        "earlier_code": "OLD-ND", "step": "等待评价", "accepted_at": "2024-03-02T09:30:00+08:00",
        "replied_at": "2024-05-20T10:00:00+08:00", "subject": "路面积水", "body": "雨后积水",
    }  # fmt: skip
    headers = city.as_("operator", content_type="application/x-ndjson")
    answer = city.client.post(PATH, content=msgspec.json.encode(line), headers=headers)
    assert answer.json()["added"] == 1, answer.text
    rows = city.query("select step, was_late, clock from cases where earlier_code = 'OLD-ND'")
    assert rows == [("replied", True, "running")]


def test_who_may_not_import_takes_nothing_over(city: City) -> None:
    assert send(city, case("OLD-NO"), by="clerk").status_code == 403
    assert known(city, "OLD-NO") == 0


def test_nobody_is_told_anew_of_what_is_past(city: City) -> None:
    """Only the takeover itself and its steps enter the log: no acceptance, no dispatch."""
    assert send(city, case("OLD-LOG")).json()["added"] == 1
    kinds = city.query(
        """select kind, at > now() - interval '1 hour' from log
           where subject_id = (select id from cases where earlier_code = 'OLD-LOG') order by seq"""
    )
    assert kinds == [
        ("case.earlier_step", True), ("case.earlier_step", True), ("case.taken_over", True)
    ]  # fmt: skip
