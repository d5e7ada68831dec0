"""Pages of every declared type, made from its declaration: list, form, import, export.

The duty list, categories, deadlines, knowledge and sensitive words are such types; so is whatever a
pack declares tomorrow.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, from_cursor, id_or_code, services_of, to_cursor
from pengcheng.edge.error_words import words_of
from pengcheng.edge.record_places import located
from pengcheng.edge.services import Services
from pengcheng.engines.objects import Filter, NewRecord, Query, Record, Sort
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Conflict, Fault, Forbidden, Refusal
from pengcheng.kernel.records_text import as_text, read_texts
from pengcheng.kernel.registry import Attribute, RecordType, Registry, Screen
from pengcheng.kernel.texts import natural
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import faults_by_field, form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import record_forms, relating, unit_kinds
from pengcheng.portals.shenzhengyi.again import work_again
from pengcheng.portals.shenzhengyi.case_view import listed_as
from pengcheng.portals.shenzhengyi.navigation import frame, official, screens_for
from pengcheng.portals.shenzhengyi.texts import say
from pengcheng.portals.typed import changes_rows, typed_of

PAGE = 50
EXPORT_MAX = 5_000
BESIDE = ("code", "area_code", "place")
"""Columns of a sheet that are no attributes."""

Values = dict[str, Any]
Columns = Sequence[str]


def object_type(services: Services, name: str) -> RecordType:
    """A declared type that is kept by pages like these: no case, no event."""
    type_ = services.registry.type_(name)
    if type_.role != "object":
        raise Forbidden("record.not_yours_to_do", action="read", type=name)
    return type_


def list_screen(registry: Registry, actor: Actor, name: str) -> Screen | None:
    """The declared list of a type, if the reader has one."""
    return next((s for s in screens_for(registry, actor, "list") if s.of == name), None)


def columns_of(type_: RecordType, screen: Screen | None) -> list[str]:
    """The columns of a list: those declared, else the first attributes."""
    declared = list(screen.options.get("columns", ())) if screen else []
    known = {item.name for item in type_.attributes} | {"code"}
    columns = [name for name in declared if name in known]
    return columns or ["code", *(item.name for item in type_.attributes[:4])]


@get("/e/records/{type_name:str}")
async def listed(request: AnyRequest, type_name: str) -> Response[Any]:
    """A page of the records, with what may be done with them."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    scope = services.rights.scope(actor, "read", type_name)
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="read", type=type_name)
    screen = list_screen(services.registry, actor, type_name)
    text = request.query_params.get("q", "").strip()[:100]
    filters = _filters(services.registry, type_, screen, request.query_params)
    if text:
        filters.append(Filter("title", "has", text))
    cursor = request.query_params.get("cursor", "")
    after = from_cursor(services, f"e:{type_name}", cursor, tuple[Any, UUID]) if cursor else None
    query = Query(filters=tuple(filters), sort=Sort("code"), limit=PAGE, after=after)
    page = await services.objects.page(services.registry, scope, query)
    count = await services.objects.count(services.registry, scope, filters)
    columns = columns_of(type_, screen)
    values = {
        "type": type_,
        "title": (screen.label if screen else type_.label).in_(actor.language),
        "count": say("e.records.count", actor.language, n=f"{count:,}"),
        "columns": [{"text": label_of(type_, name, actor.language)} for name in columns],
        "rows": [_row(services, type_, record, columns, actor.language)
                 for record in page.records],
        "q": text,
        "chosen": {f.name: str(f.value) for f in filters if f.name != "title"},
        "filters": _choices(services, type_, screen, actor.language),
        "next_url": f"/e/records/{type_name}?q={text}&cursor="
        + to_cursor(services, f"e:{type_name}", page.next) if page.next else "",
        "may": _may(services, actor, type_name),
        "said": _said(request, actor.language),
    }  # fmt: skip
    shown_frame = await frame(request, f"screen.{screen.name}" if screen else "")
    return render(request, "shenzhengyi/records.html", shown_frame, values)


def _said(request: AnyRequest, language: Language) -> str:
    said = request.query_params.get("said", "")
    number = request.query_params.get("n", "0")
    if said == "related":
        return say("e.relations.said_related", language)
    if said not in {"added", "changed", "retired", "imported"}:
        return ""
    return say(f"e.records.said_{said}", language, n=number if number.isdecimal() else "0")


def _may(services: Services, actor: Actor, type_name: str) -> dict[str, bool]:
    return {
        action: not services.rights.scope(actor, action, type_name).is_empty
        for action in ("create", "change", "retire", "import", "export")
    }


def _filters(
    registry: Registry, type_: RecordType, screen: Screen | None, given: Mapping[str, str]
) -> list[Filter]:
    found = []
    for name in screen.options.get("filters", ()) if screen else ():
        item, value = type_.attribute(name), given.get(name, "")
        codes = registry.code_lists.get(item.code_list or "") if item else None
        if item and value and (codes is None or codes.label_of(value)):
            found.append(Filter(name, "eq", value))
    return found


def _choices(
    services: Services, type_: RecordType, screen: Screen | None, language: Language
) -> list[Values]:
    found = []
    for name in screen.options.get("filters", ()) if screen else ():
        item = type_.attribute(name)
        options = record_forms.options(services, item, "", language) if item else []
        if item is not None and options:
            found.append({"name": name, "label": item.label.in_(language), "options": options})
    return found


def label_of(type_: RecordType, name: str, language: Language) -> str:
    """What a column is called."""
    item = type_.attribute(name)
    return item.label.in_(language) if item else say(f"e.column.{name}", language)


def _row(
    services: Services, type_: RecordType, record: Record, columns: Columns, language: Language
) -> list[Values]:
    cells = []
    for at, name in enumerate(columns):
        item = type_.attribute(name)
        value = record.attributes.get(name) if item else getattr(record, name)
        text = value
        if item and value is not None:
            text = unit_kinds.value_text(services, item, value, language)
        href = f"/e/records/{type_.name}/{record.code}" if at == 0 else ""
        cell = {"text": str(text if text is not None else "")[:160], "href": href, "chips": ()}
        if item and item.many:
            cell |= listed_as(services.registry, item, value, language)
        cells.append(cell)
    return cells


@get("/e/records/{type_name:str}/new")
async def new_form(request: AnyRequest, type_name: str) -> Response[Any]:
    """The empty form of a record."""
    services = services_of(request)
    type_ = object_type(services, type_name)
    demand(services, official(request), "create", type_name)
    return await _form(request, type_, {}, None)


@get("/e/records/{type_name:str}/{key:str}")
async def one(request: AnyRequest, type_name: str, key: str) -> Response[Any]:
    """A record in its form; for one who may not change it, as facts."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    scope = services.rights.scope(actor, "read", type_name)
    record = await services.objects.get(services.registry, scope, id_or_code(key))
    return await _form(request, type_, _typed(type_, record), record)


def _typed(type_: RecordType, record: Record) -> dict[str, str]:
    """A record as its form would send it."""
    texts = {
        name: as_text(value, type_.attribute(name)) for name, value in record.attributes.items()
    }
    return texts | ({"place": record_forms.place_text(record.place)} if record.place else {})


async def _form(
    request: AnyRequest, type_: RecordType, typed: Mapping[str, str], record: Record | None, *,
    status: int = 200, more: Mapping[str, Any] | None = None,
) -> Response[Any]:  # fmt: skip
    services, actor = services_of(request), official(request)
    language = actor.language
    groups = record_forms.asked(services, actor, type_, is_new=record is None)
    fields = {
        item.name: record_forms.field(
            services, item, typed, (more or {}).get("faults", {}), language
        )
        for item in type_.attributes
    } | {"place": record_forms.place_field(type_, language)}  # fmt: skip
    create = services.rights.scope(actor, "create", type_.name)
    values = {
        "type": type_,
        "title": record.title if record else say("e.records.new", language),
        "kind": type_.label.in_(language),
        "groups": [
            {"title": group["title"][language] if group["title"] else "",
             "fields": [fields[name] for name in group["fields"]]}
            for group in groups
        ],
        "areas": [] if record else record_forms.area_choices(services, create, language),
        "typed": typed,
        "record": record,
        "facts": _facts(services, type_.attributes, record, language),
        "computed": _facts(
            services, [item for item in type_.attributes if item.follows], record, language
        ),
        "panels": await relating.panels(request, type_, record) if record else [],
        "again": await work_again(request, type_, record) if record else [],
        "every": request.query_params.get("at") == "all",
        "said": _said(request, language),
        "history": await _history(services, actor, type_, record),
        "asks_code": record is None and type_.code_pattern is None,
        "may": _may(services, actor, type_.name),
        "faults": {},
        "message": "",
    } | dict(more or {})  # fmt: skip
    screen = list_screen(services.registry, actor, type_.name)
    shown_frame = await frame(request, f"screen.{screen.name}" if screen else "")
    return render(request, "shenzhengyi/record.html", shown_frame, values, status=status)


def _facts(
    services: Services, items: Sequence[Attribute], record: Record | None, language: Language
) -> list[Values]:
    return [
        {"label": item.label.in_(language),
         "value": unit_kinds.value_text(
             services, item, record.attributes.get(item.name), language),
         **listed_as(services.registry, item, record.attributes.get(item.name), language)}
        for item in items
        if record and record.attributes.get(item.name) is not None
    ]  # fmt: skip


async def _history(
    services: Services, actor: Actor, type_: RecordType, record: Record | None
) -> int:
    """How many earlier versions a record has."""
    if record is None or not type_.history:
        return 0
    scope = services.rights.scope(actor, "read", type_.name)
    return len(await services.objects.versions(services.registry, scope, record.id))


@post("/e/records/{type_name:str}/new", status_code=200)
async def create(request: AnyRequest, type_name: str) -> Response[Any]:
    """Add a record."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    typed = typed_of(type_.attributes, await form_of(request))
    if changes_rows(typed):
        return await _form(request, type_, typed, None)
    values, faults = _read(services, actor, type_, typed)
    place = values.pop("place", None)
    try:
        if faults:
            raise Refusal("input.invalid", faults=faults)
        scope = services.rights.scope(actor, "create", type_name)
        new = NewRecord(
            attributes=values, code=typed.get("code") or None, place=place,
            area_code=typed.get("area_code") if place is None else None,
        )  # fmt: skip
        (new,) = await located(services, [new])
        await services.objects.create(services.registry, scope, new)
    except (Refusal, Conflict) as failure:
        return await _refused(request, type_, typed, None, failure)
    return go(f"/e/records/{type_name}?said=added")


@post("/e/records/{type_name:str}/{key:str}", status_code=200)
async def change(request: AnyRequest, type_name: str, key: str) -> Response[Any]:
    """Change a record where the version that was shown still stands."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    typed = typed_of(type_.attributes, await form_of(request))
    read = services.rights.scope(actor, "read", type_name)
    record = await services.objects.get(services.registry, read, id_or_code(key))
    if changes_rows(typed):
        # Written over is the version that was shown first, however often rows were added since.
        return await _form(request, type_, typed, record)
    version = natural(typed.get("version", ""))
    retiring = typed.get("act") == "retire"
    try:
        scope = services.rights.scope(actor, "retire" if retiring else "change", type_name)
        if retiring:
            await services.objects.retire(services.registry, scope, record.id, version=version)
        else:
            values, faults = _read(services, actor, type_, typed, record)
            if faults:
                raise Refusal("input.invalid", faults=faults)
            await services.objects.change(
                services.registry, scope, record.id, values, version=version
            )
    except (Refusal, Conflict) as failure:
        return await _refused(request, type_, typed, record, failure)
    return go(f"/e/records/{type_name}?said={'retired' if retiring else 'changed'}")


@post("/e/records/{type_name:str}/{key:str}/relations/{relation:str}", status_code=200)
async def relate(request: AnyRequest, type_name: str, key: str, relation: str) -> Response[Any]:
    """Add, end or withdraw a relation of a record."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    typed = texts_of(await form_of(request))
    read = services.rights.scope(actor, "read", type_name)
    record = await services.objects.get(services.registry, read, id_or_code(key))
    try:
        await relating.acted(request, type_, record, relation, typed)
    except Refusal as failure:
        faults = faults_by_field(request, failure.faults)
        shown_panels = [
            relating.refused(panel, typed, faults) if panel["name"] == relation else panel
            for panel in await relating.panels(request, type_, record)
        ]
        told = _typed(type_, record)
        more = {"panels": shown_panels, "message": " ".join(faults.values())}
        return await _form(request, type_, told, record, status=failure.status, more=more)
    return go(f"/e/records/{type_name}/{record.code}?said=related#relations")


def _read(
    services: Services, actor: Actor, type_: RecordType, typed: Mapping[str, str],
    record: Record | None = None,
) -> tuple[dict[str, Any], list[Fault]]:  # fmt: skip
    """What was asked, read; a place that stands as it was shown is not written again."""
    groups = record_forms.asked(services, actor, type_, is_new=record is None)
    names = record_forms.names_asked(groups)
    texts = {name: typed.get(name, "") for name in names}
    if record is not None and texts.get("place") == _typed(type_, record).get("place", ""):
        texts.pop("place", None)
    return read_texts(type_, texts, code_lists=services.registry.code_lists)


async def _refused(
    request: AnyRequest, type_: RecordType, typed: Mapping[str, str], record: Record | None,
    failure: Refusal | Conflict,
) -> Response[Any]:  # fmt: skip
    language = official(request).language
    faults = faults_by_field(request, failure.faults) if isinstance(failure, Refusal) else {}
    message = "" if faults else words_of(failure.code).detail.fill(language, failure.facts)
    more: Values = {"faults": faults, "message": message}
    if record and failure.code.endswith(".changed"):
        # What was typed stays; saved once more it counts, now that its author has seen the other.
        more["standing"] = _standing(services_of(request), type_, typed, record, language)
        typed = {**typed, "version": str(record.version)}
    return await _form(request, type_, typed, record, status=failure.status, more=more)


def _standing(
    services: Services, type_: RecordType, typed: Mapping[str, str], record: Record,
    language: Language,
) -> list[Values]:  # fmt: skip
    """What stands otherwise than it was typed."""
    now = _typed(type_, record)
    return [
        {"label": item.label.in_(language),
         "value": unit_kinds.value_text(services, item, record.attributes[item.name], language)
         if now.get(item.name) else ""}
        for item in type_.attributes
        if item.name in typed and not item.is_list and typed[item.name] != now.get(item.name, "")
    ]  # fmt: skip


def demand(services: Services, actor: Actor, action: str, type_name: str) -> None:
    if services.rights.scope(actor, action, type_name).is_empty:
        raise Forbidden("record.not_yours_to_do", action=action, type=type_name)


HANDLERS = [listed, new_form, one, create, change, relate]
