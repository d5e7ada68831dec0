"""Compiling text once and evaluating it often: the front of the engine."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from pengcheng.engines.feel import code_forms, code_operators, tree
from pengcheng.engines.feel.builtins import BUILT_INS
from pengcheng.engines.feel.code_operators import INPUT
from pengcheng.engines.feel.cursor import Names, names_of
from pengcheng.engines.feel.parser import Parser
from pengcheng.engines.feel.properties import MEMBER_NAMES
from pengcheng.engines.feel.scope import RUN, Code, Frame, Scope, constant
from pengcheng.engines.feel.types import Type
from pengcheng.engines.feel.values import (
    CALL_DEPTH_MAX,
    NESTING_MAX,
    Run,
    Value,
    from_python,
    given_out,
)
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.time import Clock

BUILDERS = {**code_operators.BUILDERS, **code_forms.BUILDERS}
_BUILT_IN_NAMES = Names(BUILT_INS)
_MEMBER_NAMES = Names(MEMBER_NAMES)
_EMPTY: Mapping[str, Any] = {}


class Expression:
    """A compiled expression. Pure and total: the same inputs and clock give the same value.

    `inputs` are the names that it reads. A name that the context lacks is null.
    """

    __slots__ = ("_blank", "_code", "_inputs", "faults", "text")

    def __init__(
        self, text: str, code: Code, inputs: Mapping[str, int], size: int, faults: tuple[Fault, ...]
    ) -> None:
        self.text = text
        self.faults = faults
        self._code = code
        self._inputs = tuple(inputs.items())
        self._blank: Frame = [None] * size

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names from outside that the expression reads, in the order of their reading."""
        return tuple(name for name, _ in self._inputs)

    def evaluate(self, context: Mapping[str, Any] = _EMPTY, *, clock: Clock | None = None) -> Value:
        """The value for a context of Python or FEEL values.

        `now()` and `today()` ask the clock, and are null without one. Refuses an evaluation that
        takes too many steps or goes too deep.
        """
        frame = self._blank.copy()
        run = frame[RUN] = Run(clock)
        for name, slot in self._inputs:
            frame[slot] = from_python(context.get(name))
        try:
            return given_out(run, self._code(frame))
        except RecursionError:
            raise Refusal("feel.too_deep", limit=CALL_DEPTH_MAX) from None

    def on(self, run: Run, values: Mapping[str, Value]) -> Value:
        """The value within an evaluation that goes on: FEEL values in, steps of that run."""
        frame = self._blank.copy()
        frame[RUN] = run
        for name, slot in self._inputs:
            frame[slot] = values.get(name)
        return self._code(frame)


class UnaryTests:
    """Compiled unary tests, as in a cell of a decision table."""

    __slots__ = ("_expression", "always", "faults", "inputs", "text", "tree")

    def __init__(self, expression: Expression, parsed: tree.Tests | None) -> None:
        self._expression = expression
        self.text = expression.text
        self.faults = expression.faults
        self.inputs = tuple(name for name in expression.inputs if name != INPUT)
        self.tree = parsed
        self.always = parsed is not None and not parsed.tests

    def holds(
        self, value: object, context: Mapping[str, Any] = _EMPTY, *, clock: Clock | None = None
    ) -> bool:
        """Whether the value passes; what cannot be told does not pass."""
        return self._expression.evaluate({**context, INPUT: value}, clock=clock) is True

    def on(self, run: Run, value: Value, values: Mapping[str, Value]) -> bool:
        """Whether a FEEL value passes within an evaluation that goes on."""
        return self._expression.on(run, {**values, INPUT: value}) is True


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What a text may speak of: names (null: any), members known after a dot, declared types."""

    names: frozenset[str] | None = None
    members: frozenset[str] = frozenset()
    types: Mapping[str, Type] = msgspec.field(default_factory=dict)


def compile_expression(
    text: str,
    names: Iterable[str] | None = None,
    *,
    members: Iterable[str] = (),
    types: Mapping[str, Type] | None = None,
) -> Expression:
    """The expression of a text; refuses with every fault found, each with its position.

    With `names`, only these may be read, and they may hold spaces and signs; without, any name
    may be. `members` are names with spaces that may follow a dot.
    """
    expression = attempt_expression(text, _vocabulary(names, members, types))
    _refuse_faults(expression)
    return expression


def compile_unary_tests(
    text: str,
    names: Iterable[str] | None = None,
    *,
    members: Iterable[str] = (),
    types: Mapping[str, Type] | None = None,
) -> UnaryTests:
    """The unary tests of a text; refuses with every fault found."""
    tests = attempt_unary_tests(text, _vocabulary(names, members, types))
    _refuse_faults(tests)
    return tests


def attempt_expression(text: str, vocabulary: Vocabulary) -> Expression:
    """The expression of a text with its faults; what is not understood is null."""
    return _attempt(text, vocabulary, Parser.expression)[0]


def attempt_unary_tests(text: str, vocabulary: Vocabulary) -> UnaryTests:
    """The unary tests of a text with their faults; what is not understood never holds."""
    expression, parsed = _attempt(text, _with_input(vocabulary), Parser.unary_tests)
    return UnaryTests(expression, parsed if isinstance(parsed, tree.Tests) else None)


def _vocabulary(
    names: Iterable[str] | None, members: Iterable[str], types: Mapping[str, Type] | None
) -> Vocabulary:
    return Vocabulary(
        names=None if names is None else frozenset(names),
        members=frozenset(members),
        types=types or {},
    )


def _refuse_faults(compiled: Expression | UnaryTests) -> None:
    if compiled.faults:
        raise Refusal("feel.invalid", faults=compiled.faults, text=compiled.text[:200])


class Parsed(msgspec.Struct, frozen=True):
    """A syntax tree, or null in its place, and the faults of its text."""

    tree: tree.Node
    faults: tuple[Fault, ...] = ()


def parse_expression(text: str, vocabulary: Vocabulary) -> Parsed:
    """The tree of an expression, to be made part of a larger one, with all faults of the text."""
    return _checked(text, vocabulary, Parser.expression)


def parse_unary_tests(text: str, vocabulary: Vocabulary) -> Parsed:
    """The tree of unary tests (a `tree.Tests`) on a variable named `?`."""
    return _checked(text, _with_input(vocabulary), Parser.unary_tests)


def _checked(text: str, vocabulary: Vocabulary, part: Callable[[Parser], tree.Node]) -> Parsed:
    """Compiled once alone, so that an unknown name is told at its place in this text."""
    parsed, fault = _parse(text, vocabulary, part)
    scope = Scope(BUILDERS, vocabulary.names, fault)
    bounded(scope, parsed.tree)
    return Parsed(parsed.tree, (*parsed.faults, *scope.faults))


def empty_scope() -> Scope:
    """A scope with no names, for an engine that lays many expressions into one frame."""
    return Scope(BUILDERS, frozenset(), _placeless)


def bounded(scope: Scope, node: tree.Node) -> Code:
    """The closure of a tree; one nested too deep becomes null and a fault of the scope."""
    try:
        return scope.code(node)
    except RecursionError:
        scope.blame(node, "feel.nested_too_deep", limit=NESTING_MAX)
        return constant(None)


def _placeless(code: str, at: int, **facts: object) -> Fault:
    return Fault(path="", code=code, facts={"position": at, **facts})


def _with_input(vocabulary: Vocabulary) -> Vocabulary:
    if vocabulary.names is None:
        return vocabulary
    return msgspec.structs.replace(vocabulary, names=vocabulary.names | {INPUT})


def _parse(
    text: str, vocabulary: Vocabulary, part: Callable[[Parser], tree.Node]
) -> tuple[Parsed, Callable[..., Fault]]:
    names = vocabulary.names
    fault: Callable[..., Fault] = _placeless
    try:
        parser = Parser(
            text,
            scope=(_BUILT_IN_NAMES, names_of(names or frozenset())),
            members=(_MEMBER_NAMES, names_of(vocabulary.members)),
            types=vocabulary.types,
            strict=names is not None,
        )
        fault = parser.fault
        return Parsed(parser.whole(lambda: part(parser))), fault
    except Refusal as refusal:
        faults = refusal.faults or (Fault(path="", code=refusal.code, facts=refusal.facts),)
        return Parsed(tree.Literal(value=None), faults), fault
    except RecursionError:
        too_deep = Fault(path="", code="feel.nested_too_deep", facts={"limit": NESTING_MAX})
        return Parsed(tree.Literal(value=None), (too_deep,)), fault


def _compiled(
    text: str,
    node: tree.Node,
    vocabulary: Vocabulary,
    faults: tuple[Fault, ...],
    fault: Callable[..., Fault],
) -> Expression:
    scope = Scope(BUILDERS, vocabulary.names, fault)
    code = bounded(scope, node)
    return Expression(text, code, scope.inputs, scope.size, (*faults, *scope.faults))


def _attempt(
    text: str, vocabulary: Vocabulary, part: Callable[[Parser], tree.Node]
) -> tuple[Expression, tree.Node]:
    parsed, fault = _parse(text, vocabulary, part)
    return _compiled(text, parsed.tree, vocabulary, parsed.faults, fault), parsed.tree
