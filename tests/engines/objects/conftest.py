"""A loop and a database for tests that are not coroutines, as Hypothesis asks for."""

import asyncio
from collections.abc import Iterator

import pytest

from pengcheng.ground.database import Database


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def opened(runner: asyncio.Runner, database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    runner.run(made.open())
    yield made
    runner.run(made.close())
