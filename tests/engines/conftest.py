"""What the tests of engines over a database share."""

from collections.abc import AsyncIterator

import pytest

from pengcheng.ground.crypto import Keys, PersonCipher
from pengcheng.ground.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database of a test's own."""
    made = Database(database_url, cipher=PersonCipher(Keys(bytes(32))))
    await made.open()
    yield made
    await made.close()
