"""SQL of recurring work."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pengcheng.engines.recurring.model import Duty, OpenedCase
from pengcheng.ground.database import Work

_DUTY = ("recurring", "began_on", "period", "opens_at")


async def duty(work: Work, name: str, record_id: UUID) -> Duty | None:
    """The duty of a record, to tell of it."""
    rows = await work.tuples(
        f"""select {", ".join(_DUTY)} from recurring_duty
            where recurring = %(name)s and record_id = %(id)s""",
        name=name,
        id=record_id,
    )
    return Duty(**dict(zip(_DUTY, rows[0], strict=True))) if rows else None


async def duties(work: Work, name: str, ids: Sequence[UUID]) -> dict[UUID, Duty]:
    """The duties of those of these records that have one, held until the transaction ends."""
    rows = await work.tuples(
        f"""select record_id, {", ".join(_DUTY)} from recurring_duty
            where recurring = %(name)s and record_id = any(%(ids)s)
            order by record_id for update""",
        name=name,
        ids=list(ids),
    )
    return {row[0]: Duty(**dict(zip(_DUTY, row[1:], strict=True))) for row in rows}


async def newest_periods(work: Work, name: str, ids: Sequence[UUID]) -> dict[UUID, date]:
    """The newest period of which a case was opened, of those of these records that had one."""
    rows = await work.tuples(
        """select record_id, max(period) from recurring_case
           where recurring = %(name)s and record_id = any(%(ids)s) group by record_id""",
        name=name,
        ids=list(ids),
    )
    return dict(rows)


async def keep(work: Work, record_id: UUID, held: Duty) -> None:
    await work.run(
        """insert into recurring_duty (recurring, record_id, began_on, period, opens_at)
           values (%(recurring)s, %(id)s, %(began_on)s, %(period)s, %(opens_at)s)
           on conflict (record_id, recurring) do update
           set period = excluded.period, opens_at = excluded.opens_at""",
        id=record_id,
        recurring=held.recurring,
        began_on=held.began_on,
        period=held.period,
        opens_at=held.opens_at,
    )


async def drop(work: Work, name: str, record_id: UUID) -> None:
    await work.run(
        "delete from recurring_duty where recurring = %(name)s and record_id = %(id)s",
        name=name,
        id=record_id,
    )


async def drop_others(work: Work, names: Sequence[str]) -> int:
    """End the duties of work that no pack declares any more, with their timers."""
    return await work.run(
        """with gone as (
               delete from recurring_duty where recurring <> all(%(names)s)
               returning record_id, recurring)
           delete from timer t using gone
           where t.subject_id = gone.record_id and t.kind = 'recurring:' || gone.recurring""",
        names=list(names),
    )


async def opened(work: Work, name: str, record_id: UUID, *, limit: int) -> list[OpenedCase]:
    """The cases that were opened for a record, newest period first."""
    rows = await work.tuples(
        """select period, case_id, opened_at from recurring_case
           where recurring = %(name)s and record_id = %(id)s
           order by period desc limit %(limit)s""",
        name=name,
        id=record_id,
        limit=limit,
    )
    return [OpenedCase(period=row[0], case_id=row[1], opened_at=row[2]) for row in rows]


async def note(
    work: Work, name: str, record_id: UUID, period: date, case_id: UUID, at: datetime
) -> None:
    """Keep that a case was opened; a second one for a period is against the table's key."""
    await work.run(
        """insert into recurring_case (recurring, record_id, period, case_id, opened_at)
           values (%(name)s, %(id)s, %(period)s, %(case)s, %(at)s)""",
        name=name,
        id=record_id,
        period=period,
        case=case_id,
        at=at,
    )
