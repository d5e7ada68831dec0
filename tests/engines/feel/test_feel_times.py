"""Dates, times and durations."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.feel.feel_check import value_of, written

CASES = [
    ('@"2024-02-28" + @"P1D"', '@"2024-02-29"'),
    ('@"2024-01-31" + @"P1M"', '@"2024-02-29"'),
    ('@"2024-03-01" - @"2024-02-01"', '@"P29D"'),
    ('@"-0001-01-01" - @"P1D"', '@"-0002-12-31"'),
    ('@"999999999-12-31" + @"P1D"', "null"),
    ('date("2023-02-29")', "null"),
    ("date(2024, 13, 1)", "null"),
    ('date and time("2024-05-01T24:00:00")', '@"2024-05-02T00:00:00"'),
    ('@"2024-05-01T12:00:00+08:00" = @"2024-05-01T04:00:00Z"', "true"),
    ('is(@"2024-05-01T12:00:00+08:00", @"2024-05-01T04:00:00Z")', "false"),
    (
        '@"2024-03-31T01:30:00@Europe/Paris" + @"PT1H"',
        '@"2024-03-31T03:30:00@Europe/Paris"',
    ),
    ('@"2024-05-01T12:00:00@Asia/Shanghai".time offset', '@"PT8H"'),
    ('@"23:30:00" + @"PT1H"', '@"00:30:00"'),
    ('time(8, 30, 15.5, @"PT8H")', '@"08:30:15.5+08:00"'),
    ('@"10:00:00" - @"2024-01-01"', "null"),
    ('@"2024-05-01T00:00:00" - @"2024-05-01T00:00:00Z"', "null"),
    ('@"PT90M"', '@"PT1H30M"'),
    ('@"P1Y14M"', '@"P2Y2M"'),
    ('@"P1Y" = @"P365D"', "null"),
    ('@"P1D" * 1.5', '@"P1DT12H"'),
    ('@"P1Y" / @"P1M"', "12"),
    ('years and months duration(@"2020-02-29", @"2024-02-28")', '@"P3Y11M"'),
    ('day of week(@"2024-05-01")', '"Wednesday"'),
    ('month of year(@"2024-05-01")', '"May"'),
    ('day of year(@"2024-12-31")', "366"),
    ('week of year(@"2021-01-03")', "53"),
    ('for d in @"2024-02-28"..@"2024-03-01" return d.day', "[28, 29, 1]"),
    ('@"2024-05-01" in [@"2024-01-01"..@"2024-06-30"]', "true"),
    ("now()", '@"2024-05-01T12:30:15+08:00"'),
    ("today()", '@"2024-05-01"'),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_time_has_the_value_of_the_standard(text: str, expected: str) -> None:
    assert written(text) == expected


def test_python_times_come_in_with_their_offsets_and_zones() -> None:
    context = {
        "d": date(2024, 5, 1),
        "t": time(8, 30),
        "utc": datetime(2024, 5, 1, 8, tzinfo=UTC),
        "zone": datetime(2024, 5, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai")),
        "span": timedelta(hours=36),
    }
    assert [written(name, context) for name in context] == [
        '@"2024-05-01"',
        '@"08:30:00"',
        '@"2024-05-01T08:00:00Z"',
        '@"2024-05-01T08:00:00@Asia/Shanghai"',
        '@"P1DT12H"',
    ]


def test_without_a_clock_now_is_null() -> None:
    from pengcheng.engines.feel import compile_expression

    assert compile_expression("now()").evaluate() is None


@given(st.dates(), st.integers(-400_000, 400_000))
def test_days_are_counted_as_python_counts_them(day: date, days: int) -> None:
    ordinal = day.toordinal() + days
    known = 1 <= ordinal <= date.max.toordinal()
    expected = date.fromordinal(ordinal) if known else day
    shift = days if known else 0
    moved = value_of('d + n * @"P1D"', {"d": day, "n": shift})
    assert (moved.year, moved.month, moved.day) == (expected.year, expected.month, expected.day)


@given(st.dates())
def test_calendar_functions_agree_with_python(day: date) -> None:
    context = {"d": day}
    assert value_of("d.weekday", context) == day.isoweekday()
    assert value_of("day of year(d)", context) == day.timetuple().tm_yday
    assert value_of("week of year(d)", context) == day.isocalendar().week


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_durations_add_as_numbers_do(one: int, other: int) -> None:
    seconds = value_of('(a * @"PT1S" + b * @"PT1S") / @"PT1S"', {"a": one, "b": other})
    assert seconds == one + other


@given(st.integers(-(10**9), 10**9))
def test_a_written_duration_reads_as_itself(months: int) -> None:
    assert value_of("duration(string(d)) = d", {"d": value_of('n * @"P1M"', {"n": months})})
