"""The pure life of a deadline: every change adds to its history and folds the history again."""

from datetime import datetime, timedelta

import msgspec

from pengcheng.engines.deadlines.model import Deadline, Pause
from pengcheng.ground.calendar import Calendar, Due
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.time import Promise, city_day

SUSPENSION_DAYS_MAX = 366
"""No suspension runs longer than a year; a case kind sets its own, shorter bound."""

WATCH_SHARE = 5
"""Watch begins with one fifth of the time left."""

_NOTHING = timedelta(0)

Segment = tuple[datetime, datetime]


def start(promise: Promise, at: datetime, calendar: Calendar) -> Deadline:
    """A clock that begins to run at an instant."""
    return recompute(
        Deadline(promise=promise, started_at=at, at=at, watch_at=at),
        calendar,
    )


def suspend(
    deadline: Deadline, at: datetime, until: datetime, calendar: Calendar, *, reason: str = ""
) -> Deadline:
    """Stand still from `at` until `resume`, or `until` at the latest; being late is not undone.
    `Refusal` when it is stopped or suspended, or the bound is not ahead or too far."""
    _must_run(deadline, at)
    since = max(at, _touched(deadline))
    if not since < until <= since + timedelta(days=SUSPENSION_DAYS_MAX):
        raise Refusal("deadline.suspension_bound", days_max=SUSPENSION_DAYS_MAX)
    pauses = (*deadline.pauses, Pause(since=since, until=until, reason=reason))
    return recompute(msgspec.structs.replace(deadline, pauses=pauses), calendar)


def resume(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Run again from `at` on. `Refusal` when it is not suspended at that instant."""
    pause = deadline.pause_at(at)
    if pause is None or deadline.stopped_at is not None:
        raise Refusal("deadline.not_suspended")
    pauses = (*deadline.pauses[:-1], msgspec.structs.replace(pause, until=at))
    return recompute(msgspec.structs.replace(deadline, pauses=pauses), calendar)


def extend(deadline: Deadline, by: Promise, at: datetime, calendar: Calendar) -> Deadline:
    """Add to the promise. `Refusal` when it is stopped, or already late at `at`."""
    if deadline.stopped_at is not None:
        raise Refusal("deadline.stopped")
    if deadline.state_at(at).light == "late":
        raise Refusal("deadline.past", at=deadline.at)
    extensions = (*deadline.extensions, by)
    return recompute(msgspec.structs.replace(deadline, extensions=extensions), calendar)


def stop(deadline: Deadline, at: datetime) -> Deadline:
    """The promise is done with (kept or not); stopping again changes nothing."""
    if deadline.stopped_at is not None:
        return deadline
    return msgspec.structs.replace(deadline, stopped_at=max(at, deadline.started_at))


def recompute(deadline: Deadline, calendar: Calendar) -> Deadline:
    """The same history under a calendar, for instance when a year's table has arrived."""
    segments, provisional = _run(deadline, calendar)
    return msgspec.structs.replace(
        deadline,
        at=segments[-1][1],
        watch_at=_watch_at(segments, calendar, is_working=_is_working(deadline.promise)),
        provisional=provisional,
    )


def suspended_time(deadline: Deadline, now: datetime) -> timedelta:
    """How long it has stood still in all, up to an instant; for a case kind's own bound."""
    return sum(
        (max(min(pause.until, now) - pause.since, _NOTHING) for pause in deadline.pauses),
        _NOTHING,
    )


def _must_run(deadline: Deadline, at: datetime) -> None:
    if deadline.stopped_at is not None:
        raise Refusal("deadline.stopped")
    if deadline.pause_at(at) is not None:
        raise Refusal("deadline.suspended")


def _touched(deadline: Deadline) -> datetime:
    """The last instant of the history: a clock that was set back does not reorder it."""
    return deadline.pauses[-1].until if deadline.pauses else deadline.started_at


def _is_working(promise: Promise) -> bool:
    return promise.unit in {"working_hour", "working_day"}


def _run(deadline: Deadline, calendar: Calendar) -> tuple[list[Segment], bool]:
    """The stretches in which the promise ran or will run, the last ending at its due instant."""
    segments: list[Segment] = []
    pauses = list(deadline.pauses)
    cursor, provisional = deadline.started_at, False
    for promise in (deadline.promise, *deadline.extensions):
        left = _Left.of(promise)
        due = left.due(cursor, calendar)
        while pauses and pauses[0].since < due.at:
            pause = pauses.pop(0)
            segments.append((cursor, pause.since))
            left = left.after(cursor, pause.since, calendar)
            cursor = pause.until
            provisional |= due.provisional
            due = left.due(cursor, calendar)
        segments.append((cursor, due.at))
        cursor = due.at
        provisional |= due.provisional
    return segments, provisional


def _watch_at(segments: list[Segment], calendar: Calendar, *, is_working: bool) -> datetime:
    def length(segment: Segment) -> timedelta:
        first, last = segment
        return calendar.working_time_between(first, last) if is_working else last - first

    lengths = [length(segment) for segment in segments]
    needed = sum(lengths, _NOTHING) / WATCH_SHARE
    for (first, _), has in zip(reversed(segments), reversed(lengths), strict=True):
        if has >= needed and has > _NOTHING:
            passed = has - needed
            return calendar.after_working_time(first, passed).at if is_working else first + passed
        needed -= has
    return segments[-1][1]


class _Left(msgspec.Struct, frozen=True):
    """What is left of a promise: whole days in its day units, running time in the others."""

    unit: str
    days: int = 0
    time: timedelta = _NOTHING

    @classmethod
    def of(cls, promise: Promise) -> "_Left":
        if promise.unit in {"day", "working_day"}:
            return cls(promise.unit, days=promise.amount)
        minutes = promise.amount if promise.unit == "minute" else promise.amount * 60
        return cls(promise.unit, time=timedelta(minutes=minutes))

    def due(self, start: datetime, calendar: Calendar) -> Due:
        match self.unit:
            case "day":
                return calendar.close_after_days(start, self.days)
            case "working_day":
                return calendar.close_after_working_days(start, self.days)
            case "working_hour":
                return calendar.after_working_time(start, self.time)
            case _:
                return Due(start + self.time, provisional=False)

    def after(self, first: datetime, last: datetime, calendar: Calendar) -> "_Left":
        """What is left once it has run from one instant to another. A day on which the promise
        is suspended counts as run, the day on which it is resumed does not."""
        match self.unit:
            case "day":
                gone = (city_day(last) - city_day(first)).days
                return _Left(self.unit, days=max(self.days - gone, 0))
            case "working_day":
                gone = calendar.working_days_between(first, last)
                return _Left(self.unit, days=max(self.days - gone, 0))
            case "working_hour":
                ran = calendar.working_time_between(first, last)
            case _:
                ran = last - first
        return _Left(self.unit, time=max(self.time - ran, _NOTHING))
