"""Conditions in FEEL, the language of the city's rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pengcheng.engines.feel import (
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    compile_expression,
    feel_text,
)
from pengcheng.engines.processes.program import Value
from pengcheng.kernel.time import FixedClock

_TEMPORAL = (Date, DateTime, DaysDuration, MonthsDuration, Time)


class FeelConditions:
    """FEEL over the variables of an instance; dates and durations come out as ISO 8601 text."""

    def compile(self, text: str) -> Value:
        """A function of variables and the present instant. An authoring habit, a leading "=", is
        allowed."""
        expression = compile_expression(text.strip().removeprefix("=").strip())

        def value(variables: Mapping[str, Any], now: datetime) -> Any:
            found = expression.evaluate(variables, clock=FixedClock(now))
            return feel_text(found) if isinstance(found, _TEMPORAL) else found

        return value
