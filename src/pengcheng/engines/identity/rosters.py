"""Who is there, for what acts as many people: the sample's past and its simulation."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store_rosters
from pengcheng.ground.database import Database


class Named(msgspec.Struct, frozen=True):
    """An account by its user name, and whose it is."""

    username: str
    account_id: UUID
    person_id: UUID | None


class Holder(msgspec.Struct, frozen=True):
    """Who holds a role, over the organisations with these numbers (`low` ≤ number < `high`)."""

    low: int
    high: int
    username: str
    account_id: UUID


class Rosters:
    """Reads that only the program itself makes: they take no scope."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(self, *, kind: str, limit: int) -> list[Named]:
        """Active accounts of a kind, the oldest first."""
        async with self._database.reading() as work:
            return [Named(*row) for row in await _store_rosters.named(work, kind, limit)]

    async def holders(self, role: str) -> list[Holder]:
        """Who holds a role, the highest organisation first."""
        async with self._database.reading() as work:
            return [Holder(*row) for row in await _store_rosters.holders(work, role)]

    async def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """The names of officials by account, as they stand beside the work that they hold."""
        async with self._database.reading() as work:
            return {row[0]: row[1] for row in await _store_rosters.names(work, list(ids))}
