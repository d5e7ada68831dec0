"""Timers: rows that fall due, taken with SKIP LOCKED; they survive restarts and clock steps.

A timer fires in the transaction that removes it, so its effect happens once.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from pengcheng.ground.database import Database, Work, json_text
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Trouble
from pengcheng.kernel.ids import new_id

TRIES_MAX = 5
BATCH = 100

logger = structlog.get_logger(__name__)


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do at a time."""

    id: UUID
    due_at: datetime
    kind: str
    subject_id: UUID
    payload: Mapping[str, Any]


Fire = Callable[[Work, Timer], Awaitable[None]]


async def set_timer(
    work: Work, kind: str, subject_id: UUID, due_at: datetime, payload: Mapping[str, Any]
) -> UUID:
    """Set a timer in the caller's transaction."""
    timer_id = new_id()
    await work.run(
        """insert into timer (id, due_at, kind, subject_id, payload)
           values (%(id)s, %(due_at)s, %(kind)s, %(subject_id)s, %(payload)s::jsonb)""",
        id=timer_id,
        due_at=due_at,
        kind=kind,
        subject_id=subject_id,
        payload=json_text(payload),
    )
    return timer_id


async def clear_timers(work: Work, subject_id: UUID, *kinds: str) -> int:
    """Remove a subject's timers of these kinds (all when none is named)."""
    wanted = "and kind = any(%(kinds)s)" if kinds else ""
    return await work.run(
        f"delete from timer where subject_id = %(id)s {wanted}", id=subject_id, kinds=list(kinds)
    )


async def waiting(work: Work, kind: str) -> list[Timer]:
    """The timers of a kind that wait, soonest first. Who asks may set and clear them: nobody else
    who asks does so until this transaction ends."""
    await work.run("select pg_advisory_xact_lock(hashtext(%(kind)s))", kind=f"timer:{kind}")
    rows = await work.rows(
        """select id, due_at, kind, subject_id, payload from timer
           where kind = %(kind)s order by due_at, id""",
        kind=kind,
    )
    return [Timer(**row) for row in rows]


async def clear_timer(work: Work, timer_id: UUID) -> int:
    """Remove one timer, unless it is firing."""
    return await work.run(
        """delete from timer where id = (select id from timer where id = %(id)s
               for update skip locked)""",
        id=timer_id,
    )


async def fire_due(database: Database, now: datetime, fires: Mapping[str, Fire]) -> int:
    """Fire what is due, each in its own transaction; the number fired."""
    fired = 0
    while fired < BATCH and await _fire_one(database, now, fires):
        fired += 1
    return fired


async def _fire_one(database: Database, now: datetime, fires: Mapping[str, Fire]) -> bool:
    taken: Timer | None = None
    try:
        async with database.transaction(SYSTEM) as work:
            taken = await _take(work, now, tuple(fires))
            if taken is None:
                return False
            await fires[taken.kind](work, taken)
            return True
    except Trouble:
        raise
    except Exception as failure:
        if taken is None:
            raise
        await _failed(database, taken, failure, now)
        return True


async def _take(work: Work, now: datetime, kinds: tuple[str, ...]) -> Timer | None:
    row = await work.row(
        """delete from timer where id = (
               select id from timer where due_at <= %(now)s and kind = any(%(kinds)s)
               order by due_at limit 1 for update skip locked)
           returning id, due_at, kind, subject_id, payload""",
        now=now,
        kinds=list(kinds),
    )
    return Timer(**row) if row else None


async def _failed(database: Database, timer: Timer, failure: Exception, now: datetime) -> None:
    """The transaction of a failed timer rolled back; push the timer away, or park it."""
    async with database.transaction(SYSTEM) as work:
        tries = await work.value(
            """update timer set tries = tries + 1, due_at = %(now)s + interval '10 seconds'
               where id = %(id)s returning tries""",
            id=timer.id,
            now=now,
        )
        if tries is not None and tries >= TRIES_MAX:
            await work.run("delete from timer where id = %(id)s", id=timer.id)
            await work.run(
                """insert into parked (id, subscriber, timer_id, tries, error, entry)
                   values (%(id)s, %(kind)s, %(timer)s, %(tries)s, %(error)s, %(entry)s::jsonb)""",
                id=new_id(),
                kind=f"timer:{timer.kind}",
                timer=timer.id,
                tries=tries,
                error=repr(failure)[:2000],
                entry=json_text(timer),
            )
    logger.warning("timer.failed", kind=timer.kind, error=repr(failure))
