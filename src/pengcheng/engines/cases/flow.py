"""Where a verb leads, answered by the processes engine: a kind's process runs there, not here.

A case keeps its own step, owner and clock; a declared process says in one token where it stands.
The engine plays each (step, verb) once for each process and the answer is kept, so that asking
again costs a look-up. Pure: the same declaration gives the same answers.
"""

from datetime import UTC, datetime

from pengcheng.engines.processes import (
    TOKEN,
    Complete,
    FeelConditions,
    Program,
    State,
    advance,
    compile_declared,
    one_token,
    prepare,
    standing_at,
    start,
)
from pengcheng.kernel.errors import ensure
from pengcheng.kernel.registry import Process

KEPT_MAX = 128
# What a case's process may be made of has no timers, so its answers do not depend on the instant.
_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)

_kept: dict[int, "Flow"] = {}


class Flow:
    """A kind's process, compiled, with the answers that were asked for. A case begins at
    `first_step`."""

    def __init__(self, process: Process) -> None:
        self.process = process
        definition = compile_declared(process)
        ensure(not one_token(definition), f"process {process.name} has one token")
        self._program: Program = prepare(definition, FeelConditions())
        begun, _ = start(self._program, {}, _ANY_INSTANT)
        self.first_step = _stands(begun)
        self._next: dict[tuple[str, str], str] = {}
        self._ending: dict[str, bool] = {}

    def next_step(self, step: str, verb: str) -> str:
        """The step to which a verb of a step leads. The step must declare the verb."""
        known = self._next.get((step, verb))
        if known is None:
            known = self._next[step, verb] = self._played(step, verb)
        return known

    def reaches_end(self, step: str) -> bool:
        """Whether some sequence of verbs leads from a step to an end."""
        known = self._ending.get(step)
        if known is None:
            known = self._ending[step] = self._walked(step)
        return known

    def _played(self, step: str, verb: str) -> str:
        ensure(verb in self.process.step(step).actions, f"{step} declares no verb {verb}")
        standing = standing_at(self._program, step)
        done = Complete(TOKEN, {"action": verb})
        state, _ = advance(self._program, standing, done, _ANY_INSTANT)
        return _stands(state)

    def _walked(self, step_id: str) -> bool:
        seen: set[str] = set()
        ahead = [step_id]
        while ahead:
            at = ahead.pop()
            if at in seen:
                continue
            seen.add(at)
            step = self.process.step(at)
            if step.kind == "end":
                return True
            ahead += [self.next_step(at, verb) for verb in step.actions]
        return False


def flow_of(process: Process) -> Flow:
    """The flow of a declared process, compiled once for each version of the registry."""
    found = _kept.get(id(process))
    # A kept flow holds its process, so an id that is found again is that very process.
    if found is not None:
        return found
    if len(_kept) >= KEPT_MAX:
        _kept.clear()
    made = _kept[id(process)] = Flow(process)
    return made


def _stands(state: State) -> str:
    """The one place where the token stands, or the end that it came to."""
    if state.status == "ended":
        return state.outcome
    (position,) = state.positions.values()
    ensure(position.parked is None, f"the token is stuck at {position.node}")
    return position.node
