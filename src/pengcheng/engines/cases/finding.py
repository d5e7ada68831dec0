"""What helps an official with a case: similar ones and their replies, a caller's earlier ones, and
a list of one's own (我关注), which tells nobody anything and counts as no one's support."""

from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store, _store_finding
from pengcheng.engines.cases.model import Case, CaseLine
from pengcheng.engines.cases.service import Cases
from pengcheng.kernel.authz import PERSONAL, Scope
from pengcheng.kernel.errors import Absent, Forbidden
from pengcheng.kernel.registry import RecordType

SIMILAR_MAX = 5
EARLIER_MAX = 20


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """A case like another, with the reply that went out; "" while there is none."""

    line: CaseLine
    reply: str


async def similar(cases: Cases, scope: Scope, case: Case) -> list[Similar]:
    """Cases of the same category within the scope: those of like words first, then the newest."""
    if case.category is None or scope.is_empty:
        return []
    async with cases.database.listing(scope.actor) as work:
        lines = await _store_finding.similar(work, scope, case, SIMILAR_MAX)
        replies = await _store_finding.replies(work, [line.id for line in lines])
    return [Similar(line=line, reply=replies.get(line.id, "")) for line in lines]


async def earlier_of(cases: Cases, scope: Scope, telephone: str) -> list[CaseLine]:
    """The cases of one who calls, newest first; recorded as a reading of personal attributes.

    `scope` is that of reading: a scope without personal attributes finds nothing. `telephone` is
    as `kernel.codes.telephone` gives it.
    """
    field = _telephone_column(cases.registry().type_(scope.type))
    if field is None:
        return []
    known = scope.reaching(PERSONAL)
    if known.is_empty:
        raise Forbidden("case.caller_not_yours")
    async with cases.database.transaction(scope.actor) as work:
        found = await _store_finding.of_caller(work, known, field, telephone, EARLIER_MAX)
        if found:
            await _store.record_access(work, scope.type, [line.id for line in found], "caller")
    return found


def _telephone_column(type_: RecordType) -> str | None:
    """The column of the declared field that holds the author's telephone."""
    return next((item.column for item in type_.attributes if item.kind == "telephone"), None)


async def watch(cases: Cases, scope: Scope, key: UUID | str, *, on: bool) -> None:
    """Put a case on the reader's own list, or take it off."""
    case = await cases.get(scope, key)
    person = scope.actor.person_id
    if person is None:
        raise Absent("case.unknown", kind=scope.type)
    async with cases.database.transaction(scope.actor) as work:
        if on:
            await _store_finding.watch(work, case.id, person)
        else:
            await _store_finding.unwatch(work, case.id, person)


async def is_watched(cases: Cases, scope: Scope, case_id: UUID) -> bool:
    """Whether a case is on the reader's own list."""
    if scope.actor.person_id is None:
        return False
    async with cases.database.reading(scope.actor) as work:
        return await _store_finding.watches(work, case_id, scope.actor.person_id)
