"""One city with something on every page, and a browser, for the walk over all pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from pengcheng.ops import postgres
from tests.city import Filled, filled, running, served
from tests.portals.walk.town import Town, settled

__all__ = ["filled"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="module")
def town(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[Town]:
    """A served city in which every page has something to show."""
    with running(postgres_server, filled) as city:
        facts = settled(city)
        with served(city) as address:
            yield Town(address=address, tokens=city.tokens, facts=facts)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield made
        made.close()
