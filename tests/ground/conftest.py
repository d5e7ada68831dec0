"""What the tests of the ground share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pengcheng.ground.crypto import Keys, PersonCipher, load_master
from pengcheng.ground.database import Database


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(load_master(tmp_path / "keys" / "master.json"))


@pytest.fixture
async def database(database_url: str, keys: Keys) -> AsyncIterator[Database]:
    """An open, migrated database that seals personal values."""
    made = Database(database_url, cipher=PersonCipher(keys))
    await made.open()
    yield made
    await made.close()
