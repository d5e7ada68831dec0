"""What the tests of FEEL share: one expression and what it must give."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pengcheng.engines.feel import compile_expression, feel_text
from pengcheng.kernel.time import FixedClock

CLOCK = FixedClock(datetime(2024, 5, 1, 4, 30, 15, tzinfo=UTC))


def value_of(text: str, context: Mapping[str, Any] | None = None) -> Any:
    """The FEEL value of a text; names are those of the context."""
    given = context or {}
    return compile_expression(text, given.keys()).evaluate(given, clock=CLOCK)


def written(text: str, context: Mapping[str, Any] | None = None) -> str:
    """The value of a text, written as FEEL."""
    return feel_text(value_of(text, context))
