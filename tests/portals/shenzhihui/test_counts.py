"""What the command screen counts: every open case once, by indexes of open work, within a scope."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from pengcheng.engines.cases import CaseQuery, Standing, Standings, _store_counts
from pengcheng.kernel.areas import area_span
from tests.city import FUTIAN, City
from tests.portals.shenzhihui.paper import scope

STATES = {"good": "good", "watch": "watch", "late": "late", "suspended": "suspended",
          "answered": "replied", "open": "open"}  # fmt: skip
CLOSED, OPEN = 20_000, 400


def standings(city: City, by: str = "leader", **query: Any) -> Standings:
    asked = CaseQuery(kind="demand", **query)
    found: Standings = city.run(
        city.services.overseeing.standings, scope(city, by, "demand"), asked
    )
    return found


def parts(standing: Standing) -> int:
    return standing.good + standing.watch + standing.late + standing.suspended + standing.answered


def test_every_open_case_is_in_exactly_one_state(busy_city: City) -> None:
    found = standings(busy_city)
    [(open_cases,)] = busy_city.query("select count(*) from cases where open")

    assert parts(found.all) == found.all.open == open_cases
    assert min(found.all.good, found.all.watch, found.all.late, found.all.suspended) > 0
    assert found.all.answered > 0


@pytest.mark.parametrize("cut", ["district", "sub_district", "unit", "category"])
def test_the_parts_of_each_cut_add_up_to_the_whole(busy_city: City, cut: str) -> None:
    found = standings(busy_city)
    values = list(getattr(found, cut).values())

    for state in Standing.__struct_fields__:
        assert sum(getattr(item, state) for item in values) == getattr(found.all, state)


@pytest.mark.parametrize("state", sorted(STATES))
def test_a_count_is_the_length_of_the_list_under_it(busy_city: City, state: str) -> None:
    query = CaseQuery(kind="demand", state=STATES[state])
    listed = busy_city.run(
        busy_city.services.cases.count, scope(busy_city, "leader", "demand"), query
    )

    assert getattr(standings(busy_city).all, state) == listed > 0


def test_who_commands_a_district_counts_its_cases_only(busy_city: City) -> None:
    low, high = area_span(FUTIAN)
    [(own,)] = busy_city.query(
        "select count(*) from cases where open and area_no >= %s and area_no < %s", low, high
    )

    found = standings(busy_city, "duty")

    assert found.all.open == own < standings(busy_city).all.open
    assert set(found.district) == {low}


def test_cases_without_a_known_place_can_be_asked_for(busy_city: City) -> None:
    [(placeless,)] = busy_city.query("select count(*) from cases where open and area_no is null")

    found = standings(busy_city, area=(-1, 0))

    assert found.all.open == placeless > 0
    assert found.all == standings(busy_city).district[0]


class Explaining:
    """Takes the place of a `Work`: keeps the plan of the statement instead of its rows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.plan = ""

    async def tuples(self, statement: str, **values: Any) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(f"explain {statement}".encode(), values).fetchall()
        self.plan = "\n".join(row[0] for row in rows)
        return []


MANY = f"""
insert into cases (id, code, kind, title, step, stage, open, channel, category, area_no,
                   organisation_id, organisation_no, clock, accepted_at, closed_at, due_at,
                   deadline)
select gen_random_uuid(), 'X' || n, 'demand', 'x', 'closed', 'closed', n > {CLOSED}, 'api', '民政',
       440304007016001, '00000000-0000-0000-0000-000000000001', n % 50,
       case when n > {CLOSED} then 'running' else 'stopped' end,
       now() - (n % 300) * interval '1 day',
       case when n > {CLOSED} then null else now() end, now() + interval '1 day', '{{}}'
from generate_series(1, {CLOSED + OPEN}) n returning 1
"""

OF_OPEN = """select indexname from pg_indexes
             where tablename = 'cases' and indexdef like '%WHERE open%'"""


def test_counts_read_indexes_of_open_work_and_of_days_never_all_cases(fresh_city: City) -> None:
    city, now = fresh_city, datetime.now(UTC)
    city.query(MANY)
    with psycopg.connect(city.url, autocommit=True) as connection:
        connection.execute("analyze cases")
        of_open = [row[0] for row in connection.execute(OF_OPEN)]
    for by in ("leader", "duty"):
        seen, work = scope(city, by, "demand"), Explaining(city.url)
        query = CaseQuery(kind="demand", state="open")
        city.run(_store_counts.standings, work, seen, query, now)
        assert "Seq Scan on cases" not in work.plan
        assert any(name in work.plan for name in of_open), work.plan

        day = CaseQuery(kind="demand", state="all", accepted=(now - timedelta(days=1), now))
        city.run(_store_counts.flow, work, seen, day, now)
        assert any(name in work.plan for name in ("cases_accepted", "cases_flow")), work.plan


def test_a_past_moment_is_shown_as_it_stood_then(fresh_city: City) -> None:
    city = fresh_city
    changes = (
        (
            "accepted_at = now() - interval '5 hours', replied_at = now() - interval '4 hours', "
            "closed_at = now() - interval '1 hour', open = false, clock = 'stopped', "
            "outcome = 'closed'"
        ),
        "accepted_at = now() - interval '5 hours', due_at = now() - interval '3 hours'",
        "accepted_at = now() - interval '5 hours', due_at = now() - interval '1 hour'",
        "accepted_at = now() - interval '5 hours', replied_at = now(), was_late = true",
        "accepted_at = now() - interval '1 minute'",
    )
    for change in changes:
        made = city.send_case()
        city.query(f"update cases set {change} where id = %s returning 1", made["id"])
    asked, scoped = CaseQuery(kind="demand"), scope(city, "leader", "demand")

    async def at(hours: float) -> Standings:
        moment = datetime.now(UTC) - timedelta(hours=hours)
        return await city.services.overseeing.standings(scoped, asked, at=moment)

    then, before_all = city.run(at, 2).all, city.run(at, 6).all
    assert before_all.open == 0
    assert (then.open, then.late, then.good, parts(then)) == (4, 2, 1, 4)
    assert city.run(at, 0).all.open == standings(city).all.open == 4
