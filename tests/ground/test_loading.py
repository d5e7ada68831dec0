"""Loading: lines that COPY takes as they were meant, indexes that come back."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from pengcheng.ground import loading
from pengcheng.ground.database import Database, json_text
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Conflict

pytestmark = pytest.mark.anyio
ID = UUID("01890000-0000-7000-8000-000000000001")
KINDS: dict[str, list[Any]] = {
    "text": ["井盖", "a\tb\\n\n\r'\"", "", "\\N", None],
    "uuid": [ID, None],
    "boolean": [True, False],
    "bigint": [-(2**63), 0],
    "double precision": [0.1, -1e300],
    "timestamptz": [datetime(2026, 1, 2, 3, 4, 5, 678, UTC)],
    "date": [date(2024, 2, 29)],
    "bytea": [b"\x00\\\t\n"],
    "text[]": [["a", 'b",{}\\', "", "一\n二", None], []],
    "uuid[]": [[ID]],
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_value_stands_in_the_table_as_it_was(database: Database, kind: str) -> None:
    given = KINDS[kind]
    async with database.transaction(SYSTEM) as work:
        await work.run(f"create temp table loaded (at int, value {kind}) on commit drop")
        block = loading.block_of([loading.texts_of(range(len(given))), loading.texts_of(given)])
        await loading.copy_block(work, "loaded", ["at", "value"], block)
        found = await work.tuples("select value from loaded order by at")

    assert [row[0] for row in found] == given


async def test_json_stands_in_the_table_as_it_was(database: Database) -> None:
    given = {"a": 'b"\\\n\t', "c": [None, 1.5]}
    async with database.transaction(SYSTEM) as work:
        await work.run("create temp table loaded (value jsonb) on commit drop")
        block = loading.block_of([loading.texts_of([json_text(given)])])
        await loading.copy_block(work, "loaded", ["value"], block)
        assert await work.value("select value from loaded") == given


async def test_indexes_are_gone_within_and_back_afterwards(database: Database) -> None:
    tables = ["cases", "log", "record"]
    async with database.transaction(SYSTEM) as work:
        before = await definitions(work, tables)
        async with loading.unindexed(work, tables):
            within = await definitions(work, tables)
        after = await definitions(work, tables)

    assert len(before) > len(within) > 0
    assert all("pkey" in name for name in within)
    assert after == before


async def definitions(work: Any, tables: list[str]) -> dict[str, str]:
    rows = await work.tuples(
        """select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
           where indrelid = any(%(tables)s::regclass[])""",
        tables=tables,
    )
    return dict(rows)


async def test_what_an_index_forbids_undoes_the_whole_load(database: Database) -> None:
    rows = [[f"{number:032x}" for number in (1, 2)], ["t", "t"], ["same", "same"]]
    with pytest.raises(Conflict):
        async with database.transaction(SYSTEM) as work, loading.unindexed(work, ["record"]):
            await loading.copy_block(work, "record", ["id", "type", "code"], loading.block_of(rows))
    async with database.reading() as work:
        assert await work.value("select count(*) from record where type = 't'") == 0
        assert len(await definitions(work, ["record"])) > 1


async def test_one_batch_is_made_while_another_is_sent() -> None:
    told: list[str] = []

    async def ready() -> int:
        await asyncio.sleep(0)
        return len(told)

    def make(number: int) -> int | None:
        told.append(f"made {number}")
        return number if number < 3 else None

    found = [number async for number in loading.ahead(ready, make)]

    assert found == [0, 1, 2]


async def test_a_failure_in_the_making_reaches_who_sends() -> None:
    async def ready() -> None:
        return None

    def make(_: None) -> int | None:
        raise psycopg.DataError("broken")

    with pytest.raises(psycopg.DataError):
        _ = [one async for one in loading.ahead(ready, make)]
