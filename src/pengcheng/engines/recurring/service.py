"""Duties follow records; timers open cases."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from pengcheng.engines.cases import Cases, NewCase, open_within, still_open
from pengcheng.engines.feel import asks_clock
from pengcheng.engines.objects import SWITCH_SECONDS, counted, ids_after
from pengcheng.engines.records import given_by, is_true
from pengcheng.engines.recurring import _store
from pengcheng.engines.recurring.model import Duty, OpenedCase
from pengcheng.engines.recurring.periods import DAY, due_after, newest_due, opens_at
from pengcheng.ground.database import Database, Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.ground.timers import Fire, Timer, clear_timers, set_timer
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.authz import SYSTEM, Scope
from pengcheng.kernel.recurring import Recurring
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.time import city_day, next_city_day

ARM = "recurring.arm"
DAILY = "recurring.daily"
ARM_ID = UUID("5d0c6d60-1f5d-5c9e-9d6c-6b2f6c1b7a41")
"""The subject of the timers that walk over all records."""
BATCH = 500
CHANNEL = "system"
CASES_SHOWN = 6
HEARD = ("record.added", "record.changed", "record.retired", "record.filled", "record.recomputed")
MANY = frozenset({"record.filled", "record.recomputed"})


class RecurringWork:
    """Work that comes again for each object."""

    def __init__(self, database: Database, cases: Cases, registry: Callable[[], Registry]) -> None:
        self._database = database
        self._cases = cases
        self._registry = registry

    def of_type(self, type_name: str) -> list[Recurring]:
        """What comes again for records of a type."""
        return [one for one in self._registry().recurring.values() if one.of == type_name]

    async def arm(self) -> None:
        """Bring the duties of all records to new declarations, once every process serves them; and
        each day those of work whose filter asks the clock."""
        after = timedelta(seconds=SWITCH_SECONDS)
        async with self._database.transaction(SYSTEM) as work:
            await clear_timers(work, ARM_ID, ARM, DAILY)
            await self._arm_later(work, self._now() + after, None, None)

    def subscriber(self) -> Subscriber:
        """Hears every change of a record."""
        return Subscriber(name="recurring", kinds=HEARD, handle=self._hear)

    def fires(self) -> Mapping[str, Fire]:
        """What its timers do, by their kind."""
        declared = self._registry().recurring.values()
        return {
            ARM: self._arm,
            DAILY: self._daily,
            **{_kind(one): partial(self._fire, one) for one in declared},
        }

    async def of_record(
        self, scope: Scope, record_id: UUID
    ) -> list[tuple[Recurring, Duty | None, list[OpenedCase]]]:
        """What comes again for a record: its duty (None: it is not within the filter) and the last
        cases. For who holds the record: the scope is that of reading it."""
        found = []
        async with self._database.reading(scope.actor) as work:
            for one in self.of_type(scope.type):
                held = await _store.duty(work, one.name, record_id)
                cases = await _store.opened(work, one.name, record_id, limit=CASES_SHOWN)
                found.append((one, held, cases))
        return found

    def _now(self) -> datetime:
        return self._cases.clock.now()

    async def _hear(self, work: Work, entries: Sequence[Positioned]) -> None:
        changed: dict[str, set[UUID]] = {}
        for entry in (item.entry for item in entries):
            if not self.of_type(entry.subject_type):
                continue
            if entry.kind in MANY:
                for one in self.of_type(entry.subject_type):
                    await self._arm_later(work, self._now(), one.name, None)
            else:
                changed.setdefault(entry.subject_type, set()).add(entry.subject_id)
        for name, ids in changed.items():
            for one in self.of_type(name):
                await self._settle(work, one, sorted(ids))

    async def _arm_later(
        self, work: Work, at: datetime, name: str | None, after: UUID | None
    ) -> None:
        told = {"recurring": name, "after": str(after) if after else None}
        await set_timer(work, ARM, ARM_ID, at, told)

    async def _arm(self, work: Work, timer: Timer) -> None:
        """Walk over the records of a type, some at a time: the rest is left to another timer."""
        known, name = self._registry().recurring, timer.payload["recurring"]
        if name is None:
            await _store.drop_others(work, list(known))
            for one in known:
                await self._arm_later(work, timer.due_at, one, None)
            await self._wait_for_tomorrow(work, timer)
            return
        declared, after = known.get(name), timer.payload["after"]
        if declared is None:
            return
        type_ = self._registry().type_(declared.of)
        ids = await ids_after(work, type_, UUID(after) if after else None, BATCH)
        await self._settle(work, declared, ids)
        if len(ids) == BATCH:
            await self._arm_later(work, timer.due_at, name, ids[-1])

    async def _daily(self, work: Work, timer: Timer) -> None:
        """A new day: records have come to be within a filter that asks the clock, or left it."""
        for one in await self._wait_for_tomorrow(work, timer):
            await self._arm_later(work, timer.due_at, one.name, None)

    async def _wait_for_tomorrow(self, work: Work, timer: Timer) -> list[Recurring]:
        """See that a timer waits for the next day of the city where there is work whose filter
        asks the clock; that work."""
        asking = [one for one in self._registry().recurring.values() if asks_clock(one.where)]
        if asking:
            following = next_city_day(max(self._now(), timer.due_at))
            await set_timer(work, DAILY, ARM_ID, following, {})
        return asking

    async def _settle(self, work: Work, declared: Recurring, ids: Sequence[UUID]) -> None:
        """Bring the duties of records to how they stand."""
        found = await counted(work, self._registry().type_(declared.of), ids)
        duties = await _store.duties(work, declared.name, ids)
        newest = await _store.newest_periods(work, declared.name, ids)
        yesterday = self._today() - DAY
        for record_id in ids:
            facts, held = found.get(record_id), duties.get(record_id)
            if facts is None or not self._holds(declared, facts):
                if held is not None:
                    await self._end(work, declared, record_id)
            elif held is None or held.opens_at > self._now():
                # One whose time has come is left to its timer, which knows what was missed.
                after = max(yesterday, newest.get(record_id, yesterday))
                await self._plan(work, declared, record_id, facts, held, after)

    def _holds(self, declared: Recurring, facts: Mapping[str, Any]) -> bool:
        return declared.where is None or is_true(declared.where, facts, self._cases.clock)

    def _today(self) -> date:
        return city_day(self._now())

    async def _end(self, work: Work, declared: Recurring, record_id: UUID) -> None:
        await _store.drop(work, declared.name, record_id)
        await clear_timers(work, record_id, _kind(declared))

    async def _plan(
        self, work: Work, declared: Recurring, record_id: UUID, facts: Mapping[str, Any],
        held: Duty | None, after: date,
    ) -> None:  # fmt: skip
        """Set the timer of the first period after a day."""
        began = held.began_on if held else self._today()
        due = due_after(declared, _base(declared, facts, began), after)
        made = Duty(
            recurring=declared.name, began_on=began, period=due, opens_at=opens_at(declared, due)
        )
        if made == held:
            return
        await clear_timers(work, record_id, _kind(declared))
        await _store.keep(work, record_id, made)
        await set_timer(work, _kind(declared), record_id, made.opens_at, {"period": due})

    async def _fire(self, declared: Recurring, work: Work, timer: Timer) -> None:
        """Open the case of the newest period that has come, and set the timer of the next."""
        record_id = timer.subject_id
        held = (await _store.duties(work, declared.name, [record_id])).get(record_id)
        type_ = self._registry().type_(declared.of)
        facts = (await counted(work, type_, [record_id])).get(record_id)
        if held is None:
            return
        if facts is None or not self._holds(declared, facts):
            await self._end(work, declared, record_id)
            return
        day = self._today() + declared.early * DAY
        base = _base(declared, facts, held.began_on)
        due = newest_due(declared, base, held.period, day)
        last = await _store.opened(work, declared.name, record_id, limit=1)
        is_new = due is not None and all(due > one.period for one in last)
        if due is not None and is_new and not await still_open(work, [o.case_id for o in last]):
            await self._open(work, declared, record_id, facts, due)
        after = max([due or self._today() - DAY, *(one.period for one in last)])
        await self._plan(work, declared, record_id, facts, held, after)

    async def _open(
        self, work: Work, declared: Recurring, record_id: UUID, facts: Mapping[str, Any], due: date
    ) -> None:
        case_type = self._registry().type_(declared.opens)
        items = ((case_type.attribute(name), text) for name, text in declared.values.items())
        values = {
            item.name: given_by(text, facts, item, self._cases.clock)
            for item, text in items
            if item
        }
        area = facts["area_no"]
        new = NewCase(
            kind=declared.opens, channel=self._channel(declared),
            fields={**values, declared.link: record_id},
            area_code=code_of(area) if area is not None else None,
            point=facts["place"] if case_type.place == "point" else None,
        )  # fmt: skip
        cause = {
            "recurring": declared.name, "record": str(record_id), "period": due.isoformat(),
        }  # fmt: skip
        owner = facts["organisation_no"] if declared.who == "owner" else None
        case = await open_within(
            work, self._cases, new, cause, within=declared.within, organisation_no=owner
        )
        await _store.note(work, declared.name, record_id, due, case.id, self._now())

    def _channel(self, declared: Recurring) -> str:
        """The city's own channel; where a kind declares channels without it, the first of them."""
        channels = self._registry().case_kind(declared.opens).channels
        return channels[0] if channels and CHANNEL not in channels else CHANNEL


def _kind(declared: Recurring) -> str:
    return f"recurring:{declared.name}"


def _base(declared: Recurring, facts: Mapping[str, Any], began: date) -> date:
    """The day from which the periods of a record are counted."""
    found = facts.get(declared.since) if declared.since else None
    if isinstance(found, datetime):
        return city_day(found)
    return found if isinstance(found, date) else began
