"""Splitting a case: another matter in the same text becomes a case of its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store, _store_accept, accepting, logic
from pengcheng.engines.cases.model import Accepted, Action, Case, NewCase
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import entry_of, facts_of
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import PERSONAL, Actor, Rights
from pengcheng.kernel.errors import Absent, Conflict, Fault, Forbidden, Refusal, invalid
from pengcheng.kernel.registry import CaseKind

CHILDREN_MAX = 10


class Splitting:
    """Makes a new case out of a part of one; author and place stay, the text is the part's."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def split(
        self, actor: Actor, rights: Rights, kind_name: str, key: UUID | str, action: Action
    ) -> Accepted:
        """The new case. `details`: the fields that differ (subject and body at least)."""
        read = rights.scope(actor, "read", kind_name)
        async with self._cases.database.transaction(actor) as work:
            case = await _store.by_key(work, read, key, lock="for update of c")
            if case is None:
                raise Absent("case.unknown", kind=kind_name)
            if not rights.scope(actor, "split", kind_name).holds(facts_of(case)):
                raise Forbidden("case.not_yours_to_do", verb="split")
            logic.check_version(case, action)
            if not case.open:
                raise Refusal("case.closed", code=case.code)
            if await _store.children(work, case.id) >= CHILDREN_MAX:
                raise Refusal("case.bound_reached", what="split", bound=CHILDREN_MAX)
            child = await self._child(work, case, action.details)
            # Sent twice, the second split finds a newer version.
            if not await _store.save(work, case):
                raise Conflict("case.changed", version=case.version, code=case.code)
            await work.append(
                entry_of(case, "case.split", visibility="parties", after={"code": child.code})
            )
        return child

    async def _child(self, work: Work, case: Case, details: Mapping[str, Any]) -> Accepted:
        registry = self._cases.registry()
        kind: CaseKind = registry.case_kind(case.kind)
        type_ = registry.type_(case.kind)
        kept = (await _store.fields_of(work, type_, [case.id], PERSONAL))[case.id]
        given = {k: v for k, v in {**kept, **details}.items() if v is not None}
        new = NewCase(
            kind=case.kind, channel=case.channel, fields=given, point=case.point,
            disclosure=case.disclosure, author_id=case.author_id,
            author_account_id=case.author_account_id,
        )  # fmt: skip
        if details.keys() - {item.name for item in type_.attributes} or not details:
            raise invalid(Fault(path="/details", code="field.required"))
        clean, faults = accepting.checked(registry, kind, new)
        if faults:
            raise invalid(*faults)
        now, calendar = self._cases.clock.now(), await self._cases.calendars.current()
        made = accepting.arrival(
            kind, type_, registry.processes[kind.process], new, clean,
            serial=(await _store_accept.serials(work, 1))[0],
            owner=await self._cases.operators_of(kind), now=now,
            deadline=accepting.clock(kind, now, calendar),
        )  # fmt: skip
        child = msgspec.structs.replace(made.case, parent_id=case.id, area_no=case.area_no)
        # One who followed the whole by a receipt follows the part by the same; it is never shown to
        # who splits.
        receipt_hash = await _store.receipt_of(work, case.id)
        made = msgspec.structs.replace(made, case=child, receipt=None, receipt_hash=receipt_hash)
        await _store_accept.write_many(work, registry, [made])
        return Accepted(
            id=child.id, code=child.code, receipt=made.receipt, accepted_at=child.accepted_at,
            due_at=child.deadline.at,
        )  # fmt: skip
