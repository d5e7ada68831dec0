"""SQL of the catalogue of declared tables and of registry versions."""

from collections.abc import Sequence

from pengcheng.engines.objects.model import Change
from pengcheng.ground.database import Work
from pengcheng.kernel.ids import new_id

LOCK = 4404


async def columns(work: Work) -> dict[str, dict[str, str]]:
    """The columns of each table of schema city."""
    rows = await work.tuples(
        """select table_name, column_name, udt_name from information_schema.columns
           where table_schema = 'city'"""
    )
    found: dict[str, dict[str, str]] = {}
    for name, column, kind in rows:
        found.setdefault(name, {})[column] = kind
    return found


async def lock(work: Work) -> None:
    await work.value("select pg_advisory_lock(%(key)s)", key=LOCK)


async def unlock(work: Work) -> None:
    await work.value("select pg_advisory_unlock(%(key)s)", key=LOCK)


async def change(work: Work, planned: Change) -> None:
    """Run one statement and keep a record of it."""
    await work.run("set statement_timeout = 0")
    await work.connection.execute(planned.statement.encode())
    await work.run("set statement_timeout = '30s'")
    await work.run(
        """insert into schema_change (id, type, statement, done_at)
           values (%(id)s, %(type)s, %(statement)s, now())""",
        id=new_id(),
        type=planned.type,
        statement=planned.statement,
    )


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
