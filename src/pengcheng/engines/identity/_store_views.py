"""SQL of the views of lists that an account keeps."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.ground.database import Row, Work


async def kept(work: Work, account_id: UUID) -> Sequence[Row]:
    return await work.rows(
        """select id, screen, name, query from kept_view where account_id = %(account)s
           order by screen, name""",
        account=account_id,
    )


async def keep(
    work: Work, view_id: UUID, account_id: UUID, *, screen: str, name: str, query: str, most: int
) -> bool:
    """Keep a view, in the place of one of the same name; False when there are `most` already."""
    found = await work.value(
        """insert into kept_view (id, account_id, screen, name, query)
           select %(id)s, %(account)s, %(screen)s, %(name)s, %(query)s
           where (select count(*) from kept_view where account_id = %(account)s
                  and (screen, name) <> (%(screen)s, %(name)s)) < %(most)s
           on conflict (account_id, screen, name) do update set query = excluded.query
           returning true""",
        id=view_id, account=account_id, screen=screen, name=name, query=query, most=most,
    )  # fmt: skip
    return bool(found)


async def drop(work: Work, view_id: UUID, account_id: UUID) -> Row | None:
    rows = await work.rows(
        """delete from kept_view where id = %(id)s and account_id = %(account)s
           returning id, screen, name, query""",
        id=view_id,
        account=account_id,
    )
    return rows[0] if rows else None
