"""Models compiled once: every decision, knowledge model and service ready to run."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from pengcheng.engines.feel import Expression, Vocabulary, nodes
from pengcheng.engines.rules.boxes import Boxes, function_node, typed
from pengcheng.engines.rules.item_types import ItemTypes
from pengcheng.engines.rules.linking import Key, Known, Linked, member_names
from pengcheng.engines.rules.model import (
    Decision,
    DecisionService,
    Definitions,
    Element,
    KnowledgeModel,
)
from pengcheng.engines.rules.places import Place
from pengcheng.kernel.errors import Fault


class InputPlan(NamedTuple):
    """An input: its name and the type that its value is brought to."""

    name: str
    type: nodes.Type


class LogicPlan(NamedTuple):
    """A decision or a knowledge model: its expression, and where what it reads comes from."""

    name: str
    expression: Expression
    reads: tuple[Known, ...]
    is_decision: bool


class ServicePlan(NamedTuple):
    """A decision service: its parameters in order, and its output decisions."""

    name: str
    parameters: tuple[tuple[str, Key, nodes.Type], ...]
    outputs: tuple[tuple[str, Key], ...]
    result: nodes.Type


Plan = InputPlan | LogicPlan | ServicePlan


class Program(msgspec.Struct, frozen=True):
    """Everything ready to run, in an order in which nothing precedes what it requires."""

    linked: Linked
    plans: Mapping[Key, Plan]
    faults: tuple[Fault, ...]
    tested: tuple[tuple[nodes.Node, nodes.Node], ...]


def compile_program(main: Definitions, imported: Iterable[Definitions] = ()) -> Program:
    """Compile a model with its imports; refuses circles, gathers all other faults."""
    linked = Linked(main, imported)
    order = linked.order()
    types = _types(linked)
    members = member_names(linked.models)
    plans: dict[Key, Plan] = {}
    faults: list[Fault] = list(linked.faults)
    tested: list[tuple[nodes.Node, nodes.Node]] = []
    for key in order:
        element = linked.elements[key]
        maker = _Maker(linked, key, types[key.namespace], members)
        plans[key] = maker.plan(element)
        faults += maker.boxes.faults
        tested += maker.boxes.tested
    for each in types.values():
        faults += each.faults
    unique = {(fault.path, fault.code, repr(fault.facts)): fault for fault in faults}
    return Program(linked, plans, tuple(unique.values()), tuple(tested))


def _types(linked: Linked) -> dict[str, ItemTypes]:
    """The types of every model; an imported one is named through its import."""
    own = {space: ItemTypes(model.types, {}) for space, model in linked.models.items()}
    found: dict[str, ItemTypes] = {}
    for space, model in linked.models.items():
        imported = {
            f"{each.name}.{name}" if each.name else name: kind
            for each in model.imports
            if each.namespace in own
            for name, kind in own[each.namespace].all().items()
        }
        found[space] = ItemTypes(model.types, imported)
    return found


class _Maker:
    """Makes the plan of one element."""

    def __init__(self, linked: Linked, key: Key, types: ItemTypes, members: frozenset[str]) -> None:
        self._linked = linked
        self._key = key
        self._types = types
        self._members = members
        self.boxes = Boxes(types)

    def plan(self, element: Element) -> Plan:
        """The plan of the element."""
        match element:
            case Decision():
                return self._decision(element)
            case KnowledgeModel():
                return self._knowledge(element)
            case DecisionService():
                return self._service(element)
            case _:
                return InputPlan(element.name, self._types.named(element.type))

    def _place(self, element: Element, reads: list[Known]) -> Place:
        names = frozenset(known.through or known.name for known in reads)
        vocabulary = Vocabulary(names=names, members=self._members, types=self._types.all())
        return Place(f"/{element.name}", vocabulary)

    def _logic(
        self, element: Element, node: nodes.Node, reads: list[Known], *, is_decision: bool
    ) -> LogicPlan:
        place = self._place(element, reads)
        expression = nodes.compile_tree(node, place.vocabulary, element.name)
        for fault in expression.faults:
            self.boxes.faults.append(msgspec.structs.replace(fault, path=place.path))
        needed = set(expression.inputs)
        used = tuple(known for known in reads if (known.through or known.name) in needed)
        return LogicPlan(element.name, expression, used, is_decision)

    def _decision(self, element: Decision) -> Plan:
        reads = self._linked.requires(self._key)
        node = self.boxes.node(element.logic, self._place(element, reads))
        whole = typed(node, self._types.named(element.type))
        return self._logic(element, whole, reads, is_decision=True)

    def _knowledge(self, element: KnowledgeModel) -> Plan:
        reads = self._linked.requires(self._key)
        box = element.function
        if box is None:
            return self._logic(element, nodes.Literal(value=None), reads, is_decision=False)
        result = self._types.named(element.type)
        if isinstance(result, nodes.FunctionOf):
            result = result.result
        node = function_node(self.boxes, box, self._place(element, reads))
        if isinstance(node, nodes.FunctionLiteral):
            node = msgspec.structs.replace(node, body=typed(node.body, result))
        return self._logic(element, node, reads, is_decision=False)

    def _service(self, element: DecisionService) -> Plan:
        inputs = self._linked.known(self._key, (*element.input_data, *element.input_decisions))
        parameters = tuple((each.name, each.key, self._type_of(each.key)) for each in inputs)
        outputs = tuple(
            (each.name, each.key) for each in self._linked.known(self._key, element.outputs)
        )
        result = self._types.named(element.type)
        if isinstance(result, nodes.FunctionOf):
            result = result.result
        return ServicePlan(element.name, parameters, outputs, result)

    def _type_of(self, key: Key) -> nodes.Type:
        element = self._linked.elements[key]
        return self._types.named(element.type)
