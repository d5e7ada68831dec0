"""Moving running instances to a new version: first a verdict for each, then the move. Pure.

For each position of an instance:
- `moves`: the new version has a step of the same kind there, and takes the token over;
- `waits`: it can move, but not now (a loop, join or compensation is under way at that place);
- `person`: someone must say where it goes, the step is gone or has become something else;
- `stays`: the mapping says that what stands there is finished under the old version.
The worst of its positions is the verdict of an instance: a token never moves alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from pengcheng.engines.processes._events import boundary_waits
from pengcheng.engines.processes._game import Game
from pengcheng.engines.processes.model import (
    Activity,
    Call,
    Event,
    FlowNode,
    Gateway,
    SubProcess,
    Task,
)
from pengcheng.engines.processes.program import Place, Program
from pengcheng.engines.processes.state import ROOT, Effect, Position, Scope, State
from pengcheng.engines.processes.words import WORDS
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.words import Words

Verdict = Literal["moves", "waits", "person", "stays"]
_WORST: tuple[Verdict, ...] = ("stays", "person", "waits", "moves")


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """How an upgrade is declared: old step to new step where names differ, and what stays."""

    steps: Mapping[str, str] = {}
    stays: frozenset[str] = frozenset()


class PositionVerdict(msgspec.Struct, frozen=True):
    """The verdict for one position, the step it would move to, and why (a code of `words`)."""

    position: int
    node: str
    verdict: Verdict
    to: str
    why: str


def verdicts(
    old: Program, new: Program, state: State, mapped: Mapped | None = None
) -> tuple[PositionVerdict, ...]:
    """The verdict for each position of a running instance."""
    rule = mapped or Mapped()
    return tuple(_judge(old, new, state, item, rule) for item in state.positions.values())


def step_verdicts(old: Program, new: Program, mapped: Mapped | None = None) -> tuple[
    PositionVerdict, ...
]:  # fmt: skip
    """The verdict for a token that rests at each step of the old version where one can rest."""
    scope = Scope(id=ROOT, node=old.process, kind="process")
    found: list[PositionVerdict] = []
    for number, place in enumerate(old.places.values(), 1):
        kind = _resting_kind(place)
        if kind:
            position = Position(id=number, scope=ROOT, node=place.id, kind=kind)
            state = State(process=old.process, scopes={ROOT: scope}, positions={number: position})
            found.append(_judge(old, new, state, position, mapped or Mapped()))
    return tuple(found)


def _resting_kind(place: Place) -> str:
    """As which kind of position a token would rest here; "" where none rests."""
    match place.node:
        case Activity(loop=loop) if loop is not None:
            return "loop"
        case Task(kind="user" | "service" | "rule" | "receive"):
            return "task"
        case SubProcess():
            return "scope"
        case Call():
            return "call"
        case Event(position="catch"):
            return "event"
        case Gateway(kind="event"):
            return "gateway"
        case Gateway(kind="parallel" | "inclusive") if len(place.into) > 1:
            return "join"
    return ""


def verdict_of(found: tuple[PositionVerdict, ...]) -> Verdict:
    """The verdict for the whole instance."""
    given = {item.verdict for item in found}
    return next((item for item in _WORST if item in given), "moves")


def migrate(
    old: Program, new: Program, state: State, now: datetime, mapped: Mapped | None = None
) -> tuple[State, tuple[Effect, ...]]:
    """The state under the new version, and the waits that begin or end with it. `Refusal` unless
    every position moves.

    Boundary timers of the new version count from when the token came to rest, so a shorter limit
    may already be due. Undoing is the same move with the mapping turned round.
    """
    found = verdicts(old, new, state, mapped)
    if verdict_of(found) != "moves":
        held = [item for item in found if item.verdict != "moves"]
        raise Refusal(
            "process.cannot_migrate",
            found=[Words(f"{one.node}：{WORDS[one.why].zh}", f"{one.node}: {WORDS[one.why].en}")
                   for one in held],
            verdicts=[msgspec.to_builtins(one) for one in found],
        )  # fmt: skip
    to = {item.position: item.to for item in found}
    steps = dict((mapped or Mapped()).steps)
    renamed = _renamed(new, state, to, steps)
    game = Game(new, renamed, now)
    for position in list(game.positions.values()):
        _renew_waits(game, position)
    return game.state(), tuple(game.effects)


def _judge(
    old: Program, new: Program, state: State, position: Position, mapped: Mapped
) -> PositionVerdict:
    def say(verdict: Verdict, why: str, to: str = "") -> PositionVerdict:
        return PositionVerdict(position.id, position.node, verdict, to, why)

    if position.node in mapped.stays:
        return say("stays", "process.migrate_stays")
    target = mapped.steps.get(position.node, position.node)
    place = new.places.get(target)
    if place is None:
        return say("person", "process.migrate_gone")
    before = old.places[position.node]
    if _kind(before.node) != _kind(place.node):
        return say("person", "process.migrate_other_kind", target)
    holders = [mapped.steps.get(item, item) for item in _holders(old, before.body)]
    if holders != _holders(new, place.body):
        return say("person", "process.migrate_other_place", target)
    if position.kind in ("loop", "compensating", "join", "gateway"):
        return say("waits", f"process.migrate_during_{position.kind}", target)
    if state.scopes[position.scope].kind == "round":
        return say("waits", "process.migrate_during_loop", target)
    return say("moves", "process.migrate_moves", target)


def _kind(node: FlowNode) -> tuple[str, str, str]:
    return (
        type(node).__name__,
        str(getattr(node, "kind", "")),
        str(getattr(node, "position", "")),
    )


def _holders(program: Program, body: str) -> list[str]:
    """The sub-processes around a body, from within outwards; the process itself is not named."""
    found = []
    while body != program.process:
        found.append(body)
        body = program.places[body].body
    return found


def _renamed(new: Program, state: State, to: Mapping[int, str], steps: Mapping[str, str]) -> State:
    def scope(item: Scope) -> Scope:
        name = new.process if item.id == ROOT else steps.get(item.node, item.node)
        return msgspec.structs.replace(item, node=name)

    return msgspec.structs.replace(
        state,
        process=new.process,
        scopes={number: scope(item) for number, item in state.scopes.items()},
        positions={
            number: msgspec.structs.replace(item, node=to[number])
            for number, item in state.positions.items()
        },
        waits={
            number: msgspec.structs.replace(item, node=steps.get(item.node, item.node))
            for number, item in state.waits.items()
        },
        done=tuple(
            msgspec.structs.replace(item, node=steps.get(item.node, item.node))
            for item in state.done
        ),
    )


def _renew_waits(game: Game, position: Position) -> None:
    """The events that the new version hangs on the step; a wait that is the same is kept."""
    place = game.program.places[position.node]
    if position.kind not in ("task", "service", "rule", "call", "scope"):
        return
    if position.since is not None:
        game.now = position.since
    wanted = {(item.node, item.kind, item.key): item for item in boundary_waits(
        game, position.scope, place)}  # fmt: skip
    for wait in [item for item in game.waits.values() if item.position == position.id]:
        if wanted.pop((wait.node, wait.kind, wait.key), None) is None:
            game.stop(wait)
    game.listen(wanted.values(), position.id, None)
