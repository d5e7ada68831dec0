"""An author brings a BPMN file on a page: checked, tried on a simulated clock, published; an
official starts an instance and does its tasks there."""

import re
from typing import Any

import pytest

from tests.city import City
from tests.edge.test_processes_api import SHORT, file_of
from tests.portals.shenzhengyi.desk_paper import get, post

NEW = "/e/processes/new"
GOOD = file_of(SHORT).decode()
BROKEN = GOOD.replace('action = "fine"', "action = (")


def brought(city: City, text: str, do: str, **more: Any) -> Any:
    return post(city, NEW, "admin", text=text, do=do, **more)


def test_a_file_is_checked_drawn_tried_and_published(city: City) -> None:
    page = get(city, NEW, "admin")
    assert page.status_code == 200

    checked = brought(city, GOOD, "check")
    tried = brought(city, GOOD, "try", variables='{"action": "broken"}')
    before = get(city, "/e/processes", "admin").text
    published = brought(city, GOOD, "publish", name="on_page")

    assert "0 个错误" in checked.text
    assert "<svg" in checked.text
    assert "试运行的经过" in tried.text
    assert "mend" in tried.text
    assert "on_page" not in before, "checking and trying publish nothing"
    assert published.headers["location"] == "/e/processes/on_page?version=1"
    assert "修改后发布新版本" in get(city, "/e/processes/on_page", "admin").text
    assert "&lt;definitions" in get(city, f"{NEW}?of=on_page", "admin").text.replace(
        "&lt;bpmn:", "&lt;"
    )


def test_a_file_is_uploaded_as_a_file(city: City) -> None:
    file = {"file": ("x.bpmn", file_of(SHORT), "application/xml")}

    page = post(city, NEW, "admin", files=file, do="check")

    assert "0 个错误" in page.text


def test_findings_are_sentences_with_their_element_and_nothing_is_published(city: City) -> None:
    checked = brought(city, BROKEN, "check")
    refused = brought(city, BROKEN, "publish", name="broken_page")

    assert checked.status_code == 422
    assert "visit.next-fine" in checked.text
    assert refused.status_code == 422
    assert "visit.next-fine" in refused.text
    assert get(city, "/e/processes/broken_page", "admin").status_code == 404


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no xml at all", "XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a/>', "DOCTYPE"),
        ('<definitions xmlns="http://www.omg.org/spec/CMMN/20151109/MODEL"/>', "CMMN"),
    ],
)
def test_what_is_no_bpmn_file_is_told_why(city: City, text: str, says: str) -> None:
    page = brought(city, text, "check")

    assert page.status_code in (400, 413, 415, 422)
    assert says in page.text


def test_an_official_starts_an_instance_takes_its_task_and_completes_it(city: City) -> None:
    brought(city, GOOD, "publish", name="by_hand")
    assert "启动" in get(city, "/e/processes/by_hand", "admin").text

    wrong = post(city, "/e/processes/by_hand/start", "clerk", variables="[1]")
    begun = post(city, "/e/processes/by_hand/start", "clerk", variables='{"street": "梅林路"}')
    url = begun.headers["location"]
    listed = get(city, "/e/processes/tasks", "clerk").text
    page = get(city, url, "clerk").text
    (position,) = set(re.findall(rf"{url}/tasks/(\d+)/complete", page))
    post(city, f"{url}/tasks/{position}/take", "clerk")
    taken = get(city, "/e/processes/tasks", "clerk").text
    others = get(city, url, "chief").text
    done = post(city, f"{url}/tasks/{position}/complete", "clerk", action="fine")

    assert wrong.headers["location"].endswith("fault=variables#start")
    assert "到场" in listed
    assert "我已领取" in taken
    assert "/complete" not in others, "it is not a task of the chief's role"
    assert done.status_code == 303
    assert "已结束" in get(city, url, "clerk").text


@pytest.mark.parametrize("by", ["clerk", "citizen"])
def test_only_who_may_publish_has_the_door(city: City, by: str) -> None:
    assert get(city, NEW, by).status_code == 403
    assert post(city, NEW, by, text=GOOD, do="publish", name="stolen").status_code == 403


def test_a_process_of_cases_is_not_replaced_or_started_here(city: City) -> None:
    refused = brought(city, GOOD, "publish", name="demand_handling")

    assert refused.status_code == 422
    assert "/demand_handling/start" not in get(city, "/e/processes/demand_handling", "admin").text
