"""Closures for literals, operators, comparisons and tests."""

from decimal import Decimal

from pengcheng.engines.feel import tree
from pengcheng.engines.feel.operators import (
    add,
    at_most,
    contains,
    divide,
    equal,
    interval,
    less,
    multiply,
    negative,
    power,
    range_of,
    satisfies,
    subtract,
)
from pengcheng.engines.feel.scope import RUN, Build, Code, Frame, Scope, constant
from pengcheng.engines.feel.types import is_instance
from pengcheng.engines.feel.values import NUMBERS, Range, Value, given_out

_DIRECT = frozenset({Decimal, str, bool})
_TEXT_PER_STEP = 64
_MEANINGS = {"+": add, "-": subtract, "*": multiply, "/": divide, "**": power}
_NUMERIC = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": NUMBERS.power,
}
INPUT = "?"


def _literal(_: Scope, node: tree.Literal) -> Code:
    return constant(node.value)


def _negative(scope: Scope, node: tree.Negative) -> Code:
    operand = scope.code(node.operand)
    if isinstance(node.operand, tree.Literal):
        return constant(negative(node.operand.value))
    return lambda frame: negative(operand(frame))


def _arithmetic(scope: Scope, node: tree.Arithmetic) -> Code:
    left, right = scope.code(node.left), scope.code(node.right)
    meaning, numeric = _MEANINGS[node.sign], _NUMERIC[node.sign]
    if isinstance(node.right, tree.Literal) and type(node.right.value) is Decimal:
        return _with_number(node.sign, left, node.right.value)

    def run(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) is Decimal and type(other) is Decimal:
            try:
                return numeric(one, other)
            except ArithmeticError:
                return None
        if type(one) is str and type(other) is str:
            frame[RUN].spend((len(one) + len(other)) // _TEXT_PER_STEP)
        return meaning(one, other)

    return run


def _with_number(sign: str, left: Code, other: Decimal) -> Code:
    """The same with a number that is known; one closure call fewer each time."""
    meaning, numeric = _MEANINGS[sign], _NUMERIC[sign]

    def run(frame: Frame) -> Value:
        one = left(frame)
        if type(one) is Decimal:
            try:
                return numeric(one, other)
            except ArithmeticError:
                return None
        return meaning(one, other)

    return run


def _comparison(scope: Scope, node: tree.Comparison) -> Code:
    left, right = scope.code(node.left), scope.code(node.right)
    match node.sign:
        case "=":
            return _equality(left, right)
        case "!=":
            same = _equality(left, right)
            return lambda frame: None if (found := same(frame)) is None else not found
        case "<":
            return _order(left, right)
        case ">":
            return _order(right, left)
        case "<=":
            return _order_or_equal(left, right)
        case _:
            return _order_or_equal(right, left)


def _equality(left: Code, right: Code) -> Code:
    def run(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        kind = type(one)
        if kind is type(other) and kind in _DIRECT:
            return one == other
        return equal(frame[RUN], one, other)

    return run


def _order(left: Code, right: Code) -> Code:
    def run(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) is Decimal and type(other) is Decimal:
            return one < other
        return less(one, other)

    return run


def _order_or_equal(left: Code, right: Code) -> Code:
    def run(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) is Decimal and type(other) is Decimal:
            return one <= other
        return at_most(one, other)

    return run


def _junction(scope: Scope, node: tree.Junction) -> Code:
    """Three-valued `and`, `or`: what decides ends it; anything but a boolean counts as null."""
    operands = tuple(scope.code(operand) for operand in node.operands)
    decisive = not node.every
    otherwise = node.every

    def run(frame: Frame) -> Value:
        answer: bool | None = otherwise
        for operand in operands:
            value = operand(frame)
            if value is decisive:
                return decisive
            if value is not otherwise:
                answer = None
        return answer

    return run


def _between(scope: Scope, node: tree.Between) -> Code:
    value, low, high = scope.code(node.value), scope.code(node.low), scope.code(node.high)

    def run(frame: Frame) -> Value:
        middle = value(frame)
        above, below = at_most(low(frame), middle), at_most(middle, high(frame))
        if above is False or below is False:
            return False if above is not None and below is not None else None
        return None if above is None or below is None else True

    return run


def _limit(scope: Scope, node: tree.Limit) -> Code:
    value, sign = scope.code(node.value), node.sign
    return lambda frame: range_of(sign, value(frame))


def _range(scope: Scope, node: tree.RangeLiteral) -> Code:
    start, end = scope.code(node.start), scope.code(node.end)
    start_included, end_included = node.start_included, node.end_included
    if isinstance(node.start, tree.Literal) and isinstance(node.end, tree.Literal):
        return constant(
            interval(
                node.start.value,
                node.end.value,
                start_included=start_included,
                end_included=end_included,
            )
        )
    return lambda frame: interval(
        start(frame), end(frame), start_included=start_included, end_included=end_included
    )


def _in(scope: Scope, node: tree.In) -> Code:
    value, slot = scope.code(node.value), scope.slot()
    with scope.layer({INPUT: slot}):
        tests = scope.code(node.tests)

    def run(frame: Frame) -> Value:
        frame[slot] = value(frame)
        return tests(frame)

    return run


def _tests(scope: Scope, node: tree.Tests) -> Code:
    """Whether the value named `?` passes the tests."""
    if not node.tests:
        return lambda _: True
    found = tuple(_test(scope, test) for test in node.tests)
    if node.negated:
        return _none_of(found)
    return found[0] if len(found) == 1 else _any_of(found)


def _any_of(tests: tuple[Code, ...]) -> Code:
    def run(frame: Frame) -> Value:
        return any(test(frame) is True for test in tests)

    return run


def _none_of(tests: tuple[Code, ...]) -> Code:
    """`not(tests)`: null when a test that had to fail could not be told."""

    def run(frame: Frame) -> Value:
        results = [test(frame) for test in tests]
        if True in results:
            return False
        return None if None in results else True

    return run


def _test(scope: Scope, node: tree.Node) -> Code:
    if mentions_input(node):
        return _told(scope.code(node))
    subject = scope.name(tree.Name(name=INPUT, at=node.at))
    if isinstance(node, tree.Limit):
        return _limit_test(node.sign, subject, scope.code(node.value))
    if isinstance(node, tree.Literal) and type(node.value) in _DIRECT:
        return _equality(subject, constant(node.value))
    code = scope.code(node)

    def run(frame: Frame) -> Value:
        value, test = subject(frame), code(frame)
        if type(test) is bool and type(value) is not bool and value is not None:
            return test
        return satisfies(frame[RUN], value, test)

    return run


def _told(code: Code) -> Code:
    """A test that itself speaks of the input holds when it is true."""

    def run(frame: Frame) -> Value:
        value = code(frame)
        return value if type(value) is bool else None

    return run


def _limit_test(sign: str, subject: Code, value: Code) -> Code:
    match sign:
        case "<":
            return _order(subject, value)
        case "<=":
            return _order_or_equal(subject, value)
        case ">":
            return _order(value, subject)
        case ">=":
            return _order_or_equal(value, subject)

    def run(frame: Frame) -> Value:
        tested = value(frame)
        limit = tested if isinstance(tested, Range) else range_of(sign, tested)
        return contains(frame[RUN], limit, subject(frame))

    return run


def mentions_input(node: object) -> bool:
    """Whether a test speaks of its input by `?`."""
    if isinstance(node, tree.Name):
        return node.name == INPUT
    if isinstance(node, tree.In):
        return mentions_input(node.value)
    if isinstance(node, tuple):
        return any(mentions_input(part) for part in node)
    if isinstance(node, tree.Node):
        return any(mentions_input(getattr(node, part)) for part in node.__struct_fields__)
    return False


def _instance_of(scope: Scope, node: tree.InstanceOf) -> Code:
    value, kind = scope.code(node.value), node.type
    return lambda frame: is_instance(given_out(frame[RUN], value(frame)), kind)


BUILDERS: dict[type, Build] = {
    tree.Literal: _literal,
    tree.Negative: _negative,
    tree.Arithmetic: _arithmetic,
    tree.Comparison: _comparison,
    tree.Junction: _junction,
    tree.Between: _between,
    tree.Limit: _limit,
    tree.RangeLiteral: _range,
    tree.In: _in,
    tree.Tests: _tests,
    tree.InstanceOf: _instance_of,
}
