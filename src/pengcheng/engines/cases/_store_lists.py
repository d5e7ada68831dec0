"""SQL of lists of cases and their counts: keyset pages over partial indexes of open work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.cases import _store
from pengcheng.engines.cases._tables import CASE_SCOPE, LINE_COLUMNS, to_line
from pengcheng.engines.cases.model import NO_AREA, CaseLine, CaseQuery
from pengcheng.engines.search import matching
from pengcheng.ground.database import Row, Work
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import PERSONAL, Scope
from pengcheng.kernel.registry import Registry

_ORDERS = {"due": ("c.due_at", "asc"), "accepted": ("c.accepted_at", "desc"),
           "replied": ("c.replied_at", "desc"), "closed": ("c.closed_at", "desc")}  # fmt: skip
_STATES = {
    "open": "c.open",
    "late": "c.open and c.replied_at is null and c.clock = 'running' and c.due_at < %(now)s",
    "watch": "c.open and c.replied_at is null and c.clock = 'running' "
    "and c.watch_at <= %(now)s and c.due_at >= %(now)s",
    "good": "c.open and c.replied_at is null and c.clock = 'running' and c.due_at >= %(now)s "
    "and (c.watch_at is null or c.watch_at > %(now)s)",
    "suspended": "c.open and c.clock = 'suspended'",
    "unanswered": "c.open and c.replied_at is null",
    "replied": "c.open and c.replied_at is not null",
    "closed": "not c.open",
    "all": "true",
}
COUNT_MAX = 10_000


def conditions(query: CaseQuery, now: datetime) -> tuple[list[str], dict[str, Any]]:
    """The query as SQL tests with parameters."""
    values: dict[str, Any] = {"kind": query.kind, "now": now}
    tests = ["c.kind = %(kind)s", _STATES.get(query.state, "c.open")]
    equal = {
        "c.account_id": query.mine,
        "c.step": query.step,
        "c.stage": query.stage,
        "c.channel": query.channel,
        "c.event_id": query.event_id,
        "c.urgency": query.urgency,
    }
    for number, (column, value) in enumerate(equal.items()):
        if value is not None:
            tests.append(f"{column} = %(equal_{number})s")
            values[f"equal_{number}"] = value
    spans = {"c.organisation_no": query.unit, "c.area_no": query.area,
             "c.accepted_at": query.accepted, "c.replied_at": query.replied,
             "c.closed_at": query.closed}  # fmt: skip
    if query.area == NO_AREA:
        spans.pop("c.area_no")
        tests.append("c.area_no is null")
    for number, (column, span) in enumerate(spans.items()):
        for side, bound in zip((">=", "<"), span or (), strict=False):
            if bound is not None:
                key = f"span_{number}_{'low' if side == '>=' else 'high'}"
                tests.append(f"{column} {side} %({key})s")
                values[key] = bound
    if query.category is not None:
        tests.append("c.category like %(category)s")
        values["category"] = query.category.replace("%", "").replace("_", "") + "%"
    if query.supervised:
        tests.append("c.supervised > 0")
    _narrow(query, tests, values)
    if query.text:
        found, named = matching(query.kind, query.text)
        tests.append(f"c.id in ({found} union select id from cases where code = %(code)s)")
        values.update(named, code=query.text.strip())
    return tests, values


def _narrow(query: CaseQuery, tests: list[str], values: dict[str, Any]) -> None:
    if query.returned:
        tests.append("c.returns > 0")
    if query.arrived_after is not None:
        tests.append("c.step_since > %(arrived_after)s")
        values["arrived_after"] = query.arrived_after
    if query.followed_by is not None:
        tests.append(
            "exists (select 1 from follower w where w.case_id = c.id and w.person_id = %(who)s)"
        )
        values["who"] = query.followed_by


async def page(work: Work, scope: Scope, query: CaseQuery, now: datetime) -> list[CaseLine]:
    """One line more than the limit tells that there is a next page."""
    where, scope_values = predicate(scope, CASE_SCOPE)
    tests, values = conditions(query, now)
    column, direction = _ORDERS[query.order]
    if query.after is not None:
        than = ">" if direction == "asc" else "<"
        tests.append(f"({column}, c.id) {than} (%(after_at)s, %(after_id)s)")
        values.update(after_at=query.after[0], after_id=query.after[1])
    rows = await work.tuples(
        f"""select {LINE_COLUMNS} from cases c
            where {" and ".join([where, *tests])} and {column} is not null
            order by {column} {direction}, c.id {direction} limit {query.limit + 1}""",
        **values,
        **scope_values,
    )
    return [to_line(row) for row in rows]


async def count(work: Work, scope: Scope, query: CaseQuery, now: datetime) -> int:
    """How many; counting stops at `COUNT_MAX`, so a count never dies of volume."""
    where, scope_values = predicate(scope, CASE_SCOPE)
    tests, values = conditions(query, now)
    found = await work.value(
        f"""select count(*) from (select 1 from cases c
            where {" and ".join([where, *tests])} limit {COUNT_MAX}) counted""",
        **values,
        **scope_values,
    )
    return int(found)


async def lines(work: Work, scope: Scope, ids: list[UUID]) -> list[CaseLine]:
    where, values = predicate(scope, CASE_SCOPE)
    rows = await work.tuples(
        f"select {LINE_COLUMNS} from cases c where c.id = any(%(ids)s) and {where}",
        ids=ids,
        **values,
    )
    return [to_line(row) for row in rows]


async def near(
    work: Work, scope: Scope, kind: str, point: tuple[float, float], metres: float, limit: int
) -> list[Row]:
    """Open cases near a point with their distance in metres, nearest first; no text that is not
    public beyond the category."""
    where, values = predicate(scope, CASE_SCOPE)
    return await work.rows(
        f"""select c.id, c.code, c.category, c.stage, c.is_public, c.event_id,
                   case when c.is_public then c.title end as title,
                   st_distance(c.place::geography, p.at::geography) as metres
            from cases c, (select st_setsrid(st_point(%(x)s, %(y)s), 4326) as at) p
            where c.open and c.kind = %(kind)s and {where}
              and c.place && st_expand(p.at, %(degrees)s)
              and st_distance(c.place::geography, p.at::geography) <= %(metres)s
            order by metres limit %(limit)s""",
        x=point[0],
        y=point[1],
        kind=kind,
        degrees=metres / 90_000,
        metres=metres,
        limit=limit,
        **values,
    )


async def points(
    work: Work, scope: Scope, query: CaseQuery, now: datetime, limit: int
) -> list[Row]:
    """Where the cases of a query are, for a map."""
    where, scope_values = predicate(scope, CASE_SCOPE)
    tests, values = conditions(query, now)
    return await work.rows(
        f"""select c.id, c.code, c.title, c.stage, c.category, c.due_at, c.clock, c.replied_at,
                   c.organisation_id, c.area_no, st_x(c.place) as lon, st_y(c.place) as lat
            from cases c where {" and ".join([where, *tests])} and c.place is not null
            order by c.due_at, c.id limit {limit}""",
        **values,
        **scope_values,
    )


_MEASURED = """select id, kind, step, stage, open, outcome, channel, category, urgency, automatic,
    accepted_at, dispatched_at, taken_at, replied_at, closed_at, due_at, was_late, supervised,
    dispatches, returns, extensions, reopenings, satisfaction, clock, area_no, organisation_no
    from cases"""


async def measured(
    work: Work, registry: Registry, fields: Mapping[str, Collection[str]], ids: Sequence[UUID]
) -> list[Row]:
    """What indicators count of cases; with it the declared fields that are named, by kind."""
    rows = await work.rows(f"{_MEASURED} where id = any(%(ids)s) order by id", ids=list(ids))
    return await _with_fields(work, registry, fields, rows)


async def measured_after(
    work: Work, registry: Registry, fields: Mapping[str, Collection[str]], last: UUID | None,
    limit: int,
) -> list[Row]:  # fmt: skip
    """The same of the next cases by id."""
    rows = await work.rows(
        f"{_MEASURED} where id > %(last)s order by id limit %(limit)s",
        last=last or UUID(int=0),
        limit=limit,
    )
    return await _with_fields(work, registry, fields, rows)


async def _with_fields(
    work: Work, registry: Registry, fields: Mapping[str, Collection[str]], rows: list[Row]
) -> list[Row]:
    for kind, names in fields.items():
        ids = [row["id"] for row in rows if row["kind"] == kind] if names else []
        if ids:
            type_ = registry.type_(kind)
            declared = await _store.fields_of(work, type_, ids, PERSONAL, names)
            rows = [{**row, **declared.get(row["id"], {})} for row in rows]
    return rows
