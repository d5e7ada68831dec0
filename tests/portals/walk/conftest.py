"""One city with something on every page, for the walk over all pages."""

from collections.abc import Iterator

import pytest

from pengcheng.ops import postgres
from tests.city import Filled, running, served
from tests.portals.walk.town import Town, settled


@pytest.fixture(scope="module")
def town(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[Town]:
    """A served city in which every page has something to show."""
    with running(postgres_server, filled) as city:
        facts = settled(city)
        with served(city) as address:
            yield Town(address=address, tokens=city.tokens, facts=facts)
