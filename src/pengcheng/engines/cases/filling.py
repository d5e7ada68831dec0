"""Filling a city with closed and running cases of an earlier system, with what happened to them.

The product's own bulk path: the rules of acceptance hold for each case, the rows go in by COPY.
Nothing that follows the log acts on them: whoever fills builds indicators and search anew
(`Indicators.rebuild`, `Search.fill`) and moves the cursors to the head of the log.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines import deadlines
from pengcheng.engines.cases import _store_accept, _store_filling, accepting, logic
from pengcheng.engines.cases.accepting import Arrival
from pengcheng.engines.cases.model import Case, Evaluation, Message, NewCase
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import entry_of
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Refusal, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import Process
from pengcheng.kernel.time import Promise


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


class Filling:
    """Puts cases of an earlier system into this one."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def fill(self, scope: Scope, past: Sequence[PastCase]) -> list[Case]:
        """COPY these cases with their fields and their history; all or none. Refuses with every
        fault of the first case that has some."""
        if scope.is_empty:
            raise Refusal("case.may_not_submit", kind=scope.type)
        cases = self._cases
        registry, now = cases.registry(), cases.clock.now()
        calendar = await cases.calendars.current()
        await cases.organisations.load()
        made: list[Arrival] = []
        async with cases.database.transaction(scope.actor) as work:
            serials = await _store_accept.serials(work, len(past))
            for item, serial in zip(past, serials, strict=True):
                kind = registry.case_kind(item.new.kind)
                process = registry.processes[kind.process]
                clean, faults = accepting.checked(registry, kind, item.new)
                if faults:
                    raise invalid(*faults)
                accepted_at = item.new.accepted_at or now
                clock = (
                    deadlines.start(item.promise, item.clock_from or accepted_at, calendar)
                    if item.promise
                    else accepting.clock(kind, accepted_at, calendar)
                )
                arrival = accepting.arrival(
                    kind, registry.type_(kind.type), process, item.new, clean, serial=serial,
                    owner=cases.organisations.of(item.organisation_id), now=accepted_at,
                    deadline=clock,
                )  # fmt: skip
                stood = _stood(arrival, item, process, now, calendar)
                made.append(msgspec.structs.replace(arrival, case=stood))
            await _store_accept.copy_many(work, registry, made)
            await _store_filling.copy_messages(work, _said(made, past))
            await _store_filling.copy_evaluations(work, _rated(made, past))
            await work.append_at(_history(made, past))
        return [arrival.case for arrival in made]


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


def _history(made: Sequence[Arrival], past: Sequence[PastCase]) -> Iterator[tuple[datetime, Entry]]:
    for arrival, item in zip(made, past, strict=True):
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


def _rated(
    made: Sequence[Arrival], past: Sequence[PastCase]
) -> Iterator[tuple[Case, datetime, Evaluation]]:
    for arrival, item in zip(made, past, strict=True):
        for one in item.rated:
            yield arrival.case, one.at, one.given
