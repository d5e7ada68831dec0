"""SQL of indicators."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.indicators.model import Share
from pengcheng.ground.database import Work
from pengcheng.ground.loading import copy_block
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope

SCOPE = Columns(sensitivity=None)
REBUILD_MEMORY = "256MB"
_CELL = ("indicator", "day", "hour", "area_no", "organisation_no", "category", "numerator",
         "denominator")  # fmt: skip
DIMENSIONS: Mapping[str, str] = {
    "day": "day",
    "hour": "hour",
    "unit": "organisation_no",
    "area": "area_no",
    "district": "area_no / 1000000000 * 1000000000",
    "category": "category",
}


async def shares_of(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[Share]]:
    """What the cases count for until now, locked."""
    rows = await work.tuples(
        "select case_id, shares from indicator_share where case_id = any(%(ids)s) for update",
        ids=list(ids),
    )
    return {row[0]: msgspec.convert(row[1], list[Share]) for row in rows}


async def read_shares(work: Work, ids: Sequence[UUID], name: str) -> dict[UUID, Share]:
    """What the cases count for in one indicator; those that do not count are not there."""
    rows = await work.tuples(
        """select s.case_id, part.share from indicator_share s
           cross join lateral jsonb_array_elements(s.shares) as part(share)
           where s.case_id = any(%(ids)s) and part.share ->> 0 = %(name)s""",
        ids=list(ids),
        name=name,
    )
    return {row[0]: msgspec.convert(row[1], Share) for row in rows}


async def keep_shares(work: Work, found: Mapping[UUID, Sequence[Share]]) -> None:
    await work.run_all(
        """insert into indicator_share (case_id, shares)
           select case_id, shares
           from json_populate_recordset(null::indicator_share, %(rows)s::json)
           on conflict (case_id) do update set shares = excluded.shares""",
        [{"case_id": key, "shares": list(shares)} for key, shares in found.items()],
    )


async def add(work: Work, cells: Mapping[tuple[Any, ...], tuple[float, float]]) -> None:
    """Move the cells by these differences, in one order so that two writers never deadlock."""
    names = ("indicator", "day", "hour", "area_no", "organisation_no", "category")
    await work.run_all(
        """insert into indicator_value (indicator, day, hour, area_no, organisation_no, category,
                                        numerator, denominator)
           select indicator, day, hour, area_no, organisation_no, category, numerator, denominator
           from json_populate_recordset(null::indicator_value, %(rows)s::json)
           on conflict (indicator, day, hour, area_no, organisation_no, category) do update
           set numerator = indicator_value.numerator + excluded.numerator,
               denominator = indicator_value.denominator + excluded.denominator""",
        [
            {**dict(zip(names, key, strict=True)), "numerator": n, "denominator": d}
            for key, (n, d) in sorted(cells.items())
        ],
    )


async def begin_rebuild(work: Work, names: Sequence[str]) -> None:
    """Forget everything; the lines of shares come into a table that ends with the transaction."""
    await work.run("set local statement_timeout = 0")
    await work.run(f"set local work_mem = '{REBUILD_MEMORY}'")
    await work.run("truncate indicator_share")
    await work.run(
        "delete from indicator_value where indicator = any(%(names)s)", names=list(names)
    )
    await work.run(
        """create temporary table share_line (like indicator_value including defaults)
           on commit drop"""
    )


async def rebuild_part(work: Work, kept: bytes, lines: bytes) -> None:
    """Take the shares of some cases, as lines of COPY: kept by case, and one by one."""
    await copy_block(work, "indicator_share", ("case_id", "shares"), kept)
    await copy_block(work, "share_line", _CELL, lines)


async def end_rebuild(work: Work) -> None:
    """Sum the lines, in the order of the index that they go into."""
    key, sums = ", ".join(_CELL[:6]), ", ".join(f"sum({name})" for name in _CELL[6:])
    await work.run(
        f"""insert into indicator_value ({", ".join(_CELL)})
            select {key}, {sums} from share_line group by {key} order by {key}"""
    )


async def table(
    work: Work, scope: Scope, names: Sequence[str], days: tuple[date, date], by: str
) -> list[tuple[str, Any, float, float]]:
    """(indicator, key, numerator, denominator) of several indicators by a dimension."""
    where, values = predicate(scope, SCOPE)
    rows = await work.tuples(
        f"""select indicator, {DIMENSIONS[by]} as key, sum(numerator), sum(denominator)
            from indicator_value
            where indicator = any(%(names)s) and day >= %(first)s and day <= %(last)s and {where}
            group by 1, 2 order by 1, 2""",
        names=list(names),
        first=days[0],
        last=days[1],
        **values,
    )
    return [(row[0], row[1], float(row[2] or 0), float(row[3] or 0)) for row in rows]


async def is_counted(work: Work, names: Sequence[str], days: tuple[date, date]) -> bool:
    """Whether any case counts within these days."""
    found = await work.value(
        """select exists (select 1 from indicator_value where indicator = any(%(names)s)
               and day >= %(first)s and day <= %(last)s and denominator > 0)""",
        names=list(names),
        first=days[0],
        last=days[1],
    )
    return bool(found)


async def sums(
    work: Work,
    scope: Scope,
    name: str,
    days: tuple[date, date],
    *,
    by: str | None = None,
    area: tuple[int, int] | None = None,
    unit: tuple[int, int] | None = None,
    category: str | None = None,
    hours: tuple[int, int] = (0, 24),
) -> list[tuple[Any, float, float]]:
    """(key, numerator, denominator) of an indicator within days [first, last], by a dimension."""
    where, values = narrowed(scope, name, days, area=area, unit=unit, category=category)
    column = DIMENSIONS[by] if by else "null"
    rows = await work.tuples(
        f"""select {column} as key, sum(numerator), sum(denominator) from indicator_value
            where {where} and hour >= %(hour_low)s and hour < %(hour_high)s
            group by 1 order by 1 limit 2000""",
        hour_low=hours[0],
        hour_high=hours[1],
        **values,
    )
    return [(row[0], float(row[1] or 0), float(row[2] or 0)) for row in rows if row[1] is not None]


def narrowed(
    scope: Scope,
    name: str,
    days: tuple[date, date],
    *,
    area: tuple[int, int] | None,
    unit: tuple[int, int] | None,
    category: str | None,
) -> tuple[str, dict[str, Any]]:
    """Where an indicator counts within days [first, last] and all that narrows it."""
    where, values = predicate(scope, SCOPE)
    tests = ["indicator = %(name)s", "day >= %(first)s", "day <= %(last)s", where]
    values.update(name=name, first=days[0], last=days[1])
    for key, span in (("area_no", area), ("organisation_no", unit)):
        if span is not None:
            tests.append(f"{key} >= %({key}_low)s and {key} < %({key}_high)s")
            values[f"{key}_low"], values[f"{key}_high"] = span
    if category is not None:
        tests.append("category = %(category)s")
        values["category"] = category
    return " and ".join(tests), values
