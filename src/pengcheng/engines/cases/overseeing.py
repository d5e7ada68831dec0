"""What a command centre sees of cases: how they stand, where they went, what many report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from pengcheng.engines.cases import _store_counts
from pengcheng.engines.cases.model import CaseQuery
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.standings import EventLine, Flow, Standing, Standings
from pengcheng.kernel.authz import Scope

EVENTS_MAX = 50


class Overseeing:
    """Counts of cases within a scope. Their cost is that of the open cases, not of all."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def standings(
        self, scope: Scope, query: CaseQuery, *, at: datetime | None = None
    ) -> Standings:
        """The open cases that a query finds, by how their time stands; `at` an earlier moment, as
        they stood then: reckoned from when each was accepted, answered and closed. Place, unit and
        promise are today's, and whether one was suspended then is not kept."""
        now = self._cases.clock.now()
        asked = msgspec.structs.replace(query, state="all" if at else "open")
        async with self._cases.database.listing(scope.actor) as work:
            rows = await _store_counts.standings(
                work, scope, asked, min(at or now, now), is_past=at is not None
            )
        found: dict[str, dict[Any, Standing]] = {cut: {} for cut in _store_counts.CUTS.values()}
        for cut, *keys, total, good, watch, late, suspended, answered in rows:
            name = _store_counts.CUTS[cut]
            key = next((key for key in keys if key is not None), None)
            found[name][key] = Standing(
                open=total, good=good, watch=watch, late=late, suspended=suspended,
                answered=answered,
            )  # fmt: skip
        whole = found.pop("all").get(None, Standing())
        return Standings(all=whole, **found)

    async def flow(self, scope: Scope, query: CaseQuery) -> list[Flow]:
        """From which channel to which unit the cases of a query went; ask for a span of arrivals
        (`accepted`), since every case within it is counted."""
        asked = msgspec.structs.replace(query, state="all")
        async with self._cases.database.listing(scope.actor) as work:
            return await _store_counts.flow(work, scope, asked, self._cases.clock.now())

    async def events(
        self,
        scope: Scope,
        kinds: Sequence[str],
        since: datetime,
        *,
        area: tuple[int, int] | None = None,
        limit: int = EVENTS_MAX,
    ) -> list[EventLine]:
        """Open events of these kinds since an instant, those that most cases joined first."""
        bounded = max(1, min(limit, EVENTS_MAX))
        async with self._cases.database.listing(scope.actor) as work:
            return await _store_counts.events(work, scope, kinds, since, area, bounded)

    async def open_steps(self) -> list[tuple[str, str, int]]:
        """(kind, step, how many) of every open case: what a change of a process must leave a way
        for."""
        async with self._cases.database.reading() as work:
            return await _store_counts.open_steps(work)
