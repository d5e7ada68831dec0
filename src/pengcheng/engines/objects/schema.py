"""Bringing the tables of declared types up to their declarations, online."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256

import msgspec

from pengcheng.engines.objects import _store_edges, _tables
from pengcheng.engines.objects import _store_schema as _store
from pengcheng.engines.objects._tables import GEOMETRY, Standing
from pengcheng.engines.objects._tables_carrying import carried, ended, hindrances
from pengcheng.engines.objects._tables_indexes import index_changes
from pengcheng.engines.objects.model import Change
from pengcheng.engines.objects.recomputing import set_recompute
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.time import Clock, SystemClock

SWITCH_SECONDS = 1.0
"""After so long every process has heard of a new registry."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry needs done: `registry` is the same with the column of each attribute;
    `faults` are what in the declarations or the rows forbids it."""

    registry: Registry
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]


class Schema:
    """Plans and applies the tables of a registry; one process at a time, under a lock."""

    def __init__(
        self,
        database: Database,
        clock: Clock | None = None,
        *,
        switch_seconds: float = SWITCH_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._switch_seconds = switch_seconds

    async def plan(self, registry: Registry) -> Planned:
        """Every statement that the declared types need and do not have yet; nothing is done."""
        async with self._database.reading() as work:
            return await self._planned(work, registry)

    async def _planned(self, work: Work, registry: Registry) -> Planned:
        standing = await _store.standing(work)
        types = {
            name: _tables.resolved(type_, _store.of(standing, name).columns)
            for name, type_ in registry.types.items()
        }
        declared = {
            name: frozenset(item.column for item in type_.attributes)
            for name, type_ in types.items()
        }
        standing = await _store.with_undeclared(work, standing, declared)
        changes: list[Change] = []
        faults = await _store_edges.hindrances(work, types)
        for name in sorted(types):
            type_, present = types[name], _store.of(standing, name)
            faults += await _faults(work, type_, present)
            changes += _tables.column_changes(type_, present)
            changes += carried(type_, present)
            changes += index_changes(type_, present)
            changes += ended(type_, present, self._clock.now())
        return Planned(
            registry=msgspec.structs.replace(registry, types=types),
            changes=tuple(changes),
            faults=tuple(faults),
        )

    async def apply(self, registry: Registry) -> int:
        """Make the tables, publish the registry as the next version; its number.

        The same declarations again are the same version. A Refusal `schema.hindered` that names
        everything in the way; then nothing was changed. Processes switch when they hear `registry`.
        """
        digest = sha256(msgspec.json.encode(registry)).hexdigest()
        async with self._database.reading() as work:
            await _store.lock(work)
            try:
                current = await _store.newest(work)
                planned = await self._planned(work, registry)
                if planned.faults:
                    raise Refusal("schema.hindered", faults=planned.faults)
                await self._change(work, planned)
                if current and current[1] == digest:
                    return current[0]
                former = msgspec.json.decode(current[2], type=Registry) if current else Registry()
                version = await self._publish(planned.registry, digest, former)
                await self._carry_late(work, planned)
                return version
            finally:
                await _store.unlock(work)

    async def _change(self, work: Work, planned: Planned) -> None:
        for change in planned.changes:
            await _store.change(work, change)
        touched = {change.type for change in planned.changes}
        types: Mapping[str, RecordType] = planned.registry.types
        await _store.analyse(work, [_tables.table(types[name]) for name in sorted(touched)])

    async def _carry_late(self, work: Work, planned: Planned) -> None:
        """What a process wrote into the former column before it heard of the new one."""
        late = [change for change in planned.changes if change.in_parts]
        if late:
            await asyncio.sleep(self._switch_seconds)
        for change in late:
            await _store.change(work, change)

    async def _publish(self, registry: Registry, digest: str, former: Registry) -> int:
        content = msgspec.json.encode(registry)
        async with self._database.transaction(SYSTEM) as work:
            version = await _store.publish(work, content, digest)
            await set_recompute(work, former, registry, self._clock.now())
            await signal(work, "registry", str(version))
        return version

    async def newest(self) -> tuple[int, bytes] | None:
        """The newest published version and its content."""
        async with self._database.reading() as work:
            found = await _store.newest(work)
        return (found[0], found[2]) if found else None


async def _faults(work: Work, type_: RecordType, standing: Standing) -> list[Fault]:
    """What forbids to bring these tables to this declaration."""
    path = f"/types/{type_.name}"
    if not standing.columns:
        return []
    if ("version" in standing.columns) != (type_.role == "object"):
        return [Fault(path=path, code="schema.role", facts={"type": type_.name})]
    if _is_of_other_place(type_, standing):
        return [Fault(path=f"{path}/place", code="schema.place", facts={"type": type_.name})]
    found = []
    for one in hindrances(type_, standing):
        count = await _store.count(work, one.statement)
        if count:
            facts = {"type": type_.name, "attribute": one.attribute, "count": count}
            at = f"{path}/attributes/{one.attribute}"
            found.append(Fault(path=at, code=one.code, facts=facts))
    return found


def _is_of_other_place(type_: RecordType, standing: Standing) -> bool:
    if type_.place is None or type_.role != "object":
        return False
    wanted = GEOMETRY[type_.place]
    return any(
        columns.get("place", wanted) != wanted for columns in (standing.columns, standing.history)
    )
