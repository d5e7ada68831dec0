"""Work that comes again for each object: opened once for each period, also when the worker dies or
pauses, and ended when the record leaves the filter."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pengcheng import city as composition
from pengcheng.edge import housekeeping, pack_changes
from pengcheng.engines.objects import NewRecord, Record
from pengcheng.engines.recurring import RecurringWork
from pengcheng.ground import timers
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.time import city_day
from tests.city import MEITING, NANSHAN
from tests.engines.cases.town import Town
from tests.lifts import FILES, declared

pytestmark = pytest.mark.anyio
LIFT = Scope(action="change", type="lift", regions=(Region(),), actor=SYSTEM)
UPKEEP_ONLY = FILES["recurring.yaml"].split("  yearly_check:")[0]
TODAY = date(2026, 11, 23)


class Again:
    """A town with lifts, whose clock tests move."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.services = town.services

    @property
    def work(self) -> RecurringWork:
        return self.services.recurring

    async def add(self, title: str = "一号", area: str = MEITING, **more: Any) -> Record:
        new = NewRecord(attributes={"title": title, **more}, area_code=area)
        return await self.services.objects.create(self.services.registry, LIFT, new)

    async def change(self, record: Record, **values: Any) -> Record:
        return await self.services.objects.change(
            self.services.registry, LIFT, record.id, values, version=record.version
        )

    async def follow(self) -> None:
        await self.town.drain(self.work.subscriber())

    async def strike(self, by: timedelta = timedelta()) -> int:
        """Time passes, and the timers that are due strike; how many."""
        self.town.clock.move(by)
        fired, now = 0, self.town.clock.now()
        while more := await timers.fire_due(self.services.database, now, self.work.fires()):
            fired += more
        return fired

    def cases(self) -> list[tuple[Any, ...]]:
        return self.town.query(
            """select r.period, c.title, f.lift, c.open from recurring_case r
               join cases c on c.id = r.case_id join city.lift_upkeep f on f.id = c.id
               order by r.period, c.title"""
        )

    def close(self) -> None:
        self.town.query(
            """update cases set open = false, clock = 'stopped', outcome = 'closed',
                      closed_at = now() where kind = 'lift_upkeep' returning 1"""
        )

    def waiting(self) -> int:
        rows = self.town.query("select count(*) from timer where kind like 'recurring:%'")
        found: int = rows[0][0]
        return found


@pytest.fixture
async def again(town: Town, tmp_path: Path) -> AsyncIterator[Again]:
    await pack_changes.apply(town.services, declared(tmp_path, recurring=UPKEEP_ONLY))
    await composition.declare(town.services)
    made = Again(town)
    await made.strike(timedelta(minutes=1))
    yield made
    with psycopg.connect(town.url, autocommit=True) as connection:
        connection.execute(b"truncate city.lift, city.lift_upkeep, record cascade")


async def test_a_case_comes_when_its_period_has_come_and_not_before(again: Again) -> None:
    lift = await again.add(kept_on="2026-11-20")
    await again.follow()
    await again.strike(timedelta(days=9))
    before = again.cases()
    await again.strike(timedelta(days=1, hours=1))

    assert before == []
    assert again.cases() == [(date(2026, 12, 5), "维保：一号", lift.id, True)]
    assert (await again.strike(), len(again.cases())) == (0, 1)


async def test_the_case_says_why_it_was_opened_and_has_its_time(again: Again) -> None:
    lift = await again.add(kept_on="2026-11-20")
    await again.follow()
    await again.strike(timedelta(days=11))
    ((cause, area, promise),) = again.town.query(
        """select l.cause, c.area_no, c.deadline -> 'promise' from cases c
           join log l on l.subject_id = c.id and l.kind = 'case.accepted'"""
    )

    assert cause == {"recurring": "upkeep", "record": str(lift.id), "period": "2026-12-05"}
    assert area == int(f"{MEITING}000")
    assert promise in ([3, "working_day"], {"amount": 3, "unit": "working_day"})


async def test_a_filter_that_asks_the_day_begins_and_ends_the_work_as_days_pass(
    again: Again, tmp_path: Path
) -> None:
    town = again.town
    asked = 'where: kept_on < today() - duration("P30D") and kept_on > today() - duration("P60D")'
    files = UPKEEP_ONLY.replace('where: state = "in_use"', asked)
    await pack_changes.apply(town.services, declared(tmp_path, recurring=files))
    await composition.declare(town.services)
    await again.strike(timedelta(minutes=1))
    kept_on = city_day(town.clock.now()) - timedelta(days=29)
    await again.add(kept_on=kept_on.isoformat())
    await again.follow()
    found = []
    for _ in range(4):
        await again.strike(timedelta(days=1))
        found.append(len(town.query("select 1 from recurring_duty")))
    await again.strike(timedelta(days=40))

    assert found == [0, 1, 1, 1]
    assert town.query("select 1 from recurring_duty") == []


async def test_a_pause_brings_the_newest_period_and_no_flood(again: Again) -> None:
    for number in range(3):
        await again.add(f"{number}", kept_on="2026-11-20")
    await again.follow()
    fired = await again.strike(timedelta(days=100))
    first = again.cases()
    again.close()
    await again.strike(timedelta(days=16))

    assert fired == 3
    assert [(row[0], row[1]) for row in first] == [
        (date(2027, 3, 5), f"维保：{number}") for number in range(3)
    ]
    assert [row[0] for row in again.cases()] == [date(2027, 3, 5)] * 3 + [date(2027, 3, 20)] * 3


async def test_no_second_case_comes_while_the_first_is_open(again: Again) -> None:
    await again.add(kept_on="2026-11-20")
    await again.follow()
    await again.strike(timedelta(days=12))
    await again.strike(timedelta(days=15))
    open_still = len(again.cases())
    again.close()
    await again.strike(timedelta(days=15))

    assert open_still == 1
    assert [row[0] for row in again.cases()] == [date(2026, 12, 5), date(2027, 1, 4)]


async def test_a_record_that_leaves_the_filter_has_no_more_work_until_it_returns(
    again: Again,
) -> None:
    lift = await again.add(kept_on="2026-11-20")
    await again.follow()
    lift = await again.change(lift, state="stopped")
    await again.follow()
    stopped = again.waiting()
    await again.strike(timedelta(days=40))
    nothing = again.cases()
    await again.change(lift, state="in_use")
    await again.follow()
    await again.strike(timedelta(days=16))

    assert (stopped, nothing) == (0, [])
    assert len(again.cases()) == 1


async def test_a_filter_that_nobody_has_heard_of_yet_is_asked_when_the_timer_strikes(
    again: Again,
) -> None:
    lift = await again.add(kept_on="2026-11-20")
    await again.follow()
    await again.change(lift, state="stopped")
    await again.strike(timedelta(days=12))

    assert (again.cases(), again.waiting()) == ([], 0)


async def test_a_retired_record_has_no_timer(again: Again) -> None:
    lift = await again.add(kept_on="2026-11-20")
    await again.follow()
    await again.services.objects.retire(
        again.services.registry, LIFT, lift.id, version=lift.version
    )
    await again.follow()

    assert again.waiting() == 0


async def test_work_done_moves_the_next_period_with_its_date(again: Again) -> None:
    lift = await again.add(kept_on="2026-11-20")
    await again.follow()
    await again.strike(timedelta(days=12))
    again.close()
    await again.change(lift, kept_on="2026-12-04")
    await again.follow()
    ((period,),) = again.town.query("select period from recurring_duty")

    assert period == date(2026, 12, 19)
    assert again.waiting() == 1


async def test_without_a_date_periods_begin_with_the_duty(again: Again) -> None:
    await again.add()
    await again.follow()
    ((began, period),) = again.town.query("select began_on, period from recurring_duty")

    assert (began, period) == (TODAY, TODAY + timedelta(days=15))


class _Killed(BaseException):
    """The process ends here."""


async def test_one_that_is_killed_while_opening_opens_once_when_it_is_back(again: Again) -> None:
    await again.add(kept_on="2026-11-20")
    await again.follow()
    again.town.clock.move(timedelta(days=12))
    fires = dict(again.work.fires())

    async def killed(work: Any, timer: Any) -> None:
        await fires[timer.kind](work, timer)
        again.town.query("select pg_terminate_backend(%s)", work.connection.info.backend_pid)
        raise _Killed

    with pytest.raises(_Killed):
        await timers.fire_due(
            again.services.database, again.town.clock.now(), {"recurring:upkeep": killed}
        )
    lost = again.cases()
    await timers.fire_due(again.services.database, again.town.clock.now(), fires)

    assert lost == []
    assert len(again.cases()) == 1
    assert again.waiting() == 1


async def test_records_that_stood_before_a_pack_came_get_their_work(
    again: Again, tmp_path: Path
) -> None:
    await again.add("旧梯", NANSHAN, kept_on="2026-11-20")
    with psycopg.connect(again.town.url, autocommit=True) as connection:
        connection.execute(b"truncate timer, recurring_duty")
    await pack_changes.apply(again.services, declared(tmp_path / "newer"))
    await composition.declare(again.services)
    await again.strike(timedelta(minutes=1))

    duties = again.town.query("select recurring, period from recurring_duty order by 1")
    assert duties == [("upkeep", date(2026, 12, 5)), ("yearly_check", date(2027, 2, 1))]
    assert "recurring:yearly_check" in housekeeping.fires_of(again.services)


async def test_records_that_stand_as_they_did_are_looked_at_together(
    again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        await again.add(f"{number} 号", kept_on="2026-11-20")
    await again.follow()
    asked: list[str] = []
    tuples = Work.tuples

    async def noted(work: Work, statement: Any, /, **values: Any) -> list[tuple[Any, ...]]:
        asked.append(str(statement))
        return await tuples(work, statement, **values)

    monkeypatch.setattr(Work, "tuples", noted)
    await again.work.arm()
    await again.strike(timedelta(minutes=1))

    assert sum("from recurring_" in text for text in asked) == 2
    assert again.waiting() == 12


async def test_work_that_no_pack_declares_any_more_ends(again: Again, tmp_path: Path) -> None:
    await again.add(kept_on="2026-11-20")
    await again.follow()
    none = "recurring: {}\n"
    await pack_changes.apply(again.services, declared(tmp_path / "newer", recurring=none))
    await composition.declare(again.services)
    await again.strike(timedelta(minutes=1))

    assert again.waiting() == 0
    assert again.town.query("select * from recurring_duty") == []


async def test_the_work_of_a_record_is_told_for_its_page(again: Again) -> None:
    lift = await again.add(kept_on="2026-11-20")
    await again.follow()
    await again.strike(timedelta(days=12))
    ((told, duty, opened),) = await again.work.of_record(LIFT, lift.id)

    assert (told.name, duty.period if duty else None) == ("upkeep", date(2026, 12, 20))
    assert [one.period for one in opened] == [date(2026, 12, 5)]
