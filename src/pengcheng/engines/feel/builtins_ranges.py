"""Built-in functions on ranges: the relations of Allen's interval algebra (DMN 1.5 §10.3.4.9)."""

from collections.abc import Callable, Iterator

from pengcheng.engines.feel import tree
from pengcheng.engines.feel.built_in import BuiltIn, built_in, form, run_form
from pengcheng.engines.feel.cursor import Names
from pengcheng.engines.feel.operators import at_most, contains, equal, interval, less, negative
from pengcheng.engines.feel.parser import Parser
from pengcheng.engines.feel.temporal import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from pengcheng.engines.feel.values import Range, Run, Value
from pengcheng.kernel.errors import Refusal

Told = bool | None
_MAKERS: dict[str, Callable[[str], Value]] = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "duration": parse_duration,
}


def _and(*terms: Callable[[], Told]) -> Told:
    """All terms in order; the first that is not true decides."""
    for term in terms:
        told = term()
        if told is not True:
            return told
    return True


def _or(*terms: Callable[[], Told]) -> Told:
    answer: Told = False
    for term in terms:
        told = term()
        if told is True:
            return True
        answer = None if told is None else answer
    return answer


def _same(run: Run, one: Value, other: Value) -> Told:
    return equal(run, one, other)


def _range(value: Value) -> Range:
    """A point as the range that holds nothing else."""
    return (
        value
        if isinstance(value, Range)
        else Range(value, value, start_included=True, end_included=True)
    )


def _before(run: Run, one: Value, other: Value) -> Told:
    first, second = _range(one), _range(other)
    return _or(
        lambda: less(first.end, second.start),
        lambda: _and(
            lambda: _same(run, first.end, second.start),
            lambda: not first.end_included or not second.start_included,
        ),
    )


def _after(run: Run, one: Value, other: Value) -> Told:
    return _before(run, other, one)


def _meets(run: Run, one: Range, other: Range) -> Told:
    return _and(
        lambda: one.end_included and other.start_included,
        lambda: _same(run, one.end, other.start),
    )


def _met_by(run: Run, one: Range, other: Range) -> Told:
    return _meets(run, other, one)


def _overlaps(run: Run, one: Range, other: Range) -> Told:
    earlier = _before(run, one, other)
    later = _before(run, other, one)
    return None if earlier is None or later is None else not earlier and not later


def _starts_first(run: Run, one: Range, other: Range) -> Told:
    return _or(
        lambda: less(one.start, other.start),
        lambda: _and(
            lambda: _same(run, one.start, other.start),
            lambda: one.start_included and not other.start_included,
        ),
    )


def _ends_first(run: Run, one: Range, other: Range) -> Told:
    return _or(
        lambda: less(one.end, other.end),
        lambda: _and(
            lambda: _same(run, one.end, other.end),
            lambda: not one.end_included or other.end_included,
        ),
    )


def _overlaps_before(run: Run, one: Range, other: Range) -> Told:
    return _and(
        lambda: _starts_first(run, one, other),
        lambda: _reaches(run, one, other),
        lambda: _ends_first(run, one, other),
    )


def _reaches(run: Run, one: Range, other: Range) -> Told:
    """Whether the first does not end before the second begins."""
    apart = _before(run, one, other)
    return None if apart is None else not apart


def _overlaps_after(run: Run, one: Range, other: Range) -> Told:
    return _and(
        lambda: _or(
            lambda: less(other.start, one.start),
            lambda: _and(
                lambda: _same(run, one.start, other.start),
                lambda: other.start_included and not one.start_included,
            ),
        ),
        lambda: _reaches(run, other, one),
        lambda: _or(
            lambda: less(other.end, one.end),
            lambda: _and(
                lambda: _same(run, one.end, other.end),
                lambda: not other.end_included or one.end_included,
            ),
        ),
    )


def _finishes(run: Run, one: Value, other: Range) -> Told:
    if not isinstance(one, Range):
        return _and(lambda: other.end_included, lambda: _same(run, one, other.end))
    return _and(
        lambda: one.end_included == other.end_included,
        lambda: _same(run, one.end, other.end),
        lambda: _or(
            lambda: less(other.start, one.start),
            lambda: _and(
                lambda: _same(run, one.start, other.start),
                lambda: not one.start_included or other.start_included,
            ),
        ),
    )


def _starts(run: Run, one: Value, other: Range) -> Told:
    if not isinstance(one, Range):
        return _and(lambda: other.start_included, lambda: _same(run, one, other.start))
    return _and(
        lambda: one.start_included == other.start_included,
        lambda: _same(run, one.start, other.start),
        lambda: _ends_first(run, one, other),
    )


def _during(run: Run, one: Value, other: Range) -> Told:
    if not isinstance(one, Range):
        return contains(run, other, one)
    return _and(
        lambda: _or(
            lambda: less(other.start, one.start),
            lambda: _and(
                lambda: _same(run, one.start, other.start),
                lambda: not one.start_included or other.start_included,
            ),
        ),
        lambda: _ends_first(run, one, other),
    )


def _coincides(run: Run, one: Value, other: Value) -> Told:
    if isinstance(one, Range) != isinstance(other, Range):
        return None
    first, second = _range(one), _range(other)
    return _and(
        lambda: first.start_included == second.start_included,
        lambda: first.end_included == second.end_included,
        lambda: _same(run, first.start, second.start),
        lambda: _same(run, first.end, second.end),
    )


def _turned(body: Callable[[Run, Value, Range], Told]) -> Callable[[Run, Range, Value], Told]:
    return lambda run, one, other: body(run, other, one)


def range_from(text: str) -> Range | None:
    """The range that a text writes; its ends are literals of one kind, in order."""
    parser = Parser(text, scope=[Names(_MAKERS)])
    try:
        node = parser.whole(parser.expression)
    except Refusal:
        return None
    if not isinstance(node, tree.RangeLiteral):
        return None
    start, end = next(_constant(node.start), None), next(_constant(node.end), None)
    if start is None or end is None or at_most(start, end) is not True:
        return None
    made = interval(start, end, start_included=node.start_included, end_included=node.end_included)
    return made if isinstance(made, Range) else None


def _constant(node: tree.Node) -> Iterator[Value]:
    match node:
        case tree.Literal(value=value):
            yield value
        case tree.Negative(operand=tree.Literal(value=value)) if value is not None:
            yield negative(value)
        case tree.Call(
            function=tree.Name(name=name), arguments=(tree.Literal(value=str(text)),)
        ) if name in _MAKERS:
            yield _MAKERS[name](text)


def _points(name: str, body: Callable[[Run, Value, Value], Told]) -> BuiltIn:
    return built_in(
        name,
        run_form("point1:x, point2:x", body),
        run_form("range1:r, range2:r", body),
        run_form("point:x, range:r", body),
        run_form("range:r, point:x", lambda run, one, other: body(run, one, other)),
    )


def _ranges(name: str, body: Callable[[Run, Range, Range], Told]) -> BuiltIn:
    return built_in(name, run_form("range1:r, range2:r", body))


def _point_in(name: str, body: Callable[[Run, Value, Range], Told]) -> BuiltIn:
    return built_in(name, run_form("point:x, range:r", body), run_form("range1:r, range2:r", body))


def _range_around(name: str, body: Callable[[Run, Value, Range], Told]) -> BuiltIn:
    turned = _turned(body)
    return built_in(
        name, run_form("range:r, point:x", turned), run_form("range1:r, range2:r", turned)
    )


FUNCTIONS: tuple[BuiltIn, ...] = (
    _points("before", _before),
    _points("after", _after),
    _ranges("meets", _meets),
    _ranges("met by", _met_by),
    _ranges("overlaps", _overlaps),
    _ranges("overlaps before", _overlaps_before),
    _ranges("overlaps after", _overlaps_after),
    _point_in("finishes", _finishes),
    _range_around("finished by", _finishes),
    _point_in("starts", _starts),
    _range_around("started by", _starts),
    _point_in("during", _during),
    _range_around("includes", _during),
    built_in(
        "coincides",
        run_form("point1:x, point2:x", _coincides),
        run_form("range1:r, range2:r", _coincides),
    ),
    built_in("range", form("from:s", range_from)),
)
