"""The log as its readers may see it: only entries whose subject the asker may see now.

An official reads every entry of such a subject; a citizen or enterprise those that are said to the
parties. Entries about what no pack declares (organisations, accounts …) are seen by the rights over
those engine records.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.edge.services import Services
from pengcheng.ground import cloud_events, log
from pengcheng.ground.cloud_events import CloudEvent
from pengcheng.ground.database import Work
from pengcheng.ground.log import Position, Positioned
from pengcheng.kernel.authz import Actor, Facts

SCAN_MAX = 5
"""Batches that one look goes through for what the asker may see."""

EVENT_BYTES_MAX = 64_000
_TOLD_TO_PARTIES = frozenset({"public", "parties"})


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Entries that a reader may see, up to a position; `more`: there is more behind it."""

    entries: tuple[Positioned, ...]
    position: Position
    more: bool


async def seen_after(
    services: Services, actor: Actor, position: Position, *, limit: int, kinds: tuple[str, ...] = ()
) -> Seen:
    """The next entries after a position that the actor may see, oldest first."""
    found: list[Positioned] = []
    async with services.database.reading(actor) as work:
        for _ in range(SCAN_MAX):
            # The end is fixed first: what is written meanwhile stands behind it, and is not passed.
            end, entries = await log.window(work, position)
            if not entries:
                return Seen(entries=tuple(found), position=position, more=False)
            batch = await log.after(work, position, kinds=kinds, to=end)
            visible = await _visible(services, work, actor, batch)
            for item in visible:
                found.append(item)
                if len(found) == limit:
                    return Seen(entries=tuple(found), position=item.position, more=True)
            position = batch[-1].position if len(batch) == log.BATCH_MAX else end
    return Seen(entries=tuple(found), position=position, more=True)


async def _visible(
    services: Services, work: Work, actor: Actor, batch: Sequence[Positioned]
) -> list[Positioned]:
    is_staff = actor.kind in {"official", "system"}
    told = [item for item in batch if is_staff or item.entry.visibility in _TOLD_TO_PARTIES]
    by_type: dict[str, set[UUID]] = {}
    for item in told:
        by_type.setdefault(item.entry.subject_type, set()).add(item.entry.subject_id)
    held: set[tuple[str, UUID]] = set()
    for name, ids in by_type.items():
        held |= {(name, one) for one in await _held(services, work, actor, name, ids)}
    return [
        item
        for item in told
        if (item.entry.subject_type, item.entry.subject_id) in held
        or _by_engine(services, actor, item)
    ]


async def _held(
    services: Services, work: Work, actor: Actor, name: str, ids: set[UUID]
) -> set[UUID]:
    registry = services.registry
    scope = services.rights.scope(actor, "read", name)
    if scope.is_empty or name not in registry.types:
        return set()
    if name in registry.case_kinds:
        return await services.bulk.held(work, scope, sorted(ids))
    return await services.objects.held(work, registry, scope, sorted(ids))


def _by_engine(services: Services, actor: Actor, item: Positioned) -> bool:
    """Whether rights over an engine's own records reach the subject of an entry."""
    entry = item.entry
    if entry.subject_type in services.registry.types:
        return False
    facts = Facts(
        area_no=entry.area_no,
        organisation_no=entry.organisation_no,
        sensitivity=entry.sensitivity,
    )
    return services.rights.scope(actor, "read", entry.subject_type).holds(facts)


async def may_see(services: Services, actor: Actor, item: Positioned) -> bool:
    """Whether an actor may know of one entry."""
    async with services.database.reading(actor) as work:
        return bool(await _visible(services, work, actor, [item]))


def event_of(item: Positioned, *, light: bool = False) -> CloudEvent:
    """An entry as a CloudEvent; light: without its data."""
    event = cloud_events.of_entry(item)
    return msgspec.structs.replace(event, data=None) if light else event


def event_bytes(event: CloudEvent) -> bytes:
    """The event in the JSON format, on one line."""
    return cloud_events.encode(event, bytes_max=EVENT_BYTES_MAX)


def page_of(found: Seen) -> dict[str, Any]:
    """Entries as a page: `next` is the position to ask from again."""
    items = [msgspec.Raw(event_bytes(event_of(item))) for item in found.entries]
    return {"items": items, "next": found.position.text, "more": found.more}
