"""Sums of an indicator for a span of days, whatever it is made of."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pengcheng.engines.indicators import _store, _store_records
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.indicators import Indicator

Sums = list[tuple[Any, float, float]]
DAY = timedelta(days=1)


async def sums(
    work: Work, scope: Scope, known: Mapping[str, Indicator], declared: Indicator,
    days: tuple[date, date], *, by: str | None = None, **narrow: Any,
) -> Sums:  # fmt: skip
    """(key, numerator, denominator) within days [first, last], by a dimension. What stands is that
    of the last day; by day, that of each."""
    cut = "category" if by is not None and by == declared.category else by
    if declared.measure == "ratio":
        return await _ratio(work, scope, known, declared, days, cut, narrow)
    if not declared.stands:
        return await _store.sums(work, scope, declared.name, days, by=cut, **narrow)
    narrow.pop("hours", None)
    if cut == "hour":
        found = await sums(work, scope, known, declared, days, **narrow)
        return [(0, n, d) for _, n, d in found]
    if declared.measure == "latest":
        span = days if cut == "day" else (date.min, days[1])
        return await _store_records.newest(work, scope, declared.name, span, by=cut, **narrow)
    if cut == "day":
        return await _daily(work, scope, declared, days, narrow)
    return await _store.sums(work, scope, declared.name, (date.min, days[1]), by=cut, **narrow)


async def _daily(
    work: Work, scope: Scope, declared: Indicator, days: tuple[date, date],
    narrow: Mapping[str, Any],
) -> Sums:  # fmt: skip
    """What stood at the end of each day: what stood before, and what each day changed."""
    before = await _store.sums(work, scope, declared.name, (date.min, days[0] - DAY), **narrow)
    moved = await _store.sums(work, scope, declared.name, days, by="day", **narrow)
    n, d = (before[0][1], before[0][2]) if before else (0.0, 0.0)
    by_day = {day: (more_n, more_d) for day, more_n, more_d in moved}
    found: Sums = []
    for at in range((days[1] - days[0]).days + 1):
        day = days[0] + at * DAY
        more_n, more_d = by_day.get(day, (0.0, 0.0))
        n, d = n + more_n, d + more_d
        found.append((day, n, d))
    return found


async def _ratio(
    work: Work, scope: Scope, known: Mapping[str, Indicator], declared: Indicator,
    days: tuple[date, date], cut: str | None, narrow: Mapping[str, Any],
) -> Sums:  # fmt: skip
    """The numerators of both, key by key."""
    pair = []
    for name in (declared.upper, declared.lower):
        part = known.get(name or "")
        found = await sums(work, scope, known, part, days, by=cut, **narrow) if part else []
        pair.append({key: n for key, n, _ in found})
    keys = sorted({*pair[0], *pair[1]}, key=str)
    return [(key, pair[0].get(key, 0.0), pair[1].get(key, 0.0)) for key in keys]
