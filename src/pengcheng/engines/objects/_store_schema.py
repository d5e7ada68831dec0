"""SQL of the catalogue of declared tables and of registry versions."""

import asyncio
from collections.abc import Mapping, Sequence

import psycopg

from pengcheng.engines.objects._tables import FIXED_COLUMNS, NOTHING, Index, Standing
from pengcheng.engines.objects.model import Change
from pengcheng.ground.database import Work
from pengcheng.kernel.errors import Conflict
from pengcheng.kernel.ids import new_id

LOCK = 4404
LOCK_WAIT_SECONDS = 2
LOCK_TRIES = 30
LOCK_PAUSE_SECONDS = 0.5


async def standing(work: Work) -> dict[str, Standing]:
    """What stands of each type, by its name."""
    columns = await _columns(work)
    indexes = await _indexes(work)
    names = {name for _, name in columns}
    return {
        name: Standing(
            columns=columns.get(("city", name), {}),
            history=columns.get(("city_history", name), {}),
            indexes=indexes.get(name, ()),
        )
        for name in names
    }


async def _columns(work: Work) -> dict[tuple[str, str], dict[str, str]]:
    rows = await work.tuples(
        """select c.relnamespace::regnamespace::text, c.relname, a.attname,
                  format_type(a.atttypid, a.atttypmod)
           from pg_class c join pg_attribute a on a.attrelid = c.oid
           where c.relnamespace in (select oid from pg_namespace
                                    where nspname in ('city', 'city_history'))
             and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped"""
    )
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, name, column, kind in rows:
        found.setdefault((schema, name), {})[column] = kind
    return found


async def _indexes(work: Work) -> dict[str, list[Index]]:
    rows = await work.tuples(
        """select t.relname, t.relnamespace::regnamespace::text, i.relname, x.indisunique,
                  x.indisvalid, substring(pg_get_indexdef(x.indexrelid) from ' USING (.*)$')
           from pg_index x join pg_class i on i.oid = x.indexrelid
           join pg_class t on t.oid = x.indrelid
           where t.relnamespace in (select oid from pg_namespace
                                    where nspname in ('city', 'city_history'))
             and not x.indisprimary"""
    )
    found: dict[str, list[Index]] = {}
    for table, schema, name, unique, valid, body in rows:
        index = Index(
            name=name, body=body.replace('"', ""), schema=schema, unique=unique, valid=valid
        )
        found.setdefault(table, []).append(index)
    return found


async def with_undeclared(
    work: Work, found: Mapping[str, Standing], declared: Mapping[str, frozenset[str]]
) -> dict[str, Standing]:
    """The same, and since when each column that is in no declaration any more is in none."""
    left = {
        name: {*one.columns, *one.history} - declared.get(name, frozenset()) - FIXED_COLUMNS
        for name, one in found.items()
        if name in declared
    }
    if not any(left.values()):
        return dict(found)
    rows = await work.tuples(
        """with told as (
             select t.key as type, coalesce(a ->> 'stored_as', a ->> 'name') as col,
                    max(r.version) as version
             from registry_version r
             cross join lateral jsonb_each(r.content -> 'types') t
             cross join lateral jsonb_array_elements(t.value -> 'attributes') a
             where t.key = any(%(types)s)
             group by 1, 2)
           select told.type, told.col, (select min(r.at) from registry_version r
                                        where r.version > told.version)
           from told""",
        types=sorted(left),
    )
    since = {(name, column): at for name, column, at in rows if at is not None}
    return {
        name: Standing(
            columns=one.columns,
            history=one.history,
            indexes=one.indexes,
            undeclared_since={
                column: since[name, column]
                for column in left.get(name, ())
                if (name, column) in since
            },
        )
        for name, one in found.items()
    }


def of(found: Mapping[str, Standing], name: str) -> Standing:
    return found.get(name, NOTHING)


async def lock(work: Work) -> None:
    """Wait until nobody else changes the schema. Asked again and again: a statement that waits
    has a snapshot, for whose end a concurrent index waits in turn, and both would wait for ever."""
    await work.run("set statement_timeout = 0")
    while True:
        if await work.value("select pg_try_advisory_lock(%(key)s)", key=LOCK):
            return
        await asyncio.sleep(LOCK_PAUSE_SECONDS)


async def unlock(work: Work) -> None:
    await work.value("select pg_advisory_unlock(%(key)s)", key=LOCK)
    await work.run("reset statement_timeout")


async def count(work: Work, statement: str) -> int:
    return int(await work.value(statement))


async def change(work: Work, planned: Change) -> None:
    """Run one statement and keep a record of it.

    A table is never waited for in such a way that everybody else waits behind: what does not get
    its lock soon gives up and tries again.
    """
    touched = await _patiently(work, planned)
    while planned.in_parts and touched:
        touched = await _patiently(work, planned)
    await work.run(
        """insert into schema_change (id, type, statement, done_at)
           values (%(id)s, %(type)s, %(statement)s, now())""",
        id=new_id(),
        type=planned.type,
        statement=planned.statement,
    )


async def _patiently(work: Work, planned: Change) -> int:
    wait = "0" if planned.concurrently else f"{LOCK_WAIT_SECONDS}s"
    await work.run(f"set lock_timeout = '{wait}'")
    try:
        for _ in range(LOCK_TRIES):
            try:
                cursor = await work.connection.execute(planned.statement.encode())
            except psycopg.errors.LockNotAvailable:
                await asyncio.sleep(LOCK_PAUSE_SECONDS)
            else:
                return cursor.rowcount
    finally:
        await work.run("reset lock_timeout")
    raise Conflict("schema.table_busy", type=planned.type)


async def analyse(work: Work, tables: Sequence[str]) -> None:
    for name in tables:
        await work.connection.execute(f"analyze {name}".encode())


async def newest(work: Work) -> tuple[int, str, bytes] | None:
    row = await work.row(
        """select version, hash, content::text as content from registry_version
           order by version desc limit 1"""
    )
    return (row["version"], row["hash"], row["content"].encode()) if row else None


async def publish(work: Work, content: bytes, digest: str) -> int:
    return int(
        await work.value(
            """insert into registry_version (hash, content)
               values (%(hash)s, %(content)s::jsonb) returning version""",
            hash=digest,
            content=content.decode(),
        )
    )
