"""Trying a process out in memory, on a simulated clock: for authors, tests and the guide.

Nothing outside is called. A task for a person is completed at once with the given variables, a
service call and a decision are answered with them too (and each line says so); when only timers
are left, the clock is moved to the next one; a message, signal or condition that is waited for
and nothing else can move is told to have happened, once each.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from pengcheng.engines.processes.model import FlowNode, SubProcess
from pengcheng.engines.processes.program import Program
from pengcheng.engines.processes.run import advance, start
from pengcheng.engines.processes.state import (
    Begin,
    Command,
    Complete,
    Effect,
    MessageArrived,
    Position,
    SignalArrived,
    State,
    TimerDue,
    Variables,
    Wait,
)

COMMANDS_MAX = 500

Answer = Callable[[Position, FlowNode], Variables]


class Step(msgspec.Struct, frozen=True):
    """One command of a trial, and what came of it. The first has no command."""

    at: datetime
    command: Command | None
    node: str
    effects: tuple[Effect, ...]
    state: State


def try_out(
    program: Program, variables: Variables, now: datetime, *, answer: Answer | None = None,
    at: str = "",
) -> Iterator[Step]:  # fmt: skip
    """Plays a process until it ends, sticks, or COMMANDS_MAX commands were given.

    `answer` says with which variables a task, call or decision is completed (default: the given
    ones, so that `{"action": "accept"}` chooses the same action everywhere).
    """
    state, effects = start(program, variables, now, at=at)
    yield Step(now, None, "", tuple(effects), state)
    told: set[tuple[str, str]] = set()
    for _ in range(COMMANDS_MAX):
        chosen = _choose(program, state, variables, answer, told)
        if state.status != "running" or chosen is None:
            return
        command, node, due = chosen
        now = max(now, due or now)
        state, effects = advance(program, state, command, now)
        yield Step(now, command, node, tuple(effects), state)


def _choose(
    program: Program, state: State, variables: Variables, answer: Answer | None,
    told: set[tuple[str, str]],
) -> tuple[Command, str, datetime | None] | None:  # fmt: skip
    """The next command: what is open first, then the clock, then the world outside."""
    for position in state.positions.values():
        node = program.places[position.node].node
        if position.kind in ("task", "service", "rule", "call"):
            given = answer(position, node) if answer else variables
            return Complete(position.id, given), position.node, None
    for position in state.positions.values():
        node = program.places[position.node].node
        if position.kind == "scope" and isinstance(node, SubProcess) and node.kind == "adhoc":
            return _adhoc(program, position, told), position.node, None
    return _outside(state, told)


def _adhoc(program: Program, position: Position, told: set[tuple[str, str]]) -> Command:
    for activity in program.interiors[position.node].activities:
        if (str(position.id), activity) not in told:
            told.add((str(position.id), activity))
            return Begin(position.id, activity)
    return Complete(position.id)


def _outside(
    state: State, told: set[tuple[str, str]]
) -> tuple[Command, str, datetime | None] | None:
    timers = [item for item in state.waits.values() if item.kind == "timer" and item.due]
    if timers:
        first = min(timers, key=_due)
        return TimerDue(first.id), first.node, first.due
    for wait in state.waits.values():
        if (wait.kind, wait.key) in told:
            continue
        told.add((wait.kind, wait.key))
        if wait.kind == "message":
            return MessageArrived(wait.key, wait=wait.id), wait.node, None
        if wait.kind == "signal":
            return SignalArrived(wait.key), wait.node, None
    return None


def _due(wait: Wait) -> tuple[str, int]:
    return (wait.due.isoformat() if wait.due else "", wait.id)
