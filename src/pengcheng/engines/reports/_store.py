"""SQL of reports. What a reader may read is given as the reaches of their posts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from pengcheng.engines.reports.model import Content, Edition, Kept
from pengcheng.ground.database import Row, Work, json_text
from pengcheng.kernel.words import Words


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
    return [Edition(**_but(row, "content"), content=_content(row["content"])) for row in rows]


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
    return [
        Kept(
            **_but(row, "label", "place"),
            label=msgspec.convert(row["label"], Words),
            place=msgspec.convert(row["place"], Words),
        )
        for row in rows
    ]


async def edges(work: Work, reaches: Sequence[str]) -> tuple[date, date] | None:
    row = await work.row(
        "select min(first) as low, max(first) as high from report where reach = any(%(reaches)s)",
        reaches=list(reaches),
    )
    return (row["low"], row["high"]) if row and row["low"] else None


def _but(row: Row, *names: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}


def _content(found: Any) -> Content:
    return msgspec.convert(found, Content)
