"""What an engine above needs to put boxed expressions together from FEEL texts."""

from pengcheng.engines.feel.code_forms import closed_over
from pengcheng.engines.feel.code_operators import INPUT
from pengcheng.engines.feel.expression import (
    Parsed,
    bounded,
    empty_scope,
    parse_expression,
    parse_unary_tests,
)
from pengcheng.engines.feel.operators import add, equal, less
from pengcheng.engines.feel.scope import RUN, Code, Frame, Scope
from pengcheng.engines.feel.temporal import parse_date
from pengcheng.engines.feel.tree import (
    Between,
    Call,
    Comparison,
    ContextLiteral,
    Filter,
    For,
    FunctionLiteral,
    If,
    In,
    Iterator,
    Limit,
    ListLiteral,
    Literal,
    Name,
    Native,
    Node,
    Path,
    Quantified,
    RangeLiteral,
    Tests,
)
from pengcheng.engines.feel.types import (
    ANY,
    MISFIT,
    ContextOf,
    FunctionOf,
    ListOf,
    Restricted,
    Simple,
    Type,
    coerced,
    simple,
)
from pengcheng.engines.feel.values import DAY_NANOS, DaysDuration


def days(count: int) -> DaysDuration:
    """A duration of whole days."""
    return DaysDuration(count * DAY_NANOS)


__all__ = [
    "ANY",
    "INPUT",
    "MISFIT",
    "RUN",
    "Between",
    "Call",
    "Code",
    "Comparison",
    "ContextLiteral",
    "ContextOf",
    "Filter",
    "For",
    "Frame",
    "FunctionLiteral",
    "FunctionOf",
    "If",
    "In",
    "Iterator",
    "Limit",
    "ListLiteral",
    "ListOf",
    "Literal",
    "Name",
    "Native",
    "Node",
    "Parsed",
    "Path",
    "Quantified",
    "RangeLiteral",
    "Restricted",
    "Scope",
    "Simple",
    "Tests",
    "Type",
    "add",
    "bounded",
    "closed_over",
    "coerced",
    "days",
    "empty_scope",
    "equal",
    "less",
    "parse_date",
    "parse_expression",
    "parse_unary_tests",
    "simple",
]
