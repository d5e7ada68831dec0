"""Declarations that change again and again in a running city: nothing is lost, nothing is left
over, and what is declared is what stands."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pengcheng.engines.objects import Schema
from pengcheng.ground.database import Database
from pengcheng.kernel.registry import Registry
from tests.engines.objects.growth import KINDS, NAMES, POINTS, VALUES, Town, attribute

rows = st.fixed_dictionaries({kind: st.sampled_from(VALUES[kind]) for kind in KINDS})
names, kinds = st.sampled_from(NAMES), st.sampled_from(KINDS)
places = st.sampled_from(POINTS)


class After:
    """The clock of a later day."""

    def __init__(self, *, days: int) -> None:
        self._later = timedelta(days=days)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._later


class Growing(RuleBasedStateMachine):
    """Changes one type, its records and its declaration in any order."""

    runner: asyncio.Runner
    database: Database
    town: Town

    @initialize(first=rows, second=rows)
    def begin(self, first: dict[str, object], second: dict[str, object]) -> None:
        self.town = Town(self.runner, self.database)
        self.town.add(dict(first), None)
        self.town.add(dict(second), None)

    @rule(name=names, kind=kinds)
    def declare_an_attribute(self, name: str, kind: str) -> None:
        rest = [one for one in self.town.type.attributes if one.name != name]
        self.town.declare(attributes=(*rest, attribute(name, kind)))

    @rule(data=st.data(), kind=kinds)
    def give_it_another_kind(self, data: st.DataObject, kind: str) -> None:
        chosen = data.draw(st.sampled_from(self.town.type.attributes))
        other = msgspec.structs.replace(chosen, kind=kind, unique=False)
        every = (other if one is chosen else one for one in self.town.type.attributes)
        self.town.declare(attributes=tuple(every))

    @rule(name=names)
    def declare_it_no_more(self, name: str) -> None:
        rest = [one for one in self.town.type.attributes if one.name != name]
        self.town.declare(attributes=tuple(rest))

    @rule(data=st.data(), index=st.booleans(), unique=st.booleans())
    def index_it(self, data: st.DataObject, *, index: bool, unique: bool) -> None:
        chosen = data.draw(st.sampled_from(self.town.type.attributes))
        other = msgspec.structs.replace(chosen, index=index, unique=unique)
        every = (other if one is chosen else one for one in self.town.type.attributes)
        self.town.declare(attributes=tuple(every))

    @rule(history=st.booleans())
    def keep_history(self, *, history: bool) -> None:
        self.town.declare(history=history)

    @rule(place=st.sampled_from(["point", None]))
    def give_it_a_place(self, place: str | None) -> None:
        self.town.declare(place=place)

    @rule(values=rows, place=places)
    def add_a_record(self, values: dict[str, object], place: object) -> None:
        self.town.add(dict(values), place)

    @precondition(lambda self: any(not item.retired for item in self.town.items))
    @rule(data=st.data())
    def change_a_record(self, data: st.DataObject) -> None:
        alive = [item for item in self.town.items if not item.retired]
        item = data.draw(st.sampled_from(alive))
        chosen = data.draw(st.sampled_from(self.town.type.attributes))
        value = data.draw(st.sampled_from([one for one in VALUES[chosen.kind] if one != ""]))
        self.town.change(item, chosen.name, value)

    @precondition(lambda self: sum(not item.retired for item in self.town.items) > 1)
    @rule(data=st.data())
    def retire_a_record(self, data: st.DataObject) -> None:
        alive = [item for item in self.town.items if not item.retired]
        self.town.retire(data.draw(st.sampled_from(alive)))

    @invariant()
    def all_holds(self) -> None:
        self.town.holds()


@pytest.mark.parametrize("examples", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_a_type_may_change_in_any_order_and_nothing_is_lost(
    runner: asyncio.Runner, opened: Database, examples: int
) -> None:
    run_state_machine_as_test(
        type("Growing", (Growing,), {"runner": runner, "database": opened}),
        settings=settings(
            max_examples=examples, stateful_step_count=12, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


PLAIN = {"text": "7", "integer": 7, "number": 7.0, "boolean": True, "date": date(2026, 2, 28)}


@pytest.fixture
def town(runner: asyncio.Runner, opened: Database) -> Town:
    made = Town(runner, opened)
    made.add(dict(PLAIN), None)
    return made


def test_history_and_then_an_attribute_and_a_place_reach_the_superseded_versions(
    town: Town,
) -> None:
    (street,) = town.type.attributes
    town.declare(history=True)
    town.change(town.items[0], "street", "x")
    town.declare(attributes=(street, attribute("roof", "integer")), place="point")
    town.change(town.items[0], "roof", 7)

    town.holds()
    assert [at for at, _ in town.items[0].superseded] == [1, 2]


def test_what_was_recorded_before_history_was_off_is_there_when_it_is_on_again(town: Town) -> None:
    town.declare(history=True)
    town.change(town.items[0], "street", "x")
    town.declare(history=False, attributes=(attribute("street", "integer"),))
    town.declare(attributes=(attribute("street", "text"),))
    town.declare(history=True)

    town.holds()
    assert town.items[0].superseded == [(1, {"street": "7"})]


def test_a_kind_that_changes_takes_its_values_along_and_what_does_not_fit_is_kept(
    town: Town,
) -> None:
    town.add({**PLAIN, "text": "x"}, None)
    town.declare(attributes=(attribute("street", "integer", index=True),))

    town.holds()
    assert [item.values["street"] for item in town.items] == [7, None]
    former = town.runner.run(town.column("street"))
    assert former == ["7", "x"]


def test_two_values_alike_hinder_a_unique_attribute_and_nothing_is_changed(town: Town) -> None:
    town.add(dict(PLAIN), None)
    before = town.runner.run(town.schema.newest())

    town.declare(attributes=(attribute("street", "text", unique=True),))

    town.holds()
    assert town.runner.run(town.schema.newest()) == before


def test_indexes_of_names_that_look_alike_are_all_built(town: Town) -> None:
    alike = ("a" * 40 + "b" * 8, "a" * 40 + "c" * 8, "area", "unit")
    town.declare(attributes=tuple(attribute(name, "text", index=True) for name in alike))

    town.holds()


def test_a_column_goes_only_when_the_retention_of_its_type_has_ended(town: Town) -> None:
    town.declare(attributes=(attribute("order", "text"),), retention_days=30)
    registry = Registry(types={town.name: town.type})

    early = Schema(town.database, After(days=29))
    late = Schema(town.database, After(days=31))

    assert town.runner.run(early.plan(registry)).changes == ()
    assert [change.statement for change in town.runner.run(late.plan(registry)).changes] == [
        f'alter table city."{town.name}" drop column if exists "street"'
    ]
