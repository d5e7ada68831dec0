"""From a step's effects to the rows and the log entry that make it durable. Pure."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.processes.instance import Instance
from pengcheng.engines.processes.state import (
    Command,
    DecisionAsked,
    Effect,
    ErrorThrown,
    EscalationThrown,
    InstanceEnded,
    MessageSent,
    ProcessCalled,
    Reached,
    ServiceCalled,
    SignalThrown,
    State,
    StepParked,
    TaskCreated,
    TaskWithdrawn,
    WaitStarted,
)
from pengcheng.engines.processes.variables import visible_at
from pengcheng.kernel.log import Entry

Rows = dict[str, list[dict[str, Any]]]


class Change(msgspec.Struct, frozen=True):
    """One step of one instance: before (None: it is new), after, and what came of it."""

    before: Instance | None
    after: Instance
    effects: Sequence[Effect]


def rows_of(changes: Sequence[Change]) -> Rows:
    """Everything that these steps change, by table."""
    rows: Rows = {"instances": [], "gone": [], "task": [], "wait": [], "call": [], "parked": []}
    for change in changes:
        instance, state = change.after, change.after.state
        rows["instances"].append(_head(instance, fresh=change.before is None))
        if change.before is not None:
            rows["gone"] += _gone(instance.id, change.before.state, state)
        for effect in change.effects:
            table, row = _row(state, effect)
            if table and _still_there(state, table, row):
                rows[table].append({**row, "id": instance.id})
        if state.status != "running" and instance.parent_id is not None:
            rows["call"].append({**_to_parent(state), "id": instance.id})
    return rows


def _head(instance: Instance, *, fresh: bool) -> dict[str, Any]:
    return {
        "fresh": fresh,
        "id": instance.id,
        "version_id": instance.version_id,
        "status": instance.state.status,
        "revision": instance.revision,
        "state": instance.state,
        "parent_id": instance.parent_id,
        "parent_position": instance.parent_position,
        **msgspec.structs.asdict(instance.about),
    }


def _gone(instance_id: UUID, before: State, after: State) -> list[dict[str, Any]]:
    """What stood beside the instance and stands no more."""
    found = [("wait", number) for number in before.waits if number not in after.waits]
    for number, position in before.positions.items():
        table = _TABLES.get(position.kind)
        later = after.positions.get(number)
        if table and (later is None or later.kind != position.kind):
            found.append((table, number))
    return [{"kind": kind, "id": instance_id, "number": number} for kind, number in found]


_TABLES = {"task": "task", "service": "call", "rule": "call", "parked": "parked"}


def _row(state: State, effect: Effect) -> tuple[str, dict[str, Any]]:
    match effect:
        case TaskCreated():
            return "task", msgspec.structs.asdict(effect)
        case WaitStarted():
            return "wait", msgspec.structs.asdict(effect)
        case StepParked():
            return "parked", msgspec.structs.asdict(effect)
        case ServiceCalled():
            return "call", _call(state, effect, "service", effect.operation)
        case DecisionAsked():
            return "call", _call(state, effect, "rule", effect.decision)
        case ProcessCalled():
            return "call", _asked("call", effect, effect.position, effect.process)
        case MessageSent():
            return "call", _asked("message", effect, effect.key, effect.name)
        case SignalThrown():
            return "call", _asked("signal", effect, effect.key, effect.name)
        case TaskWithdrawn(kind="call"):
            return "call", {
                "number": effect.position, "kind": "cancel", "node": effect.node,
                "operation": "", "variables": {},
            }  # fmt: skip
    return "", {}


def _call(
    state: State, effect: ServiceCalled | DecisionAsked, kind: str, operation: str
) -> dict[str, Any]:
    position, variables = state.positions.get(effect.position), effect.variables
    if variables is None:
        variables = visible_at(state, position.scope) if position else {}
    return {
        "number": effect.position, "kind": kind, "node": effect.node, "operation": operation,
        "variables": variables,
    }  # fmt: skip


def _asked(kind: str, effect: Any, number: int, operation: str) -> dict[str, Any]:
    return {
        "number": number, "kind": kind, "node": effect.node, "operation": operation,
        "variables": effect.variables,
    }  # fmt: skip


def _to_parent(state: State) -> dict[str, Any]:
    return {
        "number": 0, "kind": "answer", "node": "", "operation": state.status,
        "variables": {"outcome": state.outcome, "variables": state.variables},
    }  # fmt: skip


def _still_there(state: State, table: str, row: dict[str, Any]) -> bool:
    """A task may be created and withdrawn in one step; what is sent is sent."""
    if table == "wait":
        return row["wait"] in state.waits
    if table == "call" and row["kind"] not in ("service", "rule"):
        return True
    number = row["number"] if table == "call" else row["position"]
    position = state.positions.get(number)
    return position is not None and (table == "parked") == (position.kind == "parked")


def entry_of(
    instance: Instance, kind: str, command: Command | None, effects: Sequence[Effect]
) -> Entry:
    """The log entry of a step: what was said, which way the tokens went, what came of it."""
    after: dict[str, Any] = {
        "revision": instance.revision,
        "command": msgspec.to_builtins(_bare(command)),
        "path": [[item.via, item.node] for item in effects if isinstance(item, Reached)],
        "came": [msgspec.to_builtins(item) for item in effects if isinstance(item, _TOLD)],
    }
    about = instance.about
    return Entry(
        kind=kind,
        subject_type="process_instance",
        subject_id=instance.id,
        area_no=about.area_no,
        organisation_no=about.organisation_no,
        sensitivity=about.sensitivity,
        after=after,
        cause={"subject_type": about.subject_type, "subject_id": about.subject_id}
        if about.subject_id
        else {},
    )


_TOLD = (
    TaskCreated, TaskWithdrawn, StepParked, ErrorThrown, EscalationThrown, InstanceEnded,
)  # fmt: skip


def _bare(command: Command | None) -> Any:
    """A command without its values: they may be a person's, and stand in the state."""
    if command is None:
        return None
    told = msgspec.to_builtins(command)
    told["variables"] = sorted(told.get("variables") or ())
    return {name: value for name, value in told.items() if name != "facts"}
