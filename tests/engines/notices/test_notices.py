"""Notices reach whom they name, nobody else, and count until they are read."""

from uuid import UUID

import pytest

from pengcheng.engines.notices import NewNotice, Notices
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Actor, Post
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges

pytestmark = pytest.mark.anyio
UNIT = 4_000


def citizen() -> Actor:
    return Actor(kind="citizen", account_id=new_id(), person_id=new_id())


def clerk(unit: int = UNIT) -> Actor:
    post = Post(role="clerk", organisations=Ranges(((unit, unit + 10),)))
    return Actor(kind="official", account_id=new_id(), person_id=new_id(), posts=(post,))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def notices(database: Database) -> Notices:
    return Notices(database)


async def give(database: Database, notices: Notices, *new: NewNotice) -> None:
    async with database.transaction(SYSTEM) as work:
        await notices.add(work, new)


async def kinds(notices: Notices, actor: Actor) -> list[str]:
    return [notice.kind for notice in await notices.newest(actor)]


async def test_each_reads_what_names_their_person_account_or_unit(
    database: Database, notices: Notices
) -> None:
    reader, other = clerk(), clerk(unit=UNIT + 100)
    await give(
        database, notices,
        NewNotice(kind="person", person_id=reader.person_id),
        NewNotice(kind="account", account_id=reader.account_id),
        NewNotice(kind="unit", organisation_no=UNIT),
        NewNotice(kind="elsewhere", organisation_no=UNIT + 100),
    )  # fmt: skip

    assert sorted(await kinds(notices, reader)) == ["account", "person", "unit"]
    assert await kinds(notices, other) == ["elsewhere"]
    assert await kinds(notices, citizen()) == []


async def test_who_acts_for_an_enterprise_reads_the_enterprises_not_their_own(
    database: Database, notices: Notices
) -> None:
    person, company = new_id(), new_id()
    acting = Actor(kind="enterprise", account_id=new_id(), person_id=person, enterprise_id=company)
    await give(
        database, notices, NewNotice(kind="own", person_id=person),
        NewNotice(kind="company", person_id=company),
    )  # fmt: skip

    assert await kinds(notices, acting) == ["company"]


async def test_the_newest_come_first_and_no_more_than_asked(
    database: Database, notices: Notices
) -> None:
    reader = citizen()
    for number in range(5):
        notice = NewNotice(kind=f"n{number}", person_id=reader.person_id, facts={"at": number})
        await give(database, notices, notice)

    found = await notices.newest(reader, limit=3)

    assert [(one.kind, one.facts["at"]) for one in found] == [("n4", 4), ("n3", 3), ("n2", 2)]


async def test_what_is_read_counts_no_more_and_only_ones_own_can_be_read(
    database: Database, notices: Notices
) -> None:
    reader, other = citizen(), citizen()
    mine = [NewNotice(kind=f"n{n}", person_id=reader.person_id) for n in range(3)]
    await give(database, notices, *mine, NewNotice(kind="theirs", person_id=other.person_id))
    ids: list[UUID] = [one.id for one in await notices.newest(reader)]
    theirs = [one.id for one in await notices.newest(other)]

    read = await notices.read(reader, [ids[0], ids[1], *theirs])
    again = await notices.read(reader, ids[:2])

    assert (read, again) == (2, 0)
    assert (await notices.unread(reader), await notices.unread(other)) == (1, 1)
    assert [one.read_at is None for one in await notices.newest(reader)] == [False, False, True]


async def test_counting_stops_at_a_hundred(database: Database, notices: Notices) -> None:
    reader = citizen()
    many = (NewNotice(kind="n", person_id=reader.person_id) for _ in range(120))
    await give(database, notices, *many)

    assert await notices.unread(reader) == 100


async def give_and_fail(database: Database, notices: Notices, reader: Actor) -> None:
    async with database.transaction(SYSTEM) as work:
        await notices.add(work, [NewNotice(kind="n", person_id=reader.person_id)])
        raise RuntimeError


async def test_a_notice_of_work_that_failed_is_not_there(
    database: Database, notices: Notices
) -> None:
    reader = citizen()
    with pytest.raises(RuntimeError):
        await give_and_fail(database, notices, reader)

    assert await kinds(notices, reader) == []
