"""The first administrator's link: once, by whoever holds it, while nobody administers the city."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pengcheng.engines.identity import FirstAdministrator, Identity
from pengcheng.ground.database import Database
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.kernel.time import SystemClock
from tests.engines.identity.sealing import KEYS

PASSWORD = "a long enough word"


def _with(url: str, act: Callable[[FirstAdministrator, Identity], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database(url)
        await database.open()
        await act(
            FirstAdministrator(database, SystemClock()), Identity(database, SystemClock(), KEYS)
        )
        await database.close()

    asyncio.run(run())


def test_the_link_opens_an_administrator_once(database_url: str) -> None:
    async def act(first: FirstAdministrator, identity: Identity) -> None:
        secret = await first.offer()
        assert secret is not None
        assert await first.is_open(secret)
        await first.begin(secret, "root1", PASSWORD)
        session = await identity.sign_in("root1", PASSWORD)
        assert session.actor.holds("administrator")
        assert not await first.is_open(secret)
        assert await first.offer() is None
        with pytest.raises(Absent):
            await first.begin(secret, "root2", PASSWORD)

    _with(database_url, act)


def test_a_new_link_ends_the_one_before_and_a_wrong_one_opens_nothing(database_url: str) -> None:
    async def act(first: FirstAdministrator, _identity: Identity) -> None:
        before, now = await first.offer(), await first.offer()
        assert before is not None
        assert now is not None
        assert not await first.is_open(before)
        assert not await first.is_open("x" * 43)
        assert await first.is_open(now)

    _with(database_url, act)


def test_every_fault_is_told_and_the_link_stays_good(database_url: str) -> None:
    async def act(first: FirstAdministrator, _identity: Identity) -> None:
        secret = await first.offer() or ""
        with pytest.raises(Refusal) as refused:
            await first.begin(secret, "<b>", "short")
        assert {fault.path for fault in refused.value.faults} == {"/username", "/password"}
        assert await first.is_open(secret)

    _with(database_url, act)
