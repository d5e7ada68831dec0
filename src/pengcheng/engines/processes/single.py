"""Processes with a single token: what a case may run by, since a case stands at one step."""

from pengcheng.engines.processes.model import Definition, Event, FlowNode, Gateway, Task
from pengcheng.engines.processes.program import Program
from pengcheng.engines.processes.state import ROOT, Position, Scope, State
from pengcheng.engines.processes.supported import Finding, called

TOKEN = 1
"""The position of the only token of `standing_at`."""


def one_token(definition: Definition) -> tuple[Finding, ...]:
    """A fault for each node that could make a second token, or where the token would rest without
    a task, by the standard's name of what it is: allowed are user, service, rule and receive
    tasks, exclusive gateways, plain starts and ends."""
    return tuple(
        Finding("fault", "process.not_one_token", node.id, {"construct": called(node)})
        for node in definition.process.body.nodes
        if not _is_allowed(node)
    )


def standing_at(program: Program, node: str) -> State:
    """The state of an instance whose only token rests at a task; `Absent` when there is none."""
    place = program.place(node)
    return State(
        process=program.process,
        scopes={ROOT: Scope(id=ROOT, node=program.process, kind="process")},
        positions={TOKEN: Position(id=TOKEN, scope=ROOT, node=place.id, kind="task")},
        serial=TOKEN + 1,
    )


def _is_allowed(node: FlowNode) -> bool:
    match node:
        case Task(kind="user" | "service" | "rule" | "receive", loop=None):
            return True
        case Gateway(kind="exclusive"):
            return True
        case Event(position="start" | "end", triggers=(), trigger_refs=()):
            return True
    return False
