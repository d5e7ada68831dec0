"""SQL of what a command screen counts: open cases in one pass over the partial indexes of open
work, the flow of one span of arrivals, and events that many cases join. No closed case is read
but those that arrived within the span of a flow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pengcheng.engines.cases._store_lists import conditions
from pengcheng.engines.cases._tables import CASE_SCOPE
from pengcheng.engines.cases.model import CaseQuery
from pengcheng.engines.cases.standings import EventLine, Flow
from pengcheng.ground.database import Work
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope

EVENT_SCOPE = Columns(
    area="e.area_no", organisation="e.organisation_no", sensitivity="e.sensitivity"
)
GROUPS_MAX = 5000

_STATE = """case when c.clock = 'suspended' then 'suspended'
    when c.replied_at is not null then 'answered'
    when c.due_at < %(now)s then 'late'
    when c.watch_at <= %(now)s then 'watch' else 'good' end"""
# The sets in the order of bits of grouping(): a column that is not grouped by has its bit set.
CUTS = {15: "all", 7: "district", 11: "sub_district", 13: "unit", 14: "category"}


# As things stood at an earlier moment. A case answered since has another clock by now: whether it
# was past its promise then is told by whether its answer came late.
_STATE_THEN = """case when c.replied_at <= %(now)s then 'answered'
    when c.replied_at is not null then case when c.was_late then 'late' else 'good' end
    when c.clock = 'suspended' then 'suspended'
    when c.due_at < %(now)s then 'late'
    when c.watch_at <= %(now)s then 'watch' else 'good' end"""
_OPEN_THEN = (
    "(c.open or c.closed_at > %(now)s) and c.accepted_at <= %(now)s"  # partial index, then by day
)


async def standings(
    work: Work, scope: Scope, query: CaseQuery, now: datetime, *, is_past: bool = False
) -> list[tuple[Any, ...]]:
    """(cut, district, sub-district, unit, category, open, good, watch, late, suspended, answered)
    of the open cases of a query: one row for all, and one for each value of each cut. `is_past`:
    as they stood at `now`, an earlier moment, by the times that each case has kept."""
    where, scope_values = predicate(scope, CASE_SCOPE)
    tests, values = conditions(query, now)
    was_open, state = (_OPEN_THEN, _STATE_THEN) if is_past else ("c.open", _STATE)
    return await work.tuples(
        f"""select grouping(district, sub_district, unit, category) as cut,
                   district, sub_district, unit, category, count(*),
                   count(*) filter (where state = 'good'),
                   count(*) filter (where state = 'watch'),
                   count(*) filter (where state = 'late'),
                   count(*) filter (where state = 'suspended'),
                   count(*) filter (where state = 'answered')
            from (select coalesce(c.area_no, 0) / 1000000000 * 1000000000 as district,
                         coalesce(c.area_no, 0) / 1000000 * 1000000 as sub_district,
                         c.organisation_no as unit,
                         split_part(coalesce(c.category, ''), '/', 1) as category,
                         {state} as state
                  from cases c where {" and ".join([was_open, where, *tests])}) standing
            group by grouping sets ((), (district), (sub_district), (unit), (category))
            limit {GROUPS_MAX}""",
        **values,
        **scope_values,
    )


async def flow(work: Work, scope: Scope, query: CaseQuery, now: datetime) -> list[Flow]:
    """How many of the cases that a query finds went from which channel to which unit."""
    where, scope_values = predicate(scope, CASE_SCOPE)
    tests, values = conditions(query, now)
    rows = await work.tuples(
        f"""select c.channel, c.organisation_no, count(*) from cases c
            where {" and ".join([where, *tests])}
            group by 1, 2 order by 3 desc, 1, 2 limit {GROUPS_MAX}""",
        **values,
        **scope_values,
    )
    return [Flow(channel=row[0], unit=row[1], count=row[2]) for row in rows]


async def events(
    work: Work,
    scope: Scope,
    kinds: Sequence[str],
    since: datetime,
    area: tuple[int, int] | None,
    limit: int,
) -> list[EventLine]:
    """Open events since an instant, those that most cases joined first."""
    where, values = predicate(scope, EVENT_SCOPE)
    low, high = area or (None, None)
    rows = await work.tuples(
        f"""select {", ".join(f"e.{name}" for name in EventLine.__struct_fields__)} from event e
            where e.open and e.kind = any(%(kinds)s) and e.happened_at >= %(since)s and {where}
              and (%(low)s::bigint is null
                   or (e.area_no >= %(low)s::bigint and e.area_no < %(high)s::bigint))
            order by e.cases desc, e.happened_at desc, e.id limit {limit}""",
        kinds=list(kinds),
        since=since,
        low=low,
        high=high,
        **values,
    )
    names = EventLine.__struct_fields__
    return [EventLine(**dict(zip(names, row, strict=True))) for row in rows]


async def open_steps(work: Work) -> list[tuple[str, str, int]]:
    """(kind, step, how many) of every open case in the city."""
    rows = await work.tuples(
        "select kind, step, count(*) from cases where open group by kind, step order by 1, 2"
    )
    return [(kind, step, int(count)) for kind, step, count in rows]
