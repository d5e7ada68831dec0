"""Many records at once: numbering, checks against what stands, COPY."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from pengcheng.engines.objects import _store, _tables
from pengcheng.engines.objects.drafting import Draft, draft
from pengcheng.engines.objects.model import NewRecord, Record
from pengcheng.ground.database import Work, json_text
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
    bad: RowFaults = []
    for item in type_.attributes:
        if item.kind != "reference" or item.to is None or item.to not in registry.types:
            continue
        named = {made.attributes[item.name] for _, made in drafts if made.attributes.get(item.name)}
        known = await _store.known_ids(work, registry.types[item.to], list(named))
        bad += [
            (number, Fault(path=f"/{item.name}", code="reference.unknown"))
            for number, made in drafts
            if made.attributes.get(item.name) and made.attributes[item.name] not in known
        ]
    wrong = {number for number, _ in bad}
    return [pair for pair in drafts if pair[0] not in wrong], bad


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
) -> dict[str, tuple[RecordType, set[str]]]:
    """Of references that came as codes of records: by attribute, their type and the codes."""
    found = {}
    for item in type_.attributes:
        target = registry.types.get(item.to or "")
        if item.kind != "reference" or target is None or target.role != "object":
            continue
        values = (row.get(item.name) for row in rows)
        codes = {value for value in values if isinstance(value, str) and to_id(value) is None}
        if codes:
            found[item.name] = (target, codes)
    return found


async def with_ids(
    work: Work,
    rows: Sequence[Mapping[str, Any]],
    named: Mapping[str, tuple[RecordType, set[str]]],
) -> list[dict[str, Any]]:
    """Rows with the ids of the records that they name by code; what names none stays."""
    ids = {
        name: await _store.ids_of_codes(work, target, sorted(codes))
        for name, (target, codes) in named.items()
    }
    found = [dict(row) for row in rows]
    for row in found:
        for name, known in ids.items():
            value = row.get(name)
            if isinstance(value, str) and value in known:
                row[name] = known[value]
    return found


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
        target = registry.types.get(item.to or "")
        if target is None or item.kind != "reference":
            continue
        if not await _store.known_ids(work, target, [value]):
            faults.append(Fault(path=f"/{name}", code="reference.unknown"))
    return faults


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
    values = [_stored(item.kind, made.attributes.get(item.name)) for item in type_.attributes]
    place = (made.place,) if type_.place else ()
    head = (made.id, made.code, made.title, made.area_no, made.organisation_no, made.owner_id)
    return (*head, made.sensitivity, *place, *values)


def _stored(kind: str, value: object) -> object:
    """A value as its column takes it; a tuple would be a row to PostgreSQL, not a list."""
    if kind == "json":
        return json_text(value)
    return list(value) if isinstance(value, tuple) else value
