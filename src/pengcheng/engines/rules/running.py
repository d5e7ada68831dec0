"""One evaluation of a compiled model: a frame, and the plans that a decision rests on in order."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from pengcheng.engines.feel import Function, Run, Value, from_python, nodes
from pengcheng.engines.rules.linking import Key
from pengcheng.engines.rules.program import Group, InputPlan, LogicPlan, Plan, Program, ServicePlan
from pengcheng.engines.rules.tables import Fired


class Step(msgspec.Struct, frozen=True):
    """One decision of an evaluation: what it read, the tables it ran, and what it gave."""

    decision: str
    namespace: str
    inputs: Mapping[str, Value]
    output: Value
    tables: tuple[Fired, ...]


class Runner:
    """Runs a program. Holds the order of work for each target, found once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._blank: nodes.Frame = [None] * program.size
        self._orders: dict[tuple[Key, ...], tuple[Plan, ...]] = {}

    def frame(self, run: Run) -> nodes.Frame:
        """A new frame for a run."""
        frame = self._blank.copy()
        frame[nodes.RUN] = run
        return frame

    def order(self, *targets: Key, given: Iterable[Key] = ()) -> tuple[Plan, ...]:
        """The plans that the targets rest on, each after what it requires.

        What is given needs no plan, nor what only it rests on.
        """
        asked = (*targets, Key("", ""), *given)
        if asked not in self._orders:
            self._orders[asked] = self._found(targets, frozenset(given))
        return self._orders[asked]

    def _found(self, targets: tuple[Key, ...], given: frozenset[Key]) -> tuple[Plan, ...]:
        found: dict[Key, Plan] = {}
        stack = [(key, False) for key in reversed(targets)]
        while stack:
            key, is_ready = stack.pop()
            if key in found or key in given:
                continue
            plan = self._program.plans[key]
            if is_ready or not isinstance(plan, LogicPlan):
                found[key] = plan
                continue
            stack.append((key, True))
            stack += [(each, False) for each in reversed(plan.requires)]
        return tuple(found.values())

    def fill(
        self,
        frame: nodes.Frame,
        order: tuple[Plan, ...],
        given: Mapping[str, Any],
        steps: list[Step] | None = None,
    ) -> None:
        """Work through the plans; with `steps`, tell what each decision read and did."""
        for plan in order:
            if type(plan) is LogicPlan:
                _, slot, _, code, _, _, groups, is_decision = plan
                if groups:
                    _gather(frame, groups)
                if steps is not None and is_decision:
                    frame[slot] = _told(frame, plan, steps)
                else:
                    frame[slot] = code(frame)
            elif type(plan) is InputPlan:
                frame[plan.slot] = self._input(plan, given)
            elif type(plan) is ServicePlan:
                frame[plan.slot] = self.service(plan, steps)

    def _input(self, plan: InputPlan, given: Mapping[str, Any]) -> Value:
        if plan.name in given:
            return _fitted(from_python(given[plan.name]), plan.type)
        if plan.is_own:
            return None
        # An input of an imported model may be given under the import's name.
        for each in self._program.linked.main.imports:
            group = given.get(each.name)
            if each.namespace == plan.key.namespace and isinstance(group, Mapping):
                return _fitted(from_python(group.get(plan.name)), plan.type)
        return None

    def service(self, plan: ServicePlan, steps: list[Step] | None = None) -> Function:
        """A decision service as a function of its parameters in order."""
        slots = [self._program.plans[key].slot for _, key, _ in plan.parameters]
        order = self.order(
            *(key for _, key in plan.outputs), given=[key for _, key, _ in plan.parameters]
        )
        kinds = tuple(kind for _, _, kind in plan.parameters)

        def call(run: Run, values: list[Value]) -> Value:
            frame = self.frame(run)
            for slot, value, kind in zip(slots, values, kinds, strict=True):
                fitted = nodes.coerced(value, kind)
                if fitted is nodes.MISFIT:
                    return None
                frame[slot] = fitted
            self.fill(frame, order, {}, steps)
            outputs = {name: frame[self._program.plans[key].slot] for name, key in plan.outputs}
            value = next(iter(outputs.values())) if len(outputs) == 1 else outputs
            return _fitted(value, plan.result)

        names = tuple(name for name, _, _ in plan.parameters)
        return Function(names, call, parameters=kinds, result=plan.result)


def _gather(frame: nodes.Frame, groups: tuple[Group, ...]) -> None:
    """Make the contexts that stand for imports."""
    for group in groups:
        frame[group.slot] = {name: frame[slot] for name, slot in group.members}


def _fitted(value: Value, kind: nodes.Type) -> Value:
    if kind is nodes.ANY:
        return value
    fitted = nodes.coerced(value, kind)
    return None if fitted is nodes.MISFIT else fitted


def _told(frame: nodes.Frame, plan: LogicPlan, steps: list[Step]) -> Value:
    run: Run = frame[nodes.RUN]
    outer, fired = run.trace, list[Fired]()
    run.trace = fired
    output = plan.code(frame)
    run.trace = outer
    read = {name: frame[slot] for name, slot in plan.reads if not isinstance(frame[slot], Function)}
    steps.append(Step(plan.name, plan.key.namespace, read, output, tuple(fired)))
    return output
