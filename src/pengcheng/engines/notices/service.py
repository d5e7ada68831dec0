"""Giving and reading notices."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.notices import _store
from pengcheng.engines.notices.model import NewNotice, Notice
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import Actor

LIST_MAX = 100


class Notices:
    """The notices of one city."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, work: Work, notices: Sequence[NewNotice]) -> None:
        """Give notices in the caller's transaction."""
        if notices:
            await _store.add(work, notices)

    async def newest(self, actor: Actor, *, limit: int = 50) -> list[Notice]:
        """The reader's notices, newest first."""
        async with self._database.reading(actor) as work:
            return await _store.newest(work, actor, min(limit, LIST_MAX))

    async def unread(self, actor: Actor) -> int:
        """How many are unread; counting stops at 100."""
        async with self._database.reading(actor) as work:
            return await _store.unread(work, actor)

    async def read(self, actor: Actor, ids: Sequence[UUID]) -> int:
        """Mark the reader's own notices as read; how many were not yet."""
        async with self._database.transaction(actor) as work:
            return await _store.read(work, actor, ids)

    async def drop_about(self, work: Work, subjects: Sequence[UUID]) -> None:
        """Forget what was told of records whose retention has ended."""
        await _store.drop_about(work, subjects)

    async def drop_to(
        self, work: Work, persons: Sequence[UUID], accounts: Sequence[UUID] = ()
    ) -> None:
        """Forget what was told to persons and accounts that are no more."""
        await _store.drop_to(work, persons, accounts)
