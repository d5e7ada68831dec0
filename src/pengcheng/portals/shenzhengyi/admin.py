"""What the administration pages share, and their first page. Declared types (duty list, categories,
deadlines, knowledge) have the pages of `records`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.services import Services
from pengcheng.engines.identity import AccountQuery
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.time import city_day
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.pages import Frame, faults_by_field, render
from pengcheng.portals.shenzhengyi.navigation import ADMINISTERED, frame, kept_types, official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
UNITS_SHOWN = 8
GROUPS: Mapping[str, tuple[str, ...]] = {
    "people": ("organisations", "accounts", "posts", "roles", "access", "areas"),
    "rules": ("calendar", "rules", "processes", "algorithms"),
    "running": ("upgrades", "parked", "webhooks", "changes"),
}


async def shown(request: AnyRequest, page: str) -> Frame:
    """The frame of an administration page."""
    return await frame(request, page)


def may(request: AnyRequest, action: str, type_name: str) -> bool:
    """Whether the reader may do this with anything of the type."""
    services = services_of(request)
    return not services.rights.scope(official(request), action, type_name).is_empty


def uuid_of(text: str, code: str = "account.unknown") -> UUID:
    """An id in an address; what is none names nothing."""
    found = to_id(text)
    if found is None:
        raise Absent(code)
    return found


def version_of(texts: Mapping[str, str]) -> int:
    """The version that the form showed; 0 for what is none."""
    given = texts.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def day_of(texts: Mapping[str, str], name: str, faults: list[Fault]) -> date | None:
    """A day of a form or a row, None where nothing is given; what is none is told."""
    given = texts.get(name, "").strip()
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        faults.append(Fault(path=f"/{name}", code="date.form"))
        return None


def refused(request: AnyRequest, failure: Refusal | Conflict) -> Values:
    """What a form shows of a refusal: at the fields, else on top."""
    language = official(request).language
    faults = faults_by_field(request, failure.faults) if isinstance(failure, Refusal) else {}
    message = "" if faults else words_of(failure.code).detail.fill(language, failure.facts)
    return {"faults": faults, "message": message}


def overtaken(failure: Refusal | Conflict, told: Sequence[tuple[str, str, str]]) -> Values:
    """What a form shows to who saved second: of (label, typed, standing now) those that differ."""
    if not failure.code.endswith(".changed"):
        return {}
    standing = [
        {"label": label, "value": now} for label, typed, now in told if typed.strip() != now.strip()
    ]
    return {"standing": standing}


async def role_labels(services: Services) -> dict[str, Words]:
    """What each role is called: those that packs declare, and the city's own."""
    own = {role.role: role.name for role in await services.roles.all() if role.active}
    return {**services.registry.roles, **own}


IMPLIED = frozenset({"citizen", "enterprise_member"})
"""Roles that follow from the kind of an account; nobody is given them."""


async def roles_given(services: Services) -> list[str]:
    """The roles that an official may be given."""
    return [name for name in await role_labels(services) if name not in IMPLIED]


async def role_options(services: Services, language: Language) -> list[Values]:
    """Those roles as options of a form, by name."""
    labels = await role_labels(services)
    return sorted(
        (
            {"value": name, "text": label.in_(language)}
            for name, label in labels.items()
            if name not in IMPLIED
        ),
        key=lambda option: str(option["text"]),
    )


def unit_of(services: Services, texts: Mapping[str, str]) -> str | None:
    """The key of the organisation that a form or row names: chosen, else typed as a key or as a
    whole name. What names none comes back as it is, and is then told as unknown."""
    chosen = texts.get("organisation_key", "")
    typed = texts.get("organisation", "").strip()
    if chosen or not typed:
        return chosen or None
    found = services.organisations.named(typed)
    return found.key if found else typed


@get("/e/admin/units")
async def units(request: AnyRequest) -> Response[Any]:
    """Organisations by a part of their name, as choices of a form."""
    services = services_of(request)
    demand(services, official(request), "read", "organisation")
    await services.organisations.load()
    asked = request.query_params
    text = next((asked[name] for name in ("organisation", "parent") if name in asked), "")
    wanted = text.strip().lower()[:80]
    found = [
        item
        for item in services.organisations.all()
        if wanted and item.active and wanted in f"{item.name.zh} {item.name.en} {item.key}".lower()
    ]
    values = {
        "found": found[:UNITS_SHOWN],
        "more": max(len(found) - UNITS_SHOWN, 0),
        "text": wanted,
        "name": "parent_key" if "parent" in asked else "organisation_key",
    }
    return render(request, "shenzhengyi/admin_units.html", Frame(portal="shenzhengyi"), values)


@get(["/e/admin", "/e/admin/"])
async def first_page(request: AnyRequest) -> Response[Any]:
    """What is administered, each with what stands, and what a new city still needs."""
    services, actor = services_of(request), official(request)
    pages = [item for item in ADMINISTERED if may(request, "read", item[0])]
    types = kept_types(services, actor)
    if not pages and not types:
        demand(services, actor, "read", "organisation")
    await services.organisations.load()
    language = actor.language
    steps = await _steps(services, actor) if may(request, "create", "organisation") else []
    tiles = {
        page: {"text": say(f"e.nav.{page}", language), "href": f"/e/admin/{page}", "icon": icon,
               "sub": say(f"a.tile.{page}", language)}
        for _, page, icon in pages
    }  # fmt: skip
    records = [
        {"text": screen.label.in_(language), "href": f"/e/records/{screen.of}",
         "icon": str(screen.options.get("icon") or "list-details"),
         "sub": say("a.tile.records", language, n=f"{count:,}")}
        for screen in types
        for count in [await _count(services, actor, screen.of or "")]
    ]  # fmt: skip
    beside = {"rules": records, "running": _takeovers(services, actor)}
    values = {
        "groups": [
            {"text": say(f"a.group.{name}", language),
             "items": [*beside.get(name, ()), *(tiles[page] for page in members if page in tiles)]}
            for name, members in GROUPS.items()
        ],
        "steps": steps,
        "steps_left": sum(not step["done"] for step in steps),
    }  # fmt: skip
    return render(request, "shenzhengyi/admin.html", await shown(request, "admin"), values)


def _takeovers(services: Services, actor: Actor) -> list[Values]:
    """The case kinds whose open cases the reader may take over from an older system."""
    language, registry = actor.language, services.registry
    return [
        {"text": say("a.takeover.tile", language, what=registry.type_(name).label.in_(language)),
         "href": f"/e/takeover/{name}", "icon": "upload",
         "sub": say("a.takeover.tile_text", language)}
        for name in registry.case_kinds
        if not services.rights.scope(actor, "import", name).is_empty
    ]  # fmt: skip


async def _count(services: Services, actor: Actor, type_name: str) -> int:
    scope = services.rights.scope(actor, "read", type_name)
    return await services.objects.count(services.registry, scope)


async def _steps(services: Services, actor: Actor) -> list[Values]:
    """What a city needs before its first case can be handled, and which of it stands."""
    people = await services.people.accounts(
        services.rights.scope(actor, "read", "account"), AccountQuery(limit=2)
    )
    counts = await services.posts.counts(services.rights.scope(actor, "read", "post"))
    language = actor.language
    missing = [
        services.registry.roles[role].in_(language)
        for role in worked_by(services.registry)
        if not counts.get(role)
    ]
    done = {
        "areas": len(services.areas.all()) > 0,
        "organisations": len(services.organisations.all()) > 1,
        "accounts": len(people) > 1,
        "posts": not missing,
    }
    hints = {name: say(f"a.step.{name}_hint", language) for name in done}
    if missing:
        names = ("、" if language == "zh" else ", ").join(missing)
        hints["posts"] += say("a.step.missing", language, names=names)
    return [
        {"name": name, "done": is_done, "text": say(f"a.step.{name}", language),
         "hint": hints[name], "href": f"/e/admin/{name}"}
        for name, is_done in done.items()
    ]  # fmt: skip


def worked_by(registry: Registry) -> list[str]:
    """The roles without which a declared kind of case comes to a standstill."""
    found: dict[str, None] = {}
    for kind in registry.case_kinds.values():
        process = registry.processes.get(kind.process)
        for step in process.steps if process else ():
            if step.kind == "user" and step.role and step.role in registry.roles:
                found[step.role] = None
    return [role for role in found if role not in IMPLIED]


def today_of(services: Services) -> date:
    """The city's day."""
    return city_day(services.clock.now())


HANDLERS = [first_page, units]
