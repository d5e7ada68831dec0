"""Records that are made or changed in the transaction of what causes it: an action on a case.

Nobody's rights are asked here: what is declared as the effect of an action is done by whoever may
do the action. The values are checked like any others.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.objects import _bulk, _store, changing
from pengcheng.engines.objects.drafting import draft
from pengcheng.engines.objects.model import NewRecord
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SEALED, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.time import Clock, city_day


async def add_within(
    work: Work, registry: Registry, type_: RecordType, new: NewRecord, clock: Clock,
    cause: Mapping[str, Any],
) -> tuple[UUID | None, list[Fault]]:  # fmt: skip
    """Add a record within the caller's transaction; its id, or every fault."""
    made, faults = draft(registry, type_, new)
    if made is None:
        return None, faults
    drafts, lost = await _bulk.unreferenced(work, registry, type_, [(1, made)])
    drafts, taken = await _bulk.clashing(work, type_, drafts)
    if not drafts:
        return None, [fault for _, fault in (*lost, *taken)]
    (made,) = await _bulk.numbered(work, type_, [made], city_day(clock.now()))
    await work.run_each(_store.insert_statement(type_), [made.values(type_)])
    entry = made.entry(type_, "record.added")
    await work.append(msgspec.structs.replace(entry, cause=cause))
    return made.id, []


async def change_within(
    work: Work, registry: Registry, type_: RecordType, key: UUID, values: Mapping[str, Any],
    clock: Clock, cause: Mapping[str, Any],
) -> list[Fault]:  # fmt: skip
    """Change a record within the caller's transaction, or every fault."""
    scope = Scope(
        action="change", type=type_.name, regions=(Region(sensitivity=SEALED),), actor=SYSTEM
    )
    before = await _store.by_key(work, type_, scope, key, lock="for update")
    if before is None:
        return [Fault(path="", code="reference.unknown")]
    clean, faults = changing.cleaned(registry, type_, values)
    if faults:
        return faults
    differing = {name: one for name, one in clean.items() if before.attributes.get(name) != one}
    if not differing:
        return []
    faults = await changing.faults_of(work, registry, scope, before, differing)
    differing, more = await changing.followed(work, registry, type_, before, differing, clock)
    if faults or more:
        return [*faults, *more]
    await changing.write(work, type_, before, differing, before.version, cause)
    return []
