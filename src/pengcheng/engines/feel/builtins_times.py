"""Built-in functions that make and read dates, times and durations (DMN 1.5 §10.3.4.1, .7, .11)."""

from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal

from pengcheng.engines.feel.built_in import BuiltIn, built_in, form, run_form
from pengcheng.engines.feel.operators import equal
from pengcheng.engines.feel.temporal import (
    OFFSET_MAX,
    date_from,
    day_of_year,
    months_between,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
    week_of_year,
    weekday,
)
from pengcheng.engines.feel.values import (
    NANOS,
    YEAR_MAX,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Run,
    Time,
    Value,
    from_python,
)
from pengcheng.kernel.errors import ensure
from pengcheng.kernel.time import CITY_ZONE

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UTC_MIDNIGHT = Time(0, 0, 0, 0, 0)


def _date(value: Value) -> Date | None:
    match value:
        case str():
            return parse_date(value)
        case Date():
            return value
        case DateTime(date):
            return date
        case _:
            return None


def _date_of_parts(year: Decimal, month: Decimal, day: Decimal) -> Date | None:
    if abs(year) > YEAR_MAX or abs(month) > 12 or abs(day) > 31:
        return None
    return date_from(int(year), int(month), int(day))


def _time(value: Value) -> Time | None:
    match value:
        case str():
            return parse_time(value)
        case Time():
            return value
        case DateTime(_, time):
            return time
        case Date():
            return _UTC_MIDNIGHT
        case _:
            return None


def _time_of_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: Value) -> Time | None:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    whole = second.to_integral_value(rounding=ROUND_FLOOR)
    nano = int((second - whole) * NANOS)
    if offset is None:
        return Time(int(hour), int(minute), int(whole), nano)
    if not isinstance(offset, DaysDuration):
        return None
    seconds = int(Decimal(offset.nanos) / NANOS)
    if abs(seconds) > OFFSET_MAX:
        return None
    return Time(int(hour), int(minute), int(whole), nano, seconds)


def _date_time(value: Value) -> DateTime | None:
    match value:
        case str():
            return parse_date_time(value)
        case DateTime():
            return value
        case Date():
            return DateTime(value, _UTC_MIDNIGHT)
        case _:
            return None


def _date_and_time(day: Value, time: Value) -> DateTime | None:
    if not isinstance(time, Time):
        return None
    match day:
        case Date():
            return DateTime(day, time)
        case DateTime(date):
            return DateTime(date, time)
        case _:
            return None


def _duration(value: Value) -> Value:
    match value:
        case str():
            return parse_duration(value)
        case DaysDuration() | MonthsDuration():
            return value
        case _:
            return None


def _months_between(start: Date | DateTime, end: Date | DateTime) -> MonthsDuration:
    first = start.date if isinstance(start, DateTime) else start
    last = end.date if isinstance(end, DateTime) else end
    return MonthsDuration(months_between(first, last))


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


def _now(run: Run) -> DateTime | None:
    """The present instant in the city's time zone; null when no clock was given."""
    if run.clock is None:
        return None
    at = run.clock.now().astimezone(CITY_ZONE)
    offset = at.utcoffset() or timedelta()
    value = from_python(at.replace(tzinfo=None))
    ensure(isinstance(value, DateTime), "a datetime becomes a date and time")
    clock = value.time
    return DateTime(
        value.date,
        Time(clock.hour, clock.minute, clock.second, clock.nano, int(offset.total_seconds())),
    )


def _today(run: Run) -> Date | None:
    now = _now(run)
    return None if now is None else now.date


def _is(run: Run, one: Value, other: Value) -> bool:
    """Whether two values are the same element of the semantic domain: zones and kinds count."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Time | DateTime):
        return bool(one == other)
    return equal(run, one, other) is True


FUNCTIONS: tuple[BuiltIn, ...] = (
    built_in("date", form("from:x", _date), form("year:n, month:n, day:n", _date_of_parts)),
    built_in(
        "time",
        form("from:x", _time),
        form("hour:n, minute:n, second:n, offset:a", _time_of_parts),
        form("hour:n, minute:n, second:n", lambda h, m, s: _time_of_parts(h, m, s, None)),
    ),
    built_in("date and time", form("from:x", _date_time), form("date:x, time:x", _date_and_time)),
    built_in("duration", form("from:x", _duration)),
    built_in("years and months duration", form("from:d, to:d", _months_between)),
    built_in("day of year", form("date:d", lambda at: Decimal(day_of_year(_day(at))))),
    built_in("day of week", form("date:d", lambda at: _DAYS[weekday(_day(at)) - 1])),
    built_in("month of year", form("date:d", lambda at: _MONTHS[_day(at).month - 1])),
    built_in("week of year", form("date:d", lambda at: Decimal(week_of_year(_day(at))))),
    built_in("now", run_form("", _now)),
    built_in("today", run_form("", _today)),
    built_in("is", run_form("value1:a?, value2:a?", _is)),
)
