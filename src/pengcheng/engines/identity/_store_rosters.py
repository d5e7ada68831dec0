"""SQL of rosters: accounts by kind, and who holds a role over what."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pengcheng.ground.database import Work


async def named(work: Work, kind: str, limit: int) -> list[tuple[str, UUID, UUID | None]]:
    rows = await work.tuples(
        """select username, id, person_id from account where kind = %(kind)s and active
           order by created_at, username limit %(limit)s""",
        kind=kind,
        limit=limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def holders(work: Work, role: str) -> list[tuple[int, int, str, UUID]]:
    rows = await work.tuples(
        """select o.no, o.no_end, a.username, a.id from post p
           join account a on a.id = p.account_id join organisation o on o.id = p.organisation_id
           where p.role = %(role)s and a.active and p.ended_at is null
           order by o.no, a.username""",
        role=role,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def names(work: Work, ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    return await work.tuples(
        """select a.id, p.name from account a join person p on p.id = a.person_id
           where a.id = any(%(ids)s) and a.kind = 'official'""",
        ids=list(ids),
    )
