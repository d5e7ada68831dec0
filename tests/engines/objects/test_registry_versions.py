"""Versions of the declarations: numbered once, told to every process, one install at a time."""

import asyncio

import msgspec
import pytest

from pengcheng.engines.objects import Schema
from pengcheng.ground.database import Database
from pengcheng.ground.signals import Signals
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.words import Words
from tests.engines.objects.growth import attribute

pytestmark = pytest.mark.anyio
LAMP = RecordType(
    name="lamp", role="object", pack="test", label=Words("灯", "Lamp"),
    attributes=(attribute("pole", "text", index=True),),
)  # fmt: skip
FIRST = Registry(types={"lamp": LAMP})
SECOND = Registry(types={"lamp": msgspec.structs.replace(LAMP, history=True)})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_city_without_declarations_has_no_version(database: Database) -> None:
    assert await Schema(database).newest() is None


async def test_the_same_declarations_are_the_same_version_and_others_the_next(
    database: Database,
) -> None:
    schema = Schema(database)
    first = await schema.apply(FIRST)
    again = await schema.apply(FIRST)
    second = await schema.apply(SECOND)

    found = await schema.newest()

    assert first == again < second
    assert found is not None
    assert found[0] == second
    assert msgspec.json.decode(found[1], type=Registry).types["lamp"].history


async def test_declarations_that_come_back_are_a_newer_version(database: Database) -> None:
    schema = Schema(database)
    first, _, third = [await schema.apply(one) for one in (FIRST, SECOND, FIRST)]

    found = await schema.newest()

    assert found is not None
    assert found[0] == third > first


async def test_two_who_install_the_same_at_once_make_one_version(database: Database) -> None:
    found = await asyncio.gather(*(Schema(database).apply(FIRST) for _ in range(3)))

    async with database.reading() as work:
        kept = await work.value("select count(*) from registry_version")
        statements = await work.tuples("select statement, count(*) from schema_change group by 1")
    assert (len(set(found)), kept) == (1, 1)
    assert {count for _, count in statements} == {1}


async def test_what_is_planned_is_what_is_done_and_it_is_kept(database: Database) -> None:
    planned = await Schema(database).plan(FIRST)
    await Schema(database).apply(FIRST)

    async with database.reading() as work:
        done = await work.tuples("select statement from schema_change order by done_at, id")
    assert [one.statement for one in planned.changes] == [row[0] for row in done]
    assert all(one.why.zh and one.why.en for one in planned.changes)


async def test_every_process_hears_of_a_new_version_once_it_can_be_read(
    database: Database, database_url: str
) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    signals = Signals(database_url)
    signals.on("registry", heard.put_nowait)
    await signals.start()
    try:
        begun = await asyncio.wait_for(heard.get(), 10)
        version = await Schema(database).apply(FIRST)
        told = await asyncio.wait_for(heard.get(), 10)
    finally:
        await signals.stop()

    assert (begun, told) == ("", str(version))


async def test_a_table_that_is_held_is_waited_for_without_keeping_others_behind(
    database: Database,
) -> None:
    """While a long reading holds the table, the change must not queue in front of short ones."""
    await Schema(database).apply(FIRST)
    grown = msgspec.structs.replace(LAMP, attributes=(*LAMP.attributes, attribute("roof", "text")))
    async with database.reading() as long:
        await long.run("begin")
        await long.run("select * from city.lamp")
        changing = asyncio.create_task(Schema(database).apply(Registry(types={"lamp": grown})))
        await asyncio.sleep(0.5)
        async with database.reading() as short:
            await short.run("set statement_timeout = '6s'")
            await short.run("select count(*) from city.lamp")
            await short.run("reset statement_timeout")
        waited = changing.done()
        await long.run("commit")
    await asyncio.wait_for(changing, 20)

    assert not waited
    assert (await Schema(database).plan(Registry(types={"lamp": grown}))).changes == ()
