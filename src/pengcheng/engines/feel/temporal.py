"""Dates, times and durations: reading, arithmetic and order (DMN 1.5 §10.3.2.3.4 to .7).

Days are counted from 1970-01-01 in the proleptic Gregorian calendar. A local time is placed on
the line of instants as if it were UTC.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pengcheng.engines.feel.values import (
    DAY_NANOS,
    NANOS,
    YEAR_MAX,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    Value,
)

_DATE = re.compile(r"(-?)([1-9]\d{4,8}|\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z0-9_+\-/]+)?", re.ASCII
)
_DAYS = re.compile(
    r"(-?)P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d*))?S)?)?", re.ASCII
)
_MONTHS = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
_DIGITS_MAX = 18
OFFSET_MAX = 18 * 3600
# A time of day without a date takes the standard offset that its zone had on this day.
_ZONE_DAY = Date(2000, 1, 1)


def days_of(day: Date) -> int:
    """The number of days from 1970-01-01 to this day."""
    year = day.year - (day.month <= 2)
    era, of_era = divmod(year, 400)
    of_year = (153 * ((day.month + 9) % 12) + 2) // 5 + day.day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def day_of(days: int) -> Date:
    """The day that lies so many days after 1970-01-01."""
    era, of_era_days = divmod(days + 719468, 146097)
    of_era = (
        of_era_days - of_era_days // 1460 + of_era_days // 36524 - of_era_days // 146096
    ) // 365
    of_year = of_era_days - (365 * of_era + of_era // 4 - of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return Date(of_era + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1)


def month_length(year: int, month: int) -> int:
    """The number of days of a month."""
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def date_from(year: int, month: int, day: int) -> Date | None:
    """The date of its parts, or null when there is none."""
    if abs(year) > YEAR_MAX or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        return None
    return Date(year, month, day)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA time zone of this name, or null."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def parse_date(text: str) -> Date | None:
    """A date written as in XML Schema, without an offset."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year = int(found[2])
    return date_from(-year if found[1] else year, int(found[3]), int(found[4]))


def parse_time(text: str) -> Time | None:
    """A time of day; `24:00:00` is midnight."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    if hour == 24 and minute == second == 0 and not found[4]:
        hour = 0
    if hour > 23 or minute > 59 or second > 59:
        return None
    nano = int((found[4] or "0")[:9].ljust(9, "0"))
    return _placed(hour, minute, second, nano, found[5])


def _placed(hour: int, minute: int, second: int, nano: int, place: str | None) -> Time | None:
    if place is None:
        return Time(hour, minute, second, nano)
    if place == "Z":
        return Time(hour, minute, second, nano, 0)
    if place[0] == "@":
        zone = zone_named(place[1:])
        return None if zone is None else Time(hour, minute, second, nano, None, place[1:])
    parts = [int(part) for part in place[1:].split(":")]
    seconds = parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)
    if parts[1] > 59 or seconds > OFFSET_MAX:
        return None
    return Time(hour, minute, second, nano, -seconds if place[0] == "-" else seconds)


def parse_date_time(text: str) -> DateTime | None:
    """A date and time; a date alone is its midnight."""
    day_text, mark, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    if not mark:
        return DateTime(day, Time(0, 0, 0))
    time = parse_time(time_text)
    if time is None:
        return None
    return DateTime(day_of(days_of(day) + 1) if time_text.startswith("24") else day, time)


def parse_duration(text: str) -> DaysDuration | MonthsDuration | None:
    """A duration of either kind, written as in XML Schema."""
    found = _MONTHS.fullmatch(text)
    if found is not None and (found[2] or found[3]):
        if max(len(found[2] or ""), len(found[3] or "")) > _DIGITS_MAX:
            return None
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return MonthsDuration(-months if found[1] else months)
    found = _DAYS.fullmatch(text)
    if found is None or not any(found[part] for part in range(2, 6)):
        return None
    if max(len(found[part] or "") for part in range(2, 6)) > _DIGITS_MAX:
        return None
    days, hours, minutes, seconds = (int(found[part] or 0) for part in range(2, 6))
    nanos = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * NANOS
    nanos += int((found[6] or "0")[:9].ljust(9, "0"))
    return DaysDuration(-nanos if found[1] else nanos)


def parse_temporal(text: str) -> Value:
    """What an at-literal (`@"2024-05-01"`) names, or null."""
    head = text.partition("@")[0]
    if "P" in head:
        return parse_duration(text)
    return parse_date_time(text) if "T" in head else parse_date(text) or parse_time(text)


def offset_of(day: Date, time: Time) -> int | None:
    """Seconds east of UTC, or null for a local time."""
    if time.zone is None:
        return time.offset
    zone = zone_named(time.zone)
    if zone is None:
        return None
    local = datetime(
        _near_year(day.year), day.month, day.day, time.hour, time.minute, time.second, tzinfo=zone
    )
    offset = local.utcoffset()
    return None if offset is None else int(offset.total_seconds())


def _near_year(year: int) -> int:
    """A year that Python can hold, 400 years being one turn of the calendar."""
    if year < 2:
        return 400 + year % 400
    return 9200 + year % 400 if year > 9990 else year


def time_nanos(time: Time) -> int:
    """Nanoseconds since midnight on its own clock."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * NANOS + time.nano


def local_nanos(value: DateTime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00 on its own clock."""
    return days_of(value.date) * DAY_NANOS + time_nanos(value.time)


def instant(value: DateTime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z."""
    offset = offset_of(value.date, value.time)
    return local_nanos(value) - (offset or 0) * NANOS


def instant_of_time(time: Time) -> int:
    """Nanoseconds since midnight UTC."""
    return time_nanos(time) - (offset_of(_ZONE_DAY, time) or 0) * NANOS


def is_local(time: Time) -> bool:
    """Whether the time says neither an offset nor a zone."""
    return time.offset is None and time.zone is None


def date_time_at(nanos: int, like: Time) -> DateTime | None:
    """The date and time at these nanoseconds of its own clock, placed as `like` is."""
    days, rest = divmod(nanos, DAY_NANOS)
    day = day_of(days)
    return DateTime(day, clock_at(rest, like)) if abs(day.year) <= YEAR_MAX else None


def clock_at(nanos: int, like: Time) -> Time:
    """The time of day at these nanoseconds after midnight, placed as `like` is."""
    seconds, nano = divmod(nanos % DAY_NANOS, NANOS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Time(hour, minute, second, nano, like.offset, like.zone)


def later(value: DateTime, nanos: int) -> DateTime | None:
    """The date and time so many nanoseconds of real time later."""
    zone = None if value.time.zone is None else zone_named(value.time.zone)
    if zone is None:
        return date_time_at(local_nanos(value) + nanos, value.time)
    moved = instant(value) + nanos
    at = date_time_at(moved, value.time)
    if at is None:
        return None
    clock = at.time
    year = _near_year(at.date.year)
    there = datetime(
        year, at.date.month, at.date.day, clock.hour, clock.minute, clock.second, tzinfo=UTC
    ).astimezone(zone)
    offset = there.utcoffset()
    seconds = 0 if offset is None else int(offset.total_seconds())
    return date_time_at(moved + seconds * NANOS, value.time)


def months_later(day: Date, months: int) -> Date | None:
    """The same day so many months later, or the last day of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if abs(year) > YEAR_MAX:
        return None
    return Date(year, month + 1, min(day.day, month_length(year, month + 1)))


def months_between(start: Date, end: Date) -> int:
    """Whole months from one day to another, towards zero."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        return months - 1
    return months + 1 if months < 0 and end.day > start.day else months


def weekday(day: Date) -> int:
    """1 for Monday to 7 for Sunday."""
    return (days_of(day) + 3) % 7 + 1


def day_of_year(day: Date) -> int:
    """1 for the first of January."""
    return days_of(day) - days_of(Date(day.year, 1, 1)) + 1


def week_of_year(day: Date) -> int:
    """The week by ISO 8601."""
    thursday = days_of(day) + 4 - weekday(day)
    return (thursday - days_of(Date(day_of(thursday).year, 1, 1))) // 7 + 1
