"""A case that the city opens by itself, within the transaction of what causes it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines import deadlines
from pengcheng.engines.cases import _store, _store_accept, accepting
from pengcheng.engines.cases.model import Case, NewCase
from pengcheng.engines.cases.service import Cases
from pengcheng.ground.database import Work
from pengcheng.kernel.errors import invalid
from pengcheng.kernel.time import Promise


async def open_within(
    work: Work, cases: Cases, new: NewCase, cause: Mapping[str, Any], *,
    within: Promise | None = None, organisation_no: int | None = None,
) -> Case:  # fmt: skip
    """Accept a case in the caller's transaction; `within` goes before the promise of its kind. It
    belongs to the organisation of that number and stays there; without one, to the operators of
    its kind, and goes on as any that arrives. A Refusal has every fault of its fields."""
    registry, now = cases.registry(), cases.clock.now()
    kind = registry.case_kind(new.kind)
    clean, faults = accepting.checked(registry, kind, new)
    if faults:
        raise invalid(*faults)
    owner = await cases.operators_of(kind)
    own = cases.organisations.by_no(organisation_no)
    promise = within or accepting.promise_of(kind)
    made = accepting.arrival(
        kind, registry.type_(kind.type), registry.processes[kind.process], new, clean,
        serial=(await _store_accept.serials(work, 1))[0], owner=own or owner, now=now,
        deadline=deadlines.start(promise, now, await cases.calendars.current()),
    )  # fmt: skip
    case = msgspec.structs.replace(made.case, dispatched_at=now) if own else made.case
    entry = msgspec.structs.replace(made.entry, cause=cause)
    made = msgspec.structs.replace(made, case=case, entry=entry)
    await _store_accept.write(work, registry, made, new, None)
    return case


async def still_open(work: Work, ids: Sequence[UUID]) -> bool:
    """Whether one of these cases is open."""
    return any(case.open for case in await _store.by_ids(work, ids))
