"""Instances in PostgreSQL: each step one transaction, nothing lost, nothing done twice."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from pengcheng.engines.processes import (
    About,
    Answered,
    Asked,
    Cancel,
    Complete,
    Instance,
    MessageArrived,
    OutsideCall,
    Processes,
    Retry,
    Version,
    Worker,
    definition_in,
    read,
)
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import SYSTEM, Actor, Region, Scope
from pengcheng.kernel.errors import Absent, Conflict, Refusal, Trouble
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges
from pengcheng.kernel.time import FixedClock
from tests.engines.processes.process_play import (
    CODES,
    ENDS,
    MESSAGES,
    boundary,
    bpmn,
    definition,
    flows,
    task,
    timer,
)

pytestmark = pytest.mark.anyio
EVERYWHERE = Scope(action="act", type="process_instance", regions=(Region(),), actor=SYSTEM)
STEPS = ENDS + task("a", attributes='pengcheng:role="clerk"') + task("b", "serviceTask")
SIMPLE = STEPS + flows("s>a", "a>b", "b>e")


async def begin(
    processes: Processes, body: str, globals_: str = "", about: About | None = None, **given: Any
) -> Instance:
    version = await processes.publish(SYSTEM, definition(body, globals_))
    return await begin_version(processes, version, about, **given)


async def begin_version(
    processes: Processes, version: Version, about: About | None = None, **given: Any
) -> Instance:
    async with processes.database.transaction(SYSTEM) as work:
        return await processes.start(work, version, given, about)


async def now(processes: Processes, instance: Instance) -> Instance:
    return await processes.get(EVERYWHERE, instance.id)


def at(instance: Instance, node: str) -> int:
    return min(item.id for item in instance.state.positions.values() if item.node == node)


async def count(database: Database, table: str) -> int:
    async with database.reading() as work:
        return int(await work.value(f"select count(*) from {table}"))


class Outside:
    """Services that remember what they were asked, and answer or fail as told."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.keys: list[str] = []

    async def __call__(self, call: OutsideCall) -> Answered:
        self.keys.append(call.key)
        answer = self.answers[call.operation]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answered(**answer)


async def test_an_instance_goes_from_task_to_service_to_its_end_and_the_log_tells_it(
    processes: Processes, database: Database
) -> None:
    instance = await begin(processes, SIMPLE, n=1)
    (open_task,) = await processes.tasks(EVERYWHERE, ["clerk"])
    drawn = await processes.drawing(EVERYWHERE, instance.id, "en")
    assert 'class="bpmn-node bpmn-taken bpmn-waiting" data-node="a"' in drawn
    assert 'class="bpmn-node" data-node="b"' in drawn
    assert (open_task.node, open_task.role) == ("a", "clerk")
    await processes.complete_task(EVERYWHERE, instance.id, open_task.position, {"ok": True})
    assert await processes.tasks(EVERYWHERE, ["clerk"]) == []
    outside = Outside({"b": {"variables": {"done": 2}}})
    worker = Worker(processes, {"*": outside})
    assert await worker.run_due() == 1
    assert await worker.run_due() == 0
    last = await now(processes, instance)
    assert (last.state.status, last.revision) == ("ended", 3)
    assert last.state.variables == {"n": 1, "ok": True, "done": 2}
    assert outside.keys == [f"{instance.id}/2"]
    path = await processes.path(EVERYWHERE, instance.id)
    nodes = [node for _, _, told in path for _, node in told["path"]]
    assert nodes == ["s", "a", "b", "e"]
    assert [await count(database, f"process_{t}") for t in ("task", "wait", "call")] == [0, 0, 0]


async def test_of_two_officials_who_take_one_task_one_wins(processes: Processes) -> None:
    instance = await begin(processes, SIMPLE)
    one, two = (
        Scope(
            action="act", type="process_instance", regions=(Region(),),
            actor=Actor(kind="official", account_id=new_id()),
        )
        for _ in range(2)
    )  # fmt: skip
    position = at(instance, "a")
    await processes.take_task(one, instance.id, position)
    with pytest.raises(Conflict):
        await processes.take_task(two, instance.id, position)
    with pytest.raises(Conflict):
        await processes.complete_task(two, instance.id, position, {})
    await processes.complete_task(one, instance.id, position, {})
    with pytest.raises(Conflict):
        await processes.complete_task(one, instance.id, position, {})
    assert (await now(processes, instance)).revision == 2


async def test_an_instance_outside_the_scope_is_absent_and_nothing_is_written(
    processes: Processes, database: Database
) -> None:
    about = About(area_no=5, organisation_no=7)
    instance = await begin(processes, SIMPLE, about=about)
    near = Region(areas=Ranges(((5, 6),)))
    far = Region(areas=Ranges(((6, 9),)))
    inside, outside = (
        Scope(action="act", type="process_instance", regions=(region,), actor=SYSTEM)
        for region in (near, far)
    )
    assert (await processes.get(inside, instance.id)).about == about
    entries = await count(database, "log")
    with pytest.raises(Absent):
        await processes.get(outside, instance.id)
    with pytest.raises(Absent):
        await processes.complete_task(outside, instance.id, at(instance, "a"), {})
    with pytest.raises(Absent):
        await processes.act(outside, instance.id, Cancel())
    assert await processes.tasks(outside, ["clerk"]) == []
    assert await now(processes, instance) == instance
    assert await count(database, "log") == entries


async def test_a_step_that_is_rolled_back_leaves_no_trace(
    processes: Processes, database: Database
) -> None:
    instance = await begin(processes, SIMPLE)
    entries = await count(database, "log")

    async def fail() -> None:
        async with database.transaction(SYSTEM) as work:
            await processes.tell(work, instance.id, Complete(at(instance, "a")))
            raise Refusal("test.stop")

    with pytest.raises(Refusal):
        await fail()
    assert await now(processes, instance) == instance
    assert await count(database, "log") == entries
    assert await count(database, "process_call") == 0


async def test_a_service_that_is_down_is_asked_again_later_with_the_same_key(
    processes: Processes, clock: FixedClock
) -> None:
    body = ENDS + task("b", "serviceTask") + flows("s>b", "b>e")
    instance = await begin(processes, body)
    outside = Outside({"b": [Trouble("service.down"), Trouble("service.down"), {}]})
    worker = Worker(processes, {"b": outside})
    assert await worker.run_due() == 1
    assert await worker.run_due() == 0
    for _ in range(2):
        clock.move(timedelta(minutes=1))
        assert await worker.run_due() == 1
    assert outside.keys == [f"{instance.id}/1"] * 3
    assert (await now(processes, instance)).state.status == "ended"


async def test_a_service_that_stays_down_is_parked_where_an_operator_retries_it(
    processes: Processes, clock: FixedClock
) -> None:
    body = ENDS + task("b", "serviceTask") + flows("s>b", "b>e")
    instance = await begin(processes, body)
    down = Worker(processes, {"b": Outside({"b": Trouble("service.down")})})
    for _ in range(8):
        clock.move(timedelta(hours=1))
        await down.run_due()
    (stuck,) = await processes.parked(EVERYWHERE)
    assert (stuck.node, stuck.code) == ("b", "process.call_failed")
    await processes.act(EVERYWHERE, instance.id, Retry(stuck.position))
    assert await processes.parked(EVERYWHERE) == []
    await Worker(processes, {"b": Outside({"b": {}})}).run_due()
    assert (await now(processes, instance)).state.status == "ended"


async def test_an_answer_that_comes_after_the_step_was_withdrawn_changes_nothing(
    processes: Processes, clock: FixedClock
) -> None:
    body = STEPS + boundary("late", "b", timer("PT1S")) + flows("s>b", "b>e", "late>a", "a>e")
    instance = await begin(processes, body)

    async def slow(call: OutsideCall) -> Answered:
        clock.move(timedelta(seconds=2))
        await worker.fire_timers()
        return Answered({"too": "late"})

    worker = Worker(processes, {"b": slow})
    await worker.call_outside()
    last = await now(processes, instance)
    assert [item.node for item in last.state.positions.values()] == ["a"]
    assert last.state.variables == {}


async def test_a_business_error_of_a_service_takes_its_boundary_event(
    processes: Processes,
) -> None:
    trigger = '<errorEventDefinition errorRef="x"/>'
    body = STEPS + boundary("bad", "b", trigger) + flows("s>b", "b>e", "bad>a", "a>e")
    instance = await begin(processes, body, CODES)
    await Worker(processes, {"*": Outside({"b": {"error": "E1"}})}).run_due()
    assert at(await now(processes, instance), "a")


async def test_timers_fire_once_when_due_also_with_two_workers_and_after_a_restart(
    processes: Processes, database: Database, clock: FixedClock
) -> None:
    wait = f'<intermediateCatchEvent id="w">{timer("P1D")}</intermediateCatchEvent>'
    instances = [await begin(processes, ENDS + wait + flows("s>w", "w>e")) for _ in range(3)]
    worker = Worker(processes, {})
    assert await worker.fire_timers() == 0
    clock.move(timedelta(days=2))
    fresh = Processes(database, clock, processes._conditions)
    assert await Worker(fresh, {}).fire_timers() == 3
    assert await worker.fire_timers() == 0
    last = [await now(processes, item) for item in instances]
    assert {(item.state.status, item.revision) for item in last} == {("ended", 2)}


async def test_signals_reach_every_instance_and_messages_the_one_of_their_subject(
    processes: Processes, database: Database
) -> None:
    listen = '<intermediateCatchEvent id="c"><signalEventDefinition signalRef="g"/>'
    listen += "</intermediateCatchEvent>"
    listeners = [
        await begin(processes, ENDS + listen + flows("s>c", "c>e"), MESSAGES) for _ in range(3)
    ]
    thrower = '<endEvent id="t"><signalEventDefinition signalRef="g"/></endEvent>'
    await begin(processes, '<startEvent id="s"/>' + thrower + flows("s>t"), MESSAGES)
    await Worker(processes, {}).run_due()
    states = [(await now(processes, item)).state.status for item in listeners]
    assert states == ["ended"] * 3
    body = ENDS + task("r", "receiveTask", attributes='messageRef="m"') + flows("s>r", "r>e")
    subjects = [new_id(), new_id()]
    waiting = [
        await begin(processes, body, MESSAGES, about=About(subject_type="case", subject_id=item))
        for item in subjects
    ]
    async with database.transaction(SYSTEM) as work:
        await processes.message(work, "paid", {"sum": 1}, subjects[1])
    states = [(await now(processes, item)).state.status for item in waiting]
    assert states == ["running", "ended"]
    async with database.transaction(SYSTEM) as work:
        with pytest.raises(Refusal):
            await processes.message(work, "paid", {}, subjects[1])
    with pytest.raises(Refusal):
        await processes.act(EVERYWHERE, waiting[0].id, MessageArrived("nothing"))


async def test_a_message_that_cannot_be_sent_is_kept_and_sent_once_when_it_can(
    processes: Processes, clock: FixedClock, database: Database
) -> None:
    sender = task("m1", "sendTask", attributes='messageRef="m"') + flows("s>m1", "m1>e")
    instance = await begin(processes, ENDS + sender, MESSAGES, n=1)
    assert instance.state.status == "ended"
    for _ in range(12):
        assert await Worker(processes, {}).run_due() == 1
        clock.move(timedelta(hours=2))
    outside = Outside({"paid": {}})
    worker = Worker(processes, {"message:paid": outside})
    assert [await worker.run_due(), await worker.run_due()] == [1, 0]
    assert outside.keys == [f"{instance.id}/1"]
    assert await count(database, "process_call") == 0


async def test_a_called_process_runs_answers_its_caller_and_is_cancelled_with_it(
    processes: Processes, database: Database
) -> None:
    await processes.publish(SYSTEM, definition(STEPS + flows("s>a", "a>b", "b>e")), "inner")
    call = task("c", "callActivity", attributes='calledElement="inner"')
    outer = ENDS + call + flows("s>c", "c>e")
    parent, stopped = [await begin(processes, outer, n=1) for _ in range(2)]
    worker = Worker(processes, {"*": Outside({"b": {"variables": {"given": 5}}})})
    await worker.run_due()
    first, second = await children(database, parent), await children(database, stopped)
    child = await processes.get(EVERYWHERE, first[0])
    await processes.complete_task(EVERYWHERE, child.id, at(child, "a"), {})
    await processes.act(EVERYWHERE, stopped.id, Cancel())
    for _ in range(2):
        await worker.run_due()
    last = await now(processes, parent)
    assert (last.state.status, last.state.variables) == ("ended", {"n": 1, "given": 5})
    assert (await processes.get(EVERYWHERE, second[0])).state.status == "cancelled"


async def children(database: Database, parent: Instance) -> list[UUID]:
    async with database.reading() as work:
        rows = await work.tuples(
            "select id from process_instance where parent_id = %(id)s", id=parent.id
        )
    return [row[0] for row in rows]


async def test_decisions_are_made_inside_the_step_when_the_rules_are_at_hand(
    database: Database, clock: FixedClock, processes: Processes
) -> None:
    async def decide(work: Work, asked: Asked) -> dict[str, Any]:
        return {"unit": f"{asked.decision} for {asked.variables['n']}"}

    deciding = Processes(database, clock, processes._conditions, decide)
    rule = task("r", "businessRuleTask", attributes='pengcheng:decision="route"')
    instance = await begin(deciding, STEPS + rule + flows("s>r", "r>a", "a>b", "b>e"), n=3)
    assert instance.state.variables["unit"] == "route for 3"
    assert [item.node for item in instance.state.positions.values()] == ["a"]
    assert await count(database, "process_call") == 0


async def test_a_decision_that_is_refused_waits_for_an_operator_and_is_tried_again(
    database: Database, clock: FixedClock, processes: Processes
) -> None:
    published: set[str] = set()

    async def decide(work: Work, asked: Asked) -> dict[str, Any]:
        if asked.decision not in published:
            raise Absent("rules.unpublished", name=asked.decision)
        return {"unit": asked.key.partition("/")[0]}

    deciding = Processes(database, clock, processes._conditions, decide)
    rule = task("r", "businessRuleTask", attributes='pengcheng:decision="route"')
    stuck = await begin(deciding, STEPS + rule + flows("s>r", "r>a", "a>b", "b>e"), n=3)
    (parked,) = await deciding.parked(EVERYWHERE)
    assert (parked.node, parked.code, parked.facts) == ("r", "rules.unpublished", {"name": "route"})

    published.add("route")
    mended = await deciding.act(EVERYWHERE, stuck.id, Retry(parked.position))

    assert mended.state.variables["unit"] == str(stuck.id)
    assert await deciding.parked(EVERYWHERE) == []


async def test_the_same_content_is_published_once_and_what_cannot_run_never(
    processes: Processes,
) -> None:
    one = await processes.publish(SYSTEM, definition(SIMPLE))
    again = await processes.publish(SYSTEM, definition(SIMPLE))
    assert (one.id, one.number) == (again.id, again.number)
    changed = SIMPLE.replace('id="b"', 'id="b" name="B"')
    assert (await processes.publish(SYSTEM, definition(changed))).number == 2
    with pytest.raises(Refusal):
        await processes.publish(SYSTEM, definition('<scriptTask id="x"/>'))


async def test_what_was_never_begun_or_published_is_absent(
    processes: Processes, database: Database
) -> None:
    async with database.transaction(SYSTEM) as work:
        with pytest.raises(Absent):
            await processes.tell(work, new_id(), Cancel())
        with pytest.raises(Absent):
            await processes.newest(work, "nothing")


async def test_each_process_of_a_file_can_be_published(processes: Processes) -> None:
    both = bpmn(SIMPLE).replace(
        b"</definitions>",
        b'<process id="q"><startEvent id="s9"/><userTask id="a9"/><endEvent id="e9"/>'
        + flows("s9>a9", "a9>e9").encode()
        + b"</process></definitions>",
    )
    second = await processes.publish(SYSTEM, definition_in(read(both), "q"), "second")
    instance = await begin_version(processes, second)
    assert [item.node for item in instance.state.positions.values()] == ["a9"]
