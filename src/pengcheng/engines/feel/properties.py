"""What stands after a dot when the value is no context (DMN 1.5 §10.3.2.6, table 65)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pengcheng.engines.feel.temporal import offset_of, weekday
from pengcheng.engines.feel.values import (
    DAY_NANOS,
    NANOS,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Range,
    Run,
    Time,
    Value,
)

Properties = Mapping[str, Callable[[Any], Value]]
_NO_DAY = Date(2000, 1, 1)


def member(run: Run, value: Value, name: str) -> Value:
    """`value.name`; of a list, the member of each item; null when there is none."""
    if type(value) is dict:
        return value.get(name)
    if type(value) is list:
        run.spend(len(value))
        return [member(run, item, name) for item in value]
    read = _PROPERTIES.get(type(value), {}).get(name)
    return None if read is None else read(value)


def _signed(value: int, unit: int, modulus: int | None) -> Decimal:
    size = abs(value) // unit
    size = size if modulus is None else size % modulus
    return Decimal(-size if value < 0 else size)


def _offset(day: Date, time: Time) -> DaysDuration | None:
    seconds = offset_of(day, time)
    return None if seconds is None else DaysDuration(seconds * NANOS)


_DATE: Properties = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(weekday(value)),
}
_TIME: Properties = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": lambda value: Decimal(value.second),
    "time offset": lambda value: _offset(_NO_DAY, value),
    "timezone": lambda value: value.zone,
}
_DAYS: Properties = {
    "days": lambda value: _signed(value.nanos, DAY_NANOS, None),
    "hours": lambda value: _signed(value.nanos, 3600 * NANOS, 24),
    "minutes": lambda value: _signed(value.nanos, 60 * NANOS, 60),
    "seconds": lambda value: _signed(value.nanos, NANOS, 60),
}
_MONTHS: Properties = {
    "years": lambda value: _signed(value.months, 12, None),
    "months": lambda value: _signed(value.months, 1, 12),
}
_RANGE: Properties = {
    "start": lambda value: value.start,
    "end": lambda value: value.end,
    "start included": lambda value: value.start_included,
    "end included": lambda value: value.end_included,
}


def _of_date(read: Callable[[Any], Value]) -> Callable[[Any], Value]:
    return lambda value: read(value.date)


def _of_time(read: Callable[[Any], Value]) -> Callable[[Any], Value]:
    return lambda value: read(value.time)


_PROPERTIES: dict[type, Properties] = {
    Date: _DATE,
    Time: _TIME,
    DateTime: {
        **{name: _of_date(read) for name, read in _DATE.items()},
        **{name: _of_time(read) for name, read in _TIME.items()},
        "time offset": lambda value: _offset(value.date, value.time),
    },
    DaysDuration: _DAYS,
    MonthsDuration: _MONTHS,
    Range: _RANGE,
}
MEMBER_NAMES = frozenset(name for names in _PROPERTIES.values() for name in names)
