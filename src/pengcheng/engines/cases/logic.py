"""What a verb does to a case: pure. The declared process, run by the processes engine (`flow`),
says where a verb leads; this says what it means for owner, clock and bounds.

Invariants, kept by every function here and checked by `check_invariants`: an open case has one
owner and one running clock (a suspension runs its own, bounded one), and its step can still reach
an end; returns, dispatches, extensions and reopenings are bounded.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from pengcheng.engines import deadlines
from pengcheng.engines.cases.flow import flow_of
from pengcheng.engines.cases.model import Action, Case
from pengcheng.engines.identity import Organisation
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.errors import Conflict, Fault, Refusal, ensure, invalid
from pengcheng.kernel.registry import CaseKind, Process, Step
from pengcheng.kernel.time import Promise

BOUNDS: Mapping[str, int] = {
    "returns": 2,
    "dispatches": 6,
    "extensions": 2,
    "reopenings": 1,
    "suspension_days": 30,
    "suspensions": 2,
}
"""What may repeat, unless a case kind declares a smaller or larger bound."""

ESCALATE_EVERY = timedelta(hours=24)
ESCALATIONS_MAX = 3
WAIT_DEFAULT = Promise(7, "day")
LATE_WARNED = 2

REASON_VERBS = frozenset(
    {"return", "transfer", "dispute", "decide", "reject", "refuse", "reopen", "suspend"}
)
TARGET_VERBS = frozenset({"dispatch", "transfer", "decide"})


def bound(kind: CaseKind, name: str) -> int:
    """How often something may happen to a case of this kind."""
    return kind.bounds.get(name, BOUNDS[name])


def check_version(case: Case, action: Action) -> None:
    """Two people acting at once: one wins, the other reads again; to what has ended its retention
    nothing is added."""
    check_kept(case)
    if case.version != action.version:
        raise Conflict("case.changed", version=case.version, code=case.code)


def check_kept(case: Case) -> None:
    """Refuse what would bring words back into a case whose retention has ended."""
    if case.retention_ended_at is not None:
        raise Refusal("case.retention_ended", code=case.code)


def check_action(action: Action) -> None:
    """Every fault of what an action brings along."""
    faults: list[Fault] = []
    if action.verb in REASON_VERBS and not action.reason.strip():
        faults.append(Fault(path="/reason", code="field.required"))
    if action.verb in TARGET_VERBS and action.organisation_id is None:
        faults.append(Fault(path="/organisation_id", code="field.required"))
    if action.verb in {"reply", "answer", "interim_reply", "message", "note"} and not (
        action.body.strip()
    ):
        faults.append(Fault(path="/body", code="field.required"))
    if action.verb == "rate" and action.grade not in {1, 2, 3, 4, 5}:
        faults.append(Fault(path="/grade", code="number.range", facts={"low": 1, "high": 5}))
    if faults:
        raise invalid(*faults)


def target_of(process: Process, case: Case, verb: str) -> Step:
    """The step to which a verb leads from where the case stands; refused when it may not."""
    step = process.step(case.step)
    if not case.open or verb not in step.actions:
        raise Refusal(
            "case.action_not_now", verb=verb, step=case.step, allowed=sorted(step.actions)
        )
    return process.step(flow_of(process).next_step(step.id, verb))


def move(
    case: Case, kind: CaseKind, process: Process, action: Action, now: datetime,
    calendar: Calendar, to: Organisation | None,
) -> Case:  # fmt: skip
    """The case after a verb of its process; `to` is the organisation that the verb names."""
    check_action(action)
    target = target_of(process, case, action.verb)
    if case.clock == "suspended":
        case = resumed(case, now, calendar)
    counted = _counted(case, kind, action.verb)
    owned = _owned(counted, action.verb, to, now)
    return entered(owned, target, action.verb, now, calendar)


def _counted(case: Case, kind: CaseKind, verb: str) -> Case:
    """Count what may repeat; refuse what would pass its bound."""
    counters = {
        "return": "returns",
        "dispatch": "dispatches",
        "transfer": "dispatches",
        # A dispute ends with a decision on who has the case: a dispatch like the others.
        "dispute": "dispatches",
        "reopen": "reopenings",
    }
    name = counters.get(verb)
    if name is None:
        return case
    before = getattr(case, name)
    if before >= bound(kind, name):
        raise Refusal("case.bound_reached", what=name, bound=bound(kind, name))
    return msgspec.structs.replace(case, **{name: before + 1})


def _owned(case: Case, verb: str, to: Organisation | None, now: datetime) -> Case:
    if to is None:
        return case
    if not to.active:
        raise invalid(Fault(path="/organisation_id", code="organisation.retired"))
    return msgspec.structs.replace(
        case,
        organisation_id=to.id,
        organisation_no=to.no,
        account_id=None,
        dispatched_at=case.dispatched_at or (now if verb in TARGET_VERBS else None),
    )


def entered(case: Case, step: Step, verb: str, now: datetime, calendar: Calendar) -> Case:
    """The case in a step: its stage, its clock, its end if the step is one."""
    case = msgspec.structs.replace(case, step=step.id, stage=step.stage, step_since=now)
    if step.kind == "end":
        return closed(case, step.id, now)
    if step.kind == "wait" or (case.deadline.stopped_at is not None and verb != "reopen"):
        return _waiting(case, step, now, calendar)
    if verb == "reopen":
        again = deadlines.start(case.deadline.promise, now, calendar)
        case = msgspec.structs.replace(
            case, replied_at=None, was_late=None, satisfaction=None, warned=0, escalated_to=0,
            account_id=None,
        )  # fmt: skip
        return clocked(case, again)
    return clocked(case, case.deadline)


def _waiting(case: Case, step: Step, now: datetime, calendar: Calendar) -> Case:
    """A step that waits for the author or for time has a clock of its own that ends it.

    The promise ends with the reply: whether it was kept is fixed here.
    """
    was_late = now > case.deadline.at if case.was_late is None else case.was_late
    waits = deadlines.start(step.within or WAIT_DEFAULT, now, calendar)
    replied = msgspec.structs.replace(
        case,
        deadline=deadlines.stop(case.deadline, now),
        replied_at=case.replied_at or now,
        was_late=was_late,
    )
    return msgspec.structs.replace(
        replied, clock="running", due_at=waits.at, watch_at=None, next_at=waits.at
    )


def closed(case: Case, outcome: str, now: datetime) -> Case:
    """The case at its end."""
    was_late = case.was_late
    if was_late is None:
        was_late = now > case.deadline.at
    return msgspec.structs.replace(
        case,
        open=False,
        outcome=outcome,
        closed_at=now,
        clock="stopped",
        deadline=deadlines.stop(case.deadline, now),
        due_at=case.due_at,
        next_at=None,
        suspended_until=None,
        was_late=was_late,
    )


def clocked(case: Case, deadline: deadlines.Deadline) -> Case:
    """The case with this promise running."""
    pending = [deadline.watch_at, deadline.late_at][min(case.warned, 1) :]
    next_at = pending[0] if case.warned < LATE_WARNED else case.next_at
    return msgspec.structs.replace(
        case,
        deadline=deadline,
        clock="running",
        due_at=deadline.at,
        watch_at=deadline.watch_at,
        suspended_until=None,
        next_at=next_at,
    )


def taken(case: Case, account_id: object, now: datetime) -> Case:
    """The case in one person's hands."""
    return msgspec.structs.replace(case, account_id=account_id, taken_at=case.taken_at or now)


def suspended(
    case: Case, kind: CaseKind, action: Action, now: datetime, calendar: Calendar
) -> Case:
    """The promise stands still while materials are awaited; the suspension runs its own clock."""
    if case.clock != "running" or case.deadline.stopped_at is not None:
        raise Refusal("case.not_running", clock=case.clock)
    if len(case.deadline.pauses) >= bound(kind, "suspensions"):
        raise Refusal("case.bound_reached", what="suspensions", bound=bound(kind, "suspensions"))
    latest = now + timedelta(days=bound(kind, "suspension_days"))
    until = action.until or latest
    if not now < until <= latest:
        raise invalid(Fault(path="/until", code="number.range", facts={"low": now, "high": latest}))
    paused = deadlines.suspend(case.deadline, now, until, calendar, reason=action.reason)
    return msgspec.structs.replace(
        case, deadline=paused, clock="suspended", suspended_until=until, due_at=paused.at,
        watch_at=paused.watch_at, next_at=until,
    )  # fmt: skip


def resumed(case: Case, now: datetime, calendar: Calendar) -> Case:
    """The promise runs again, from now or from the end of the suspension's bound."""
    if case.clock != "suspended":
        raise Refusal("case.not_suspended", clock=case.clock)
    running = case.deadline
    if running.pause_at(now) is not None:
        running = deadlines.resume(running, now, calendar)
    return clocked(case, running)


def extended(case: Case, kind: CaseKind, by: Promise, now: datetime, calendar: Calendar) -> Case:
    """A longer promise, as an approver granted it."""
    if case.extensions >= bound(kind, "extensions"):
        raise Refusal("case.bound_reached", what="extensions", bound=bound(kind, "extensions"))
    if case.clock != "running" or case.deadline.stopped_at is not None:
        raise Refusal("case.not_running", clock=case.clock)
    longer = deadlines.extend(case.deadline, by, now, calendar)
    fresh = msgspec.structs.replace(case, extensions=case.extensions + 1, warned=0)
    return clocked(fresh, longer)


def promised(case: Case, promise: Promise, calendar: Calendar) -> Case:
    """The promise of the category that was found, counted from acceptance."""
    if promise == case.deadline.promise:
        return case
    return clocked(case, deadlines.start(promise, case.accepted_at, calendar))


def recomputed(case: Case, calendar: Calendar) -> Case:
    """The same promise under a newer calendar."""
    fresh = deadlines.recompute(case.deadline, calendar)
    if case.clock != "running" or fresh.stopped_at is not None:
        return msgspec.structs.replace(case, deadline=fresh)
    return clocked(case, fresh)


class Due(msgspec.Struct, frozen=True):
    """What falls due for a case now: watch, late, escalate, resume or expire."""

    what: str
    case: Case


def due(case: Case, process: Process, now: datetime, calendar: Calendar) -> Due | None:
    """What the clock demands of a case; None when nothing is due."""
    if not case.open or case.next_at is None or case.next_at > now:
        return None
    if case.clock == "suspended":
        return Due("resume", resumed(case, now, calendar))
    step = process.step(case.step)
    if step.kind == "wait":
        ensure("expire" in step.actions, f"wait step {step.id} has no way to expire")
        target = process.step(flow_of(process).next_step(step.id, "expire"))
        return Due("expire", entered(case, target, "expire", now, calendar))
    return _warned(case, now)


def _warned(case: Case, now: datetime) -> Due:
    change = msgspec.structs.replace
    if case.warned < LATE_WARNED and case.deadline.stopped_at is not None:
        return Due("late", change(case, warned=LATE_WARNED, next_at=now + ESCALATE_EVERY))
    if case.warned == 0 and now <= case.deadline.at:
        return Due("watch", change(case, warned=1, next_at=case.deadline.late_at))
    if case.warned < LATE_WARNED:
        if now <= case.deadline.at:
            return Due("watch", change(case, next_at=case.deadline.late_at))
        return Due("late", change(case, warned=LATE_WARNED, next_at=now + ESCALATE_EVERY))
    level = case.escalated_to + 1
    later = now + ESCALATE_EVERY if level < ESCALATIONS_MAX else None
    return Due("escalate", change(case, escalated_to=level, next_at=later))


def check_invariants(case: Case, process: Process) -> None:
    """Crash rather than write a case that could disappear."""
    if not case.open:
        ensure(case.closed_at is not None and case.clock == "stopped", "a closed case has no clock")
        return
    ensure(case.due_at is not None, "an open case has a running clock")
    ensure(case.clock != "stopped", "an open case has a running clock")
    ensure(case.clock != "suspended" or case.suspended_until is not None, "a suspension is bounded")
    ensure(reaches_end(process, case.step), "an open case can reach an end")


def reaches_end(process: Process, step_id: str) -> bool:
    """Whether some sequence of actions leads from a step to an end."""
    return flow_of(process).reaches_end(step_id)
