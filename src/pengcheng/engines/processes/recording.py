"""From a step's effects to the rows and the log entry that make it durable. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

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
from pengcheng.ground.database import json_text
from pengcheng.kernel.log import Entry

Rows = dict[str, list[dict[str, Any]]]


def rows_of(instance: Instance, effects: Sequence[Effect], now: datetime) -> Rows:
    """The rows to add beside an instance, by table; what the state no longer has is left out."""
    state = instance.state
    rows: Rows = {"task": [], "wait": [], "call": [], "parked": []}
    for effect in effects:
        table, row = _row(state, effect)
        if table and _still_there(state, table, row):
            rows[table].append({"instance_id": instance.id, "now": now, **row})
    if state.status != "running" and instance.parent_id is not None:
        rows["call"].append({"instance_id": instance.id, "now": now, **_to_parent(state)})
    return rows


def gone(before: State, after: State) -> dict[str, list[int]]:
    """For each table from which rows must go: the numbers that stay."""
    found: dict[str, list[int]] = {}
    for table, kinds in _TABLES.items():
        old = {n for n, item in before.positions.items() if item.kind in kinds}
        new = {n for n, item in after.positions.items() if item.kind in kinds}
        if old - new:
            found[table] = sorted(new)
    if before.waits.keys() - after.waits.keys():
        found["wait"] = sorted(after.waits)
    return found


_TABLES = {"task": ("task",), "call": ("service", "rule"), "parked": ("parked",)}


def _row(state: State, effect: Effect) -> tuple[str, dict[str, Any]]:
    match effect:
        case TaskCreated():
            return "task", msgspec.structs.asdict(effect)
        case WaitStarted():
            return "wait", msgspec.structs.asdict(effect)
        case StepParked():
            return "parked", {
                **msgspec.structs.asdict(effect),
                "facts": json_text(effect.facts),
            }
        case ServiceCalled():
            return "call", _call(state, effect.position, "service", effect.node, effect.operation)
        case DecisionAsked():
            return "call", _call(state, effect.position, "rule", effect.node, effect.decision)
        case ProcessCalled():
            return "call", _asked("call", effect, effect.position, effect.process)
        case MessageSent():
            return "call", _asked("message", effect, effect.key, effect.name)
        case SignalThrown():
            return "call", _asked("signal", effect, effect.key, effect.name)
        case TaskWithdrawn(kind="call"):
            return "call", {
                "number": effect.position, "kind": "cancel", "node": effect.node,
                "operation": "", "variables": "{}",
            }  # fmt: skip
    return "", {}


def _call(state: State, number: int, kind: str, node: str, operation: str) -> dict[str, Any]:
    position = state.positions.get(number)
    variables = visible_at(state, position.scope) if position else {}
    return {
        "number": number, "kind": kind, "node": node, "operation": operation,
        "variables": json_text(variables),
    }  # fmt: skip


def _asked(kind: str, effect: Any, number: int, operation: str) -> dict[str, Any]:
    return {
        "number": number, "kind": kind, "node": effect.node, "operation": operation,
        "variables": json_text(effect.variables),
    }  # fmt: skip


def _to_parent(state: State) -> dict[str, Any]:
    return {
        "number": 0, "kind": "answer", "node": "", "operation": state.status,
        "variables": json_text({"outcome": state.outcome, "variables": state.variables}),
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
