"""Many cases at once: checked before they come in, with their fields and a record when they go
out."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store, _store_bulk, accepting
from pengcheng.engines.cases.model import Case, CaseQuery, NewCase
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import seen
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import PERSONAL, Scope
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.registry import RecordType

Position = tuple[Any, UUID]


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """Cases with the fields that the scope shows of each; `next` continues, None at the end."""

    rows: tuple[tuple[Case, Mapping[str, Any]], ...]
    next: Position | None = None


class Bulk:
    """Bulk import and export of cases of every kind."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def faults_of(self, new: NewCase) -> list[Fault]:
        """Every fault that `Cases.accept` would refuse this case for."""
        registry = self._cases.registry()
        return accepting.checked(registry, registry.case_kind(new.kind), new)[1]

    async def held(self, work: Work, scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
        """Which of these cases the scope holds."""
        return await _store_bulk.held(work, scope, ids)

    async def page(
        self, scope: Scope, query: CaseQuery, *, fields: Sequence[str] | None = None
    ) -> Exported:
        """A page of the cases that the scope holds, with these declared fields (all when none are
        named). Where personal attributes are given out, who took them and of which cases is
        recorded before."""
        found = await self._cases.page(scope, query)
        ids = [line.id for line in found.cases]
        type_ = self._cases.registry().type_(scope.type)
        async with self._cases.database.transaction(scope.actor) as work:
            cases = {case.id: case for case in await _store.by_ids(work, ids)}
            there = [cases[case_id] for case_id in ids if case_id in cases]
            given = await _fields(work, type_, scope, there)
            if fields is not None:
                given = {
                    key: {name: value for name, value in held.items() if name in fields}
                    for key, held in given.items()
                }
            personal = [case.id for case in there if _is_personal(type_, given.get(case.id, {}))]
            if personal and scope.action == "export":
                await _store.record_access(work, type_.name, personal, "export")
        rows = tuple((case, given.get(case.id, {})) for case in there)
        return Exported(rows=rows, next=found.next)


async def _fields(
    work: Work, type_: RecordType, scope: Scope, cases: Sequence[Case]
) -> dict[UUID, dict[str, Any]]:
    by_level: dict[int, list[UUID]] = {}
    for case in cases:
        by_level.setdefault(seen(scope, case), []).append(case.id)
    made: dict[UUID, dict[str, Any]] = {}
    for level, ids in by_level.items():
        made.update(await _store.fields_of(work, type_, ids, level))
    return made


def _is_personal(type_: RecordType, fields: Mapping[str, Any]) -> bool:
    return any(fields.get(item.name) for item in type_.attributes if item.sensitivity >= PERSONAL)
