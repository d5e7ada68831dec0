"""Processes on screen: published ones, an instance with its path, a stuck step mended, a case's."""

import re
from typing import Any

import pytest

from tests.city import City
from tests.edge.test_processes_api import RULED, SHORT, begin, publish, send
from tests.portals.shenzhengyi.desk_paper import get, in_hand, post

PAGE = "/e/processes"


def test_published_processes_are_listed_for_those_who_may(city: City) -> None:
    page = get(city, PAGE, "admin")

    assert page.status_code == 200
    assert "诉求办理" in page.text
    assert "办件流程" in page.text
    assert get(city, PAGE, "clerk").status_code == 403
    assert get(city, PAGE, "citizen").status_code == 403
    assert "/e/admin/processes" in get(city, "/e/admin/accounts", "admin").text


def test_a_process_is_drawn_and_can_be_downloaded(city: City) -> None:
    page = get(city, f"{PAGE}/demand_handling", "admin")

    assert "<svg" in page.text
    assert "/api/v1/processes/demand_handling/bpmn?version=1" in page.text
    assert get(city, f"{PAGE}/nowhere", "admin").status_code == 404


def test_an_instance_shows_its_path_who_has_it_and_its_variables(city: City) -> None:
    publish(city, "shown", SHORT)
    begun = begin(city, "shown", street="<b>梅林路</b>")
    (visit,) = begun["positions"]
    path = f"/api/v1/process-instances/{begun['id']}/tasks/{visit['position']}"
    waiting = get(city, f"{PAGE}/instances/{begun['id']}", "clerk").text
    assert "尚未领取" in waiting
    assert "经办员" in waiting
    assert "bpmn-waiting" in waiting
    assert "&lt;b&gt;梅林路" in waiting

    send(city, f"{path}/take", "clerk")
    assert "示例·clerk" in get(city, f"{PAGE}/instances/{begun['id']}", "chief").text
    send(city, f"{path}/complete", "clerk", variables={"action": "broken"})

    after = get(city, f"{PAGE}/instances/{begun['id']}", "chief").text
    assert "单位负责人" in after
    assert "mend" in after
    assert get(city, f"{PAGE}/instances/{begun['id']}", "clerk.nanshan").status_code == 404
    assert begun["id"] in get(city, f"{PAGE}/shown", "admin").text


def test_a_stuck_step_says_why_and_is_retried_by_an_administrator(city: City) -> None:
    publish(city, "stuck", RULED)
    begun = begin(city, "stuck")
    page = f"{PAGE}/instances/{begun['id']}"
    rows: list[Any] = city.query(
        "select position from process_parked where instance_id = %s", begun["id"]
    )
    retry = f"{page}/retry/{rows[0][0]}"

    told = get(city, page, "admin").text.split("停在“rule”")[1].split("</form>")[0]
    assert "没有发布过规则“nobody_published_this”" in told
    assert "rules.unpublished" not in told, "in words, not by a code"
    assert "{" not in told
    assert "/retry/" not in get(city, page, "clerk").text
    wrong = post(city, retry, "admin", variables="[1")
    assert wrong.status_code == 422
    assert "请填写 JSON 对象" in wrong.text
    assert "[1" in wrong.text
    assert post(city, retry, "clerk", variables="").status_code == 403
    mended = post(city, retry, "admin", variables='{"unit": "water@futian"}')
    assert mended.status_code == 303
    assert "water@futian" in get(city, page, "admin").text


@pytest.mark.parametrize(("language", "says"), [("zh", "停留时间"), ("en", "Time spent")])
def test_a_case_shows_its_process_with_the_time_at_each_step(
    city: City, language: str, says: str
) -> None:
    case = in_hand(city)
    headers = {**city.as_("clerk"), "accept": "text/html", "accept-language": language}

    page = city.client.get(f"/e/cases/demand/{case['code']}/process", headers=headers)

    assert page.status_code == 200
    assert says in page.text
    assert "bpmn-taken" in page.text
    assert re.search(r'class="bpmn-note"[^>]*><tspan[^>]*>[^<]+ · 0', page.text), (
        "whose it is, how long"
    )
    assert get(city, f"/e/cases/demand/{case['code']}/process", "clerk.nanshan").status_code == 404
