"""The syntax tree of an expression. Each node knows where in the text it begins."""

from collections.abc import Callable
from typing import Any

import msgspec

from pengcheng.engines.feel.types import Type
from pengcheng.engines.feel.values import Value


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an expression."""

    at: int = 0


class Literal(Node, frozen=True):
    """A number, string, boolean, null or at-literal."""

    value: Value


class Name(Node, frozen=True):
    """A variable, a built-in function, or (inside a filter) a member of the item."""

    name: str


class Path(Node, frozen=True):
    """`source.name`"""

    source: Node
    name: str


class Filter(Node, frozen=True):
    """`source[condition]`; boxed (`strict`), a condition that is no boolean makes all null."""

    source: Node
    condition: Node
    strict: bool = False


class Call(Node, frozen=True):
    """`function(arguments)`; `names` are given when the arguments are named."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


class Negative(Node, frozen=True):
    """`-operand`"""

    operand: Node


class Arithmetic(Node, frozen=True):
    """`left + right` and the like."""

    sign: str
    left: Node
    right: Node


class Comparison(Node, frozen=True):
    """`left < right` and the like."""

    sign: str
    left: Node
    right: Node


class Junction(Node, frozen=True):
    """`a and b and c` (`every`) or `a or b or c`."""

    every: bool
    operands: tuple[Node, ...]


class Between(Node, frozen=True):
    """`value between low and high`"""

    value: Node
    low: Node
    high: Node


class Tests(Node, frozen=True):
    """Unary tests: one of them must hold, or none when negated; no test at all is `-`."""

    tests: tuple[Node, ...]
    negated: bool = False


class In(Node, frozen=True):
    """`value in tests`"""

    value: Node
    tests: Tests


class InstanceOf(Node, frozen=True):
    """`value instance of type`"""

    value: Node
    type: Type


class If(Node, frozen=True):
    """`if condition then first else second`; boxed, a condition of another kind makes it null."""

    condition: Node
    first: Node
    second: Node
    strict: bool = False


class Iterator(Node, frozen=True):
    """`name in start`, or `name in start..end`."""

    name: str
    start: Node
    end: Node | None = None


class For(Node, frozen=True):
    """`for iterators return body`"""

    iterators: tuple[Iterator, ...]
    body: Node


class Quantified(Node, frozen=True):
    """`some` or `every` iterators `satisfies` body; boxed, a body of another kind makes it null."""

    every: bool
    iterators: tuple[Iterator, ...]
    body: Node
    strict: bool = False


class FunctionLiteral(Node, frozen=True):
    """`function(parameters) body`; a body outside FEEL is kept as null and `external`."""

    parameters: tuple[tuple[str, Type], ...]
    body: Node
    external: bool = False


class ContextLiteral(Node, frozen=True):
    """`{name: value, ...}`"""

    entries: tuple[tuple[str, Node], ...]


class ListLiteral(Node, frozen=True):
    """`[item, ...]`"""

    items: tuple[Node, ...]


class RangeLiteral(Node, frozen=True):
    """`[start..end)`"""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


class Limit(Node, frozen=True):
    """`< value`: a range that one comparison makes, also `= value` and `!= value`."""

    sign: str
    value: Node


class Native(Node, frozen=True):
    """A node whose closure an engine above makes itself, given the scope (a decision table)."""

    inner: tuple[Node, ...]
    build: Callable[[Any], Any]
