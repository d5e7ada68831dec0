"""SQL of the end of retention: what goes of a case, and what stays for figures."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pengcheng.engines.cases._tables import CASE_COLUMNS, to_case
from pengcheng.engines.cases.model import Case
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import PERSONAL
from pengcheng.kernel.registry import RecordType

FIGURES = frozenset({"code", "boolean", "integer", "number", "date", "instant"})
"""Kinds of attributes that figures count by; everything that could be a sentence goes."""

_OVER = "c.kind = %(kind)s and c.closed_at < %(before)s and c.retention_ended_at is null"
_EVENT_OVER = """e.kind = %(kind)s and e.happened_at < %(before)s and e.retention_ended_at is null
    and not exists (select 1 from cases c
                    where c.event_id = e.id and c.retention_ended_at is null)"""


async def count(work: Work, kind: str, before: datetime) -> int:
    """How many cases of a kind were closed before an instant and are still whole."""
    return int(
        await work.value(f"select count(*) from cases c where {_OVER}", kind=kind, before=before)
    )


async def count_events(work: Work, kind: str, before: datetime) -> int:
    return int(
        await work.value(
            f"select count(*) from event e where {_EVENT_OVER}", kind=kind, before=before
        )
    )


async def take(work: Work, kind: str, before: datetime, limit: int) -> list[Case]:
    """The cases of a kind that were closed longest ago, taken from other workers' reach."""
    rows = await work.rows(
        f"""select {CASE_COLUMNS} from cases c where {_OVER}
            order by c.closed_at limit %(limit)s for update skip locked""",
        kind=kind,
        before=before,
        limit=limit,
    )
    return [to_case(row) for row in rows]


async def erase(work: Work, type_: RecordType, ids: Sequence[UUID], now: datetime) -> None:
    """Take from cases what was said and who said it."""
    for statement in _ERASING:
        await work.run(statement, ids=list(ids), now=now)
    gone = [item for item in type_.attributes if not _counts(item.kind, item.sensitivity)]
    if gone:
        sets = ", ".join(f'"{item.column}" = null' for item in gone)
        await work.run(
            f'update city."{type_.name}" set {sets} where id = any(%(ids)s)', ids=list(ids)
        )


def _counts(kind: str, sensitivity: int) -> bool:
    return kind in FIGURES and sensitivity < PERSONAL


_ERASING = (
    """update cases set title = '', author_id = null, author_account_id = null, is_public = false,
              place = null, sealed = null, submission_key = null, similar_keys = null,
              retention_ended_at = %(now)s, version = version + 1 where id = any(%(ids)s)""",
    "delete from message where case_id = any(%(ids)s)",
    "delete from follower where case_id = any(%(ids)s)",
    "update task set title = '', request = '{}', result = null where case_id = any(%(ids)s)",
    "update evaluation set comment = '' where case_id = any(%(ids)s)",
    "update access_record set reason = '' where record_ids && %(ids)s::uuid[] and reason <> ''",
)


async def erase_events(
    work: Work, kind: str, before: datetime, now: datetime, limit: int
) -> list[UUID]:
    """Take the words from events that happened before an instant and whose cases have all ended."""
    rows = await work.tuples(
        f"""update event set title = '', place = null, retention_ended_at = %(now)s,
                   version = version + 1
            where id in (select e.id from event e where {_EVENT_OVER}
                         order by e.happened_at limit %(limit)s for update skip locked)
            returning id""",
        kind=kind,
        before=before,
        now=now,
        limit=limit,
    )
    return [row[0] for row in rows]


async def with_matters(work: Work, persons: Sequence[UUID]) -> set[UUID]:
    """Which of these are the author of a case that still keeps what they said."""
    rows = await work.tuples(
        """select p.id from unnest(%(ids)s::uuid[]) as p (id)
           where exists (select 1 from cases c
                         where c.author_id = p.id and c.retention_ended_at is null)""",
        ids=list(persons),
    )
    return {row[0] for row in rows}


async def matters_of(work: Work, person: UUID) -> list[tuple[str, int, int, datetime | None]]:
    """What of a person's cases still keeps what they said: by kind how many are open, how many are
    closed, and when the last of these was."""
    rows = await work.tuples(
        """select kind, count(*) filter (where open), count(*) filter (where not open),
                  max(closed_at)
           from cases where author_id = %(id)s and retention_ended_at is null
           group by kind order by kind""",
        id=person,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def unname(work: Work, person: UUID, types: Sequence[RecordType]) -> list[Case]:
    """Take from a person's cases how to reach them, and who they are from every reader; the id
    stays until the retention ends, since the key in the log hangs on it."""
    rows = await work.rows(
        f"""update cases c set disclosure = 'anonymous', author_account_id = null,
                   is_public = false, sealed = null, version = version + 1
            where author_id = %(id)s and retention_ended_at is null returning {CASE_COLUMNS}""",
        id=person,
    )
    cases = [to_case(row) for row in rows]
    await work.run("delete from follower where person_id = %(id)s", id=person)
    await work.run(
        """update message set author_id = null
           where case_id = any(%(ids)s) and author_kind in ('citizen', 'enterprise')""",
        ids=[case.id for case in cases],
    )
    for type_ in types:
        gone = [item for item in type_.attributes if item.sensitivity >= PERSONAL]
        sets = ", ".join(f'"{item.column}" = null' for item in gone)
        if sets:
            await work.run(
                f'update city."{type_.name}" set {sets} where id = any(%(ids)s)',
                ids=[case.id for case in cases if case.kind == type_.name],
            )
    return cases
