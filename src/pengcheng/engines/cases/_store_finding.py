"""SQL of what helps an official with a case: similar ones, a caller's earlier ones, a list."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.cases._tables import CASE_SCOPE, LINE_COLUMNS, to_line
from pengcheng.engines.cases.model import Case, CaseLine
from pengcheng.ground.database import Work
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import Scope

LOOKED_THROUGH_MAX = 500


async def similar(work: Work, scope: Scope, case: Case, limit: int) -> list[CaseLine]:
    """Cases of the same category that share keys of the text first, then the newest. Looked for
    among the open ones that share keys, and the newest of the category: never among all."""
    where, values = predicate(scope, CASE_SCOPE)
    rows = await work.tuples(
        f"""with own as (select coalesce(similar_keys, '{{}}') as keys from cases
                         where id = %(id)s),
            looked as (
                select id from (select id from cases
                                where kind = %(kind)s and category = %(category)s
                                order by accepted_at desc limit {LOOKED_THROUGH_MAX}) newest
                union
                select id from (select id from cases
                                where open and kind = %(kind)s and category = %(category)s
                                  and similar_keys && (select keys from own)
                                limit {LOOKED_THROUGH_MAX}) alike)
            select {LINE_COLUMNS} from looked join cases c using (id), own
            where c.id <> %(id)s and {where}
            order by (coalesce(c.similar_keys, '{{}}') && own.keys) desc, c.accepted_at desc
            limit %(limit)s""",
        id=case.id,
        kind=case.kind,
        category=case.category,
        limit=limit,
        **values,
    )
    return [to_line(row) for row in rows]


async def replies(work: Work, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The newest reply that went out, by case."""
    rows = await work.tuples(
        """select distinct on (case_id) case_id, body from message
           where case_id = any(%(ids)s) and purpose = 'reply' and visibility <> 'internal'
           order by case_id, at desc""",
        ids=list(ids),
    )
    return {row[0]: row[1] for row in rows}


async def of_caller(
    work: Work, scope: Scope, field: str, telephone: str, limit: int
) -> list[CaseLine]:
    """Cases whose declared contact telephone this is, or whose author has it; newest first.

    Anonymous and sealed cases keep no telephone, so they are never found by one.
    """
    where, values = predicate(scope, CASE_SCOPE)
    rows = await work.tuples(
        f"""select {LINE_COLUMNS} from cases c
            where c.kind = %(kind)s and c.disclosure = 'open' and {where} and (
                c.id in (select id from city."{scope.type}" where "{field}" = %(telephone)s)
                or c.author_id = (select id from person where telephone = %(telephone)s))
            order by c.accepted_at desc limit %(limit)s""",
        kind=scope.type,
        telephone=telephone,
        limit=limit,
        **values,
    )
    return [to_line(row) for row in rows]


async def watch(work: Work, case_id: UUID, person_id: UUID) -> None:
    await work.run(
        """insert into follower (case_id, person_id) values (%(case)s, %(person)s)
           on conflict do nothing""",
        case=case_id,
        person=person_id,
    )


async def unwatch(work: Work, case_id: UUID, person_id: UUID) -> None:
    await work.run(
        "delete from follower where case_id = %(case)s and person_id = %(person)s",
        case=case_id,
        person=person_id,
    )


async def watches(work: Work, case_id: UUID, person_id: UUID) -> bool:
    return bool(
        await work.value(
            """select exists (select 1 from follower
                   where case_id = %(case)s and person_id = %(person)s)""",
            case=case_id,
            person=person_id,
        )
    )
