"""The test city's fixtures, a browser, and a city that a browser can open."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.city import City, city, filled, fresh_city, served
from tests.portals.in_a_browser import chromium

__all__ = ["city", "filled", "fresh_city"]


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    """Where the test city listens on loopback."""
    with served(city) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made
