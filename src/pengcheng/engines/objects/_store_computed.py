"""SQL of computed values, read and written in passes over a type's table."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pengcheng.engines.objects import _tables
from pengcheng.engines.objects._values import as_stored
from pengcheng.ground.database import Work
from pengcheng.kernel.registry import RecordType


async def rows_after(
    work: Work, type_: RecordType, last: UUID | None, how_many: int
) -> list[tuple[UUID, dict[str, Any]]]:
    """The next rows by id with every attribute, held until the transaction ends."""
    columns = ", ".join(["id", *map(_tables.column_of, type_.attributes)])
    rows = await work.tuples(
        f"select {columns} from {_tables.table(type_)} "
        f"where %(last)s::uuid is null or id > %(last)s order by id limit {how_many} for update",
        last=last,
    )
    names = [item.name for item in type_.attributes]
    return [(row[0], dict(zip(names, row[1:], strict=True))) for row in rows]


async def keep(
    work: Work, type_: RecordType, found: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> None:
    """Write computed values of rows."""
    items = [item for item in type_.attributes if item.follows]
    sets = ", ".join(
        f"{_tables.column_of(item)} = %(c_{at})s::{_tables.sql_type(item)}"
        for at, item in enumerate(items)
    )
    await work.run_each(
        f"update {_tables.table(type_)} set {sets} where id = %(id)s",
        [
            {
                "id": key,
                **{
                    f"c_{at}": as_stored(item, made.get(item.name)) for at, item in enumerate(items)
                },
            }
            for key, made in found
        ],
    )
