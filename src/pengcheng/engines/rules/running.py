"""One evaluation of compiled models: each decision at most once, services each in their own."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pengcheng.engines.feel import Function, Run, Value, from_python, nodes
from pengcheng.engines.rules.linking import Key, Known
from pengcheng.engines.rules.program import InputPlan, LogicPlan, Program, ServicePlan
from pengcheng.engines.rules.tables import Fired


class Step(msgspec.Struct, frozen=True):
    """One decision of an evaluation: what it read, the tables it ran, and what it gave."""

    decision: str
    namespace: str
    inputs: Mapping[str, Value]
    output: Value
    tables: tuple[Fired, ...]


class Evaluation:
    """Values of elements by key, computed when first asked for."""

    __slots__ = ("_given", "_program", "_run", "_values", "steps")

    def __init__(
        self, program: Program, run: Run, given: Mapping[str, Any], steps: list[Step] | None
    ) -> None:
        self._program = program
        self._run = run
        self._given = given
        self._values: dict[Key, Value] = {}
        self.steps = steps

    def value(self, key: Key) -> Value:
        """The value of an element."""
        if key in self._values:
            return self._values[key]
        plan = self._program.plans[key]
        if type(plan) is LogicPlan:
            value = self._logic(key, plan)
        elif type(plan) is InputPlan:
            value = self._input(key, plan)
        else:
            value = self.service(key)
        self._values[key] = value
        return value

    def _input(self, key: Key, plan: InputPlan) -> Value:
        given = self._given
        name, kind = plan
        if name in given:
            value = from_python(given[name])
            if kind is nodes.ANY:
                return value
            value = nodes.coerced(value, kind)
            return None if value is nodes.MISFIT else value
        if key.namespace != self._program.linked.main.namespace:
            return self._imported_input(key, plan)
        return None

    def _imported_input(self, key: Key, plan: InputPlan) -> Value:
        """An input of an imported model may be given under the import's name."""
        for each in self._program.linked.main.imports:
            group = self._given.get(each.name)
            if each.namespace == key.namespace and isinstance(group, Mapping):
                value = nodes.coerced(from_python(group.get(plan.name)), plan.type)
                return None if value is nodes.MISFIT else value
        return None

    def _logic(self, key: Key, plan: LogicPlan) -> Value:
        values: dict[str, Value] = {}
        held = self._values
        for known in plan.reads:
            source, name, through = known
            value = held[source] if source in held else self.value(source)
            if through:
                values.setdefault(through, {})[name] = value
            else:
                values[name] = value
        if self.steps is None or not plan.is_decision:
            return plan.expression.on(self._run, values)
        return self._traced(key, plan, values)

    def _traced(self, key: Key, plan: LogicPlan, values: dict[str, Value]) -> Value:
        outer, fired = self._run.trace, list[Fired]()
        self._run.trace = fired
        output = plan.expression.on(self._run, values)
        self._run.trace = outer
        read = {name: value for name, value in values.items() if not isinstance(value, Function)}
        step = Step(plan.name, key.namespace, read, output, tuple(fired))
        if self.steps is not None:
            self.steps.append(step)
        return output

    def service(self, key: Key) -> Function:
        """A decision service as a function of its parameters in order."""
        plan = self._program.plans[key]
        parameters = plan.parameters if isinstance(plan, ServicePlan) else ()

        def call(run: Run, values: list[Value]) -> Value:
            inner = Evaluation(self._program, run, {}, self.steps)
            for (_, target, kind), value in zip(parameters, values, strict=True):
                fitted = nodes.coerced(value, kind)
                if fitted is nodes.MISFIT:
                    return None
                inner.preset(target, fitted)
            return inner.outputs(plan)

        names = tuple(name for name, _, _ in parameters)
        kinds = tuple(kind for _, _, kind in parameters)
        result = plan.result if isinstance(plan, ServicePlan) else nodes.ANY
        return Function(names, call, parameters=kinds, result=result)

    def preset(self, key: Key, value: Value) -> None:
        """Give an element its value instead of computing it."""
        self._values[key] = value

    def outputs(self, plan: object) -> Value:
        """What a service gives: the value of its one output decision, or a context of them."""
        if not isinstance(plan, ServicePlan):
            return None
        values = {name: self.value(key) for name, key in plan.outputs}
        value = next(iter(values.values())) if len(values) == 1 else values
        fitted = nodes.coerced(value, plan.result)
        return None if fitted is nodes.MISFIT else fitted


def needed(program: Program, key: Key) -> tuple[Key, ...]:
    """The decisions and input data that an element rests on, each after what it requires."""
    found: dict[Key, None] = {}
    stack: list[tuple[Key, bool]] = [(key, False)]
    while stack:
        current, is_done = stack.pop()
        if is_done:
            found.setdefault(current)
        elif current not in found:
            stack.append((current, True))
            stack += [(known.key, False) for known in _reads(program, current)]
    return tuple(found)


def _reads(program: Program, key: Key) -> tuple[Known, ...]:
    plan = program.plans[key]
    return plan.reads if isinstance(plan, LogicPlan) else ()
