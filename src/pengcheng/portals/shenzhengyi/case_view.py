"""A case as its page shows it: facts, words, photos, course, why it came here. No decision is made
here; what a reader may see was decided by the engine."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pengcheng.edge.services import Services
from pengcheng.engines.cases import (
    EARLIER,
    TO_A_PERSON,
    UNDOABLE,
    Case,
    CaseView,
    Message,
    TimelineEntry,
)
from pengcheng.engines.files import StoredFile
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import Attribute, CaseKind, RecordType, Registry
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language
from pengcheng.portals.categories import path_text
from pengcheng.portals.kit.filters import mask_phone
from pengcheng.portals.shenzhengyi.asked import channel_text
from pengcheng.portals.shenzhengyi.texts import has, say
from pengcheng.portals.typed import list_text, round_off, shown_list

Shown = dict[str, Any]
Linked = Callable[[UUID, str], str]
"""The address of a file for this reader; "small" for a picture's small form."""

TOLD_BY_MESSAGE = frozenset(
    {"case.note_added", "case.interim_reply_sent", "case.message_added", "case.replied",
     "case.answered"}
)  # fmt: skip
"""Entries whose words stand in a message of the same moment."""

EARLIER_FACTS = ("earlier_code", "unit", "act")
"""What the entries of a case that was taken over tell."""


def stage_text(registry: Registry, case: Case, language: Language) -> str:
    """The step as officials read it."""
    return registry.law(case.kind, case.process_version).step(case.step).label.in_(language)


def organisation_text(services: Services, organisation_id: UUID, language: Language) -> str:
    """The name of an organisation; its id if the tree no longer has it."""
    try:
        return services.organisations.of(organisation_id).name.in_(language)
    except Absent:
        return str(organisation_id)


def area_text(services: Services, number: int | None, language: Language) -> str:
    """Where a case is, as people say it."""
    return services.areas.name_of(code_of(number)).in_(language) if number is not None else ""


def body_of(services: Services, view: CaseView) -> str:
    """The author's own words."""
    return str(view.fields.get(body_field(services.registry.case_kind(view.case.kind))) or "")


def body_field(kind: CaseKind) -> str:
    """The declared field that holds the text."""
    return str(kind.settings.get("body", "body"))


def facts(services: Services, view: CaseView, language: Language, holder: str) -> list[Shown]:
    """What is known, most needed first; a fact that is not known is left out."""
    case, registry = view.case, services.registry
    type_ = registry.type_(case.kind)
    body = body_field(registry.case_kind(case.kind))
    found: list[Shown] = [
        {"label": say("e.fact.place", language), "value": _place(services, view, language),
         "note": say("e.fact.by_" + case.area_source, language)
         if has("e.fact.by_" + case.area_source) else ""},
        {"label": say("e.fact.author", language), "value": _author(type_, view, language),
         "note": say("e.fact.followers", language, n=view.followers) if view.followers else ""},
    ]  # fmt: skip
    skipped = {type_.title, body, "address", "public_subject", "public_body"}
    for item in type_.attributes:
        value = view.fields.get(item.name)
        plain = item.kind not in {"files", "telephone", "email", "json"}
        if item.name in skipped or not plain or value in (None, "", False, []) or _is_name(item):
            continue
        text = shown(registry, item, value, language)
        chips = listed_as(registry, item, value, language)
        found.append({"label": item.label.in_(language), "value": text, **chips})
    sure = case.category_confidence
    found += [
        {"label": say("e.fact.category", language),
         "value": path_text(registry, case.kind, case.category, language),
         "note": say("e.fact.sure", language, n=f"{sure:.0%}") if sure else ""},
        {"label": say("e.fact.unit", language),
         "value": organisation_text(services, case.organisation_id, language), "note": holder},
        {"label": say("e.fact.channel", language),
         "value": channel_text(registry, case.channel, language), "is_name": True},
        {"label": say("e.fact.accepted", language), "value": _moment(case.accepted_at),
         "moment": case.accepted_at},
    ]  # fmt: skip
    if case.earlier_code:
        found.append({"label": say("e.fact.earlier_code", language), "value": case.earlier_code})
    levels = {"category_level1", "category_level2", "category_level3"}
    hidden = {registry.type_(case.kind).attribute(n) for n in levels}
    labels = {item.label.in_(language) for item in hidden if item is not None}
    return [f for f in found if f["value"] and f["label"] not in labels]


def _is_name(item: Attribute) -> bool:
    """Whether a field is the author's name, which stands with the telephone."""
    return item.sensitivity >= 3 and item.kind == "text"


def _place(services: Services, view: CaseView, language: Language) -> str:
    address = str(view.fields.get("address") or "")
    area = area_text(services, view.case.area_no, language)
    return (
        "，".join(part for part in (area, address) if part)
        if language == "zh"
        else ", ".join(part for part in (address, area) if part)
    )


def _author(type_: RecordType, view: CaseView, language: Language) -> str:
    if view.case.disclosure != "open":
        return say(f"e.disclosure.{view.case.disclosure}", language)
    parts = []
    for item in type_.attributes:
        value = view.fields.get(item.name)
        if not value:
            continue
        if _is_name(item):
            parts.append(str(value))
        if item.kind == "telephone":
            parts.append(mask_phone(str(value)))
    return " ".join(parts)


def shown(registry: Registry, item: Attribute, value: Any, language: Language) -> str:
    """A declared value as people read it."""
    if item.is_list:
        return list_text(registry, item, value, language, _yes_no(language))
    if item.kind == "code" and item.code_list:
        label = registry.code_lists[item.code_list].label_of(str(value))
        return label.in_(language) if label else str(value)
    if item.kind == "boolean":
        return say("e.yes" if value else "e.no", language)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    value = round_off(value)
    return f"{value} {item.unit}" if item.unit else str(value)


def listed_as(registry: Registry, item: Attribute, value: Any, language: Language) -> Shown:
    """A list for where there is room: `chips`, or a `table`; nothing for other values."""
    if not item.is_list:
        return {}
    return shown_list(registry, item, value, language, _yes_no(language))


def _yes_no(language: Language) -> tuple[str, str]:
    return say("e.yes", language), say("e.no", language)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


def file_ids(registry: Registry, view: CaseView) -> list[UUID]:
    """The files of the author: declared fields of the kind `files`, and the first report."""
    type_ = registry.type_(view.case.kind)
    named = [
        found
        for item in type_.attributes
        if item.kind == "files"
        for value in view.fields.get(item.name) or ()
        if (found := value if isinstance(value, UUID) else _uuid(value))
    ]
    reported = [f for m in view.messages if m.purpose == "report" for f in m.files]
    return list(dict.fromkeys([*named, *reported]))


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def pictures(files: Sequence[StoredFile], language: Language, linked: Linked) -> list[Shown]:
    """Pictures with their small form."""
    return [
        {"src": linked(file.id, "small"), "href": linked(file.id, ""),
         "alt": say("e.photo", language, n=number)}
        for number, file in enumerate(files, start=1)
        if file.is_picture
    ]  # fmt: skip


def others(files: Sequence[StoredFile], linked: Linked) -> list[Shown]:
    """Voice notes and documents."""
    return [
        {"href": linked(file.id, ""), "text": file.name} for file in files if not file.is_picture
    ]


def course(
    services: Services, view: CaseView, files: Mapping[UUID, StoredFile], language: Language,
    linked: Linked,
) -> list[Shown]:  # fmt: skip
    """What happened, newest first: entries of the log, with what was said at its moment."""
    told = [_entry(entry, language) for entry in view.timeline
            if entry.kind not in TOLD_BY_MESSAGE]  # fmt: skip
    said = [
        _message(services, message, files, language, linked)
        for message in view.messages
        if message.purpose != "report"
    ]
    return sorted([*told, *said], key=lambda item: item["moment"], reverse=True)


def _entry(entry: TimelineEntry, language: Language) -> Shown:
    key = f"e.log.{entry.kind.replace('.', '_')}"
    name = entry.facts.get("organisation" if language == "zh" else "organisation_en")
    to = entry.facts.get("to" if language == "zh" else "to_en")
    organisation = str(name or to or "")
    title = say(key if has(key) else "e.log.other", language, organisation=organisation,
                grade=entry.facts.get("grade", ""), kind=entry.kind,
                **{name: entry.facts.get(name, "") for name in EARLIER_FACTS})  # fmt: skip
    # What the earlier system tells was not done by who took it over.
    is_ours = entry.actor_kind != "system" and entry.kind != EARLIER
    who = entry.actor_name if is_ours else ""
    note = entry.facts.get("note") or entry.facts.get("reason") or ""
    return {"moment": entry.at, "title": f"{who} {title}".strip(), "text": str(note)}


def _message(
    services: Services, message: Message, files: Mapping[UUID, StoredFile], language: Language,
    linked: Linked,
) -> Shown:  # fmt: skip
    key = f"e.said.{message.purpose}"
    who = (
        organisation_text(services, message.organisation_id, language)
        if message.organisation_id
        else say("e.said.author", language)
    )
    internal = message.visibility == "internal"
    held = [files[item] for item in message.files if item in files]
    title = f"{who} {say(key if has(key) else 'e.said.addition', language)}"
    return {
        "moment": message.at,
        "title": f"{title}{say('e.said.internal', language) if internal else ''}",
        "text": message.body,
        "photos": pictures(held, language, linked),
        "files": others(held, linked),
    }


def reasons(
    services: Services, kind: str, rows: Sequence[Mapping[str, Any]], language: Language
) -> list[Shown]:
    """Each automatic step: what it found, how sure, why, what would have changed it, undone."""
    return [
        {
            "step": row["step"],
            "label": say(f"e.step.{row['step']}", language)
            if has(f"e.step.{row['step']}") else row["step"],
            "found": _found(services, kind, row["output"] or {}, language),
            "sure": f"{row['confidence']:.0%}" if row["confidence"] else "",
            "why": _why(row, language),
            "otherwise": _otherwise(row["why"] or {}, language),
            "undone": row["undone_at"] is not None,
            "href": f"/e/decisions/{row['id']}",
            "can_undo": row["step"] in UNDOABLE
            and (row["output"] or {}).get("verb") != TO_A_PERSON,
        }
        for row in rows
    ]  # fmt: skip


def _why(row: Mapping[str, Any], language: Language) -> str:
    """The reason in words; of a decision table, the rows that held and what they lead to."""
    rows = [str(number) for each in row["fired"] or () for number in each.get("rows", ())]
    action = str((row["output"] or {}).get("action") or "")
    if rows and has(f"e.automatic.{action}"):
        does = say(f"e.automatic.{action}", language)
        return say("e.why.by_rows", language, rows=", ".join(rows), does=does)
    return str((row["why"] or {}).get(language) or "")


def _found(services: Services, kind: str, output: Mapping[str, Any], language: Language) -> str:
    """What a step came to, as people say it."""
    number = output.get("area_no")
    if isinstance(number, int):
        return area_text(services, number, language)
    organisation = _uuid(output.get("organisation_id"))
    if organisation is not None:
        return organisation_text(services, organisation, language)
    verb = output.get("verb")
    if verb and has(f"e.automatic.{verb}"):
        return say(f"e.automatic.{verb}", language)
    urgency = output.get("urgency")
    if urgency and has(f"e.urgency_of.{urgency}"):
        return say(f"e.urgency_of.{urgency}", language)
    return path_text(services.registry, kind, output.get("category"), language)


def _otherwise(why: Mapping[str, Any], language: Language) -> str:
    told = why.get("changed_by")
    if told is None:
        changed = [item.get("changed_by") for item in why.get("reasons") or ()]
        told = next((item for item in changed if item), None)
    if isinstance(told, Mapping):
        return str(told.get(language) or "")
    return str(told or "")
