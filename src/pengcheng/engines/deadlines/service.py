"""The city's calendar as a table that an administrator imports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from pengcheng.engines.deadlines import _store
from pengcheng.ground.calendar import Calendar, CalendarDay, OfficeHours
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import SYSTEM, Actor, Region, Rights, Scope
from pengcheng.kernel.errors import Fault, Forbidden, invalid
from pengcheng.kernel.imports import Imported, RowChange, RowFaults, became, imported, writes
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

    async def import_rows(
        self, actor: Actor, rows: Sequence[CalendarDay], ended: Sequence[date], *, mode: str
    ) -> Imported:
        """Write days of the table and take away those of `ended`, which are numbered after the
        rows. `mode`: "all" or none, "partly" those that are right, "check": nothing is written."""
        scope = self._scope(actor, "import")
        if len(rows) + len(ended) > DAYS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": DAYS_MAX}))
        async with self._database.transaction(actor) as work:
            table = await _store.days(work, scope, date.min, date.max)
            standing = {row.day: row for row in table}
            told, bad, same = planned(standing, rows, ended)
            if writes(mode, bad):
                await self._import(work, scope, standing, [one for _, one in told])
        self.forget()
        return imported(mode, [change for change, _ in told], bad, same)

    async def _import(
        self, work: Work, scope: Scope, standing: Mapping[date, CalendarDay],
        days: Sequence[CalendarDay | date],
    ) -> None:  # fmt: skip
        written = [day for day in days if isinstance(day, CalendarDay)]
        gone = [day for day in days if isinstance(day, date)]
        before = await _store.replace(work, scope, written) if written else []
        before += await _store.remove(work, scope, gone) if gone else []
        told = Calendar(hours=self._hours)
        after = [*written, *(told.told(day) for day in gone if day in standing)]
        if after:
            await self._tell(work, before, after)

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


def planned(
    standing: Mapping[date, CalendarDay], rows: Sequence[CalendarDay], ended: Sequence[date]
) -> tuple[list[tuple[RowChange, CalendarDay | date]], RowFaults, int]:
    """What rows would do to a table: changes with what is written or taken away, faults by row
    number, and how many rows stand as they are. Pure."""
    told: list[tuple[RowChange, CalendarDay | date]] = []
    bad: RowFaults = []
    seen: set[date] = set()
    same = 0
    given: list[CalendarDay | date] = [*rows, *ended]
    for number, row in enumerate(given, start=1):
        day = row.day if isinstance(row, CalendarDay) else row
        known = standing.get(day)
        faults = [Fault(path="/day", code="row.twice")] * (day in seen)
        seen.add(day)
        if isinstance(row, CalendarDay) and len(row.name) > NAME_LENGTH_MAX:
            facts = {"limit": NAME_LENGTH_MAX, "length": len(row.name)}
            faults.append(Fault(path="/name", code="text.too_long", facts=facts))
        if not isinstance(row, CalendarDay) and known is None:
            faults.append(Fault(path="/day", code="day.not_arranged"))
        bad += [(number, fault) for fault in faults]
        if faults:
            continue
        same += row == known
        if row != known:
            told.append((_change(number, day, known, row), row))
    return told, bad, same


def _change(
    number: int, day: date, known: CalendarDay | None, row: CalendarDay | date
) -> RowChange:
    if not isinstance(row, CalendarDay):
        return RowChange(number=number, act="ended", key=day.isoformat())
    before = msgspec.structs.asdict(known) if known else {}
    values = became(before, msgspec.structs.asdict(row))
    shown = tuple(one for one in values if one.field not in {"day", "provisional"} and (
        one.before or one.after))  # fmt: skip
    return RowChange(
        number=number, act="changed" if known else "added", key=day.isoformat(), values=shown
    )


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
