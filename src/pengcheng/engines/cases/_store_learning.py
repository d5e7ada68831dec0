"""SQL of what algorithms may learn from cases: open ones only, neither sensitive nor unnamed."""

from pengcheng.ground.database import Work
from pengcheng.kernel.authz import INTERNAL
from pengcheng.kernel.registry import RecordType

Lines = list[tuple[str, str, str]]


async def corrected(work: Work, type_: RecordType, body: str, limit: int) -> Lines:
    """Title, text and the category that a person gave last, the newest corrections first."""
    rows = await work.tuples(
        f"""select c.title, coalesce(f."{body}", ''), l.value from (
                select distinct on (subject_id) subject_id, seq, after->>'value' as value
                from log where kind = 'case.corrected' and subject_type = %(kind)s
                  and after->>'step' = 'category' order by subject_id, seq desc) l
            join cases c on c.id = l.subject_id join city."{type_.name}" f on f.id = c.id
            where c.disclosure = 'open' and c.sensitivity <= %(level)s and l.value is not null
              and c.retention_ended_at is null
            order by l.seq desc limit %(limit)s""",
        kind=type_.name,
        level=INTERNAL,
        limit=limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def confirmed(work: Work, type_: RecordType, body: str, limit: int) -> Lines:
    """Of cases that went through by their algorithm and were closed as they were, the newest."""
    rows = await work.tuples(
        f"""select c.title, coalesce(f."{body}", ''), c.category
            from cases c join city."{type_.name}" f on f.id = c.id
            where c.kind = %(kind)s and not c.open and c.outcome = 'closed' and c.automatic
              and c.returns = 0 and c.category_confidence < 1 and c.category is not null
              and c.disclosure = 'open' and c.sensitivity <= %(level)s
              and c.retention_ended_at is null
              and not exists (select 1 from log l where l.subject_id = c.id
                                and l.kind = 'case.corrected')
            order by c.closed_at desc limit %(limit)s""",
        kind=type_.name,
        level=INTERNAL,
        limit=limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def corrections_since(work: Work, type_: RecordType, since: object) -> int:
    found = await work.value(
        """select count(distinct subject_id) from log where kind = 'case.corrected'
           and subject_type = %(kind)s and after->>'step' = 'category'
           and (%(since)s::timestamptz is null or at > %(since)s)""",
        kind=type_.name,
        since=since,
    )
    return int(found or 0)
