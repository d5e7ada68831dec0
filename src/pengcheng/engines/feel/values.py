"""The values of FEEL (DMN 1.5 §10.3.2) and how Python values become them.

| FEEL | here |
|---|---|
| number | `Decimal`, 34 digits |
| string, boolean, null | `str`, `bool`, `None` |
| date, time, date and time | `Date`, `Time`, `DateTime` (years ±999,999,999, nanoseconds) |
| the two durations | `DaysDuration`, `MonthsDuration` |
| list, context | `list`, `dict` with `str` keys; never changed once made |
| range, function | `Range`, `Function` |
"""

import datetime as python_time
from collections.abc import Callable, Mapping, Sequence
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any

import msgspec

from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.time import Clock

# FEEL is dynamically typed: what an expression gives is known only when it has run.
Value = Any

# IEEE 754-2008 decimal128, the arithmetic that DMN 1.5 §10.3.2.3.1 names.
NUMBERS = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
STEPS_MAX = 1_000_000
CALL_DEPTH_MAX = 120
NESTING_MAX = 64
TEXT_MAX = 1_000_000
VALUE_DEPTH_MAX = 100
YEAR_MAX = 999_999_999
NANOS = 1_000_000_000
DAY_NANOS = 86_400 * NANOS


class Date(msgspec.Struct, frozen=True, order=True):
    """A day of the proleptic Gregorian calendar; the year may be negative."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


class Time(msgspec.Struct, frozen=True):
    """A time of day: local, at an offset from UTC in seconds, or in a named zone."""

    hour: int
    minute: int
    second: int
    nano: int = 0
    offset: int | None = None
    zone: str | None = None

    def __str__(self) -> str:
        fraction = f".{self.nano:09d}".rstrip("0") if self.nano else ""
        clock = f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}"
        if self.zone is not None:
            return f"{clock}@{self.zone}"
        return clock + ("" if self.offset is None else _offset_text(self.offset))


class DateTime(msgspec.Struct, frozen=True):
    """A day and a time of day."""

    date: Date
    time: Time

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


class DaysDuration(msgspec.Struct, frozen=True, order=True):
    """A days and time duration, in nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        seconds, nanos = divmod(abs(self.nanos), NANOS)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
        clock = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
        clock += f"{seconds}{fraction}S" * bool(seconds or nanos)
        text = "P" + f"{days}D" * bool(days) + f"T{clock}" * bool(clock)
        return ("-" if self.nanos < 0 else "") + (text if text != "P" else "PT0S")


class MonthsDuration(msgspec.Struct, frozen=True, order=True):
    """A years and months duration, in months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = "P" + f"{years}Y" * bool(years) + f"{months}M" * bool(months)
        return ("-" if self.months < 0 else "") + (text if text != "P" else "P0M")


class Range(msgspec.Struct, frozen=True):
    """An interval. One made by a comparison (`< 10`) keeps its operator and has an open end."""

    start: Value
    end: Value
    start_included: bool
    end_included: bool
    operator: str = ""


class Run:
    """One evaluation: the steps it may still take, how deep it has called, and its clock."""

    __slots__ = ("clock", "depth", "left", "trace")

    def __init__(self, clock: Clock | None, steps: int = STEPS_MAX) -> None:
        self.left = steps
        self.depth = 0
        self.clock = clock
        # Where tables tell which rows fired, when someone wants to know.
        self.trace: list[Any] | None = None

    def spend(self, steps: int) -> None:
        """Take steps from the budget; refuses when it is spent, so that every run ends."""
        self.left -= steps
        if self.left < 0:
            raise Refusal("feel.too_many_steps", limit=STEPS_MAX)

    def enter(self) -> None:
        """Go one call deeper."""
        self.left -= 1
        self.depth += 1
        if self.depth > CALL_DEPTH_MAX:
            raise Refusal("feel.too_deep", limit=CALL_DEPTH_MAX)
        if self.left < 0:
            raise Refusal("feel.too_many_steps", limit=STEPS_MAX)


class Function:
    """A function value: its parameters' names and what it does with a value for each."""

    __slots__ = ("call", "frame", "names", "parameters", "result")

    def __init__(
        self,
        names: tuple[str, ...],
        call: Callable[[Run, list[Value]], Value],
        *,
        parameters: tuple[Any, ...] = (),
        result: Any = None,
    ) -> None:
        self.names = names
        self.call = call
        self.parameters = parameters
        self.result = result
        self.frame: list[Value] | None = None


def _offset_text(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    tail = f":{rest:02d}" if rest else ""
    return f"{'-' if seconds < 0 else '+'}{hours:02d}:{minutes:02d}{tail}"


_ATOMS = frozenset(
    {str, bool, type(None), Date, Time, DateTime, DaysDuration, MonthsDuration, Range, Function}
)


def from_python(value: object) -> Value:
    """The FEEL value of a Python value.

    Numbers become decimals (not-a-number and the infinities become null), mappings contexts,
    sequences lists, `datetime` values their FEEL kinds. Anything else is refused by its type.
    """
    kind = type(value)
    if kind in _ATOMS:
        return value
    return _CONVERSIONS.get(kind, _from_other)(value)


def given_out(run: Run, value: Value, depth: int = 0) -> Value:
    """The value itself, once it is known to be of a size that the run may still afford.

    Lists may share parts, so that a small value is huge when written; nothing such leaves.
    """
    kind = type(value)
    if kind is list or kind is dict:
        if depth > VALUE_DEPTH_MAX:
            raise Refusal("feel.too_deep", limit=VALUE_DEPTH_MAX)
        run.spend(1 + len(value))
        for inner in value if kind is list else value.values():
            given_out(run, inner, depth + 1)
    return value


def number(value: object) -> Decimal | None:
    """The number of an int, float or decimal in 34 digits; null when it has none."""
    try:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(str(value))
        rounded = NUMBERS.plus(exact)
    except ArithmeticError:
        return None
    return rounded if rounded.is_finite() else None


def _from_decimal(value: Decimal) -> Decimal | None:
    if not value.is_finite():
        return None
    return value if len(value.as_tuple().digits) <= 34 else number(value)


_INT_MAX = 10**34


def _from_int(value: int) -> Decimal | None:
    return Decimal(value) if -_INT_MAX < value < _INT_MAX else number(value)


def _from_time(value: python_time.time) -> Time:
    offset = value.utcoffset()
    seconds = None if offset is None else int(offset.total_seconds())
    zone = getattr(value.tzinfo, "key", None)
    nano = value.microsecond * 1000
    return Time(value.hour, value.minute, value.second, nano, None if zone else seconds, zone)


def _from_datetime(value: python_time.datetime) -> DateTime:
    offset = value.utcoffset()
    zone = getattr(value.tzinfo, "key", None)
    seconds = None if zone or offset is None else int(offset.total_seconds())
    time = Time(value.hour, value.minute, value.second, value.microsecond * 1000, seconds, zone)
    return DateTime(Date(value.year, value.month, value.day), time)


def _from_timedelta(value: python_time.timedelta) -> DaysDuration:
    micros = value // python_time.timedelta(microseconds=1)
    return DaysDuration(micros * 1000)


def _from_list(value: Sequence[object]) -> list[Value]:
    return [from_python(item) for item in value]


def _from_mapping(value: Mapping[object, object]) -> dict[str, Value]:
    return {str(key): from_python(item) for key, item in value.items()}


def _from_other(value: object) -> Value:
    for kind, conversion in _CONVERSIONS.items():
        if isinstance(value, kind):
            return conversion(value)
    if isinstance(value, Mapping):
        return _from_mapping(value)
    if isinstance(value, Sequence | set | frozenset):
        return [from_python(item) for item in value]
    if isinstance(value, str):
        return str(value)
    raise Refusal("feel.foreign_value", type=type(value).__name__)


_CONVERSIONS: dict[type, Callable[[Any], Value]] = {
    Decimal: _from_decimal,
    int: _from_int,
    float: number,
    str: str,
    dict: _from_mapping,
    list: _from_list,
    tuple: _from_list,
    python_time.datetime: _from_datetime,
    python_time.date: lambda value: Date(value.year, value.month, value.day),
    python_time.time: _from_time,
    python_time.timedelta: _from_timedelta,
}
