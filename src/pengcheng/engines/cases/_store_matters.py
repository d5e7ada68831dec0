"""SQL of what everybody may know of cases, and of what follows them in the log."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pengcheng.engines.cases._tables import CASE_SCOPE
from pengcheng.engines.cases.matter import MatterQuery, PublicMatter, publicly
from pengcheng.ground.database import Row, Work
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import Scope

# Three decimals are about a hundred metres: the size of a grid cell, not of a door.
_COLUMNS = """c.id, c.code, c.kind, case when c.is_public then c.title end as title, c.category,
    c.stage, c.open, c.organisation_id, c.area_no, c.accepted_at, c.due_at, c.replied_at,
    c.closed_at, 1 + (select count(*) from follower f where f.case_id = c.id)
      + coalesce((select greatest(e.cases - 1, 0) from event e where e.id = c.event_id), 0)
      as people,
    round(st_x(c.place)::numeric, 3)::float8 as lon,
    round(st_y(c.place)::numeric, 3)::float8 as lat"""


def _conditions(scope: Scope, query: MatterQuery) -> tuple[str, dict[str, Any]]:
    where, values = predicate(scope, CASE_SCOPE)
    tests = ["c.kind = %(kind)s", "c.disclosure <> 'confidential'", where]
    if query.open_only:
        tests.append("c.open")
    if query.texts_only:
        tests.append("c.is_public")
    if query.category is not None:
        tests.append("c.category like %(category)s")
        values["category"] = query.category.replace("%", "").replace("_", "") + "%"
    if query.stage is not None:
        tests.append("c.stage = %(stage)s")
        values["stage"] = query.stage
    if query.area is not None:
        tests.append("c.area_no >= %(area_low)s and c.area_no < %(area_high)s")
        values["area_low"], values["area_high"] = query.area
    return " and ".join(tests), values | {"kind": scope.type}


async def newest(work: Work, scope: Scope, query: MatterQuery) -> list[PublicMatter]:
    tests, values = _conditions(scope, query)
    rows = await work.rows(
        f"""select {_COLUMNS} from cases c where {tests}
            order by c.accepted_at desc, c.id limit {query.limit}""",
        **values,
    )
    return [_public(row) for row in rows]


async def near(
    work: Work, scope: Scope, query: MatterQuery, point: tuple[float, float], metres: float
) -> list[PublicMatter]:
    tests, values = _conditions(scope, query)
    rows = await work.rows(
        f"""select {_COLUMNS}, st_distance(c.place::geography, p.at::geography) as metres
            from cases c, (select st_setsrid(st_point(%(x)s, %(y)s), 4326) as at) p
            where {tests} and c.place && st_expand(p.at, %(degrees)s)
              and st_distance(c.place::geography, p.at::geography) <= %(metres)s
            order by metres, c.id limit {query.limit}""",
        x=point[0],
        y=point[1],
        degrees=metres / 90_000,
        metres=metres,
        **values,
    )
    return [_public(row) for row in rows]


async def one(work: Work, scope: Scope, code: str) -> PublicMatter | None:
    tests, values = _conditions(scope, MatterQuery(open_only=False))
    row = await work.row(
        f"select {_COLUMNS} from cases c where c.code = %(code)s and {tests}", code=code, **values
    )
    return _public(row) if row else None


def _public(row: Row) -> PublicMatter:
    longitude, latitude = row.pop("lon"), row.pop("lat")
    row["point"] = (longitude, latitude) if longitude is not None else None
    row["title"] = publicly(row["title"])
    return PublicMatter(**row)


async def followers(work: Work, ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(case, person) of those who follow cases."""
    rows = await work.tuples(
        "select case_id, person_id from follower where case_id = any(%(ids)s)", ids=list(ids)
    )
    return [(row[0], row[1]) for row in rows]
