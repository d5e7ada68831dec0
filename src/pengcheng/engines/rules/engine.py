"""A compiled decision model and its verbs: evaluate, explain, call a service."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from pengcheng.engines.feel import Run, Value, from_python, given_out, invoke
from pengcheng.engines.rules.ages import maximum_ages
from pengcheng.engines.rules.linking import Key
from pengcheng.engines.rules.model import Decision, DecisionService, Definitions, KnowledgeModel
from pengcheng.engines.rules.program import InputPlan, Plan, Program, compile_program
from pengcheng.engines.rules.running import Runner, Step
from pengcheng.engines.rules.writing import write_definitions
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.time import Clock


class Explained(msgspec.Struct, frozen=True):
    """A decision's value and how it came about, each decision after those that it rests on."""

    decision: str
    inputs: Mapping[str, Value]
    output: Value
    steps: tuple[Step, ...]


class _Target(msgspec.Struct, frozen=True):
    """A decision by name, ready to run."""

    slot: int
    order: tuple[Plan, ...]


class Model:
    """A decision model compiled once. Pure: the same inputs and clock give the same value.

    `faults` tells every text that was not understood; such a text gives null. Publishers refuse
    a model with faults; a reader of foreign files may still run the rest.
    """

    def __init__(self, definitions: Definitions, imports: Iterable["Model"] = ()) -> None:
        others = {
            model.namespace: model
            for each in imports
            for model in each.program.linked.models.values()
        }
        self.definitions = definitions
        self.program: Program = compile_program(definitions, others.values())
        self._runner = Runner(self.program)
        self._targets: dict[str, _Target] = {}

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything wrong with the model's texts, types and references."""
        return self.program.faults

    @property
    def decisions(self) -> tuple[str, ...]:
        """The names of the model's own decisions."""
        return tuple(decision.name for decision in self.definitions.decisions)

    def inputs_of(self, decision: str) -> tuple[str, ...]:
        """The names of the input data that a decision rests on."""
        plans = self._target(decision).order
        return tuple(dict.fromkeys(plan.name for plan in plans if isinstance(plan, InputPlan)))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the model and its imports as written: models with the same decide the same."""
        written = sha256(write_definitions(self.definitions))
        for _, other in sorted(self.program.linked.models.items()):
            written.update(write_definitions(other))
        return written.hexdigest()

    @cached_property
    def maximum_ages(self) -> Mapping[str, timedelta]:
        """How old an input may be when something is decided by it, where the model says so."""
        return maximum_ages(self.definitions)

    def evaluate(
        self, decision: str, inputs: Mapping[str, Any], *, clock: Clock | None = None
    ) -> Value:
        """The value of a decision. An input that is missing or of another type is null."""
        target = self._targets.get(decision) or self._target(decision)
        frame = self._runner.frame(Run(clock))
        try:
            self._runner.fill(frame, target.order, inputs)
        except RecursionError:
            raise Refusal("feel.too_deep") from None
        return given_out(frame[0], frame[target.slot])

    def explain(
        self, decision: str, inputs: Mapping[str, Any], *, clock: Clock | None = None
    ) -> Explained:
        """The value of a decision with the inputs of each decision under it and the rows fired."""
        target = self._target(decision)
        frame = self._runner.frame(Run(clock))
        steps: list[Step] = []
        try:
            self._runner.fill(frame, target.order, inputs, steps)
        except RecursionError:
            raise Refusal("feel.too_deep") from None
        read = {plan.name: frame[plan.slot] for plan in target.order if isinstance(plan, InputPlan)}
        output = given_out(frame[0], frame[target.slot])
        return Explained(decision, read, output, tuple(steps))

    def call(self, name: str, arguments: Mapping[str, Any], *, clock: Clock | None = None) -> Value:
        """The value of a decision service or of a business knowledge model, given by name."""
        key = self._callable(name)
        frame = self._runner.frame(Run(clock))
        self._runner.fill(frame, self._runner.order(key), {})
        function = frame[self.program.plans[key].slot]
        if function is None:
            return None
        values = [from_python(arguments.get(each)) for each in function.names]
        return given_out(frame[0], invoke(frame[0], function, values))

    def _callable(self, name: str) -> Key:
        linked = self.program.linked
        services = [service.name for service in self.definitions.services]
        kind = DecisionService if name in services else KnowledgeModel
        return linked.named(name, kind)

    def _target(self, decision: str) -> _Target:
        if decision not in self._targets:
            key = self.program.linked.named(decision, Decision)
            slot = self.program.plans[key].slot
            self._targets[decision] = _Target(slot, self._runner.order(key))
        return self._targets[decision]
