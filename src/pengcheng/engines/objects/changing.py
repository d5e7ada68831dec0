"""A change of one record, and its end, within the caller's transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pengcheng.engines.objects import _bulk, _store, _store_edges
from pengcheng.engines.objects.drafting import geometry, title_of
from pengcheng.engines.objects.model import Record
from pengcheng.engines.records import following
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Facts, Scope
from pengcheng.kernel.errors import Conflict, Fault
from pengcheng.kernel.log import Entry
from pengcheng.kernel.records import validate
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.time import Clock


def cleaned(
    registry: Registry, type_: RecordType, values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    """New values of a record as they are kept, its place too, and what is wrong with them."""
    rest = {name: value for name, value in values.items() if name != "place"}
    clean, faults = validate(type_, rest, code_lists=registry.code_lists, partial=True)
    place, more = geometry(type_, values.get("place"))
    moved = {"place": place} if "place" in values else {}
    return {**clean, **moved}, [*faults, *more]


async def faults_of(
    work: Work, registry: Registry, scope: Scope, before: Record, clean: Mapping[str, Any]
) -> list[Fault]:
    """Why cleaned values may not be written over a record."""
    type_ = registry.type_(scope.type)
    plain = {name: value for name, value in clean.items() if name != "place"}
    hidden = hidden_faults(type_, scope, before, plain)
    return hidden or await _bulk.faults_of_changes(work, registry, type_, before, plain)


async def followed(
    work: Work, registry: Registry, type_: RecordType, before: Record, clean: Mapping[str, Any],
    clock: Clock,
) -> tuple[dict[str, Any], list[Fault]]:  # fmt: skip
    """Cleaned values with the computed ones that change by them, and the faults of the whole."""
    standing = await _store.whole(work, type_, before)
    found, faults = following(
        type_, {**standing, **clean}, code_lists=registry.code_lists, clock=clock
    )
    changed = {name: value for name, value in found.items() if value != standing.get(name)}
    return {**clean, **changed}, faults


async def write(
    work: Work, type_: RecordType, before: Record, clean: Mapping[str, Any], version: int,
    cause: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write cleaned values over a record where a version still stands; else `Conflict`."""
    title = title_of(type_, {**before.attributes, **clean})
    if not await _store.update(work, type_, before, clean, title=title, version=version):
        raise Conflict("record.changed", version=before.version)
    await _store.rename(work, before.id, title, before.area_no)
    entry = _changed(type_, before, clean)
    await work.append(msgspec.structs.replace(entry, cause=cause) if cause else entry)


async def end(work: Work, type_: RecordType, before: Record, version: int, clock: Clock) -> None:
    """Take a record out of every list where a version still stands; its relations end now."""
    if not await _store.retire(work, type_, before.id, version):
        raise Conflict("record.changed", version=before.version)
    ended = await _store_edges.end_all(work, before.id, clock.now())
    await work.append(
        Entry(
            kind="record.retired",
            subject_type=type_.name,
            subject_id=before.id,
            after={"relations_ended": ended} if ended else None,
            area_no=before.area_no,
            organisation_no=before.organisation_no,
        )
    )


def hidden_faults(
    type_: RecordType, scope: Scope, record: Record, values: Mapping[str, Any]
) -> list[Fault]:
    """What one may not see of this very record one may not overwrite."""
    facts = facts_of(record)
    level = max((r.sensitivity for r in scope.regions if r.holds(facts)), default=0)
    items = (type_.attribute(name) for name in values)
    wrong = [item.name for item in items if item and item.sensitivity > level]
    return [Fault(path=f"/{name}", code="field.not_yours") for name in wrong]


def facts_of(record: Record) -> Facts:
    """What authorisation needs to know of a record."""
    return Facts(
        area_no=record.area_no,
        organisation_no=record.organisation_no,
        owners=frozenset({record.owner_id} if record.owner_id else ()),
        sensitivity=record.sensitivity,
        attributes=record.attributes,
    )


def _changed(type_: RecordType, before: Record, values: Mapping[str, Any]) -> Entry:
    """The log entry of a change; personal values go in sealed."""
    personal = {
        name for name in values if (item := type_.attribute(name)) and item.sensitivity >= 3
    }
    plain = {name: value for name, value in values.items() if name not in personal}
    return Entry(
        kind="record.changed",
        subject_type=type_.name,
        subject_id=before.id,
        area_no=before.area_no,
        organisation_no=before.organisation_no,
        sensitivity=before.sensitivity,
        before={name: before.attributes.get(name) for name in plain},
        after=plain,
        person_id=before.owner_id,
        personal={name: values[name] for name in personal} if before.owner_id else None,
    )
