"""Parked work: what failed again and again and waits for a person, who has it tried again once the
cause is mended, or lays it aside with a reason.

Trying again happens in the background process, where the subscribers live: a person only asks.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog

from pengcheng.ground import log, timers
from pengcheng.ground.database import Database, Work
from pengcheng.ground.log import Position, Positioned
from pengcheng.ground.subscriptions import Subscriber, attempted
from pengcheng.kernel.authz import SYSTEM, Scope
from pengcheng.kernel.errors import Absent, Fault, Forbidden, invalid
from pengcheng.kernel.imports import (
    Act,
    Became,
    Imported,
    RowChange,
    RowFaults,
    became,
    imported,
    writes,
)
from pengcheng.kernel.log import Entry

LIST_MAX = 200
RETRIES_AT_ONCE = 20
REASON_LENGTH_MAX = 1000
ROWS_MAX = 5_000
ACTS = ("retry", "resolve")
ASKED = "retry"
"""What stands as the resolution while a person's wish waits for the background process."""

Beside = Callable[[Work], Awaitable[None]]

logger = structlog.get_logger(__name__)


class ParkedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with one piece of parked work: "retry" or "resolve" with a reason."""

    id: UUID
    act: str
    reason: str = ""


class ParkedWork:
    """The parked work of a city, for those whose rights reach it (`parked`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, scope: Scope, *, limit: int = LIST_MAX) -> list[dict[str, Any]]:
        """What waits, oldest first."""
        _demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await work.rows(
                """select id, subscriber, log_seq, tries, error, at, resolution = 'retry' as asked,
                          entry->>'kind' as kind, entry->>'subject_type' as subject_type
                   from parked where resolved_at is null order by at limit %(limit)s""",
                limit=limit,
            )

    async def retry(self, scope: Scope, parked_id: UUID) -> None:
        """Ask for another try: the background process reads the entry of the log again, or fires
        the timer again."""
        await self._settle(scope, ParkedRow(id=parked_id, act="retry"))

    async def resolve(self, scope: Scope, parked_id: UUID, reason: str) -> None:
        """Lay it aside for good, with a reason."""
        await self._settle(scope, ParkedRow(id=parked_id, act="resolve", reason=reason))

    async def _settle(self, scope: Scope, row: ParkedRow) -> None:
        _demand(scope)
        if not row.reason.strip() and row.act == "resolve":
            raise invalid(Fault(path="/reason", code="field.required"))
        async with self._database.transaction(scope.actor) as work:
            if row.id not in await _open(work, [row.id]):
                raise Absent("parked.unknown")
            await _settled(work, row)

    async def import_rows(
        self, scope: Scope, rows: Sequence[ParkedRow], *, mode: str, beside: Beside | None = None
    ) -> Imported:
        """Have many tried again or laid aside, as the rows of a sheet say. `mode`: "all" rows or
        none, "partly" those that are right, "check": nothing is written. `beside` is done in the
        transaction of what is written."""
        _demand(scope)
        if len(rows) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        async with self._database.transaction(scope.actor) as work:
            standing = await _open(work, [row.id for row in rows])
            changes: list[RowChange] = []
            bad: RowFaults = []
            seen: set[UUID] = set()
            for number, row in enumerate(rows, start=1):
                faults = _faults(row, standing, seen)
                seen.add(row.id)
                bad += [(number, fault) for fault in faults]
                if not faults:
                    changes.append(_change(number, row, standing[row.id]))
            if writes(mode, bad):
                for change in changes:
                    await _settled(work, rows[change.number - 1])
                if beside is not None:
                    await beside(work)
        return imported(mode, changes, bad, 0)


def _faults(row: ParkedRow, standing: Mapping[UUID, str], seen: set[UUID]) -> list[Fault]:
    faults = []
    if row.act not in ACTS:
        facts = {"given": row.act, "allowed": ", ".join(ACTS)}
        faults.append(Fault(path="/act", code="code.unknown", facts=facts))
    if row.act == "resolve" and not row.reason.strip():
        faults.append(Fault(path="/reason", code="field.required"))
    if row.id not in standing:
        faults.append(Fault(path="/id", code="parked.unknown"))
    if row.id in seen:
        faults.append(Fault(path="/id", code="row.twice"))
    return faults


def _change(number: int, row: ParkedRow, subscriber: str) -> RowChange:
    reason = became({}, {"reason": row.reason.strip()}) if row.act == "resolve" else ()
    act: Act = "ended" if row.act == "resolve" else "changed"
    values = (Became("act", "", row.act), *reason)
    return RowChange(number=number, act=act, key=subscriber, values=values)


async def _open(work: Work, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of these that wait, by what they failed in; held until the transaction ends."""
    rows = await work.tuples(
        """select id, subscriber from parked where id = any(%(ids)s) and resolved_at is null
           order by id for update""",
        ids=list(ids),
    )
    return {row[0]: row[1] for row in rows}


async def _settled(work: Work, row: ParkedRow) -> None:
    if row.act == "resolve":
        reason = row.reason.strip()[:REASON_LENGTH_MAX]
        await _resolved(work, row.id, reason)
        await work.append(_entry("parked.resolved", row.id, reason=reason))
        return
    timer = await work.row(
        """select entry->>'kind' as kind, (entry->>'subject_id')::uuid as subject_id,
                  entry->'payload' as payload
           from parked where id = %(id)s and timer_id is not null and entry is not null""",
        id=row.id,
    )
    if timer is None:
        await work.run("update parked set resolution = 'retry' where id = %(id)s", id=row.id)
    else:
        # A timer that fails again is parked anew; this one is settled by being set again.
        at = await work.value("select now()")
        await timers.set_timer(work, timer["kind"], timer["subject_id"], at, timer["payload"])
        await _resolved(work, row.id, "retried")
    await work.append(_entry("parked.retry_asked", row.id))


async def _resolved(work: Work, parked_id: UUID, resolution: str) -> None:
    await work.run(
        "update parked set resolved_at = now(), resolution = %(how)s where id = %(id)s",
        id=parked_id,
        how=resolution,
    )


async def forget(work: Work, subjects: Sequence[UUID]) -> None:
    """Remove what is parked about records whose retention has ended."""
    await work.run(
        "delete from parked where entry->>'subject_id' = any(%(ids)s::text[])",
        ids=[str(one) for one in subjects],
    )


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
