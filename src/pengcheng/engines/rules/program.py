"""Models compiled once into one frame: every element has a slot, every logic a closure.

All decisions of a model and its imports share one numbering of slots, so a decision reads what
it requires as fast as its own variables, and a graph runs as one sequence of closures.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from pengcheng.engines.feel import Vocabulary, nodes
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


class Group(NamedTuple):
    """What an import's name stands for in one reader: a context of the elements it requires."""

    slot: int
    members: tuple[tuple[str, int], ...]


class InputPlan(NamedTuple):
    """An input: its name and the type that its value is brought to."""

    key: Key
    slot: int
    name: str
    type: nodes.Type
    is_own: bool


class LogicPlan(NamedTuple):
    """A decision or a knowledge model: its closure, and where what it reads comes from."""

    key: Key
    slot: int
    name: str
    code: nodes.Code
    requires: tuple[Key, ...]
    reads: tuple[tuple[str, int], ...]
    groups: tuple[Group, ...]
    is_decision: bool


class ServicePlan(NamedTuple):
    """A decision service: its parameters in order, and its output decisions."""

    key: Key
    slot: int
    name: str
    parameters: tuple[tuple[str, Key, nodes.Type], ...]
    outputs: tuple[tuple[str, Key], ...]
    result: nodes.Type


Plan = InputPlan | LogicPlan | ServicePlan
Tested = tuple[nodes.Node, nodes.Node]


class Program(msgspec.Struct, frozen=True):
    """Everything ready to run. `size` is that of the frame; `tested` what is compared with what."""

    linked: Linked
    plans: Mapping[Key, Plan]
    size: int
    faults: tuple[Fault, ...]
    tested: tuple[Tested, ...]


def compile_program(main: Definitions, imported: Iterable[Definitions] = ()) -> Program:
    """Compile a model with its imports; refuses circles, gathers all other faults."""
    linked = Linked(main, imported)
    order = linked.order()
    types = _types(linked)
    scope = nodes.empty_scope()
    slots = {key: scope.slot() for key in order}
    members = member_names(linked.models)
    plans: dict[Key, Plan] = {}
    faults: list[Fault] = []
    tested: list[Tested] = []
    for key in order:
        maker = _Maker(linked, key, types[key.namespace], members, scope, slots)
        plans[key] = maker.plan(linked.elements[key])
        faults += maker.boxes.faults
        tested += maker.boxes.tested
    faults += linked.faults
    for each in types.values():
        faults += each.faults
    unique = {(fault.path, fault.code, repr(fault.facts)): fault for fault in faults}
    return Program(linked, plans, scope.size, tuple(unique.values()), tuple(tested))


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

    def __init__(
        self,
        linked: Linked,
        key: Key,
        types: ItemTypes,
        members: frozenset[str],
        scope: nodes.Scope,
        slots: Mapping[Key, int],
    ) -> None:
        self._linked = linked
        self._key = key
        self._types = types
        self._members = members
        self._scope = scope
        self._slots = slots
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
                is_own = self._key.namespace == self._linked.main.namespace
                kind = self._types.named(element.type)
                return InputPlan(self._key, self._slots[self._key], element.name, kind, is_own)

    def _place(self, element: Element, reads: list[Known]) -> Place:
        names = frozenset(known.through or known.name for known in reads)
        vocabulary = Vocabulary(names=names, members=self._members, types=self._types.all())
        return Place(f"/{element.name}", vocabulary)

    def _logic(
        self, element: Element, node: nodes.Node, reads: list[Known], *, is_decision: bool
    ) -> LogicPlan:
        own = {known.name: self._slots[known.key] for known in reads if not known.through}
        groups = self._groups(reads)
        layer = {**own, **{name: group.slot for name, group in groups.items()}}
        with self._scope.layer(layer):
            code = nodes.bounded(self._scope, node)
        # Each text told its own faults already; only the depth of the whole is news.
        for fault in self._scope.faults:
            if fault.code == "feel.nested_too_deep":
                path = f"/{element.name}"
                self.boxes.faults.append(msgspec.structs.replace(fault, path=path))
        self._scope.faults.clear()
        return LogicPlan(
            self._key,
            self._slots[self._key],
            element.name,
            code,
            tuple(known.key for known in reads),
            tuple(layer.items()),
            tuple(groups.values()),
            is_decision,
        )

    def _groups(self, reads: list[Known]) -> dict[str, Group]:
        members: dict[str, list[tuple[str, int]]] = {}
        for known in reads:
            if known.through:
                slot = self._slots[known.key]
                members.setdefault(known.through, []).append((known.name, slot))
        return {name: Group(self._scope.slot(), tuple(of)) for name, of in members.items()}

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
        node = function_node(self.boxes, box, self._place(element, reads))
        if isinstance(node, nodes.FunctionLiteral):
            node = msgspec.structs.replace(node, body=typed(node.body, self._result(element)))
        return self._logic(element, node, reads, is_decision=False)

    def _service(self, element: DecisionService) -> Plan:
        inputs = self._linked.known(self._key, (*element.input_data, *element.input_decisions))
        parameters = tuple((each.name, each.key, self._type_of(each.key)) for each in inputs)
        outputs = tuple(
            (each.name, each.key) for each in self._linked.known(self._key, element.outputs)
        )
        slot = self._slots[self._key]
        return ServicePlan(
            self._key, slot, element.name, parameters, outputs, self._result(element)
        )

    def _result(self, element: Element) -> nodes.Type:
        """What a call gives: the declared type, or the result of a declared function type."""
        kind = self._types.named(element.type)
        return kind.result if isinstance(kind, nodes.FunctionOf) else kind

    def _type_of(self, key: Key) -> nodes.Type:
        return self._types.named(self._linked.elements[key].type)
