"""SQL of what records and events count for: a row for each, and the cells that they add to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.indicators._store import DIMENSIONS, narrowed
from pengcheng.engines.indicators.model import CountedRow
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope

LOCK_CLASS = 4405
"""The first number of the advisory lock under which rows of one type are counted."""

_ROW = ("record_id", "indicator", "at", "day", "hour", "area_no", "organisation_no", "category",
        "numerator", "denominator")  # fmt: skip


async def lock(work: Work, type_name: str) -> None:
    """Nobody else counts rows of this type until the transaction ends."""
    await work.run(
        "select pg_advisory_xact_lock(%(class)s, hashtext(%(name)s))",
        **{"class": LOCK_CLASS, "name": type_name},
    )


async def now(work: Work) -> datetime:
    """The instant by which the log is dated."""
    found: datetime = await work.value("select clock_timestamp()")
    return found


async def rows_of(
    work: Work, ids: Sequence[UUID], names: Sequence[str]
) -> dict[tuple[UUID, str], CountedRow]:
    """What these rows count for until now, by row and indicator."""
    found = await work.tuples(
        f"""select {", ".join(_ROW)} from indicator_counted
            where record_id = any(%(ids)s) and indicator = any(%(names)s)""",
        ids=list(ids),
        names=list(names),
    )
    rows = [CountedRow(**dict(zip(_ROW, row, strict=True))) for row in found]
    return {(row.record_id, row.indicator): row for row in rows}


async def keep(work: Work, rows: Sequence[CountedRow]) -> None:
    """What they count for from now on."""
    await work.run_all(
        f"""insert into indicator_counted ({", ".join(_ROW)})
            select {", ".join(_ROW)}
            from json_populate_recordset(null::indicator_counted, %(rows)s::json)
            on conflict (record_id, indicator) do update
            set {", ".join(f"{name} = excluded.{name}" for name in _ROW[2:])}""",
        [msgspec.to_builtins(row) for row in rows],
    )


async def drop(work: Work, gone: Sequence[tuple[UUID, str]]) -> None:
    """They count no longer."""
    await work.run_all(
        """delete from indicator_counted c
           using json_to_recordset(%(rows)s::json) as g (record_id uuid, indicator text)
           where c.record_id = g.record_id and c.indicator = g.indicator""",
        [{"record_id": key, "indicator": name} for key, name in gone],
    )


async def ids_counted(
    work: Work, names: Sequence[str], last: UUID | None, limit: int
) -> list[UUID]:
    """The next rows that count for one of these indicators, to walk over all of them."""
    found = await work.tuples(
        """select distinct record_id from indicator_counted
           where indicator = any(%(names)s) and record_id > %(last)s
           order by record_id limit %(limit)s""",
        names=list(names),
        last=last or UUID(int=0),
        limit=limit,
    )
    return [row[0] for row in found]


async def forget_others(work: Work, names: Sequence[str]) -> None:
    """Forget what counts for indicators that are none of records any more."""
    gone = "select distinct indicator from indicator_counted where indicator <> all(%(names)s)"
    for table in ("indicator_value", "indicator_counted"):
        await work.run(f"delete from {table} where indicator in ({gone})", names=list(names))


async def newest(
    work: Work,
    scope: Scope,
    name: str,
    days: tuple[date, date],
    *,
    by: str | None = None,
    area: tuple[int, int] | None = None,
    unit: tuple[int, int] | None = None,
    category: str | None = None,
) -> list[tuple[Any, float, float]]:
    """(key, the newest value, 1) of an indicator within days [first, last], by a dimension."""
    where, values = narrowed(scope, name, days, area=area, unit=unit, category=category)
    column = DIMENSIONS[by] if by else "null::int"
    found = await work.tuples(
        f"""select distinct on (1) {column} as key, numerator from indicator_counted
            where {where} order by 1, at desc, record_id desc limit 2000""",
        **values,
    )
    return [(key, float(value), 1.0) for key, value in found]


async def under(
    work: Work,
    scope: Scope,
    name: str,
    days: tuple[date, date],
    *,
    after: tuple[Any, UUID] | None,
    limit: int,
    met: bool | None = None,
    area: tuple[int, int] | None = None,
    unit: tuple[int, int] | None = None,
    category: str | None = None,
) -> list[CountedRow]:
    """The rows under a figure, newest first."""
    where, values = narrowed(scope, name, days, area=area, unit=unit, category=category)
    if after is not None:
        where += " and (at, record_id) < (%(after_at)s, %(after_id)s)"
        values.update(after_at=after[0], after_id=after[1])
    if met is not None:
        where += f" and (numerator > 0) = {str(met).lower()}"
    found = await work.tuples(
        f"""select {", ".join(_ROW)} from indicator_counted
            where {where} order by at desc, record_id desc limit {limit}""",
        **values,
    )
    return [CountedRow(**dict(zip(_ROW, row, strict=True))) for row in found]
