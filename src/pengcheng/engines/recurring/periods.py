"""On which days recurring work is due. Pure."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from pengcheng.kernel.recurring import Every, Recurring
from pengcheng.kernel.time import CITY_ZONE

DAY = timedelta(days=1)
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def due_after(declared: Recurring, base: date, after: date) -> date:
    """The first day after this one on which the work is due; `base` is that from which periods are
    counted."""
    if declared.on is not None:
        start = _unit_start(declared.unit, after)
        while _in_unit(declared, start) <= after:
            start = _later(start, declared.unit, 1)
        return _in_unit(declared, start)
    number = max(1, _whole_periods(declared, base, after))
    while _later(base, declared.unit, number * declared.amount) <= after:
        number += 1
    return _later(base, declared.unit, number * declared.amount)


def newest_due(declared: Recurring, base: date, since: date, day: date) -> date | None:
    """The last day from `since` up to this one on which the work was due; None: there is none."""
    found = due_after(declared, base, since - DAY)
    if found > day:
        return None
    if declared.on is not None:
        start = _unit_start(declared.unit, day)
        this = _in_unit(declared, start)
        return this if this <= day else _in_unit(declared, _later(start, declared.unit, -1))
    number = max(1, _whole_periods(declared, base, day))
    while _later(base, declared.unit, (number + 1) * declared.amount) <= day:
        number += 1
    return _later(base, declared.unit, number * declared.amount)


def opens_at(declared: Recurring, due: date) -> datetime:
    """When the case of a period is opened: as its day begins, or so many days before."""
    day = due - declared.early * DAY
    return datetime.combine(day, time(), CITY_ZONE).astimezone(UTC)


def _whole_periods(declared: Recurring, base: date, day: date) -> int:
    """At most how many whole periods lie between two days, never too many."""
    if declared.unit in _DAYS:
        return (day - base).days // (_DAYS[declared.unit] * declared.amount)
    months = (day.year - base.year) * 12 + day.month - base.month - 1
    return months // (_MONTHS[declared.unit] * declared.amount)


def _later(day: date, unit: Every, number: int) -> date:
    """A day so many units later; the last of a month stays within its month."""
    if unit in _DAYS:
        return day + number * _DAYS[unit] * DAY
    month = day.year * 12 + day.month - 1 + number * _MONTHS[unit]
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _unit_start(unit: Every, day: date) -> date:
    if unit == "week":
        return day - day.weekday() * DAY
    if unit == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1, 1) if unit == "year" else day.replace(day=1)


def _in_unit(declared: Recurring, start: date) -> date:
    """The due day of a calendar unit; one later than its last day is its last day."""
    last = _later(start, declared.unit, 1) - DAY
    return min(start + ((declared.on or 1) - 1) * DAY, last)
