"""Who changed what in the city's own arrangements: the entries of the log that are not about cases,
newest first."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.ground.database import Work
from pengcheng.ground.log import to_entry
from pengcheng.kernel.log import LoggedEntry

KINDS = (
    "record.added", "record.changed", "record.retired", "record.filled",
    "organisation.added", "organisation.changed", "organisation.moved",
    "account.opened", "account.changed", "account.locked", "account.unlocked",
    "account.password_reset", "account.password_changed",
    "post.given", "post.changed", "post.ended", "role.added", "role.changed",
    "area.added", "area.changed", "calendar.changed", "parked.retry_asked", "parked.resolved",
)  # fmt: skip
"""The kinds that the index `log_kept` holds; a statement must name them as they stand there."""

_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)
_COLUMNS = """l.seq, l.at, l.kind, l.subject_type, l.subject_id, l.actor_kind, l.actor_id,
              l.actor_name, l.area_no, l.organisation_no, l.sensitivity, l.before, l.after, l.cause,
              l.visibility"""


async def newest(
    work: Work, types: Sequence[str], *, before: int | None = None, subject_id: UUID | None = None,
    actor_id: UUID | None = None, limit: int,
) -> list[LoggedEntry]:  # fmt: skip
    """The newest entries about subjects of these types, up to a number of the log."""
    rows = await work.rows(
        f"""select {_COLUMNS} from unnest(%(types)s::text[]) as asked (type)
            cross join lateral (
                select * from log
                where subject_type = asked.type and kind in ({_KINDS})
                  and (%(before)s::bigint is null or seq < %(before)s)
                  and (%(subject)s::uuid is null or subject_id = %(subject)s)
                  and (%(actor)s::uuid is null or actor_id = %(actor)s)
                order by seq desc limit %(limit)s) l
            order by l.seq desc limit %(limit)s""",
        types=list(types),
        before=before,
        subject=subject_id,
        actor=actor_id,
        limit=limit,
    )
    return [to_entry(row) for row in rows]
