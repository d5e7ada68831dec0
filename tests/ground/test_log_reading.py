"""The log: nothing is skipped, an effect happens once, what keeps failing is parked."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pengcheng.ground import log, log_tree
from pengcheng.ground.database import Database, Row, Work
from pengcheng.ground.log import Position, Positioned
from pengcheng.ground.subscriptions import TRIES_MAX, Subscriber, advance, parked, start_at_head
from pengcheng.kernel.authz import SYSTEM, Scope
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry

pytestmark = pytest.mark.anyio


def entry(kind: str) -> Entry:
    return Entry(kind=kind, subject_type="x", subject_id=new_id())


async def write(database: Database, *kinds: str) -> None:
    for kind in kinds:
        async with database.transaction(SYSTEM) as work:
            await work.append(entry(kind))


async def kinds_after(database: Database, position: Position) -> list[str]:
    async with database.reading() as work:
        return [item.entry.kind for item in await log.after(work, position)]


class Ear:
    """Hears the log, writes an effect for each entry, and fails when told to."""

    def __init__(self, *, failing: Sequence[str] = ()) -> None:
        self.failing = set(failing)

    def subscriber(self, batch: int = 10) -> Subscriber:
        return Subscriber(name="ear", handle=self.hear, batch=batch)

    async def hear(self, work: Work, entries: Sequence[Positioned]) -> None:
        for item in entries:
            await work.run("insert into effect (kind) values (%(kind)s)", kind=item.entry.kind)
        refused = self.failing & {item.entry.kind for item in entries}
        for kind in refused:
            raise Refusal("test.failed", kind=kind)


async def drain(database: Database, subscriber: Subscriber) -> None:
    while await advance(database, subscriber):
        pass


async def effects(database: Database) -> list[str]:
    async with database.reading() as work:
        return [row[0] for row in await work.tuples("select kind from effect order by id")]


@pytest.fixture
async def heard(database: Database) -> Database:
    async with database.transaction(SYSTEM) as work:
        await work.run("create table effect (id bigserial primary key, kind text)")
    return database


async def test_a_slow_transaction_with_a_smaller_number_is_not_skipped(
    heard: Database,
) -> None:
    async with heard.transaction(SYSTEM) as slow:
        await slow.append(entry("slow"))
        await write(heard, "quick")
        while_slow = await kinds_after(heard, Position())
        await drain(heard, Ear().subscriber())
        while_slow_heard = await effects(heard)

    await drain(heard, Ear().subscriber())

    assert (while_slow, while_slow_heard) == ([], [])
    assert await effects(heard) == ["slow", "quick"]


async def test_what_was_rolled_back_is_never_heard(heard: Database) -> None:
    async def fail() -> None:
        async with heard.transaction(SYSTEM) as work:
            await work.append(entry("never"))
            raise Refusal("test.failed")

    with pytest.raises(Refusal):
        await fail()
    await write(heard, "after")

    await drain(heard, Ear().subscriber())

    assert await effects(heard) == ["after"]


async def test_effects_and_cursor_stand_or_fall_together(heard: Database) -> None:
    await write(heard, "a", "b", "c")
    ear = Ear(failing=["b"])

    await advance(heard, ear.subscriber())
    ear.failing.clear()
    await drain(heard, ear.subscriber())

    assert await effects(heard) == ["a", "b", "c"]


async def test_an_entry_that_keeps_failing_is_parked_and_the_rest_goes_on(
    heard: Database,
) -> None:
    await write(heard, "a", "bad", "c")

    await drain(heard, Ear(failing=["bad"]).subscriber())

    async with heard.reading() as work:
        waiting = await parked(work)
    assert await effects(heard) == ["a", "c"]
    assert [(row["subscriber"], row["tries"], row["entry"]["kind"]) for row in waiting] == [
        ("ear", TRIES_MAX, "bad")
    ]


async def test_of_two_processes_one_has_the_cursor(heard: Database) -> None:
    await write(heard, *"abcdef")
    subscribers = [Ear().subscriber(batch=2) for _ in range(4)]

    for _ in range(6):
        await asyncio.gather(*(advance(heard, item) for item in subscribers))

    assert await effects(heard) == list("abcdef")


async def test_one_that_begins_at_the_head_hears_what_comes_and_one_that_stands_stays(
    heard: Database,
) -> None:
    await write(heard, "before")
    await start_at_head(heard, "ear")
    await write(heard, "after")
    await start_at_head(heard, "ear")

    await drain(heard, Ear().subscriber())

    assert await effects(heard) == ["after"]


async def test_a_position_travels_as_text(database: Database) -> None:
    await write(database, "a", "b")
    async with database.reading() as work:
        first, second = await log.after(work, Position())

    assert log.to_position(first.position.text) == first.position
    assert await kinds_after(database, log.to_position(first.position.text)) == ["b"]
    assert second.position > first.position


FORGED = ["", "1", "-", "1-", "-1-2", "1-2-3", "a-b", "１-２", "9" * 20 + "-1", "1-" + "9" * 19]


@pytest.mark.parametrize("text", FORGED)
def test_a_forged_position_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        log.to_position(text)

    assert refused.value.faults[0].code == "cursor_invalid"


async def test_an_empty_scope_reads_no_timeline(database: Database) -> None:
    subject = new_id()
    async with database.transaction(SYSTEM) as work:
        await work.append(Entry(kind="a", subject_type="x", subject_id=subject))
        found = await log.timeline(work, Scope(action="read", type="x"), subject)

    assert found == []


async def test_a_guest_and_a_citizen_leave_no_name_in_the_log(database: Database) -> None:
    from_citizen = SYSTEM.__class__(kind="citizen", account_id=new_id(), name="王小明")
    async with database.transaction(from_citizen) as work:
        await work.append(entry("a"))
    async with database.reading() as work:
        found = await log.after(work, Position())

    assert [item.entry.actor_name for item in found] == [""]


class Explaining(Work):
    """A `Work` that keeps the plans of its queries."""

    def __init__(self, work: Work) -> None:
        super().__init__(work.connection, work.actor, work.cipher)
        self.plans: list[str] = []

    async def rows(self, statement: Any, /, **values: Any) -> list[Row]:
        return await super().rows(await self._kept(statement, values), **values)

    async def row(self, statement: Any, /, **values: Any) -> Row | None:
        return await super().row(await self._kept(statement, values), **values)

    async def value(self, statement: Any, /, **values: Any) -> Any:
        return await super().value(await self._kept(statement, values), **values)

    async def _kept(self, statement: str, values: dict[str, Any]) -> str:
        told = await self.tuples(f"explain {statement}", **values)
        self.plans.append("\n".join(line for (line,) in told))
        return statement


async def test_a_load_of_one_transaction_is_read_in_order_never_sorted(database: Database) -> None:
    await write(database, "before")
    async with database.transaction(SYSTEM) as work:
        await work.run(
            """insert into log (at, kind, subject_type, subject_id, actor_kind)
               select now() - (n %% 60) * interval '1 day', 'loaded', 'x', gen_random_uuid(),
                      'system'
               from generate_series(1, 20000) n"""
        )
    await write(database, "after")
    async with database.reading() as work:
        await work.run("analyze log")
        first = (await log.after(work, Position(), limit=1))[0].position
        middle = (await log.after(work, first, limit=900))[-1].position
        seen = Explaining(work)
        end, entries = await log.window(seen, middle)
        assert entries == log.WINDOW_MAX
        found = await log.after(seen, middle, limit=200, to=end)
        assert [item.position for item in found] == sorted(item.position for item in found)
        assert found[0].position.seq == middle.seq + 1
        assert all("Sort  (" not in plan.partition("Merge Append")[2] for plan in seen.plans)
        assert all("Merge Append" in plan for plan in seen.plans), seen.plans
    async with database.transaction(SYSTEM) as work:
        assert await log_tree.seal(work, limit=1500) == 1500
        seen = Explaining(work)
        await log_tree.seal(seen, limit=1500)
        assert any("Merge Append" in plan for plan in seen.plans), seen.plans


async def test_an_entry_is_found_by_its_number_sealed_or_not(database: Database) -> None:
    await write(database, "one", "two", "three")
    async with database.transaction(SYSTEM) as work:
        assert await log_tree.seal(work, limit=2) == 2
    async with database.reading() as work:
        numbers = [item.position.seq for item in await log.after(work, Position())]
        found = [await log.entry(work, number) for number in numbers]
        assert [item.entry.kind for item in found if item] == ["one", "two", "three"]
        assert await log.entry(work, 10**9) is None
        seen = Explaining(work)
        await log.entry(seen, numbers[0])
        assert not any("Seq Scan on log_2" in plan for plan in seen.plans), seen.plans


@pytest.mark.parametrize("kinds", [(), ("a", "b")])
async def test_who_lets_entries_come_of_age_stops_before_the_younger_ones(
    heard: Database, kinds: tuple[str, ...]
) -> None:
    ear = Subscriber(name="ear", kinds=kinds, handle=Ear().hear)
    await write(heard, "a", "b")
    async with heard.reading() as work:
        old = await log.head(work)
    await write(heard, "a", "b")
    assert await advance(heard, ear, to=old) == 2
    assert await advance(heard, ear, to=old) == 0
    assert await effects(heard) == ["a", "b"]
    assert await advance(heard, ear) == 2
    assert await effects(heard) == ["a", "b", "a", "b"]
