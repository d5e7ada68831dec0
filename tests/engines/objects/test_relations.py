"""Relations between records: true for a time, read by who reaches both ends, planned over."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from pengcheng.engines.areas import Areas
from pengcheng.engines.objects import (
    EdgeQuery,
    NewEdge,
    NewRecord,
    Objects,
    Relations,
    Schema,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges
from pengcheng.kernel.registry import Attribute, RecordType, Registry, Relation
from pengcheng.kernel.time import SystemClock
from pengcheng.kernel.words import Words

pytestmark = pytest.mark.anyio
FUTIAN, NANSHAN = "440304000000", "440305000000"
IN_FUTIAN = Region(areas=Ranges(((440304000000000, 440305000000000),)), sensitivity=4)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


def type_(name: str, *relations: Relation) -> RecordType:
    attribute = Attribute(name="name", kind="text", label=Words("名称", "Name"), required=True)
    return RecordType(
        name=name, role="object", pack="test", label=Words(name, name), title="name",
        attributes=(attribute,), relations=relations,
    )  # fmt: skip


def relation(name: str, to: str, **more: Any) -> Relation:
    return Relation(name=name, label=Words(name, name), to=to, **more)


HOUSE = type_("house")
PERSON = type_(
    "person", relation("lives_in", "house"), relation("owns", "house", many=True, sensitivity=3)
)
REGISTRY = Registry(version=1, types={"house": HOUSE, "person": PERSON})


def scope(name: str, *regions: Region, action: str = "read") -> Scope:
    held = regions or (Region(sensitivity=4),)
    return Scope(action=action, type=name, regions=held, actor=SYSTEM)


PERSONS, HOUSES = scope("person"), scope("house")
CHANGE = scope("person", action="change")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Street:
    """A few houses and persons by code."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.objects = Objects(database, Areas(database), SystemClock())
        self.relations = Relations(database, SystemClock())

    async def begin(self) -> "Street":
        await Schema(self.database).apply(REGISTRY)
        self.persons = [await self.add("person", FUTIAN) for _ in range(2)]
        self.houses = [await self.add("house", area) for area in (FUTIAN, NANSHAN, FUTIAN)]
        return self

    async def add(self, name: str, area: str) -> str:
        code = f"{name}-{new_id()}"
        new = NewRecord(attributes={"name": code}, code=code, area_code=area)
        await self.objects.create(REGISTRY, scope(name, action="create"), new)
        return code

    async def relate(
        self, name: str, to: str, begin: int = 0, end: int | None = None, person: int = 0,
        change: Scope = CHANGE, houses: Scope = HOUSES,
    ) -> Any:  # fmt: skip
        new = NewEdge(
            from_=self.persons[person], to=to, valid_from=day(begin),
            valid_to=None if end is None else day(end),
        )  # fmt: skip
        return await self.relations.add(REGISTRY, change, name, houses, new)

    async def at(self, name: str, number: int | None, **more: Any) -> list[str]:
        query = EdgeQuery(at=None if number is None else day(number), **more)
        page = await self.relations.from_(REGISTRY, PERSONS, self.persons[0], name, HOUSES, query)
        return [item.code for item in page.items]


@pytest.fixture
async def street(database: Database) -> Street:
    return await Street(database).begin()


async def test_a_relation_is_true_from_its_beginning_until_just_before_its_end(
    street: Street,
) -> None:
    old, new, _ = street.houses
    edge = await street.relate("lives_in", old, 0, 10)
    await street.relate("lives_in", new, 10)

    found = [await street.at("lives_in", number) for number in (-1, 0, 9, 10)]
    await street.relations.withdraw(REGISTRY, CHANGE, "lives_in", HOUSES, (street.persons[0], edge))

    assert found == [[], [old], [old], [new]]
    assert await street.at("lives_in", 0) == []
    assert await street.at("lives_in", None) == [new]


@pytest.mark.parametrize(
    ("name", "to", "begin", "end", "code"),
    [
        ("lives_in", 1, 5, None, "relation.one_only"),
        ("owns", 0, 5, None, "relation.twice"),
        ("owns", 1, 5, 5, "relation.order"),
    ],
)
async def test_what_cannot_stand_beside_what_stands_is_refused_with_its_reason(
    street: Street, name: str, to: int, begin: int, end: int | None, code: str
) -> None:
    await street.relate("lives_in", street.houses[0], 0, 9)
    await street.relate("owns", street.houses[0], 0)

    with pytest.raises(Refusal) as refused:
        await street.relate(name, street.houses[to], begin, end)

    assert [fault.code for fault in refused.value.faults] == [code]


async def test_both_ends_must_be_the_askers(street: Street) -> None:
    here, there, _ = street.houses
    await street.relate("owns", here)
    await street.relate("owns", there)
    persons = scope("person", IN_FUTIAN)
    houses = scope("house", IN_FUTIAN)
    ask = (street.persons[0], "owns")

    seen = await street.relations.from_(REGISTRY, persons, *ask, houses, EdgeQuery())
    owners = await street.relations.to(
        REGISTRY, HOUSES, here, "owns", scope("person", Region(sensitivity=2)), EdgeQuery()
    )
    with pytest.raises(Absent):
        await street.relations.from_(
            REGISTRY, scope("person", Region(sensitivity=2)), *ask, houses, EdgeQuery()
        )
    with pytest.raises(Refusal) as refused:
        await street.relate("owns", there, 3, houses=houses)

    assert [item.code for item in seen.items] == [here]
    assert owners.items == ()
    assert refused.value.faults[0].code == "reference.unknown"


async def test_a_relation_is_read_from_the_other_end_in_pages(street: Street) -> None:
    house = street.houses[0]
    await street.relate("owns", house, 1, person=0)
    await street.relate("owns", house, 2, person=1)
    ask = (REGISTRY, HOUSES, house, "owns", PERSONS)

    first = await street.relations.to(*ask, EdgeQuery(limit=1))
    second = await street.relations.to(*ask, EdgeQuery(limit=1, after=first.next))
    edges = await street.relations.page(REGISTRY, PERSONS, "owns", HOUSES, EdgeQuery())

    assert [page.items[0].code for page in (first, second)] == street.persons[::-1]
    assert second.next is None
    assert [edge.from_code for edge in edges.items] == street.persons[::-1]


async def test_an_end_may_only_come_earlier_and_the_log_of_both_ends_tells_it(
    street: Street,
) -> None:
    edge = await street.relate("lives_in", street.houses[0], 0, 9)
    which = (street.persons[0], edge)
    await street.relations.end(REGISTRY, CHANGE, "lives_in", HOUSES, which, day(5))
    with pytest.raises(Refusal) as refused:
        await street.relations.end(REGISTRY, CHANGE, "lives_in", HOUSES, which, day(7))

    async with street.database.reading() as work:
        told = await work.tuples(
            "select kind, subject_type from log where kind like 'relation.%%' "
            "order by seq desc limit 4"
        )

    assert refused.value.faults[0].code == "relation.ended"
    assert [await street.at("lives_in", number) for number in (4, 5)] == [[street.houses[0]], []]
    assert sorted(told) == [
        (f"relation.{what}", end) for what in ("added", "ended") for end in ("house", "person")
    ]


async def test_a_retired_record_leaves_its_relations(street: Street) -> None:
    await street.relate("lives_in", street.houses[0], 0)
    await street.objects.retire(
        REGISTRY, scope("house", action="retire"), street.houses[0], version=1
    )
    await street.relations.add(
        REGISTRY, CHANGE, "lives_in", HOUSES,
        NewEdge(from_=street.persons[0], to=street.houses[1]),
    )  # fmt: skip

    assert await street.at("lives_in", None) == [street.houses[1]]


async def test_many_edges_go_in_all_or_those_that_are_right(street: Street) -> None:
    first, second, third = street.houses
    person = street.persons[0]
    rows = [
        NewEdge(from_=person, to=first), NewEdge(from_=person, to=first),
        NewEdge(from_=person, to="nowhere"), NewEdge(from_="nobody", to=second),
        NewEdge(from_=person, to=third),
    ]  # fmt: skip
    law = (REGISTRY, CHANGE, "owns", HOUSES, rows)

    refused = await street.relations.add_many(*law, partly=False)
    added, faults = await street.relations.add_many(*law, partly=True)

    assert refused[0] == 0
    assert (added, [(row, fault.path, fault.code) for row, fault in faults]) == (2, [
        (2, "/to", "relation.twice"), (3, "/to", "reference.unknown"),
        (4, "/from", "reference.unknown"),
    ])  # fmt: skip


async def test_an_upgrade_that_standing_edges_forbid_is_told_in_the_plan(street: Street) -> None:
    await street.relate("owns", street.houses[0])
    await street.relate("owns", street.houses[1])
    one, elsewhere = relation("owns", "house"), relation("owns", "person", many=True)
    schema = Schema(street.database)

    async def planned(other: Relation) -> list[str]:
        types = {"house": HOUSE, "person": type_("person", other)}
        found = await schema.plan(msgspec.structs.replace(REGISTRY, types=types))
        return [fault.code for fault in found.faults]

    assert await planned(one) == ["schema.relation_one"]
    assert await planned(elsewhere) == ["schema.relation_to"]
    assert await planned(relation("has", "house")) == []


spans = st.tuples(st.integers(0, 2), st.integers(0, 9), st.none() | st.integers(1, 9))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=st.lists(spans, min_size=1, max_size=8), name=st.sampled_from(["lives_in", "owns"]))
def test_whatever_is_asked_for_one_holds_at_a_time_and_each_instant_tells_what_was_taken(
    runner: asyncio.Runner, opened: Database, asked: list[tuple[int, int, int | None]], name: str
) -> None:
    async def tried() -> None:
        street = await Street(opened).begin()
        taken: list[tuple[str, int, int]] = []
        for house, begin, length in asked:
            end = None if length is None else begin + length
            span = (street.houses[house], begin, end if end is not None else 99)
            beside = [
                one
                for one in taken
                if one[1] < span[2] and span[1] < one[2]
                if name == "lives_in" or one[0] == span[0]
            ]
            try:
                await street.relate(name, span[0], begin, end)
                assert not beside
                taken.append(span)
            except Refusal:
                assert beside
        for instant in range(20):
            true = sorted(one for one, begin, end in taken if begin <= instant < end)
            assert sorted(await street.at(name, instant)) == true

    runner.run(tried())
