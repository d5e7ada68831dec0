"""The small city of the tests of cases has recurring work too."""

from tests.engines.cases.conftest import anyio_backend, filled, town, town_url

__all__ = ["anyio_backend", "filled", "town", "town_url"]
