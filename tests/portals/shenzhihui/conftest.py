"""The test city's fixtures, and one with cases in every state."""

from collections.abc import Iterator

import pytest

from pengcheng.ops import postgres
from tests.city import City, Filled, city, filled, fresh_city, running
from tests.portals.shenzhihui.paper import fill_with_cases

__all__ = ["busy_city", "city", "filled", "fresh_city"]


@pytest.fixture(scope="module")
def busy_city(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[City]:
    """A running city in which cases are in every state."""
    with running(postgres_server, filled) as found:
        fill_with_cases(found)
        yield found
