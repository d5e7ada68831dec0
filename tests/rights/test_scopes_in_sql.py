"""The algebra of scopes and the predicate of the statement say the same of every row."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import EVERYTHING, Facts, Region, Scope
from pengcheng.kernel.ranges import Ranges, ranges

PEOPLE = [UUID(int=number) for number in range(1, 5)]
COLUMNS = Columns(owner="owner_id", assignee="assignee_id", attributes=("channel",))
CHANNELS = ("api", "telephone", "grid")
TABLE = """create temp table row_ (
    id int primary key, area_no bigint, organisation_no bigint, owner_id uuid, assignee_id uuid,
    sensitivity int not null, channel text)"""

some = st.one_of(st.none(), st.integers(0, 60))
person = st.one_of(st.none(), st.sampled_from(PEOPLE))
spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4).map(ranges)
part = st.one_of(st.just(EVERYTHING), spans)
where = st.one_of(
    st.just(()),
    st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True).map(
        lambda found: (("channel", tuple(found)),)
    ),
)
region = st.builds(
    Region, areas=part, organisations=part, owner=person, assignee=person, where=where,
    sensitivity=st.integers(1, 4),
)  # fmt: skip
row = st.tuples(
    some, some, person, person, st.integers(1, 4), st.one_of(st.none(), st.sampled_from(CHANNELS))
)


@pytest.fixture(scope="module")
def connection(postgres_server: Any, migrated_template: str) -> Iterator[psycopg.Connection[Any]]:
    url = postgres_server.url_of("postgres")
    with psycopg.connect(url, autocommit=True) as found:
        found.execute(TABLE)
        yield found


def facts_of(found: tuple[Any, ...]) -> Facts:
    area, organisation, owner, assignee, sensitivity, channel = found
    return Facts(
        area_no=area,
        organisation_no=organisation,
        owners=frozenset({owner} - {None}),
        assignees=frozenset({assignee} - {None}),
        sensitivity=sensitivity,
        attributes={"channel": channel},
    )


@given(st.lists(region, max_size=4), st.lists(row, min_size=1, max_size=40))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_scope_holds_exactly_the_rows_that_its_predicate_finds(
    connection: psycopg.Connection[Any],
    regions: list[Region],
    rows: list[tuple[Any, ...]],
) -> None:
    scope = Scope(action="read", type="row_", regions=tuple(regions))
    condition, values = predicate(scope, COLUMNS)
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.executemany(
            "insert into row_ values (%s, %s, %s, %s, %s, %s, %s)",
            [(number, *found) for number, found in enumerate(rows)],
        )
        cursor.execute(f"select id from row_ where {condition}".encode(), values)
        found = {number for (number,) in cursor.fetchall()}

    assert found == {n for n, one in enumerate(rows) if scope.holds(facts_of(one))}


@given(spans, spans, st.one_of(st.none(), st.integers(0, 60)))
def test_sets_of_numbers_unite_and_meet_as_sets_do(
    left: Ranges, right: Ranges, number: Any
) -> None:
    assert (left | right).holds(number) == (left.holds(number) or right.holds(number))
    assert (left & right).holds(number) == (left.holds(number) and right.holds(number))


def test_an_empty_scope_finds_nothing() -> None:
    assert predicate(Scope(action="read", type="row_"), COLUMNS) == ("false", {})


def test_a_region_that_a_table_cannot_answer_finds_nothing() -> None:
    scope = Scope(action="read", type="row_", regions=(Region(owner=PEOPLE[0]),))

    assert predicate(scope, Columns(owner=None))[0] == "false"
