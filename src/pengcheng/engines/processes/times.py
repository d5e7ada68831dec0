"""ISO 8601 dates, durations and repetitions, as BPMN timers write them.

Instants without an offset are read in the city's time zone. A timer further off than YEAR_MAX is
refused: it is a slip of the pen, not a plan.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.time import CITY_ZONE

YEAR_MAX = 2200
SECONDS_BETWEEN_MIN = 1
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)

_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?!$)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?"
    r"(?:(?P<days>\d+)D)?(?:T(?!$)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class Duration(msgspec.Struct, frozen=True):
    """A length of time; months are counted by the calendar, seconds are exact."""

    months: int = 0
    seconds: float = 0.0

    def after(self, start: datetime) -> datetime:
        """The instant this much after `start`; the 31st becomes the last day of a short month."""
        try:
            return _bounded(_add_months(start, self.months) + timedelta(seconds=self.seconds))
        except OverflowError as fault:
            raise Refusal("process.timer_too_far", year_max=YEAR_MAX) from fault


class Repetition(msgspec.Struct, frozen=True):
    """R5/PT10M: how often (None: without end), from when (None: now), how far apart."""

    times: int | None
    every: Duration
    start: datetime | None = None


def parse_duration(text: str) -> Duration:
    """A duration such as P3D or PT1H30M. `Refusal` when it is none, or is negative."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or found["sign"] == "-":
        raise Refusal("process.timer_text", text=text, wanted="PT1H, P3D, P1M")
    part = {name: float(value or 0) for name, value in found.groupdict().items() if name != "sign"}
    days = part["weeks"] * 7 + part["days"]
    seconds = ((days * 24 + part["hours"]) * 60 + part["minutes"]) * 60 + part["seconds"]
    return Duration(months=int(part["years"] * 12 + part["months"]), seconds=seconds)


def parse_instant(text: str) -> datetime:
    """An instant such as 2026-05-01T09:00:00+08:00, or the beginning of a date."""
    written, _, zone = text.strip().partition("@")
    try:
        read = datetime.fromisoformat(written)
        read = read.replace(tzinfo=ZoneInfo(zone)) if zone else read
    except (ValueError, KeyError) as fault:
        raise Refusal(
            "process.timer_text", text=text, wanted="2026-05-01T09:00:00+08:00"
        ) from fault
    return as_instant(read)


def as_instant(value: datetime | date) -> datetime:
    """A date or datetime as an instant in UTC."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001  # given its zone below
    aware = value if value.tzinfo else value.replace(tzinfo=CITY_ZONE)
    if aware.year > YEAR_MAX:
        raise Refusal("process.timer_too_far", year_max=YEAR_MAX, year=aware.year)
    return aware.astimezone(UTC)


def parse_repetition(text: str) -> Repetition:
    """R[n]/[start/]duration. A repetition faster than SECONDS_BETWEEN_MIN is refused."""
    head, *rest = text.strip().split("/")
    times = re.fullmatch(r"R(\d*)", head)
    if times is None or len(rest) not in (1, 2):
        raise Refusal("process.timer_text", text=text, wanted="R3/PT10M")
    every = parse_duration(rest[-1])
    if every.months == 0 and every.seconds < SECONDS_BETWEEN_MIN:
        raise Refusal("process.timer_too_often", text=text, seconds_min=SECONDS_BETWEEN_MIN)
    start = parse_instant(rest[0]) if len(rest) == 2 else None
    return Repetition(int(times[1]) if times[1] else None, every, start)


def first_due(kind: str, value: Any, now: datetime) -> tuple[datetime, str, int]:
    """When a timer is due, then every what (ISO duration, "" for once), and how often more.

    -1 stands for "without end". `value` is ISO text, or a date, datetime or timedelta of FEEL.
    """
    if isinstance(value, datetime | date):
        return as_instant(value), "", 0
    if isinstance(value, timedelta):
        return Duration(seconds=max(value.total_seconds(), 0.0)).after(now), "", 0
    text = str(value or "").strip()
    if kind == "date":
        return parse_instant(text), "", 0
    if kind == "duration":
        return parse_duration(text).after(now), "", 0
    cycle = parse_repetition(text)
    if cycle.times == 0:
        raise Refusal("process.timer_text", text=text, wanted="R3/PT10M")
    due = cycle.start or cycle.every.after(now)
    left = -1 if cycle.times is None else cycle.times - 1
    return due, text.rpartition("/")[2], left


def _add_months(start: datetime, months: int) -> datetime:
    if not months:
        return start
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > YEAR_MAX:
        raise Refusal("process.timer_too_far", year_max=YEAR_MAX, year=year)
    return start.replace(
        year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1])
    )


def _bounded(at: datetime) -> datetime:
    if at.year > YEAR_MAX:
        raise Refusal("process.timer_too_far", year_max=YEAR_MAX, year=at.year)
    return at
