"""Parked work that an administrator has tried again: it goes through once its cause is mended."""

from collections.abc import Sequence
from typing import Any

from pengcheng.ground import parked
from pengcheng.ground.database import Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.kernel.errors import unreachable
from tests.city import City
from tests.portals.shenzhengyi.desk_paper import get, post
from tests.portals.shenzhengyi.test_administration import sheet
from tests.portals.shenzhengyi.test_process_pages import RULED, begin, publish


def parked_entry(city: City, subscriber: str) -> str:
    """An entry of the log that a subscriber could not handle."""
    city.send_case()
    rows = city.query(
        """insert into parked (id, subscriber, log_seq, tries, error)
           select gen_random_uuid(), %s, max(seq), 5, 'KeyError sample' from log
           returning id::text""",
        subscriber,
    )
    return str(rows[0][0])


def retried(city: City, subscriber: Subscriber) -> int:
    """What the background process does with the wish."""
    found: int = city.run(parked.retry_asked, city.services.database, [subscriber])
    return found


def test_what_is_tried_again_goes_through_once(city: City) -> None:
    heard: list[Any] = []

    async def handle(work: Work, entries: Sequence[Positioned]) -> None:
        del work
        heard.extend(entries)

    key = parked_entry(city, "mended")
    subscriber = Subscriber(name="mended", kinds=(), handle=handle)
    assert retried(city, subscriber) == 0
    assert post(city, f"/e/admin/parked/{key}/retry", "admin").status_code == 303
    assert retried(city, subscriber) == 1
    assert retried(city, subscriber) == 0
    assert len(heard) == 1


def test_what_fails_again_waits_again(city: City) -> None:
    async def handle(work: Work, entries: Sequence[Positioned]) -> None:
        del work, entries
        unreachable("still broken")

    key = parked_entry(city, "broken")
    post(city, f"/e/admin/parked/{key}/retry", "admin")
    assert retried(city, Subscriber(name="broken", kinds=(), handle=handle)) == 0
    rows = city.query("select tries, resolution, resolved_at from parked where id = %s", key)
    assert rows == [(6, None, None)]


def parked_timer(city: City) -> tuple[str, str]:
    """A timer that failed too often, as `timers` parks it: its key, and its subject."""
    entry = """{"kind": "file.unclaimed", "subject_id": "01990000-0000-7000-8000-000000000077",
                "payload": {}, "id": "01990000-0000-7000-8000-000000000078",
                "due_at": "2026-01-01T00:00:00Z"}"""
    rows = city.query(
        """insert into parked (id, subscriber, timer_id, tries, error, entry)
           values (gen_random_uuid(), 'timer:file.unclaimed', gen_random_uuid(), 5, 'KeyError', %s)
           returning id::text, entry->>'subject_id'""",
        entry,
    )
    return str(rows[0][0]), str(rows[0][1])


def test_a_timer_that_was_parked_is_set_again(city: City) -> None:
    key, subject = parked_timer(city)
    assert post(city, f"/e/admin/parked/{key}/retry", "admin").status_code == 303
    assert city.query("select kind from timer where subject_id = %s", subject) == [
        ("file.unclaimed",)
    ]
    assert city.query("select resolution from parked where id = %s", key) == [("retried",)]


def test_many_are_settled_at_once_by_the_sheet_that_was_given_out(fresh_city: City) -> None:
    city, path = fresh_city, "/e/admin/parked"
    again, aside, left = (parked_entry(city, name) for name in ("again", "aside", "left"))
    given = get(city, f"{path}/sheet/csv", "admin").content.decode("utf-8-sig")
    assert all(key in given for key in (again, aside, left))
    lines = ("id,act,reason", f"{again},retry,", f"{aside},resolve,", f"{left},,",
             "nonsense,retry,", f"{again},retry,")  # fmt: skip

    none = post(city, f"{path}/import", "admin", files=sheet(*lines), mode="all")
    assert none.status_code == 422
    assert city.query("select count(*) from parked where resolution is not null") == [(0,)]
    mended = (*lines[:2], f"{aside},resolve,对方已停用", *lines[3:])
    part = post(city, f"{path}/import", "admin", files=sheet(*mended), mode="partly")

    assert "已导入 2 行" in part.text
    found = city.query("select id::text, resolution from parked")
    assert dict(found) == {again: "retry", aside: "对方已停用", left: None}
    assert post(city, f"{path}/import", "clerk", files=sheet(*lines)).status_code == 403


def stuck_step(city: City, name: str) -> str:
    """A process whose decision is published nowhere, stuck: the key of its step."""
    publish(city, name, RULED)
    begun = begin(city, name)
    rows = city.query("select position from process_parked where instance_id = %s", begun["id"])
    return f"{begun['id']}:{rows[0][0]}"


def status_of(city: City, key: str) -> str:
    found = city.query("select status from process_instance where id = %s", key.partition(":")[0])
    return str(found[0][0])


def test_a_stuck_step_of_a_process_is_mended_or_ended_where_parked_work_is(city: City) -> None:
    mended, ended = stuck_step(city, "stuck_a"), stuck_step(city, "stuck_b")
    path = "/e/admin/parked"
    page = get(city, path, "admin").text
    assert all(key in page for key in (mended, ended))

    wrong = post(city, f"{path}/{mended}/retry", "admin", variables="[1")
    assert (wrong.status_code, "请填写 JSON 对象" in wrong.text) == (422, True)
    again = post(city, f"{path}/{mended}/retry", "admin", variables='{"unit": "water@futian"}')
    assert again.status_code == 303
    assert post(city, f"{path}/{ended}/resolve", "admin", reason="").status_code == 422
    assert post(city, f"{path}/{ended}/resolve", "clerk", reason="x").status_code == 403
    assert post(city, f"{path}/{ended}/resolve", "admin", reason="重复发起").status_code == 303
    assert (status_of(city, mended), status_of(city, ended)) == ("running", "cancelled")
    assert post(city, f"{path}/{ended}/resolve", "admin", reason="又").status_code == 422


def test_stuck_steps_go_out_and_come_in_with_the_sheet_of_parked_work(fresh_city: City) -> None:
    city, path = fresh_city, "/e/admin/parked"
    entry = parked_entry(city, "beside")
    mended, ended, left = (stuck_step(city, f"sheet_{name}") for name in "abc")
    given = get(city, f"{path}/sheet/csv", "admin").content.decode("utf-8-sig")
    assert all(key in given for key in (entry, mended, ended, left))
    lines = (
        "id,act,reason,variables", f'{mended},retry,,"{{""unit"": ""water@futian""}}"',
        f"{ended},resolve,,", f"{left},retry,,[1", f"{entry},retry,,", f"{mended},retry,,",
    )  # fmt: skip

    none = post(city, f"{path}/import", "admin", files=sheet(*lines), mode="all")
    assert none.status_code == 422
    assert {status_of(city, key) for key in (mended, ended, left)} == {"running"}
    told = post(city, f"{path}/import", "admin", files=sheet(*lines), mode="check").text
    assert "2 行可以导入" in told
    assert city.query("select count(*) from parked where resolution is not null") == [(0,)]

    right = (lines[0], lines[1], f"{ended},resolve,重复发起,", *lines[3:])
    part = post(city, f"{path}/import", "admin", files=sheet(*right), mode="partly")
    assert "已导入 3 行" in part.text
    assert (status_of(city, ended), status_of(city, left)) == ("cancelled", "running")
    instance = f"/e/processes/instances/{mended.partition(':')[0]}"
    assert "water@futian" in get(city, instance, "admin").text
    assert city.query("select resolution from parked where id = %s", entry) == [("retry",)]
