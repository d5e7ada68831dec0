"""Figures whose filter asks what day it is are counted anew as each day of the city begins."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pengcheng import city as composition
from pengcheng.edge import housekeeping, pack_changes
from pengcheng.engines.indicators import Indicators
from pengcheng.ground import timers
from pengcheng.kernel.time import city_day, next_city_day
from tests.city import FUTIAN, NANSHAN
from tests.engines.cases.town import Town
from tests.engines.indicators.test_records import EVERYTHING, Lifts
from tests.lifts import FILES, declared

pytestmark = pytest.mark.anyio
ASKING = """\
  overdue:
    name: {zh: 逾期未维保, en: Overdue}
    question: {zh: 有多少电梯逾期？, en: How many lifts are overdue?}
    of: lift
    measure: count
    where: kept_on + duration("P15D") < today()
    by: [district]
  ends_soon:
    name: {zh: 即将到期, en: Ends soon}
    question: {zh: 多少电梯即将到期？, en: How many of those kept up end soon?}
    of: lift
    measure: share
    among: kept_on + duration("P15D") >= today()
    where: kept_on + duration("P15D") <= today() + duration("P5D")
  days_since:
    name: {zh: 距上次维保, en: Days since}
    question: {zh: 多少天没维保？, en: How many days since the last upkeep?}
    of: lift
    measure: mean
    value: (today() - kept_on).days
  fresh_matters:
    name: {zh: 近三日集中反映, en: Fresh matters}
    question: {zh: 近三日有多少集中反映？, en: How many matters of three days?}
    of: mass_matter
    measure: count
    where: happened_at > now() - duration("P3D")
"""


class Days(Lifts):
    """A town of lifts whose clock is moved, and whose figures are looked at as they stand then."""

    @property
    def indicators(self) -> Indicators:
        return self.services.indicators

    async def strike(self) -> int:
        """The timers that are due strike; how many."""
        now, fired = self.town.clock.now(), 0
        while more := await timers.fire_due(self.services.database, now, self.indicators.fires()):
            fired += more
        return fired

    async def tomorrow(self) -> int:
        """The next day of the city begins."""
        now = self.town.clock.now()
        self.town.clock.move(next_city_day(now) - now)
        return await self.strike()

    async def now(self, name: str, **more: Any) -> float | None:
        day = city_day(self.town.clock.now())
        return (await self.indicators.figure(EVERYTHING, name, (day, day), **more)).value


@pytest.fixture
async def days(town: Town, tmp_path: Path) -> AsyncIterator[Days]:
    figures = FILES["indicators.yaml"] + ASKING
    await pack_changes.apply(town.services, declared(tmp_path, indicators=figures))
    await composition.declare(town.services)
    made = Days(town)
    town.clock.move(timedelta(minutes=1))
    await made.strike()
    yield made
    with psycopg.connect(town.url, autocommit=True) as connection:
        connection.execute(b"truncate city.lift, city.lift_reading, record cascade")


def days_ago(days: Days, number: int) -> str:
    day: date = city_day(days.town.clock.now()) - timedelta(days=number)
    return day.isoformat()


async def test_what_becomes_overdue_is_counted_on_the_day_on_which_it_does(days: Days) -> None:
    await days.add("一号", FUTIAN, kept_on=days_ago(days, 14))
    await days.add("二号", NANSHAN, kept_on=days_ago(days, 15))
    await days.follow()
    found = [await days.now("overdue")]
    for _ in range(3):
        await days.tomorrow()
        found.append(await days.now("overdue"))
    last = city_day(days.town.clock.now())
    told = await days.indicators.figures(
        EVERYTHING, "overdue", (last - timedelta(days=3), last), "day"
    )

    assert found == [0, 1, 2, 2]
    # What it was on each day stays as it was then.
    assert [item.value for item in told] == [0, 1, 2, 2]


async def test_shares_and_means_follow_the_day_too(days: Days) -> None:
    (
        await days.add("一号", kept_on=days_ago(days, 9)),
        await days.add("二号", kept_on=days_ago(days, 3)),
    )
    await days.follow()
    before = await days.now("ends_soon"), await days.now("days_since")
    await days.tomorrow()
    after = await days.now("ends_soon"), await days.now("days_since")
    for _ in range(6):
        await days.tomorrow()

    assert (before, after) == ((0, 6), (50, 7))
    # The first is overdue now and counts no longer among those that are kept up.
    assert await days.now("ends_soon") == 100


async def test_a_pause_of_the_worker_is_one_count_at_its_end(days: Days) -> None:
    await days.add("一号", kept_on=days_ago(days, 10))
    await days.follow()
    days.town.clock.move(timedelta(days=30))
    fired = await days.strike()

    # One that the day has begun, and one for each type of which something asks the clock.
    assert (fired, await days.now("overdue")) == (3, 1)
    assert await days.strike() == 0


async def test_many_records_are_counted_some_at_a_time(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pengcheng.engines.indicators.keeping.BATCH", 2)
    for number in range(5):
        await days.add(f"{number}号", kept_on=days_ago(days, 15))
    await days.follow()
    fired = await days.tomorrow()

    assert (await days.now("overdue"), fired) == (5, 5)


async def test_an_event_that_grows_old_leaves_the_figure(days: Days) -> None:
    for _ in range(3):
        await days.town.send()
        await days.town.intake()
    await days.follow()
    span = (date(2020, 1, 1), date(2040, 1, 1))
    fresh = await days.indicators.figure(EVERYTHING, "fresh_matters", span)
    for _ in range(5):
        await days.tomorrow()
    old = await days.indicators.figure(EVERYTHING, "fresh_matters", span)

    assert (fresh.value, old.value) == (1, 0)


async def test_an_entry_that_is_heard_late_counts_as_it_is_now(days: Days) -> None:
    await days.add("一号", kept_on=days_ago(days, 15))
    await days.tomorrow()
    await days.follow()

    assert await days.now("overdue") == 1


async def test_the_worker_fires_the_daily_count(days: Days) -> None:
    assert set(days.indicators.fires()) <= set(housekeeping.fires_of(days.services))
