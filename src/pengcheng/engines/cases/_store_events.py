"""SQL of events for those who count them."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.cases._store_counts import EVENT_SCOPE
from pengcheng.engines.cases.standings import EventLine
from pengcheng.ground.database import Row, Work
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import Scope


async def rows(work: Work, ids: Sequence[UUID]) -> list[Row]:
    """Events whole."""
    return await work.rows(
        """select id, kind, title, category, area_no, organisation_no, happened_at, cases, open
           from event where id = any(%(ids)s)""",
        ids=list(ids),
    )


async def joined(work: Work, cases: Sequence[UUID]) -> list[UUID]:
    """The events that these cases joined."""
    found = await work.tuples(
        """select distinct event_id from cases where id = any(%(ids)s) and event_id is not null""",
        ids=list(cases),
    )
    return [row[0] for row in found]


async def ids_after(work: Work, kinds: Sequence[str], last: UUID | None, limit: int) -> list[UUID]:
    """The next events of these kinds by id."""
    found = await work.tuples(
        """select id from event where kind = any(%(kinds)s) and id > %(last)s
           order by id limit %(limit)s""",
        kinds=list(kinds),
        last=last or UUID(int=0),
        limit=limit,
    )
    return [row[0] for row in found]


async def of_ids(work: Work, scope: Scope, ids: Sequence[UUID]) -> list[EventLine]:
    """Those of these events that the scope holds."""
    where, values = predicate(scope, EVENT_SCOPE)
    names = EventLine.__struct_fields__
    found = await work.tuples(
        f"""select {", ".join(f"e.{name}" for name in names)} from event e
            where e.id = any(%(ids)s) and {where}""",
        ids=list(ids),
        **values,
    )
    return [EventLine(**dict(zip(names, row, strict=True))) for row in found]
