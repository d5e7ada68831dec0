"""A newer version of the demands' process, on screen and over HTTP: verdicts, move, way back."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.city import City
from tests.engines.cases.test_case_upgrades import NAME, newer
from tests.portals.shenzhengyi.desk_paper import get, in_hand, post, step

PAGE = "/e/upgrades/demand"
REST = "/api/v1/cases/demand/upgrades"


@pytest.fixture
def case(city: City) -> Iterator[dict[str, Any]]:
    """A case in hand under version 1, in a city that has version 2 of its process."""
    found = in_hand(city)
    declared = city.services.declared
    before = declared.registry
    processes = {**before.processes, NAME: newer(before.processes[NAME])}
    newest = msgspec.structs.replace(before, processes=processes).after(before)
    declared.replace(msgspec.structs.replace(newest, version=before.version + 1))
    yield found
    declared.replace(msgspec.structs.replace(before, version=before.version + 2))


def test_the_verdicts_are_read_a_heir_is_chosen_cases_move_and_are_put_back(
    city: City, case: dict[str, Any]
) -> None:
    listed = get(city, PAGE, "admin")
    assert "1 → 2" in listed.text
    judged = get(city, f"{PAGE}/1", "admin")
    assert "要有人定" in judged.text
    assert case["code"] in judged.text

    looked = post(city, f"{PAGE}/1", "admin", **{"to-handling": "working", "do": "look"})
    assert "随之升级" in looked.text
    assert step(city, case) == "handling", "looking moves nothing"
    moved = post(city, f"{PAGE}/1", "admin", **{"to-handling": "working", "do": "move"})

    assert moved.status_code == 303
    assert step(city, case) == "working"
    assert "已迁移" in get(city, moved.headers["location"], "admin").text
    (row,) = city.query("select id from case_upgrade order by at desc limit 1")
    back = post(city, f"{PAGE}/{row[0]}/undo", "admin")
    assert back.status_code == 303
    assert step(city, case) == "handling"
    assert "已退回" in get(city, back.headers["location"], "admin").text


def test_a_case_of_the_older_version_opens_and_is_handled_as_before(
    city: City, case: dict[str, Any]
) -> None:
    page = get(city, f"/e/cases/demand/{case['code']}/process", "clerk")

    assert page.status_code == 200
    assert "审核答复" in page.text, "the drawing is of the version by which the case runs"


def test_over_http_each_case_has_its_verdict_and_a_wrong_heir_is_refused(
    city: City, case: dict[str, Any]
) -> None:
    headers = city.as_("admin")

    told = city.client.get(REST, headers=headers).json()
    single = city.client.get(f"{REST}/1/cases", headers=headers).json()["items"]
    wrong = city.client.post(
        REST, json={"old": 1, "steps": {"handling": "nowhere"}}, headers=headers
    )
    done = city.client.post(
        REST, json={"old": 1, "steps": {"handling": "working"}}, headers=headers
    ).json()
    undone = city.client.post(f"{REST}/{done['upgrade']['id']}/undo", headers=headers).json()

    assert told["verdicts"][0]["counts"]["person"] >= 1
    assert {item["code"]: item["verdict"] for item in single}[case["code"]] == "person"
    assert wrong.status_code == 422
    assert done["moved"] == undone["put_back"] >= 1


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("by", ["clerk", "citizen"])
def test_who_may_not_change_processes_has_no_door_here(city: City, by: str) -> None:
    assert get(city, PAGE, by).status_code in (403, 404)
    assert city.client.post(REST, json={"old": 1}, headers=city.as_(by)).status_code == 403


@pytest.mark.usefixtures("case")
def test_the_pages_are_complete_in_english(city: City) -> None:
    headers = {**city.as_("admin"), "accept": "text/html", "accept-language": "en"}
    page = city.client.get(f"{PAGE}/1", headers=headers)

    assert "Needs a person" in page.text
    assert "Move those that can move" in page.text


@pytest.mark.parametrize(("language", "says"), [("zh", "民生诉求"), ("en", "Demand")])
def test_packs_and_versions_have_a_page_of_their_own(
    city: City, case: dict[str, Any], language: str, says: str
) -> None:
    headers = {**city.as_("admin"), "accept": "text/html", "accept-language": language}
    page = city.client.get("/e/upgrades", headers=headers).text

    for told in (says, "citizen_demands", 'href="/e/upgrades/demand"'):
        assert told in page, told
    row = page.split('href="/e/upgrades/demand"')[1].split("</tr>")[0]
    version, older = re.findall(r">\s*([0-9]+)\s*<", row)
    assert (version, int(older) >= 1) == ("2", True)
    assert 'href="/e/admin/upgrades"' in get(city, "/e/admin", "admin").text
    assert get(city, "/e/upgrades", "clerk").status_code == 403
