"""Boxed expressions into the elements of a DMN 1.5 file."""

from collections.abc import Callable, Mapping
from typing import Any

from pengcheng.engines.rules.model import (
    Box,
    ConditionalBox,
    ContextBox,
    FilterBox,
    FunctionBox,
    InputClause,
    InvocationBox,
    IteratorBox,
    ListBox,
    LiteralBox,
    OutputClause,
    Part,
    RelationBox,
    Rule,
    TableBox,
)
from pengcheng.engines.rules.xml import XmlElement, added, dress


def add_box(parent: XmlElement, box: Box) -> None:
    """Add a boxed expression under an element."""
    _WRITERS[type(box)](parent, box)


def _begun(parent: XmlElement, tag: str, box: Part, kind: str = "") -> XmlElement:
    node = added(parent, tag, id=box.id, label=box.label, typeRef=kind)
    dress(node, box.vendor)
    if box.description:
        added(node, "description", text=box.description)
    return node


def _literal(parent: XmlElement, box: LiteralBox) -> None:
    node = _begun(parent, "literalExpression", box, box.type)
    if box.language:
        node.set("expressionLanguage", box.language)
    added(node, "text", text=box.text)


def _context(parent: XmlElement, box: ContextBox) -> None:
    node = _begun(parent, "context", box, box.type)
    for entry in box.entries:
        child = _begun(node, "contextEntry", entry)
        if entry.name:
            added(child, "variable", name=entry.name, typeRef=entry.type)
        add_box(child, entry.value)


def _invocation(parent: XmlElement, box: InvocationBox) -> None:
    node = _begun(parent, "invocation", box, box.type)
    add_box(node, box.function)
    for name, bound in box.bindings:
        binding = added(node, "binding")
        added(binding, "parameter", name=name)
        if bound is not None:
            add_box(binding, bound)


def add_function(parent: XmlElement, tag: str, box: FunctionBox) -> None:
    """Add a function definition, or the logic of a knowledge model, under an element."""
    node = _begun(parent, tag, box, box.type)
    if box.kind != "FEEL":
        node.set("kind", box.kind)
    for name, kind in box.parameters:
        added(node, "formalParameter", name=name, typeRef=kind)
    if box.body is not None:
        add_box(node, box.body)


def _list(parent: XmlElement, box: ListBox) -> None:
    node = _begun(parent, "list", box, box.type)
    for item in box.items:
        add_box(node, item)


def _relation(parent: XmlElement, box: RelationBox) -> None:
    node = _begun(parent, "relation", box, box.type)
    for name, kind in box.columns:
        added(node, "column", name=name, typeRef=kind)
    for row in box.rows:
        child = added(node, "row")
        for cell in row:
            add_box(child, cell)


def _conditional(parent: XmlElement, box: ConditionalBox) -> None:
    node = _begun(parent, "conditional", box, box.type)
    for tag, inner in (("if", box.condition), ("then", box.then), ("else", box.otherwise)):
        add_box(added(node, tag), inner)


def _filter(parent: XmlElement, box: FilterBox) -> None:
    node = _begun(parent, "filter", box, box.type)
    add_box(added(node, "in"), box.source)
    add_box(added(node, "match"), box.match)


def _iterator(parent: XmlElement, box: IteratorBox) -> None:
    node = _begun(parent, box.kind, box, box.type)
    node.set("iteratorVariable", box.variable)
    add_box(added(node, "in"), box.source)
    add_box(added(node, "return" if box.kind == "for" else "satisfies"), box.body)


def _table(parent: XmlElement, box: TableBox) -> None:
    node = _begun(parent, "decisionTable", box, box.type)
    attributes = {
        "hitPolicy": box.hit_policy,
        "aggregation": box.aggregation or "",
        "preferredOrientation": box.orientation,
        "outputLabel": box.output_label,
    }
    for name, value in attributes.items():
        if value:
            node.set(name, value)
    for clause in box.inputs:
        _input_clause(node, clause)
    for output in box.outputs:
        _output_clause(node, output)
    for annotation in box.annotations:
        added(node, "annotation", name=annotation)
    for rule in box.rules:
        _rule(node, rule)


def _input_clause(parent: XmlElement, clause: InputClause) -> None:
    node = _begun(parent, "input", clause)
    expression = added(node, "inputExpression", typeRef=clause.type)
    added(expression, "text", text=clause.expression)
    if clause.values:
        added(added(node, "inputValues"), "text", text=clause.values)


def _output_clause(parent: XmlElement, clause: OutputClause) -> None:
    node = _begun(parent, "output", clause, clause.type)
    if clause.name:
        node.set("name", clause.name)
    if clause.values:
        added(added(node, "outputValues"), "text", text=clause.values)
    if clause.default:
        added(added(node, "defaultOutputEntry"), "text", text=clause.default)


def _rule(parent: XmlElement, rule: Rule) -> None:
    node = _begun(parent, "rule", rule)
    for cell in rule.inputs:
        added(added(node, "inputEntry"), "text", text=cell)
    for cell in rule.outputs:
        added(added(node, "outputEntry"), "text", text=cell)
    for note in rule.annotations:
        added(added(node, "annotationEntry"), "text", text=note)


_WRITERS: Mapping[type, Callable[[XmlElement, Any], None]] = {
    LiteralBox: _literal,
    ContextBox: _context,
    InvocationBox: _invocation,
    FunctionBox: lambda parent, box: add_function(parent, "functionDefinition", box),
    ListBox: _list,
    RelationBox: _relation,
    ConditionalBox: _conditional,
    FilterBox: _filter,
    IteratorBox: _iterator,
    TableBox: _table,
}
