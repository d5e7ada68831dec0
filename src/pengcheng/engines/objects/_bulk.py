"""Many records at once: numbering, checks against what stands, COPY."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.objects import _store, _tables
from pengcheng.engines.objects._values import as_stored
from pengcheng.engines.objects.drafting import Draft, draft
from pengcheng.engines.objects.model import NewRecord, Record
from pengcheng.engines.records import Named, references, renamed
from pengcheng.ground.database import Work
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.patterns import code_pattern
from pengcheng.kernel.registry import RecordType, Registry

Numbered = list[tuple[int, Draft]]
RowFaults = list[tuple[int, Fault]]


def drafted(
    registry: Registry, type_: RecordType, new: Sequence[NewRecord]
) -> tuple[Numbered, RowFaults]:
    """Drafts of the valid rows, and every fault of the others, by row number from 1."""
    good: Numbered = []
    bad: RowFaults = []
    for number, item in enumerate(new, start=1):
        made, faults = draft(registry, type_, item)
        if made is not None:
            good.append((number, made))
        bad += [(number, fault) for fault in faults]
    return good, bad


async def unreferenced(
    work: Work, registry: Registry, type_: RecordType, drafts: Numbered
) -> tuple[Numbered, RowFaults]:
    """Refuse rows whose references name no record."""
    named = [
        (number, one)
        for number, made in drafts
        for one in references(type_, made.attributes)
        if one.type in registry.types
    ]
    known = await _known(work, registry, [one for _, one in named])
    bad = [(number, _lost(one)) for number, one in named if one.id not in known]
    wrong = {number for number, _ in bad}
    return [pair for pair in drafts if pair[0] not in wrong], bad


async def _known(work: Work, registry: Registry, named: Sequence[Named]) -> set[UUID]:
    """Which of the records that are named there are."""
    known: set[UUID] = set()
    for name in sorted({one.type for one in named}):
        ids = {found for one in named if one.type == name and (found := one.id)}
        known |= await _store.known_ids(work, registry.types[name], list(ids))
    return known


def _lost(one: Named) -> Fault:
    return Fault(path=one.path, code="reference.unknown")


async def clashing(work: Work, type_: RecordType, drafts: Numbered) -> tuple[Numbered, RowFaults]:
    """Refuse rows whose code, or another value that is unique, stands already or twice in the rows
    themselves; of such rows the first is good."""
    unique = ["code", *(item.name for item in type_.attributes if item.unique)]
    seen = {
        name: await _store.standing_values(
            work, type_, name, [value for _, made in drafts if (value := _value(made, name))]
        )
        for name in unique
    }
    good: Numbered = []
    bad: RowFaults = []
    for number, made in drafts:
        values = {name: value for name in unique if (value := _value(made, name)) is not None}
        taken = [name for name, value in values.items() if value in seen[name]]
        bad += [(number, taken_fault(name, values[name])) for name in taken]
        if not taken:
            good.append((number, made))
            for name, value in values.items():
                seen[name].add(value)
    return good, bad


def codes_named(
    registry: Registry, type_: RecordType, rows: Sequence[Mapping[str, Any]]
) -> dict[str, set[str]]:
    """Of references that came as codes of records: the codes by their type."""
    found: dict[str, set[str]] = {}
    for one in (one for row in rows for one in references(type_, row)):
        target = registry.types.get(one.type)
        if target is not None and target.role == "object" and _is_code(one.value):
            found.setdefault(one.type, set()).add(one.value)
    return found


async def with_ids(
    work: Work, registry: Registry, type_: RecordType, rows: Sequence[Mapping[str, Any]],
    named: Mapping[str, set[str]],
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows with the ids of the records that they name by code; what names none stays."""
    ids = {
        name: await _store.ids_of_codes(work, registry.types[name], sorted(codes))
        for name, codes in named.items()
    }

    def become(name: str, value: Any) -> Any:
        return ids.get(name, {}).get(value, value) if _is_code(value) else value

    return [renamed(type_, row, become) for row in rows]


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and to_id(value) is None


def _value(made: Draft, name: str) -> Any:
    return made.code if name == "code" else made.attributes.get(name)


def taken_fault(name: str, value: Any) -> Fault:
    """What is told of a value that another record has already."""
    if name == "code":
        return Fault(path="/code", code="code.taken", facts={"code": value})
    return Fault(path=f"/{name}", code="value.taken")


async def faults_of_changes(
    work: Work, registry: Registry, type_: RecordType, record: Record, values: Mapping[str, Any]
) -> list[Fault]:
    """Of the values that a record is to get: those that name no record, or are another's."""
    faults = []
    for name, value in values.items():
        item = type_.attribute(name)
        if item is None or value is None:
            continue
        if item.unique and await _store.standing_values(work, type_, name, [value], but=record.id):
            faults.append(taken_fault(name, value))
    named = [one for one in references(type_, values) if one.type in registry.types]
    known = await _known(work, registry, named)
    return [*faults, *(_lost(one) for one in named if one.id not in known)]


async def numbered(
    work: Work, type_: RecordType, drafts: Sequence[Draft], today: date
) -> list[Draft]:
    """Drafts with a code each, by the type's pattern."""
    without = [made for made in drafts if made.code is None]
    if not without or type_.code_pattern is None:
        return list(drafts)
    serials = iter(await _store.serials(work, len(without)))
    pattern = code_pattern(type_.code_pattern)
    return [
        made
        if made.code is not None
        else msgspec.structs.replace(
            made,
            code=pattern.code(
                today,
                area=code_of(made.area_no) if made.area_no is not None else "",
                serial=next(serials),
            ),
        )
        for made in drafts
    ]


async def copy(work: Work, type_: RecordType, drafts: Sequence[Draft]) -> None:
    """COPY numbered drafts in: the table of the type, and the table of all records."""
    names = [_tables.column_of(item) for item in type_.attributes]
    fixed = "id, code, title, area_no, organisation_no, owner_id, sensitivity"
    place = ["place"] if type_.place else []
    columns = ", ".join([fixed, *place, *names])
    await work.copy(
        f"copy {_tables.table(type_)} ({columns}) from stdin",
        (_row(type_, made) for made in drafts),
    )
    await work.copy(
        "copy record (id, type, code, area_no, title) from stdin",
        ((made.id, type_.name, made.code, made.area_no, made.title) for made in drafts),
    )


def _row(type_: RecordType, made: Draft) -> tuple[object, ...]:
    values = [as_stored(item, made.attributes.get(item.name)) for item in type_.attributes]
    place = (made.place,) if type_.place else ()
    head = (made.id, made.code, made.title, made.area_no, made.organisation_no, made.owner_id)
    return (*head, made.sensitivity, *place, *values)
