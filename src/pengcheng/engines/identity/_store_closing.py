"""SQL of accounts that end, and of persons of whom nothing has to be kept any more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pengcheng.ground.database import Work


async def in_use(work: Work, persons: Sequence[UUID]) -> set[UUID]:
    """Which of these have an account that is not closed, or are an enterprise."""
    rows = await work.tuples(
        """select p.id from unnest(%(ids)s::uuid[]) as p (id)
           where exists (select 1 from account a
                         where a.person_id = p.id and a.closed_at is null)
              or exists (select 1 from enterprise e where e.id = p.id)""",
        ids=list(persons),
    )
    return {row[0] for row in rows}


async def erase(work: Work, persons: Sequence[UUID]) -> None:
    """Take from persons all that says who they are."""
    await work.run(
        """update person set name = '', telephone = null, identity_number = null, area_code = null,
                  version = version + 1 where id = any(%(ids)s)""",
        ids=list(persons),
    )


async def close(work: Work, account_id: UUID, person_id: UUID, now: datetime) -> bool:
    """End an account, and take from its person what only served to reach and to know them; False
    for an official's."""
    closed = await work.run(
        """update account set username = 'closed-' || id, password_hash = null, active = false,
                  closed_at = %(now)s, version = version + 1
           where id = %(id)s and kind <> 'official' and closed_at is null""",
        id=account_id,
        now=now,
    )
    if closed:
        for statement in _CLOSING:
            await work.run(statement, id=account_id, person=person_id)
    return closed == 1


_CLOSING = (
    """delete from one_time_code where address =
           (select telephone from person where id = %(person)s)""",
    "delete from session where account_id = %(id)s",
    "delete from kept_view where account_id = %(id)s",
    "delete from enterprise_member where person_id = %(person)s",
    """update person set telephone = null, identity_number = null, area_code = null,
              version = version + 1 where id = %(person)s""",
)
