"""Small BPMN files and a player of them, for the tests of the engine."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pengcheng.engines.processes import (
    Command,
    Complete,
    Definition,
    Effect,
    FeelConditions,
    Program,
    Reached,
    State,
    TaskCreated,
    TimerDue,
    advance,
    definition_in,
    prepare,
    read,
    start,
)

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def bpmn(body: str, globals_: str = "") -> bytes:
    """A BPMN 2.0 file around the inside of one process `p`; BPMN is the default namespace."""
    return (
        f'<definitions xmlns="{MODEL}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xmlns:pengcheng="urn:pengcheng:processes:1" targetNamespace="urn:test">{globals_}'
        f'<process id="p" isExecutable="true">{body}</process></definitions>'
    ).encode()


def flows(*pairs: str) -> str:
    """Sequence flows written "a>b" or "a>b: condition"; the id of a flow is "a-b"."""
    found = []
    for pair in pairs:
        ends, _, condition = pair.partition(":")
        source, target = ends.strip().split(">")
        inner = f"<conditionExpression>{_escaped(condition)}</conditionExpression>"
        found.append(
            f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">'
            f"{inner * bool(condition)}</sequenceFlow>"
        )
    return "".join(found)


def _escaped(text: str) -> str:
    return text.strip().replace("&", "&amp;").replace("<", "&lt;")


def definition(body: str, globals_: str = "") -> Definition:
    return definition_in(read(bpmn(body, globals_)))


class Play:
    """A running instance that remembers all its effects; the clock is moved by hand."""

    def __init__(self, program: Program, variables: dict[str, Any], at: str = "") -> None:
        self.program = program
        self.now = NOON
        self.state: State
        self.effects: list[Effect] = []
        self.state, effects = start(program, variables, self.now, at=at)
        self.effects += effects

    def tell(self, command: Command) -> list[Effect]:
        self.state, effects = advance(self.program, self.state, command, self.now)
        self.effects += effects
        return list(effects)

    def complete(self, node: str, **variables: Any) -> list[Effect]:
        """Completes the first open position at a node."""
        return self.tell(Complete(self.at(node), variables))

    def at(self, node: str) -> int:
        """The number of the first position that rests at a node."""
        return min(item.id for item in self.state.positions.values() if item.node == node)

    def wait(self, node: str) -> int:
        """The number of the timer of a node."""
        waits = self.state.waits.values()
        return min(item.id for item in waits if item.node == node and item.kind == "timer")

    def later(self, node: str, **delta: float) -> list[Effect]:
        """The clock moves, and the timer of a node is due."""
        self.now += timedelta(**delta)
        return self.tell(TimerDue(self.wait(node)))

    @property
    def resting(self) -> list[str]:
        """The nodes at which tokens rest, in order."""
        return sorted(item.node for item in self.state.positions.values())

    @property
    def tasks(self) -> list[str]:
        return sorted(i.node for i in self.state.positions.values() if i.kind == "task")

    def reached(self, node: str) -> int:
        """How often a token reached a node."""
        return sum(isinstance(item, Reached) and item.node == node for item in self.effects)

    def said(self, kind: type) -> list[Any]:
        """The effects of a kind, in order."""
        return [item for item in self.effects if isinstance(item, kind)]


def play(body: str, globals_: str = "", at: str = "", **variables: Any) -> Play:
    return Play(prepare(definition(body, globals_), FeelConditions()), variables, at)


def roles(effects: Iterable[Effect]) -> dict[str, str]:
    return {item.node: item.role for item in effects if isinstance(item, TaskCreated)}


ENDS = '<startEvent id="s"/><endEvent id="e"/>'
MESSAGES = '<message id="m" name="paid"/><signal id="g" name="storm"/>'
CODES = '<error id="x" errorCode="E1"/><escalation id="u" escalationCode="U1"/>'


def task(name: str, kind: str = "userTask", inner: str = "", attributes: str = "") -> str:
    return f'<{kind} id="{name}" {attributes}>{inner}</{kind}>'


def boundary(name: str, on: str, trigger: str, *, interrupts: bool = True) -> str:
    cancel = "true" if interrupts else "false"
    return (
        f'<boundaryEvent id="{name}" attachedToRef="{on}" cancelActivity="{cancel}">'
        f"{trigger}</boundaryEvent>"
    )


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def ended(run: Play) -> bool:
    return run.state.status == "ended" and not run.state.positions and not run.state.waits
