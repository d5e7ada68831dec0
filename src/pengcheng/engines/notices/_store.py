"""SQL of notices. A reader's own notices need no other scope than who the reader is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pengcheng.engines.notices.model import NewNotice, Notice
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.ids import new_id

_MINE = """(person_id = %(person)s or account_id = %(account)s
            or organisation_no = any(%(units)s))"""


def _reader(actor: Actor) -> dict[str, Any]:
    units = [post.organisations.spans[0][0] for post in actor.posts if post.organisations.spans]
    who = actor.enterprise_id or actor.person_id
    return {"person": who, "account": actor.account_id, "units": units}


async def add(work: Work, notices: Sequence[NewNotice]) -> None:
    await work.run_all(
        """insert into notice (id, person_id, account_id, organisation_no, kind, subject_id, facts)
           select id, person_id, account_id, organisation_no, kind, subject_id, facts
           from json_populate_recordset(null::notice, %(rows)s::json)""",
        [
            {
                "id": new_id(),
                "person_id": item.person_id,
                "account_id": item.account_id,
                "organisation_no": item.organisation_no,
                "kind": item.kind,
                "subject_id": item.subject_id,
                "facts": item.facts,
            }
            for item in notices
        ],
    )


async def newest(work: Work, actor: Actor, limit: int) -> list[Notice]:
    rows = await work.rows(
        f"""select id, kind, subject_id, facts, at, read_at from notice
            where {_MINE} order by at desc limit %(limit)s""",
        limit=limit,
        **_reader(actor),
    )
    return [Notice(**row) for row in rows]


async def unread(work: Work, actor: Actor) -> int:
    found = await work.value(
        f"""select count(*) from (select 1 from notice
            where {_MINE} and read_at is null limit 100) counted""",
        **_reader(actor),
    )
    return int(found)


async def read(work: Work, actor: Actor, ids: Sequence[UUID]) -> int:
    return await work.run(
        f"""update notice set read_at = now()
            where id = any(%(ids)s) and read_at is null and {_MINE}""",
        ids=list(ids),
        **_reader(actor),
    )


async def drop_about(work: Work, subjects: Sequence[UUID]) -> None:
    await work.run("delete from notice where subject_id = any(%(ids)s)", ids=list(subjects))


async def drop_to(work: Work, persons: Sequence[UUID], accounts: Sequence[UUID]) -> None:
    await work.run("delete from notice where person_id = any(%(ids)s)", ids=list(persons))
    await work.run("delete from notice where account_id = any(%(ids)s)", ids=list(accounts))
