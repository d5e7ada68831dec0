"""Working days, and what a promise comes to."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.ground import lunar
from pengcheng.ground.calendar import STATE_CALENDAR, Calendar, CalendarDay, Due
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.time import CITY_ZONE, Promise, Unit

UNITS: tuple[Unit, ...] = ("minute", "hour", "day", "working_hour", "working_day")

instants = st.timedeltas(timedelta(0), timedelta(days=4300)).map(
    lambda passed: datetime(2020, 1, 1, tzinfo=UTC) + passed
)
amounts = st.integers(min_value=1, max_value=60)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("year", "new_year", "dragon_boat", "mid_autumn"),
    [
        # Almanacs of the Hong Kong and Purple Mountain observatories; 2033 holds the leap
        # eleventh month that naive tables get wrong.
        (2020, date(2020, 1, 25), date(2020, 6, 25), date(2020, 10, 1)),
        (2023, date(2023, 1, 22), date(2023, 6, 22), date(2023, 9, 29)),
        (2025, date(2025, 1, 29), date(2025, 5, 31), date(2025, 10, 6)),
        (2027, date(2027, 2, 6), date(2027, 6, 9), date(2027, 9, 15)),
        (2028, date(2028, 1, 26), date(2028, 5, 28), date(2028, 10, 3)),
        (2033, date(2033, 1, 31), date(2033, 6, 1), date(2033, 9, 8)),
        (2034, date(2034, 2, 19), date(2034, 6, 20), date(2034, 9, 27)),
    ],
)
def test_the_chinese_festivals_are_computed_from_the_sky(
    year: int, new_year: date, dragon_boat: date, mid_autumn: date
) -> None:
    assert lunar.spring_festival(year) == new_year
    assert lunar.dragon_boat(year) == dragon_boat
    assert lunar.mid_autumn(year) == mid_autumn


@pytest.mark.parametrize("year", range(2008, 2027))
def test_computed_festivals_are_off_in_every_year_that_was_announced(year: int) -> None:
    days = [
        lunar.spring_festival(year), lunar.qingming(year), lunar.dragon_boat(year),
        lunar.mid_autumn(year),
    ]  # fmt: skip
    assert [day for day in days if STATE_CALENDAR.working_day(day)] == []


def test_announced_shifts_are_known() -> None:
    assert STATE_CALENDAR.working_day(date(2026, 10, 10))  # a Saturday worked for National Day
    assert not STATE_CALENDAR.working_day(date(2026, 10, 5))
    assert STATE_CALENDAR.told(date(2026, 10, 5)).name == "国庆节"
    assert not STATE_CALENDAR.is_provisional(date(2026, 10, 5))


def test_a_year_not_yet_announced_has_its_fixed_holidays_and_is_provisional() -> None:
    off = [
        date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 8), date(2027, 4, 5), date(2027, 5, 1),
        date(2027, 6, 9), date(2027, 9, 15), date(2027, 10, 1), date(2027, 10, 2), date(2027, 3, 6),
    ]  # fmt: skip
    assert [day for day in off if STATE_CALENDAR.working_day(day)] == []
    assert STATE_CALENDAR.working_day(date(2027, 2, 9))
    assert STATE_CALENDAR.is_provisional(date(2027, 2, 9))


def test_the_years_before_the_table_are_settled() -> None:
    assert not STATE_CALENDAR.is_provisional(date(1999, 3, 3))


def test_the_citys_own_table_goes_first() -> None:
    typhoon = CalendarDay(day=date(2026, 9, 16), working=False, name="台风停工", source="市政府")
    calendar = Calendar([typhoon])
    assert not calendar.working_day(date(2026, 9, 16))
    assert STATE_CALENDAR.working_day(date(2026, 9, 16))
    promise = Promise(1, "working_day")
    assert calendar.due(local(2026, 9, 15, 10), promise).at == local(2026, 9, 17, 18)


@pytest.mark.parametrize(
    ("start", "promise", "at"),
    [
        (local(2026, 11, 20, 14), Promise(30, "minute"), local(2026, 11, 20, 14, 30)),
        (local(2026, 11, 20, 22), Promise(24, "hour"), local(2026, 11, 21, 22)),
        # Friday + 1 working day is Monday, however late on Friday.
        (local(2026, 11, 20, 8), Promise(1, "working_day"), local(2026, 11, 23, 18)),
        (local(2026, 11, 20, 23), Promise(1, "working_day"), local(2026, 11, 23, 18)),
        (local(2026, 11, 21, 10), Promise(1, "working_day"), local(2026, 11, 23, 18)),
        # Over National Day 2026: 1-7 October off, 10 October worked.
        (local(2026, 9, 30, 10), Promise(3, "working_day"), local(2026, 10, 10, 18)),
        # Calendar days end at the close of business, moved past days off (民法典 203).
        (local(2026, 11, 19, 10), Promise(2, "day"), local(2026, 11, 23, 18)),
        (local(2026, 11, 18, 10), Promise(2, "day"), local(2026, 11, 20, 18)),
        # Working hours: lunch and nights do not count.
        (local(2026, 11, 20, 11), Promise(2, "working_hour"), local(2026, 11, 20, 15)),
        (local(2026, 11, 20, 17), Promise(2, "working_hour"), local(2026, 11, 23, 10)),
        (local(2026, 11, 20, 5), Promise(7, "working_hour"), local(2026, 11, 20, 18)),
        # Nothing promised: by the close of business (当日办结).
        (local(2026, 11, 20, 10), Promise(0, "working_day"), local(2026, 11, 20, 18)),
        (local(2026, 11, 20, 19), Promise(0, "working_day"), local(2026, 11, 23, 18)),
    ],
)
def test_a_promise_ends_when_the_law_says(start: datetime, promise: Promise, at: datetime) -> None:
    assert STATE_CALENDAR.due(start, promise) == Due(at, provisional=False)


def test_a_promise_that_reaches_an_unannounced_year_is_provisional() -> None:
    due = STATE_CALENDAR.due(local(2026, 12, 30, 10), Promise(3, "working_day"))
    assert due == Due(local(2027, 1, 5, 18), provisional=True)
    assert not STATE_CALENDAR.due(local(2026, 12, 31, 10), Promise(72, "hour")).provisional


def test_a_promise_without_end_is_refused() -> None:
    with pytest.raises(Refusal):
        STATE_CALENDAR.due(local(2026, 1, 1), Promise(10**9, "working_day"))
    with pytest.raises(Refusal):
        STATE_CALENDAR.due(local(2026, 1, 1), Promise(10**6, "working_hour"))


@given(instants, instants, amounts, st.sampled_from(UNITS))
def test_a_later_start_is_never_due_earlier(
    one: datetime, other: datetime, amount: int, unit: Unit
) -> None:
    early, late = sorted((one, other))
    promise = Promise(amount, unit)
    assert STATE_CALENDAR.due(early, promise).at <= STATE_CALENDAR.due(late, promise).at


@given(instants, amounts, amounts, st.sampled_from(UNITS))
def test_a_longer_promise_is_never_due_earlier(
    start: datetime, one: int, more: int, unit: Unit
) -> None:
    first = STATE_CALENDAR.due(start, Promise(one, unit)).at
    assert start < first <= STATE_CALENDAR.due(start, Promise(one + more, unit)).at


@given(
    instants, amounts, amounts, st.sampled_from(["minute", "hour", "working_hour", "working_day"])
)
def test_one_promise_after_another_is_their_sum(
    start: datetime, one: int, other: int, unit: Unit
) -> None:
    half = STATE_CALENDAR.due(start, Promise(one, unit)).at
    whole = STATE_CALENDAR.due(start, Promise(one + other, unit)).at
    assert STATE_CALENDAR.due(half, Promise(other, unit)).at == whole


@given(instants, amounts)
def test_working_hours_measure_what_they_promise(start: datetime, amount: int) -> None:
    due = STATE_CALENDAR.due(start, Promise(amount, "working_hour")).at
    assert STATE_CALENDAR.working_time_between(start, due) == timedelta(hours=amount)


@given(instants, st.timedeltas(timedelta(0), timedelta(days=40)),
       st.timedeltas(timedelta(0), timedelta(days=40)))  # fmt: skip
def test_working_time_is_additive(start: datetime, one: timedelta, other: timedelta) -> None:
    between = STATE_CALENDAR.working_time_between
    middle, end = start + one, start + one + other
    assert between(start, middle) + between(middle, end) == between(start, end)
    assert between(end, start) == timedelta(0) or end == start


@given(instants, amounts)
def test_working_days_count_what_they_promise(start: datetime, amount: int) -> None:
    due = STATE_CALENDAR.due(start, Promise(amount, "working_day")).at
    assert STATE_CALENDAR.working_days_between(start, due) == amount
