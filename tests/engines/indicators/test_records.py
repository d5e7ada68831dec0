"""Figures over records of objects and over events: true as these change, opened down to them by who
may read them, and the same after a recount."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pengcheng import city as composition
from pengcheng.edge import pack_changes
from pengcheng.engines.cases import NewCase
from pengcheng.engines.indicators import Figure
from pengcheng.engines.objects import NewRecord
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from tests.city import FUTIAN, MEITING, NANSHAN
from tests.engines.cases.town import MONDAY, Town
from tests.lifts import declared

pytestmark = pytest.mark.anyio
EVERYTHING = Scope(action="read", type="indicator", regions=(Region(),), actor=SYSTEM)


class Lifts:
    """A town with the pack of lifts."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.services = town.services

    def scope(self, type_name: str = "lift") -> Scope:
        return Scope(action="change", type=type_name, regions=(Region(),), actor=SYSTEM)

    async def add(
        self, title: str, area: str = MEITING, type_name: str = "lift", **more: Any
    ) -> Any:
        values = {"title": title, **more} if type_name == "lift" else more
        new = NewRecord(attributes=values, area_code=area)
        return await self.services.objects.create(
            self.services.registry, self.scope(type_name), new
        )

    async def change(self, record: Any, **values: Any) -> Any:
        return await self.services.objects.change(
            self.services.registry, self.scope(record.type), record.id, values,
            version=record.version,
        )  # fmt: skip

    async def retire(self, record: Any) -> None:
        await self.services.objects.retire(
            self.services.registry, self.scope(record.type), record.id, version=record.version
        )

    async def follow(self) -> None:
        await self.town.drain(self.services.indicators.subscriber())

    async def today(self) -> date:
        rows = self.town.query("select (now() at time zone 'Asia/Shanghai')::date")
        found: date = rows[0][0]
        return found

    async def figure(self, name: str, **more: Any) -> Figure:
        day = await self.today()
        return await self.services.indicators.figure(EVERYTHING, name, (day, day), **more)

    async def by(self, name: str, cut: str) -> dict[Any, float | None]:
        day = await self.today()
        found = await self.services.indicators.figures(EVERYTHING, name, (day, day), cut)
        return {item.key: item.value for item in found}


@pytest.fixture
async def lifts(town: Town, tmp_path: Path) -> AsyncIterator[Lifts]:
    await pack_changes.apply(town.services, declared(tmp_path))
    await composition.declare(town.services)
    yield Lifts(town)
    with psycopg.connect(town.url, autocommit=True) as connection:
        connection.execute(b"truncate city.lift, city.lift_reading, record cascade")


async def test_a_count_of_records_follows_what_is_added_changed_and_retired(lifts: Lifts) -> None:
    first, second = await lifts.add("一号"), await lifts.add("二号", NANSHAN)
    await lifts.follow()
    both = await lifts.figure("lifts")
    first = await lifts.change(first, state="stopped")
    await lifts.follow()
    one, share = await lifts.figure("lifts"), await lifts.figure("lifts_stopped")
    await lifts.retire(second)
    await lifts.follow()

    assert (both.value, one.value, (await lifts.figure("lifts")).value) == (2, 1, 0)
    assert (share.numerator, share.denominator, share.value) == (1, 2, 50)
    assert (await lifts.figure("lifts_stopped")).value == 100


async def test_a_figure_is_cut_by_area_and_by_the_code_attribute(lifts: Lifts) -> None:
    await lifts.add("一号"), await lifts.add("二号", NANSHAN), await lifts.add("三号", NANSHAN)
    await lifts.add("四号", FUTIAN, state="stopped")
    await lifts.follow()
    districts = await lifts.by("lifts", "district")
    states = await lifts.by("lifts_stopped", "state")

    assert districts == {int(f"{FUTIAN}000"): 1, int(f"{NANSHAN}000"): 2}
    assert states == {"in_use": 0, "stopped": 100}


async def test_a_figure_of_cases_reads_what_their_kind_declares(lifts: Lifts) -> None:
    lift = await lifts.add("一号")
    scope = Scope(action="create", type="lift_upkeep", regions=(Region(),), actor=SYSTEM)
    for fields in ({"lift": lift.id, "cost": 300.5}, {"cost": 9}, {"lift": lift.id}):
        new = NewCase(kind="lift_upkeep", channel="api", fields={"subject": "维保", **fields})
        await lifts.services.cases.accept(scope, new)
    await lifts.follow()
    indicators, day = lifts.services.indicators, MONDAY.date()
    followed = await indicators.figure(EVERYTHING, "upkeep_cost", (day, day))
    await indicators.rebuild()

    assert (followed.value, followed.denominator) == (300.5, 2)
    assert await indicators.figure(EVERYTHING, "upkeep_cost", (day, day)) == followed


async def test_a_mean_takes_what_has_a_value(lifts: Lifts) -> None:
    await lifts.add("一号", load_kg=1000), await lifts.add("二号", load_kg=800)
    await lifts.add("三号")
    await lifts.follow()
    found = await lifts.figure("load")

    assert (found.value, found.denominator) == (900, 2)


async def test_a_dated_figure_counts_on_the_day_of_its_date(lifts: Lifts) -> None:
    day = date(2026, 3, 2)
    made = await lifts.add("一号", kept_on="2026-03-02")
    await lifts.add("二号")
    await lifts.follow()
    indicators = lifts.services.indicators
    then = await indicators.figure(EVERYTHING, "upkeep_by_day", (day, day))
    await lifts.change(made, kept_on="2026-03-05")
    await lifts.follow()
    days = await indicators.figures(
        EVERYTHING, "upkeep_by_day", (day, day + timedelta(days=5)), "day"
    )

    assert then.value == 1
    assert [(item.key, item.value) for item in days if item.value] == [(date(2026, 3, 5), 1)]


async def test_the_latest_is_the_value_of_the_newest_record(lifts: Lifts) -> None:
    for at, trips in (("08", 10), ("10", 30), ("09", 20)):
        await lifts.add("", NANSHAN, "lift_reading", trips=trips, read_at=f"2026-03-02T{at}:00Z")
    newest = await lifts.add("", FUTIAN, "lift_reading", trips=7, read_at="2026-03-02T11:00Z")
    await lifts.follow()
    before, districts = await lifts.figure("trips"), await lifts.by("trips", "district")
    await lifts.retire(newest)
    await lifts.follow()

    assert before.value == 7
    assert districts == {int(f"{FUTIAN}000"): 7, int(f"{NANSHAN}000"): 30}
    assert (await lifts.figure("trips")).value == 30


async def test_what_stood_at_the_end_of_a_day_is_told_for_each_day(lifts: Lifts) -> None:
    made = await lifts.add("一号")
    await lifts.follow()
    day = await lifts.today()
    span = (day - timedelta(days=2), day)
    days = await lifts.services.indicators.figures(EVERYTHING, "lifts", span, "day")
    lifts.town.query(
        "update indicator_value set day = day - 1 where indicator = 'lifts' returning 1"
    )
    await lifts.change(made, state="stopped")
    await lifts.follow()
    later = await lifts.services.indicators.figures(EVERYTHING, "lifts", span, "day")

    assert [item.value for item in days] == [0, 0, 1]
    assert [item.value for item in later] == [0, 1, 0]


async def test_events_are_counted_as_cases_join_them_and_divided_by_records(lifts: Lifts) -> None:
    town = lifts.town
    for _ in range(3):
        await town.send()
        await town.intake()
    await lifts.add("一号"), await lifts.add("二号")
    await lifts.follow()
    day = town.clock.now().date()
    indicators = lifts.services.indicators
    matters = await indicators.figure(EVERYTHING, "matters", (day, day))
    ratio = await indicators.figure(EVERYTHING, "reports_per_lift", (day, day))
    empty = await indicators.figures(EVERYTHING, "reports_per_lift", (day, day), "district")
    read = Scope(action="read", type="mass_matter", regions=(Region(),), actor=SYSTEM)
    found = await indicators.records_under((EVERYTHING, read), "matters", (day, day))

    assert (matters.value, [item.event.cases for item in found.events]) == (3, [3])
    assert ratio.numerator == 3
    assert all(item.numerator <= 3 for item in empty)


async def test_a_figure_opens_down_to_records_that_the_reader_may_read(lifts: Lifts) -> None:
    for number in range(5):
        await lifts.add(f"{number}号", FUTIAN if number < 2 else NANSHAN)
    await lifts.add("停", state="stopped")
    await lifts.follow()
    day = await lifts.today()
    clerk = lifts.services.rights.scope(await lifts.town.actor("clerk"), "read", "lift")
    everyone = lifts.scope()
    codes: list[str] = []
    following = None
    for _ in range(3):
        page = await lifts.services.indicators.records_under(
            (EVERYTHING, everyone), "lifts", (day, day), after=following, limit=2
        )
        codes += [item.record.code for item in page.records]
        following = page.next
    mine = await lifts.services.indicators.records_under((EVERYTHING, clerk), "lifts", (day, day))
    met = await lifts.services.indicators.records_under(
        (EVERYTHING, everyone), "lifts_stopped", (day, day), met=True
    )

    assert (len(codes), len(set(codes)), following) == (5, 5, None)
    assert sorted(item.record.title for item in mine.records) == ["0号", "1号"]
    assert [item.record.title for item in met.records] == ["停"]


async def test_a_recount_gives_the_same_and_takes_in_what_was_filled(lifts: Lifts) -> None:
    first = await lifts.add("一号", load_kg=600, kept_on="2026-03-02")
    await lifts.add("二号", NANSHAN, state="stopped")
    await lifts.follow()
    names = ("lifts", "lifts_stopped", "load", "upkeep_by_day")
    followed = {name: await lifts.by(name, "district") for name in names}
    await lifts.services.indicators.rebuild()
    recounted = {name: await lifts.by(name, "district") for name in names}
    await lifts.services.objects.fill(
        lifts.services.registry, lifts.scope(),
        [NewRecord(attributes={"title": f"{n}"}, area_code=NANSHAN) for n in range(40)],
    )  # fmt: skip
    await lifts.follow()
    with psycopg.connect(lifts.town.url, autocommit=True) as connection:
        connection.execute(b"delete from city.lift where id = %s", (first.id,))
    filled = await lifts.figure("lifts")
    await lifts.services.indicators.rebuild()

    assert followed == recounted
    assert (filled.value, (await lifts.figure("lifts")).value) == (41, 40)
