"""Records of a sheet merged with those that stand: what has a new code is added, what differs is
changed, what the sheet ends is retired; all in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pengcheng.engines.objects import _bulk, _store, changing
from pengcheng.engines.objects.drafting import Draft
from pengcheng.engines.objects.model import NewRecord, Record
from pengcheng.engines.objects.service import Objects
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.imports import Became, Imported, RowChange, became, imported, writes
from pengcheng.kernel.records_text import as_text
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.time import Clock, SystemClock

CODES_AT_ONCE = 1_000


class MergeRow(msgspec.Struct, frozen=True):
    """A row of a sheet; of an `ended` one only the code counts."""

    record: NewRecord
    ended: bool = False


class MergeRights(msgspec.Struct, frozen=True, kw_only=True):
    """What an importer may add, change and retire, of one type."""

    add: Scope
    change: Scope
    retire: Scope


class _Plan(msgspec.Struct, kw_only=True):
    added: list[tuple[int, Draft]] = msgspec.field(default_factory=list)
    changed: list[tuple[int, Record, dict[str, Any]]] = msgspec.field(default_factory=list)
    ended: list[tuple[int, Record]] = msgspec.field(default_factory=list)
    faults: list[tuple[int, Fault]] = msgspec.field(default_factory=list)
    same: int = 0


class Merging:
    """Imports of declared types."""

    def __init__(self, database: Database, objects: Objects, clock: Clock) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    async def merge(
        self, registry: Registry, rights: MergeRights, rows: Sequence[MergeRow], *, mode: str
    ) -> Imported:
        """Add, change and retire. `mode`: "all" rows or none, "partly" those that are right,
        "check": nothing is written. Rows are numbered from 1."""
        scope = rights.add
        type_ = registry.type_(scope.type)
        new = await self._objects.with_ids(registry, scope, [row.record for row in rows])
        rows = [MergeRow(one, row.ended) for one, row in zip(new, rows, strict=True)]
        async with self._database.transaction(scope.actor) as work:
            plan = await self._planned(work, registry, rights, rows)
            if writes(mode, plan.faults):
                if plan.added:
                    drafts = [made for _, made in plan.added]
                    await self._objects.insert(work, scope, type_, drafts)
                for _, before, clean in plan.changed:
                    await changing.write(work, type_, before, clean, before.version)
                for _, before in plan.ended:
                    await changing.end(work, type_, before, before.version, self._clock)
        return imported(mode, _changes(type_, plan), plan.faults, plan.same)

    async def _planned(
        self, work: Work, registry: Registry, rights: MergeRights, rows: Sequence[MergeRow]
    ) -> _Plan:
        type_ = registry.type_(rights.add.type)
        plan = _Plan()
        codes = [row.record.code for row in rows if row.record.code]
        standing = await _standing(work, type_, rights.change, codes)
        fresh: list[tuple[int, NewRecord]] = []
        seen: set[str] = set()
        for number, row in enumerate(rows, start=1):
            code = row.record.code
            if code is not None and code in seen:
                plan.faults.append((number, Fault(path="/code", code="row.twice")))
                continue
            seen |= {code} if code else set()
            before = standing.get(code) if code else None
            if row.ended:
                _end(plan, rights.retire, number, before)
            elif before is None:
                fresh.append((number, row.record))
            else:
                await _change(plan, work, registry, rights.change, number, before, row.record)
        await _add(plan, work, registry, rights.add, fresh)
        return plan


def _end(plan: _Plan, scope: Scope, number: int, before: Record | None) -> None:
    if before is None:
        plan.faults.append((number, Fault(path="/code", code="record.not_standing")))
    elif not scope.holds(changing.facts_of(before)):
        plan.faults.append((number, Fault(path="/code", code="record.not_yours")))
    else:
        plan.ended.append((number, before))


async def _change(
    plan: _Plan, work: Work, registry: Registry, scope: Scope, number: int, before: Record,
    row: NewRecord,
) -> None:  # fmt: skip
    type_ = registry.type_(scope.type)
    given = dict(row.attributes) | ({"place": row.place} if row.place is not None else {})
    clean, faults = changing.cleaned(registry, type_, given)
    differing = {
        name: value
        for name, value in clean.items()
        if name == "place" or before.attributes.get(name) != value
    }
    if not faults and differing:
        faults = await changing.faults_of(work, registry, scope, before, differing)
        differing, more = await changing.followed(
            work, registry, type_, before, differing, SystemClock()
        )
        faults = [*faults, *more]
    plan.faults += [(number, fault) for fault in faults]
    if faults:
        return
    plan.same += not differing
    if differing:
        plan.changed.append((number, before, differing))


async def _add(
    plan: _Plan, work: Work, registry: Registry, scope: Scope,
    fresh: Sequence[tuple[int, NewRecord]],
) -> None:  # fmt: skip
    type_ = registry.type_(scope.type)
    drafts, faults = _bulk.drafted(registry, type_, [row for _, row in fresh])
    drafts, lost = await _bulk.unreferenced(work, registry, type_, drafts)
    drafts, taken = await _bulk.clashing(work, type_, drafts)
    outside = [
        (at, Fault(path="/area_code", code="record.not_yours"))
        for at, made in drafts
        if not scope.holds(made.facts())
    ]
    wrong = {at for at, _ in outside}
    numbers = [number for number, _ in fresh]
    bad = (*faults, *lost, *taken, *outside)
    plan.faults += [(numbers[at - 1], fault) for at, fault in bad]
    plan.added += [(numbers[at - 1], made) for at, made in drafts if at not in wrong]


async def _standing(
    work: Work, type_: RecordType, scope: Scope, codes: Sequence[str]
) -> dict[str, Record]:
    """The records of these codes that the importer may change, held until the end."""
    found: dict[str, Record] = {}
    if not scope.is_empty:
        for at in range(0, len(codes), CODES_AT_ONCE):
            part = await _store.by_codes(work, type_, scope, codes[at : at + CODES_AT_ONCE])
            found |= {record.code: record for record in part}
    return found


def _changes(type_: RecordType, plan: _Plan) -> list[RowChange]:
    added = [
        RowChange(number=number, act="added", key=made.code or made.title,
                  values=_became(type_, {}, _shown(made.attributes)))
        for number, made in plan.added
    ]  # fmt: skip
    changed = [
        RowChange(number=number, act="changed", key=before.code,
                  values=_became(type_, before.attributes, clean))
        for number, before, clean in plan.changed
    ]  # fmt: skip
    ended = [
        RowChange(number=number, act="ended", key=before.code) for number, before in plan.ended
    ]
    return [*added, *changed, *ended]


def _became(
    type_: RecordType, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Became, ...]:
    """What changes, lists and tables as a sheet has them."""
    lists = {item.name: item for item in type_.attributes if item.is_list}
    return tuple(
        Became(one.field, as_text(before.get(one.field), item), as_text(after[one.field], item))
        if (item := lists.get(one.field)) else one
        for one in became(before, after)
    )  # fmt: skip


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != ""}
