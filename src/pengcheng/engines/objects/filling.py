"""Filling a type with the records of an earlier system: checked like any others, column by column,
and loaded with the type's indexes set aside."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.objects import _store, _tables, drafting
from pengcheng.engines.objects._values import as_stored
from pengcheng.engines.objects.model import NewRecord
from pengcheng.engines.records import judged_many, references
from pengcheng.ground import loading
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.areas import area_no, code_of, is_area_code
from pengcheng.kernel.authz import Facts, Region, Scope
from pengcheng.kernel.errors import Fault, Forbidden, invalid
from pengcheng.kernel.ids import new_id, new_id_texts
from pengcheng.kernel.log import Entry
from pengcheng.kernel.patterns import code_pattern
from pengcheng.kernel.registry import Attribute, RecordType, Registry

BATCH = 10_000
FAULTS_TOLD_MAX = 100
_HEAD = ("id", "code", "title", "area_no", "organisation_no", "owner_id", "sensitivity")
_LINE = ("id", "type", "code", "area_no", "title")


class Block(msgspec.Struct, frozen=True):
    """Records as lines for the type's table and for the table of all records; `references` are
    identifiers that must stand, by type."""

    ids: list[str]
    rows: bytes
    lines: bytes
    references: Mapping[str, set[UUID]]


class Maker:
    """Makes blocks of what comes, and counts what it made."""

    def __init__(
        self, registry: Registry, scope: Scope, new: Iterable[NewRecord], today: date
    ) -> None:
        self.made = 0
        self.columns = _columns(registry.type_(scope.type))
        self._registry = registry
        self._type = registry.type_(scope.type)
        self._scope = scope
        self._new = iter(new)
        self._today = today
        self._areas: dict[str | None, int | None] = {None: None}

    def block(self, serials: Sequence[int]) -> Block | None:
        """The next records, at most one for each serial; None after the last. `Refusal` with the
        faults of this block, each under the number of its row in the whole, from 0."""
        rows = list(islice(self._new, len(serials)))
        if not rows:
            return None
        values = self._checked(rows)
        areas = [self._areas[row.area_code] for row in rows]
        self._must_hold(rows, areas, values)
        ids = new_id_texts(len(rows))
        codes = loading.texts_of(self._codes(rows, areas, serials))
        titles = loading.texts_of(drafting.titles_of(self._type, values, len(rows)))
        area_texts = loading.texts_of(areas)
        head = [
            ids, codes, titles, area_texts,
            loading.texts_of(row.organisation_no for row in rows),
            loading.texts_of(row.owner_id for row in rows),
            [str(self._type.sensitivity)] * len(rows),
        ]  # fmt: skip
        places = [self._places(rows)] if self._type.place else []
        told = [
            loading.texts_of(as_stored(item, value) for value in values[item.name])
            for item in self._type.attributes
        ]
        self.made += len(rows)
        return Block(
            ids=ids,
            rows=loading.block_of([*head, *places, *told]),
            lines=loading.block_of(
                [ids, [self._type.name] * len(rows), codes, area_texts, titles]
            ),
            references=self._references(values),
        )  # fmt: skip

    def _checked(self, rows: Sequence[NewRecord]) -> Mapping[str, list[Any]]:
        values, faults = judged_many(
            self._type, [row.attributes for row in rows], code_lists=self._registry.code_lists
        )
        for at, row in enumerate(rows):
            if row.area_code not in self._areas:
                if is_area_code(row.area_code or ""):
                    self._areas[row.area_code] = area_no(row.area_code or "")
                else:
                    faults.append((at, Fault(path="/area_code", code="area.code")))
            if row.code is not None or self._type.code_pattern is None:
                faults += [(at, fault) for fault in drafting.code_faults(self._type, row)]
            if row.place is not None:
                faults += [(at, one) for one in drafting.geometry(self._type, row.place)[1]]
        if faults:
            raise invalid(
                *(
                    msgspec.structs.replace(fault, path=f"/{self.made + at}{fault.path}")
                    for at, fault in faults[:FAULTS_TOLD_MAX]
                )
            )
        return values

    def _must_hold(
        self, rows: Sequence[NewRecord], areas: Sequence[int | None],
        values: Mapping[str, list[Any]],
    ) -> None:  # fmt: skip
        level = self._type.sensitivity
        if any(
            msgspec.structs.replace(region, sensitivity=0) == Region(sensitivity=0)
            and region.sensitivity >= level
            for region in self._scope.regions
        ):
            return
        for at, row in enumerate(rows):
            facts = Facts(
                area_no=areas[at], organisation_no=row.organisation_no,
                owners=frozenset({row.owner_id} if row.owner_id else ()), sensitivity=level,
                attributes={name: column[at] for name, column in values.items()},
            )  # fmt: skip
            if not self._scope.holds(facts):
                raise Forbidden("record.outside_your_scope", type=self._type.name)

    def _codes(
        self, rows: Sequence[NewRecord], areas: Sequence[int | None], serials: Sequence[int]
    ) -> list[str]:
        given = [row.code for row in rows]
        if self._type.code_pattern is None or None not in given:
            return [code or "" for code in given]
        pattern = code_pattern(self._type.code_pattern)
        named = ["" if area is None else code_of(area) for area in areas]
        made = pattern.codes(self._today, named, serials[: len(rows)])
        return [code or fresh for code, fresh in zip(given, made, strict=True)]

    def _places(self, rows: Sequence[NewRecord]) -> list[str]:
        return loading.texts_of(drafting.geometry(self._type, row.place)[0] for row in rows)

    def _references(self, values: Mapping[str, list[Any]]) -> Mapping[str, set[UUID]]:
        found: dict[str, set[UUID]] = {}
        names = [item.name for item in self._type.attributes if _refers(item)]
        columns = (values[name] for name in names)
        for row in zip(*columns, strict=True) if names else ():
            for one in references(self._type, dict(zip(names, row, strict=True))):
                if one.type in self._registry.types and (named := one.id):
                    found.setdefault(one.type, set()).add(named)
        return found


def _refers(item: Attribute) -> bool:
    return item.kind == "reference" or any(column.to for column in item.columns)


def _columns(type_: RecordType) -> list[str]:
    place = ["place"] if type_.place else []
    return [*_HEAD, *place, *(_tables.column_of(item) for item in type_.attributes)]


async def fill(
    database: Database, registry: Registry, scope: Scope, new: Iterable[NewRecord], today: date
) -> int:
    """Load them in one transaction with one log entry for the whole; how many."""
    type_ = registry.type_(scope.type)
    maker = Maker(registry, scope, new, today)
    first = last = ""
    async with database.transaction(scope.actor) as work:
        async with (
            loading.unindexed(work, [_tables.table(type_), "record"]),
            aclosing(loading.ahead(lambda: _store.serials(work, BATCH), maker.block)) as blocks,
        ):
            async for block in blocks:
                await _referenced(work, registry, block)
                await loading.copy_block(work, _tables.table(type_), maker.columns, block.rows)
                await loading.copy_block(work, "record", _LINE, block.lines)
                first, last = first or block.ids[0], block.ids[-1]
        if maker.made:
            await work.append(_entry(type_, maker.made, UUID(first), UUID(last)))
    return maker.made


async def _referenced(work: Work, registry: Registry, block: Block) -> None:
    for name, ids in block.references.items():
        known = await _store.known_ids(work, registry.types[name], list(ids)) if ids else set()
        if lost := ids - known:
            told = {"type": name, "id": str(min(lost))}
            raise invalid(Fault(path="", code="reference.unknown", facts=told))


def _entry(type_: RecordType, count: int, first: UUID, last: UUID) -> Entry:
    """One log entry for a whole fill: how many, from which to which."""
    return Entry(
        kind="record.filled",
        subject_type=type_.name,
        subject_id=new_id(),
        after={"count": count, "first": str(first), "last": str(last)},
    )
