"""What the tests of the ground share."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
