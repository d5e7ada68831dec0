"""One running clock, whatever happens to a promise."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.engines import deadlines
from pengcheng.engines.deadlines import Deadline
from pengcheng.ground.calendar import STATE_CALENDAR as CALENDAR
from pengcheng.ground.calendar import Calendar, CalendarDay
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.time import CITY_ZONE, Promise, Unit

UNITS: tuple[Unit, ...] = ("minute", "hour", "day", "working_hour", "working_day")
SECOND = timedelta(seconds=1)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CITY_ZONE)


def five_days() -> Deadline:
    """Five working days from Monday 9 November 2026, 10:00: due Monday 16th, 18:00."""
    return deadlines.start(Promise(5, "working_day"), local(2026, 11, 9, 10), CALENDAR)


def test_it_is_good_then_to_watch_then_late() -> None:
    deadline = deadlines.start(Promise(10, "hour"), local(2026, 11, 9, 8), CALENDAR)
    lights = [
        deadline.state_at(at).light
        for at in (
            local(2026, 11, 9, 8), local(2026, 11, 9, 15, 59), local(2026, 11, 9, 16),
            local(2026, 11, 9, 18), deadline.late_at,
        )
    ]  # fmt: skip
    assert lights == ["good", "good", "watch", "watch", "late"]


def test_watch_begins_with_a_fifth_of_the_working_time_left() -> None:
    deadline = five_days()
    total = CALENDAR.working_time_between(deadline.started_at, deadline.at)
    assert deadline.at == local(2026, 11, 16, 18)
    assert CALENDAR.working_time_between(deadline.watch_at, deadline.at) == total / 5


def test_a_suspension_stands_still_and_resuming_gives_the_days_back() -> None:
    suspended = deadlines.suspend(
        five_days(), local(2026, 11, 11, 9), local(2026, 11, 25, 18), CALENDAR, reason="补正材料"
    )
    state = suspended.state_at(local(2026, 11, 17, 9))
    assert (state.clock, state.light, state.next_at) == (
        "suspended", "good", local(2026, 11, 25, 18),
    )  # fmt: skip
    # Two of five days had passed when it was suspended on Wednesday.
    resumed = deadlines.resume(suspended, local(2026, 11, 18, 9), CALENDAR)
    assert resumed.at == local(2026, 11, 23, 18)
    assert resumed.state_at(local(2026, 11, 18, 9)).clock == "running"


def test_a_suspension_ends_by_itself() -> None:
    suspended = deadlines.suspend(
        five_days(), local(2026, 11, 11, 9), local(2026, 11, 18, 9), CALENDAR
    )
    assert suspended.state_at(local(2026, 11, 18, 9)).clock == "running"
    assert suspended.at == local(2026, 11, 23, 18)
    with pytest.raises(Refusal):
        deadlines.resume(suspended, local(2026, 11, 18, 9), CALENDAR)


def test_suspending_on_the_last_day_leaves_until_the_close_of_the_day_it_is_resumed() -> None:
    suspended = deadlines.suspend(
        five_days(), local(2026, 11, 16, 17), local(2026, 11, 30, 9), CALENDAR
    )
    resumed = deadlines.resume(suspended, local(2026, 11, 21, 9), CALENDAR)  # a Saturday
    assert resumed.at == local(2026, 11, 23, 18)


def test_suspending_and_resuming_at_once_changes_nothing() -> None:
    deadline = five_days()
    at = local(2026, 11, 11, 9)
    suspended = deadlines.suspend(deadline, at, local(2026, 11, 25, 9), CALENDAR)
    assert deadlines.resume(suspended, at, CALENDAR).at == deadline.at


def test_being_late_is_not_undone_by_a_suspension() -> None:
    deadline = five_days()
    at = local(2026, 11, 17, 9)
    suspended = deadlines.suspend(deadline, at, local(2026, 11, 20, 9), CALENDAR)
    assert suspended.at == deadline.at
    assert suspended.state_at(at).light == "late"


@pytest.mark.parametrize("until", [local(2026, 11, 11, 9), local(2026, 11, 1), local(2028, 1, 1)])
def test_a_suspension_without_a_near_bound_is_refused(until: datetime) -> None:
    with pytest.raises(Refusal):
        deadlines.suspend(five_days(), local(2026, 11, 11, 9), until, CALENDAR)


def test_only_a_running_clock_can_be_suspended() -> None:
    suspended = deadlines.suspend(
        five_days(), local(2026, 11, 11, 9), local(2026, 11, 18, 9), CALENDAR
    )
    with pytest.raises(Refusal):
        deadlines.suspend(suspended, local(2026, 11, 12, 9), local(2026, 11, 19), CALENDAR)
    stopped = deadlines.stop(five_days(), local(2026, 11, 10, 9))
    with pytest.raises(Refusal):
        deadlines.suspend(stopped, local(2026, 11, 12, 9), local(2026, 11, 19), CALENDAR)


def test_an_extension_adds_to_the_promise_and_is_refused_when_late() -> None:
    deadline = five_days()
    extended = deadlines.extend(
        deadline, Promise(3, "working_day"), local(2026, 11, 12, 9), CALENDAR
    )
    assert extended.at == CALENDAR.due(deadline.started_at, Promise(8, "working_day")).at
    with pytest.raises(Refusal):
        deadlines.extend(deadline, Promise(3, "working_day"), local(2026, 11, 17, 9), CALENDAR)


def test_a_stopped_clock_keeps_whether_it_was_on_time() -> None:
    kept = deadlines.stop(five_days(), local(2026, 11, 12, 9))
    broken = deadlines.stop(five_days(), local(2026, 11, 17, 9))
    later = local(2027, 1, 1)
    assert (kept.state_at(later).clock, kept.state_at(later).light) == ("stopped", "good")
    assert broken.state_at(later).light == "late"
    assert deadlines.stop(kept, later) == kept


def test_the_table_of_a_new_year_moves_provisional_deadlines() -> None:
    deadline = deadlines.start(Promise(3, "working_day"), local(2026, 12, 30, 10), CALENDAR)
    assert (deadline.at, deadline.provisional) == (local(2027, 1, 5, 18), True)
    announced = [
        CalendarDay(day=date(2027, 1, number), working=number in {2, 5, 6}, name="元旦调休")
        for number in range(1, 7)
    ]
    moved = deadlines.recompute(deadline, Calendar(announced))
    assert (moved.at, moved.provisional) == (local(2027, 1, 5, 18), False)
    closed = [CalendarDay(day=date(2027, 1, 4), working=False, name="台风"), *announced[4:]]
    assert deadlines.recompute(deadline, Calendar(closed)).at == local(2027, 1, 6, 18)


instants = st.timedeltas(timedelta(0), timedelta(days=1800)).map(
    lambda passed: datetime(2024, 1, 1, tzinfo=UTC) + passed
)
promises = st.builds(Promise, st.integers(1, 40), st.sampled_from(UNITS))
spans = st.timedeltas(SECOND, timedelta(days=30))


@given(instants, promises, st.lists(st.tuples(spans, spans), max_size=4), spans)
def test_suspensions_only_ever_move_a_deadline_later(
    start: datetime, promise: Promise, pauses: list[tuple[timedelta, timedelta]], after: timedelta
) -> None:
    deadline = deadlines.start(promise, start, CALENDAR)
    now = start
    for runs, stands in pauses:
        now += runs
        before = deadline.at
        deadline = deadlines.suspend(deadline, now, now + stands, CALENDAR)
        assert deadline.at >= before
        assert deadline.state_at(now).clock == "suspended"
        now += stands
    assert deadline.started_at <= deadline.watch_at <= deadline.at
    assert deadlines.recompute(deadline, CALENDAR) == deadline
    assert deadline.state_at(now + after).clock == "running"
    assert deadlines.suspended_time(deadline, now) == sum((p[1] for p in pauses), timedelta(0))


@given(instants, promises, spans, spans, spans)
def test_resuming_sooner_is_never_due_later(
    start: datetime, promise: Promise, runs: timedelta, one: timedelta, more: timedelta
) -> None:
    deadline = deadlines.start(promise, start, CALENDAR)
    since = start + runs
    suspended = deadlines.suspend(deadline, since, since + one + more, CALENDAR)
    resumed = deadlines.resume(suspended, since + one - SECOND / 2, CALENDAR)
    assert deadline.at <= resumed.at <= suspended.at


@given(instants, promises, promises, st.floats(0, 1))
def test_an_extension_only_ever_moves_a_deadline_later(
    start: datetime, promise: Promise, by: Promise, share: float
) -> None:
    deadline = deadlines.start(promise, start, CALENDAR)
    at = start + (deadline.at - start) * share
    assert deadlines.extend(deadline, by, at, CALENDAR).at > deadline.at


@given(instants, promises, spans)
def test_lights_only_ever_get_worse_while_it_runs(
    start: datetime, promise: Promise, after: timedelta
) -> None:
    order = ["good", "watch", "late"]
    deadline = deadlines.start(promise, start, CALENDAR)
    seen = [deadline.state_at(start + after * n).light for n in range(5)]
    assert seen == sorted(seen, key=order.index)
    assert deadline.state_at(deadline.at).light != "late"
    assert deadline.state_at(deadline.late_at).light == "late"
