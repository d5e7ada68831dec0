"""Events as those who count them need them: whole, whoever may read them; and a few by their ids,
for one who may."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.cases import _store_events
from pengcheng.engines.cases.standings import EventLine
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.registry import EventKind


def event_names(event_type: str, case_kind: str) -> tuple[str, ...]:
    """The kinds under which events of a declared type are kept: its own, or that of its cases."""
    return event_type, f"{case_kind}_event"


async def counted_events(work: Work, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Events by id, for the city's own counting."""
    return {row["id"]: row for row in await _store_events.rows(work, ids)}


async def events_joined(work: Work, cases: Sequence[UUID]) -> list[UUID]:
    """The events that these cases joined."""
    return await _store_events.joined(work, cases)


async def events_after(work: Work, kind: EventKind, last: UUID | None, limit: int) -> list[UUID]:
    """The ids of the next events of a declared type, to walk over all of them."""
    return await _store_events.ids_after(
        work, event_names(kind.type, kind.joins or ""), last, limit
    )


async def events_of_ids(work: Work, scope: Scope, ids: Sequence[UUID]) -> dict[UUID, EventLine]:
    """Those of these events that the scope holds."""
    return {line.id: line for line in await _store_events.of_ids(work, scope, ids)}
