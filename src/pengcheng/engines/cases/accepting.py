"""A case arrives: checked, numbered, owned and clocked from the first moment. Mostly pure."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from pengcheng.engines import deadlines
from pengcheng.engines.cases import _store, _store_public
from pengcheng.engines.cases.flow import flow_of
from pengcheng.engines.cases.model import FILES_MAX, TITLE_MAX, Case, NewCase
from pengcheng.engines.identity import Organisation
from pengcheng.engines.records import judged
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.areas import area_no, is_area_code
from pengcheng.kernel.authz import PERSONAL, Actor
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import CaseKind, Process, RecordType, Registry
from pengcheng.kernel.time import Promise, city_day

PROMISE_DEFAULT = Promise(5, "working_day")
LONGITUDE = (-180.0, 180.0)
LATITUDE = (-90.0, 90.0)


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A case ready to be written, with what goes beside it."""

    case: Case
    fields: Mapping[str, Any]
    personal: Mapping[str, Any]
    receipt: str | None
    receipt_hash: bytes | None
    entry: Entry


def checked(
    registry: Registry, kind: CaseKind, new: NewCase
) -> tuple[Mapping[str, Any], list[Fault]]:
    """The clean fields, or every fault of the arrival."""
    type_ = registry.type_(kind.type)
    clean, faults = judged(type_, new.fields, code_lists=registry.code_lists)
    more: list[Fault] = []
    if kind.channels and new.channel not in kind.channels:
        facts = {"allowed": list(kind.channels)}
        more.append(Fault(path="/channel", code="code.unknown", facts=facts))
    if new.point is not None and not is_position(new.point):
        more.append(Fault(path="/point", code="place.form", facts={"wanted": "Point"}))
    if new.area_code is not None and not is_area_code(new.area_code):
        more.append(Fault(path="/area_code", code="area.code"))
    if len(new.files) > FILES_MAX:
        more.append(Fault(path="/files", code="files.too_many", facts={"limit": FILES_MAX}))
    return clean, [*faults, *more]


def not_theirs(actor: Actor, new: NewCase) -> list[Fault]:
    """The text that everybody may read is the city's to write: an author who sent it would pass by
    what masks personal details in it."""
    if actor.kind in {"official", "system"}:
        return []
    given = [name for name in _store_public.TEXTS if new.fields.get(name)]
    return [Fault(path=f"/{name}", code="field.not_yours", facts={"field": name}) for name in given]


def is_position(value: object) -> bool:
    """Whether a value from outside is (longitude, latitude)."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return False
    longitude, latitude = value
    if any(isinstance(part, bool) or not isinstance(part, (int, float)) for part in value):
        return False
    in_longitude = bool(LONGITUDE[0] <= longitude <= LONGITUDE[1])
    return in_longitude and bool(LATITUDE[0] <= latitude <= LATITUDE[1])


def promise_of(kind: CaseKind) -> Promise:
    """The promise that runs until the category tells a nearer one."""
    declared = kind.settings.get("promise")
    return msgspec.convert(declared, Promise) if declared else PROMISE_DEFAULT


def code_for(kind: CaseKind, at: datetime, serial: int) -> str:
    """The number that people quote: prefix, day, and at least six digits.

    After a million cases it grows: counted from nought again it would meet a case that was taken
    over for the same day.
    """
    return f"{kind.code_prefix}{city_day(at):%Y%m%d}{serial:06d}"


def arrival(
    kind: CaseKind,
    type_: RecordType,
    process: Process,
    new: NewCase,
    clean: Mapping[str, Any],
    *,
    serial: int,
    owner: Organisation,
    now: datetime,
    deadline: deadlines.Deadline,
) -> Arrival:
    """The case as it will stand. An anonymous one keeps no identity at all; a confidential one
    keeps personal values apart, to be sealed."""
    hidden = new.disclosure != "open"
    personal_names = {item.name for item in type_.attributes if item.sensitivity >= PERSONAL}
    personal = {k: v for k, v in clean.items() if k in personal_names and v is not None}
    fields = {k: v for k, v in clean.items() if not (hidden and k in personal_names)}
    if new.disclosure == "anonymous":
        personal = {}
    case = _case(kind, process, new, serial, owner, now, deadline)
    case = msgspec.structs.replace(
        case, title=str(clean.get(type_.title or "subject") or "")[:TITLE_MAX]
    )
    receipt = None if case.author_id else new.receipt or secrets.token_urlsafe(9)
    return Arrival(
        case=case,
        fields=fields,
        personal=personal if new.disclosure == "confidential" else {},
        receipt=receipt,
        receipt_hash=_store.receipt_hash(receipt) if receipt else None,
        entry=_entry(case, personal if new.disclosure == "open" else {}),
    )


def _case(
    kind: CaseKind, process: Process, new: NewCase, serial: int, owner: Organisation,
    now: datetime, deadline: deadlines.Deadline,
) -> Case:  # fmt: skip
    """The case at its first step, owned by its kind's operators."""
    start = process.step(flow_of(process).first_step)
    accepted_at = new.accepted_at or now
    is_anonymous = new.disclosure == "anonymous"
    return Case(
        id=new_id(),
        code=code_for(kind, accepted_at, serial),
        kind=kind.type,
        title="",
        process_version=process.version,
        step=start.id,
        stage=start.stage,
        open=True,
        channel=new.channel,
        area_no=area_no(new.area_code) if new.area_code else None,
        area_source="given" if new.area_code else "",
        organisation_id=owner.id,
        organisation_no=owner.no,
        category=new.category,
        category_confidence=1.0 if new.category else None,
        author_id=None if is_anonymous else new.author_id,
        author_account_id=None if is_anonymous else new.author_account_id,
        disclosure=new.disclosure,
        is_public=new.is_public and new.disclosure == "open",
        point=new.point,
        deadline=deadline,
        due_at=deadline.at,
        watch_at=deadline.watch_at,
        next_at=deadline.watch_at,
        accepted_at=accepted_at,
        step_since=now,
    )


def clock(kind: CaseKind, at: datetime, calendar: Calendar) -> deadlines.Deadline:
    """The clock that runs from acceptance."""
    return deadlines.start(promise_of(kind), at, calendar)


def _entry(case: Case, personal: Mapping[str, Any]) -> Entry:
    return Entry(
        kind="case.accepted",
        subject_type=case.kind,
        subject_id=case.id,
        area_no=case.area_no,
        organisation_no=case.organisation_no,
        after={"code": case.code, "channel": case.channel, "step": case.step},
        person_id=case.author_id if personal else None,
        personal=personal or None,
        visibility="parties",
    )
