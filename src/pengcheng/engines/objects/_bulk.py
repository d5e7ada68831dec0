"""Many records at once: numbering, checks against what stands, COPY."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from pengcheng.engines.objects import _store, _tables
from pengcheng.engines.objects.drafting import Draft, draft
from pengcheng.engines.objects.model import NewRecord
from pengcheng.ground.database import Work, json_text
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
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
    """Refuse rows whose code stands already, or twice in the rows themselves."""
    codes = [made.code for _, made in drafts if made.code]
    rows = await work.tuples(
        f"select code from {_tables.table(type_)} where code = any(%(codes)s)", codes=codes
    )
    seen = {row[0] for row in rows}
    good: Numbered = []
    bad: RowFaults = []
    for number, made in drafts:
        if made.code and made.code in seen:
            bad.append((number, Fault(path="/code", code="code.taken", facts={"code": made.code})))
            continue
        if made.code:
            seen.add(made.code)
        good.append((number, made))
    return good, bad


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


async def copy(work: Work, type_: RecordType, drafts: Sequence[Draft], today: date) -> None:
    """COPY the drafts in: the table of the type, and the table of all records."""
    numbered_drafts = await numbered(work, type_, drafts, today)
    names = [_tables.column_of(item) for item in type_.attributes]
    fixed = "id, code, title, area_no, organisation_no, owner_id, sensitivity"
    place = ["place"] if type_.place else []
    columns = ", ".join([fixed, *place, *names])
    await work.copy(
        f"copy {_tables.table(type_)} ({columns}) from stdin",
        (_row(type_, made) for made in numbered_drafts),
    )
    await work.copy(
        "copy record (id, type, code, area_no, title) from stdin",
        ((made.id, type_.name, made.code, made.area_no, made.title) for made in numbered_drafts),
    )


def _row(type_: RecordType, made: Draft) -> tuple[object, ...]:
    values = [
        json_text(made.attributes.get(item.name))
        if item.kind == "json"
        else made.attributes.get(item.name)
        for item in type_.attributes
    ]
    place = (made.place,) if type_.place else ()
    head = (made.id, made.code, made.title, made.area_no, made.organisation_no, made.owner_id)
    return (*head, made.sensitivity, *place, *values)


def entry(type_: RecordType, drafts: Sequence[Draft]) -> Entry:
    """One log entry for a whole fill: how many, from which to which."""
    subject: UUID = new_id()
    first, last = (drafts[0].id, drafts[-1].id) if drafts else (subject, subject)
    return Entry(
        kind="record.filled",
        subject_type=type_.name,
        subject_id=subject,
        after={"count": len(drafts), "first": str(first), "last": str(last)},
    )
