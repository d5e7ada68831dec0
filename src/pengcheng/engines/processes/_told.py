"""What the world tells an instance: each command, before the tokens move."""

from collections.abc import Callable
from typing import Any

import msgspec

from pengcheng.engines.processes._activities import close_subprocess
from pengcheng.engines.processes._events import end, escalate, fail, hear, meet
from pengcheng.engines.processes._game import Game
from pengcheng.engines.processes.model import SubProcess
from pengcheng.engines.processes.state import (
    ROOT,
    Begin,
    Cancel,
    Change,
    Command,
    Complete,
    Escalate,
    Fail,
    MessageArrived,
    Park,
    Parked,
    Position,
    Retry,
    SignalArrived,
    StepParked,
    TimerDue,
    WaitStarted,
)
from pengcheng.kernel.errors import Absent, Conflict, Refusal

_ANSWERED = ("task", "service", "rule", "call")


def obey(game: Game, command: Command) -> bool:
    """Does what a command says. False: it says nothing to this instance, nothing changes."""
    return _TOLD[type(command)](game, command) is not False


def _business_failure(game: Game, command: Fail) -> None:
    position = _open(game, command.position)
    game.assign(position.scope, command.variables)
    place = game.program.places[position.node]
    try:
        fail(game, position.scope, place, command.code, position)
    except Refusal as fault:
        _park_answer(game, position, fault.code, fault.facts)


def _escalation(game: Game, command: Escalate) -> None:
    position = _open(game, command.position)
    place = game.program.places[position.node]
    escalate(game, position.scope, place, command.code, position)


def _signal(game: Game, command: SignalArrived) -> bool:
    game.assign(ROOT, command.variables)
    return hear(game, "signal", command.name) > 0


def _change(game: Game, command: Change) -> None:
    game.assign(ROOT, command.variables)


def _cancel(game: Game, command: Cancel) -> None:
    end(game, "cancelled", command.reason)


def _position(game: Game, number: int) -> Position:
    position = game.positions.get(number)
    if position is not None:
        return position
    if 0 < number < game.serial:
        raise Conflict("process.done_already", position=number)
    raise Absent("process.position_unknown", position=number)


def _open(game: Game, number: int) -> Position:
    position = _position(game, number)
    if position.kind not in _ANSWERED:
        raise Refusal("process.not_completable", position=number, kind=position.kind)
    return position


def _complete(game: Game, command: Complete) -> None:
    position = _position(game, command.position)
    node = game.program.places[position.node].node
    if position.kind == "scope" and isinstance(node, SubProcess) and node.kind == "adhoc":
        inner = next(item for item in game.scopes.values() if item.owner == position.id)
        game.assign(inner.id, command.variables)
        close_subprocess(game, inner)
        return
    position = _open(game, command.position)
    place = game.program.places[position.node]
    try:
        game.carry_out(position.scope, place, command.variables)
    except Refusal as fault:
        _park_answer(game, position, fault.code, dict(fault.facts))
        return
    game.lift(position)
    game.complete(position.scope, position.node, position.owner)


def _park(game: Game, command: Park) -> None:
    position = _open(game, command.position)
    _park_answer(game, position, command.code, dict(command.facts))


def _park_answer(game: Game, position: Position, code: str, facts: dict[str, object]) -> None:
    game.positions[position.id] = msgspec.structs.replace(
        position, kind="parked", was=position.kind, parked=Parked(code, facts, "answer")
    )
    game.effects.append(StepParked(position.id, position.node, code, facts))


def _message(game: Game, command: MessageArrived) -> None:
    waits = [
        item
        for item in game.waits.values()
        if item.kind == "message" and item.key == command.name and command.wait in (None, item.id)
    ]
    if not waits:
        awaited = sorted({item.key for item in game.waits.values() if item.kind == "message"})
        raise Refusal("process.message_unexpected", message=command.name, awaited=awaited)
    wait = min(waits, key=lambda item: item.id)
    scope = wait.scope if wait.position is None else game.positions[wait.position].scope
    game.assign(scope or ROOT, command.variables)
    meet(game, wait)


def _timer(game: Game, command: TimerDue) -> bool:
    """A timer that is gone was overtaken; one that is early (the clock stepped) waits on."""
    wait = game.waits.get(command.wait)
    if wait is None or wait.due is None:
        return False
    if game.now < wait.due:
        game.effects.append(WaitStarted(wait.id, wait.node, wait.kind, wait.key, wait.due))
        return True
    meet(game, wait)
    return True


def _begin(game: Game, command: Begin) -> None:
    position = _position(game, command.position)
    inner = next((item for item in game.scopes.values() if item.owner == position.id), None)
    node = game.program.places[position.node].node
    if inner is None or not (isinstance(node, SubProcess) and node.kind == "adhoc"):
        raise Refusal("process.not_adhoc", position=position.id)
    offered = game.program.interiors[position.node].activities
    if command.node not in offered:
        raise Refusal("process.not_offered", node=command.node, offered=list(offered))
    busy = any(item.scope == inner.id for item in game.positions.values())
    if busy and node.ordering == "sequential":
        raise Refusal("process.one_at_a_time", node=command.node)
    game.arrive(inner.id, command.node)


def _retry(game: Game, command: Retry) -> None:
    position = _position(game, command.position)
    parked = position.parked
    if parked is None:
        raise Refusal("process.not_parked", position=position.id)
    game.assign(position.scope, command.variables)
    game.lift(position)
    match parked.stage:
        case "complete":
            game.complete(position.scope, position.node, position.owner)
        case "leave":
            game.leave(position.scope, position.node)
        case _:
            game.arrive(position.scope, position.node, position.via, position.owner)


_TOLD: dict[type, Callable[[Game, Any], bool | None]] = {
    Complete: _complete,
    Fail: _business_failure,
    Escalate: _escalation,
    MessageArrived: _message,
    SignalArrived: _signal,
    TimerDue: _timer,
    Change: _change,
    Begin: _begin,
    Retry: _retry,
    Park: _park,
    Cancel: _cancel,
}
