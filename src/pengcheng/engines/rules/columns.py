"""One input column of a table: from a value to the rows whose cell it passes, as a bit mask.

Cells that compare with constants are put in order once: a number is then found among the
boundaries by bisection, a string or boolean by its hash. Cells that depend on more are run, each
distinct text once for a row of the mask that still needs it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from pengcheng.engines.feel import Value, nodes

# Narrows the mask of rows that may fire.
Column = Callable[[nodes.Frame, int], int]


class _Cell(msgspec.Struct, frozen=True):
    """A distinct cell text: the rows that carry it and the closure that tests it."""

    mask: int
    code: nodes.Code
    node: nodes.Node


class _Constants(msgspec.Struct, frozen=True):
    """What a cell of constants accepts: strings and booleans, and spans of numbers."""

    values: frozenset[str | bool]
    spans: tuple["_Span", ...]
    negated: bool


class _Span(msgspec.Struct, frozen=True, kw_only=True):
    low: Decimal | None = None
    high: Decimal | None = None
    low_included: bool = False
    high_included: bool = False


def column(scope: nodes.Scope, slot: int, subject: nodes.Code, cells: list[nodes.Node]) -> Column:
    """The column of these cells; leaves the tested value in the slot."""
    grouped: dict[int, tuple[nodes.Node, int]] = {}
    free = 0
    for row, node in enumerate(cells):
        if isinstance(node, nodes.Tests) and not node.tests:
            free |= 1 << row
        else:
            grouped[id(node)] = (node, grouped.get(id(node), (node, 0))[1] | 1 << row)
    with scope.layer({nodes.INPUT: slot}):
        compiled = [_Cell(mask, scope.code(node), node) for node, mask in grouped.values()]
    if not compiled:
        return _unread(slot, subject)
    constants = [(cell, _constants(cell.node)) for cell in compiled]
    indexed = [(cell, told) for cell, told in constants if told is not None]
    others = tuple(cell for cell, told in constants if told is None)
    return _column(slot, subject, free, indexed, others, tuple(compiled))


def _unread(slot: int, subject: nodes.Code) -> Column:
    def narrow(frame: nodes.Frame, mask: int) -> int:
        frame[slot] = subject(frame)
        return mask

    return narrow


def _column(
    slot: int,
    subject: nodes.Code,
    free: int,
    indexed: list[tuple[_Cell, _Constants]],
    others: tuple[_Cell, ...],
    every: tuple[_Cell, ...],
) -> Column:
    boundaries, masks = _numbers(indexed)
    words, otherwise = _words(indexed)

    def run_cells(frame: nodes.Frame, cells: tuple[_Cell, ...], mask: int) -> int:
        passed = 0
        for cell in cells:
            if cell.mask & mask and cell.code(frame) is True:
                passed |= cell.mask
        return passed

    def narrow(frame: nodes.Frame, mask: int) -> int:
        value: Value = subject(frame)
        frame[slot] = value
        if not mask:
            return 0
        kind = type(value)
        if kind is Decimal:
            at = bisect_left(boundaries, value)
            exact = at < len(boundaries) and boundaries[at] == value
            passed = masks[2 * at + exact]
        elif kind is str:
            passed = words.get((kind, value), otherwise)
        elif kind is bool:
            passed = words.get((kind, value), 0)
        else:
            return mask & (free | run_cells(frame, every, mask))
        if others:
            passed |= run_cells(frame, others, mask)
        return mask & (free | passed)

    return narrow


def _words(indexed: list[tuple[_Cell, _Constants]]) -> tuple[dict[tuple[type, object], int], int]:
    """Rows by string or boolean, and the rows of any string that no cell names."""
    otherwise = 0
    for cell, told in indexed:
        if told.negated and not told.spans:
            otherwise |= cell.mask
    words: dict[tuple[type, object], int] = {}
    for key in {(type(value), value) for _, told in indexed for value in told.values}:
        words[key] = 0
        for cell, told in indexed:
            if not any(type(value) is key[0] for value in told.values):
                continue
            named = any((type(value), value) == key for value in told.values)
            if named != told.negated:
                words[key] |= cell.mask
    return words, otherwise


def _numbers(indexed: list[tuple[_Cell, _Constants]]) -> tuple[list[Decimal], list[int]]:
    """Boundaries in order; masks[2i+1] holds at boundary i, masks[2i] between it and the last."""
    ends = {
        end
        for _, told in indexed
        for span in told.spans
        for end in (span.low, span.high)
        if end is not None
    }
    boundaries = sorted(ends)
    events = [0] * (2 * len(boundaries) + 2)
    for cell, told in indexed:
        if told.values and not told.spans and not told.negated:
            continue
        if told.values and told.negated and not told.spans:
            continue  # `not("a")` of a number cannot be told, so it does not pass.
        if told.negated:
            events[0] ^= cell.mask
        for start, stop in _merged(boundaries, told.spans):
            events[start] ^= cell.mask
            events[stop] ^= cell.mask
    masks: list[int] = []
    current = 0
    for event in events:
        current ^= event
        masks.append(current)
    return boundaries, masks


def _merged(boundaries: list[Decimal], spans: Iterable[_Span]) -> list[tuple[int, int]]:
    """Spans as half-open index ranges that do not overlap."""
    found = sorted(_indexes(boundaries, span) for span in spans)
    merged: list[tuple[int, int]] = []
    for start, stop in found:
        if start >= stop:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def _indexes(boundaries: list[Decimal], span: _Span) -> tuple[int, int]:
    start = 0
    if span.low is not None:
        start = 2 * bisect_left(boundaries, span.low) + (1 if span.low_included else 2)
    stop = 2 * len(boundaries) + 1
    if span.high is not None:
        stop = 2 * bisect_left(boundaries, span.high) + (2 if span.high_included else 1)
    return start, stop


def _constants(node: nodes.Node) -> _Constants | None:
    """What a cell accepts if it only compares with constants of one kind; null otherwise."""
    if not isinstance(node, nodes.Tests):
        return None
    values: set[str | bool] = set()
    spans: list[_Span] = []
    for test in node.tests:
        value = test.value if isinstance(test, nodes.Literal) else None
        if isinstance(value, str | bool):
            values.add(value)
            continue
        span = _span(test)
        if span is None:
            return None
        spans.append(span)
    kinds = {type(value) for value in values} | ({Decimal} if spans else set())
    if node.negated and (len(kinds) != 1 or bool in kinds):
        return None
    if values and node.negated and len(values) != len(node.tests):
        return None
    return _Constants(frozenset(values), tuple(spans), node.negated)


def _span(node: nodes.Node) -> _Span | None:
    match node:
        case nodes.Literal(value=Decimal() as value):
            return _point(value)
        case nodes.Limit(sign=sign, value=nodes.Literal(value=Decimal() as value)):
            return {
                "<": _Span(high=value),
                "<=": _Span(high=value, high_included=True),
                ">": _Span(low=value),
                ">=": _Span(low=value, low_included=True),
                "=": _point(value),
            }.get(sign)
        case nodes.RangeLiteral(
            start=nodes.Literal(value=Decimal() as low), end=nodes.Literal(value=Decimal() as high)
        ):
            return _Span(
                low=low,
                high=high,
                low_included=node.start_included,
                high_included=node.end_included,
            )
    return None


def _point(value: Decimal) -> _Span:
    return _Span(low=value, high=value, low_included=True, high_included=True)
