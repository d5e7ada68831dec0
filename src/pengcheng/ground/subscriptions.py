"""Durable subscriptions over the log.

A subscriber has a name, the kinds it hears and a cursor. Its effects and its cursor are written in
one transaction, so an effect happens once however often the process dies. A batch that fails is
tried entry by entry; an entry that keeps failing is parked where an operator sees it, and the rest
goes on.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog

from pengcheng.ground import log
from pengcheng.ground.database import Database, Work, json_text
from pengcheng.ground.log import Position, Positioned
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Trouble
from pengcheng.kernel.ids import new_id

TRIES_MAX = 5
MOVE_UNHEARD = 500
"""A cursor that hears nothing is written only once so many entries lie behind it."""

LOCK_CLASS = 4404
"""The first number of the advisory locks of cursors; the second is made of the name."""

Handle = Callable[[Work, Sequence[Positioned]], Awaitable[None]]

logger = structlog.get_logger(__name__)


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """What hears the log: `handle` gets entries of `kinds` (all when empty), oldest first.

    `gather` is how many seconds old an entry is at least when it is handled: what nobody waits for
    costs less in one batch, and a case that is accepted and dispatched meanwhile is met once, as it
    then stands.
    """

    name: str
    kinds: tuple[str, ...] = ()
    handle: Handle
    batch: int = 200
    gather: float = 0.0


async def advance(database: Database, subscriber: Subscriber, *, to: Position | None = None) -> int:
    """Handle the next batch (up to and with `to`); the number of entries handled (at least 1 while
    there is more to look through). Zero when there is nothing, or another process holds the
    cursor."""
    try:
        return await _advance(database, subscriber, subscriber.batch, to)
    except Trouble:
        raise
    except Exception as failure:  # noqa: BLE001  the subscriber boundary: what fails is parked
        logger.warning("subscriber.batch_failed", subscriber=subscriber.name, error=repr(failure))
    return await _advance_singly(database, subscriber)


async def _advance(
    database: Database, subscriber: Subscriber, limit: int, to: Position | None = None
) -> int:
    async with database.transaction(SYSTEM) as work:
        position = await _locked(work, subscriber.name)
        if position is None or (to and to <= position):
            return 0
        if not subscriber.kinds:
            return await _all(database, work, subscriber, position, limit, to)
        # A window bounds the search for rare kinds; a cursor that hears nothing moves on with it.
        end, entries = await log.window(work, position, to)
        found = await log.after(work, position, limit=limit, kinds=subscriber.kinds, to=end)
        if found:
            await _handled(database, work, subscriber, found)
        if found or entries >= MOVE_UNHEARD:
            reached = found[-1].position if len(found) == limit else end
            await _move(work, subscriber.name, reached, len(found))
        return len(found) or int(entries == log.WINDOW_MAX)


async def _all(
    database: Database, work: Work, subscriber: Subscriber, position: Position, limit: int,
    to: Position | None,
) -> int:  # fmt: skip
    """The next entries for who hears every kind: nothing has to be looked for."""
    found = await log.after(work, position, limit=limit, to=to)
    if found:
        await _handled(database, work, subscriber, found)
        await _move(work, subscriber.name, found[-1].position, len(found))
    return len(found)


async def _handled(
    database: Database, work: Work, subscriber: Subscriber, found: Sequence[Positioned]
) -> None:
    """Let the subscriber do its work, told in the trace of what caused it."""
    if not database.tracing.is_on:
        await subscriber.handle(work, found)
        return
    rows = await work.tuples(
        "select distinct request_id from log where seq = any(%(seqs)s) and request_id <> ''",
        seqs=[item.position.seq for item in found],
    )
    name = f"subscriber {subscriber.name}"
    causes = [request_id for (request_id,) in rows]
    with database.tracing.caused(name, causes, **{"messaging.batch.message_count": len(found)}):
        await subscriber.handle(work, found)


async def _advance_singly(database: Database, subscriber: Subscriber) -> int:
    """One entry in a transaction of its own; after `TRIES_MAX` failures it is parked."""
    for attempt in range(1, TRIES_MAX + 1):
        try:
            return await _advance(database, subscriber, 1)
        except Trouble:
            raise
        except Exception as failure:  # noqa: BLE001  the subscriber boundary: what fails is parked
            if attempt == TRIES_MAX:
                return await _park_next(database, subscriber, failure)
    return 0


async def _park_next(database: Database, subscriber: Subscriber, failure: Exception) -> int:
    async with database.transaction(SYSTEM) as work:
        position = await _locked(work, subscriber.name)
        if position is None:
            return 0
        found = await log.after(work, position, limit=1, kinds=subscriber.kinds)
        if not found:
            return 0
        await work.run(
            """insert into parked (id, subscriber, log_seq, tries, error, entry)
               values (%(id)s, %(subscriber)s, %(seq)s, %(tries)s, %(error)s, %(entry)s::jsonb)""",
            id=new_id(),
            subscriber=subscriber.name,
            seq=found[0].position.seq,
            tries=TRIES_MAX,
            error=repr(failure)[:2000],
            entry=json_text(found[0].entry),
        )
        await _move(work, subscriber.name, found[0].position, 1)
    logger.error("subscriber.parked", subscriber=subscriber.name, error=repr(failure))
    return 1


async def _locked(work: Work, name: str) -> Position | None:
    """The cursor, held for this transaction; None when another process has it.

    Held by an advisory lock: a row lock would give the transaction its number at once, and a
    number that runs holds every reader of the log back (`pg_snapshot_xmin`) while it computes.
    """
    row = await work.row(
        """select pg_try_advisory_xact_lock(%(class)s, hashtext(%(name)s)) as held,
                  exists (select 1 from subscription where name = %(name)s) as known""",
        **{"class": LOCK_CLASS, "name": name},
    )
    if row is None or not row["held"]:
        return None
    if not row["known"]:
        await work.run(
            "insert into subscription (name) values (%(name)s) on conflict do nothing", name=name
        )
    # A statement of its own: it sees what the last holder of the lock committed.
    found = await work.row(
        "select tx::text::bigint as tx, seq from subscription where name = %(name)s", name=name
    )
    return Position(found["tx"], found["seq"]) if found else None


async def _move(work: Work, name: str, position: Position, handled: int) -> None:
    await work.run(
        """update subscription set tx = %(tx)s::text::xid8, seq = %(seq)s,
                  handled = handled + %(handled)s, moved_at = clock_timestamp()
           where name = %(name)s""",
        name=name,
        tx=str(position.tx),
        seq=position.seq,
        handled=handled,
    )


async def attempted(act: Callable[[], Awaitable[None]]) -> str | None:
    """Do what a subscriber does once more: None when it went through, else what failed."""
    try:
        await act()
    except Trouble:
        raise
    except Exception as failure:  # noqa: BLE001  the subscriber boundary: what fails waits again
        return repr(failure)
    return None


async def start_at_head(database: Database, name: str) -> None:
    """Let a new subscriber begin with what happens from now on; an existing one is untouched."""
    async with database.transaction(SYSTEM) as work:
        at = await log.head(work)
        await work.run(
            """insert into subscription (name, tx, seq)
               values (%(name)s, %(tx)s::text::xid8, %(seq)s) on conflict do nothing""",
            name=name,
            tx=str(at.tx),
            seq=at.seq,
        )


async def to_head(database: Database) -> int:
    """Let every subscriber go on after the newest entry, past what a filling wrote, because who
    filled did their work; how many cursors moved. Nothing else may be at work meanwhile."""
    async with database.transaction(SYSTEM) as work:
        at = await log.head(work)
        return await work.run(
            """update subscription set tx = %(tx)s::text::xid8, seq = %(seq)s,
                      moved_at = clock_timestamp()""",
            tx=str(at.tx),
            seq=at.seq,
        )


async def waiting(work: Work, name: str, kind: str, *, limit: int) -> tuple[int, float]:
    """How many entries of a kind a subscriber has not handled (counting stops at the limit), and
    for how many seconds the first of them waits."""
    rows = await work.tuples(
        """select count(*), coalesce(extract(epoch from clock_timestamp() - min(l.at)), 0)::float8
           from (select coalesce(max(tx::text), '0')::xid8 as tx, coalesce(max(seq), 0) as seq
                 from subscription where name = %(name)s) s
           cross join lateral (
               select at from log where (tx, seq) > (s.tx, s.seq) and kind = %(kind)s
               order by tx, seq limit %(limit)s) l""",
        name=name,
        kind=kind,
        limit=limit,
    )
    return int(rows[0][0]), float(rows[0][1])


async def parked(work: Work, *, limit: int = 100) -> list[dict[str, Any]]:
    """What failed and waits for an operator, oldest first."""
    return await work.rows(
        "select * from parked where resolved_at is null order by at limit %(limit)s", limit=limit
    )
