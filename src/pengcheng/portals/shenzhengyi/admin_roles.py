"""Roles: what each may do and who holds it; the city's own, made of declared ones; and who may see
a record, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.identity import CityRole, PostQuery
from pengcheng.kernel.authz import Right
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.admin_changes import type_text
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
from pengcheng.portals.shenzhengyi.texts import has, say
from pengcheng.portals.shenzhengyi.verbs import verb_label

Values = dict[str, Any]
COLUMNS = ("role", "name_zh", "name_en", "includes", "active")
HOLDERS_SHOWN = 12


@get("/e/admin/roles")
async def roles(request: AnyRequest) -> Response[Any]:
    """Every role with how many hold it: declared by packs, and the city's own."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "role")
    language = actor.language
    counts = await _counts(request)
    rights = services.registry.rights
    declared = [
        {"name": name, "label": label.in_(language), "holders": counts.get(name, 0),
         "rights": sum(right.role == name for right in rights)}
        for name, label in services.registry.roles.items()
    ]  # fmt: skip
    own = [
        {"name": role.role, "label": role.name.in_(language), "holders": counts.get(role.role, 0),
         "active": role.active, "includes": _labels(services, role.includes, language)}
        for role in await services.roles.all()
    ]  # fmt: skip
    values = {
        "declared": declared,
        "own_roles": own,
        "may_add": admin.may(request, "create", "role"),
        "may_import": admin.may(request, "import", "role"),
    }
    page = await admin.shown(request, "roles")
    return render(request, "shenzhengyi/roles.html", page, values)


async def _counts(request: AnyRequest) -> dict[str, int]:
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", "post")
    return {} if scope.is_empty else await services.posts.counts(scope)


def _labels(services: Services, names: Sequence[str], language: Language) -> str:
    told = [services.registry.roles[n].in_(language) if n in services.registry.roles else n
            for n in names]  # fmt: skip
    return ("、" if language == "zh" else ", ").join(told)


@get("/e/admin/roles/{name:str}")
async def role(request: AnyRequest, name: str) -> Response[Any]:
    """What a role may do with what, over how much, on what basis; and who holds it."""
    return await _role_page(request, name, {})


async def _role_page(
    request: AnyRequest, name: str, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "role")
    language = actor.language
    own = {item.role: item for item in await services.roles.all()}.get(name)
    if own is None and name not in services.registry.roles:
        raise Absent("role.unknown", role=name)
    label = own.name if own else services.registry.roles[name]
    played = own.includes if own else (name,)
    said = request.query_params.get("said", "")
    values = {
        "name": name,
        "title": label.in_(language),
        "own_role": own,
        "includes": _labels(services, own.includes, language) if own else "",
        "rights": rights_of(services, played, language),
        "holders": await _holders(request, name),
        "count": (await _counts(request)).get(name, 0),
        "options": _declared(services, language),
        "may_change": own is not None and admin.may(request, "change", "role"),
        "typed": {}, "faults": {}, "message": "",
        "said": say(f"a.role.{said}", language) if said in {"added", "changed"} else "",
    } | dict(more)  # fmt: skip
    page = await admin.shown(request, "roles")
    return render(request, "shenzhengyi/role.html", page, values, status=status)


def rights_of(services: Services, played: Sequence[str], language: Language) -> list[Values]:
    """What roles may do, one line for each type, reach and level: the actions in words."""
    lines: dict[tuple[str, str, int, str], list[str]] = {}
    bases: dict[tuple[str, str, int, str], str] = {}
    for right in services.registry.rights:
        if right.role not in played:
            continue
        where = "; ".join(f"{k}: {', '.join(v)}" for k, v in sorted(right.where.items()))
        key = (right.type, right.over, right.sensitivity, where)
        text = action_text(services, right, language)
        lines.setdefault(key, [])
        lines[key] += [text] * (text not in lines[key])
        bases[key] = bases.get(key) or right.basis
    comma = "、" if language == "zh" else ", "
    return [
        {"type": type_text(services, key[0], language), "actions": comma.join(actions),
         "over": say(f"a.over.{key[1]}", language),
         "level": say(f"a.level.{key[2]}", language), "where": key[3], "basis": bases[key]}
        for key, actions in lines.items()
    ]  # fmt: skip


def action_text(services: Services, right: Right, language: Language) -> str:
    """What an action is called: among the usual ones, else as its process or the desk calls it."""
    if has(key := f"a.action.{right.action}"):
        return say(key, language)
    kind = services.registry.case_kinds.get(right.type)
    process = services.registry.processes.get(kind.process) if kind else None
    return verb_label(process, right.action).in_(language) if process else right.action


async def _holders(request: AnyRequest, name: str) -> list[Values]:
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", "post")
    if scope.is_empty:
        return []
    held = await services.posts.found(
        scope, PostQuery(role=name, state="held", limit=HOLDERS_SHOWN)
    )
    return [
        {"href": f"/e/admin/accounts/{p.account_id}", "name": p.person_name,
         "username": p.username,
         "unit": p.organisation_name.in_(actor.language) if p.organisation_name else "",
         "area": services.areas.name_of(p.area_code).in_(actor.language) if p.area_code else ""}
        for p in held
    ]  # fmt: skip


def _declared(services: Services, language: Language) -> list[Values]:
    return [
        {"value": name, "text": label.in_(language)}
        for name, label in services.registry.roles.items()
        if name not in admin.IMPLIED
    ]


@get("/e/admin/roles/new")
async def new_role(request: AnyRequest) -> Response[Any]:
    """The empty form of a role of the city's own."""
    demand(services_of(request), official(request), "create", "role")
    return await _new_page(request, {}, {})


async def _new_page(
    request: AnyRequest, typed: Mapping[str, Any], more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, language = services_of(request), official(request).language
    values = {"typed": typed, "faults": {}, "message": "",
              "options": _declared(services, language)} | dict(more)  # fmt: skip
    page = await admin.shown(request, "roles")
    return render(request, "shenzhengyi/role_new.html", page, values, status=status)


def role_of(texts: Mapping[str, str], includes: Sequence[str]) -> CityRole:
    """A role from a form or a row; faults are told by the engine."""
    return CityRole(
        role=texts.get("role", "").strip(),
        name=Words(texts.get("name_zh", "").strip(), texts.get("name_en", "").strip()),
        includes=tuple(dict.fromkeys(includes)),
        active=texts.get("active", "1") == "1",
        version=admin.version_of(texts),
    )


def _chosen(form: FormMultiDict) -> list[str]:
    return [value for value in form.getall("includes", []) if isinstance(value, str)]


def _includable(services: Services) -> list[str]:
    return [name for name in services.registry.roles if name not in admin.IMPLIED]


@post("/e/admin/roles/new", status_code=200)
async def add_role(request: AnyRequest) -> Response[Any]:
    """Add a role of the city's own."""
    services, actor = services_of(request), official(request)
    form = await form_of(request)
    texts, chosen = texts_of(form), _chosen(form)
    new = role_of(texts, chosen)
    try:
        scope = services.rights.scope(actor, "create", "role")
        await services.roles.add(scope, new, _includable(services))
    except (Refusal, Conflict) as failure:
        typed = {**texts, "includes": chosen}
        more = admin.refused(request, failure)
        return await _new_page(request, typed, more, status=failure.status)
    return go(f"/e/admin/roles/{new.role}?said=added")


@post("/e/admin/roles/{name:str}", status_code=200)
async def change_role(request: AnyRequest, name: str) -> Response[Any]:
    """Change a role of the city's own; who holds it has the new rights at once."""
    services, actor = services_of(request), official(request)
    form = await form_of(request)
    texts, chosen = texts_of(form), _chosen(form)
    scope = services.rights.scope(actor, "change", "role")
    changed = role_of({**texts, "role": name}, chosen)
    try:
        await services.roles.change(scope, changed, _includable(services))
    except (Refusal, Conflict) as failure:
        standing = next((one for one in await services.roles.all() if one.role == name), changed)
        told = [
            (say("e.column.name_zh", actor.language), changed.name.zh, standing.name.zh),
            (say("e.column.name_en", actor.language), changed.name.en, standing.name.en),
            (say("e.column.includes", actor.language), " ".join(changed.includes),
             " ".join(standing.includes)),
        ]  # fmt: skip
        more = {"typed": {**texts, "includes": chosen}, **admin.refused(request, failure),
                **admin.overtaken(failure, told)}  # fmt: skip
        return await _role_page(request, name, more, status=failure.status)
    return go(f"/e/admin/roles/{name}?said=changed")


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Add, change and retire roles of the city's own from a sheet."""
    services, actor = services_of(request), official(request)
    standing = {role.role: role.active for role in await services.roles.all()}
    new: list[CityRole] = []
    bad: list[tuple[int, Fault]] = []
    numbers: list[int] = []
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        active = flag_of(row, "active", faults)
        bad += [(number, fault) for fault in faults]
        if not faults:
            role = role_of(
                {**row, "active": "1"}, row.get("includes", "").replace("、", " ").split()
            )
            stands = standing.get(role.role, True) if active is None else active
            new.append(msgspec.structs.replace(role, active=stands))
            numbers.append(number)
    told = await services.roles.import_rows(
        services.rights.scope(actor, "import", "role"),
        services.rights.scope(actor, "change", "role"),
        new, _includable(services), mode=mode_with(mode, bad),
    )  # fmt: skip
    return Taken(told=told_with(mode, told, numbers, bad))


async def give(request: AnyRequest, kind: str) -> Table:
    """The city's own roles."""
    del kind
    return COLUMNS, [
        [role.role, role.name.zh, role.name.en, " ".join(role.includes),
         "true" if role.active else "false"]
        for role in await services_of(request).roles.all()
    ]  # fmt: skip


HANDLERS = [
    roles, new_role, add_role, role, change_role,
    *handlers_of(
        Administered(page="roles", type="role", columns=COLUMNS, required=COLUMNS[:-1], take=take,
                     give=give)
    ),
]  # fmt: skip
