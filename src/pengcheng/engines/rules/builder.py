"""A decision table from plain rows, as rules.yaml of a pack has them: the same model."""

from collections.abc import Sequence

import msgspec

from pengcheng.engines.feel import Vocabulary, attempt_expression
from pengcheng.engines.rules.engine import Model
from pengcheng.engines.rules.model import (
    Aggregation,
    Decision,
    Definitions,
    HitPolicy,
    InputClause,
    InputData,
    OutputClause,
    Rule,
    TableBox,
)
from pengcheng.engines.rules.reading_boxes import aggregation_named, hit_policy_named
from pengcheng.kernel.errors import Refusal

NAMESPACE = "urn:pengcheng:rules"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column. An input tests `expression`, by default the input of its own name.

    `values` are FEEL texts: what an input may be, or an output's values from the most important.
    """

    name: str
    type: str = ""
    expression: str = ""
    values: tuple[str, ...] = ()
    default: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row: unary tests for the inputs, FEEL for the outputs, and what it is based on."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    basis: str = ""


def table(
    name: str,
    *,
    inputs: Sequence[str | Column],
    outputs: Sequence[str | Column],
    rows: Sequence[Row],
    hit_policy: HitPolicy = "UNIQUE",
    aggregation: Aggregation | None = None,
    names: Sequence[str] = (),
    namespace: str = NAMESPACE,
) -> Model:
    """The model of one decision made by one table; refuses with every fault, by row and column.

    `names` are further inputs that expressions and cells may read; what a column's expression
    reads besides is found from its text, but for names that FEEL's own functions bear.
    """
    model = Model(
        definitions_of(
            name,
            inputs=inputs,
            outputs=outputs,
            rows=rows,
            hit_policy=hit_policy,
            aggregation=aggregation,
            names=names,
            namespace=namespace,
        )
    )
    if model.faults:
        raise Refusal("rules.invalid", faults=model.faults, decision=name)
    return model


def definitions_of(
    name: str,
    *,
    inputs: Sequence[str | Column],
    outputs: Sequence[str | Column],
    rows: Sequence[Row],
    hit_policy: HitPolicy = "UNIQUE",
    aggregation: Aggregation | None = None,
    names: Sequence[str] = (),
    namespace: str = NAMESPACE,
) -> Definitions:
    """What `table` compiles, not yet compiled; `write_dmn` writes it."""
    tested = [_column(each) for each in inputs]
    given = [_column(each) for each in outputs]
    box = TableBox(
        id="table",
        inputs=tuple(
            InputClause(
                id=f"input_{at}",
                label=each.name,
                expression=each.expression or each.name,
                type=each.type,
                values=", ".join(each.values),
            )
            for at, each in enumerate(tested, start=1)
        ),
        outputs=tuple(
            OutputClause(
                id=f"output_{at}",
                name=each.name,
                type=each.type,
                values=", ".join(each.values),
                default=each.default,
            )
            for at, each in enumerate(given, start=1)
        ),
        rules=tuple(
            Rule(id=f"row_{at}", inputs=row.inputs, outputs=row.outputs, description=row.basis)
            for at, row in enumerate(rows, start=1)
        ),
        hit_policy=hit_policy_named(hit_policy),
        aggregation=aggregation_named(aggregation),
    )
    data = _inputs(tested, names)
    decision = Decision(
        id="decision", name=name, inputs=tuple(f"#{each.id}" for each in data), logic=box
    )
    return Definitions(name=name, namespace=namespace, inputs=data, decisions=(decision,))


def _column(given: str | Column) -> Column:
    return Column(name=given) if isinstance(given, str) else given


def _inputs(columns: Sequence[Column], names: Sequence[str]) -> tuple[InputData, ...]:
    """The input data that the columns read: their own names, or those in their expressions."""
    types: dict[str, str] = dict.fromkeys(names, "")
    for column in columns:
        if not column.expression or column.expression == column.name:
            types[column.name] = column.type
            continue
        for name in attempt_expression(column.expression, Vocabulary()).inputs:
            types.setdefault(name, "")
    return tuple(
        InputData(id=f"data_{at}", name=name, type=kind)
        for at, (name, kind) in enumerate(types.items(), start=1)
    )
