"""Boxed expressions into one FEEL tree, so that a whole decision is one compiled expression."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pengcheng.engines.feel import Value, nodes
from pengcheng.engines.rules.item_types import ItemTypes
from pengcheng.engines.rules.model import (
    Box,
    ConditionalBox,
    ContextBox,
    FilterBox,
    FunctionBox,
    InvocationBox,
    IteratorBox,
    ListBox,
    LiteralBox,
    RelationBox,
    TableBox,
)
from pengcheng.engines.rules.places import Place
from pengcheng.engines.rules.tables import table_node
from pengcheng.engines.rules.tested import comparisons
from pengcheng.kernel.errors import Fault

# The name under which a boxed context keeps its result; no FEEL name can be it.
RESULT = "\0result"
_NULL = nodes.Literal(value=None)


class Boxes:
    """Turns boxes into trees, and gathers the faults of all their texts."""

    def __init__(self, types: ItemTypes) -> None:
        self.types = types
        self.faults: list[Fault] = []
        # What is tested against what: inputs of tables with their cells, and comparisons.
        self.tested: list[tuple[nodes.Node, nodes.Node]] = []

    def node(self, box: Box | None, place: Place) -> nodes.Node:
        """The tree of a box, its value brought to the box's type."""
        if box is None:
            return _NULL
        node = _READERS[type(box)](self, box, place)
        return node if isinstance(box, FunctionBox) else typed(node, self.types.named(box.type))

    def text(self, text: str, place: Place) -> nodes.Node:
        """The tree of a FEEL text."""
        return self._kept(nodes.parse_expression(text, place.vocabulary), place)

    def tests(self, text: str, place: Place) -> nodes.Node:
        """The tree of unary tests."""
        return self._kept(nodes.parse_unary_tests(text, place.vocabulary), place)

    def blame(self, place: Place, code: str, **facts: object) -> None:
        """Note a fault at a place."""
        self.faults.append(Fault(path=place.path, code=code, facts=facts))

    def _kept(self, parsed: nodes.Parsed, place: Place) -> nodes.Node:
        for fault in parsed.faults:
            self.faults.append(msgspec.structs.replace(fault, path=place.path))
        self.tested += comparisons(parsed.tree)
        return parsed.tree


def typed(node: nodes.Node, kind: nodes.Type) -> nodes.Node:
    """The node with its value brought to a type; a value that does not fit is null."""
    if kind is nodes.ANY:
        return node

    def build(scope: nodes.Scope) -> nodes.Code:
        code = scope.code(node)

        def run(frame: nodes.Frame) -> Value:
            value = nodes.coerced(code(frame), kind)
            return None if value is nodes.MISFIT else value

        return run

    return nodes.Native(inner=(node,), build=build)


def _literal(boxes: Boxes, box: LiteralBox, place: Place) -> nodes.Node:
    return boxes.text(box.text, place) if box.text else _NULL


def _context(boxes: Boxes, box: ContextBox, place: Place) -> nodes.Node:
    entries: list[tuple[str, nodes.Node]] = []
    for entry in box.entries:
        name = entry.name or RESULT
        inner = place.inside(entry.name or "result")
        if isinstance(entry.value, FunctionBox) and entry.name:
            inner = place.inside(entry.name, entry.name)
        node = typed(boxes.node(entry.value, inner), boxes.types.named(entry.type))
        if any(name == known for known, _ in entries):
            boxes.blame(place, "feel.repeated_key", key=name)
            return _NULL
        entries.append((name, node))
        if entry.name:
            place = Place(place.path, place.inside("", entry.name).vocabulary)
    whole = nodes.ContextLiteral(entries=tuple(entries))
    if box.entries and not box.entries[-1].name:
        return nodes.Path(source=whole, name=RESULT)
    return whole


def _invocation(boxes: Boxes, box: InvocationBox, place: Place) -> nodes.Node:
    function = boxes.node(box.function, place.inside("function"))
    names = tuple(name for name, _ in box.bindings)
    arguments = tuple(boxes.node(bound, place.inside(name)) for name, bound in box.bindings)
    return nodes.Call(function=function, arguments=arguments, names=names or None)


def function_node(boxes: Boxes, box: FunctionBox, place: Place) -> nodes.Node:
    """The function literal of a definition; one not written in FEEL gives null."""
    names = tuple(name for name, _ in box.parameters)
    kinds = tuple(boxes.types.named(of) for _, of in box.parameters)
    if box.kind not in ("", "FEEL"):
        boxes.blame(place, "rules.external_function", kind=box.kind)
        body: nodes.Node = _NULL
    else:
        body = boxes.node(box.body, place.inside("body", *names))
    return nodes.FunctionLiteral(
        parameters=tuple(zip(names, kinds, strict=True)),
        body=typed(body, boxes.types.named(box.type)),
    )


def _list(boxes: Boxes, box: ListBox, place: Place) -> nodes.Node:
    items = (
        boxes.node(item, place.inside(f"item {number}"))
        for number, item in enumerate(box.items, start=1)
    )
    return nodes.ListLiteral(items=tuple(items))


def _relation(boxes: Boxes, box: RelationBox, place: Place) -> nodes.Node:
    rows: list[nodes.Node] = []
    for number, row in enumerate(box.rows, start=1):
        cells: list[tuple[str, nodes.Node]] = []
        for (name, of), cell in zip(box.columns, row, strict=False):
            node = boxes.node(cell, place.inside(f"row {number}/{name}"))
            cells.append((name, typed(node, boxes.types.named(of))))
        rows.append(nodes.ContextLiteral(entries=tuple(cells)))
    return nodes.ListLiteral(items=tuple(rows))


def _conditional(boxes: Boxes, box: ConditionalBox, place: Place) -> nodes.Node:
    return nodes.If(
        condition=boxes.node(box.condition, place.inside("if")),
        first=boxes.node(box.then, place.inside("then")),
        second=boxes.node(box.otherwise, place.inside("else")),
        strict=True,
    )


def _filter(boxes: Boxes, box: FilterBox, place: Place) -> nodes.Node:
    members = place.vocabulary.members
    return nodes.Filter(
        source=boxes.node(box.source, place.inside("in")),
        condition=boxes.node(box.match, place.inside("match", "item", *members)),
        strict=True,
    )


def _iterator(boxes: Boxes, box: IteratorBox, place: Place) -> nodes.Node:
    source = boxes.node(box.source, place.inside("in"))
    iterators = (nodes.Iterator(name=box.variable, start=source),)
    extra = ("partial",) if box.kind == "for" else ()
    body = boxes.node(box.body, place.inside("body", box.variable, *extra))
    if box.kind == "for":
        return nodes.For(iterators=iterators, body=body)
    return nodes.Quantified(every=box.kind == "every", iterators=iterators, body=body, strict=True)


def _table(boxes: Boxes, box: TableBox, place: Place) -> nodes.Node:
    return table_node(boxes, box, place)


_READERS: Mapping[type, Callable[[Boxes, Any, Place], nodes.Node]] = {
    LiteralBox: _literal,
    ContextBox: _context,
    InvocationBox: _invocation,
    FunctionBox: function_node,
    ListBox: _list,
    RelationBox: _relation,
    ConditionalBox: _conditional,
    FilterBox: _filter,
    IteratorBox: _iterator,
    TableBox: _table,
}
