"""Boxed expressions of a DMN file into boxes."""

from collections.abc import Callable, Mapping
from typing import Literal

from pengcheng.engines.rules.model import (
    AGGREGATIONS,
    COLUMNS_MAX,
    HIT_POLICIES,
    ROWS_MAX,
    Aggregation,
    Box,
    ConditionalBox,
    ContextBox,
    EntryBox,
    FilterBox,
    FunctionBox,
    HitPolicy,
    InputClause,
    InvocationBox,
    IteratorBox,
    ListBox,
    LiteralBox,
    OutputClause,
    RelationBox,
    Rule,
    TableBox,
)
from pengcheng.engines.rules.xml import XmlElement, children, first, local, part, text
from pengcheng.kernel.errors import Refusal

_NOTHING = LiteralBox(text="null")


def box_in(node: XmlElement) -> Box | None:
    """The first boxed expression among the children."""
    for child in node:
        read = BOXES.get(local(child))
        if read is not None:
            return read(child)
    return None


def _box_or_null(node: XmlElement | None) -> Box:
    return _NOTHING if node is None else box_in(node) or _NOTHING


def _literal(node: XmlElement) -> LiteralBox:
    return LiteralBox(
        **part(node),
        type=node.get("typeRef", ""),
        text=text(node, "text"),
        language=node.get("expressionLanguage", ""),
    )


def _context(node: XmlElement) -> ContextBox:
    return ContextBox(
        **part(node),
        type=node.get("typeRef", ""),
        entries=tuple(_entry(child) for child in children(node, "contextEntry")),
    )


def _entry(node: XmlElement) -> EntryBox:
    variable = first(node, "variable")
    return EntryBox(
        **part(node),
        name="" if variable is None else variable.get("name", ""),
        type="" if variable is None else variable.get("typeRef", ""),
        value=_box_or_null(node),
    )


def _invocation(node: XmlElement) -> InvocationBox:
    bindings = []
    for child in children(node, "binding"):
        parameter = first(child, "parameter")
        name = "" if parameter is None else parameter.get("name", "")
        bindings.append((name, box_in(child)))
    return InvocationBox(
        **part(node),
        type=node.get("typeRef", ""),
        function=_box_or_null(node),
        bindings=tuple(bindings),
    )


def function_box(node: XmlElement) -> FunctionBox:
    """A function definition, or the encapsulated logic of a knowledge model."""
    return FunctionBox(
        **part(node),
        type=node.get("typeRef", ""),
        kind=node.get("kind", "FEEL"),
        parameters=tuple(
            (child.get("name", ""), child.get("typeRef", ""))
            for child in children(node, "formalParameter")
        ),
        body=box_in(node),
    )


def _list(node: XmlElement) -> ListBox:
    items = tuple(BOXES[local(child)](child) for child in node if local(child) in BOXES)
    return ListBox(**part(node), type=node.get("typeRef", ""), items=items)


def _relation(node: XmlElement) -> RelationBox:
    return RelationBox(
        **part(node),
        type=node.get("typeRef", ""),
        columns=tuple(
            (child.get("name", ""), child.get("typeRef", "")) for child in children(node, "column")
        ),
        rows=tuple(
            tuple(BOXES[local(cell)](cell) for cell in row if local(cell) in BOXES)
            for row in children(node, "row")
        ),
    )


def _conditional(node: XmlElement) -> ConditionalBox:
    return ConditionalBox(
        **part(node),
        type=node.get("typeRef", ""),
        condition=_box_or_null(first(node, "if")),
        then=_box_or_null(first(node, "then")),
        otherwise=_box_or_null(first(node, "else")),
    )


def _filter(node: XmlElement) -> FilterBox:
    return FilterBox(
        **part(node),
        type=node.get("typeRef", ""),
        source=_box_or_null(first(node, "in")),
        match=_box_or_null(first(node, "match")),
    )


def _iterator(node: XmlElement) -> IteratorBox:
    name = local(node)
    kind: Literal["for", "some", "every"] = (
        "for" if name == "for" else "some" if name == "some" else "every"
    )
    body = first(node, "return" if name == "for" else "satisfies")
    return IteratorBox(
        **part(node),
        type=node.get("typeRef", ""),
        kind=kind,
        variable=node.get("iteratorVariable", ""),
        source=_box_or_null(first(node, "in")),
        body=_box_or_null(body),
    )


def _table(node: XmlElement) -> TableBox:
    return TableBox(
        **part(node),
        type=node.get("typeRef", ""),
        inputs=tuple(_input_clause(child) for child in children(node, "input")),
        outputs=tuple(_output_clause(child) for child in children(node, "output")),
        annotations=tuple(child.get("name", "") for child in children(node, "annotation")),
        rules=tuple(_rule(child) for child in children(node, "rule")),
        hit_policy=hit_policy_named(node.get("hitPolicy", "UNIQUE")),
        aggregation=aggregation_named(node.get("aggregation")),
        orientation=node.get("preferredOrientation", ""),
        output_label=node.get("outputLabel", ""),
    )


def hit_policy_named(name: str) -> HitPolicy:
    """The hit policy of this name; refuses any other."""
    for policy in HIT_POLICIES:
        if policy == name:
            return policy
    raise Refusal("rules.unknown_hit_policy", found=name, allowed=list(HIT_POLICIES))


def aggregation_named(name: str | None) -> Aggregation | None:
    """The aggregator of this name, or none; refuses any other."""
    if name is None:
        return None
    for aggregation in AGGREGATIONS:
        if aggregation == name:
            return aggregation
    raise Refusal("rules.unknown_aggregation", found=name, allowed=list(AGGREGATIONS))


def check_table(table: TableBox) -> None:
    """Refuse a table past the limits, or whose rows do not fit its columns."""
    if len(table.rules) > ROWS_MAX:
        raise Refusal("rules.too_many_rows", limit=ROWS_MAX, count=len(table.rules))
    columns = len(table.inputs) + len(table.outputs)
    if columns > COLUMNS_MAX:
        raise Refusal("rules.too_many_columns", limit=COLUMNS_MAX, count=columns)
    for number, rule in enumerate(table.rules, start=1):
        given, wanted = len(rule.inputs), len(table.inputs)
        if given != wanted or len(rule.outputs) != len(table.outputs):
            raise Refusal(
                "rules.row_does_not_fit",
                row=number,
                inputs=given,
                input_columns=wanted,
                outputs=len(rule.outputs),
                output_columns=len(table.outputs),
            )


def _input_clause(node: XmlElement) -> InputClause:
    expression = first(node, "inputExpression")
    values = first(node, "inputValues")
    return InputClause(
        **part(node),
        expression="" if expression is None else text(expression, "text"),
        type="" if expression is None else expression.get("typeRef", ""),
        values="" if values is None else text(values, "text"),
    )


def _output_clause(node: XmlElement) -> OutputClause:
    values, default = first(node, "outputValues"), first(node, "defaultOutputEntry")
    return OutputClause(
        **part(node),
        name=node.get("name", ""),
        type=node.get("typeRef", ""),
        values="" if values is None else text(values, "text"),
        default="" if default is None else text(default, "text"),
    )


def _rule(node: XmlElement) -> Rule:
    return Rule(
        **part(node),
        inputs=tuple(text(child, "text") for child in children(node, "inputEntry")),
        outputs=tuple(text(child, "text") for child in children(node, "outputEntry")),
        annotations=tuple(text(child, "text") for child in children(node, "annotationEntry")),
    )


BOXES: Mapping[str, Callable[[XmlElement], Box]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "functionDefinition": function_box,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}
