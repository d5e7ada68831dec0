"""Keeping reports and reading them again."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pengcheng.engines.reports import _store
from pengcheng.engines.reports.model import Edition, Kept
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import Actor


class Reports:
    """The kept reports of one city. A reader reads those of the reaches of their posts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, work: Work, edition: Edition) -> bool:
        """Keep a report in the caller's transaction; False when there is one of its period and
        reach already, which stays as it is."""
        return bool(await _store.keep(work, edition))

    async def of(
        self, actor: Actor, name: str, first: date, reaches: Sequence[str]
    ) -> list[Edition]:
        """The reports of a period, one for each of these reaches that has one, in their order."""
        async with self._database.reading(actor) as work:
            return await _store.one(work, name, first, reaches)

    async def get(self, actor: Actor, report_id: UUID, reaches: Sequence[str]) -> Edition | None:
        """A report by its id, if it is for one of these reaches."""
        async with self._database.reading(actor) as work:
            return await _store.by_id(work, report_id, reaches)

    async def between(
        self, actor: Actor, reaches: Sequence[str], first: date, last: date
    ) -> list[Kept]:
        """The reports whose period begins in a span, newest first."""
        async with self._database.reading(actor) as work:
            return await _store.between(work, reaches, first, last)

    async def edges(self, actor: Actor, reaches: Sequence[str]) -> tuple[date, date] | None:
        """The first days of the earliest and of the newest report; None where there is none."""
        async with self._database.reading(actor) as work:
            return await _store.edges(work, reaches)
