"""Tasks on a phone: taken, done with photos, given back, sent again without doubling."""

import io
from typing import Any

from PIL import Image

from tests.city import City
from tests.portals.shenzhengyi.desk_paper import HTML, get, in_hand, post, unit


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 120, 150)).save(made, "JPEG")
    return made.getvalue()


def given(city: City, title: str) -> tuple[str, dict[str, Any]]:
    """A task that the clerk has sent to the grid centre, and its case."""
    case = in_hand(city, title)
    done = city.act("clerk", case, "send_grid_task", organisation_id=unit(city, "grid@meilin"),
                    reason="请到现场看看")  # fmt: skip
    assert done.status_code == 200, done.text
    rows = city.query("select id::text from task where case_id = %s and kind = 'grid'", case["id"])
    return str(rows[0][0]), case


def task_version(city: City, task: str) -> str:
    return str(city.query("select version from task where id = %s", task)[0][0])


def state(city: City, task: str) -> str:
    return str(city.query("select state from task where id = %s", task)[0][0])


def test_a_grid_worker_begins_with_tasks(city: City) -> None:
    given(city, "路面塌了一块")
    assert get(city, "/e/", "grid").headers["location"] == "/e/tasks"
    page = get(city, "/e/tasks", "grid").text
    assert "路面塌了一块" in page
    assert "请到现场看看" in page


def test_a_task_is_taken_and_finished_with_photos(city: City) -> None:
    task, case = given(city, "积水要看")
    taken = post(city, f"/e/tasks/{task}/take", "grid", version=task_version(city, task))
    assert taken.status_code == 303
    page = get(city, f"/e/tasks/{task}", "grid").text
    assert 'data-offline="tasks"' in page
    assert page.index('name="before"') < page.index('name="note"')
    answer = post(
        city, f"/e/tasks/{task}/finish", "grid",
        files={name: (f"{name}.jpg", picture(), "image/jpeg") for name in ("before", "after")},
        version=task_version(city, task), note="雨水口已清掏", place_lon="114.05",
        place_lat="22.57", resolved="1",
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    result = city.query("select state, result from task where id = %s", task)[0]
    assert result[0] == "done"
    assert result[1]["note"] == "雨水口已清掏"
    assert len(result[1]["before"]) == len(result[1]["after"]) == 1
    held = city.query("select count(*) from stored_file where subject_id = %s", case["id"])
    assert held[0][0] == 2


def test_a_note_is_needed_and_what_was_typed_stays(city: City) -> None:
    task, _ = given(city, "没写备注")
    post(city, f"/e/tasks/{task}/take", "grid", version=task_version(city, task))
    answer = post(
        city, f"/e/tasks/{task}/finish", "grid", version=task_version(city, task), note="",
        place_address="梅亭路口",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "梅亭路口" in answer.text
    assert state(city, task) == "taken"


def test_a_form_kept_without_a_network_is_taken_once(city: City) -> None:
    task, case = given(city, "离线填的")
    post(city, f"/e/tasks/{task}/take", "grid", version=task_version(city, task))
    body = {"version": task_version(city, task), "note": "看过了", "code": case["code"],
            "case_kind": "demand"}  # fmt: skip
    headers = {**city.as_("grid"), **HTML, "Idempotency-Key": "kept-on-the-device-1"}
    path = f"/e/tasks/{task}/finish"
    answers = [city.client.post(path, data=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    keys = {answer.headers["idempotency-key"] for answer in answers}
    assert keys == {"kept-on-the-device-1"}
    done = city.query(
        "select count(*) from log where kind = 'task.done' and subject_id = %s", case["id"]
    )
    assert done[0][0] == 1


def test_a_task_is_given_back_with_a_reason(city: City) -> None:
    task, _ = given(city, "不归我管")
    version = task_version(city, task)
    refused = post(city, f"/e/tasks/{task}/return", "grid", version=version, reason="")
    assert refused.status_code == 422
    answer = post(city, f"/e/tasks/{task}/return", "grid", version=version, reason="在工地围挡里")
    assert answer.status_code == 303
    assert state(city, task) == "returned"


def test_a_chief_grants_more_time(city: City) -> None:
    case = in_hand(city, "要延期")
    before = city.query("select due_at from cases where id = %s", case["id"])[0][0]
    answer = post(
        city, f"/e/list/workbench/{case['code']}/do/ask_extension",
        version=str(city.query("select version from cases where id = %s", case["id"])[0][0]),
        amount="3", unit_of_time="working_day", reason="要开挖路面",
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    task = str(city.query("select id::text from task where case_id = %s", case["id"])[0][0])
    post(city, f"/e/tasks/{task}/take", "chief", version=task_version(city, task))
    answer = post(
        city, f"/e/tasks/{task}/finish", "chief", version=task_version(city, task), note="同意",
        granted="1",
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    after = city.query("select due_at from cases where id = %s", case["id"])[0][0]
    assert after > before
