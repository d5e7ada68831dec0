"""The token semantics of BPMN 2.0 (chapter 13), pure: a state and a command give the next state.

`start` and `advance` have no clock, no storage and no randomness; the same commands at the same
instants give the same state, bit for bit. What the world must do is handed back as effects. When
a command is refused (`Refusal`, `Conflict`, `Absent`), nothing has changed.

A step that cannot go on (no condition holds, an expression fails, a list is none) does not fail
the instance: it is parked as a position of kind "parked" until `Retry` or `Cancel`.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from pengcheng.engines.processes import _activities as activities
from pengcheng.engines.processes import _events as events
from pengcheng.engines.processes._flow import join, notice_conditions, settle, take_out
from pengcheng.engines.processes._game import Agendum, Game
from pengcheng.engines.processes._told import obey
from pengcheng.engines.processes.model import Event, Gateway
from pengcheng.engines.processes.program import Place, Program
from pengcheng.engines.processes.state import (
    ROOT,
    Command,
    Effect,
    Scope,
    State,
    Variables,
)
from pengcheng.kernel.errors import Absent, Conflict, Refusal

Result = tuple[State, Sequence[Effect]]


class Beginning(msgspec.Struct, frozen=True):
    """A way in which a process begins: none, or a message, signal, timer or condition."""

    node: str
    kind: str
    key: str


def beginnings(program: Program) -> tuple[Beginning, ...]:
    """How instances of a process come to be, in the order of the file."""
    found = []
    for node in program.interiors[program.process].starts:
        listens = program.places[node].listens
        found += [Beginning(node, item.kind, item.key or item.literal) for item in listens] or [
            Beginning(node, "none", "")
        ]
    return tuple(found)


def start(program: Program, variables: Variables, now: datetime, *, at: str = "") -> Result:
    """A new instance. `at` names the start event; needed when none starts by itself."""
    starts = program.interiors[program.process].starts
    plain = [item.node for item in beginnings(program) if item.kind == "none"]
    chosen = [at] if at else (plain or list(starts[:1] if len(starts) == 1 else ()))
    if not chosen or any(node not in starts for node in chosen):
        raise Refusal("process.which_start", wanted=at, found=list(starts))
    root = Scope(id=ROOT, node=program.process, kind="process", variables=dict(variables))
    game = Game(program, State(process=program.process, scopes={ROOT: root}), now)
    activities.listen_for_event_subprocesses(game, ROOT, program.process)
    for node in chosen:
        game.arrive(ROOT, node)
    return _play(game)


def advance(program: Program, state: State, command: Command, now: datetime) -> Result:
    """The state after a command. `Conflict`: someone was faster (the task is no longer open)."""
    if state.process != program.process:
        raise Absent("process.other_process", process=state.process)
    if state.status != "running":
        raise Conflict("process.over", status=state.status)
    game = Game(program, state, now)
    if not obey(game, command):
        return state, ()
    return _play(game)


def _play(game: Game) -> Result:
    while True:
        item = game.next()
        if item is not None:
            _step(game, item)
        elif game.status != "running" or not (notice_conditions(game) or settle(game)):
            return game.state(), tuple(game.effects)


def _step(game: Game, item: Agendum) -> None:
    place = game.program.places[item.node]
    try:
        if item.stage == "leave":
            take_out(game, item.scope, place)
        elif item.stage == "complete":
            activities.done(game, item, place)
        else:
            _arrive(game, item, place)
    except Refusal as fault:
        if fault.code == "process.endless":
            raise
        game.park(item, fault.code, fault.facts)


def _arrive(game: Game, item: Agendum, place: Place) -> None:
    if not game.in_round(item.scope, place):
        game.reached(item.scope, place.id, item.via)
    match place.node:
        case Event():
            _arrive_at_event(game, item, place, place.node)
        case Gateway():
            join(game, item, place, place.node)
        case _:
            activities.enter(game, item, place)


def _arrive_at_event(game: Game, item: Agendum, place: Place, event: Event) -> None:
    match event.position:
        case "start":
            game.leave(item.scope, place.id)
        case "catch":
            events.catch(game, item.scope, place, item.via)
        case "end":
            if item.scope == ROOT:
                game.outcome = place.id
            events.throw(game, item.scope, place)
        case _:
            if events.throw(game, item.scope, place):
                game.leave(item.scope, place.id)
