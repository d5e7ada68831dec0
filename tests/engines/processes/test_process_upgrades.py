"""Running instances are upgraded in bulk, and put back."""

import asyncio
from datetime import timedelta

import pytest

from pengcheng.engines.processes import Mapped, Processes, Together, Upgrades, Worker
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.time import FixedClock
from tests.engines.processes.process_play import boundary, definition, flows, task, timer
from tests.engines.processes.test_process_durable import (
    EVERYWHERE,
    SIMPLE,
    at,
    begin_version,
    count,
    now,
)

pytestmark = pytest.mark.anyio


async def test_an_upgrade_moves_what_can_move_and_is_undone_where_nothing_happened_since(
    processes: Processes, database: Database, clock: FixedClock
) -> None:
    old = await processes.publish(SYSTEM, definition(SIMPLE))
    late = boundary("late", "a", timer("P1D")) + task("z") + flows("late>z", "z>e")
    new = await processes.publish(SYSTEM, definition(SIMPLE + late))
    instances = [await begin_version(processes, old) for _ in range(5)]
    await processes.complete_task(EVERYWHERE, instances[0].id, at(instances[0], "a"), {})
    upgrades = Upgrades(processes)
    stays = Mapped(stays=frozenset({"b"}))
    judged = await upgrades.judge(old.id, new.id, stays)
    assert (judged.moves, judged.stays, judged.person) == (4, 1, 0)
    done = await upgrades.upgrade(old.id, new.id, stays)
    assert (done.moves, done.stays) == (4, 1)
    assert await count(database, "process_wait") == 4
    moved = await now(processes, instances[1])
    assert moved.version_id == new.id
    await processes.complete_task(EVERYWHERE, moved.id, at(moved, "a"), {})
    assert await upgrades.undo(done.upgrade_id) == (3, 1)
    assert await count(database, "process_wait") == 0
    back = await now(processes, instances[2])
    assert (back.version_id, back.state) == (old.id, instances[2].state)
    clock.move(timedelta(days=2))
    assert await Worker(processes, {}).fire_timers() == 0


@pytest.mark.slow
async def test_many_thousands_are_upgraded_in_bulk_and_none_is_stuck(
    processes: Processes, database: Database
) -> None:
    old = await processes.publish(SYSTEM, definition(SIMPLE))
    new = await processes.publish(SYSTEM, definition(SIMPLE.replace('id="b"', 'id="b" name="B"')))
    together = Together(processes)
    for _ in range(20):
        await asyncio.gather(*(together.start(SYSTEM, old, {}) for _ in range(1_000)))
    done = await Upgrades(processes).upgrade(old.id, new.id)
    assert (done.moves, done.waits, done.person, done.stays) == (20_000, 0, 0, 0)
    async with database.reading() as work:
        left = await work.value(
            "select count(*) from process_instance where version_id = %(id)s", id=old.id
        )
    assert left == 0
