"""Where a verb leads, answered by the processes engine: a kind's process runs there, not here.

A case keeps its own step, owner and clock; a declared process says in one token where it stands.
The engine plays each (step, verb) once for each process and the answer is kept, so that asking
again costs a look-up. Pure: the same declaration gives the same answers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from pengcheng.engines.processes import (
    TOKEN,
    Complete,
    Effect,
    FeelConditions,
    Program,
    Reached,
    advance,
    compile_declared,
    one_token,
    prepare,
    standing_at,
    stands,
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
        begun, effects = start(self._program, {}, _ANY_INSTANT)
        self.first_step = stands(begun)
        self._begun = _passed(effects)
        self._next: dict[tuple[str, str], str] = {}
        self._ways: dict[tuple[str, str], tuple[str, ...]] = {}
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
        state, effects = advance(self._program, standing, done, _ANY_INSTANT)
        self._ways[step, verb] = _passed(effects)
        return stands(state)

    def passed(self, steps: Sequence[str]) -> list[str]:
        """The nodes and flows that a case passed which stood at these steps one after another."""
        found = list(self._begun)
        for step, following in pairwise(steps):
            verbs = self.process.step(step).actions
            verb = next((v for v in verbs if self.next_step(step, v) == following), None)
            found += [following] if verb is None else self._ways[step, verb]
        return found

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


def passed(process: Process, steps: Sequence[str]) -> list[str]:
    """The nodes and flows of a process that a case passed on its way through these steps."""
    return flow_of(process).passed(steps)


def _passed(effects: Sequence[Effect]) -> tuple[str, ...]:
    """What tokens passed, in their order."""
    ways = [(item.via, item.node) for item in effects if isinstance(item, Reached)]
    return tuple(name for way in ways for name in way if name)
