"""What `for`, `some` and `every` walk through."""

from collections.abc import Iterator
from decimal import Decimal

from pengcheng.engines.feel.temporal import day_of, days_of
from pengcheng.engines.feel.values import NUMBERS, Date, Range, Value

_ONE = Decimal(1)


def items_of(value: Value) -> list[Value] | Iterator[Value] | None:
    """The items of a list; of a range of whole numbers or dates, upwards; one value is one item.

    Null has no items, nor has a range of anything else.
    """
    if type(value) is list:
        return value
    if value is None:
        return None
    if type(value) is not Range:
        return [value]
    if value.operator:
        return None
    return _inside(value)


def _inside(within: Range) -> Iterator[Value] | None:
    start, end = within.start, within.end
    if isinstance(start, Decimal) and isinstance(end, Decimal) and start <= end:
        first = start if within.start_included else NUMBERS.add(start, _ONE)
        return _numbers_up(first, end, included=within.end_included)
    if isinstance(start, Date) and isinstance(end, Date) and start <= end:
        low = days_of(start) + (not within.start_included)
        return map(day_of, range(low, days_of(end) + within.end_included))
    return None


def _numbers_up(first: Decimal, last: Decimal, *, included: bool) -> Iterator[Decimal]:
    while first < last or (included and first == last):
        yield first
        first = NUMBERS.add(first, _ONE)


def between_dates_or_numbers(start: Value, end: Value) -> Iterator[Value] | None:
    """From one number or date to another, both included, up or down; null for other kinds."""
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        return _numbers(start, end)
    if isinstance(start, Date) and isinstance(end, Date):
        low, high = days_of(start), days_of(end)
        step = 1 if low <= high else -1
        return map(day_of, range(low, high + step, step))
    return None


def _numbers(start: Decimal, end: Decimal) -> Iterator[Decimal]:
    step = _ONE if start <= end else -_ONE
    while (start <= end) if step > 0 else (start >= end):
        yield start
        start = NUMBERS.add(start, step)
