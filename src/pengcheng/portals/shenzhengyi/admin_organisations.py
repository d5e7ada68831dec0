"""The tree of organisations: walked, searched, added to, changed, moved, retired; with import."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.identity import (
    NewOrganisation,
    Organisation,
    OrganisationChange,
    PostQuery,
)
from pengcheng.kernel.areas import LEVELS
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal, invalid
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.admin_changes import changes_of
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.taking import (
    Administered,
    SheetRow,
    Table,
    Taken,
    flag_of,
    handlers_of,
    mode_with,
    told_with,
)
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
COLUMNS = ("key", "kind", "level", "name_zh", "name_en", "area_code", "parent", "active")
REQUIRED = COLUMNS[:-2]
SHOWN_MAX = 100
UNIT_LEVELS = LEVELS[:-1]
SAID = frozenset({"added", "changed", "moved"})


@get("/e/admin/organisations")
async def organisations(request: AnyRequest) -> Response[Any]:
    """The tree from its roots; with a text, whatever has it in name or key."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "organisation")
    await services.organisations.load()
    text = request.query_params.get("q", "").strip()[:80]
    everything = services.organisations.all()
    wanted = text.lower()
    found = [
        item
        for item in everything
        if (wanted in f"{item.name.zh} {item.name.en} {item.key}".lower() if wanted
            else item.parent_id is None or _is_second(everything, item))
    ]  # fmt: skip
    values = {
        "rows": [_row(services, item, actor.language) for item in found[:SHOWN_MAX]],
        "q": text,
        "count": len(everything),
        "found": len(found),
        "more": max(len(found) - SHOWN_MAX, 0),
        "may_add": admin.may(request, "create", "organisation"),
        "may_import": admin.may(request, "import", "organisation"),
    }
    page = await admin.shown(request, "organisations")
    return render(request, "shenzhengyi/organisations.html", page, values)


def _is_second(everything: Sequence[Organisation], item: Organisation) -> bool:
    """Whether it stands directly beneath the one root of a tree."""
    roots = [one.id for one in everything if one.parent_id is None]
    return len(roots) == 1 and item.parent_id == roots[0]


def _row(services: Services, item: Organisation, language: Language) -> Values:
    beneath = len(services.organisations.beneath(item.id)) - 1
    return {
        "organisation": item,
        "name": item.name.in_(language),
        "level": say(f"e.level.{item.level}", language),
        "area": services.areas.name_of(item.area_code).in_(language),
        "beneath": beneath,
    }


@get("/e/admin/organisations/new")
async def new_organisation(request: AnyRequest) -> Response[Any]:
    """The empty form, beneath `?parent=` if one is named."""
    services = services_of(request)
    demand(services, official(request), "create", "organisation")
    await services.organisations.load()
    above = services.organisations.by_key(request.query_params.get("parent", ""))
    typed = (
        {"parent": above.key, "area_code": above.area_code, "level": above.level} if above else {}
    )
    return await _new_page(request, typed)


async def _new_page(
    request: AnyRequest, typed: Mapping[str, str], more: Mapping[str, Any] | None = None, *,
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    services, language = services_of(request), official(request).language
    above = services.organisations.by_key(typed.get("parent", ""))
    values = {
        "typed": typed,
        "parent_name": above.name.in_(language) if above else "",
        "faults": {}, "message": "", **_options(services, language),
    } | dict(more or {})  # fmt: skip
    page = await admin.shown(request, "organisations")
    return render(request, "shenzhengyi/organisation_new.html", page, values, status=status)


def _options(services: Services, language: Language) -> Values:
    kinds = sorted({item.kind for item in services.organisations.all()})
    return {
        "levels": [{"value": x, "text": say(f"e.level.{x}", language)} for x in UNIT_LEVELS],
        "kinds": kinds,
    }


def organisation_of(texts: Mapping[str, str]) -> NewOrganisation:
    """A new organisation from a form or a row; faults are told by the engine."""
    given = {name: texts.get(name, "").strip() for name in COLUMNS[:-1]}
    level = next((x for x in LEVELS if x == given["level"]), None)
    if level is None:
        facts = {"given": given["level"], "allowed": ", ".join(UNIT_LEVELS)}
        code = "code.unknown" if given["level"] else "field.required"
        raise invalid(Fault(path="/level", code=code, facts=facts))
    return NewOrganisation(
        key=given["key"], kind=given["kind"], level=level,
        name=Words(given["name_zh"], given["name_en"]), area_code=given["area_code"],
        parent=given["parent"] or None,
    )  # fmt: skip


def area_faults(services: Services, code: str) -> list[Fault]:
    """An area that the city does not have; a city without any area takes every code."""
    known = {area.code for area in services.areas.all()}
    return [Fault(path="/area_code", code="area.unknown")] if known and code not in known else []


@post("/e/admin/organisations/new", status_code=200)
async def add_organisation(request: AnyRequest) -> Response[Any]:
    """Add one to the tree."""
    services, actor = services_of(request), official(request)
    texts = texts_of(await form_of(request))
    await services.organisations.load()
    texts["parent"] = texts.get("parent_key") or _key_named(services, texts.get("parent", ""))
    try:
        new = organisation_of(texts)
        if faults := area_faults(services, new.area_code):
            raise invalid(*faults)
        scope = services.rights.scope(actor, "create", "organisation")
        made = await services.arranging.add(scope, new)
    except (Refusal, Conflict) as failure:
        more = admin.refused(request, failure)
        return await _new_page(request, texts, more, status=failure.status)
    return go(f"/e/admin/organisations/{made.id}?said=added")


def _key_named(services: Services, typed: str) -> str:
    return admin.unit_of(services, {"organisation": typed}) or ""


@get("/e/admin/organisations/{key:str}")
async def organisation(request: AnyRequest, key: str) -> Response[Any]:
    """One organisation: what is beneath it, who serves there, change, move, retire."""
    demand(services_of(request), official(request), "read", "organisation")
    found_id = admin.uuid_of(key, "organisation.unknown")
    return await _organisation_page(request, found_id, {})


async def _organisation_page(
    request: AnyRequest, found_id: UUID, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    await services.organisations.load()
    found, language = services.organisations.of(found_id), actor.language
    above = services.organisations.superiors(found.id)
    children = [i for i in services.organisations.beneath(found.id) if i.parent_id == found.id]
    said = request.query_params.get("said", "")
    values = {
        "organisation": found,
        "row": _row(services, found, language),
        "superiors": [{"href": f"/e/admin/organisations/{i.id}", "text": i.name.in_(language)}
                      for i in reversed(above)],
        "children": [_row(services, item, language) for item in children],
        "people": await _people(request, found),
        "changes": await changes_of(request, "organisation", found.id),
        "may": {action: admin.may(request, action, "organisation")
                for action in ("create", "change")},
        "said": say(f"a.organisation.{said}", language) if said in SAID else "",
        "typed": {}, "faults": {}, "message": "", "open": "", **_options(services, language),
    } | dict(more)  # fmt: skip
    page = await admin.shown(request, "organisations")
    return render(request, "shenzhengyi/organisation.html", page, values, status=status)


async def _people(request: AnyRequest, found: Organisation) -> list[Values]:
    """Who holds a post in the very organisation today."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", "post")
    if scope.is_empty:
        return []
    labels = await admin.role_labels(services)
    asked = PostQuery(organisations=(found.no, found.no + 1), state="held", limit=SHOWN_MAX)
    return [
        {"href": f"/e/admin/accounts/{p.account_id}", "name": p.person_name,
         "role": labels[p.role].in_(actor.language) if p.role in labels else p.role}
        for p in await services.posts.found(scope, asked)
    ]  # fmt: skip


@post("/e/admin/organisations/{key:str}/{act:str}", status_code=200)
async def change_organisation(request: AnyRequest, key: str, act: str) -> Response[Any]:
    """Change, retire, restore, or move with all beneath it."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "change", "organisation")
    found_id = admin.uuid_of(key, "organisation.unknown")
    texts = texts_of(await form_of(request))
    await services.organisations.load()
    if act not in {"change", "move"}:
        raise Absent("request.no_such_page")
    scope = services.rights.scope(actor, "change", "organisation")
    try:
        if act == "move":
            named = texts.get("parent_key") or _key_named(services, texts.get("parent", ""))
            above = services.organisations.by_key(named) if named else None
            if above is None:
                code = "organisation.unknown" if named else "field.required"
                raise invalid(Fault(path="/parent", code=code))
            version = admin.version_of(texts)
            await services.arranging.move(scope, found_id, above.id, version)
        else:
            change = OrganisationChange(
                name=Words(texts.get("name_zh", ""), texts.get("name_en", "")),
                kind=texts.get("kind", ""), area_code=texts.get("area_code", ""),
                active=texts.get("active") == "1", version=admin.version_of(texts),
            )  # fmt: skip
            if faults := area_faults(services, change.area_code):
                raise invalid(*faults)
            await services.arranging.change(scope, found_id, change)
    except (Refusal, Conflict) as failure:
        await services.organisations.load()
        standing = _overtaken(services, found_id, texts, failure, actor.language)
        more = {"typed": texts, "open": act, **admin.refused(request, failure), **standing}
        return await _organisation_page(request, found_id, more, status=failure.status)
    said = "moved" if act == "move" else "changed"
    return go(f"/e/admin/organisations/{found_id}?said={said}")


def _overtaken(
    services: Services, found_id: UUID, texts: Mapping[str, str], failure: Refusal | Conflict,
    language: Language,
) -> dict[str, Any]:  # fmt: skip
    found = services.organisations.of(found_id)
    state = {"1": say("e.admin.in_force", language), "0": say("e.admin.retired", language)}
    now = {
        "name_zh": found.name.zh, "name_en": found.name.en, "kind": found.kind,
        "area_code": found.area_code,
    }  # fmt: skip
    told = [(say(f"e.column.{name}", language), texts.get(name, text), text)
            for name, text in now.items()]  # fmt: skip
    stands = state["1" if found.active else "0"]
    told.append(
        (say("e.column.state", language), state.get(texts.get("active", ""), stands), stands)
    )
    return admin.overtaken(failure, told)


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Add, change and retire organisations from a sheet, parents before children."""
    services, actor = services_of(request), official(request)
    await services.organisations.load()
    good, bad = rows_of(services, rows)
    told = await services.arranging.import_rows(
        services.rights.scope(actor, "import", "organisation"),
        services.rights.scope(actor, "change", "organisation"),
        [new for _, new in good], mode=mode_with(mode, bad),
    )  # fmt: skip
    return Taken(told=told_with(mode, told, [number for number, _ in good], bad))


def rows_of(
    services: Services, rows: Sequence[SheetRow]
) -> tuple[list[tuple[int, NewOrganisation]], list[tuple[int, Fault]]]:
    """Rows as organisations with their numbers, and the faults of those that cannot be."""
    right: list[tuple[int, NewOrganisation]] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        active = flag_of(row, "active", faults)
        try:
            new = organisation_of(row)
            faults += area_faults(services, new.area_code)
        except Refusal as failure:
            faults += failure.faults
        bad += [(number, fault) for fault in faults]
        if not faults:
            right.append((number, msgspec.structs.replace(new, active=active)))
    return right, bad


async def give(request: AnyRequest, kind: str) -> Table:
    """The whole tree, parents first."""
    del kind
    services = services_of(request)
    await services.organisations.load()
    keys = {item.id: item.key for item in services.organisations.all()}
    return COLUMNS, [
        [i.key, i.kind, i.level, i.name.zh, i.name.en, i.area_code,
         keys.get(i.parent_id, "") if i.parent_id else "", "true" if i.active else "false"]
        for i in services.organisations.all()
    ]  # fmt: skip


HANDLERS = [
    organisations, new_organisation, add_organisation, organisation, change_organisation,
    *handlers_of(
        Administered(page="organisations", type="organisation", columns=COLUMNS,
                     required=REQUIRED, take=take, give=give)
    ),
]  # fmt: skip
