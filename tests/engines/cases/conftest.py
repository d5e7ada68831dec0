"""The small city of the tests of cases."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from pengcheng import city as composition
from pengcheng.kernel.time import FixedClock
from pengcheng.ops import postgres
from tests.city import FILLED, Filled, filled, settings_of
from tests.conftest import database
from tests.engines.cases.town import MONDAY, Town

__all__ = ["filled"]

EMPTIED = """
truncate cases, task, message, event, follower, evaluation, decision, city.demand, access_record,
         notice, indicator_value, indicator_share, indicator_counted,
         recurring_duty, recurring_case, search_document, stored_file, log, subscription,
         parked, timer, person_key, trained_model cascade;
update organisation set active = true where not active;
alter sequence case_serial restart;
"""
"""A copy of a database takes seconds on a busy machine; emptying what tests fill takes none."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def town_url(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[str]:
    """The database of a module's towns."""
    with database(postgres_server, template=FILLED) as url:
        yield url


@pytest.fixture
async def town(town_url: str, filled: Filled) -> AsyncIterator[Town]:
    """A city without a case, on a Monday morning."""
    with psycopg.connect(town_url, autocommit=True) as connection:
        connection.execute(EMPTIED.encode())
    services = composition.services_of(settings_of(filled.data, town_url))
    await services.database.open()
    await composition.declare(services)
    await services.organisations.load()
    await services.areas.load()
    clock = FixedClock(MONDAY)
    services.cases.clock = clock
    yield Town(services, filled.tokens, town_url, clock)
    await services.database.close()
