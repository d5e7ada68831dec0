"""What is told of cases beyond their own page: to everybody, to notices, to the index."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store, _store_matters
from pengcheng.engines.cases.matter import MatterQuery, PublicMatter
from pengcheng.engines.cases.model import LIST_MAX, Case
from pengcheng.engines.cases.service import Cases
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import INTERNAL, Scope
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import Attribute, RecordType

NEAR_METRES = 500.0


class Matters:
    """The public side of cases; a scope here is that of `read_public`."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def newest(self, scope: Scope, query: MatterQuery) -> list[PublicMatter]:
        """The newest that a query finds."""
        asked = _bounded(query)
        async with self._cases.database.listing(scope.actor) as work:
            return await _store_matters.newest(work, scope, asked)

    async def near(
        self, scope: Scope, query: MatterQuery, point: tuple[float, float],
        *, metres: float = NEAR_METRES,
    ) -> list[PublicMatter]:  # fmt: skip
        """Those around a point (longitude, latitude), nearest first."""
        asked = _bounded(query)
        async with self._cases.database.listing(scope.actor) as work:
            return await _store_matters.near(work, scope, asked, point, metres)

    async def one(self, scope: Scope, code: str) -> PublicMatter:
        """One by its number; `Absent` also for what may not be known of."""
        async with self._cases.database.reading(scope.actor) as work:
            found = await _store_matters.one(work, scope, code)
        if found is None:
            raise Absent("case.unknown", kind=scope.type)
        return found

    async def current(self, work: Work, ids: Sequence[UUID]) -> list[Case]:
        """Cases as they stand now, for what follows them in the log."""
        return await _store.by_ids(work, ids)

    async def words_of(self, work: Work, kind: str, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """What is searched of cases: their searchable declared fields, none of them personal."""
        type_ = self._cases.registry().type_(kind)
        found = await _store.fields_of(work, type_, ids, INTERNAL)
        return {case_id: searched(type_, fields) for case_id, fields in found.items()}

    async def followed_by(self, work: Work, ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
        """(case, person) of those who follow cases."""
        return await _store_matters.followers(work, ids)


def searched(type_: RecordType, fields: Mapping[str, Any]) -> str:
    """The searchable declared fields, none of them personal, one a line; of a table the texts of
    its rows."""
    return "\n".join(
        text
        for item in type_.attributes
        if item.search and item.sensitivity <= INTERNAL and fields.get(item.name)
        for text in _searched(item, fields[item.name])
    )


def _searched(item: Attribute, value: Any) -> list[str]:
    if item.many:
        return [str(one) for one in value]
    if item.kind != "table":
        return [str(value)]
    texts = [column.name for column in item.columns if column.kind == "text"]
    return [str(row[name]) for row in value for name in texts if row.get(name)]


def codes_of(case: Case) -> str:
    """The numbers by which a case is found: its own, and that of an earlier system."""
    return "\n".join(filter(None, (case.code, case.earlier_code)))


def _bounded(query: MatterQuery) -> MatterQuery:
    return msgspec.structs.replace(query, limit=max(1, min(query.limit, LIST_MAX)))
