"""PostgreSQL: a pool, transactions that carry their actor, and statements with named parameters.

`Database.transaction(actor)` is the only way to change anything: rows and log entries are written
by one `Work` and become durable together. `Database.reading()` is for queries; each statement sees
what was committed before it. SQL is text with `%(name)s` parameters or a SQLAlchemy Core statement;
values never enter the text.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import msgspec
import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.rows import dict_row, tuple_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgres_dialect
from sqlalchemy.sql import ClauseElement

from pengcheng.ground.tracing import Tracing
from pengcheng.kernel.authz import SYSTEM, Actor
from pengcheng.kernel.errors import Conflict, Fault, Trouble, invalid
from pengcheng.kernel.log import Entry

POOL_SIZE = 8
POOL_WAIT_SECONDS = 10.0
STATEMENT_SECONDS_MAX = 30
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 4403

Row = dict[str, Any]
Statement = str | ClauseElement

_DIALECT = postgres_dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped

LOG_COLUMNS = (
    "kind", "subject_type", "subject_id", "actor_kind", "actor_id", "actor_name", "request_id",
    "area_no", "organisation_no", "sensitivity", "visibility", "before", "after", "cause",
    "person_id", "personal",
)  # fmt: skip
_COPY_MIN = 4
"""From so many entries on, COPY is quicker than single statements."""


def append_statement(prefix: str = "") -> str:
    """The statement that appends one entry, with `Work.entry_values` as its parameters; a hot
    path may make it the last part of a larger one."""
    kinds = dict.fromkeys(("before", "after", "cause"), "::jsonb")
    marks = ", ".join(f"%({prefix}{name})s{kinds.get(name, '')}" for name in LOG_COLUMNS)
    return f"insert into log ({', '.join(LOG_COLUMNS)}) values ({marks})"


_APPEND = append_statement()
_COPY_LOG = f"copy log ({', '.join(LOG_COLUMNS)}) from stdin"


def actor_values(actor: Actor) -> dict[str, Any]:
    """What an entry keeps of who did it; of those outside the city's service no name."""
    return {
        "actor_kind": actor.kind,
        "actor_id": actor.account_id,
        "actor_name": actor.name if actor.kind in {"official", "system"} else "",
        "request_id": actor.request_id,
    }


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value)


set_json_dumps(_encode)
set_json_loads(msgspec.json.decode)


def json_text(value: object) -> str | None:
    """A value as the text of a jsonb parameter; None stays NULL."""
    return None if value is None else msgspec.json.encode(value).decode()


def compiled(statement: Statement, values: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The text and parameters of a statement; hot paths compile once and pass the text."""
    if isinstance(statement, str):
        return statement, dict(values or {})
    made = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(made), {**made.params, **(values or {})}


class Cipher(Protocol):
    """What seals a person's values under that person's key; `ground.crypto` has the real one."""

    async def seal(self, work: "Work", values: Sequence[tuple[UUID, bytes]]) -> list[bytes | None]:
        """The ciphertexts of values of these persons, in their order; None where the person's
        key was destroyed."""
        ...

    async def open_all(
        self, work: "Work", values: Sequence[tuple[UUID, bytes]]
    ) -> list[bytes | None]:
        """The values of many again, in their order."""
        ...

    async def open(self, work: "Work", person_id: UUID, sealed: bytes) -> bytes | None:
        """The value again; None when the person's key was destroyed."""
        ...


class Work:
    """One open connection with its actor: statements, and log entries in the same transaction."""

    def __init__(
        self, connection: psycopg.AsyncConnection[Any], actor: Actor, cipher: Cipher | None,
        *, prepare: bool | None = None,
    ) -> None:  # fmt: skip
        self.connection = connection
        self.actor = actor
        self.cipher = cipher
        self._prepare = prepare

    async def rows(self, statement: Statement, /, **values: Any) -> list[Row]:
        """All rows, each a dict by column name."""
        text, parameters = compiled(statement, values)
        async with self.connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(text, parameters, prepare=self._prepare)
            return await cursor.fetchall()

    async def tuples(self, statement: Statement, /, **values: Any) -> list[tuple[Any, ...]]:
        """All rows as tuples; for hot paths and wide results."""
        text, parameters = compiled(statement, values)
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(text, parameters, prepare=self._prepare)
            return await cursor.fetchall()

    async def row(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        text, parameters = compiled(statement, values)
        async with self.connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(text, parameters, prepare=self._prepare)
            return await cursor.fetchone()

    async def value(self, statement: Statement, /, **values: Any) -> Any:
        """The first column of the first row, or None."""
        text, parameters = compiled(statement, values)
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(text, parameters, prepare=self._prepare)
            found = await cursor.fetchone()
            return found[0] if found else None

    async def run(self, statement: Statement, /, **values: Any) -> int:
        """Execute; the number of rows that were touched."""
        text, parameters = compiled(statement, values)
        cursor = await self.connection.execute(text, parameters)
        return cursor.rowcount

    async def run_each(self, statement: str, values: Iterable[Mapping[str, Any]]) -> int:
        """Execute once for each mapping, pipelined in one round trip."""
        async with self.connection.cursor() as cursor:
            await cursor.executemany(statement, list(values))
            return cursor.rowcount

    async def run_all(self, statement: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Execute once for all rows, in one round trip. The statement reads them from
        `json_populate_recordset(null::table, %(rows)s::json)`, so that the table's columns give
        the types; a value is what JSON can say (no bytes)."""
        values = list(rows)
        return await self.run(statement, rows=json_text(values)) if values else 0

    async def copy(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """COPY rows in; `statement` is `copy table (columns) from stdin`."""
        async with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                await copy.write_row(row)

    async def append(self, *entries: Entry) -> None:
        """Append entries to the log in this transaction, as done by this work's actor."""
        if not entries:
            return
        sealed = await self._sealed(entries)
        values = [
            self._entry_values(entry, personal)
            for entry, personal in zip(entries, sealed, strict=True)
        ]
        if len(values) < _COPY_MIN or self.connection.pgconn.pipeline_status:
            await self.run_each(_APPEND, values)
        else:
            await self.copy(_COPY_LOG, (tuple(one[name] for name in LOG_COLUMNS) for one in values))

    async def entry_values(self, entry: Entry) -> dict[str, Any]:
        """The parameters of `append_statement` for an entry, its personal values sealed."""
        return self._entry_values(entry, (await self._sealed([entry]))[0])

    async def _sealed(self, entries: Sequence[Entry]) -> list[bytes | None]:
        """The personal values of entries under their persons' keys, in one round trip."""
        places = [n for n, entry in enumerate(entries) if entry.personal and entry.person_id]
        found: list[bytes | None] = [None] * len(entries)
        if not places or self.cipher is None:
            return found
        plain = [
            (person_id, msgspec.json.encode(entries[place].personal))
            for place in places
            if (person_id := entries[place].person_id)
        ]
        for place, value in zip(places, await self.cipher.seal(self, plain), strict=True):
            found[place] = value
        return found

    def _entry_values(self, entry: Entry, personal: bytes | None) -> dict[str, Any]:
        return {
            "kind": entry.kind,
            "subject_type": entry.subject_type,
            "subject_id": entry.subject_id,
            **actor_values(self.actor),
            "area_no": entry.area_no,
            "organisation_no": entry.organisation_no,
            "sensitivity": entry.sensitivity,
            "visibility": entry.visibility,
            "before": json_text(entry.before),
            "after": json_text(entry.after),
            "cause": json_text(entry.cause),
            "person_id": entry.person_id,
            "personal": personal,
        }


class Database:
    """The pool of one process. Open it once, close it at the end."""

    def __init__(
        self, url: str, *, size: int = POOL_SIZE, cipher: Cipher | None = None,
        tracing: Tracing | None = None,
    ) -> None:  # fmt: skip
        self.url = url
        self.cipher = cipher
        self.tracing = tracing or Tracing("")
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=POOL_WAIT_SECONDS,
            open=False,
            configure=_configure,
            kwargs={"autocommit": True, "prepare_threshold": 2},
        )

    async def open(self) -> None:
        """Connect; `Trouble` when the server does not answer in time."""
        try:
            await self._pool.open(wait=True, timeout=POOL_WAIT_SECONDS)
        except PoolTimeout as failure:
            raise Trouble("database.unreachable") from failure

    async def close(self) -> None:
        """Give every connection back."""
        await self._pool.close()

    @asynccontextmanager
    async def reading(self, actor: Actor = SYSTEM) -> AsyncIterator[Work]:
        """A connection for queries; nothing is written."""
        async with self._connection("database.reading") as connection:
            yield Work(connection, actor, self.cipher)

    @asynccontextmanager
    async def listing(self, actor: Actor) -> AsyncIterator[Work]:
        """A connection for lists and counts: each query is planned for its very values.

        A statement that comes often gets one plan for all values. What serves a scope of one
        community does not serve one of the whole city, and the planner, which then knows neither,
        would read and sort all that a scope holds. Planning takes a fraction of a millisecond.
        """
        async with self._connection("database.listing") as connection:
            yield Work(connection, actor, self.cipher, prepare=False)

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncIterator[Work]:
        """All or nothing; durable when the block is left without an error."""
        async with (
            self._connection("database.transaction") as connection,
            connection.transaction(),
        ):
            yield Work(connection, actor, self.cipher)

    @asynccontextmanager
    async def _connection(self, told: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        try:
            if not self.tracing.is_on:
                async with self._pool.connection() as connection:
                    yield connection
                return
            with self.tracing.within(told, **{"db.system.name": "postgresql"}):
                async with self._pool.connection() as connection:
                    yield connection
        except (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError) as failure:
            # InterfaceError: the server went away and the connection was found closed.
            raise trouble_of(failure) from failure
        except psycopg.DataError as failure:
            # No column can hold it: a number out of range, a text with a zero byte.
            raise invalid(Fault(path="", code="value.unfit")) from failure
        except psycopg.errors.UniqueViolation as failure:
            raise Conflict(
                "record.exists", constraint=failure.diag.constraint_name or ""
            ) from failure


def trouble_of(failure: Exception) -> Conflict | Trouble:
    """A failure of the server as an error of ours: lost races are conflicts, the rest trouble."""
    races = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
    if isinstance(failure, races):
        return Conflict("record.changed")
    if isinstance(failure, psycopg.errors.DiskFull):
        return Trouble("database.full")
    return Trouble("database.unreachable")


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"set statement_timeout = '{STATEMENT_SECONDS_MAX}s'")
    await connection.execute("set time zone 'UTC'")


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to the newest schema; `Trouble` when its schema is newer than the program.

    Synchronous: it runs before the city starts, under an advisory lock.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        present = _present_revision(connection)
        if present is not None and present not in known:
            raise Trouble("database.newer", revision=present)
        config.attributes["url"] = url
        command.upgrade(config, revision)


def _present_revision(connection: psycopg.Connection[Any]) -> str | None:
    found = connection.execute("select to_regclass('public.alembic_version')").fetchone()
    if not found or found[0] is None:
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None
