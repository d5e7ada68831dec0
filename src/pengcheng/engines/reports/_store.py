"""SQL of reports. What a reader may read is given as the reaches of their posts."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from pengcheng.engines.reports.model import Edition, Kept
from pengcheng.ground.database import Work, json_text


async def keep(work: Work, item: Edition) -> int:
    return await work.run(
        """insert into report (id, name, reach, first, last, made_at, content)
           values (%(id)s, %(name)s, %(reach)s, %(first)s, %(last)s, %(made_at)s,
                   %(content)s::jsonb)
           on conflict (reach, name, first) do nothing""",
        id=item.id,
        name=item.name,
        reach=item.reach,
        first=item.first,
        last=item.last,
        made_at=item.made_at,
        content=json_text(item.content),
    )


async def one(work: Work, name: str, first: date, reaches: Sequence[str]) -> list[Edition]:
    rows = await work.rows(
        """select id, name, reach, first, last, made_at, content from report
           where name = %(name)s and first = %(first)s and reach = any(%(reaches)s)
           order by array_position(%(reaches)s::text[], reach)""",
        name=name,
        first=first,
        reaches=list(reaches),
    )
    return [msgspec.convert(row, Edition) for row in rows]


async def by_id(work: Work, report_id: UUID, reaches: Sequence[str]) -> Edition | None:
    row = await work.row(
        """select id, name, reach, first, last, made_at, content from report
           where id = %(id)s and reach = any(%(reaches)s)""",
        id=report_id,
        reaches=list(reaches),
    )
    return msgspec.convert(row, Edition) if row else None


async def between(work: Work, reaches: Sequence[str], first: date, last: date) -> list[Kept]:
    rows = await work.rows(
        """select id, name, reach, first, last, made_at, content->'label' as label,
                  content->'place' as place
           from report
           where reach = any(%(reaches)s) and first between %(first)s and %(last)s
           order by first desc, name, array_position(%(reaches)s::text[], reach)""",
        reaches=list(reaches),
        first=first,
        last=last,
    )
    return [msgspec.convert(row, Kept) for row in rows]


async def edges(work: Work, reaches: Sequence[str]) -> tuple[date, date] | None:
    row = await work.row(
        "select min(first) as low, max(first) as high from report where reach = any(%(reaches)s)",
        reaches=list(reaches),
    )
    return (row["low"], row["high"]) if row and row["low"] else None
