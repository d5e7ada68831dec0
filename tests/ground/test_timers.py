"""Timers survive restarts, fire once, and are parked when they keep failing."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pengcheng.ground.database import Database, Work
from pengcheng.ground.timers import TRIES_MAX, Timer, clear_timers, fire_due, set_timer
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ids import new_id

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SUBJECT = new_id()


@pytest.fixture
async def fired(database: Database) -> Database:
    async with database.transaction(SYSTEM) as work:
        await work.run("create table fired (id bigserial primary key, what text)")
    return database


async def put(database: Database, what: str, at: datetime, kind: str = "ring") -> None:
    async with database.transaction(SYSTEM) as work:
        await set_timer(work, kind, SUBJECT, at, {"what": what})


async def ring(work: Work, timer: Timer) -> None:
    await work.run("insert into fired (what) values (%(what)s)", what=timer.payload["what"])


async def broken(work: Work, timer: Timer) -> None:
    await ring(work, timer)
    raise Refusal("test.failed")


async def told(database: Database) -> list[str]:
    async with database.reading() as work:
        return [row[0] for row in await work.tuples("select what from fired order by id")]


async def left(database: Database) -> Mapping[str, Any]:
    async with database.reading() as work:
        row = await work.row(
            """select (select count(*) from timer) as timers,
                      (select count(*) from parked) as parked,
                      (select max(due_at) from timer) as due_at"""
        )
    assert row is not None
    return row


async def test_what_is_due_fires_once_in_order_and_the_rest_waits(fired: Database) -> None:
    await put(fired, "second", NOON - timedelta(minutes=1))
    await put(fired, "first", NOON - timedelta(days=40))
    await put(fired, "later", NOON + timedelta(seconds=1))

    counts = [await fire_due(fired, NOON, {"ring": ring}) for _ in range(2)]

    assert counts == [2, 0]
    assert await told(fired) == ["first", "second"]


async def test_of_two_processes_one_fires_each(fired: Database) -> None:
    for number in range(20):
        await put(fired, str(number), NOON)

    await asyncio.gather(*(fire_due(fired, NOON, {"ring": ring}) for _ in range(4)))

    assert sorted(await told(fired)) == sorted(str(number) for number in range(20))


async def test_a_kind_that_nobody_knows_here_is_left_to_who_does(fired: Database) -> None:
    await put(fired, "other", NOON, kind="other")

    assert await fire_due(fired, NOON, {"ring": ring}) == 0
    assert (await left(fired))["timers"] == 1


async def test_one_that_fails_leaves_no_effect_and_is_tried_again_later(fired: Database) -> None:
    await put(fired, "x", NOON - timedelta(days=1))

    await fire_due(fired, NOON, {"ring": broken})

    assert await told(fired) == []
    assert (await left(fired))["due_at"] == NOON + timedelta(seconds=10)


async def test_one_that_keeps_failing_is_parked_and_holds_up_nobody(fired: Database) -> None:
    await put(fired, "bad", NOON - timedelta(days=1), kind="broken")
    await put(fired, "good", NOON)

    for minute in range(TRIES_MAX + 1):
        now = NOON + timedelta(minutes=minute)
        await fire_due(fired, now, {"ring": ring, "broken": broken})

    found = await left(fired)
    assert await told(fired) == ["good"]
    assert (found["timers"], found["parked"]) == (0, 1)


async def test_a_timer_that_was_cleared_does_not_fire(fired: Database) -> None:
    await put(fired, "a", NOON, kind="ring")
    await put(fired, "b", NOON, kind="bell")
    async with fired.transaction(SYSTEM) as work:
        cleared = await clear_timers(work, SUBJECT, "ring")

    await fire_due(fired, NOON, {"ring": ring, "bell": ring})

    assert cleared == 1
    assert await told(fired) == ["b"]


async def test_a_timer_of_a_transaction_that_failed_was_never_set(fired: Database) -> None:
    async def fail() -> None:
        async with fired.transaction(SYSTEM) as work:
            await set_timer(work, "ring", SUBJECT, NOON, {"what": "x"})
            raise Refusal("test.failed")

    with pytest.raises(Refusal):
        await fail()

    assert await fire_due(fired, NOON, {"ring": ring}) == 0
