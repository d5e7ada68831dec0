"""Gateways and flows of the token game: which way a token goes, and when tokens join."""

import msgspec

from pengcheng.engines.processes._activities import close_subprocess
from pengcheng.engines.processes._events import end, first_of, meet
from pengcheng.engines.processes._game import Agendum, Game
from pengcheng.engines.processes.model import Gateway, SubProcess
from pengcheng.engines.processes.program import Place, Way
from pengcheng.engines.processes.state import ROOT, Position, Scope, Wait
from pengcheng.kernel.errors import Refusal


def take_out(game: Game, scope: int, place: Place) -> None:
    """A token leaves a node by its outgoing flows; without any, it ends here."""
    game.moved_scopes.add(scope)
    node = place.node
    exclusive = isinstance(node, Gateway) and node.kind == "exclusive"
    ways = _exclusive(game, scope, place) if exclusive else _every(game, scope, place)
    if not ways and (place.out or place.default):
        raise Refusal("process.no_way_out", node=place.id)
    for way in ways:
        game.arrive(scope, way.target, way.id)


def _exclusive(game: Game, scope: int, place: Place) -> list[Way]:
    for way in place.out:
        if _holds(game, scope, way):
            return [way]
    return [place.default] if place.default else []


def _every(game: Game, scope: int, place: Place) -> list[Way]:
    node = place.node
    if isinstance(node, Gateway) and node.kind == "parallel":
        return [*place.out, *([place.default] if place.default else [])]
    held = [way for way in place.out if _holds(game, scope, way)]
    conditional = any(way.condition is not None for way in held)
    if place.default and not conditional:
        return [*held, place.default]
    return held


def _holds(game: Game, scope: int, way: Way) -> bool:
    """Three-valued: a condition that is null (a variable is missing) does not hold."""
    return way.condition is None or game.value(way.condition, scope) is True


def join(game: Game, item: Agendum, place: Place, gateway: Gateway) -> None:
    """A token reached a gateway."""
    if gateway.kind == "event":
        first_of(game, item.scope, place, item.via)
        return
    if gateway.kind == "complex":
        raise Refusal("process.not_supported", construct="complex gateway", node=place.id)
    if gateway.kind == "exclusive" or len(place.into) < 2:
        take_out(game, item.scope, place)
        return
    game.rest(item.scope, place, "join", via=item.via)
    if gateway.kind == "parallel":
        _join_parallel(game, item.scope, place)


def _waiting(game: Game, scope: int, node: str) -> list[Position]:
    return [
        item
        for item in game.positions.values()
        if item.scope == scope and item.node == node and item.kind == "join"
    ]


def _first_of_each(positions: list[Position]) -> dict[str, Position]:
    by_flow: dict[str, Position] = {}
    for position in positions:
        by_flow.setdefault(position.via, position)
    return by_flow


def _join_parallel(game: Game, scope: int, place: Place) -> None:
    by_flow = _first_of_each(_waiting(game, scope, place.id))
    if len(by_flow) == len(place.into):
        for position in by_flow.values():
            game.lift(position)
        game.leave(scope, place.id)


def notice_conditions(game: Game) -> bool:
    """Conditional events whose condition has become true happen. True when something moved."""
    waits = [item for item in game.waits.values() if item.kind == "conditional"]
    for wait in waits:
        holds = _condition_holds(game, wait)
        if holds and not wait.was:
            meet(game, wait)
            return True
        if wait.was and not holds:
            game.waits[wait.id] = msgspec.structs.replace(wait, was=False)
    return False


def _condition_holds(game: Game, wait: Wait) -> bool:
    scope = wait.scope if wait.position is None else game.positions[wait.position].scope
    values = [item.value for item in game.program.places[wait.node].listens]
    try:
        return any(value and game.value(value, scope or ROOT) is True for value in values)
    except Refusal:
        # What cannot be evaluated (yet) does not hold; the check at publication has compiled it.
        return False


def settle(game: Game) -> bool:
    """Nothing moves by itself: inclusive joins open, empty scopes close. True if one did."""
    return _open_inclusive(game) or _close_adhoc(game) or _close_empty(game)


def _open_inclusive(game: Game) -> bool:
    joins = {
        (item.scope, item.node)
        for item in game.positions.values()
        if item.kind == "join" and game.program.places[item.node].before
    }
    for scope, node in sorted(joins):
        place = game.program.places[node]
        here = _first_of_each(_waiting(game, scope, node))
        if not _awaits_more(game, scope, place, set(here)):
            for position in here.values():
                game.lift(position)
            game.leave(scope, node)
            return True
    return False


def _awaits_more(game: Game, scope: int, place: Place, filled: set[str]) -> bool:
    """Whether a token elsewhere can still reach a flow that has none, and none that has one."""
    for position in game.positions.values():
        if position.scope != scope or position.node == place.id:
            continue
        reaches = {flow for flow, nodes in place.before.items() if position.node in nodes}
        if reaches - filled and not reaches & filled:
            return True
    return False


def _close_adhoc(game: Game) -> bool:
    for scope in [item for item in game.scopes.values() if item.id in game.moved_scopes]:
        place = game.program.places.get(scope.node)
        if place is None or place.completion is None or scope.kind != "body":
            continue
        game.moved_scopes.discard(scope.id)
        node = place.node
        if game.value(place.completion, scope.id) is not True:
            continue
        if (isinstance(node, SubProcess) and node.cancels_rest) or _is_empty(game, scope):
            close_subprocess(game, scope)
            return True
    return False


def _close_empty(game: Game) -> bool:
    for scope in sorted(game.scopes.values(), key=lambda item: -item.id):
        if scope.kind == "round" or not _is_empty(game, scope):
            continue
        if scope.kind == "process":
            end(game, "ended", game.outcome)
            return True
        node = game.program.places[scope.node].node
        if not (isinstance(node, SubProcess) and node.kind == "adhoc"):
            close_subprocess(game, scope)
            return True
    return False


def _is_empty(game: Game, scope: Scope) -> bool:
    return all(item.scope != scope.id for item in game.positions.values())
