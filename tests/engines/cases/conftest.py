"""The small city of the tests of cases."""

from collections.abc import AsyncIterator

import pytest

from pengcheng import city as composition
from pengcheng.kernel.time import FixedClock
from pengcheng.ops import postgres
from tests.city import FILLED, Filled, filled, settings_of
from tests.conftest import database
from tests.engines.cases.town import MONDAY, Town

__all__ = ["filled"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def town(postgres_server: postgres.Cluster, filled: Filled) -> AsyncIterator[Town]:
    """A city of a test's own, on a Monday morning."""
    with database(postgres_server, template=FILLED) as url:
        services = composition.services_of(settings_of(filled.data, url))
        await services.database.open()
        await composition.declare(services)
        await services.organisations.load()
        await services.areas.load()
        clock = FixedClock(MONDAY)
        services.cases.clock = clock
        yield Town(services, filled.tokens, url, clock)
        await services.database.close()
