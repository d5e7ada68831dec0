"""Filling a city with closed and running cases of an earlier system, with what happened to them.

The product's own bulk path: the rules of acceptance hold for each case, the rows go in by COPY.
Nothing that follows the log acts on them: whoever fills builds indicators and search anew
(`Indicators.rebuild`, `Search.fill`) and moves the cursors to the head of the log.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store_accept, accepting, logic
from pengcheng.engines.cases.accepting import Arrival
from pengcheng.engines.cases.model import Case, NewCase
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import entry_of
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Refusal, invalid
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import Process


class PastCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stood, and what happened to it: kinds of log entries with their instants."""

    new: NewCase
    organisation_id: UUID
    step: str
    account_id: UUID | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    satisfaction: int | None = None
    happened: Sequence[tuple[str, datetime]] = ()


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
                arrival = accepting.arrival(
                    kind, registry.type_(kind.type), process, item.new, clean, serial=serial,
                    owner=cases.organisations.of(item.organisation_id), now=accepted_at,
                    deadline=accepting.clock(kind, accepted_at, calendar),
                )  # fmt: skip
                made.append(msgspec.structs.replace(arrival, case=_stood(arrival, item, process)))
            await _store_accept.copy_many(work, registry, made)
            await work.append_at(_history(made, past))
        return [arrival.case for arrival in made]


def _stood(arrival: Arrival, item: PastCase, process: Process) -> Case:
    """The case at the step where it stood."""
    step = process.step(item.step)
    case = msgspec.structs.replace(
        arrival.case,
        step=step.id,
        stage=step.stage,
        account_id=item.account_id,
        satisfaction=item.satisfaction,
        dispatched_at=arrival.case.accepted_at if item.step != process.start else None,
        dispatches=int(item.step != process.start),
        replied_at=item.replied_at,
        automatic=True,
    )
    if item.replied_at is not None:
        case = msgspec.structs.replace(case, was_late=item.replied_at > case.deadline.at)
    if item.closed_at is not None:
        case = logic.closed(case, step.id, item.closed_at)
    logic.check_invariants(case, process)
    return case


def _history(made: Sequence[Arrival], past: Sequence[PastCase]) -> Iterator[tuple[datetime, Entry]]:
    for arrival, item in zip(made, past, strict=True):
        yield arrival.case.accepted_at, arrival.entry
        for kind, at in item.happened:
            yield at, entry_of(arrival.case, kind, visibility="parties")
