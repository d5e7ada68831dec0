"""What people look over: published processes, instances within their scope, how long each stood."""

from datetime import timedelta

import pytest

from pengcheng.engines.processes import Complete, Overview, Processes
from pengcheng.kernel.authz import SYSTEM, Scope
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.time import FixedClock
from tests.engines.processes.process_play import ENDS, definition, flows, task
from tests.engines.processes.test_process_durable import EVERYWHERE, begin

pytestmark = pytest.mark.anyio
TWO = ENDS + task("a", attributes='pengcheng:role="clerk"') + task("b") + flows("s>a", "a>b", "b>e")
NOWHERE = Scope(action="read", type="process_instance", actor=SYSTEM)


async def test_an_instance_is_seen_with_its_path_and_how_long_each_task_stood(
    processes: Processes, clock: FixedClock
) -> None:
    begun = await begin(processes, TWO, n=1)
    (first,) = begun.state.positions
    clock.move(timedelta(hours=3))
    await processes.act(EVERYWHERE, begun.id, Complete(first))
    clock.move(timedelta(hours=1))

    view = await Overview(processes).view(EVERYWHERE, begun.id)

    assert [step.nodes for step in view.steps] == [("s", "a"), ("b",)]
    assert view.rested["b"] == timedelta(hours=1)
    assert [task.node for task in view.tasks] == ["b"]
    assert (view.version.number, view.parked) == (1, ())
    # The log stamps its entries by the database's clock, which this test does not move.
    assert timedelta() <= view.rested["a"] < timedelta(minutes=1)


async def test_published_processes_are_counted_and_instances_are_listed(
    processes: Processes,
) -> None:
    overview = Overview(processes)
    older = await begin(processes, TWO)
    await processes.publish(SYSTEM, definition(TWO.replace('id="a"', 'id="a" name="A"')))
    newer = await begin(processes, TWO.replace('id="a"', 'id="a" name="A"'))

    (told,) = await overview.published(EVERYWHERE)
    lines = await overview.instances(EVERYWHERE, told.name, "running")

    assert (told.number, told.running, told.parked) == (2, 2, 0)
    assert [(line.id, line.version) for line in lines] == [(newer.id, 2), (older.id, 1)]
    assert lines[0].nodes == ("a",)
    assert [v.number for v in await overview.versions(EVERYWHERE, told.name)] == [2, 1]
    assert [line.id for line in await overview.instances(EVERYWHERE, limit=1)] == [newer.id]
    assert await overview.instances(EVERYWHERE, status="ended") == []


async def test_who_has_no_right_sees_nothing(processes: Processes) -> None:
    overview = Overview(processes)
    begun = await begin(processes, TWO)

    assert await overview.published(NOWHERE) == []
    assert await overview.instances(NOWHERE) == []
    with pytest.raises(Absent):
        await overview.view(NOWHERE, begun.id)
    with pytest.raises(Absent):
        await overview.versions(NOWHERE, "p")
