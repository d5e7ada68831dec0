"""The rows of a city's own calendar."""

from collections.abc import Sequence
from datetime import date

from pengcheng.ground.calendar import CalendarDay
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope

_COLUMNS = "day, working, name, source, provisional"


async def days(work: Work, scope: Scope, first: date, last: date) -> list[CalendarDay]:
    """The rows between two days, both included; days off are public once the scope reads any."""
    if scope.is_empty:
        return []
    rows = await work.rows(
        f"""select {_COLUMNS} from calendar_day
            where day between %(first)s and %(last)s order by day""",
        first=first,
        last=last,
    )
    return [CalendarDay(**row) for row in rows]


async def replace(work: Work, scope: Scope, rows: Sequence[CalendarDay]) -> list[CalendarDay]:
    """Write rows over what stood there; what stood there before."""
    if scope.is_empty:
        return []
    before = await work.rows(
        f"select {_COLUMNS} from calendar_day where day = any(%(days)s) order by day for update",
        days=[row.day for row in rows],
    )
    await work.run_each(
        f"""insert into calendar_day ({_COLUMNS})
            values (%(day)s, %(working)s, %(name)s, %(source)s, %(provisional)s)
            on conflict (day) do update set working = excluded.working, name = excluded.name,
                source = excluded.source, provisional = excluded.provisional""",
        [{name: getattr(row, name) for name in row.__struct_fields__} for row in rows],
    )
    return [CalendarDay(**row) for row in before]


async def remove(work: Work, scope: Scope, days: Sequence[date]) -> list[CalendarDay]:
    """Take rows out, so that the State Council's arrangement counts again; what stood there."""
    if scope.is_empty:
        return []
    rows = await work.rows(
        f"delete from calendar_day where day = any(%(days)s) returning {_COLUMNS}", days=list(days)
    )
    return [CalendarDay(**row) for row in rows]
