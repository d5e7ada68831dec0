"""The past of the sample city: drawn purely, then filled into a real one."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from pengcheng import city as composition
from pengcheng.edge.services import Services
from pengcheng.kernel.time import FixedClock, city_day
from pengcheng.ops import postgres, sample, seed_history
from pengcheng.ops.sample.history import DAYS, instants
from tests.city import FILLED, Filled, filled, settings_of
from tests.conftest import database

__all__ = ["filled"]

SEED = 20261120
NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def past_url(
    postgres_server: postgres.Cluster,
    filled: Filled,
    pack: Path,
    outlines: sample.Outlines,
) -> Iterator[str]:
    """A city whose past was filled."""
    with database(postgres_server, template=FILLED) as url:
        made = composition.services_of(settings_of(filled.data, url))
        # What stands open depends on the hour: the past is that of a working day's afternoon.
        services = msgspec.structs.replace(made, clock=FixedClock(NOW))
        asyncio.run(_fill(services, pack, outlines))
        yield url


async def _fill(services: Services, pack: Path, outlines: sample.Outlines) -> None:
    await services.database.open()
    await composition.declare(services)
    await seed_history.fill_history(services, pack, outlines, SEED)
    await services.database.close()


def query(url: str, text: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(text.encode()).fetchall()


def test_what_came_is_spread_over_days_and_hours_and_never_after_now() -> None:
    moments = list(instants(NOW, sample.stream(SEED, "history")))
    days = Counter(city_day(at) for at in moments)
    hours = Counter(at.hour for at in moments)

    assert all(at < NOW for at in moments)
    assert len(days) == DAYS + 1
    assert min(days.values()) > 20
    assert hours[3] * 5 < hours[10]


def test_a_filled_past_has_open_and_closed_cases_and_nothing_after_now(past_url: str) -> None:
    steps = dict(query(past_url, "select step, count(*) from cases group by step"))

    assert {"handling", "replied", "closed"} <= set(steps)
    assert steps["closed"] > sum(steps.values()) * 0.7
    assert query(past_url, "select count(*) from log where at > now()") == [(0,)]
    late = query(past_url, "select count(*) from cases where was_late")[0][0]
    assert 0 < late < sum(steps.values()) * 0.15


def test_history_of_each_case_is_in_order_and_begins_with_its_acceptance(past_url: str) -> None:
    rows = query(
        past_url,
        """select subject_id, array_agg(kind order by seq), array_agg(at order by seq) from log
           where kind like 'case.%' group by subject_id""",
    )

    assert rows
    assert {kinds[0] for _, kinds, _ in rows} == {"case.accepted"}
    settled = [
        [at for kind, at in zip(kinds, ats, strict=True) if kind != "case.supervised"]
        for _, kinds, ats in rows
    ]
    assert all(one <= two for ats in settled for one, two in pairwise(ats))


def test_ratings_replies_and_figures_stand_beside_the_cases(past_url: str) -> None:
    rated = query(
        past_url,
        """select count(*) from cases c where satisfaction is not null and not exists
             (select 1 from evaluation e where e.case_id = c.id and e.grade = c.satisfaction
                and cardinality(e.reasons) > 0)""",
    )
    unanswered = query(
        past_url,
        """select count(*) from cases c where replied_at is not null and not exists
             (select 1 from message m where m.case_id = c.id and m.purpose = 'reply')""",
    )

    assert rated == [(0,)]
    assert unanswered == [(0,)]
    assert query(past_url, "select count(distinct indicator) from indicator_value")[0][0] == 7
    assert query(past_url, "select count(*) from notice") == [(0,)]


def test_subscribers_begin_after_the_past(past_url: str) -> None:
    behind = query(
        past_url,
        """select count(*) from subscription where seq < (select max(seq) from log
             where kind like 'case.%')""",
    )

    assert behind == [(0,)]
