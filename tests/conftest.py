"""The servers of the tests: a private PostgreSQL and NATS for each pytest process, thrown away.

They are the very programs, users and folders that `./up` uses, with a database that may forget.
"""

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from pengcheng.ground.database import migrate
from pengcheng.ops import children, nats, postgres, private_folder, system_account

START_SECONDS = 60
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
TEMPLATE = "migrated"
# Quick and near first: what is broken in the house shows before what is broken in a page.
ORDER = (
    *("architecture", "kernel", "ground", "engines", "pack", "packs", "city", "ops"),
    *("stories", "rights", "edge", "portals", "browser"),
)
_numbers = itertools.count(1)

# A run judges a change, so the same change gets the same examples everywhere; the search for new
# ones is a run of its own: HYPOTHESIS_PROFILE=search ./test.
settings.register_profile(
    "steady", derandomize=True, database=None, print_blob=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.register_profile(
    "search", settings.get_profile("steady"), derandomize=False, max_examples=500
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Architecture, unit, stories, rights, HTTP, browser: in that order."""
    tests = Path(__file__).parent

    def rank(item: pytest.Item) -> tuple[bool, int]:
        room = item.path.relative_to(tests).parts[0] if item.path.is_relative_to(tests) else ""
        place = ORDER.index(room) if room in ORDER else len(ORDER)
        return item.get_closest_marker("browser") is not None, place

    items.sort(key=rank)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Cluster]:
    """A running PostgreSQL with PostGIS, on a socket, for this pytest process."""
    data = tmp_path_factory.mktemp("city")
    user = system_account.for_servers()
    cluster = postgres.cluster(data, user=user, settings=postgres.FORGETFUL)
    handle = private_folder.Handle(cluster.folder)
    log = data / "postgres.log"
    child = children.start(postgres.program(cluster, handle, log=log))
    try:
        ready = children.wait_for(lambda: postgres.is_ready(cluster, child.pid), START_SECONDS)
        assert ready, children.tail(log)
        yield cluster
    finally:
        child.ask()
        child.end()
        handle.close()
        private_folder.remove(cluster.sockets)


@pytest.fixture(scope="session")
def migrated_template(postgres_server: postgres.Cluster) -> str:
    """The name of a database with every migration, from which others are copied."""
    _execute(postgres_server, f"create database {TEMPLATE}")
    migrate(postgres_server.url_of(TEMPLATE))
    # A database that someone is connected to cannot be copied.
    _execute(postgres_server, f"alter database {TEMPLATE} with allow_connections false")
    _execute(
        postgres_server,
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{TEMPLATE}'",
    )
    return TEMPLATE


@pytest.fixture
def database_url(postgres_server: postgres.Cluster, migrated_template: str) -> Iterator[str]:
    """The address of a fresh database with every migration; gone after the test."""
    with database(postgres_server, template=migrated_template) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_server: postgres.Cluster) -> Iterator[str]:
    """The address of a fresh database with extensions but no table of ours."""
    with database(postgres_server, template="template1") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for extension in EXTENSIONS:
                connection.execute(f"create extension {extension}")
        yield url


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running NATS with JetStream, for this pytest process."""
    data = tmp_path_factory.mktemp("bus")
    bus = nats.bus(data, user=system_account.for_servers())
    handle = private_folder.Handle(bus.folder)
    child = children.start(nats.program(bus, handle, log=data / "nats.log"))
    try:
        ready = children.wait_for(lambda: nats.is_ready(bus), START_SECONDS)
        assert ready, children.tail(data / "nats.log")
        yield bus.url
    finally:
        child.ask()
        child.end()
        handle.close()


@contextlib.contextmanager
def database(cluster: postgres.Cluster, *, template: str) -> Iterator[str]:
    """A database copied from a template, for as long as the block lasts."""
    name = f"city_{next(_numbers)}"
    _execute(cluster, f"create database {name} template {template} strategy file_copy")
    try:
        yield cluster.url_of(name)
    finally:
        _execute(cluster, f"drop database {name} with (force)")


def _execute(cluster: postgres.Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
