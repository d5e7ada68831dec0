"""SQL of upgrades: open cases by the version of their process, moved and put back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.ground.database import Row, Work, json_text


class Counted(msgspec.Struct, frozen=True):
    """How many open cases of a version stand at a step."""

    version: int
    step: str
    cases: int


async def counted(work: Work, kind: str, newest: int) -> list[Counted]:
    """Open cases under versions that are not the newest, by version and step."""
    rows = await work.tuples(
        """select process_version, step, count(*)::int from cases
           where kind = %(kind)s and open and process_version <> %(newest)s
           group by 1, 2 order by 1, 2""",
        kind=kind,
        newest=newest,
    )
    return [Counted(*row) for row in rows]


async def standing(
    work: Work, kind: str, old: int, after: UUID | None, limit: int
) -> list[tuple[UUID, str, str]]:
    """Open cases of a version, each with its code and step, in the order of their ids."""
    rows = await work.tuples(
        """select id, code, step from cases
           where kind = %(kind)s and open and process_version = %(old)s
             and (%(after)s::uuid is null or id > %(after)s)
           order by id limit %(limit)s""",
        kind=kind,
        old=old,
        after=after,
        limit=limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def begin(work: Work, upgrade: Mapping[str, Any]) -> None:
    """Remember an upgrade; its cases follow."""
    await work.run(
        """insert into case_upgrade (id, kind, process, old, new, mapped, at, by_account_id)
           values (%(id)s, %(kind)s, %(process)s, %(old)s, %(new)s, %(mapped)s, %(at)s,
                   %(by_account_id)s)""",
        **{**upgrade, "mapped": json_text(upgrade["mapped"])},
    )


_MOVE = """
with way as (
    select * from jsonb_to_recordset(%(ways)s::jsonb) as r(step text, goes text, stage text)
), picked as (
    select c.id, c.step, c.stage, way.goes, way.stage as next_stage
    from cases c join way on way.step = c.step
    where c.kind = %(kind)s and c.open and c.process_version = %(old)s
      and (%(after)s::uuid is null or c.id > %(after)s)
    order by c.id limit %(limit)s for update of c skip locked
), moved as (
    update cases c set step = picked.goes, stage = picked.next_stage,
        process_version = %(new)s, version = c.version + 1
    from picked where c.id = picked.id
    returning c.id, c.version, c.area_no, c.organisation_no, c.sensitivity
), kept as (
    insert into case_move (upgrade_id, case_id, step, stage, version)
    select %(upgrade_id)s, picked.id, picked.step, picked.stage, moved.version
    from picked join moved using (id)
)
select moved.id, picked.step as before, picked.goes as step, moved.area_no,
    moved.organisation_no, moved.sensitivity
from moved join picked using (id) order by moved.id
"""


async def move(
    work: Work, told: Mapping[str, Any], ways: Sequence[Mapping[str, str]], after: UUID | None,
    limit: int,
) -> list[Row]:  # fmt: skip
    """Move a batch of cases, each to where its step leads; those that somebody works on just now
    are left for the next time."""
    names = ("kind", "old", "new")
    given = {name: told[name] for name in names}
    return await work.rows(
        _MOVE, **given, upgrade_id=told["id"], ways=json_text(list(ways)), after=after, limit=limit
    )


_UNDO = """
with picked as (
    select m.case_id, m.step, m.stage, m.version, c.version = m.version as untouched
    from case_move m join cases c on c.id = m.case_id
    where m.upgrade_id = %(upgrade_id)s order by m.case_id limit %(limit)s for update of c
), gone as (
    delete from case_move m using picked
    where m.upgrade_id = %(upgrade_id)s and m.case_id = picked.case_id
), back as (
    update cases c set step = picked.step, stage = picked.stage, process_version = %(old)s,
        version = c.version + 1
    from picked where c.id = picked.case_id and picked.untouched
    returning c.id
)
select c.id, picked.untouched, c.step as before, picked.step, c.area_no, c.organisation_no,
    c.sensitivity
from picked join cases c on c.id = picked.case_id order by c.id
"""


async def put_back(work: Work, upgrade_id: UUID, old: int, limit: int) -> list[Row]:
    """Put back a batch of cases that nothing has happened to since; the others are forgotten."""
    return await work.rows(_UNDO, upgrade_id=upgrade_id, old=old, limit=limit)


async def undone(work: Work, upgrade_id: UUID, at: datetime) -> None:
    """Note that an upgrade was undone."""
    await work.run(
        "update case_upgrade set undone_at = %(at)s where id = %(id)s", id=upgrade_id, at=at
    )


_HEAD = "id, kind, process, old, new, mapped, at, undone_at"


async def one(work: Work, upgrade_id: UUID) -> Row | None:
    """An upgrade, locked."""
    return await work.row(
        f"select {_HEAD} from case_upgrade where id = %(id)s for update", id=upgrade_id
    )


async def history(work: Work, kind: str, limit: int) -> list[Row]:
    """The upgrades of a kind, the newest first."""
    return await work.rows(
        f"""select {_HEAD} from case_upgrade where kind = %(kind)s
            order by at desc limit %(limit)s""",
        kind=kind,
        limit=limit,
    )
