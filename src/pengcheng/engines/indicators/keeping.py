"""Figures of records and events as these change, and what is under them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from pengcheng.engines.cases import (
    counted_events,
    event_names,
    events_after,
    events_joined,
    events_of_ids,
)
from pengcheng.engines.indicators import _store_records
from pengcheng.engines.indicators.model import (
    CountedEvent,
    CountedRecord,
    CountedRow,
    RecordsUnder,
)
from pengcheng.engines.indicators.records import RecordMeasure, recount
from pengcheng.engines.objects import SWITCH_SECONDS, counted, ids_after, of_ids
from pengcheng.ground.database import Database, Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.timers import Timer, clear_timers, set_timer
from pengcheng.kernel.authz import SYSTEM, Scope
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.time import Clock, city_day, next_city_day

DAILY = "indicators.daily"
DAILY_ID = UUID("6b7c1f0e-8a52-5d0b-9d3e-3c7a5a1f2e90")
"""The subject of the timers that count anew what asks the clock."""
BATCH = 1000
UNDER_BATCH, UNDER_LOOKS_MAX = 200, 25
MANY = frozenset({"record.filled", "record.recomputed"})
"""Kinds of entries that tell of many records at once."""


class RecordCounts:
    """What records and events count for, kept true."""

    def __init__(
        self, database: Database, registry: Callable[[], Registry], clock: Callable[[], Clock]
    ) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._compiled: tuple[int, dict[str, list[RecordMeasure]]] = (-1, {})

    def _measures(self) -> dict[str, list[RecordMeasure]]:
        registry = self._registry()
        if self._compiled[0] != registry.version:
            made: dict[str, list[RecordMeasure]] = {}
            for item in registry.indicators.values():
                if item.measure != "ratio" and registry.types[item.of].role != "case":
                    made.setdefault(item.of, []).append(RecordMeasure(item, self._clock()))
            self._compiled = (registry.version, made)
        return self._compiled[1]

    async def arm(self) -> None:
        """Have what asks the clock counted anew as each day of the city begins, and at once."""
        async with self._database.transaction(SYSTEM) as work:
            await clear_timers(work, DAILY_ID, DAILY)
            after = self._clock().now() + timedelta(seconds=SWITCH_SECONDS)
            await set_timer(work, DAILY, DAILY_ID, after, {"of": None, "after": None})

    async def daily(self, work: Work, timer: Timer) -> None:
        """Count anew what asks the clock, some rows at a time: the rest is left to another
        timer."""
        name, after = timer.payload["of"], timer.payload["after"]
        asking = {
            of: found
            for of, each in self._measures().items()
            if (found := [item for item in each if item.asks_clock])
        }
        if name is None and asking:
            following = next_city_day(max(self._clock().now(), timer.due_at))
            await set_timer(work, DAILY, DAILY_ID, following, {"of": None, "after": None})
            for of in asking:
                await set_timer(work, DAILY, DAILY_ID, timer.due_at, {"of": of, "after": None})
        elif name in asking:
            ids = await self._next(name, work, UUID(after) if after else None)
            today = city_day(self._clock().now())
            await self._count(work, name, ids, today, asking[name])
            if len(ids) == BATCH:
                told = {"of": name, "after": str(ids[-1])}
                await set_timer(work, DAILY, DAILY_ID, timer.due_at, told)

    async def hear(self, work: Work, entries: Sequence[Positioned]) -> None:
        """Count what changed by these entries."""
        measures = self._measures()
        if not measures or not entries:
            return
        today = city_day(entries[-1].entry.at)
        changed: dict[str, set[UUID]] = {}
        filled: set[str] = set()
        cases: set[UUID] = set()
        for entry in (item.entry for item in entries):
            if entry.subject_type in measures and entry.kind in MANY:
                filled.add(entry.subject_type)
            elif entry.subject_type in measures and entry.kind.startswith("record."):
                changed.setdefault(entry.subject_type, set()).add(entry.subject_id)
            elif entry.kind.startswith("case."):
                cases.add(entry.subject_id)
        for name in sorted(filled):
            await self._walk(work, name, today)
        for name in sorted(set(changed) - filled):
            await self._count(work, name, sorted(changed[name]), today)
        await self._hear_cases(work, cases, today)

    async def _hear_cases(self, work: Work, cases: set[UUID], today: date) -> None:
        kinds = [name for name in self._registry().event_kinds if name in self._measures()]
        events = await events_joined(work, sorted(cases)) if kinds and cases else []
        for name in sorted(kinds) if events else ():
            await self._count(work, name, sorted(events), today)

    async def _count(
        self, work: Work, name: str, ids: Sequence[UUID], today: date,
        measures: Sequence[RecordMeasure] | None = None,
    ) -> None:  # fmt: skip
        """Count these rows for some figures of their type, or for all."""
        registry = self._registry()
        found: Mapping[UUID, Mapping[str, Any]]
        if name in registry.event_kinds:
            kinds = _event_kinds(registry, name)
            rows = await counted_events(work, ids)
            found = {key: row for key, row in rows.items() if row["kind"] in kinds}
        else:
            found = await counted(work, registry.types[name], ids)
        await recount(work, name, measures or self._measures()[name], ids, found, today)

    async def _walk(self, work: Work, name: str, today: date) -> None:
        """Count every row of a type in the caller's transaction."""
        last: UUID | None = None
        while ids := await self._next(name, work, last):
            await self._count(work, name, ids, today)
            last = ids[-1]

    async def _next(self, name: str, work: Work, last: UUID | None) -> list[UUID]:
        registry = self._registry()
        if name in registry.event_kinds:
            return await events_after(work, registry.event_kinds[name], last, BATCH)
        return await ids_after(work, registry.types[name], last, BATCH)

    async def rebuild(self) -> int:
        """Count every record and event anew, some at a time; how many. A figure that stands gets
        the difference on the day of the rebuilding: what it was before stays as it was counted
        then."""
        measures, counted_now = self._measures(), 0
        async with self._database.transaction(SYSTEM) as work:
            declared = [one.declared.name for found in measures.values() for one in found]
            await _store_records.forget_others(work, declared)
        for name in measures:
            counted_now += await self._each(name, partial(self._next, name))
            await self._each(name, partial(self._next_counted, name))
        return counted_now

    async def _next_counted(self, name: str, work: Work, last: UUID | None) -> list[UUID]:
        """Rows that counted, some of which may stand no more."""
        names = [one.declared.name for one in self._measures()[name]]
        return await _store_records.ids_counted(work, names, last, BATCH)

    async def _each(
        self, name: str, following: Callable[[Work, UUID | None], Awaitable[list[UUID]]]
    ) -> int:
        last: UUID | None = None
        done = 0
        while True:
            async with self._database.transaction(SYSTEM) as work:
                ids = await following(work, last)
                if not ids:
                    return done
                await self._count(work, name, ids, city_day(await _store_records.now(work)))
            last, done = ids[-1], done + len(ids)

    async def under(
        self, scopes: tuple[Scope, Scope], declared: Indicator, days: tuple[date, date], *,
        after: tuple[datetime, UUID] | None, limit: int, met: bool | None,
        within: Mapping[str, Any],
    ) -> RecordsUnder:  # fmt: skip
        """The records or events that a figure counts, newest first, as far as the second scope
        (reading them) holds them; the first is that of reading figures."""
        figures, read = scopes
        span = (date.min, days[1]) if declared.stands else days
        found: list[CountedRecord | CountedEvent] = []
        async with self._database.listing(read.actor) as work:
            for _ in range(UNDER_LOOKS_MAX):
                rows = await _store_records.under(
                    work, figures, declared.name, span, after=after, limit=UNDER_BATCH, met=met,
                    **within,
                )  # fmt: skip
                held = await self._held(work, declared, read, rows)
                for row in rows:
                    if row.record_id in held:
                        if len(found) == limit:
                            return _page(found, after)
                        found.append(held[row.record_id])
                    after = (row.at, row.record_id)
                if len(rows) < UNDER_BATCH:
                    return _page(found, None)
        return _page(found, after)

    async def _held(
        self, work: Work, declared: Indicator, read: Scope, rows: Sequence[CountedRow]
    ) -> dict[UUID, CountedRecord | CountedEvent]:
        by_id = {row.record_id: row for row in rows}
        registry = self._registry()
        if declared.of in registry.event_kinds:
            events = await events_of_ids(work, read, list(by_id))
            return {
                key: CountedEvent(event=one, numerator=by_id[key].numerator, at=by_id[key].at)
                for key, one in events.items()
            }
        records = await of_ids(work, registry.types[declared.of], read, list(by_id))
        return {
            key: CountedRecord(record=one, numerator=by_id[key].numerator, at=by_id[key].at)
            for key, one in records.items()
        }


def _event_kinds(registry: Registry, name: str) -> tuple[str, ...]:
    return event_names(name, registry.event_kinds[name].joins or "")


def _page(
    found: Sequence[CountedRecord | CountedEvent], following: tuple[datetime, UUID] | None
) -> RecordsUnder:
    return RecordsUnder(
        records=tuple(item for item in found if isinstance(item, CountedRecord)),
        events=tuple(item for item in found if isinstance(item, CountedEvent)),
        next=following,
    )
