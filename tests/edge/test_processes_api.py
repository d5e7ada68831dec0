"""Processes over HTTP: publish a BPMN file, start, do the tasks, mend what is stuck, upgrade."""

from typing import Any

import pytest

from pengcheng.edge import process_work
from pengcheng.engines.processes import compile_short, definition_in, read, write
from tests.city import City

SHORT: dict[str, Any] = {
    "id": "inspection",
    "name": {"zh": "巡查", "en": "Inspection"},
    "steps": [
        {"id": "visit", "name": "到场", "role": "clerk",
         "actions": {"fine": "done", "broken": "mend"}},
        {"id": "mend", "role": "unit_chief", "next": "done"},
        {"id": "done", "kind": "end"},
    ],
}  # fmt: skip
RENAMED = {
    **SHORT,
    "steps": [{**SHORT["steps"][0], "id": "look"}, *SHORT["steps"][1:]],
}
RULED: dict[str, Any] = {
    "id": "ruled",
    "steps": [
        {"id": "rule", "kind": "rule", "decision": "nobody_published_this", "next": "call"},
        {"id": "call", "kind": "service", "calls": "no.such_algorithm", "next": "done"},
        {"id": "done", "kind": "end"},
    ],
}
ROUTES = "/api/v1/processes"
RUNNING = "/api/v1/process-instances"


def file_of(short: dict[str, Any]) -> bytes:
    return write(compile_short(short).document)


def publish(city: City, name: str, short: dict[str, Any], by: str = "admin") -> Any:
    headers = city.as_(by, content_type="application/xml")
    return city.client.post(f"{ROUTES}/{name}/bpmn", content=file_of(short), headers=headers)


def send(city: City, path: str, by: str, **body: Any) -> Any:
    return city.client.post(path, json=body, headers=city.as_(by))


def begin(city: City, name: str, by: str = "clerk", **variables: Any) -> dict[str, Any]:
    answer = send(city, f"{ROUTES}/{name}/instances", by, variables=variables)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def get(city: City, path: str, by: str) -> Any:
    return city.client.get(path, headers=city.as_(by))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_packs_processes_are_published_and_drawn(city: City) -> None:
    items = {item["name"]: item for item in get(city, ROUTES, "admin").json()["items"]}

    drawing = get(city, f"{ROUTES}/demand_handling/drawing.svg", "admin")

    assert items["demand_handling"]["number"] == 1
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert "人工分拨" in drawing.text


def test_a_file_is_published_once_and_comes_back_as_it_is(city: City) -> None:
    first = publish(city, "round", SHORT)
    again = publish(city, "round", SHORT)

    back = get(city, f"{ROUTES}/round/bpmn?version=1", "auditor")

    assert (first.status_code, first.json()["number"]) == (201, 1)
    assert again.json()["id"] == first.json()["id"]
    assert "attachment" in back.headers["content-disposition"]
    assert definition_in(read(back.content)).process == compile_short(SHORT).process


def test_a_person_does_the_tasks_of_their_role_and_no_others(city: City) -> None:
    publish(city, "inspection", SHORT)
    begun = begin(city, "inspection", street="梅林路")
    (visit,) = begun["positions"]
    path = f"{RUNNING}/{begun['id']}"
    do = f"{path}/tasks/{visit['position']}"

    assert [t["node"] for t in get(city, "/api/v1/process-tasks", "clerk").json()["items"]]
    assert code_of(send(city, f"{do}/complete", "chief")) == (403, "process.other_role")
    assert code_of(send(city, f"{do}/take", "clerk.nanshan")) == (404, "process.instance_unknown")
    assert send(city, f"{do}/take", "clerk2").status_code == 200
    assert code_of(send(city, f"{do}/complete", "clerk")) == (409, "process.taken")
    done = send(city, f"{do}/complete", "clerk2", variables={"action": "broken"})
    assert [item["node"] for item in done.json()["positions"]] == ["mend"]
    assert code_of(send(city, f"{do}/complete", "clerk2")) == (409, "process.done_already")
    seen = get(city, path, "chief").json()
    assert [task["node"] for task in seen["tasks"]] == ["mend"]
    assert seen["variables"] == {"street": "梅林路", "action": "broken"}
    assert "bpmn-taken" in get(city, f"{path}/drawing.svg", "chief").text


def test_instances_are_listed_within_the_readers_scope(city: City) -> None:
    publish(city, "listed", SHORT)
    begun = begin(city, "listed")

    mine = get(city, f"{RUNNING}?process=listed&status=running", "clerk").json()["items"]
    others = get(city, f"{RUNNING}?process=listed", "clerk.nanshan").json()["items"]
    wrong = get(city, f"{RUNNING}?status=asleep&limit=0&after=x&colour=red", "clerk")

    assert [item["id"] for item in mine] == [begun["id"]]
    assert others == []
    assert len(wrong.json()["faults"]) == 4
    assert code_of(get(city, f"{RUNNING}/{begun['id']}", "clerk.nanshan"))[0] == 404
    assert code_of(get(city, f"{RUNNING}/nonsense", "clerk"))[0] == 404


@pytest.mark.parametrize("by", ["clerk", "auditor", "citizen"])
def test_only_an_administrator_publishes(city: City, by: str) -> None:
    assert code_of(publish(city, "mine", SHORT, by)) == (403, "process.not_yours")


def test_what_cannot_run_or_belongs_to_cases_is_refused(city: City) -> None:
    headers = city.as_("admin", content_type="application/xml")
    nonsense = city.client.post(f"{ROUTES}/x/bpmn", content=b"<a/>", headers=headers)
    endless = {"id": "endless", "steps": [{"id": "a", "role": "clerk", "next": "a"}]}

    assert code_of(nonsense) == (422, "process.not_bpmn")
    assert code_of(publish(city, "x", endless)) == (422, "process.cannot_run")
    assert code_of(publish(city, "demand_handling", SHORT)) == (422, "process.runs_cases")
    begun = send(city, f"{ROUTES}/demand_handling/instances", "clerk")
    assert code_of(begun) == (422, "process.runs_cases")
    assert code_of(send(city, f"{ROUTES}/nowhere/instances", "clerk"))[0] == 404


def test_a_stuck_step_is_parked_mended_and_retried_by_an_operator(city: City) -> None:
    publish(city, "ruled", RULED)
    begun = begin(city, "ruled")
    (parked,) = [
        item
        for item in get(city, "/api/v1/process-parked", "admin").json()["items"]
        if item["instance_id"] == begun["id"]
    ]
    retry = f"{RUNNING}/{begun['id']}/parked/{parked['position']}/retry"

    assert (parked["node"], parked["code"]) == ("rule", "rules.unpublished")
    assert code_of(send(city, retry, "clerk")) == (403, "process.not_yours")
    again = send(city, retry, "admin", variables={"mended": True}).json()
    assert again["positions"][0]["kind"] == "parked"
    assert again["variables"] == {"mended": True}


def test_a_service_that_nobody_answers_is_parked_by_the_worker(city: City) -> None:
    publish(city, "called", {**RULED, "id": "called", "steps": RULED["steps"][1:]})
    begun = begin(city, "called")

    city.run(process_work.run_due, process_work.worker_of(city.services))

    (stuck,) = get(city, f"{RUNNING}/{begun['id']}", "admin").json()["parked"]
    assert (stuck["node"], stuck["code"]) == ("call", "process.no_service")


def test_an_upgrade_is_judged_done_and_undone(city: City) -> None:
    publish(city, "moved", SHORT)
    begun = begin(city, "moved")
    publish(city, "moved", RENAMED)
    asked = {"old": 1, "new": 2}
    path = f"{RUNNING}/{begun['id']}"

    lost = send(city, f"{ROUTES}/moved/verdicts", "admin", **asked).json()
    moves = send(city, f"{ROUTES}/moved/verdicts", "admin", **asked, steps={"visit": "look"}).json()
    assert (lost["person"], moves["moves"]) == (1, 1)
    assert get(city, path, "admin").json()["version"] == 1

    done = send(city, f"{ROUTES}/moved/upgrades", "admin", **asked, steps={"visit": "look"}).json()
    assert [item["node"] for item in get(city, path, "admin").json()["positions"]] == ["look"]

    undo = f"{ROUTES}/moved/upgrades/{done['upgrade_id']}/undo"
    assert send(city, undo, "clerk").status_code == 403
    assert send(city, undo, "admin").json() == {"put_back": 1, "gone_on_since": 0}
    assert [item["node"] for item in get(city, path, "admin").json()["positions"]] == ["visit"]
