"""The city's own table of days."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from pengcheng.engines.deadlines import DAYS_MAX, Calendars
from pengcheng.ground.calendar import CalendarDay
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import GUEST, Actor, Post, Right, Rights
from pengcheng.kernel.errors import Forbidden, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.time import Promise

pytestmark = pytest.mark.anyio

RIGHTS = Rights(
    [
        Right(role="administrator", action="change", type="calendar", over="all"),
        Right(role="administrator", action="read", type="calendar", over="all"),
        Right(role="clerk", action="read", type="calendar", over="all"),
    ]
)
TYPHOON = CalendarDay(day=date(2026, 9, 16), working=False, name="台风停工", source="市政府")


def actor(role: str) -> Actor:
    return Actor(kind="official", account_id=new_id(), posts=(Post(role=role),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def calendars(database: Database) -> Calendars:
    return Calendars(database, lambda: RIGHTS)


async def logged(database: Database) -> list[tuple[str, object, object]]:
    async with database.reading() as work:
        return await work.tuples("select kind, before, after from log order by seq")  # type: ignore[return-value]  # three columns


async def test_an_imported_day_moves_deadlines_and_is_logged(
    calendars: Calendars, database: Database
) -> None:
    start = datetime(2026, 9, 15, 2, tzinfo=UTC)
    before = (await calendars.current()).due(start, Promise(1, "working_day")).at
    assert await calendars.replace(actor("administrator"), [TYPHOON]) == 1
    after = (await calendars.current()).due(start, Promise(1, "working_day")).at
    assert (before, after) == (
        datetime(2026, 9, 16, 10, tzinfo=UTC),
        datetime(2026, 9, 17, 10, tzinfo=UTC),
    )
    [(kind, was, becomes)] = await logged(database)
    assert (kind, was) == ("calendar.changed", {"days": []})
    assert becomes == {
        "days": [
            {
                "day": "2026-09-16", "working": False, "name": "台风停工", "source": "市政府",
                "provisional": False,
            }
        ]
    }  # fmt: skip


async def test_a_day_is_written_over_and_read_by_year(calendars: Calendars) -> None:
    administrator = actor("administrator")
    await calendars.replace(administrator, [TYPHOON])
    worked = CalendarDay(day=TYPHOON.day, working=True, name="照常上班")
    await calendars.replace(administrator, [worked])
    assert await calendars.year(actor("clerk"), 2026) == [worked]
    assert await calendars.year(actor("clerk"), 2027) == []
    assert await calendars.year(actor("clerk"), 10**6) == []


@pytest.mark.parametrize("who", [GUEST, actor("clerk"), actor("stranger")])
async def test_who_may_not_change_the_calendar_changes_nothing(
    calendars: Calendars, database: Database, who: Actor
) -> None:
    with pytest.raises(Forbidden):
        await calendars.replace(who, [TYPHOON])
    assert await logged(database) == []
    assert (await calendars.current()).working_day(TYPHOON.day)


async def test_a_faulty_import_tells_every_fault_and_changes_nothing(
    calendars: Calendars, database: Database
) -> None:
    long = CalendarDay(day=date(2026, 9, 17), working=False, name="长" * 61)
    with pytest.raises(Refusal) as raised:
        await calendars.replace(actor("administrator"), [TYPHOON, TYPHOON, long])
    assert [(fault.path, fault.code) for fault in raised.value.faults] == [
        ("/1/day", "day.twice"),
        ("/2/name", "text.too_long"),
    ]
    with pytest.raises(Refusal):
        await calendars.replace(actor("administrator"), [TYPHOON] * (DAYS_MAX + 1))
    assert await logged(database) == []
    assert await calendars.replace(actor("administrator"), []) == 0
