"""The city's calendar as a table that an administrator imports."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from pengcheng.engines.deadlines import _store
from pengcheng.ground.calendar import Calendar, CalendarDay, OfficeHours
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import SYSTEM, Actor, Region, Rights, Scope
from pengcheng.kernel.errors import Fault, Forbidden, invalid
from pengcheng.kernel.log import Entry

DAYS_MAX = 3_660
"""Rows of one import."""

NAME_LENGTH_MAX = 60

CALENDAR_ID = UUID("0b3c6f4e-6f3d-5b1e-9a51-5e2f0c1d7a10")
"""The subject of the log entries about the one calendar of a city."""

_OWN = Scope(action="read", type="calendar", regions=(Region(),), actor=SYSTEM)


class Calendars:
    """Reads and writes the table. `current` is kept until `forget`, which a process calls when it
    hears the signal `calendar`."""

    def __init__(
        self, database: Database, rights: Callable[[], Rights], hours: OfficeHours | None = None
    ) -> None:
        self._database = database
        self._rights = rights
        self._hours = hours
        self._current: Calendar | None = None
        self._forgotten = 0

    async def current(self) -> Calendar:
        """The calendar by which deadlines are counted now."""
        if self._current is not None:
            return self._current
        before = self._forgotten
        async with self._database.reading() as work:
            table = await _store.days(work, _OWN, date.min, date.max)
        read = Calendar(table, hours=self._hours)
        if self._forgotten == before:
            self._current = read
        return read

    def forget(self) -> None:
        """Read the table again at the next use, also when it is being read just now."""
        self._current = None
        self._forgotten += 1

    async def year(self, actor: Actor, year: int) -> list[CalendarDay]:
        """The rows of the city's own table in one year; `Forbidden` without the right to read."""
        scope = self._scope(actor, "read")
        if not date.min.year <= year <= date.max.year:
            return []
        async with self._database.reading(actor) as work:
            return await _store.days(work, scope, date(year, 1, 1), date(year, 12, 31))

    async def replace(self, actor: Actor, rows: Sequence[CalendarDay]) -> int:
        """Write rows of the table; the number written. Every fault of the import at once.
        `calendar.changed` in the log tells holders of deadlines to compute them again."""
        scope = self._scope(actor, "change")
        if faults := _faults(rows):
            raise invalid(*faults)
        if not rows:
            return 0
        async with self._database.transaction(actor) as work:
            before = await _store.replace(work, scope, rows)
            await self._tell(work, before, rows)
        self.forget()
        return len(rows)

    async def remove(self, actor: Actor, days: Sequence[date]) -> int:
        """Take rows of the table away, so that the State Council's arrangement counts again; the
        number taken. Told in the log like every other change."""
        scope = self._scope(actor, "change")
        async with self._database.transaction(actor) as work:
            before = await _store.remove(work, scope, days)
            if before:
                told = Calendar(hours=self._hours)
                await self._tell(work, before, [told.told(row.day) for row in before])
        self.forget()
        return len(before)

    async def _tell(
        self, work: Work, before: Sequence[CalendarDay], after: Sequence[CalendarDay]
    ) -> None:
        await work.append(
            Entry(
                kind="calendar.changed",
                subject_type="calendar",
                subject_id=CALENDAR_ID,
                sensitivity=1,
                before={"days": before},
                after={"days": list(after)},
            )
        )
        await signal(work, "calendar")

    def _scope(self, actor: Actor, action: str) -> Scope:
        scope = self._rights().scope(actor, action, "calendar")
        if scope.is_empty:
            raise Forbidden("calendar.forbidden", action=action)
        return scope


def _faults(rows: Sequence[CalendarDay]) -> list[Fault]:
    if len(rows) > DAYS_MAX:
        return [Fault(path="", code="rows.too_many", facts={"limit": DAYS_MAX})]
    faults: list[Fault] = []
    seen: set[date] = set()
    for number, row in enumerate(rows):
        if row.day in seen:
            facts: dict[str, object] = {"given": row.day.isoformat()}
            faults.append(Fault(path=f"/{number}/day", code="day.twice", facts=facts))
        if len(row.name) > NAME_LENGTH_MAX:
            facts = {"limit": NAME_LENGTH_MAX, "length": len(row.name)}
            faults.append(Fault(path=f"/{number}/name", code="text.too_long", facts=facts))
        seen.add(row.day)
    return faults
