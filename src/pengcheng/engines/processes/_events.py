"""Events of the token game: waiting for them, throwing them, and who catches what."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from pengcheng.engines.processes._game import Game
from pengcheng.engines.processes.model import Event, SubProcess
from pengcheng.engines.processes.program import Listening, Place, due_of
from pengcheng.engines.processes.state import (
    ROOT,
    Done,
    ErrorThrown,
    EscalationThrown,
    InstanceEnded,
    MessageSent,
    Position,
    Scope,
    SignalThrown,
    Status,
    Wait,
)
from pengcheng.engines.processes.times import parse_duration
from pengcheng.kernel.errors import Refusal

_LISTENED = ("timer", "message", "signal", "conditional")


def waits_of(game: Game, scope: int, place: Place) -> list[Wait]:
    """What a catching event (or receive task) listens for, not yet numbered."""
    return [_wait(game, scope, place, item) for item in place.listens if item.kind in _LISTENED]


def boundary_waits(game: Game, scope: int, place: Place) -> list[Wait]:
    """What the boundary events of an activity listen for."""
    return [
        wait
        for event in place.boundary
        for wait in waits_of(game, scope, game.program.places[event])
    ]


def _wait(game: Game, scope: int, place: Place, listening: Listening) -> Wait:
    if listening.kind == "timer":
        due, every, left = due_of(listening, game.visible(scope), game.now)
        return Wait(id=0, node=place.id, kind="timer", due=due, every=every, left=left)
    if listening.kind == "message":
        return Wait(id=0, node=place.id, kind="message", key=listening.key)
    if listening.kind == "signal":
        return Wait(id=0, node=place.id, kind="signal", key=listening.key)
    return Wait(id=0, node=place.id, kind="conditional")


def catch(game: Game, scope: int, place: Place, via: str) -> None:
    """A token reached an intermediate catch event."""
    waits = waits_of(game, scope, place)
    if not waits:
        game.leave(scope, place.id)
        return
    position = game.rest(scope, place, "event", via=via)
    game.listen(waits, position.id, None)


def first_of(game: Game, scope: int, place: Place, via: str) -> None:
    """A token reached an event-based gateway: it waits for the first of several events."""
    targets = [game.program.places[way.target] for way in place.out]
    waits = [wait for target in targets for wait in waits_of(game, scope, target)]
    if not waits:
        raise Refusal("process.no_event_to_wait_for", node=place.id)
    position = game.rest(scope, place, "gateway", via=via)
    game.listen(waits, position.id, None)


def throw(game: Game, scope: int, place: Place) -> bool:
    """What a throw or end event does. False: it goes no further from here, for now."""
    goes_on = True
    for item in place.listens:
        match item.kind:
            case "message":
                game.effects.append(
                    MessageSent(place.id, item.key, game.number(), dict(game.visible(scope)))
                )
            case "signal":
                game.effects.append(
                    SignalThrown(place.id, item.key, game.number(), dict(game.visible(scope)))
                )
                hear(game, "signal", item.key)
            case "escalation":
                goes_on = escalate(game, scope, place, item.key) and goes_on
            case "error":
                fail(game, scope, place, item.key)
                return False
            case "link":
                target = game.program.interiors[place.body].links.get(item.key)
                if target is None:
                    raise Refusal("process.link_to_nowhere", element=place.id, link=item.key)
                game.arrive(scope, target)
                return False
            case "terminate":
                terminate(game, scope)
                return False
            case "compensation":
                goes_on = compensate(game, scope, place, item) and goes_on
    return goes_on


def hear(game: Game, kind: Literal["message", "signal"], key: str) -> int:
    """Every wait for this signal is met; how many there were."""
    met = [item for item in game.waits.values() if item.kind == kind and item.key == key]
    for wait in met:
        if wait.id in game.waits:
            meet(game, wait)
    return len(met)


def meet(game: Game, wait: Wait) -> None:
    """What a wait was for has happened."""
    place = game.program.places[wait.node]
    if wait.position is None:
        _begin_event_subprocess(game, wait, place)
        return
    position = game.positions[wait.position]
    if isinstance(place.node, Event) and place.node.position == "boundary":
        _begin_boundary(game, wait, position, place)
        return
    game.lift(position)
    if position.kind == "gateway":
        flow = next(w for w in game.program.places[position.node].out if w.target == place.id)
        game.reached(position.scope, place.id, flow.id)
    if isinstance(place.node, Event):
        game.leave(position.scope, place.id)
    else:
        game.complete(position.scope, place.id, position.owner)


def _begin_boundary(game: Game, wait: Wait, position: Position, place: Place) -> None:
    if isinstance(place.node, Event) and place.node.interrupting:
        game.withdraw(position)
    else:
        _again(game, wait)
    game.reached(position.scope, place.id)
    game.leave(position.scope, place.id)


def _begin_event_subprocess(game: Game, wait: Wait, start: Place) -> None:
    """`wait` belongs to the scope in which the event sub-process stands."""
    scope = wait.scope if wait.scope is not None else ROOT
    if not (isinstance(start.node, Event) and start.node.interrupting):
        _again(game, wait)
    begin_event_subprocess(game, scope, start)


def begin_event_subprocess(game: Game, scope: int, start: Place) -> None:
    """Begins an event sub-process at this start event; an interrupting one stops the rest."""
    if isinstance(start.node, Event) and start.node.interrupting:
        game.empty(scope)
        for wait in [item for item in game.waits.values() if item.scope == scope]:
            game.stop(wait)
    place = game.program.places[start.body]
    position = game.rest(scope, place, "scope")
    game.reached(scope, place.id)
    inner = Scope(
        id=game.number(), node=place.id, kind="body", parent=scope, owner=position.id,
        variables=dict.fromkeys(game.program.interiors[place.id].locals),
    )  # fmt: skip
    game.scopes[inner.id] = inner
    game.arrive(inner.id, start.id)


def _again(game: Game, wait: Wait) -> None:
    """A wait that does not interrupt stays, a timer only while its cycle has rounds left.

    The next time is counted from when this one was due, so that a late clock loses no round.
    """
    if wait.kind != "timer":
        game.waits[wait.id] = msgspec.structs.replace(wait, was=True)
        return
    game.stop(wait)
    if wait.left and wait.due:
        due = parse_duration(wait.every).after(wait.due)
        left = wait.left - 1 if wait.left > 0 else -1
        again = msgspec.structs.replace(wait, due=due, left=left)
        game.listen([again], wait.position, wait.scope)


def fail(game: Game, scope: int, place: Place, code: str, position: Position | None = None) -> None:
    """An error is thrown; caught by a boundary event, an event sub-process, or by nothing."""
    if position is not None and _by_boundary(game, position, "error", code, place.id):
        return
    at: int | None = scope
    while at is not None:
        here = game.scopes[at]
        start = _event_start(game, here, "error", code)
        if start is not None:
            game.effects.append(ErrorThrown(place.id, code, start.id))
            begin_event_subprocess(game, at, start)
            return
        if here.owner is None:
            break
        owner = game.positions[here.owner]
        if _by_boundary(game, owner, "error", code, place.id):
            return
        at = owner.scope
    game.effects.append(ErrorThrown(place.id, code, ""))
    if position is None:
        end(game, "failed", code)
        return
    raise Refusal("process.error_uncaught", node=place.id, error=code)


def escalate(
    game: Game, scope: int, place: Place, code: str, position: Position | None = None
) -> bool:
    """An escalation is thrown; False when what threw it was interrupted by the catcher."""
    at: int | None = scope
    if position is not None and _by_boundary(game, position, "escalation", code, place.id):
        return position.id in game.positions
    while at is not None:
        here = game.scopes[at]
        start = _event_start(game, here, "escalation", code)
        if start is not None:
            game.effects.append(EscalationThrown(place.id, code, start.id))
            begin_event_subprocess(game, at, start)
            return not (isinstance(start.node, Event) and start.node.interrupting)
        if here.owner is None:
            break
        owner = game.positions[here.owner]
        if _by_boundary(game, owner, "escalation", code, place.id):
            return owner.id in game.positions
        at = owner.scope
    game.effects.append(EscalationThrown(place.id, code, ""))
    return True


def _by_boundary(game: Game, position: Position, kind: str, code: str, origin: str) -> bool:
    place = game.program.places[position.node]
    if game.in_round(position.scope, place):
        return False
    for event_id in place.boundary:
        event = game.program.places[event_id]
        if not _catches(event.listens, kind, code):
            continue
        thrown = ErrorThrown if kind == "error" else EscalationThrown
        game.effects.append(thrown(origin, code, event_id))
        if isinstance(event.node, Event) and event.node.interrupting:
            game.withdraw(position)
        game.reached(position.scope, event_id)
        game.leave(position.scope, event_id)
        return True
    return False


def _event_start(game: Game, scope: Scope, kind: str, code: str) -> Place | None:
    if scope.kind == "round":
        return None
    for _, start in game.program.interiors[scope.node].event_starts:
        place = game.program.places[start]
        if _catches(place.listens, kind, code):
            return place
    return None


def _catches(listens: Sequence[Listening], kind: str, code: str) -> bool:
    return any(item.kind == kind and item.key in ("", code) for item in listens)


def terminate(game: Game, scope: int) -> None:
    """A terminate end event: everything in its process or sub-process stops (10.5.3)."""
    while game.scopes[scope].kind == "round":
        parent = game.scopes[scope].parent
        scope = ROOT if parent is None else parent
    game.empty(scope)


def end(game: Game, status: Status, outcome: str) -> None:
    """The instance is over."""
    game.close(game.scopes[ROOT])
    game.agenda.clear()
    game.done.clear()
    game.status, game.outcome = status, outcome
    game.effects.append(InstanceEnded(status, outcome))


def compensate(game: Game, scope: int, place: Place, listening: Listening) -> bool:
    """Undoes completed activities, the latest first. True when there is nothing to wait for."""
    here, scopes = game.scopes[scope], {scope}
    holder = game.program.places.get(here.node)
    if holder and isinstance(holder.node, SubProcess) and holder.node.by_event:
        # An event sub-process undoes what the scope around it has done (10.5.6).
        scopes.add(here.parent or ROOT)
    wanted = [
        item
        for item in game.done
        if item.scope in scopes and listening.key in ("", item.node, item.inside)
    ]
    if not wanted:
        return True
    game.done = [item for item in game.done if item not in wanted]
    position = game.rest(scope, place, "compensating", pending=tuple(reversed(wanted)))
    compensate_next(game, position)
    return False


def compensate_next(game: Game, position: Position) -> None:
    """Begins the next compensation of a throwing event, or lets it go on."""
    if not position.pending:
        game.lift(position)
        node = game.program.places[position.node].node
        if isinstance(node, Event) and node.position == "end":
            return
        game.leave(position.scope, position.node)
        return
    following, *rest = position.pending
    game.positions[position.id] = msgspec.structs.replace(position, pending=tuple(rest))
    compensator = game.program.places[following.node].compensator
    if following.variables:
        game.closed_with[compensator] = dict(following.variables)
    game.arrive(position.scope, compensator, owner=position.id)


def keep_done(game: Game, scope: Scope, owner: Position, place: Place) -> None:
    """A completed sub-process hands what can be compensated to the scope around it; one that has an
    event sub-process for its own compensation is undone by that, with its variables as they are.
    """
    if place.compensator:
        game.done = [item for item in game.done if item.scope != scope.id]
        game.closed_with[place.id] = dict(scope.variables)
        return
    game.done = [
        Done(owner.scope, item.node, scope.node, item.variables) if item.scope == scope.id else item
        for item in game.done
    ]
