"""SQL of records for those who count them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pengcheng.engines.objects import _tables
from pengcheng.engines.objects._store import standing
from pengcheng.engines.objects.model import Record
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.registry import RecordType

_HEAD = ("id", "code", "title", "changed_at", "owner_id", "area_no", "organisation_no")


async def rows(work: Work, type_: RecordType, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Standing records whole. An attribute goes before a fixed column of its name."""
    columns = [*_HEAD, *(_tables.column_of(item) for item in type_.attributes)]
    point = "array[st_x(place), st_y(place)]" if type_.place == "point" else "null"
    found = await work.tuples(
        f"select {', '.join(columns)}, {point} from {_tables.table(type_)} "
        "where id = any(%(ids)s) and retired_at is null",
        ids=list(ids),
    )
    names = [item.name for item in type_.attributes]
    made: dict[UUID, Mapping[str, Any]] = {}
    for row in found:
        place = row[-1] if row[-1] and row[-1][0] is not None else None
        head = dict(zip(_HEAD, row[: len(_HEAD)], strict=True))
        attributes = dict(zip(names, row[len(_HEAD) : -1], strict=True))
        made[row[0]] = {**head, **attributes, "place": tuple(place) if place else None}
    return made


async def ids_after(work: Work, type_: RecordType, last: UUID | None, limit: int) -> list[UUID]:
    """The next ids in order."""
    found = await work.tuples(
        f"select id from {_tables.table(type_)} "
        "where id > %(last)s and retired_at is null order by id limit %(limit)s",
        last=last or UUID(int=0),
        limit=limit,
    )
    return [row[0] for row in found]


async def of_ids(work: Work, type_: RecordType, scope: Scope, ids: Sequence[UUID]) -> list[Record]:
    """Those of these records that the scope holds."""
    return await standing(work, type_, scope, "id = any(%(ids)s)", ids=list(ids))
