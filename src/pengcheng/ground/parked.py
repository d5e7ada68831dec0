"""Parked work: what failed again and again and waits for a person, who has it tried again once the
cause is mended, or lays it aside with a reason.

Trying again happens in the background process, where the subscribers live: a person only asks.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog

from pengcheng.ground import log
from pengcheng.ground.database import Database, Work
from pengcheng.ground.log import Position, Positioned
from pengcheng.ground.subscriptions import Subscriber, attempted
from pengcheng.kernel.authz import SYSTEM, Scope
from pengcheng.kernel.errors import Absent, Fault, Forbidden, invalid
from pengcheng.kernel.log import Entry

LIST_MAX = 200
RETRIES_AT_ONCE = 20
REASON_LENGTH_MAX = 1000
ASKED = "retry"
"""What stands as the resolution while a person's wish waits for the background process."""

logger = structlog.get_logger(__name__)


class ParkedWork:
    """The parked work of a city, for those whose rights reach it (`parked`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, scope: Scope) -> list[dict[str, Any]]:
        """What waits, oldest first."""
        _demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await work.rows(
                """select id, subscriber, log_seq, tries, error, at, resolution = 'retry' as asked,
                          entry->>'kind' as kind, entry->>'subject_type' as subject_type
                   from parked where resolved_at is null order by at limit %(limit)s""",
                limit=LIST_MAX,
            )

    async def retry(self, scope: Scope, parked_id: UUID) -> None:
        """Ask for another try; only what was parked while reading the log can be tried again."""
        _demand(scope)
        async with self._database.transaction(scope.actor) as work:
            asked = await work.run(
                """update parked set resolution = 'retry'
                   where id = %(id)s and resolved_at is null and log_seq is not null""",
                id=parked_id,
            )
            if not asked:
                raise Absent("parked.unknown")
            await work.append(_entry("parked.retry_asked", parked_id))

    async def resolve(self, scope: Scope, parked_id: UUID, reason: str) -> None:
        """Lay it aside for good, with a reason."""
        _demand(scope)
        if not reason.strip():
            raise invalid(Fault(path="/reason", code="field.required"))
        async with self._database.transaction(scope.actor) as work:
            done = await work.run(
                """update parked set resolved_at = now(), resolution = %(reason)s
                   where id = %(id)s and resolved_at is null""",
                id=parked_id,
                reason=reason.strip()[:REASON_LENGTH_MAX],
            )
            if not done:
                raise Absent("parked.unknown")
            await work.append(_entry("parked.resolved", parked_id, reason=reason))


async def retry_asked(database: Database, subscribers: Sequence[Subscriber]) -> int:
    """Try again what people asked for: how many went through. What fails again waits again."""
    by_name = {item.name: item for item in subscribers}
    async with database.reading() as work:
        asked = await work.rows(
            """select id, subscriber, log_seq from parked
               where resolved_at is null and resolution = %(asked)s and log_seq is not null
               order by at limit %(limit)s""",
            asked=ASKED,
            limit=RETRIES_AT_ONCE,
        )
    done = 0
    for row in asked:
        subscriber = by_name.get(row["subscriber"])
        if subscriber is not None:
            done += await _tried(database, subscriber, row)
    return done


async def _tried(database: Database, subscriber: Subscriber, row: Mapping[str, Any]) -> int:
    async def act() -> None:
        async with database.transaction(SYSTEM) as work:
            await subscriber.handle(work, await _entry_at(work, row["log_seq"]))
            await work.run(
                """update parked set resolved_at = now(), resolution = 'retried'
                   where id = %(id)s""",
                id=row["id"],
            )

    failure = await attempted(act)
    if failure is None:
        return 1
    logger.warning("parked.failed_again", subscriber=subscriber.name, error=failure)
    async with database.transaction(SYSTEM) as work:
        await work.run(
            """update parked set resolution = null, tries = tries + 1, error = %(error)s
               where id = %(id)s""",
            id=row["id"],
            error=failure[:2000],
        )
    return 0


async def _entry_at(work: Work, seq: int) -> list[Positioned]:
    """The one entry of the log with this number, with its position."""
    at = await log.position_of(work, seq)
    if at is None:
        return []
    return await log.after(work, Position(at.tx, seq - 1), limit=1, to=at)


def _demand(scope: Scope) -> None:
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action=scope.action, type=scope.type)


def _entry(kind: str, parked_id: UUID, **after: str) -> Entry:
    return Entry(kind=kind, subject_type="parked", subject_id=parked_id, after=after)
