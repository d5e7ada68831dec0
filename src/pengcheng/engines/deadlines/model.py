"""The nouns of the engine: a deadline, its pauses, and what it looks like at an instant."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from pengcheng.kernel.time import Promise

Light = Literal["good", "watch", "late"]

_TICK = timedelta(microseconds=1)


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A suspension (中止): the promise stands still from `since` until `until` at the latest."""

    since: datetime
    until: datetime
    reason: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline at an instant. `next_at` is when the clock that runs now ends: the due instant,
    the end of the suspension, or None once stopped. `left` is never counted below zero."""

    clock: Literal["running", "suspended", "stopped"]
    light: Light
    left: timedelta
    next_at: datetime | None


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A promise with its history. `at`, `watch_at` and `provisional` follow from the rest.

    While suspended, `at` is what it becomes if the suspension runs to its bound.
    """

    promise: Promise
    started_at: datetime
    extensions: tuple[Promise, ...] = ()
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None
    at: datetime
    watch_at: datetime
    provisional: bool = False

    @property
    def late_at(self) -> datetime:
        """The first instant at which it is late; when the red warning is due."""
        return self.at + _TICK

    def pause_at(self, now: datetime) -> Pause | None:
        """The suspension in force at an instant."""
        last = self.pauses[-1] if self.pauses else None
        return last if last and last.since <= now < last.until else None

    def state_at(self, now: datetime) -> State:
        """What runs, how urgent it is and how long it has, at an instant."""
        if self.stopped_at is not None and self.stopped_at <= now:
            light = self._light(self._counted(self.stopped_at))
            return State(clock="stopped", light=light, left=timedelta(0), next_at=None)
        pause = self.pause_at(now)
        left = max(self.at - (pause.until if pause else now), timedelta(0))
        return State(
            clock="suspended" if pause else "running",
            light=self._light(self._counted(now)),
            left=left,
            next_at=pause.until if pause else self.at,
        )

    def _counted(self, now: datetime) -> datetime:
        pause = self.pause_at(now)
        return pause.since if pause else now

    def _light(self, now: datetime) -> Light:
        if now > self.at:
            return "late"
        return "watch" if now >= self.watch_at else "good"
