"""REST of tasks, and of the verbs that a page alone could do: split, undo."""

from typing import Any

import pytest

from tests.city import IN_MEITING, City

CASES = "/api/v1/cases/demand"
TASKS = "/api/v1/tasks"


def unit_of(city: City, key: str) -> str:
    found = city.services.organisations.by_key(key)
    assert found is not None
    return str(found.id)


def handled(city: City) -> dict[str, Any]:
    """A demand in the hands of the water bureau of Futian."""
    found = city.send_case("citizen", area_code="440304007016")
    unit = unit_of(city, "water@futian")
    for who, verb, more in (
        ("operator", "dispatch", {"organisation_id": unit, "reason": "水务"}),
        ("clerk", "accept", {}),
    ):
        acted = city.act(who, found, verb, **more)
        assert acted.status_code == 200, acted.text
    return found


def sent_out(city: City) -> dict[str, Any]:
    """A grid worker's task."""
    case = handled(city)
    grid = unit_of(city, "grid@meilin")
    told = city.act("clerk", case, "send_grid_task", organisation_id=grid, reason="请到现场看")
    assert told.status_code == 200, told.text
    listed = read(city, TASKS, "grid").json()["items"]
    found: dict[str, Any] = next(item for item in listed if item["code"] == case["code"])
    return found


def do(city: City, who: str, task: dict[str, Any], what: str, **body: Any) -> Any:
    return city.client.post(
        f"{TASKS}/{task['id']}/{what}",
        json={"version": task["version"], **body}, headers=city.as_(who),
    )  # fmt: skip


def read(city: City, path: str, who: str) -> Any:
    return city.client.get(path, headers=city.as_(who))


def test_a_task_is_listed_taken_and_finished(city: City) -> None:
    task = sent_out(city)
    assert task["kind"] == "grid"

    taken = do(city, "grid", task, "take")
    assert taken.status_code == 200, taken.text
    assert taken.json()["state"] == "taken"
    mine = read(city, f"{TASKS}?mine=true&kind=grid", "grid").json()["items"]
    assert task["id"] in [item["id"] for item in mine]
    done = do(city, "grid", taken.json(), "finish", note="雨水口已清", position=list(IN_MEITING))

    assert done.status_code == 200, done.text
    assert (done.json()["state"], done.json()["result"]["note"]) == ("done", "雨水口已清")
    after = read(city, f"{TASKS}?kind=grid", "grid").json()["items"]
    assert task["id"] not in [item["id"] for item in after]


def test_a_task_is_given_back_with_a_reason_and_only_with_one(city: City) -> None:
    task = sent_out(city)

    assert do(city, "grid", task, "give-back").status_code == 422
    given = do(city, "grid", task, "give-back", reason="不在本网格")

    assert (given.status_code, given.json()["state"]) == (200, "returned")
    assert do(city, "grid", task, "take").status_code == 409


def test_one_who_may_not_do_a_task_learns_nothing_of_it(city: City) -> None:
    task = sent_out(city)

    for who in ("citizen", "clerk.nanshan", "auditor", "opener"):
        for what in ("take", "give-back", "finish"):
            answer = do(city, who, task, what, note="x", reason="x")
            assert answer.status_code in {404, 422}, (who, what, answer.text)
        assert task["id"] not in read(city, TASKS, who).text
    assert city.client.get(TASKS).status_code == 401
    assert do(city, "grid", task, "take").status_code == 200


HOSTILE: list[tuple[str, dict[str, Any], int]] = [
    ("finish", {}, 422),
    ("finish", {"note": "   "}, 422),
    ("finish", {"note": ["x"]}, 422),
    ("finish", {"note": "x" * 2001}, 422),
    ("finish", {"note": "x", "found": {"a": 1}}, 422),
    ("finish", {"note": "x", "position": [500, 500]}, 422),
    ("finish", {"note": "x", "position": "here"}, 422),
    ("finish", {"note": "x", "before": ["no-file"]}, 422),
    ("finish", {"note": "x", "granted": "yes"}, 422),
    ("finish", {"note": "x", "state": "done"}, 422),
    ("finish", {"note": "x", "version": "1"}, 422),
    ("finish", {"note": "x", "version": 99}, 409),
    ("take", {"version": None}, 422),
    ("take", {"version": True}, 422),
    ("take", {"account_id": "0"}, 422),
    ("take", {"version": 7}, 409),
]


@pytest.mark.parametrize(("what", "body", "status"), HOSTILE)
def test_what_is_not_a_sound_request_changes_nothing(
    city: City, hostile: dict[str, Any], what: str, body: dict[str, Any], status: int
) -> None:
    answer = do(city, "grid", hostile, what, **body)

    assert answer.status_code == status, answer.text
    still = next(
        item for item in read(city, TASKS, "grid").json()["items"] if item["id"] == hostile["id"]
    )
    assert (still["version"], still["state"]) == (hostile["version"], "open")


@pytest.fixture(scope="module")
def hostile(city: City) -> dict[str, Any]:
    return sent_out(city)


@pytest.mark.parametrize(
    "query", ["mine=maybe", "kind=other", "limit=0", "limit=x", "limit=501", "state=open"]
)
def test_a_list_of_tasks_refuses_what_it_does_not_know(city: City, query: str) -> None:
    assert read(city, f"{TASKS}?{query}", "grid").status_code == 422


def test_a_task_that_is_not_one_is_absent(city: City) -> None:
    for key in ("x", "00000000-0000-0000-0000-000000000000", "%00"):
        answer = do(city, "grid", {"id": key, "version": 1}, "take")
        assert answer.status_code == 404, key


def test_a_case_is_split_over_rest(city: City) -> None:
    case = handled(city)
    part = {"subject": "另有路灯不亮", "body": "雨水口旁边的路灯也坏了"}

    refused = city.act("clerk.nanshan", case, "split", details=part)
    made = city.act("clerk", case, "split", details=part)

    assert refused.status_code == 404
    assert made.status_code == 200, made.text
    told = made.json()
    child = read(city, f"{CASES}/{told['part']['code']}", "operator").json()
    assert (told["code"], child["fields"]["subject"]) == (case["code"], part["subject"])
    assert child["case"]["parent_id"] == told["id"]
    assert city.act("clerk", case, "split", version=0, details=part).status_code == 409


def test_an_automatic_step_is_undone_over_rest_by_who_may(city: City) -> None:
    case = handled(city)
    named = {"step": "category", "category": "环境保护"}

    assert city.act("clerk", case, "undo", details=named).status_code == 403
    assert city.act("operator", case, "undo", details={"category": "x"}).status_code == 422
    assert city.act("operator", case, "undo", details={"step": ["x"]}).status_code == 422
    assert city.act("operator", case, "undo", details={"step": "rate"}).status_code == 422
    done = city.act("operator", case, "undo", details=named)

    assert done.status_code == 200, done.text
    found = read(city, f"{CASES}/{case['code']}", "operator").json()
    told = found["case"]
    assert (told["category"], told["category_confidence"]) == ("环境保护", 1.0)


@pytest.mark.parametrize(
    ("category", "levels"),
    [
        ("环境保护/水污染/黑臭水体", ("环境保护", "水污染", "黑臭水体")),
        ("环境保护", ("环境保护", None, None)),
        ("没有这一类/甲", (None, "甲", None)),
    ],
)
def test_the_declared_levels_follow_a_category_that_was_put_right(
    city: City, category: str, levels: tuple[str | None, ...]
) -> None:
    case = handled(city)
    for named in ("城乡建设/道路/井盖", category):
        details = {"step": "category", "category": named}
        done = city.act("operator", case, "undo", details=details)
        assert done.status_code == 200, done.text

    fields = read(city, f"{CASES}/{case['code']}", "operator").json()["fields"]
    assert tuple(fields[f"category_level{depth}"] for depth in (1, 2, 3)) == levels
