"""`pengcheng prepare`: bring a database and a bus to where the city can serve; `up` does it.

A step that was done before is done again in no time and changes nothing.
"""

import argparse
import asyncio
import contextlib
from collections.abc import Iterator

import nats
import psycopg
import sqlalchemy.exc

from pengcheng import city
from pengcheng.ground.settings import Settings, without_password
from pengcheng.kernel.errors import Trouble
from pengcheng.kernel.words import Words
from pengcheng.ops import data_folder, options, seed
from pengcheng.ops.progress import step

CONNECT_SECONDS = 10
VERSION_MIN = 15
FULL_MB = 64  # less than four of PostgreSQL's log files
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `prepare` to the command."""
    parser = subparsers.add_parser("prepare", description=__doc__)
    options.add(parser, "sample", "packs", "messages")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Every step of `city.STEPS` in order; the first that fails ends it."""
    settings = options.running(arguments)
    with step(Words("连接数据库与总线", "reaching database and bus")):
        check_database(settings)
        asyncio.run(check_bus(settings))
    with database_failures_told(settings):
        for one in city.STEPS:
            with step(one.words):
                one.run(settings)
        with step(Words("填充数据", "filling the city")):
            seed.fill(settings)
    return 0


@contextlib.contextmanager
def database_failures_told(settings: Settings) -> Iterator[None]:
    """A failure of the database's machine inside becomes a `Trouble`; mistakes of ours stay."""
    try:
        yield
    except (psycopg.OperationalError, sqlalchemy.exc.OperationalError) as error:
        cause = error.orig if isinstance(error, sqlalchemy.exc.OperationalError) else error
        # A server whose disk is full ends, and its client learns only that it is gone.
        is_full = data_folder.free_mb(settings.data) < FULL_MB
        if is_full or isinstance(cause, psycopg.errors.DiskFull):
            raise Trouble("database.full") from error
        url = without_password(settings.database_url)
        raise Trouble("database.unreachable", url=url, why=str(cause).strip()) from error


def check_database(settings: Settings) -> None:
    """`Trouble` when the database cannot be reached, is too old or lacks an extension."""
    url = without_password(settings.database_url)
    try:
        with psycopg.connect(settings.database_url, connect_timeout=CONNECT_SECONDS) as connection:
            found = connection.info.server_version // 10000
            rows = connection.execute("select name from pg_available_extensions").fetchall()
    except psycopg.Error as error:
        raise Trouble("database.unreachable", url=url, why=str(error).strip()) from error
    if found < VERSION_MIN:
        raise Trouble("database.too_old", url=url, found=found, needed=VERSION_MIN)
    missing = set(EXTENSIONS) - {str(name) for (name,) in rows}
    if missing:
        raise Trouble("database.no_extension", url=url, names=", ".join(sorted(missing)))


async def check_bus(settings: Settings) -> None:
    """`Trouble` when the bus cannot be reached or has no JetStream."""
    url = without_password(settings.nats_url)
    try:
        connection = await nats.connect(
            settings.nats_url,
            allow_reconnect=False,
            connect_timeout=CONNECT_SECONDS,
            error_cb=_quiet,
        )
        with contextlib.suppress(nats.errors.ConnectionClosedError):
            await connection.jetstream().account_info()
            await connection.close()
    except (nats.errors.Error, OSError) as error:
        raise Trouble("bus.unreachable", url=url, why=str(error) or type(error).__name__) from error


async def _quiet(_error: Exception) -> None:
    """The failure is raised; the client need not print it too."""
