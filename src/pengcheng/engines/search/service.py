"""Searching, and keeping the index true."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.search import _store
from pengcheng.engines.search.model import Document, Hit
from pengcheng.engines.search.tokens import query_of
from pengcheng.ground.database import Database, Row, Work
from pengcheng.kernel.authz import Scope

HITS_MAX = 100


class Search:
    """The index of one city."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, scope: Scope, text: str, *, limit: int = 20) -> list[Hit]:
        """What matches every word typed, within the scope, best first."""
        query = query_of(text)
        if not query or scope.is_empty:
            return []
        async with self._database.listing(scope.actor) as work:
            return await _store.find(work, scope, query, max(1, min(limit, HITS_MAX)))

    async def put(self, work: Work, documents: Sequence[Document]) -> None:
        """Index documents in the caller's transaction."""
        await _store.put(work, documents)

    async def missing(self, work: Work, ids: Sequence[UUID]) -> set[UUID]:
        """Which of these have no document yet."""
        return await _store.missing(work, ids) if ids else set()

    async def move(self, work: Work, rows: Sequence[Row]) -> None:
        """Follow documents whose owner, area or state changed (id, area_no, organisation_no,
        sensitivity, open)."""
        await _store.move(work, rows)

    async def drop(self, work: Work, ids: Sequence[UUID]) -> None:
        """Forget documents whose record is retired."""
        await _store.drop(work, ids)
