"""Filling a city with closed and running cases of an earlier system, with what happened to them.

The product's own bulk path: the rules of acceptance hold for each case, the rows go in by COPY,
indexes are built when all are in. Nothing that follows the log acts on them: whoever fills builds
the indicators anew (`Indicators.rebuild`) and moves the cursors to the head of the log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines import deadlines
from pengcheng.engines.cases import (
    _store_accept,
    _store_filling,
    _store_lines,
    accepting,
    logic,
)
from pengcheng.engines.cases._store_filling import Block
from pengcheng.engines.cases.accepting import Arrival
from pengcheng.engines.cases.matters import codes_of, searched
from pengcheng.engines.cases.model import Case, Evaluation, Message, NewCase
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import TAKEN_OVER, entry_of
from pengcheng.engines.search import Document, documents_block
from pengcheng.ground.calendar import Calendar
from pengcheng.ground.database import json_text
from pengcheng.ground.loading import ahead, log_block, months_of, unindexed
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Refusal, ensure, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import Process, RecordType
from pengcheng.kernel.time import Promise

BATCH = 5_000


class Happened(msgspec.Struct, frozen=True):
    """One entry of a past case's history: its kind, its instant, what it tells."""

    kind: str
    at: datetime
    after: Mapping[str, Any] | None = None


class Rated(msgspec.Struct, frozen=True):
    """A rating and when it was given."""

    at: datetime
    given: Evaluation


class PastCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stood, and what happened to it.

    `promise`: what ran, where it was not the kind's own, and from `clock_from` on, where it began
    anew (a reopening) after acceptance. `replies`: what was answered, and when;
    the parties read it. An open case is where `step` says since `since` (else since acceptance).
    """

    new: NewCase
    organisation_id: UUID
    step: str
    earlier_code: str | None = None
    account_id: UUID | None = None
    since: datetime | None = None
    promise: Promise | None = None
    clock_from: datetime | None = None
    automatic: bool | None = True
    dispatched_at: datetime | None = None
    taken_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    satisfaction: int | None = None
    returns: int = 0
    reopenings: int = 0
    supervised: int = 0
    happened: Sequence[Happened] = ()
    replies: Sequence[tuple[datetime, str]] = ()
    rated: Sequence[Rated] = ()


class Maker:
    """Makes blocks of what comes, by the rules of acceptance, and counts what it made."""

    def __init__(
        self, cases: Cases, scope: Scope, past: Iterable[PastCase], calendar: Calendar
    ) -> None:
        registry = cases.registry()
        self.made = 0
        self._kind = registry.case_kind(scope.type)
        self._type = registry.type_(self._kind.type)
        self._process = registry.processes[self._kind.process]
        self._registry = registry
        self._organisations = cases.organisations
        self._actor = scope.actor
        self._past = iter(past)
        self._now = cases.clock.now()
        self._calendar = calendar

    def block(self, serials: Sequence[int]) -> Block | None:
        """The next cases, at most one for each serial; None after the last. Refuses with every
        fault of the first case that has some, under its number in the whole, from 0."""
        past = list(islice(self._past, len(serials)))
        if not past:
            return None
        made = [self._arrival(item, serial) for item, serial in zip(past, serials, strict=False)]
        history = list(_history(made, past, self._now))
        return Block(
            arrivals=made,
            cases=_store_lines.case_columns(made),
            fields=_store_lines.field_block(self._type, made),
            messages=_store_filling.message_block(list(_said(made, past))),
            ratings=_store_filling.rating_block(list(_rated(made, past))),
            documents=documents_block([_document(self._type, arrival) for arrival in made]),
            log=log_block(self._actor, history),
            months=months_of(at for at, _ in history),
        )

    def _arrival(self, item: PastCase, serial: int) -> Arrival:
        kind, new = self._kind, item.new
        ensure(new.kind == kind.type, "one kind is filled at a time")
        clean, faults = accepting.checked(self._registry, kind, new)
        if faults:
            raise invalid(
                *(
                    msgspec.structs.replace(fault, path=f"/{self.made}{fault.path}")
                    for fault in faults
                )
            )
        accepted_at = new.accepted_at or self._now
        clock = (
            deadlines.start(item.promise, item.clock_from or accepted_at, self._calendar)
            if item.promise
            else accepting.clock(kind, accepted_at, self._calendar)
        )
        arrival = accepting.arrival(
            kind, self._type, self._process, new, clean, serial=serial,
            owner=self._organisations.of(item.organisation_id), now=accepted_at, deadline=clock,
        )  # fmt: skip
        self.made += 1
        stood = _stood(arrival, item, self._process, self._now, self._calendar)
        return msgspec.structs.replace(arrival, case=stood)


class Filling:
    """Puts cases of an earlier system into this one."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def fill(self, scope: Scope, past: Iterable[PastCase]) -> int:
        """Load cases of one kind with their fields, their history and their documents of the
        index of search; how many. All or none, while the city serves nobody: the tables of cases
        are locked. Refuses with every fault of the first case that has some."""
        if scope.is_empty:
            raise Refusal("case.may_not_submit", kind=scope.type)
        cases = self._cases
        type_ = cases.registry().type_(scope.type)
        await cases.organisations.load()
        maker = Maker(cases, scope, past, await cases.calendars.current())
        async with cases.database.transaction(scope.actor) as work:
            tables = (*_store_filling.TABLES, _store_lines.fields_table(type_))
            async with (
                unindexed(work, tables),
                aclosing(ahead(lambda: _store_accept.serials(work, BATCH), maker.block)) as blocks,
            ):
                async for block in blocks:
                    await _store_filling.copy(work, type_, block)
        return maker.made


def _stood(
    arrival: Arrival, item: PastCase, process: Process, now: datetime, calendar: Calendar
) -> Case:
    """The case at the step where it stood."""
    step = process.step(item.step)
    is_sent = item.step != process.start
    case = msgspec.structs.replace(
        arrival.case,
        step=step.id,
        stage=step.stage,
        step_since=item.since or arrival.case.accepted_at,
        account_id=item.account_id,
        satisfaction=item.satisfaction,
        dispatched_at=item.dispatched_at or (arrival.case.accepted_at if is_sent else None),
        dispatches=item.returns + 1 if is_sent else 0,
        taken_at=item.taken_at,
        replied_at=item.replied_at,
        automatic=item.automatic,
        returns=item.returns,
        reopenings=item.reopenings,
        supervised=item.supervised,
        earlier_code=item.earlier_code,
    )
    if item.replied_at is not None:
        case = msgspec.structs.replace(
            case,
            was_late=item.replied_at > case.deadline.at,
            deadline=deadlines.stop(case.deadline, item.replied_at),
        )
        if item.closed_at is None:
            case = logic.entered(case, step, "", item.since or item.replied_at, calendar)
    if item.closed_at is not None:
        case = logic.closed(case, step.id, item.closed_at)
    elif item.replied_at is None:
        case = _warned(case, now)
    logic.check_invariants(case, process)
    return case


def _warned(case: Case, now: datetime) -> Case:
    """An open case with the warnings behind it that it must have had by now."""
    change = msgspec.structs.replace
    deadline = case.deadline
    if now > deadline.late_at:
        passed = int((now - deadline.late_at) / logic.ESCALATE_EVERY)
        level = min(passed, logic.ESCALATIONS_MAX)
        later = deadline.late_at + (level + 1) * logic.ESCALATE_EVERY
        is_last = level == logic.ESCALATIONS_MAX
        return change(
            case,
            warned=logic.LATE_WARNED,
            escalated_to=level,
            next_at=None if is_last else later,
        )
    if now > deadline.watch_at:
        return change(case, warned=1, next_at=deadline.late_at)
    return case


def _history(
    made: Sequence[Arrival], past: Sequence[PastCase], now: datetime
) -> Iterator[tuple[datetime, Entry]]:
    """What the log tells. Of a case that is taken over it tells so now, and what the earlier
    system tells of it; nothing that follows the log takes that for an act of today."""
    for arrival, item in zip(made, past, strict=True):
        case = arrival.case
        if item.earlier_code is not None:
            for one in item.happened:
                after = {**(one.after or {}), "at": one.at.isoformat()}
                yield now, entry_of(case, one.kind, after=after)
            after = {"code": case.code, "earlier_code": item.earlier_code, "step": case.step}
            yield now, entry_of(case, TAKEN_OVER, after=after, visibility="parties")
            continue
        yield arrival.case.accepted_at, arrival.entry
        for one in item.happened:
            yield one.at, entry_of(arrival.case, one.kind, after=one.after, visibility="parties")


def _said(made: Sequence[Arrival], past: Sequence[PastCase]) -> Iterator[Message]:
    for arrival, item in zip(made, past, strict=True):
        for at, body in item.replies:
            yield Message(
                id=new_id(), case_id=arrival.case.id, author_kind="official", author_id=None,
                organisation_id=item.organisation_id, purpose="reply", visibility="parties",
                body=body, files=(), channel="", at=at,
            )  # fmt: skip


def _rated(made: Sequence[Arrival], past: Sequence[PastCase]) -> Iterator[tuple[Any, ...]]:
    for arrival, item in zip(made, past, strict=True):
        case = arrival.case
        for one in item.rated:
            given = one.given
            yield (
                new_id(), case.id, case.organisation_no, case.area_no, given.source, given.grade,
                given.reasons, given.comment, json_text(given.facts), one.at,
            )  # fmt: skip


def _document(type_: RecordType, arrival: Arrival) -> Document:
    case = arrival.case
    return Document(
        id=case.id, type=case.kind, title=case.title,
        text=f"{codes_of(case)}\n{searched(type_, arrival.fields)}", area_no=case.area_no,
        organisation_no=case.organisation_no, owner_id=case.author_id, open=case.open,
        sensitivity=case.sensitivity, at=case.accepted_at,
    )  # fmt: skip
