"""SQL of the end of retention of retired records, and of whose records there are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pengcheng.engines.objects import _tables
from pengcheng.ground.database import Work
from pengcheng.kernel.registry import RecordType

Retired = tuple[UUID, UUID | None, int | None, int | None]
"""Id, owner, area and organisation of a record."""


async def count(work: Work, type_: RecordType, before: datetime) -> int:
    """How many records were retired before an instant."""
    return int(
        await work.value(
            f"select count(*) from {_tables.table(type_)} where retired_at < %(before)s",
            before=before,
        )
    )


async def remove(work: Work, type_: RecordType, before: datetime, limit: int) -> list[Retired]:
    """Remove the records that were retired before an instant, with their history and relations."""
    rows = await work.tuples(
        f"""delete from {_tables.table(type_)} where id in (
                select id from {_tables.table(type_)} where retired_at < %(before)s
                order by retired_at limit %(limit)s for update skip locked)
            returning id, owner_id, area_no, organisation_no""",
        before=before,
        limit=limit,
    )
    ids = [row[0] for row in rows]
    if ids and _tables.keeps_history(type_):
        await work.run(f"delete from {_tables.history(type_)} where id = any(%(ids)s)", ids=ids)
    if ids:
        await work.run("delete from record where id = any(%(ids)s)", ids=ids)
        await work.run("delete from record_edge where from_id = any(%(ids)s)", ids=ids)
        await work.run("delete from record_edge where to_id = any(%(ids)s)", ids=ids)
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def owners(work: Work, type_: RecordType, persons: Sequence[UUID]) -> set[UUID]:
    """Which of these own a record of a type, standing or retired."""
    rows = await work.tuples(
        f"select distinct owner_id from {_tables.table(type_)} where owner_id = any(%(ids)s)",
        ids=list(persons),
    )
    return {row[0] for row in rows}
