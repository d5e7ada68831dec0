"""Who changed what: the log of administration as a person reads it."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.ground import log_kept
from pengcheng.kernel.authz import Actor, Facts
from pengcheng.kernel.errors import Forbidden
from pengcheng.kernel.log import LoggedEntry
from pengcheng.kernel.registry import Attribute, Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhengyi.case_view import shown
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.texts import has, say

Values = dict[str, Any]
ENGINE_TYPES = ("organisation", "account", "role", "area", "calendar", "parked")
PAGE = 50
OF_ONE = 20
VALUE_LENGTH = 160
HIDDEN = frozenset({"username", "id", "version", "numbers", "parent_id", "first", "last"})


def types_read(services: Services, actor: Actor) -> list[str]:
    """What is administered and the reader may read, those of packs too."""
    declared = [
        name
        for name, type_ in services.registry.types.items()
        if type_.role == "object" and not services.rights.scope(actor, "import", name).is_empty
    ]
    return [
        name
        for name in (*ENGINE_TYPES, *sorted(declared))
        if not services.rights.scope(actor, "read", name).is_empty
    ]


@get("/e/admin/changes")
async def changes(request: AnyRequest) -> Response[Any]:
    """What was changed, newest first, by what and by whom."""
    services, actor = services_of(request), official(request)
    types = types_read(services, actor)
    if not types or services.rights.scope(actor, "read", "log").is_empty:
        raise Forbidden("record.not_yours_to_do", action="read", type="log")
    given = request.query_params
    chosen = given.get("type", "")
    before = given.get("before", "")
    asked = [chosen] if chosen in types else types
    at = int(before) if before.isdecimal() and len(before) < 19 else None
    async with services.database.reading(actor) as work:
        found = await log_kept.newest(work, asked, before=at, limit=PAGE)
    seen = [entry for entry in found if _may_see(services, actor, entry)]
    language = actor.language
    query = (
        urlencode({"type": chosen if chosen in types else "", "before": found[-1].seq})
        if len(found) == PAGE
        else ""
    )
    values = {
        "rows": [told(services, entry, language) for entry in seen],
        "types": [{"value": name, "text": type_text(services, name, language)} for name in types],
        "chosen": chosen if chosen in types else "",
        "next_url": f"/e/admin/changes?{query}" if query else "",
    }
    page = await frame(request, "changes")
    return render(request, "shenzhengyi/changes.html", page, values)


async def changes_of(request: AnyRequest, type_name: str, subject_id: UUID) -> list[Values]:
    """What was changed of one thing, newest first; for its own page."""
    services, actor = services_of(request), official(request)
    async with services.database.reading(actor) as work:
        found = await log_kept.newest(work, [type_name], subject_id=subject_id, limit=OF_ONE)
    return [
        told(services, entry, actor.language) for entry in found if _may_see(services, actor, entry)
    ]


def _may_see(services: Services, actor: Actor, entry: LoggedEntry) -> bool:
    facts = Facts(
        area_no=entry.area_no, organisation_no=entry.organisation_no,
        sensitivity=entry.sensitivity,
    )  # fmt: skip
    return services.rights.scope(actor, "read", entry.subject_type).holds(facts)


def told(services: Services, entry: LoggedEntry, language: Language) -> Values:
    """An entry in words: when, who, what of what, and each value as it was and is."""
    key = f"a.did.{entry.kind.replace('.', '_')}"
    subject, href = _subject(services, entry, language)
    return {
        "at": entry.at,
        "who": say("e.log.system", language) if entry.actor_kind == "system" else entry.actor_name,
        "what": say(key, language) if has(key) else entry.kind,
        "type": type_text(services, entry.subject_type, language),
        "subject": subject,
        "href": href,
        "values": _values(services, entry, language),
    }


def _subject(services: Services, entry: LoggedEntry, language: Language) -> tuple[str, str]:
    after: Mapping[str, Any] = entry.after or {}
    match entry.subject_type:
        case "organisation":
            known = {item.id: item for item in services.organisations.all()}
            found = known.get(entry.subject_id)
            name = found.name.in_(language) if found else str(after.get("name") or "")
            return name, f"/e/admin/organisations/{entry.subject_id}"
        case "account":
            return str(after.get("username") or say("a.did.an_account", language)), (
                f"/e/admin/accounts/{entry.subject_id}"
            )
        case "role":
            return str(after.get("role") or ""), f"/e/admin/roles/{after.get('role')}"
        case "area":
            code = str(after.get("code") or "")
            return str(after.get("name") or ""), f"/e/admin/areas/{code}"
        case "calendar":
            return "", "/e/admin/calendar"
        case "parked":
            return "", "/e/admin/parked"
        case name if name in services.registry.types and entry.kind != "record.filled":
            return _record(entry)
    return "", ""


def _record(entry: LoggedEntry) -> tuple[str, str]:
    title = str((entry.after or {}).get("title") or (entry.after or {}).get("code") or "")
    key = str((entry.after or {}).get("code") or entry.subject_id)
    return title, f"/e/records/{entry.subject_type}/{key}"


def _values(services: Services, entry: LoggedEntry, language: Language) -> list[Values]:
    """Each value that changed; what was not before has only what it is."""
    before, after = entry.before or {}, entry.after or {}
    if entry.kind == "calendar.changed":
        return _days(after.get("days") or [], language)
    names = [name for name in (*before, *(n for n in after if n not in before))
             if name not in HIDDEN]  # fmt: skip
    type_ = services.registry.types.get(entry.subject_type)
    told: list[Values] = []
    for name in names:
        was, now = before.get(name), after.get(name)
        if was == now or not (was or now or name in before):
            continue
        item = type_.attribute(name) if type_ else None
        if item is not None and item.kind == "table":
            told += rows_changed(services.registry, item, was, now, language)
            continue
        told.append(
            {"name": _name(services, entry.subject_type, name, language),
             "was": _told(services.registry, item, was, language) if name in before else "",
             "now": _told(services.registry, item, now, language) if name in after else ""}
        )  # fmt: skip
    return told


def _told(registry: Registry, item: Attribute | None, value: Any, language: Language) -> str:
    """A value; of many their names."""
    if item is not None and item.many and value:
        return shown(registry, item, value, language)
    return _shown(value, language)


def rows_changed(
    registry: Registry, table: Attribute, was: Any, now: Any, language: Language
) -> list[Values]:
    """The rows of a table that differ, each as a line; rows are compared by their place."""
    before, after = _lines(registry, table, was, language), _lines(registry, table, now, language)
    return [
        {"name": say("a.value.row", language, name=table.label.in_(language), n=at + 1),
         "was": old or say("a.value.none", language), "now": new or say("a.value.none", language)}
        for at, (old, new) in enumerate(zip_longest(before, after, fillvalue=""))
        if old != new
    ]  # fmt: skip


def _lines(registry: Registry, table: Attribute, value: Any, language: Language) -> list[str]:
    rows = value if isinstance(value, list) else []
    return [shown(registry, table, [row], language) for row in rows]


def _days(days: Sequence[Mapping[str, Any]], language: Language) -> list[Values]:
    told = [
        {"name": str(day.get("day") or ""), "was": "",
         "now": say("e.calendar.working" if day.get("working") else "e.calendar.off", language)}
        for day in days[:10]
    ]  # fmt: skip
    more = len(days) - len(told)
    return [*told, *([{"name": "…", "was": "", "now": f"+{more}"}] if more > 0 else [])]


def _name(services: Services, type_name: str, name: str, language: Language) -> str:
    type_ = services.registry.types.get(type_name)
    item = type_.attribute(name) if type_ else None
    if item is not None:
        return item.label.in_(language)
    for key in (f"a.value.{name}", f"e.column.{name}"):
        if has(key):
            return say(key, language)
    return name


def _shown(value: Any, language: Language) -> str:
    match value:
        case None | "":
            return say("a.value.none", language)
        case bool():
            return say("e.yes" if value else "e.no", language)
        case list():
            named = [say(f"e.column.{v}", language) if has(f"e.column.{v}") else str(v)
                     for v in value]  # fmt: skip
            return ("、" if language == "zh" else ", ").join(named)
    return str(value)[:VALUE_LENGTH]


def type_text(services: Services, name: str, language: Language) -> str:
    """What a type is called, of a pack or of an engine."""
    declared = services.registry.types.get(name)
    if declared is not None:
        return declared.label.in_(language)
    return say(f"a.type.{name}", language) if has(f"a.type.{name}") else name


HANDLERS = [changes]
