"""Working days, and what a promised length of time comes to.

A day is told from three sources, the first that knows it: the city's own table; the State Council's
arrangements as `chinese_calendar` holds them (2004 on); else weekends and the holidays fixed by
全国年节及纪念日放假办法 (2024), which is *provisional*: the shifted working days of such a year are
announced late in the year before. `Calendar` is a value: pure, no clock, no table behind it.

Counting (民法典 201, 203; 行政许可法 82): the day on which a period begins is not counted; a period
in days ends with the close of business of its last day, and moves past holidays; hours and minutes
run through nights; working hours run in office hours only. Days are the city's (UTC+8).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import chinese_calendar
import msgspec

from pengcheng.ground import lunar
from pengcheng.kernel.errors import Refusal, ensure
from pengcheng.kernel.time import CITY_ZONE, Promise, city_day

DAYS_LOOKED_MAX = 3_660
"""A promise that does not end within ten years is a mistake."""

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_STATE_YEARS = range(2004, max(chinese_calendar.constants.holidays).year + 1)


class OfficeHours(msgspec.Struct, frozen=True):
    """The spans of a working day in which working time runs, in order, in local time."""

    spans: tuple[tuple[time, time], ...] = (
        (time(9), time(12)),
        (time(14), time(18)),
    )

    @property
    def opens(self) -> time:
        return self.spans[0][0]

    @property
    def closes(self) -> time:
        return self.spans[-1][1]


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a city's own table; it goes before every other source."""

    day: date
    working: bool
    name: str = ""
    source: str = ""
    provisional: bool = False


class Due(msgspec.Struct, frozen=True):
    """When a promise ends, and whether a day that no arrangement confirms yet decided it."""

    at: datetime
    provisional: bool


class Calendar:
    """Working days and office hours of one city."""

    def __init__(
        self, table: Iterable[CalendarDay] = (), *, hours: OfficeHours | None = None
    ) -> None:
        self.table = {row.day: row for row in table}
        self.hours = hours or OfficeHours()
        self._known: dict[date, tuple[tuple[datetime, datetime], ...]] = {}

    def told(self, day: date) -> CalendarDay:
        """What is known of a day, with its source."""
        return self.table.get(day) or _state_day(day)

    def working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        return self.told(day).working

    def is_provisional(self, day: date) -> bool:
        """Whether an arrangement still to be announced may change this day."""
        return self.told(day).provisional

    def due(self, start: datetime, promise: Promise) -> Due:
        """The last instant at which a promise made at `start` is kept; zero days end at the close
        of business (当日办结). `Refusal` when it does not end within `DAYS_LOOKED_MAX` days."""
        ensure(promise.amount >= 0, "a promise is never negative")
        match promise.unit:
            case "minute":
                return Due(start + timedelta(minutes=promise.amount), provisional=False)
            case "hour":
                return Due(start + timedelta(hours=promise.amount), provisional=False)
            case "working_hour":
                return self.after_working_time(start, timedelta(hours=promise.amount))
            case "day":
                return self.close_after_days(start, promise.amount)
            case "working_day":
                return self.close_after_working_days(start, promise.amount)

    def close_after_days(self, start: datetime, days: int) -> Due:
        """Close of business of the last of so many calendar days, moved past days off."""
        _bounded(days)
        return self._close(city_day(start) + days * _DAY, start)

    def close_after_working_days(self, start: datetime, days: int) -> Due:
        """Close of business of the last of so many working days after the day of `start`."""
        _bounded(days)
        day, provisional, left = city_day(start), False, days
        last = day + DAYS_LOOKED_MAX * _DAY
        while left > 0:
            day += _DAY
            _reached(day, last)
            told = self.told(day)
            provisional |= told.provisional
            left -= told.working
        if days:
            return Due(_instant(day, self.hours.closes), provisional)
        return self._close(day, start)

    def after_working_time(self, start: datetime, length: timedelta) -> Due:
        """The first instant by which so much working time has passed since `start`."""
        if length <= _NOTHING:
            return Due(start, provisional=False)
        day, provisional, left = city_day(start), False, length
        last = day + DAYS_LOOKED_MAX * _DAY
        while True:
            told = self.told(day)
            provisional |= told.provisional
            for opens, closes in self._spans(day):
                runs = closes - max(opens, start)
                if runs >= left:
                    return Due(closes - runs + left, provisional)
                left -= max(runs, _NOTHING)
            day += _DAY
            _reached(day, last)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two instants; none when they stand in reverse."""
        total = _NOTHING
        day, last = city_day(start), city_day(end)
        while day <= last:
            for opens, closes in self._spans(day):
                total += max(min(closes, end) - max(opens, start), _NOTHING)
            day += _DAY
        return total

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many working days follow the day of `start`, up to and with the day of `end`."""
        first, last = city_day(start), city_day(end)
        return sum(
            self.working_day(first + number * _DAY) for number in range(1, (last - first).days + 1)
        )

    def _spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        found = self._known.get(day)
        if found is None:
            found = _office_spans(self.hours, day) if self.working_day(day) else ()
            self._known[day] = found
        return found

    def _close(self, day: date, not_before: datetime) -> Due:
        """The first close of business on or after a day that lies at or after an instant."""
        provisional, last = False, day + DAYS_LOOKED_MAX * _DAY
        while True:
            told = self.told(day)
            provisional |= told.provisional
            closes = _instant(day, self.hours.closes)
            if told.working and closes >= not_before:
                return Due(closes, provisional)
            day += _DAY
            _reached(day, last)


STATE_CALENDAR = Calendar()
"""Working days as the State Council arranges them, with no table of a city."""


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, CITY_ZONE).astimezone(UTC)


@lru_cache(maxsize=8192)
def _office_spans(hours: OfficeHours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((_instant(day, opens), _instant(day, closes)) for opens, closes in hours.spans)


def _bounded(days: int) -> None:
    if days > DAYS_LOOKED_MAX:
        raise Refusal("promise.too_long", days=days, days_max=DAYS_LOOKED_MAX)


def _reached(day: date, last: date) -> None:
    if day > last:
        raise Refusal("promise.too_long", days_max=DAYS_LOOKED_MAX)


@lru_cache(maxsize=8192)
def _state_day(day: date) -> CalendarDay:
    if day.year in _STATE_YEARS:
        is_off, holiday = chinese_calendar.get_holiday_detail(day)
        name = chinese_calendar.Holiday(holiday).chinese if holiday else ""
        return CalendarDay(day=day, working=not is_off, name=name, source="国务院办公厅")
    name = _fixed_holidays(day.year).get(day, "")
    working = not name and day.weekday() < 5
    # The shifted days of a past year are history that nobody will announce any more.
    provisional = day.year >= _STATE_YEARS.stop
    return CalendarDay(
        day=day, working=working, name=name, source="全国年节及纪念日放假办法",
        provisional=provisional,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _fixed_holidays(year: int) -> dict[date, str]:
    """The thirteen days that the regulation itself names, as far as the sky is computed."""
    fixed = {date(year, 1, 1): "元旦", date(year, 5, 1): "劳动节", date(year, 5, 2): "劳动节"}
    fixed |= {date(year, 10, number): "国庆节" for number in (1, 2, 3)}
    if not lunar.YEAR_FIRST <= year <= lunar.YEAR_LAST:
        return fixed
    new_year = lunar.spring_festival(year)
    fixed |= {new_year + number * _DAY: "春节" for number in (-1, 0, 1, 2)}
    fixed[lunar.qingming(year)] = "清明"
    fixed[lunar.dragon_boat(year)] = "端午"
    fixed.setdefault(lunar.mid_autumn(year), "中秋")
    return fixed
