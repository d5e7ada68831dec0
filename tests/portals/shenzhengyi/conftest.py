"""The test city's fixtures."""

from tests.city import city, filled, fresh_city

__all__ = ["city", "filled", "fresh_city"]
