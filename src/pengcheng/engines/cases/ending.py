"""The end of retention: what was said in a case and by whom goes, what figures count stays.

A pack tells of a kind how long its cases are kept after they are closed (`keep: 10 years`). Then
the text, the author, the declared fields that are no figures, messages, followers and what tasks
and ratings said are erased; category, area, unit, times, outcome and grade stay, and the log keeps
that the case was and what became of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store_ending
from pengcheng.engines.cases.counted import event_names
from pengcheng.engines.cases.model import Case
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import entry_of
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import RecordType

ENDED = "case.retention_ended"
LEFT = "case.author_left"
EVENT_ENDED = "event.retention_ended"


class Stays(msgspec.Struct, frozen=True, kw_only=True):
    """What stays of a person's cases of one kind: how many are open, how many closed ones are still
    kept, for how many days after closing, and until when the last of these."""

    kind: str
    open: int
    kept: int
    days: int | None
    until: datetime | None


class Ending:
    """Ends the retention of the cases and events of every kind that declares one."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def due(self) -> Mapping[str, int]:
        """How many cases and events of each kind would end now; kinds without `keep` are not
        among them. For the operator."""
        found: dict[str, int] = {}
        async with self._cases.database.reading(SYSTEM) as work:
            for type_, before in self._kept(self._cases.registry().case_kinds):
                found[type_.name] = await _store_ending.count(work, type_.name, before)
            for name, before, _ in self._events():
                found[name] = found.get(name, 0) + await _store_ending.count_events(
                    work, name, before
                )
        return found

    async def end(self, work: Work, limit: int) -> list[Case]:
        """End the retention of at most so many cases of one kind in the caller's transaction; as
        they stood before. None when nothing is over."""
        now = self._cases.clock.now()
        for type_, before in self._kept(self._cases.registry().case_kinds):
            taken = await _store_ending.take(work, type_.name, before, limit)
            if taken:
                await _store_ending.erase(work, type_, [case.id for case in taken], now)
                told = {"days": type_.retention_days}
                await work.append(
                    *(entry_of(case, ENDED, after=told, visibility="parties") for case in taken)
                )
                return taken
        return []

    async def end_events(self, work: Work, limit: int) -> list[UUID]:
        """The same of events: an event ends after the last of its cases."""
        now = self._cases.clock.now()
        for name, before, days in self._events():
            ended = await _store_ending.erase_events(work, name, before, now, limit)
            if ended:
                await work.append(
                    *(
                        Entry(kind=EVENT_ENDED, subject_type=name, subject_id=one,
                              after={"days": days})
                        for one in ended
                    )
                )  # fmt: skip
                return ended
        return []

    async def with_matters(self, work: Work, persons: Sequence[UUID]) -> set[UUID]:
        """Which of these persons are the author of a case whose retention has not ended."""
        return await _store_ending.with_matters(work, persons) if persons else set()

    async def stays(self, work: Work, person: UUID) -> list[Stays]:
        """What stays of a person's cases, for themselves, when they close their account now."""
        found = []
        for kind, is_open, closed, last in await _store_ending.matters_of(work, person):
            days = self._cases.registry().type_(kind).retention_days
            until = last + timedelta(days=days) if last and days is not None else None
            found.append(Stays(kind=kind, open=is_open, kept=closed, days=days, until=until))
        return found

    async def unname(self, work: Work, person: UUID) -> None:
        """A person closes their account: what they sent goes on without telling anybody who they
        are or how to reach them, and is no longer public."""
        registry = self._cases.registry()
        types = [registry.type_(name) for name in registry.case_kinds]
        cases = await _store_ending.unname(work, person, types)
        await work.append(*(entry_of(case, LEFT, visibility="parties") for case in cases))

    def _kept(self, names: Iterable[str]) -> list[tuple[RecordType, datetime]]:
        """The types among these that declare how long they are kept, with the instant before which
        what was closed is over."""
        now, registry = self._cases.clock.now(), self._cases.registry()
        types = [registry.type_(name) for name in names]
        return [
            (type_, now - timedelta(days=type_.retention_days))
            for type_ in types
            if type_.retention_days is not None
        ]

    def _events(self) -> list[tuple[str, datetime, int | None]]:
        """The same of events by their kind; where none is declared, those of a case kind go with
        its cases."""
        registry = self._cases.registry()
        found = [
            (name, before, type_.retention_days)
            for kind in registry.event_kinds.values()
            for type_, before in self._kept([kind.type])
            for name in event_names(kind.type, kind.joins or "")
        ]
        return found + [
            (name, before, type_.retention_days)
            for type_, before in self._kept(registry.case_kinds)
            if registry.event_joined_by(type_.name) == type_.name
            for name in event_names(type_.name, type_.name)
        ]
