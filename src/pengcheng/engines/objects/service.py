"""Commands and queries over records of every declared type."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.areas import Areas
from pengcheng.engines.objects import _bulk, _store, _store_access, _store_pages, changing, filling
from pengcheng.engines.objects.drafting import Draft, draft
from pengcheng.engines.objects.model import (
    PAGE_MAX,
    Filter,
    NewRecord,
    Page,
    Query,
    Record,
)
from pengcheng.ground.database import Database, Row, Work
from pengcheng.kernel.authz import PERSONAL, Scope
from pengcheng.kernel.errors import Absent, Conflict, Fault, Forbidden, invalid
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.time import Clock, city_day

COPIED_FROM = 20
"""From so many records on, COPY is quicker than single statements."""

RACES_MAX = 3
"""How often many rows are looked at again when somebody else was faster with one of them."""


Finish = Callable[[Work, int, Sequence[tuple[int, Fault]]], Awaitable[None]]
"""What is done in the transaction that adds many: how many, and the faults of the others."""


class Objects:
    """Records of declared types. The registry comes with each call: it may be a newer one."""

    def __init__(self, database: Database, areas: Areas, clock: Clock) -> None:
        self._database = database
        self._areas = areas
        self._clock = clock

    async def get(self, registry: Registry, scope: Scope, key: UUID | str) -> Record:
        """A record by id or code; `Absent` also when the scope does not hold it."""
        type_ = registry.type_(scope.type)
        async with self._database.reading(scope.actor) as work:
            found = await _store.by_key(work, type_, scope, key)
        if found is None:
            raise Absent("record.unknown", type=type_.name)
        return found

    async def page(self, registry: Registry, scope: Scope, query: Query) -> Page:
        """A page of the records that the scope holds."""
        type_ = registry.type_(scope.type)
        limit = max(1, min(query.limit, PAGE_MAX))
        asked = msgspec.structs.replace(query, limit=limit)
        async with self._database.listing(scope.actor) as work:
            found = await _store_pages.page(work, type_, scope, asked)
        if len(found) <= limit:
            return Page(records=tuple(found))
        last = found[limit - 1]
        return Page(records=tuple(found[:limit]), next=(value_of(last, query.sort.name), last.id))

    async def count(self, registry: Registry, scope: Scope, filters: Sequence[Filter] = ()) -> int:
        """How many records; counting stops at 100,001."""
        async with self._database.listing(scope.actor) as work:
            return await _store.count(work, registry.type_(scope.type), scope, filters)

    async def grouped(
        self, registry: Registry, scope: Scope, by: str, filters: Sequence[Filter] = ()
    ) -> list[tuple[Any, int]]:
        """Counts by one column."""
        async with self._database.listing(scope.actor) as work:
            return await _store.grouped(work, registry.type_(scope.type), scope, by, filters)

    async def versions(self, registry: Registry, scope: Scope, record_id: UUID) -> list[Row]:
        """Superseded versions of a record, newest first; none where no history is declared."""
        type_ = registry.type_(scope.type)
        if not type_.history:
            return []
        async with self._database.reading(scope.actor) as work:
            return await _store.versions(work, type_, scope, record_id)

    async def create(self, registry: Registry, scope: Scope, new: NewRecord) -> Record:
        """Add one record; refuses with every fault of its values. A reference is the id of a
        record or its code."""
        type_ = registry.type_(scope.type)
        (new,) = await self.with_ids(registry, scope, [new])
        made, faults = draft(registry, type_, new)
        if made is None:
            raise invalid(*faults)
        async with self._database.transaction(scope.actor) as work:
            drafts, lost = await _bulk.unreferenced(work, registry, type_, [(1, made)])
            _, taken = await _bulk.clashing(work, type_, drafts)
            if lost or taken:
                raise invalid(*(fault for _, fault in (*lost, *taken)))
            await self.insert(work, scope, type_, [made])
            found = await _store.by_key(work, type_, scope, made.id)
        return found if found else made.as_record(type_, self._clock.now())

    async def faults_of_many(
        self, registry: Registry, scope: Scope, new: Sequence[NewRecord]
    ) -> list[tuple[int, Fault]]:
        """What `create_many` would refuse of these rows, by row number; nothing is added."""
        type_ = registry.type_(scope.type)
        new = await self.with_ids(registry, scope, new)
        drafts, faults = _bulk.drafted(registry, type_, new)
        async with self._database.reading(scope.actor) as work:
            drafts, more = await _bulk.unreferenced(work, registry, type_, drafts)
            _, clashes = await _bulk.clashing(work, type_, drafts)
        return sorted([*faults, *more, *clashes], key=lambda item: item[0])

    async def held(
        self, work: Work, registry: Registry, scope: Scope, ids: Sequence[UUID]
    ) -> set[UUID]:
        """Which of these records the scope holds, retired ones too."""
        return await _store.held(work, registry.type_(scope.type), scope, ids)

    async def note_export(
        self, registry: Registry, scope: Scope, records: Sequence[Record]
    ) -> None:
        """Record who took the personal attributes of which records; nothing where there are
        none."""
        type_ = registry.type_(scope.type)
        personal = [item.name for item in type_.attributes if item.sensitivity >= PERSONAL]
        ids = [r.id for r in records if any(r.attributes.get(name) for name in personal)]
        if ids:
            async with self._database.transaction(scope.actor) as work:
                await _store_access.record_export(work, type_.name, ids)

    async def create_many(
        self, registry: Registry, scope: Scope, new: Sequence[NewRecord], *, partly: bool,
        finish: Finish | None = None,
    ) -> tuple[int, list[tuple[int, Fault]]]:  # fmt: skip
        """Add many: all or none, or (`partly`) the valid rows. (added, faults by row number).
        A reference is the id of a record or its code.
        `finish` is called with both at the end of the transaction, if something is added."""
        new = await self.with_ids(registry, scope, new)
        for _ in range(RACES_MAX):
            try:
                return await self._create_many(registry, scope, new, finish, partly=partly)
            except Conflict:
                # Another wrote one of the values since they were looked at: look again.
                continue
        return await self._create_many(registry, scope, new, finish, partly=partly)

    async def _create_many(
        self, registry: Registry, scope: Scope, new: Sequence[NewRecord], finish: Finish | None,
        *, partly: bool,
    ) -> tuple[int, list[tuple[int, Fault]]]:  # fmt: skip
        type_ = registry.type_(scope.type)
        drafts, faults = _bulk.drafted(registry, type_, new)
        async with self._database.transaction(scope.actor) as work:
            drafts, more = await _bulk.unreferenced(work, registry, type_, drafts)
            drafts, clashes = await _bulk.clashing(work, type_, drafts)
            faults = sorted([*faults, *more, *clashes], key=lambda item: item[0])
            if faults and not partly:
                return 0, faults
            await self.insert(work, scope, type_, [made for _, made in drafts])
            if finish is not None and drafts:
                await finish(work, len(drafts), faults)
        return len(drafts), faults

    async def with_ids(
        self, registry: Registry, scope: Scope, new: Sequence[NewRecord]
    ) -> Sequence[NewRecord]:
        """The same with the ids of records that they name by their codes; a code that names none
        stays, for the check of the values to refuse."""
        type_, rows = registry.type_(scope.type), [item.attributes for item in new]
        named = _bulk.codes_named(registry, type_, rows)
        if not named:
            return new
        async with self._database.reading(scope.actor) as work:
            found = await _bulk.with_ids(work, registry, type_, rows, named)
        return [
            msgspec.structs.replace(item, attributes=row)
            for item, row in zip(new, found, strict=True)
        ]

    async def fill(self, registry: Registry, scope: Scope, new: Iterable[NewRecord]) -> int:
        """Load the records of an earlier system; how many. All or none, with one log entry for
        the whole, while the city serves nobody: the type's table is locked."""
        today = city_day(self._clock.now())
        return await filling.fill(self._database, registry, scope, new, today)

    async def insert(
        self,
        work: Work,
        scope: Scope,
        type_: RecordType,
        drafts: Sequence[Draft],
    ) -> None:
        """Add drafts that were found right, in the caller's transaction."""
        for made in drafts:
            if not scope.holds(made.facts()):
                raise Forbidden("record.outside_your_scope", type=type_.name)
        numbered = await _bulk.numbered(work, type_, drafts, city_day(self._clock.now()))
        if len(numbered) < COPIED_FROM:
            await work.run_each(
                _store.insert_statement(type_), [made.values(type_) for made in numbered]
            )
        else:
            await _bulk.copy(work, type_, numbered)
        await work.append(*(made.entry(type_, "record.added") for made in numbered))

    async def change(
        self,
        registry: Registry,
        scope: Scope,
        key: UUID | str,
        values: Mapping[str, Any],
        *,
        version: int,
    ) -> Record:
        """Change attributes or the place of a record where `version` still stands; else
        `Conflict`."""
        type_ = registry.type_(scope.type)
        (named,) = await self.with_ids(registry, scope, [NewRecord(attributes=values)])
        clean, faults = changing.cleaned(registry, type_, named.attributes)
        if faults:
            raise invalid(*faults)
        async with self._database.transaction(scope.actor) as work:
            before = await _store.by_key(work, type_, scope, key, lock="for update")
            if before is None:
                raise Absent("record.unknown", type=type_.name)
            if wrong := await changing.faults_of(work, registry, scope, before, clean):
                raise invalid(*wrong)
            clean, wrong = await changing.followed(
                work, registry, type_, before, clean, self._clock
            )
            if wrong:
                raise invalid(*wrong)
            await changing.write(work, type_, before, clean, version)
            after = await _store.by_key(work, type_, scope, before.id)
        if after is None:
            raise Absent("record.unknown", type=type_.name)
        return after

    async def retire(
        self, registry: Registry, scope: Scope, key: UUID | str, *, version: int
    ) -> None:
        """Take a record out of every list; it stays until its retention ends, its relations end
        now."""
        type_ = registry.type_(scope.type)
        async with self._database.transaction(scope.actor) as work:
            before = await _store.by_key(work, type_, scope, key, lock="for update")
            if before is None:
                raise Absent("record.unknown", type=type_.name)
            await changing.end(work, type_, before, version, self._clock)


def value_of(record: Record, name: str) -> Any:
    """The value of a fixed column or attribute of a record."""
    if name in record.attributes:
        return record.attributes[name]
    return getattr(record, name)
