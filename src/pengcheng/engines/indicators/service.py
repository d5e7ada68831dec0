"""Keeping indicators true as cases change, and reading them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import astuple

from pengcheng.engines.cases import CaseLine, CaseQuery, Cases
from pengcheng.engines.indicators import _store, counting
from pengcheng.engines.indicators.counting import Measure
from pengcheng.engines.indicators.keeping import DAILY, RecordCounts
from pengcheng.engines.indicators.model import Counted, Figure, RecordsUnder, Share, Under
from pengcheng.engines.indicators.reading import sums
from pengcheng.ground.database import Database, Row, Work, json_text
from pengcheng.ground.loading import ahead, block_of, texts_of
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.ground.timers import Fire
from pengcheng.kernel.authz import SYSTEM, Scope
from pengcheng.kernel.errors import Absent, ensure
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import Registry

REBUILD_BATCH = 5000
UNDER_BATCH, UNDER_LOOKS_MAX = 200, 25
GATHER_SECONDS = 1.0
"""Figures are drawn at most once a second: what happens meanwhile is counted together."""


class Indicators:
    """Declared indicators of a city."""

    def __init__(self, database: Database, cases: Cases, registry: Callable[[], Registry]) -> None:
        self._database = database
        self._cases = cases
        self._registry = registry
        self._compiled: tuple[int, dict[str, list[Measure]]] = (-1, {})
        self._records = RecordCounts(database, registry, lambda: cases.clock)

    def declared(self, name: str) -> Indicator:
        """The declaration of an indicator."""
        found = self._registry().indicators.get(name)
        if found is None:
            raise Absent("indicator.unknown", name=name)
        return found

    async def arm(self) -> None:
        """Bring the daily counting to new declarations, once every process serves them."""
        await self._records.arm()

    def fires(self) -> Mapping[str, Fire]:
        """What its timers do, by their kind."""
        return {DAILY: self._records.daily}

    def subscriber(self) -> Subscriber:
        """Hears every change of a case and of a record."""
        return Subscriber(name="indicators", handle=self._handle, batch=500, gather=GATHER_SECONDS)

    async def _handle(self, work: Work, entries: Sequence[Positioned]) -> None:
        kinds = self._registry().case_kinds
        changed = {
            item.entry.subject_id
            for item in entries
            if item.entry.subject_type in kinds and item.entry.kind.startswith("case.")
        }
        if changed:
            await self._recount(work, sorted(changed))
        await self._records.hear(work, entries)

    async def _recount(self, work: Work, ids: Sequence[UUID]) -> None:
        before = await _store.shares_of(work, ids)
        after: dict[UUID, list[Share]] = {}
        for row in await self._cases.measured(work, self._fields(), ids):
            after[row["id"]] = counting.shares(self._measures(row["kind"]), row)
        cells: dict[tuple[Any, ...], tuple[float, float]] = {}
        for case_id, shares in after.items():
            old = before.get(case_id, [])
            if shares != old:
                _move(cells, old, -1.0)
                _move(cells, shares, 1.0)
        moved = {key: value for key, value in cells.items() if value != (0.0, 0.0)}
        await _store.add(work, moved)
        await _store.keep_shares(work, {k: v for k, v in after.items() if v != before.get(k)})

    def _measures(self, kind: str) -> list[Measure]:
        registry = self._registry()
        if self._compiled[0] != registry.version:
            made = {name: counting.measures(registry, name) for name in registry.case_kinds}
            self._compiled = (registry.version, made)
        return self._compiled[1].get(kind, [])

    def _fields(self) -> Mapping[str, frozenset[str]]:
        """The declared fields that the measures of each kind read."""
        kinds = self._registry().case_kinds
        return {kind: counting.declared_fields(self._measures(kind)) for kind in kinds}

    async def rebuild(self) -> int:
        """Count everything anew from the cases, then from events and records; how many were
        counted. Nobody reads figures of cases meanwhile: they appear together."""
        counted, last = 0, None
        registry = self._registry()
        of_cases = [i.name for i in registry.indicators.values() if i.of in registry.case_kinds]
        async with self._database.transaction(SYSTEM) as work:
            await _store.begin_rebuild(work, of_cases)

            async def rows() -> list[Row]:
                nonlocal counted, last
                found = await self._cases.measured_after(work, self._fields(), last, REBUILD_BATCH)
                counted, last = counted + len(found), found[-1]["id"] if found else None
                return found

            async with aclosing(ahead(rows, self._part)) as parts:
                async for kept, lines in parts:
                    await _store.rebuild_part(work, kept, lines)
            await _store.end_rebuild(work)
        return counted + await self._records.rebuild()

    def _part(self, rows: Sequence[Row]) -> tuple[bytes, bytes] | None:
        """The shares of these cases as lines of COPY, by case and one by one."""
        if not rows:
            return None
        found = [(row["id"], counting.shares(self._measures(row["kind"]), row)) for row in rows]
        kept = [
            texts_of(case_id for case_id, _ in found),
            texts_of(json_text(shares) for _, shares in found),
        ]
        cells = zip(*(astuple(share) for _, shares in found for share in shares), strict=True)
        return block_of(kept), block_of(texts_of(column) for column in cells)

    async def figure(
        self, scope: Scope, name: str, days: tuple[date, date], **narrow: Any
    ) -> Figure:
        """One figure over days [first, last]; `narrow` by area, unit (ranges of numbers),
        category or hours."""
        declared = self.declared(name)
        async with self._database.listing(scope.actor) as work:
            found = await sums(work, scope, self._registry().indicators, declared, days, **narrow)
        _, numerator, denominator = found[0] if found else (None, 0.0, 0.0)
        return counting.figure(declared, numerator, denominator)

    async def figures(
        self, scope: Scope, name: str, days: tuple[date, date], by: str, **narrow: Any
    ) -> list[Figure]:
        """Figures by a dimension: day, hour, area, district, unit, category."""
        declared = self.declared(name)
        async with self._database.listing(scope.actor) as work:
            found = await sums(
                work, scope, self._registry().indicators, declared, days, by=by, **narrow
            )
        return [counting.figure(declared, n, d, key) for key, n, d in found]

    async def table(
        self, scope: Scope, names: Sequence[str], days: tuple[date, date], by: str
    ) -> dict[str, dict[Any, tuple[float, float]]]:
        """Numerator and denominator of several indicators by a dimension: name, then key."""
        found: dict[str, dict[Any, tuple[float, float]]] = {name: {} for name in names}
        async with self._database.listing(scope.actor) as work:
            for name, key, n, d in await _store.table(work, scope, names, days, by):
                found[name][key] = (n, d)
        return found

    async def is_counted(self, names: Sequence[str], days: tuple[date, date]) -> bool:
        """Whether anything in the city counts for one of these indicators within days."""
        async with self._database.listing(SYSTEM) as work:
            return await _store.is_counted(work, names, days)

    async def records_under(
        self, scopes: tuple[Scope, Scope], name: str, days: tuple[date, date], *,
        after: tuple[datetime, UUID] | None = None, limit: int = 25, met: bool | None = None,
        within: Mapping[str, Any] | None = None,
    ) -> RecordsUnder:  # fmt: skip
        """The records or events under a figure, newest first: those that the second scope (reading
        them) holds; the first is that of reading figures. A page may be shorter than the limit
        while there is a next one."""
        return await self._records.under(
            scopes, self.declared(name), days, after=after, limit=limit, met=met,
            within=within or {},
        )  # fmt: skip

    async def under(
        self,
        scope: Scope,
        name: str,
        query: CaseQuery,
        *,
        met: bool | None = None,
        within: Mapping[str, Any] | None = None,
    ) -> Under:
        """The cases that an indicator counts among those of a query, newest first; `met` narrows
        to those that count for the numerator, or do not; `within` by what they count for (area,
        unit, category as in `figure`). The scope is that of reading cases.

        A page may be shorter than the limit while there is a next one: what it looks through is
        bounded.
        """
        self.declared(name)
        found: list[Counted] = []
        asked = msgspec.structs.replace(query, limit=UNDER_BATCH)
        for _ in range(UNDER_LOOKS_MAX):
            page = await self._cases.page(scope, asked)
            async with self._database.reading(scope.actor) as work:
                shares = await _store.read_shares(work, [line.id for line in page.cases], name)
            for line in page.cases:
                share = shares.get(line.id)
                if share is None or not _is_within(share, within or {}, met=met):
                    continue
                if len(found) == query.limit:
                    last = found[-1].line
                    return Under(cases=tuple(found), next=(_moment(last, query.order), last.id))
                found.append(
                    Counted(line=line, numerator=share.numerator, denominator=share.denominator)
                )
            if page.next is None:
                return Under(cases=tuple(found))
            asked = msgspec.structs.replace(asked, after=page.next)
        return Under(cases=tuple(found), next=asked.after)


def _is_within(share: Share, within: Mapping[str, Any], *, met: bool | None) -> bool:
    """Whether a share is among those that a narrowed figure sums."""
    spans = (("area", share.area_no), ("unit", share.organisation_no))
    return (
        (met is None or (share.numerator > 0) == met)
        and within.get("category", share.category) == share.category
        and all(
            within[name][0] <= number < within[name][1] for name, number in spans if name in within
        )
    )


def _moment(line: CaseLine, order: str) -> datetime:
    at = {"accepted": line.accepted_at, "replied": line.replied_at, "closed": line.closed_at}
    found = at[order]
    ensure(found is not None, "a case is listed by an instant that it has")
    return found or line.accepted_at


def _move(
    cells: dict[tuple[Any, ...], tuple[float, float]], shares: Sequence[Share], sign: float
) -> None:
    for share in shares:
        n, d = cells.get(share.key, (0.0, 0.0))
        cells[share.key] = (n + sign * share.numerator, d + sign * share.denominator)


def is_met(declared: Indicator, figure: Figure) -> Mapping[str, bool]:
    """Whether a figure reaches its target and stays clear of its warning."""
    if figure.value is None:
        return {}
    sign = 1 if declared.better == "higher" else -1
    told: dict[str, bool] = {}
    if declared.target is not None:
        told["target"] = sign * figure.value >= sign * declared.target
    if declared.warning is not None:
        told["warning"] = sign * figure.value >= sign * declared.warning
    return told
