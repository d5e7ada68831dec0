"""The days on which recurring work is due."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.engines.recurring.periods import DAY, due_after, newest_due, opens_at
from pengcheng.kernel.recurring import Recurring
from pengcheng.kernel.words import Words


def work(amount: int, unit: Any, **more: Any) -> Recurring:
    return Recurring(
        name="w", pack="p", label=Words("工作", "Work"), of="lift", opens="check", link="lift",
        amount=amount, unit=unit, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "base", "after", "due"),
    [
        (work(15, "day"), "2026-01-01", "2026-01-01", "2026-01-16"),
        (work(15, "day"), "2026-01-01", "2026-01-16", "2026-01-31"),
        (work(15, "day"), "2026-01-01", "2025-01-01", "2026-01-16"),
        (work(2, "week"), "2026-01-01", "2026-03-01", "2026-03-12"),
        (work(1, "month"), "2026-01-31", "2026-01-31", "2026-02-28"),
        (work(1, "month"), "2026-01-31", "2026-02-28", "2026-03-31"),
        (work(1, "quarter"), "2025-11-30", "2026-01-01", "2026-02-28"),
        (work(2, "year"), "2024-02-29", "2024-02-29", "2026-02-28"),
        (work(1, "week", on=3), "2000-01-01", "2026-11-25", "2026-12-02"),
        (work(1, "month", on=31), "2000-01-01", "2026-01-31", "2026-02-28"),
        (work(1, "quarter", on=10), "2000-01-01", "2026-04-10", "2026-07-10"),
        (work(1, "year", on=32), "2000-01-01", "2026-02-01", "2027-02-01"),
    ],
)
def test_the_next_day_is_counted(declared: Recurring, base: str, after: str, due: str) -> None:
    found = due_after(declared, date.fromisoformat(base), date.fromisoformat(after))
    assert found == date.fromisoformat(due)


DATES = st.dates(date(2020, 1, 1), date(2030, 12, 31))
RULES = st.one_of(
    st.builds(work, st.integers(1, 400), st.sampled_from(["day", "week"])),
    st.builds(work, st.integers(1, 12), st.sampled_from(["month", "quarter", "year"])),
    st.builds(lambda unit, on: work(1, unit, on=on),
              st.sampled_from(["week", "month", "quarter", "year"]), st.integers(1, 366)),
)  # fmt: skip


@given(declared=RULES, base=DATES, since=DATES, day=DATES)
def test_the_newest_due_day_is_the_last_of_those_counted_one_by_one(
    declared: Recurring, base: date, since: date, day: date
) -> None:
    due: date | None = None
    following = due_after(declared, base, since - DAY)
    for _ in range(5000):
        if following > day:
            break
        due, following = following, due_after(declared, base, following)
    assert newest_due(declared, base, since, day) == due


def test_a_case_is_opened_as_its_day_begins_in_the_city_or_days_before() -> None:
    due = date(2026, 11, 25)
    assert opens_at(work(1, "day"), due) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert opens_at(work(1, "day", early=2), due) == datetime(2026, 11, 22, 16, tzinfo=UTC)
