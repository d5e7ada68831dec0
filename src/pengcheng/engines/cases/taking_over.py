"""Open cases of an earlier system, taken over into a city that serves: with what happened to them,
the clock that runs already, and the number by which people know them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from math import ceil

from pengcheng.engines.cases import _store_accept, _store_bulk, _store_filling, accepting
from pengcheng.engines.cases.filling import Maker, PastCase
from pengcheng.engines.cases.service import Cases
from pengcheng.ground.database import Work
from pengcheng.ground.loading import make_months
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.imports import RowFaults, writes
from pengcheng.kernel.registry import Process, Step
from pengcheng.kernel.time import Promise


async def take_over(
    cases: Cases, scope: Scope, past: Sequence[tuple[int, PastCase]], bad: RowFaults, *, mode: str,
    finish: Callable[[Work, int, RowFaults], Awaitable[None]] | None = None,
) -> tuple[list[int], RowFaults]:  # fmt: skip
    """Take numbered cases over, beside the rows that could not be read (`bad`): the numbers that
    went in or would, and all faults. `mode`: "all" or none, "partly" those that are right, "check":
    nothing is written. `finish`, told how many went in and all faults, ends the transaction."""
    if scope.is_empty:
        raise Refusal("case.may_not_submit", kind=scope.type)
    async with cases.database.transaction(scope.actor) as work:
        codes = [one.earlier_code or "" for _, one in past]
        standing = await _store_bulk.standing(work, scope.type, codes)
        faults = list(bad)
        good: list[tuple[int, PastCase]] = []
        for number, one in past:
            found = faults_of(cases, one)
            if one.earlier_code in standing:
                found.append(Fault(path="/earlier_code", code="takeover.stands"))
            faults += [(number, fault) for fault in found]
            good += [] if found else [(number, one)]
        faults.sort(key=lambda item: item[0])
        is_written = writes(mode, faults)
        if is_written and good:
            await _write(work, cases, scope, [one for _, one in good])
        if is_written and finish is not None:
            await finish(work, len(good), faults)
    return [number for number, _ in good] if is_written or mode == "check" else [], faults


def faults_of(cases: Cases, one: PastCase) -> list[Fault]:
    """What forbids a case: its fields, instants that cannot be, an answer without its instant."""
    registry, now = cases.registry(), cases.clock.now()
    kind = registry.case_kind(one.new.kind)
    _, faults = accepting.checked(registry, kind, one.new)
    accepted_at = one.new.accepted_at or now
    later = [("step_since", one.since), ("replied_at", one.replied_at)]
    past = [("accepted_at", accepted_at), *later]
    past += [("happened_at", happened.at) for happened in one.happened]
    faults += [
        Fault(path=f"/{name}", code="takeover.ahead") for name, at in past if at and at > now
    ]
    faults += [
        Fault(path=f"/{name}", code="takeover.before")
        for name, at in later
        if at and at < accepted_at
    ]
    process = registry.processes[kind.process]
    is_answered = waits_for_author(process, process.step(one.step))
    if is_answered and one.replied_at is None:
        named = {"field": "replied_at", "field_zh": "答复时间", "field_en": "the time of the reply"}
        faults.append(Fault(path="/replied_at", code="field.required", facts=named))
    if one.replied_at is not None and not is_answered:
        faults.append(Fault(path="/replied_at", code="takeover.replied"))
    return faults


async def _write(work: Work, cases: Cases, scope: Scope, past: Sequence[PastCase]) -> None:
    type_ = cases.registry().type_(scope.type)
    maker = Maker(cases, scope, past, await cases.calendars.current())
    block = maker.block(await _store_accept.serials(work, len(past)))
    if block is not None:
        await make_months(work, block.months)
        await _store_filling.copy(work, type_, block)


def steps_open(process: Process) -> list[Step]:
    """The steps at which a case that is taken over may stand: those where somebody has it."""
    return [step for step in process.steps if step.kind not in {"end", "service"}]


def waits_for_author(process: Process, step: Step) -> bool:
    """Whether a case at a step has been answered: its stage is that of the wait for the author."""
    return step.stage in {one.stage for one in process.steps if one.kind == "wait"}


def promise_until(accepted_at: datetime, due_at: datetime) -> Promise:
    """The promise that runs out at an instant, to the minute."""
    return Promise(max(1, ceil((due_at - accepted_at).total_seconds() / 60)), "minute")
