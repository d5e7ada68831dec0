"""Records as those who count them need them: whole, whoever may read them; and a few by their ids,
for one who may."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pengcheng.engines.objects import _store_counted
from pengcheng.engines.objects.model import Record
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.registry import RecordType


async def counted(
    work: Work, type_: RecordType, ids: Sequence[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    """Standing records by id: their attributes, `code`, `title`, `changed_at`, `owner_id`,
    `area_no`, `organisation_no`, and `place` as (longitude, latitude) where that is a point. For
    the city's own counting."""
    return await _store_counted.rows(work, type_, ids)


async def ids_after(work: Work, type_: RecordType, last: UUID | None, limit: int) -> list[UUID]:
    """The ids of the next standing records of a type, to walk over all of them."""
    return await _store_counted.ids_after(work, type_, last, limit)


async def of_ids(
    work: Work, type_: RecordType, scope: Scope, ids: Sequence[UUID]
) -> dict[UUID, Record]:
    """Those of these records that the scope holds."""
    return {record.id: record for record in await _store_counted.of_ids(work, type_, scope, ids)}
