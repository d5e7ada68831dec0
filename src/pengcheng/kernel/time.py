"""Instants, durations as a law writes them, and the clock as a parameter.

Instants are aware datetimes in UTC everywhere inside; people read them in the city's time zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import msgspec

CITY_ZONE = ZoneInfo("Asia/Shanghai")

Unit = Literal["minute", "hour", "day", "working_hour", "working_day"]


class Clock(Protocol):
    """What tells the time; tests and simulations bring their own."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests and rehearsals."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class Promise(msgspec.Struct, frozen=True):
    """A length of time as a rule states it: 2 hours, 5 working days."""

    amount: int
    unit: Unit


def city_day(at: datetime) -> date:
    """The calendar day of an instant in the city."""
    return at.astimezone(CITY_ZONE).date()


def next_city_day(at: datetime) -> datetime:
    """The instant at which the next day of the city begins."""
    following = city_day(at) + timedelta(days=1)
    return datetime.combine(following, time(), CITY_ZONE).astimezone(UTC)
