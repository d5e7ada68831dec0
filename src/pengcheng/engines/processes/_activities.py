"""Activities of the token game: tasks, calls, sub-processes, and how often each is done."""

from decimal import Decimal
from typing import Any

import msgspec

from pengcheng.engines.processes._events import (
    boundary_waits,
    compensate_next,
    keep_done,
    waits_of,
)
from pengcheng.engines.processes._game import Agendum, Game
from pengcheng.engines.processes.model import Call, SubProcess, Task
from pengcheng.engines.processes.program import Place, Rule
from pengcheng.engines.processes.state import (
    ActivitiesOffered,
    DecisionAsked,
    MessageSent,
    Position,
    ProcessCalled,
    Rounds,
    Scope,
    ServiceCalled,
    TaskCreated,
)
from pengcheng.kernel.errors import Refusal

ROUNDS_MAX = 10_000


def enter(game: Game, item: Agendum, place: Place) -> None:
    """A token reached an activity."""
    if place.rule is not None and not game.in_round(item.scope, place):
        _begin_loop(game, item, place, place.rule)
    else:
        _perform(game, item, place)


def _perform(game: Game, item: Agendum, place: Place) -> None:
    node, scope = place.node, item.scope
    if isinstance(node, Task) and node.kind in ("none", "manual", "send"):
        if node.kind == "send":
            key = place.listens[0].key
            game.effects.append(MessageSent(place.id, key, game.number(), game.given(scope, place)))
        game.complete(scope, place.id, item.owner)
        return
    waits = [] if game.in_round(scope, place) else boundary_waits(game, scope, place)
    if isinstance(node, SubProcess):
        position = game.rest(scope, place, "scope", via=item.via, owner=item.owner)
        game.listen(waits, position.id, None)
        _open(game, position, place, node)
    elif isinstance(node, Call):
        position = game.rest(scope, place, "call", via=item.via, owner=item.owner)
        game.listen(waits, position.id, None)
        game.effects.append(
            ProcessCalled(position.id, place.id, node.called, game.given(scope, place))
        )
    elif isinstance(node, Task):
        _begin_task(game, item, place, node, waits)


def _begin_task(game: Game, item: Agendum, place: Place, node: Task, waits: list[Any]) -> None:
    match node.kind:
        case "user":
            position = game.rest(item.scope, place, "task", via=item.via, owner=item.owner)
            game.effects.append(TaskCreated(position.id, place.id, place.role, node.within))
        case "service":
            position = game.rest(item.scope, place, "service", via=item.via, owner=item.owner)
            carried = game.carried_in(item.scope, place)
            operation = node.operation or place.id
            game.effects.append(ServiceCalled(position.id, place.id, operation, carried))
        case "rule":
            position = game.rest(item.scope, place, "rule", via=item.via, owner=item.owner)
            carried = game.carried_in(item.scope, place)
            decision = node.decision or place.id
            game.effects.append(DecisionAsked(position.id, place.id, decision, carried))
        case "receive":
            waits = [*waits_of(game, item.scope, place), *waits]
            position = game.rest(item.scope, place, "event", via=item.via, owner=item.owner)
        case _:
            raise Refusal("process.not_supported", construct=f"{node.kind} task", node=place.id)
    game.listen(waits, position.id, None)


def _open(game: Game, position: Position, place: Place, node: SubProcess) -> None:
    interior = game.program.interiors[place.id]
    scope = Scope(
        id=game.number(), node=place.id, kind="body", parent=position.scope, owner=position.id,
        variables={**dict.fromkeys(interior.locals), **game.closed_with.pop(place.id, {})},
    )  # fmt: skip
    game.scopes[scope.id] = scope
    listen_for_event_subprocesses(game, scope.id, place.id)
    if node.kind == "adhoc":
        game.effects.append(ActivitiesOffered(position.id, place.id, interior.activities))
        return
    for start in interior.starts:
        game.arrive(scope.id, start)


def listen_for_event_subprocesses(game: Game, scope: int, body: str) -> None:
    """A scope listens for the start events of the event sub-processes that stand in it."""
    for _, start in game.program.interiors[body].event_starts:
        game.listen(waits_of(game, scope, game.program.places[start]), None, scope)


def done(game: Game, item: Agendum, place: Place) -> None:
    """An activity is complete: one round of it, or all of it."""
    if game.in_round(item.scope, place):
        _round_done(game, game.scopes[item.scope], place)
        return
    game.moved_scopes.add(item.scope)
    if item.owner is not None:
        if item.owner in game.positions:
            compensate_next(game, game.positions[item.owner])
        return
    game.remember_done(item.scope, place)
    game.leave(item.scope, place.id)


def close_subprocess(game: Game, scope: Scope) -> None:
    """A sub-process has run empty, or its completion condition holds."""
    if scope.owner is None:
        return
    owner = game.positions[scope.owner]
    place = game.program.places[owner.node]
    keep_done(game, scope, owner, place)
    game.close(scope)
    game.lift(owner)
    if isinstance(place.node, SubProcess) and place.node.by_event and owner.owner is None:
        return
    game.complete(owner.scope, owner.node, owner.owner)


# ── loops ────────────────────────────────────────────────────────────────────────────────────


def _begin_loop(game: Game, item: Agendum, place: Place, rule: Rule) -> None:
    rounds = _rounds(game, item.scope, place, rule)
    waits = boundary_waits(game, item.scope, place)
    goes = rounds.total != 0 and (
        rule.condition is None
        or not rule.loop.test_before
        or game.value(rule.condition, item.scope, {"loopCounter": 0}) is True
    )
    if not goes:
        game.complete(item.scope, place.id, item.owner)
        return
    position = game.rest(item.scope, place, "loop", via=item.via, owner=item.owner, rounds=rounds)
    game.listen(waits, position.id, None)
    at_once = 1 if rule.loop.sequential or rounds.total is None else rounds.total
    if rule.loop.kind == "standard":
        at_once = 1
    for _ in range(at_once):
        _begin_round(game, position.id, place, rule)


def _rounds(game: Game, scope: int, place: Place, rule: Rule) -> Rounds:
    loop = rule.loop
    if loop.kind == "standard":
        return Rounds(loop.maximum)
    if loop.collection:
        items = game.visible(scope).get(_name_of(game, loop.collection))
        if not isinstance(items, list | tuple):
            raise Refusal("process.not_a_list", node=place.id, variable=loop.collection)
        total = len(items)
    else:
        items = ()
        number = game.value(rule.cardinality, scope) if rule.cardinality else None
        total = _count(number)
        if total < 0:
            raise Refusal("process.not_a_count", node=place.id, value=str(number))
    if total > ROUNDS_MAX:
        raise Refusal("process.too_many_rounds", node=place.id, limit=ROUNDS_MAX, rounds=total)
    outputs = (None,) * total if loop.outputs else ()
    return Rounds(total, items=tuple(items), outputs=outputs)


def _count(value: object) -> int:
    """A whole number from 0 on; -1 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return -1
    return int(value) if value >= 0 and value == value // 1 else -1


def _name_of(game: Game, reference: str) -> str:
    """The variable that a data reference stands for: its name, else its id."""
    process = game.program.definition.process
    bodies = [process.body]
    while bodies:
        body = bodies.pop()
        for data in body.data:
            if data.id == reference:
                return data.name or data.id
        bodies += [node.body for node in body.nodes if isinstance(node, SubProcess)]
    return reference


def _begin_round(game: Game, owner: int, place: Place, rule: Rule) -> None:
    position = game.positions.get(owner)
    if position is None or position.rounds is None:
        return
    rounds, number = position.rounds, position.rounds.started
    variables: dict[str, Any] = {"loopCounter": number + 1}
    if rule.loop.item:
        variables[rule.loop.item] = rounds.items[number] if number < len(rounds.items) else None
    if rule.loop.output_item:
        variables.setdefault(rule.loop.output_item, None)
    scope = Scope(
        id=game.number(), node=place.id, kind="round", parent=position.scope, owner=owner,
        variables=variables,
    )  # fmt: skip
    game.scopes[scope.id] = scope
    game.positions[owner] = msgspec.structs.replace(
        position, rounds=msgspec.structs.replace(rounds, started=number + 1)
    )
    game.arrive(scope.id, place.id, position.via)


def _round_done(game: Game, scope: Scope, place: Place) -> None:
    rule, position = place.rule, game.positions[scope.owner or 0]
    if rule is None or position.rounds is None:
        return
    rounds = msgspec.structs.replace(
        position.rounds,
        finished=position.rounds.finished + 1,
        outputs=_outputs(position.rounds, scope, rule),
    )
    finished = _finished(game, scope, rule, rounds)
    game.close(scope)
    position = msgspec.structs.replace(position, rounds=rounds)
    game.positions[position.id] = position
    if not finished:
        if rule.loop.kind == "standard" or rule.loop.sequential:
            _begin_round(game, position.id, place, rule)
        return
    for other in [item for item in game.scopes.values() if item.owner == position.id]:
        game.close(other)
    if rule.loop.outputs:
        name = _name_of(game, rule.loop.outputs)
        game.assign(position.scope, {name: list(rounds.outputs)})
    game.lift(position)
    game.complete(position.scope, place.id, position.owner)


def _outputs(rounds: Rounds, scope: Scope, rule: Rule) -> tuple[Any, ...]:
    if not rule.loop.output_item or not rounds.outputs:
        return rounds.outputs
    values = list(rounds.outputs)
    values[scope.variables["loopCounter"] - 1] = scope.variables.get(rule.loop.output_item)
    return tuple(values)


def _finished(game: Game, scope: Scope, rule: Rule, rounds: Rounds) -> bool:
    if rounds.total is not None and rounds.finished >= rounds.total:
        return True
    if rule.loop.kind == "standard":
        return rule.condition is not None and game.value(rule.condition, scope.id) is not True
    if rule.completion is None:
        return False
    counts = {
        "numberOfInstances": rounds.total,
        "numberOfActiveInstances": rounds.started - rounds.finished,
        "numberOfCompletedInstances": rounds.finished,
    }
    return game.value(rule.completion, scope.id, counts) is True
