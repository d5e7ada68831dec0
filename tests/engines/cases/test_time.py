"""Suspension, extension, warnings, escalation and expiry, as the clock strikes."""

from datetime import date, timedelta
from functools import partial

import pytest

from pengcheng.edge import following
from pengcheng.engines.cases import put_off, sweep
from pengcheng.engines.cases import recompute as recompute_cases
from pengcheng.ground.calendar import CalendarDay
from pengcheng.kernel.errors import Conflict, Forbidden, PengchengError, Refusal
from tests.engines.cases.town import KIND, Town

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def tasks(town: Town, by: str) -> list[dict[str, object]]:
    return await town.services.tasking.pending(await town.actor(by), town.services.rights, KIND)


async def test_a_suspension_ends_when_the_author_writes(town: Town) -> None:
    code = await town.handled()
    before = await town.case(code)
    await town.act("clerk", code, "suspend", reason="请补充照片")
    town.clock.move(2 * DAY)

    after = await town.act("citizen", code, "message", body="照片见附件")

    assert after.clock == "running"
    assert (after.due_at or before.accepted_at) > (before.due_at or before.accepted_at)


async def test_a_colleagues_word_does_not_end_a_suspension(town: Town) -> None:
    code = await town.handled()
    await town.act("clerk", code, "suspend")

    assert (await town.act("clerk", code, "message", body="请补充")).clock == "suspended"


async def test_a_suspension_ends_by_itself_at_its_bound(town: Town) -> None:
    code = await town.handled()
    await town.act("clerk", code, "suspend")

    await town.pass_time(31 * DAY)

    found = await town.case(code)
    assert (found.clock, found.open) == ("running", True)
    assert "case.resumed" in town.log_of(code)


async def test_a_demand_is_suspended_twice_and_then_never_again(town: Town) -> None:
    code = await town.handled()
    for _ in range(2):
        await town.act("clerk", code, "suspend")
        town.clock.move(timedelta(hours=3))
        await town.act("clerk", code, "resume")
        town.clock.move(timedelta(hours=1))

    with pytest.raises(Refusal) as refused:
        await town.act("clerk", code, "suspend")

    assert refused.value.code == "case.bound_reached"


async def test_a_suspension_longer_than_its_bound_is_refused(town: Town) -> None:
    code = await town.handled()

    for wrong in (town.clock.at + 31 * DAY, town.clock.at - DAY):
        with pytest.raises(Refusal) as refused:
            await town.act("clerk", code, "suspend", until=wrong)
        assert refused.value.faults[0].path == "/until"


async def test_an_extension_is_granted_by_the_chief_and_by_nobody_else(town: Town) -> None:
    code = await town.handled()
    before = (await town.case(code)).due_at
    await town.act("clerk", code, "ask_extension", amount=3, unit=None)
    (task,) = await tasks(town, "chief")
    give = partial(
        town.services.tasking.finish,
        rights=town.services.rights,
        task_id=task["id"],
        version=1,
        result={"note": "同意", "granted": True},
    )

    assert await tasks(town, "clerk") == []
    with pytest.raises(PengchengError):
        await give(await town.actor("clerk"))
    await give(await town.actor("chief"))

    after = await town.case(code)
    assert before is not None
    assert after.due_at is not None
    assert (after.extensions, after.due_at > before) == (1, True)
    with pytest.raises(Conflict):
        await give(await town.actor("chief"))


@pytest.mark.parametrize("granted", [False, None])
async def test_an_extension_that_is_not_granted_changes_no_deadline(
    town: Town, granted: object
) -> None:
    code = await town.handled()
    before = (await town.case(code)).due_at
    await town.act("clerk", code, "ask_extension", amount=3)
    (task,) = await tasks(town, "chief")
    await town.services.tasking.finish(
        await town.actor("chief"), town.services.rights, task["id"],
        {"note": "不同意", "granted": granted}, version=1,
    )  # fmt: skip

    assert (await town.case(code)).due_at == before
    assert town.log_of(code)[-1] == "case.extension_refused"


async def test_watch_late_and_escalation_are_told_to_those_whom_they_concern(
    town: Town,
) -> None:
    code = await town.handled()
    for _ in range(40):
        await town.pass_time(timedelta(hours=8))
    await town.drain(following.subscribers(town.services)[0])

    struck = [kind for kind in town.log_of(code) if kind in {
        "case.nearly_due", "case.past_due", "case.escalated"}]  # fmt: skip
    assert struck == ["case.nearly_due", "case.past_due", *["case.escalated"] * 3]
    clerk = await town.services.notices.newest(await town.actor("clerk"))
    citizen = await town.services.notices.newest(await town.actor("citizen"))
    assert {"unit_nearly_due", "unit_past_due"} <= {notice.kind for notice in clerk}
    assert "escalated" in {notice.kind for notice in citizen}
    assert "unit_past_due" not in {notice.kind for notice in citizen}


async def test_an_answer_that_nobody_rates_is_called_back_for(town: Town) -> None:
    code = await town.replied()

    await town.pass_time(9 * DAY)

    assert (await town.case(code)).step == "call_back"


async def test_the_clock_of_one_broken_demand_stops_no_other(town: Town) -> None:
    broken, sound = await town.handled(), await town.handled()
    town.query("update cases set step = 'no_such_step' where code = %s returning 1", broken)
    town.query("update cases set next_at = next_at - interval '1 hour' where code = %s returning 1",
               broken)  # fmt: skip
    town.clock.move(30 * DAY)

    with pytest.raises(BaseException, match="no_such_step"):
        await sweep(town.services.cases)
    assert await put_off(town.services.cases) == 1
    await sweep(town.services.cases)

    assert "case.past_due" in town.log_of(sound)


async def test_promises_are_counted_again_under_a_newer_calendar(town: Town) -> None:
    sent = await town.send()
    await town.handled()
    town.query(
        """update cases set deadline = deadline || '{"provisional": true,
           "at": "2030-01-01T00:00:00Z"}', due_at = '2030-01-01' where code = %s returning 1""",
        sent.code,
    )

    counted = await recompute_cases(town.services.cases, KIND)

    assert counted == 1
    assert (await town.case(sent.code)).due_at == sent.due_at


async def test_a_day_off_that_is_announced_moves_what_is_due_and_taken_back_moves_it_again(
    town: Town,
) -> None:
    code = await town.handled()
    before = (await town.case(code)).due_at
    admin, calendars = await town.actor("admin"), town.services.calendars
    heard = [item for item in following.subscribers(town.services) if item.name == "calendar"]
    off = CalendarDay(day=date(2026, 11, 25), working=False, name="台风停工")

    await calendars.replace(admin, [off])
    await town.drain(heard[0])
    moved = (await town.case(code)).due_at
    assert before is not None
    assert moved is not None
    assert moved > before
    assert "case.promise_recounted" in town.log_of(code)

    await calendars.remove(admin, [off.day])
    await town.drain(heard[0])
    assert (await town.case(code)).due_at == before


async def test_a_grid_worker_reports_with_photos_and_the_author_reads_that_it_was_done(
    town: Town,
) -> None:
    code = await town.handled(area_code="440304007016")
    await town.act("clerk", code, "send_grid_task", unit="grid@meilin", body="请现场核实")
    (task,) = await tasks(town, "grid")
    grid, rights = await town.actor("grid"), town.services.rights
    photo = town.query(
        """insert into stored_file (id, sha256, bytes, media_type, name, owner_id)
           values (gen_random_uuid(), 'x', 1, 'image/jpeg', 'x.jpg', %s) returning id""",
        grid.account_id,
    )[0][0]

    await town.services.tasking.take(grid, rights, task["id"], version=1)
    done = {"note": "已清淤", "position": [114.05, 22.57], "after": [str(photo)]}
    await town.services.tasking.finish(grid, rights, task["id"], done, version=2)

    case_id = (await town.case(code)).id
    assert town.query("select subject_id from stored_file") == [(case_id,)]
    shown = [entry.kind for entry in (await town.view("citizen", code)).timeline]
    assert "task.done" in shown


WRONG_RESULTS = [
    {"note": ""}, {"note": "x" * 2001}, {"note": "x", "before": 5}, {"note": "x", "after": ["y"]},
    {"note": "x", "granted": "false"}, {"note": "x", "position": "here"}, {"note": None},
    {"note": "x", "position": [200, 0]}, {"note": "x", "nonsense": 1}, {"note": "x", "after": "ab"},
    {"note": "x", "position": [True, False]}, {"note": "x", "before": {"a": 1}},
]  # fmt: skip


@pytest.mark.parametrize("result", WRONG_RESULTS, ids=range(len(WRONG_RESULTS)))
async def test_a_result_that_is_not_one_is_refused_and_the_task_stays(
    town: Town, result: dict[str, object]
) -> None:
    code = await town.handled(area_code="440304007016")
    await town.act("clerk", code, "send_grid_task", unit="grid@meilin")
    (task,) = await tasks(town, "grid")

    with pytest.raises(Refusal):
        await town.services.tasking.finish(
            await town.actor("grid"), town.services.rights, task["id"], result, version=1
        )

    assert len(await tasks(town, "grid")) == 1


async def test_supervision_is_answered_by_the_chief_of_the_unit(town: Town) -> None:
    code = await town.handled(area_code="440304007016")
    watched = await town.act("supervisor", code, "supervise", reason="两天未动")
    (task,) = await tasks(town, "chief")

    await town.services.tasking.finish(
        await town.actor("chief"), town.services.rights, task["id"], {"note": "今日办"}, version=1
    )

    assert (watched.supervised, await tasks(town, "chief")) == (1, [])


async def test_a_task_is_given_back_with_a_reason(town: Town) -> None:
    code = await town.handled(area_code="440304007016")
    await town.act("clerk", code, "send_grid_task", unit="grid@meilin")
    (task,) = await tasks(town, "grid")
    grid, tasking = await town.actor("grid"), town.services.tasking

    with pytest.raises(Refusal):
        await tasking.give_back(grid, town.services.rights, task["id"], " ", version=1)
    await tasking.give_back(grid, town.services.rights, task["id"], "不在本网格", version=1)

    assert [(item.state, item.result) for item in (await town.view("clerk", code)).tasks] == [
        ("returned", {"note": "不在本网格"})
    ]


async def test_an_unknown_unit_gets_no_task(town: Town) -> None:
    code = await town.handled()
    stranger = (await town.actor("clerk")).account_id
    action_of = partial(town.act, "clerk", code, "assist")

    with pytest.raises(Refusal) as missing:
        await action_of()
    town.services.organisations.by_key("water@futian")
    with pytest.raises(Refusal) as unknown:
        await action_of(organisation=stranger)

    assert missing.value.faults[0].code == "field.required"
    assert unknown.value.faults[0].code == "organisation.unknown"


async def test_tasks_of_a_demand_that_moves_on_are_withdrawn(town: Town) -> None:
    code = await town.handled()
    await town.act("clerk", code, "assist", unit="water@nanshan")

    await town.act("citizen", code, "withdraw")

    assert town.query("select state from task") == [("withdrawn",)]


async def test_only_an_open_demand_is_suspended_by_its_clerk(town: Town) -> None:
    code = await town.handled(area_code="440304007016")

    with pytest.raises(Forbidden):
        await town.act("supervisor", code, "suspend")
