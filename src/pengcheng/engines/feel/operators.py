"""What the operators of FEEL mean for values met at run time (DMN 1.5 §10.3.2.6 to .9).

Every function is total: where the standard gives no meaning, the answer is null.
"""

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Any

from pengcheng.engines.feel.temporal import (
    clock_at,
    day_of,
    days_of,
    instant,
    instant_of_time,
    is_local,
    later,
    months_later,
    time_nanos,
)
from pengcheng.engines.feel.values import (
    DAY_NANOS,
    NANOS,
    NUMBERS,
    TEXT_MAX,
    YEAR_MAX,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Range,
    Run,
    Time,
    Value,
)
from pengcheng.kernel.errors import Refusal

DURATION_DIGITS_MAX = 33
_BEYOND: int = 10**DURATION_DIGITS_MAX + 1
_UTC_MIDNIGHT = Time(0, 0, 0, 0, 0)


def add(left: Value, right: Value) -> Value:
    """`left + right`"""
    return _by_kinds(_SUMS, left, right)


def subtract(left: Value, right: Value) -> Value:
    """`left - right`"""
    return _by_kinds(_DIFFERENCES, left, right)


def multiply(left: Value, right: Value) -> Value:
    """`left * right`"""
    return _by_kinds(_PRODUCTS, left, right)


def divide(left: Value, right: Value) -> Value:
    """`left / right`; null when the divisor is zero."""
    return _by_kinds(_QUOTIENTS, left, right)


def power(left: Value, right: Value) -> Value:
    """`left ** right`"""
    return _by_kinds({(Decimal, Decimal): NUMBERS.power}, left, right)


def negative(value: Value) -> Value:
    """`-value`"""
    match value:
        case Decimal():
            return NUMBERS.minus(value)
        case DaysDuration(nanos):
            return DaysDuration(-nanos)
        case MonthsDuration(months):
            return MonthsDuration(-months)
        case _:
            return None


Pairs = dict[tuple[type, type], Callable[[Any, Any], Value]]


def _by_kinds(pairs: Pairs, left: Value, right: Value) -> Value:
    meaning = pairs.get((type(left), type(right)))
    if meaning is None:
        return None
    try:
        return meaning(left, right)
    except ArithmeticError:
        return None


def _joined(left: str, right: str) -> str:
    if len(left) + len(right) > TEXT_MAX:
        raise Refusal("feel.too_long", limit=TEXT_MAX, size=len(left) + len(right))
    return left + right


def _plus_days(value: DateTime, duration: DaysDuration) -> DateTime | None:
    return later(value, duration.nanos)


def _minus_days(value: DateTime, duration: DaysDuration) -> DateTime | None:
    return later(value, -duration.nanos)


def _day_plus(day: Date, nanos: int) -> Date | None:
    moved = day_of(days_of(day) + nanos // DAY_NANOS)
    return moved if abs(moved.year) <= YEAR_MAX else None


def _plus_months(value: DateTime, months: int) -> DateTime | None:
    day = months_later(value.date, months)
    return None if day is None else DateTime(day, value.time)


def _clock_plus(time: Time, nanos: int) -> Time:
    return clock_at(time_nanos(time) + nanos, time)


def _apart(left: DateTime, right: DateTime) -> DaysDuration | None:
    if is_local(left.time) != is_local(right.time):
        return None
    return DaysDuration(instant(left) - instant(right))


def _midnight(day: Date) -> DateTime:
    return DateTime(day, _UTC_MIDNIGHT)


def _times_apart(left: Time, right: Time) -> DaysDuration | None:
    if is_local(left) != is_local(right):
        return None
    return DaysDuration(instant_of_time(left) - instant_of_time(right))


def _whole(value: Decimal) -> int:
    """Towards zero; what no duration can hold becomes one more than any may."""
    if value.adjusted() > DURATION_DIGITS_MAX:
        return _BEYOND
    return int(value.to_integral_value(rounding=ROUND_DOWN))


def _days(nanos: int) -> DaysDuration | None:
    return DaysDuration(nanos) if abs(nanos) <= 10**DURATION_DIGITS_MAX else None


def _months(months: int) -> MonthsDuration | None:
    return MonthsDuration(months) if abs(months) <= 10**DURATION_DIGITS_MAX else None


def _days_times(duration: DaysDuration, factor: Decimal) -> DaysDuration | None:
    return _days(_whole(NUMBERS.multiply(Decimal(duration.nanos), factor)))


def _months_times(duration: MonthsDuration, factor: Decimal) -> MonthsDuration | None:
    return _months(_whole(NUMBERS.multiply(Decimal(duration.months), factor)))


_SUMS: Pairs = {
    (Decimal, Decimal): NUMBERS.add,
    (str, str): _joined,
    (DaysDuration, DaysDuration): lambda a, b: _days(a.nanos + b.nanos),
    (MonthsDuration, MonthsDuration): lambda a, b: _months(a.months + b.months),
    (DateTime, DaysDuration): _plus_days,
    (DaysDuration, DateTime): lambda a, b: _plus_days(b, a),
    (DateTime, MonthsDuration): lambda a, b: _plus_months(a, b.months),
    (MonthsDuration, DateTime): lambda a, b: _plus_months(b, a.months),
    (Date, DaysDuration): lambda a, b: _day_plus(a, b.nanos),
    (DaysDuration, Date): lambda a, b: _day_plus(b, a.nanos),
    (Date, MonthsDuration): lambda a, b: months_later(a, b.months),
    (MonthsDuration, Date): lambda a, b: months_later(b, a.months),
    (Time, DaysDuration): lambda a, b: _clock_plus(a, b.nanos),
    (DaysDuration, Time): lambda a, b: _clock_plus(b, a.nanos),
}
_DIFFERENCES: Pairs = {
    (Decimal, Decimal): NUMBERS.subtract,
    (DaysDuration, DaysDuration): lambda a, b: _days(a.nanos - b.nanos),
    (MonthsDuration, MonthsDuration): lambda a, b: _months(a.months - b.months),
    (DateTime, DaysDuration): _minus_days,
    (DateTime, MonthsDuration): lambda a, b: _plus_months(a, -b.months),
    (Date, DaysDuration): lambda a, b: _day_plus(a, -b.nanos),
    (Date, MonthsDuration): lambda a, b: months_later(a, -b.months),
    (Time, DaysDuration): lambda a, b: _clock_plus(a, -b.nanos),
    (Date, Date): lambda a, b: DaysDuration((days_of(a) - days_of(b)) * DAY_NANOS),
    (DateTime, DateTime): _apart,
    (DateTime, Date): lambda a, b: _apart(a, _midnight(b)),
    (Date, DateTime): lambda a, b: _apart(_midnight(a), b),
    (Time, Time): _times_apart,
}
_PRODUCTS: Pairs = {
    (Decimal, Decimal): NUMBERS.multiply,
    (DaysDuration, Decimal): _days_times,
    (Decimal, DaysDuration): lambda a, b: _days_times(b, a),
    (MonthsDuration, Decimal): _months_times,
    (Decimal, MonthsDuration): lambda a, b: _months_times(b, a),
}
_QUOTIENTS: Pairs = {
    (Decimal, Decimal): NUMBERS.divide,
    (DaysDuration, Decimal): lambda a, b: _days(_whole(NUMBERS.divide(Decimal(a.nanos), b))),
    (MonthsDuration, Decimal): lambda a, b: _months(_whole(NUMBERS.divide(Decimal(a.months), b))),
    (DaysDuration, DaysDuration): lambda a, b: NUMBERS.divide(Decimal(a.nanos), Decimal(b.nanos)),
    (MonthsDuration, MonthsDuration): lambda a, b: NUMBERS.divide(
        Decimal(a.months), Decimal(b.months)
    ),
}


# Order and equality of instants look at whole seconds (DMN 1.5 §10.3.2.3.4: value_t, value_dt).
_ORDER_KEYS: dict[type, Callable[[Any], Any]] = {
    Date: lambda value: value,
    Time: lambda value: instant_of_time(value) // NANOS,
    DateTime: lambda value: instant(value) // NANOS,
    DaysDuration: lambda value: value,
    MonthsDuration: lambda value: value,
    str: lambda value: value,
    Decimal: lambda value: value,
}


def less(left: Value, right: Value) -> bool | None:
    """`left < right`; null when the two have no order."""
    keys = _keys(left, right)
    return None if keys is None else keys[0] < keys[1]


def at_most(left: Value, right: Value) -> bool | None:
    """`left <= right`; null when the two have no order."""
    keys = _keys(left, right)
    return None if keys is None else keys[0] <= keys[1]


def _keys(left: Value, right: Value) -> tuple[Any, Any] | None:
    kind = type(left)
    key = _ORDER_KEYS.get(kind)
    if key is None or kind is not type(right):
        return None
    return key(left), key(right)


def equal(run: Run, left: Value, right: Value) -> bool | None:
    """`left = right`; null when the two are of different kinds, neither being null."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return _equal_unwrapped(run, left, right)
    if kind is list:
        return _equal_lists(run, left, right)
    if kind is dict:
        return _equal_contexts(run, left, right)
    if kind is Range:
        return _equal_ranges(run, left, right)
    key = _ORDER_KEYS.get(kind)
    return bool(left == right if key is None else key(left) == key(right))


def _equal_unwrapped(run: Run, left: Value, right: Value) -> bool | None:
    """A list of one item is compared as its item."""
    if isinstance(left, list) and len(left) == 1:
        return equal(run, left[0], right)
    if isinstance(right, list) and len(right) == 1:
        return equal(run, left, right[0])
    return None


def _equal_lists(run: Run, left: list[Value], right: list[Value]) -> bool:
    if len(left) != len(right):
        return False
    run.spend(len(left))
    return all(equal(run, one, other) is True for one, other in zip(left, right, strict=True))


def _equal_contexts(run: Run, left: dict[str, Value], right: dict[str, Value]) -> bool:
    if left.keys() != right.keys():
        return False
    run.spend(len(left))
    return all(equal(run, value, right[name]) is True for name, value in left.items())


def _equal_ranges(run: Run, left: Range, right: Range) -> bool:
    return (
        left.operator == right.operator
        and left.start_included == right.start_included
        and left.end_included == right.end_included
        and equal(run, left.start, right.start) is True
        and equal(run, left.end, right.end) is True
    )


def contains(run: Run, within: Range, value: Value) -> bool | None:
    """Whether the value lies in the range; null when it cannot be told."""
    match within.operator:
        case "=":
            return equal(run, value, within.start)
        case "!=":
            same = equal(run, value, within.start)
            return None if same is None else not same
        case "<":
            return less(value, within.end)
        case "<=":
            return at_most(value, within.end)
        case ">":
            return less(within.start, value)
        case ">=":
            return at_most(within.start, value)
    after = (at_most if within.start_included else less)(within.start, value)
    before = (at_most if within.end_included else less)(value, within.end)
    if after is None or before is None:
        return None
    return after and before


def satisfies(run: Run, value: Value, test: Value) -> bool | None:
    """Whether a value passes one unary test that gave `test` (DMN 1.5 §7.3.10, table 54)."""
    if isinstance(test, Range) and not isinstance(value, Range):
        return contains(run, test, value)
    if isinstance(test, list):
        run.spend(len(test))
        return any(_listed(run, value, item) for item in test) or (
            isinstance(value, list) and equal(run, value, test) is True
        )
    return equal(run, value, test)


def _listed(run: Run, value: Value, item: Value) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        return contains(run, item, value) is True
    if (
        isinstance(item, list)
        and len(item) == 1
        and isinstance(item[0], Range)
        and not isinstance(value, list)
    ):
        return contains(run, item[0], value) is True
    return equal(run, value, item) is True


def range_of(sign: str, value: Value) -> Range:
    """The range that a comparison makes: `< 10` has an end but no start."""
    if sign in ("<", "<="):
        return Range(None, value, start_included=False, end_included=sign == "<=", operator=sign)
    if sign in (">", ">="):
        return Range(value, None, start_included=sign == ">=", end_included=False, operator=sign)
    return Range(value, value, start_included=True, end_included=True, operator=sign)


def interval(start: Value, end: Value, *, start_included: bool, end_included: bool) -> Value:
    """The range between two values, or null when they have no order.

    One end may be null: such a range is of use by its parts only.
    """
    if start is not None and end is not None and _keys(start, end) is None:
        return None
    return Range(start, end, start_included, end_included)
