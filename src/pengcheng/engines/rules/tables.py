"""Decision tables: which rows fire, and what the hit policy makes of them (DMN 1.5 §8)."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import reduce
from typing import Protocol

import msgspec

from pengcheng.engines.feel import Run, Value, nodes
from pengcheng.engines.rules.columns import Column, column
from pengcheng.engines.rules.item_types import ItemTypes
from pengcheng.engines.rules.model import OutputClause, TableBox
from pengcheng.engines.rules.places import Place
from pengcheng.engines.rules.reading_boxes import check_table


class Fired(msgspec.Struct, frozen=True):
    """What one run of a table did: its inputs in order, and the rows that fired from 1."""

    table: TableBox
    inputs: tuple[Value, ...]
    rows: tuple[int, ...]
    output: Value


class Texts(Protocol):
    """What reads the texts of cells."""

    types: ItemTypes
    tested: list[tuple[nodes.Node, nodes.Node]]

    def text(self, text: str, place: Place) -> nodes.Node:
        """The tree of a FEEL text."""
        ...

    def tests(self, text: str, place: Place) -> nodes.Node:
        """The tree of unary tests."""
        ...


class _Parsed(msgspec.Struct, frozen=True):
    """A table whose texts are trees."""

    box: TableBox
    inputs: tuple[nodes.Node, ...]
    input_types: tuple[nodes.Type, ...]
    cells: tuple[tuple[nodes.Node, ...], ...]
    outputs: tuple[tuple[nodes.Node, ...], ...]
    output_types: tuple[nodes.Type, ...]
    defaults: tuple[nodes.Node | None, ...]
    priorities: tuple[nodes.Node | None, ...]


Rows = Callable[[nodes.Frame], list[int]]
Output = Callable[[nodes.Frame, int], Value]


def table_node(texts: Texts, box: TableBox, place: Place) -> nodes.Node:
    """The tree node of a table."""
    check_table(box)
    parsed = _parsed(texts, box, place)
    for row in parsed.cells:
        texts.tested += zip(parsed.inputs, row, strict=True)
    inner = (*parsed.inputs, *(cell for row in (*parsed.cells, *parsed.outputs) for cell in row))
    return nodes.Native(inner=inner, build=lambda scope: _compiled(parsed, scope))


def _parsed(texts: Texts, box: TableBox, place: Place) -> _Parsed:
    known: dict[tuple[int, str], nodes.Node] = {}

    def cell(row: int, at: int, text: str) -> nodes.Node:
        if (at, text) not in known:
            inner = place.inside(f"row {row}/input {at + 1}")
            known[at, text] = texts.tests(text or "-", inner)
        return known[at, text]

    def output(row: int, at: int, text: str) -> nodes.Node:
        return texts.text(text or "null", place.inside(f"row {row}/output {at + 1}"))

    return _Parsed(
        box=box,
        inputs=tuple(
            texts.text(clause.expression or "null", place.inside(f"input {at}"))
            for at, clause in enumerate(box.inputs, start=1)
        ),
        input_types=tuple(texts.types.named(clause.type) for clause in box.inputs),
        cells=tuple(
            tuple(cell(row, at, text) for at, text in enumerate(rule.inputs))
            for row, rule in enumerate(box.rules, start=1)
        ),
        outputs=tuple(
            tuple(output(row, at, text) for at, text in enumerate(rule.outputs))
            for row, rule in enumerate(box.rules, start=1)
        ),
        output_types=tuple(texts.types.named(clause.type) for clause in box.outputs),
        defaults=tuple(
            texts.text(clause.default, place.inside("default")) if clause.default else None
            for clause in box.outputs
        ),
        priorities=tuple(
            texts.text(f"[{values}]", place.inside("output values")) if values else None
            for values in map(_output_values(texts.types), box.outputs)
        ),
    )


def _output_values(types: ItemTypes) -> Callable[[OutputClause], str]:
    """The values of an output in order of priority: its own, or those that its type allows."""

    def values(clause: OutputClause) -> str:
        kind = types.named(clause.type)
        return clause.values or (kind.text if isinstance(kind, nodes.Restricted) else "")

    return values


def _compiled(parsed: _Parsed, scope: nodes.Scope) -> nodes.Code:
    columns, slots = _columns(parsed, scope)
    everything = (1 << len(parsed.cells)) - 1
    box = parsed.box
    output = _output(parsed, scope)
    answer = _answer(parsed, scope, output)
    first_only = box.hit_policy == "FIRST"

    def run(frame: nodes.Frame) -> Value:
        mask = everything
        for narrow in columns:
            mask = narrow(frame, mask)
        rows: list[int] = []
        while mask:
            lowest = mask & -mask
            rows.append(lowest.bit_length() - 1)
            mask ^= lowest
        value = answer(frame, rows)
        trace = frame[nodes.RUN].trace
        if trace is not None:
            inputs = tuple(frame[slot] for slot in slots)
            fired = rows[:1] if first_only else rows
            trace.append(Fired(box, inputs, tuple(row + 1 for row in fired), value))
        return value

    return run


def _columns(parsed: _Parsed, scope: nodes.Scope) -> tuple[tuple[Column, ...], tuple[int, ...]]:
    columns: list[Column] = []
    slots: list[int] = []
    for at, node in enumerate(parsed.inputs):
        slot = scope.slot()
        subject = scope.code(node)
        kind = parsed.input_types[at]
        if kind is not nodes.ANY:
            subject = _brought(subject, kind)
        cells = [row[at] for row in parsed.cells]
        columns.append(column(scope, slot, subject, cells))
        slots.append(slot)
    return tuple(columns), tuple(slots)


def _brought(code: nodes.Code, kind: nodes.Type) -> nodes.Code:
    """The value as its declared type has it; one that does not fit stays and fits no row."""

    def run(frame: nodes.Frame) -> Value:
        value = code(frame)
        fitted = nodes.coerced(value, kind)
        return value if fitted is nodes.MISFIT else fitted

    return run


def _output(parsed: _Parsed, scope: nodes.Scope) -> Output:
    """What a row gives: one value, or a context with a name for each output."""
    rows = [
        [_cell(scope, cell, kind) for cell, kind in zip(row, parsed.output_types, strict=True)]
        for row in parsed.outputs
    ]
    names = [clause.name for clause in parsed.box.outputs]
    if len(names) == 1:
        single = [row[0] for row in rows]
        return lambda frame, row: single[row](frame)
    return lambda frame, row: {
        name: cell(frame) for name, cell in zip(names, rows[row], strict=True)
    }


def _cell(scope: nodes.Scope, node: nodes.Node, kind: nodes.Type) -> nodes.Code:
    code = scope.code(node)
    if kind is nodes.ANY:
        return code

    def run(frame: nodes.Frame) -> Value:
        value = nodes.coerced(code(frame), kind)
        return None if value is nodes.MISFIT else value

    return run


Answer = Callable[[nodes.Frame, list[int]], Value]


def _answer(parsed: _Parsed, scope: nodes.Scope, output: Output) -> Answer:
    default = _default(parsed, scope)
    policy = parsed.box.hit_policy
    if policy == "COLLECT":
        return _collect(parsed, output, default)

    def outputs(frame: nodes.Frame, rows: Iterable[int]) -> list[Value]:
        return [output(frame, row) for row in rows]

    def unique(frame: nodes.Frame, rows: list[int]) -> Value:
        return output(frame, rows[0]) if len(rows) == 1 else None

    def first(frame: nodes.Frame, rows: list[int]) -> Value:
        return output(frame, rows[0])

    def same(frame: nodes.Frame, rows: list[int]) -> Value:
        values = outputs(frame, rows)
        run: Run = frame[nodes.RUN]
        agree = all(nodes.equal(run, values[0], other) is True for other in values[1:])
        return values[0] if agree else None

    chosen: dict[str, Answer] = {
        "UNIQUE": unique,
        "FIRST": first,
        "ANY": same,
        "RULE ORDER": outputs,
    }
    if policy in chosen:
        return _or_default(chosen[policy], default)
    ranked = _ranking(parsed, scope, output)
    if policy == "OUTPUT ORDER":
        return _or_default(ranked, default)
    return _or_default(lambda frame, rows: ranked(frame, rows)[0], default)


def _or_default(answer: Answer, default: nodes.Code) -> Answer:
    return lambda frame, rows: answer(frame, rows) if rows else default(frame)


def _default(parsed: _Parsed, scope: nodes.Scope) -> nodes.Code:
    """What the table gives when no row fires: its default outputs, or null."""
    given = [None if node is None else scope.code(node) for node in parsed.defaults]
    if all(code is None for code in given):
        return lambda _: None
    if len(given) == 1 and given[0] is not None:
        return given[0]
    names = [clause.name for clause in parsed.box.outputs]
    return lambda frame: {
        name: None if code is None else code(frame) for name, code in zip(names, given, strict=True)
    }


def _collect(parsed: _Parsed, output: Output, default: nodes.Code) -> Answer:
    aggregate = _AGGREGATES.get(parsed.box.aggregation or "")
    has_default = any(node is not None for node in parsed.defaults)

    def answer(frame: nodes.Frame, rows: list[int]) -> Value:
        if not rows and has_default:
            return default(frame)
        values = [output(frame, row) for row in rows]
        if aggregate is None:
            return values
        return aggregate(frame[nodes.RUN], values)

    return answer


def _total(_: Run, values: list[Value]) -> Value:
    if not values or not all(isinstance(value, Decimal) for value in values):
        return None
    return reduce(nodes.add, values)


def _least(_: Run, values: list[Value]) -> Value:
    return _extreme(values, lambda one, other: nodes.less(one, other) is True)


def _greatest(_: Run, values: list[Value]) -> Value:
    return _extreme(values, lambda one, other: nodes.less(other, one) is True)


def _extreme(values: list[Value], before: Callable[[Value, Value], bool]) -> Value:
    best: Value = None
    for value in values:
        if best is None or (value is not None and before(value, best)):
            best = value
    return best


_AGGREGATES: dict[str, Callable[[Run, list[Value]], Value]] = {
    "SUM": _total,
    "COUNT": lambda _, values: Decimal(len(values)),
    "MIN": _least,
    "MAX": _greatest,
}


def _ranking(
    parsed: _Parsed, scope: nodes.Scope, output: Output
) -> Callable[[nodes.Frame, list[int]], list[Value]]:
    """The outputs of the rows that fired, the most important first."""
    orders = [None if node is None else scope.code(node) for node in parsed.priorities]
    names = [clause.name for clause in parsed.box.outputs]

    def ranked(frame: nodes.Frame, rows: list[int]) -> list[Value]:
        run: Run = frame[nodes.RUN]
        lists = [None if order is None else order(frame) for order in orders]

        def rank(value: Value) -> tuple[int, ...]:
            parts = [value] if len(names) == 1 else [value[name] for name in names]
            return tuple(
                _place(run, part, values) for part, values in zip(parts, lists, strict=True)
            )

        values = [output(frame, row) for row in rows]
        return sorted(values, key=rank)

    return ranked


def _place(run: Run, value: Value, values: list[Value] | None) -> int:
    if values is None:
        return 0
    return next(
        (at for at, known in enumerate(values) if nodes.equal(run, value, known) is True),
        len(values),
    )
