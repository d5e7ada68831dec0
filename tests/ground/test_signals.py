"""Word between processes that something cached is stale."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from pengcheng.ground import signals as ground_signals
from pengcheng.ground.database import Database
from pengcheng.ground.signals import Signals, signal
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Refusal

pytestmark = pytest.mark.anyio


class Heard:
    def __init__(self) -> None:
        self.subjects: list[str] = []
        self._told = asyncio.Event()

    def hear(self, subject: str) -> None:
        self.subjects.append(subject)
        self._told.set()

    async def count(self, wanted: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.subjects) < wanted:
                self._told.clear()
                await self._told.wait()
        return self.subjects


@pytest.fixture
async def heard(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heard]:
    monkeypatch.setattr(ground_signals, "RETRY_SECONDS", 0.05)
    found = Heard()
    listener = Signals(database_url)
    listener.on("areas", found.hear)
    await listener.start()
    yield found
    await listener.stop()
    assert not listener.is_connected


async def tell(database: Database, topic: str, subject: str) -> None:
    async with database.transaction(SYSTEM) as work:
        await signal(work, topic, subject)


async def test_a_listener_hears_its_topic_after_the_commit(
    database: Database, heard: Heard
) -> None:
    assert await heard.count(1) == [""]
    await tell(database, "identity", "not mine")
    await tell(database, "areas", "4403:04")

    assert await heard.count(2) == ["", "4403:04"]


async def test_what_was_rolled_back_is_not_told(database: Database, heard: Heard) -> None:
    await heard.count(1)

    async def fail() -> None:
        async with database.transaction(SYSTEM) as work:
            await signal(work, "areas", "never")
            raise Refusal("test.failed")

    with pytest.raises(Refusal):
        await fail()
    await tell(database, "areas", "then")

    assert await heard.count(2) == ["", "then"]


async def test_a_lost_connection_is_a_gap_that_every_listener_is_told_of(
    database: Database, database_url: str, heard: Heard
) -> None:
    await heard.count(1)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where query = 'listen pengcheng' and datname = current_database()"""
        )

    assert await heard.count(2) == ["", ""]
    await tell(database, "areas", "again")
    assert await heard.count(3) == ["", "", "again"]


async def test_one_whose_listener_failed_does_not_claim_to_be_connected(
    database_url: str,
) -> None:
    def fail(_subject: str) -> None:
        raise Refusal("test.failed")

    listener = Signals(database_url)
    listener.on("areas", fail)
    await listener.start()
    await asyncio.sleep(0.5)

    assert not listener.is_connected
    await listener.stop()
