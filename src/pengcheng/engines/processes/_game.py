"""The token game under way: the working copy of a state while one command is carried out.

Modules of the game do not call each other round in circles: what is to happen next is put on the
agenda, and `run` takes it from there until nothing moves.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from pengcheng.engines.processes.model import Activity
from pengcheng.engines.processes.program import Place, Program, Value
from pengcheng.engines.processes.state import (
    ROOT,
    Done,
    Effect,
    Parked,
    Position,
    Reached,
    Scope,
    State,
    StepParked,
    TaskWithdrawn,
    Wait,
    WaitStarted,
    WaitStopped,
)
from pengcheng.kernel.errors import Refusal

STEPS_MAX = 10_000
POSITIONS_MAX = 20_000

Stage = Literal["arrive", "complete", "leave"]
_WITHDRAWN = ("task", "service", "rule", "call")


class Agendum(msgspec.Struct, frozen=True):
    """What happens next, where; `owner` is the compensation that asked for it, if one did."""

    stage: Stage
    scope: int
    node: str
    via: str = ""
    owner: int | None = None


class Game:
    """A mutable working copy; `state()` gives the frozen result."""

    def __init__(self, program: Program, state: State, now: datetime) -> None:
        self.program = program
        self.now = now
        self.agenda: deque[Agendum] = deque()
        self.effects: list[Effect] = []
        self.scopes = dict(state.scopes)
        self.positions = dict(state.positions)
        self.waits = dict(state.waits)
        self.done = list(state.done)
        self.status = state.status
        self.outcome = state.outcome
        self.serial = state.serial
        self.steps = state.steps
        self.steps_before = state.steps
        self.moved_scopes: set[int] = set()
        self.closed_with: dict[str, dict[str, Any]] = {}

    def state(self) -> State:
        return State(
            process=self.program.process,
            status=self.status,
            outcome=self.outcome,
            serial=self.serial,
            steps=self.steps,
            scopes=self.scopes,
            positions=self.positions,
            waits=self.waits,
            done=tuple(self.done),
        )

    def number(self) -> int:
        number = self.serial
        self.serial += 1
        return number

    # ── the agenda ───────────────────────────────────────────────────────────────────────

    def arrive(self, scope: int, node: str, via: str = "", owner: int | None = None) -> None:
        self.agenda.append(Agendum("arrive", scope, node, via, owner))

    def complete(self, scope: int, node: str, owner: int | None = None) -> None:
        self.agenda.append(Agendum("complete", scope, node, "", owner))

    def leave(self, scope: int, node: str) -> None:
        self.agenda.append(Agendum("leave", scope, node))

    def next(self) -> Agendum | None:
        """The next thing to happen; a loop without a wait is stopped here."""
        while self.agenda:
            item = self.agenda.popleft()
            if item.scope in self.scopes:
                self.steps += 1
                if self.steps - self.steps_before > STEPS_MAX:
                    raise Refusal("process.endless", node=item.node, steps_max=STEPS_MAX)
                return item
        return None

    def reached(self, scope: int, node: str, via: str = "") -> None:
        self.effects.append(Reached(node, via, scope))

    # ── variables ────────────────────────────────────────────────────────────────────────

    def visible(self, scope: int, extra: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Every variable that a scope sees, the nearest first."""
        chain = []
        at: int | None = scope
        while at is not None:
            here = self.scopes[at]
            chain.append(here.variables)
            at = here.parent
        if len(chain) == 1 and not extra:
            return chain[0]
        merged: dict[str, Any] = {}
        for variables in reversed(chain):
            merged.update(variables)
        merged.update(extra or {})
        return merged

    def carried_in(self, scope: int, place: Place) -> Mapping[str, Any] | None:
        """What the data associations of an activity carry into it; None when it has none."""
        if not place.takes:
            return None
        seen = self.visible(scope)
        return {to: value(seen, self.now) for to, value in place.takes}

    def given(self, scope: int, place: Place) -> dict[str, Any]:
        """What an activity is given: what is carried in, else everything that it sees."""
        carried = self.carried_in(scope, place)
        return dict(self.visible(scope) if carried is None else carried)

    def carry_out(self, scope: int, place: Place, results: Mapping[str, Any]) -> None:
        """Results come back by the data associations, else each under its own name."""
        if not place.gives:
            self.assign(scope, results)
            return
        seen = {**self.visible(scope), **results}
        self.assign(scope, {to: value(seen, self.now) for to, value in place.gives})

    def assign(self, scope: int, variables: Mapping[str, Any]) -> None:
        """Sets each variable in the nearest scope that has it, else in the process."""
        for name, value in variables.items():
            at = scope
            while name not in self.scopes[at].variables:
                parent = self.scopes[at].parent
                if parent is None:
                    break
                at = parent
            self.declare(at, {name: value})

    def declare(self, scope: int, variables: Mapping[str, Any]) -> None:
        """Sets variables in this very scope."""
        if not variables:
            return
        here = self.scopes[scope]
        self.scopes[scope] = msgspec.structs.replace(
            here, variables={**here.variables, **variables}
        )

    def value(self, value: Value, scope: int, extra: Mapping[str, Any] | None = None) -> Any:
        return value(self.visible(scope, extra), self.now)

    # ── positions, waits, scopes ─────────────────────────────────────────────────────────

    def rest(self, scope: int, place: Place, kind: str, **more: Any) -> Position:
        """A token comes to rest."""
        if len(self.positions) >= POSITIONS_MAX:
            raise Refusal("process.too_many_positions", limit=POSITIONS_MAX)
        position = Position(
            id=self.number(), scope=scope, node=place.id, kind=kind, since=self.now, **more
        )
        self.positions[position.id] = position
        return position

    def listen(self, waits: Iterable[Wait], position: int | None, scope: int | None) -> None:
        """Starts the waits, for a position or for a scope."""
        for draft in waits:
            wait = msgspec.structs.replace(draft, id=self.number(), position=position, scope=scope)
            self.waits[wait.id] = wait
            self.effects.append(WaitStarted(wait.id, wait.node, wait.kind, wait.key, wait.due))

    def stop(self, wait: Wait) -> None:
        del self.waits[wait.id]
        self.effects.append(WaitStopped(wait.id, wait.node, wait.kind))

    def lift(self, position: Position) -> None:
        """A token leaves its resting place: its waits stop."""
        del self.positions[position.id]
        for wait in [item for item in self.waits.values() if item.position == position.id]:
            self.stop(wait)

    def withdraw(self, position: Position) -> None:
        """A token is taken away, with everything under it."""
        if position.id not in self.positions:
            return
        self.lift(position)
        kind = position.was if position.kind == "parked" else position.kind
        if kind in _WITHDRAWN:
            self.effects.append(TaskWithdrawn(position.id, position.node, kind))
        for inner in [item for item in self.scopes.values() if item.owner == position.id]:
            self.close(inner)
        for helper in [item for item in self.positions.values() if item.owner == position.id]:
            self.withdraw(helper)

    def empty(self, scope: int) -> None:
        """Takes every token out of a scope; the scope stays."""
        for position in [item for item in self.positions.values() if item.scope == scope]:
            self.withdraw(position)
        self.agenda = deque(item for item in self.agenda if item.scope != scope)

    def close(self, scope: Scope) -> None:
        """Ends a scope, with everything in it."""
        if scope.id not in self.scopes:
            return
        self.empty(scope.id)
        for wait in [item for item in self.waits.values() if item.scope == scope.id]:
            self.stop(wait)
        self.done = [item for item in self.done if item.scope != scope.id]
        if scope.id != ROOT:
            del self.scopes[scope.id]

    def park(self, item: Agendum, code: str, facts: Mapping[str, Any]) -> None:
        """A step is stuck: the token rests where an operator sees it."""
        place = self.program.places[item.node]
        position = self.rest(
            item.scope, place, "parked", via=item.via, owner=item.owner,
            parked=Parked(code, dict(facts), item.stage),
        )  # fmt: skip
        self.effects.append(StepParked(position.id, item.node, code, dict(facts)))

    def remember_done(self, scope: int, place: Place) -> None:
        """A completed activity that can be compensated is remembered."""
        if place.compensator:
            self.done.append(Done(scope, place.id, "", self.closed_with.pop(place.id, {})))

    def in_round(self, scope: int, place: Place) -> bool:
        """Whether the scope is one round of this activity's own loop."""
        here = self.scopes[scope]
        return here.kind == "round" and here.node == place.id and isinstance(place.node, Activity)
