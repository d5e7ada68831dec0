"""The 12345 desk and the callers' API: who calls, what is taken down, what is answered."""

import pytest

from tests.city import City
from tests.portals.shenzhengyi.desk_paper import at_unit, get, post

DESK = "/e/desk/operator_desk"
KEY = "0190c6f0-0000-7000-8000-00000000000{}"


def taken(city: City, number: int = 1, **more: str) -> dict[str, str]:
    """What an operator typed."""
    return {
        "key": KEY.format(number), "channel": "telephone", "telephone": "138 0000 0002",
        "name": "示例·李先生", "body": "梅亭路井盖没了。晚上很危险。", "disclosure": "open", **more,
    }  # fmt: skip


def test_the_telephone_system_opens_the_callers_earlier_cases(city: City) -> None:
    at_unit(city, "来电人以前的事")
    answer = get(city, "/e/desk?telephone=13800000001", "operator")
    assert answer.status_code == 303
    page = get(city, answer.headers["location"], "operator").text
    assert "来电人以前的事" in page
    assert "138****0001" in page
    rows = city.query("select count(*) from access_record where action = 'caller'")
    assert rows[0][0] >= 1


def test_the_desk_is_for_operators(city: City) -> None:
    assert get(city, DESK, "clerk").status_code == 404


def test_a_form_becomes_a_case_and_its_receipt_is_told(city: City) -> None:
    answer = post(city, DESK, "operator", **taken(city))
    assert answer.status_code == 303, answer.text
    page = get(city, answer.headers["location"], "operator").text
    assert "已登记" in page
    rows = city.query(
        """select c.title, c.channel, f.contact_telephone from cases c join city.demand f using (id)
           order by c.accepted_at desc limit 1"""
    )
    assert rows == [("梅亭路井盖没了", "telephone", "13800000002")]


def test_the_same_form_sent_twice_is_one_case(city: City) -> None:
    first = post(city, DESK, "operator", **taken(city, 2))
    second = post(city, DESK, "operator", **taken(city, 2))
    assert first.headers["location"].split("&")[0] == second.headers["location"].split("&")[0]


def test_a_form_without_its_matter_keeps_what_was_typed(city: City) -> None:
    answer = post(city, DESK, "operator", **taken(city, 3, body="", address="梅亭路 3 号"))
    assert answer.status_code == 422
    assert "梅亭路 3 号" in answer.text
    assert 'href="#body"' in answer.text


def test_a_telephone_that_is_none_is_told_at_its_field(city: City) -> None:
    answer = post(city, DESK, "operator", **taken(city, 4, telephone="12"))
    assert answer.status_code == 422
    assert 'href="#telephone"' in answer.text


def test_an_answer_given_at_once_goes_to_the_author(city: City) -> None:
    answer = post(city, DESK, "operator", **taken(city, 5, answer="可以拨打物业电话。"))
    code = answer.headers["location"].split("made=")[1].split("&")[0]
    rows = city.query(
        """select m.purpose, m.visibility, c.step from message m join cases c on c.id = m.case_id
           where c.code = %s""",
        code,
    )
    assert ("reply", "parties", "replied") in rows


def test_an_anonymous_author_is_linked_to_nobody(city: City) -> None:
    answer = post(city, DESK, "operator", **taken(city, 6, disclosure="anonymous"))
    code = answer.headers["location"].split("made=")[1].split("&")[0]
    rows = city.query(
        """select c.author_id, f.contact_telephone from cases c join city.demand f using (id)
           where c.code = %s""",
        code,
    )
    assert rows == [(None, None)]


def test_knowledge_and_the_duty_list_follow_what_is_typed(city: City) -> None:
    page = get(city, f"{DESK}/help?body=道路积水，下水道堵塞", "operator").text
    assert "可能归" in page
    assert "职责清单里的词" in page


@pytest.mark.parametrize(("by", "status"), [("operator", 200), ("auditor", 403), ("citizen", 403)])
def test_callers_are_told_to_those_who_may_know_them(city: City, by: str, status: int) -> None:
    answer = city.client.get("/api/v1/callers?telephone=13800000001", headers=city.as_(by))
    assert answer.status_code == status


def test_the_callers_api_finds_what_the_desk_shows(city: City) -> None:
    case = at_unit(city, "接口也找得到")
    answer = city.client.get(
        "/api/v1/callers?telephone=138-0000-0001", headers=city.as_("operator")
    ).json()
    assert case["code"] in [item["code"] for item in answer["items"]]
    assert answer["desk"] == "/e/desk?telephone=13800000001"


def test_a_number_that_is_none_is_refused(city: City) -> None:
    answer = city.client.get("/api/v1/callers?telephone=abc", headers=city.as_("operator"))
    assert answer.status_code == 422
