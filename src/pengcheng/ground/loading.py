"""Loading much at once: lines of COPY made in bulk, indexes set aside until all is in.

Whoever loads an earlier system's years does it in one transaction, while the city serves nobody:
`unindexed` drops the indexes of the tables that rows pour into and builds them again at its end,
so a load that fails or dies leaves everything as it was. Rows are made by a thread (`ahead`) while
the server takes those before.
"""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from pengcheng.ground.database import Work, actor_values, json_text
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import ensure
from pengcheng.kernel.log import Entry

MEMORY = "512MB"
"""For building one index."""

Ready = TypeVar("Ready")
Made = TypeVar("Made")

_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})
NULL = "\\N"
_LOG = (
    "at", "kind", "subject_type", "subject_id", "actor_kind", "actor_id", "actor_name",
    "request_id", "area_no", "organisation_no", "sensitivity", "visibility", "before", "after",
    "cause", "person_id", "personal",
)  # fmt: skip


class Index(msgspec.Struct, frozen=True):
    """An index that was set aside, and the statements that drop it and make it again."""

    name: str
    drop: str
    make: str


@asynccontextmanager
async def unindexed(work: Work, tables: Sequence[str]) -> AsyncIterator[None]:
    """Within it the tables have no index but their primary keys. They are locked against every
    reader until the transaction ends; what the indexes demand is checked when they are built."""
    await work.run("set local statement_timeout = 0")
    await work.run(f"set local maintenance_work_mem = '{MEMORY}'")
    indexes = await _indexes(work, tables)
    for index in indexes:
        await work.run(index.drop)
    yield
    for index in indexes:
        await work.run(index.make)


async def _indexes(work: Work, tables: Sequence[str]) -> list[Index]:
    """Every index of the tables that is not a primary key, nor what a foreign key points to; that
    of a partitioned table stands for those of its partitions."""
    rows = await work.tuples(
        """select i.indexrelid::regclass::text,
                  coalesce('alter table ' || i.indrelid::regclass || ' drop constraint '
                           || quote_ident(c.conname),
                           'drop index ' || i.indexrelid::regclass),
                  coalesce('alter table ' || i.indrelid::regclass || ' add constraint '
                           || quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid),
                           replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON '))
           from pg_index i
           left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid
                                        and c.contype in ('u', 'x')
           where i.indrelid = any(%(tables)s::regclass[]) and not i.indisprimary
             and not exists (select 1 from pg_constraint f
                             where f.conindid = i.indexrelid and f.contype = 'f')
           order by 1""",
        tables=list(tables),
    )
    return [Index(*row) for row in rows]


async def ahead(
    ready: Callable[[], Awaitable[Ready]], make: Callable[[Ready], Made | None]
) -> AsyncGenerator[Made, None]:
    """What `make` gives, until it gives None: always one in the making, by a thread, from what
    `ready` fetched for it. No two of them are made at a time. Close it (`aclosing`)."""
    # What is made holds no cycles, and looking for some takes longer than the making.
    was_enabled = gc.isenabled()
    gc.disable()
    waiting = asyncio.create_task(asyncio.to_thread(make, await ready()))
    try:
        while (made := await waiting) is not None:
            waiting = asyncio.create_task(asyncio.to_thread(make, await ready()))
            yield made
    finally:
        # A thread cannot be stopped: it is waited for, so that it outlives nothing that it uses.
        await asyncio.wait([waiting])
        if was_enabled:
            gc.enable()


async def copy_block(work: Work, table: str, columns: Sequence[str], block: bytes) -> None:
    """COPY lines that `block_of` made; `table` and `columns` as they stand in a statement."""
    async with (
        work.connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy,
    ):
        await copy.write(block)


def months_of(instants: Iterable[datetime]) -> list[date]:
    """The months of the log in which these instants lie."""
    return sorted({date(at.year, at.month, 1) for at in (at.astimezone(UTC) for at in instants)})


async def make_months(work: Work, months: Sequence[date]) -> None:
    """Make these months of the log, where they are not there yet."""
    await work.run("select ensure_log_partition(m) from unnest(%(m)s::date[]) m", m=list(months))


def log_block(actor: Actor, entries: Iterable[tuple[datetime, Entry]]) -> bytes:
    """Lines for `copy_log` about what happened at these instants, before it came into this log:
    each takes its place in the log's order now. Personal values are not among them."""
    who = "\t".join(text_of(value) for value in actor_values(actor).values())
    lines: list[str] = []
    known: tuple[Any, ...] = ()
    about = ""
    for at, entry in entries:
        # Entries about one subject follow each other: what they share is written once.
        same = (
            entry.subject_id, entry.subject_type, entry.area_no, entry.organisation_no,
            entry.sensitivity, entry.visibility,
        )  # fmt: skip
        if same != known:
            subject, type_, *rest = (text_of(value) for value in same)
            known, about = same, "\t".join([type_, subject, who, *rest])
        before, after = _json(entry.before), _json(entry.after)
        cause = _json(entry.cause) if entry.cause else "{}"
        kind = _escaped(entry.kind)
        lines.append(
            f"{at.isoformat()}\t{kind}\t{about}\t{before}\t{after}\t{cause}\t{NULL}\t{NULL}\n"
        )
    return "".join(lines).encode()


def _json(value: object) -> str:
    return NULL if value is None else text_of(json_text(value))


async def copy_log(work: Work, block: bytes) -> None:
    """Append what `log_block` made."""
    await copy_block(work, "log", _LOG, block)


def block_of(columns: Iterable[Sequence[str]]) -> bytes:
    """Columns of texts (as `texts_of` gives them) as lines of COPY."""
    lines = "\n".join(map("\t".join, zip(*columns, strict=True)))
    return f"{lines}\n".encode() if lines else b""


def texts_of(values: Iterable[Any]) -> list[str]:
    """Values of one column as COPY takes them."""
    return [NULL if value is None else _TEXTS[type(value)](value) for value in values]


def text_of(value: Any) -> str:
    """One value as COPY takes it."""
    return NULL if value is None else _TEXTS[type(value)](value)


def _escaped(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def _array(values: Sequence[Any]) -> str:
    return _escaped("{" + ",".join(_element(value) for value in values) + "}")


def _element(value: Any) -> str:
    ensure(value is None or type(value) in _TEXTS, "a list holds plain values")
    if value is None:
        return "null"
    return f'"{value.translate(_QUOTED)}"' if isinstance(value, str) else _TEXTS[type(value)](value)


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: _escaped,
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    datetime: datetime.isoformat,
    date: date.isoformat,
    UUID: lambda value: f"{value.int:032x}",
    bytes: lambda value: f"\\\\x{value.hex()}",
    tuple: _array,
    list: _array,
}
