"""The predicate that a scope becomes finds in PostgreSQL exactly the rows that the scope holds."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Facts, Region, Scope
from pengcheng.kernel.ranges import EVERYTHING, NOTHING, Ranges, ranges

PERSON, OTHER = UUID(int=1), UUID(int=2)
PLAIN = Columns(owner="owner", assignee="assignee", attributes=("order",))
ALIASED = Columns(
    area="r.area_no", organisation="r.organisation_no", owner="r.owner", assignee="r.assignee",
    sensitivity="r.sensitivity", attributes=("r.order",),
)  # fmt: skip
Row = tuple[int, int | None, int | None, UUID | None, UUID | None, int, str | None]
ROWS: list[Row] = [
    (number, *values)
    for number, values in enumerate(
        product((None, 0, 2, 5), (None, 1, 4), (None, PERSON, OTHER), (None, PERSON), (1, 3),
                (None, "api", "web"))
    )
]  # fmt: skip
RANGES = st.one_of(
    st.just(EVERYTHING),
    st.just(NOTHING),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=3).map(ranges),
)
REGIONS = st.builds(
    Region,
    areas=RANGES,
    organisations=RANGES,
    owner=st.sampled_from([None, PERSON]),
    assignee=st.sampled_from([None, PERSON]),
    where=st.sampled_from([(), (("order", ("api",)),), (("order", ("api", "web")),)]),
    sensitivity=st.integers(1, 4),
)
SCOPES = st.lists(REGIONS, max_size=4).map(
    lambda regions: Scope(action="read", type="x", regions=tuple(regions))
)


@pytest.fixture(scope="module")
def rows(postgres_server: Any) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_server.url_of("postgres")) as connection:
        connection.execute(
            """create temporary table r (id int, area_no bigint, organisation_no bigint,
                   owner uuid, assignee uuid, sensitivity smallint, "order" text)"""
        )
        with connection.cursor() as cursor, cursor.copy("copy r from stdin") as copy:
            for row in ROWS:
                copy.write_row(row)
        yield connection


def held(scope: Scope, row: Row) -> bool:
    _, area, unit, owner, assignee, sensitivity, order = row
    facts = Facts(
        area_no=area, organisation_no=unit, owners=frozenset({owner} if owner else ()),
        assignees=frozenset({assignee} if assignee else ()), sensitivity=sensitivity,
        attributes={"order": order},
    )  # fmt: skip
    return scope.holds(facts)


def found(rows: psycopg.Connection[Any], scope: Scope, columns: Columns) -> list[int]:
    where, values = predicate(scope, columns)
    statement = f"select id from r where {where} order by id"
    return [row[0] for row in rows.execute(statement.encode(), values).fetchall()]


@given(SCOPES)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("columns", [PLAIN, ALIASED], ids=["plain", "aliased"])
def test_postgresql_and_the_scope_hold_the_same_rows(
    rows: psycopg.Connection[Any], columns: Columns, scope: Scope
) -> None:
    expected = [row[0] for row in ROWS if held(scope, row)]

    assert found(rows, scope, columns) == expected


def test_a_region_that_demands_what_a_table_has_not_holds_none_of_its_rows(
    rows: psycopg.Connection[Any],
) -> None:
    scope = Scope(action="read", type="x", regions=(Region(owner=PERSON, sensitivity=4),))

    assert found(rows, scope, Columns()) == []


def test_a_thousand_grants_are_one_term_and_a_few_parameters() -> None:
    spans = ranges((number * 10, number * 10 + 5) for number in range(1000))
    scope = Scope(action="read", type="x", regions=(Region(areas=spans),))

    where, values = predicate(scope, Columns())

    assert where.count("area_no") == 1
    assert len(values) == 1


def test_one_range_is_an_interval_that_an_index_serves() -> None:
    scope = Scope(action="read", type="x", regions=(Region(areas=Ranges(((3, 7),))),))

    where, values = predicate(scope, Columns())

    assert where == (
        "((area_no >= %(scope_0_areas_low)s and area_no < %(scope_0_areas_high)s "
        "and sensitivity <= 2))"
    )
    assert values == {"scope_0_areas_low": 3, "scope_0_areas_high": 7}
