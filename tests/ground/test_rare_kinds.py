"""A subscriber that hears rare kinds looks through a long log in bounded steps."""

from collections.abc import Sequence

import pytest

from pengcheng.ground import log
from pengcheng.ground.database import Database, Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import MOVE_UNHEARD, Subscriber, advance
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry

pytestmark = pytest.mark.anyio


async def write(database: Database, kind: str, count: int) -> None:
    async with database.transaction(SYSTEM) as work:
        await work.append(
            *(Entry(kind=kind, subject_type="x", subject_id=new_id()) for _ in range(count))
        )


async def cursor(database: Database) -> int:
    async with database.reading() as work:
        return int(await work.value("select seq from subscription where name = 'rare'"))


def rare(heard: list[int]) -> Subscriber:
    async def handle(_: Work, found: Sequence[Positioned]) -> None:
        heard.extend(one.position.seq for one in found)

    return Subscriber(name="rare", kinds=("a.rare",), handle=handle, batch=2)


async def test_every_rare_entry_is_heard_once_and_the_rest_is_passed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "WINDOW_MAX", 1000)
    for _ in range(3):
        await write(database, "a.common", 900)
        await write(database, "a.rare", 3)
    heard: list[int] = []
    steps = 0
    while await advance(database, rare(heard)):
        steps += 1
    assert heard == [901, 902, 903, 1804, 1805, 1806, 2707, 2708, 2709]
    assert await cursor(database) == 2709
    assert steps <= 9


async def test_a_cursor_that_hears_nothing_moves_in_large_steps_only(database: Database) -> None:
    heard: list[int] = []
    await write(database, "a.common", MOVE_UNHEARD - 1)
    assert await advance(database, rare(heard)) == 0
    assert await cursor(database) == 0
    await write(database, "a.common", 1)
    assert await advance(database, rare(heard)) == 0
    assert await cursor(database) == MOVE_UNHEARD
    await write(database, "a.rare", 1)
    assert await advance(database, rare(heard)) == 1
    assert heard == [MOVE_UNHEARD + 1]
