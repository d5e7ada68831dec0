"""SQL of accounts that something of theirs acts for."""

from datetime import datetime
from uuid import UUID

from pengcheng.ground.database import Row, Work


async def account_in_force(work: Work, account_id: UUID, now: datetime) -> Row | None:
    """What an actor is made of, if the account may act now."""
    return await work.row(
        """select a.id as account_id, null::uuid as enterprise_id, a.kind, a.username, a.person_id,
                  p.name, p.language
           from account a join person p on p.id = a.person_id
           where a.id = %(id)s and a.active
             and (a.locked_until is null or a.locked_until <= %(now)s)""",
        id=account_id,
        now=now,
    )
