"""Commands and queries over declared relations between records."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from pengcheng.engines.objects import _store_edges as _store
from pengcheng.engines.objects.edges import (
    PAGE_MAX,
    Edge,
    EdgeQuery,
    End,
    JoinedPage,
    NewEdge,
    RelatedPage,
    fitting,
)
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import RecordType, Registry, Relation
from pengcheng.kernel.time import Clock

RowFaults = list[tuple[int, Fault]]
Finish = Callable[[Work, int, Sequence[tuple[int, Fault]]], Awaitable[None]]
Reach = tuple[RecordType, Scope]


class Relations:
    """Edges between records. Who reads one reaches both its ends, with a right that reaches the
    relation's sensitivity at the end that declares it; who adds or ends one may change the record
    at that end and read the other."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def from_(
        self, registry: Registry, read: Scope, key: str, relation: str, other: Scope,
        query: EdgeQuery,
    ) -> RelatedPage:  # fmt: skip
        """The records to which a relation leads from a record; `other` reads their type."""
        type_ = registry.type_(read.type)
        declared = type_.relation(relation)
        near = (type_, read.reaching(declared.sensitivity))
        far = (registry.type_(declared.to), other)
        return await self._related(type_, declared, near, key, far, query, incoming=False)

    async def to(
        self, registry: Registry, read: Scope, key: str, relation: str, other: Scope,
        query: EdgeQuery,
    ) -> RelatedPage:  # fmt: skip
        """The records from which a relation leads to a record; `other` reads the type that
        declares the relation."""
        declaring = registry.type_(other.type)
        declared = declaring.relation(relation)
        if declared.to != read.type:
            raise Absent("relation.unknown", type=read.type, relation=relation)
        near = (registry.type_(read.type), read)
        far = (declaring, other.reaching(declared.sensitivity))
        return await self._related(declaring, declared, near, key, far, query, incoming=True)

    async def _related(
        self, declaring: RecordType, relation: Relation, near: Reach, key: str, far: Reach,
        query: EdgeQuery, *, incoming: bool,
    ) -> RelatedPage:  # fmt: skip
        asked = _bounded(query)
        async with self._database.reading(near[1].actor) as work:
            end = (await _store.ends(work, *near, [key])).get(key)
            if end is None:
                raise Absent("record.unknown", type=near[0].name)
            found = await _store.related(
                work, declaring, relation, far, end.id, asked, incoming=incoming
            )
        items = tuple(found[: asked.limit])
        last = items[-1] if len(found) > asked.limit else None
        return RelatedPage(items=items, next=(last.valid_from, last.edge) if last else None)

    async def page(
        self, registry: Registry, read: Scope, relation: str, other: Scope, query: EdgeQuery
    ) -> JoinedPage:
        """The edges of a relation, with both ends."""
        type_ = registry.type_(read.type)
        declared = type_.relation(relation)
        near = (type_, read.reaching(declared.sensitivity))
        far = (registry.type_(declared.to), other)
        asked = _bounded(query)
        async with self._database.reading(read.actor) as work:
            found = await _store.joined(work, near, declared, far, asked)
        items = tuple(found[: asked.limit])
        last = items[-1] if len(found) > asked.limit else None
        return JoinedPage(items=items, next=(last.valid_from, last.edge) if last else None)

    async def add(
        self, registry: Registry, change: Scope, relation: str, other: Scope, new: NewEdge
    ) -> UUID:
        """Add one edge; its id."""
        type_ = registry.type_(change.type)
        declared = type_.relation(relation)
        async with self._database.transaction(change.actor) as work:
            near = (type_, change.reaching(declared.sensitivity))
            if not await _store.ends(work, *near, [new.from_]):
                raise Absent("record.unknown", type=type_.name)
            far = (registry.type_(declared.to), other)
            added, faults = await self._add(work, declared, near, far, [new], partly=False)
            if faults:
                raise invalid(*(fault for _, fault in faults))
        return added[0].id

    async def add_many(
        self, registry: Registry, change: Scope, relation: str, other: Scope,
        new: Sequence[NewEdge], *, partly: bool, finish: Finish | None = None,
    ) -> tuple[int, RowFaults]:  # fmt: skip
        """Add many: all or none, or (`partly`) those that are right; (added, faults by row number
        from 1). `finish` is called with both at the end of the transaction, if one is added."""
        type_ = registry.type_(change.type)
        declared = type_.relation(relation)
        near = (type_, change.reaching(declared.sensitivity))
        far = (registry.type_(declared.to), other)
        async with self._database.transaction(change.actor) as work:
            added, faults = await self._add(work, declared, near, far, new, partly=partly)
            if added and finish is not None:
                await finish(work, len(added), faults)
        return len(added), faults

    async def _add(
        self, work: Work, relation: Relation, near: Reach, far: Reach, new: Sequence[NewEdge],
        *, partly: bool,
    ) -> tuple[list[Edge], RowFaults]:  # fmt: skip
        # Whoever adds to the same record waits here: two cannot both find room for the only one.
        starts = await _store.ends(work, *near, [edge.from_ for edge in new], lock="for update")
        goals = await _store.ends(work, *far, [edge.to for edge in new])
        now = self._clock.now()
        drafts: list[tuple[int, Edge]] = []
        bad: RowFaults = []
        for number, edge in enumerate(new, start=1):
            start, goal = starts.get(edge.from_), goals.get(edge.to)
            bad += [
                (number, Fault(path=path, code="reference.unknown"))
                for path, found in (("/from", start), ("/to", goal))
                if found is None
            ]
            if start and goal:
                begin = edge.valid_from or now
                drafts.append((number, Edge(
                    id=new_id(), from_id=start.id, to_id=goal.id, valid_from=begin,
                    valid_to=edge.valid_to,
                )))  # fmt: skip
        standing = await _store.edges_from(
            work, near[0], relation, list({edge.from_id for _, edge in drafts})
        )
        good, unfit = fitting(relation, standing, drafts)
        faults = sorted([*bad, *unfit], key=lambda item: item[0])
        if faults and not partly:
            return [], faults
        await _store.add(work, near[0], relation, good)
        by_id = {end.id: end for end in (*starts.values(), *goals.values())}
        for made in good:
            await work.append(*_entries("relation.added", near[0], relation, made, by_id))
        return good, faults

    async def end(
        self, registry: Registry, change: Scope, relation: str, other: Scope,
        edge: tuple[str, UUID], valid_to: datetime | None,
    ) -> None:  # fmt: skip
        """Say until when an edge (key of its first record, id) is true; None: until now. What has
        an end may be given an earlier one only."""
        async with self._database.transaction(change.actor) as work:
            type_, declared, standing, ends = await self._standing(
                work, registry, change, relation, other, edge
            )
            at = valid_to or self._clock.now()
            if at <= standing.valid_from:
                raise invalid(Fault(path="/valid_to", code="relation.order"))
            if standing.valid_to is not None and at > standing.valid_to:
                raise invalid(Fault(path="/valid_to", code="relation.ended"))
            await _store.end(work, standing.id, at)
            ended = msgspec.structs.replace(standing, valid_to=at)
            await work.append(*_entries("relation.ended", type_, declared, ended, ends))

    async def withdraw(
        self, registry: Registry, change: Scope, relation: str, other: Scope,
        edge: tuple[str, UUID],
    ) -> None:  # fmt: skip
        """Take back an edge that never was true; the log keeps that it was told."""
        async with self._database.transaction(change.actor) as work:
            type_, declared, standing, ends = await self._standing(
                work, registry, change, relation, other, edge
            )
            await _store.withdraw(work, standing.id)
            await work.append(*_entries("relation.withdrawn", type_, declared, standing, ends))

    async def _standing(
        self, work: Work, registry: Registry, change: Scope, relation: str, other: Scope,
        edge: tuple[str, UUID],
    ) -> tuple[RecordType, Relation, Edge, dict[UUID, End]]:  # fmt: skip
        """An edge that stands, with both ends, the first of them locked."""
        type_ = registry.type_(change.type)
        declared = type_.relation(relation)
        key, edge_id = edge
        near = (type_, change.reaching(declared.sensitivity))
        start = (await _store.ends(work, *near, [key], lock="for update")).get(key)
        edges = await _store.edges_from(work, type_, declared, [start.id]) if start else []
        found = next((one for one in edges if one.id == edge_id), None)
        goal = str(found.to_id) if found else ""
        far = registry.type_(declared.to)
        ends = await _store.ends(work, far, other, [goal]) if found else {}
        if start is None or found is None or goal not in ends:
            raise Absent("relation.edge_unknown", relation=relation)
        return type_, declared, found, {start.id: start, found.to_id: ends[goal]}


def _bounded(query: EdgeQuery) -> EdgeQuery:
    return msgspec.structs.replace(query, limit=max(1, min(query.limit, PAGE_MAX)))


def _entries(
    kind: str, type_: RecordType, relation: Relation, edge: Edge, ends: dict[UUID, End]
) -> list[Entry]:
    """What the log keeps: one entry for each end, so that the history of either tells it."""
    told = {
        "relation": f"{type_.name}.{relation.name}", "edge": str(edge.id),
        "from": str(edge.from_id), "to": str(edge.to_id),
        "valid_from": edge.valid_from.isoformat(),
        "valid_to": edge.valid_to.isoformat() if edge.valid_to else None,
    }  # fmt: skip
    return [
        Entry(
            kind=kind,
            subject_type=name,
            subject_id=end.id,
            area_no=end.area_no,
            organisation_no=end.organisation_no,
            sensitivity=max(end.sensitivity, relation.sensitivity),
            after=told,
        )
        for name, end in ((type_.name, ends[edge.from_id]), (relation.to, ends[edge.to_id]))
    ]
