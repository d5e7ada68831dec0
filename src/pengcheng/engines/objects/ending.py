"""The end of retention: records that were retired longer ago than their type is kept go, with
their history and their relations."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pengcheng.engines.objects import _store_ending
from pengcheng.engines.objects._store_ending import Retired
from pengcheng.ground.database import Work
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import RecordType, Registry

ENDED = "record.retention_ended"


async def over(work: Work, registry: Registry, now: datetime) -> Mapping[str, int]:
    """How many records of each type that declares how long it is kept are over."""
    kept = _kept(registry, now)
    return {type_.name: await _store_ending.count(work, type_, before) for type_, before in kept}


async def remove_over(work: Work, registry: Registry, now: datetime, limit: int) -> list[Retired]:
    """Remove at most so many of one type in the caller's transaction; none when nothing is over."""
    for type_, before in _kept(registry, now):
        gone = await _store_ending.remove(work, type_, before, limit)
        if gone:
            told = {"days": type_.retention_days}
            await work.append(
                *(
                    Entry(kind=ENDED, subject_type=type_.name, subject_id=one, area_no=area,
                          organisation_no=unit, after=told)
                    for one, _, area, unit in gone
                )
            )  # fmt: skip
            return gone
    return []


async def with_records(work: Work, registry: Registry, persons: Sequence[UUID]) -> set[UUID]:
    """Which of these persons own a record that is still kept."""
    found: set[UUID] = set()
    for type_ in _objects(registry):
        found |= await _store_ending.owners(work, type_, persons)
    return found


def _objects(registry: Registry) -> list[RecordType]:
    return [type_ for type_ in registry.types.values() if type_.role == "object"]


def _kept(registry: Registry, now: datetime) -> list[tuple[RecordType, datetime]]:
    return [
        (type_, now - timedelta(days=type_.retention_days))
        for type_ in _objects(registry)
        if type_.retention_days is not None
    ]
