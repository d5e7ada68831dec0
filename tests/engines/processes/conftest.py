"""A database with the processes of it, on a clock that is moved by hand."""

from collections.abc import AsyncIterator

import pytest

from pengcheng.engines.processes import FeelConditions, Processes
from pengcheng.ground.database import Database
from pengcheng.kernel.time import FixedClock
from tests.engines.processes.process_play import NOON


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def processes(database: Database, clock: FixedClock) -> Processes:
    return Processes(database, clock, FeelConditions())
