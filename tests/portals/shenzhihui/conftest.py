"""A city with cases in every state, and where a browser finds it."""

from collections.abc import Iterator

import pytest

from pengcheng.ops import postgres
from tests.city import City, Filled, running, served
from tests.portals.shenzhihui.paper import fill_with_cases


@pytest.fixture(scope="module")
def busy_city(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[City]:
    """A running city in which cases are in every state."""
    with running(postgres_server, filled) as found:
        fill_with_cases(found)
        yield found


@pytest.fixture(scope="module")
def address(busy_city: City) -> Iterator[str]:
    """Where the busy city listens on loopback."""
    with served(busy_city) as found:
        yield found
