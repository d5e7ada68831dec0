"""SQL of what anyone may read of a case by its number: masked text, grid precision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.cases._tables import CASE_SCOPE
from pengcheng.engines.cases.model import PublicCase
from pengcheng.ground.database import Row, Work
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.registry import RecordType

TEXTS = ("public_subject", "public_body")


def _select(type_: RecordType) -> str:
    """A text is shown where the author made it public and its masked form is there."""
    declared = {item.name: item.column for item in type_.attributes}
    body = declared.get("public_body")
    masked = f'f."{body}" is not null' if body else "false"
    shown = [
        f'case when c.is_public and {masked} then f."{declared[name]}" end as {name}'
        if name in declared
        else f"null as {name}"
        for name in TEXTS
    ]
    return f"""select c.id, c.code, c.open, c.step, c.stage, c.outcome, c.category, c.area_no,
                      c.organisation_id, c.accepted_at, c.step_since as changed_at, c.due_at,
                      c.closed_at, {", ".join(shown)},
                      st_x(g.middle) as lon, st_y(g.middle) as lat
               from cases c join city."{type_.name}" f on f.id = c.id
               left join lateral (select st_pointonsurface(a.place) as middle from area a
                                  where a.no = c.area_no and a.level in ('grid', 'community')
                                 ) g on true"""


def _public(row: Row) -> PublicCase:
    longitude, latitude = row.pop("lon"), row.pop("lat")
    return PublicCase(
        subject=row.pop("public_subject"),
        body=row.pop("public_body"),
        center=(longitude, latitude) if longitude is not None else None,
        **row,
    )


async def one(work: Work, scope: Scope, type_: RecordType, key: UUID | str) -> PublicCase | None:
    where, values = predicate(scope, CASE_SCOPE)
    column = "id" if isinstance(key, UUID) else "code"
    row = await work.row(
        f"{_select(type_)} where c.{column} = %(key)s and c.kind = %(kind)s and {where}",
        key=key,
        kind=type_.name,
        **values,
    )
    return _public(row) if row else None


async def page(
    work: Work,
    scope: Scope,
    type_: RecordType,
    *,
    codes: list[str] | None,
    categories: list[str] | None,
    is_open: bool | None,
    between: tuple[datetime | None, datetime | None],
    limit: int,
) -> list[PublicCase]:
    """Cases newest first."""
    where, values = predicate(scope, CASE_SCOPE)
    tests: dict[str, Any] = {
        "c.code = any(%(codes)s)": codes,
        "c.category = any(%(categories)s)": categories,
        "c.open = %(is_open)s": is_open,
        "c.accepted_at >= %(first)s": between[0],
        "c.accepted_at <= %(last)s": between[1],
    }
    chosen = [test for test, value in tests.items() if value is not None]
    rows = await work.rows(
        f"""{_select(type_)} where {" and ".join(["c.kind = %(kind)s", where, *chosen])}
            order by c.accepted_at desc, c.id desc limit {int(limit)}""",
        kind=type_.name,
        codes=codes,
        categories=categories,
        is_open=is_open,
        first=between[0],
        last=between[1],
        **values,
    )
    return [_public(row) for row in rows]
