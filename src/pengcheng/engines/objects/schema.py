"""Bringing the tables of declared types up to their declarations, online."""

from pengcheng.engines.objects import _store_schema as _store
from pengcheng.engines.objects import _tables
from pengcheng.engines.objects.model import Change
from pengcheng.ground.database import Database
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.registry import Registry


class Schema:
    """Plans and applies the tables of a registry; one process at a time, under a lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self, registry: Registry) -> list[Change]:
        """Every statement that the declared types need and do not have yet."""
        async with self._database.reading() as work:
            present = await _store.columns(work)
        return [
            change
            for name in sorted(registry.types)
            for change in _tables.plan(registry.types[name], present.get(name, {}))
        ]

    async def apply(self, registry: Registry, content: bytes, digest: str) -> int:
        """Make the tables, publish the registry's content as the next version; its number.

        The same content again is the same version. Processes switch when they hear `registry`.
        """
        async with self._database.reading() as work:
            await _store.lock(work)
            try:
                current = await _store.newest(work)
                if current and current[1] == digest:
                    return current[0]
                for change in await self.plan(registry):
                    await _store.change(work, change)
                await _store.analyse(work, [_tables.table(t) for t in registry.types.values()])
            finally:
                await _store.unlock(work)
        async with self._database.transaction(SYSTEM) as work:
            version = await _store.publish(work, content, digest)
            await signal(work, "registry", str(version))
        return version

    async def newest(self) -> tuple[int, bytes] | None:
        """The newest published version and its content."""
        async with self._database.reading() as work:
            found = await _store.newest(work)
        return (found[0], found[2]) if found else None
