"""A compiled decision model and its verbs: evaluate, explain, call a service."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from pengcheng.engines.feel import Run, Value, from_python, invoke
from pengcheng.engines.rules.linking import Key
from pengcheng.engines.rules.model import Decision, DecisionService, Definitions, KnowledgeModel
from pengcheng.engines.rules.program import InputPlan, Program, compile_program
from pengcheng.engines.rules.running import Evaluation, Step, needed
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.time import Clock


class Explained(msgspec.Struct, frozen=True):
    """A decision's value and how it came about, each decision after those that it rests on."""

    decision: str
    inputs: Mapping[str, Value]
    output: Value
    steps: tuple[Step, ...]


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
        self._keys: dict[str, Key] = {}
        self._orders: dict[Key, tuple[Key, ...]] = {}
        self._decisions: dict[Key, tuple[Key, ...]] = {}

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
        key = self._decision(decision)
        plans = (self.program.plans[each] for each in self._order(key))
        return tuple(dict.fromkeys(plan.name for plan in plans if isinstance(plan, InputPlan)))

    def evaluate(
        self, decision: str, inputs: Mapping[str, Any], *, clock: Clock | None = None
    ) -> Value:
        """The value of a decision. An input that is missing or of another type is null."""
        key = self._decision(decision)
        return self._value(Evaluation(self.program, Run(clock), inputs, None), key)

    def explain(
        self, decision: str, inputs: Mapping[str, Any], *, clock: Clock | None = None
    ) -> Explained:
        """The value of a decision with the inputs of each decision under it and the rows fired."""
        key = self._decision(decision)
        steps: list[Step] = []
        evaluation = Evaluation(self.program, Run(clock), inputs, steps)
        output = self._value(evaluation, key)
        read = {
            plan.name: evaluation.value(each)
            for each in self._order(key)
            if isinstance(plan := self.program.plans[each], InputPlan)
        }
        return Explained(decision, read, output, tuple(steps))

    def call(self, name: str, arguments: Mapping[str, Any], *, clock: Clock | None = None) -> Value:
        """The value of a decision service, its input decisions and input data given by name."""
        key = self.program.linked.named(name, DecisionService)
        run = Run(clock)
        service = Evaluation(self.program, run, {}, None).service(key)
        values = [arguments.get(each) for each in service.names]
        return invoke(run, service, [from_python(value) for value in values])

    def call_knowledge(
        self, name: str, arguments: Mapping[str, Any], *, clock: Clock | None = None
    ) -> Value:
        """The value of a business knowledge model for arguments given by name."""
        key = self.program.linked.named(name, KnowledgeModel)
        run = Run(clock)
        function = Evaluation(self.program, run, {}, None).value(key)
        if function is None:
            return None
        values = [arguments.get(each) for each in function.names]
        return invoke(run, function, [from_python(value) for value in values])

    def _decision(self, name: str) -> Key:
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = self.program.linked.named(name, Decision)
            self._decisions[key] = tuple(
                each
                for each in self._order(key)
                if not isinstance(self.program.plans[each], InputPlan)
            )
        return key

    def _order(self, key: Key) -> tuple[Key, ...]:
        if key not in self._orders:
            self._orders[key] = needed(self.program, key)
        return self._orders[key]

    def _value(self, evaluation: Evaluation, key: Key) -> Value:
        try:
            for each in self._decisions[key]:
                evaluation.value(each)
            return evaluation.value(key)
        except RecursionError:
            raise Refusal("feel.too_deep") from None
