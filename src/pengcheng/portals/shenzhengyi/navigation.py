"""Who enters the officials' portal, and its navigation: what packs declare for the roles held.

A list's saved views become items of their own: those a person must act on stand under 我的, those
of the whole organisation under 本单位; every other screen stands under 应用.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.edge.asking import AnyRequest, services_of, signed_in
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Forbidden
from pengcheng.kernel.registry import Registry, Screen
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.kit import NavGroup, NavItem
from pengcheng.portals.pages import Frame
from pengcheng.portals.shenzhengyi.texts import say

PORTAL = "shenzhengyi"
COUNTED_FOR = timedelta(seconds=15)
COUNTS_KEPT_MAX = 5_000
CASE_SCREENS = ("list", "board", "map")
ICONS: Mapping[str, str] = {
    "list": "list-details", "board": "columns", "map": "map", "desk": "headset", "form": "edit",
}  # fmt: skip
ADMINISTERED: tuple[tuple[str, str, str], ...] = (
    ("organisation", "organisations", "sitemap"),
    ("account", "accounts", "users"),
    ("post", "posts", "id-badge-2"),
    ("role", "roles", "key"),
    ("role", "access", "eye"),
    ("area", "areas", "map"),
    ("calendar", "calendar", "calendar"),
    ("rule", "rules", "table"),
    ("process", "processes", "route"),
    ("process", "upgrades", "copy"),
    ("algorithm", "algorithms", "school"),
    ("parked", "parked", "hourglass"),
    ("webhook", "webhooks", "send"),
    ("log", "changes", "history"),
)
"""What an administrator keeps: (the type of the right, the page, its icon)."""

_counted: dict[tuple[UUID | None, int], tuple[datetime, dict[str, int]]] = {}


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One saved view of a declared list: its name and what it demands of a case."""

    screen: str
    kind: str
    name: str
    label: Words
    where: Mapping[str, str]
    sorts: bool = False

    @property
    def href(self) -> str:
        """Its address."""
        return f"/e/list/{self.screen}?view={self.name}"

    @property
    def is_mine(self) -> bool:
        """Whether it holds what one person must act on."""
        return self.where.get("account") == "me" or "step" in self.where


def official(request: AnyRequest) -> Actor:
    """The official who asks; others are told that this door is not theirs."""
    actor = signed_in(request)
    if actor.kind != "official":
        raise Forbidden("portal.officials_only")
    return actor


def screens_for(registry: Registry, actor: Actor, *kinds: str) -> list[Screen]:
    """The declared screens that a holder of these posts has, in their order."""
    found = [
        screen
        for screen in registry.screens.values()
        if screen.portal == PORTAL and (not kinds or screen.kind in kinds)
        if not screen.options.get("roles") or any(map(actor.holds, screen.options["roles"]))
    ]
    return sorted(found, key=lambda screen: (int(screen.options.get("order", 100)), screen.name))


def screen_of(registry: Registry, actor: Actor, name: str, *kinds: str) -> Screen:
    """One of them by its name."""
    found = next((s for s in screens_for(registry, actor, *kinds) if s.name == name), None)
    if found is None:
        raise Absent("screen.unknown", screen=name)
    return found


def views_of(screen: Screen) -> list[View]:
    """The saved views of a list of cases; a screen that declares none has one of all open ones."""
    declared = screen.options.get("views") or {}
    views = [
        View(
            screen=screen.name, kind=screen.of or "", name=name,
            label=words_in(view.get("name"), screen.label), where=dict(view.get("where") or {}),
            sorts=bool(view.get("sort")),
        )
        for name, view in declared.items()
    ]  # fmt: skip
    default = View(
        screen=screen.name, kind=screen.of or "", name="open", label=screen.label,
        where={"open": "true"},
    )  # fmt: skip
    # The store of declarations keeps no order of names: what one person must act on comes first.
    ordered = sorted(views, key=lambda view: (_rank(view), len(view.where), view.name))
    unique: dict[tuple[tuple[str, str], ...], View] = {}
    for view in ordered:
        unique.setdefault(tuple(sorted(view.where.items())), view)
    return list(unique.values()) or [default]


def _rank(view: View) -> int:
    where = view.where
    is_done = where.get("replied_at") == "true"
    tests = (
        where.get("account") == "me", "step" in where, "unit" in where and not is_done,
        "was_late" in where, not is_done,
    )  # fmt: skip
    return next((at for at, holds in enumerate(tests) if holds), len(tests))


def words_in(value: Any, otherwise: Words) -> Words:
    """A declared {zh, en}, or what stands for it."""
    if isinstance(value, Words):
        return value
    if isinstance(value, Mapping) and {"zh", "en"} <= set(value):
        return Words(str(value["zh"]), str(value["en"]))
    return otherwise


def query_of_view(actor: Actor, view: View) -> CaseQuery:
    """What a view demands, as a query."""
    where = view.where
    open_ = where.get("open")
    state = {"true": "open", "false": "closed"}.get(open_ or "", "open")
    if open_ == "true" and "replied_at" in where:
        state = "replied" if where["replied_at"] == "true" else "unanswered"
    if where.get("was_late") == "true" and open_ == "true":
        state = "late"
    return CaseQuery(
        kind=view.kind,
        state=state,
        mine=actor.account_id if where.get("account") == "me" else None,
        unit=unit_span(actor) if where.get("unit") == "mine" else None,
        step=where.get("step"),
        stage=where.get("stage"),
        channel=where.get("channel"),
        supervised=bool(where.get("supervised")),
        returned=bool(where.get("returns")),
    )


def unit_span(actor: Actor) -> tuple[int, int] | None:
    """The numbers of the organisation of the actor's first post and all beneath it."""
    spans = [post.organisations.spans for post in actor.posts if post.organisation_id]
    first = next((span for found in spans for span in found), None)
    return (first[0], first[1]) if first else None


def unit_name(services: Services, actor: Actor) -> str:
    """Where the actor serves, as the header shows it."""
    ids = [post.organisation_id for post in actor.posts if post.organisation_id]
    if not ids:
        return ""
    return services.organisations.of(ids[0]).name.in_(actor.language)


async def frame(request: AnyRequest, current: str) -> Frame:
    """The frame of a page: navigation with counts, search, the reader's organisation."""
    services, actor = services_of(request), official(request)
    await services.organisations.load()
    counts = await _counts(services, actor)
    return Frame(
        portal=PORTAL,
        groups=groups_of(services, actor, counts),
        current=current,
        unit=unit_name(services, actor),
        search_url="/e/search",
    )


def groups_of(services: Services, actor: Actor, counts: Mapping[str, int]) -> tuple[NavGroup, ...]:
    """The side navigation; a group without an item is left out."""
    language = actor.language
    views = working_views(services.registry, actor)
    mine = [_item(view, counts, language) for view in views if view.is_mine]
    if counts.get("tasks"):
        mine.append(_fixed("tasks", "/e/tasks", "clipboard-check", language, counts))
    mine.append(_fixed("messages", "/e/messages", "bell", language, counts))
    mine.append(_fixed("watched", "/e/watched", "star", language, counts))
    unit = [_item(view, counts, language) for view in views if not view.is_mine]
    types = kept_types(services, actor)
    shown = {view.href for view in views}
    applications = [
        _application(screen, counts, language)
        for screen in screens_for(services.registry, actor, "desk", *CASE_SCREENS)
        if screen not in types and not _is_listed(services.registry, screen, shown)
    ]
    kept = [_fixed("admin", "/e/admin", "settings", language, counts)] * administers(
        services, actor
    )
    pages = [
        _fixed(page, f"/e/admin/{page}", icon, language, counts)
        for type_, page, icon in ADMINISTERED
        if not services.rights.scope(actor, "read", type_).is_empty
    ]
    at = next((n for n, item in enumerate(pages) if item.code == "calendar"), len(pages))
    kept += [*pages[:at], *(_application(s, counts, language) for s in types), *pages[at:]]
    named = (("mine", mine), ("unit", unit), ("applications", applications), ("admin", kept))
    return tuple(
        NavGroup(text=say(f"e.nav.{name}", language), items=tuple(items))
        for name, items in named
        if items
    )


def _is_listed(registry: Registry, screen: Screen, shown: set[str]) -> bool:
    """Whether the views of a list of cases have items of their own already."""
    is_cases = screen.kind == "list" and screen.of in registry.case_kinds
    return is_cases and any(view.href in shown for view in views_of(screen))


def kept_types(services: Services, actor: Actor) -> list[Screen]:
    """The lists of declared types that the actor may fill from sheets: these are administered."""
    return [
        screen
        for screen in screens_for(services.registry, actor, "list")
        if (type_ := services.registry.types.get(screen.of or "")) is not None
        and type_.role == "object"
        and not services.rights.scope(actor, "import", type_.name).is_empty
    ]


def administers(services: Services, actor: Actor) -> bool:
    """Whether the first page of the administration has anything to show."""
    return bool(kept_types(services, actor)) or not all(
        services.rights.scope(actor, "read", type_).is_empty
        for type_ in ("organisation", "account", "post", "role")
    )


def working_views(registry: Registry, actor: Actor) -> list[View]:
    """The views of the first list of cases that the actor works in, without those whose step
    belongs to a role that the actor does not hold."""
    lists = [s for s in screens_for(registry, actor, "list") if s.of in registry.case_kinds]
    found: list[View] = []
    for screen in lists:
        process = registry.processes[registry.case_kind(screen.of or "").process]
        roles = {step.id: step.role for step in process.steps}
        for view in views_of(screen):
            role = roles.get(view.where.get("step", ""))
            if role is None or actor.holds(role):
                found.append(view)
    return found


def _item(view: View, counts: Mapping[str, int], language: Language) -> NavItem:
    key = f"{view.screen}.{view.name}"
    late = view.where.get("was_late") == "true"
    icon = "inbox" if view.where.get("account") == "me" else "users"
    icon = "file-check" if "step" in view.where else icon
    icon = "circle-check" if view.where.get("replied_at") == "true" else icon
    icon = "clock-exclamation" if late else "gavel" if view.where.get("supervised") else icon
    return NavItem(
        code=key, text=view.label.in_(language), href=view.href, icon=icon,
        count=counts.get(key, 0), late=late,
    )  # fmt: skip


def _application(screen: Screen, counts: Mapping[str, int], language: Language) -> NavItem:
    del counts
    is_case = screen.kind in CASE_SCREENS
    href = f"/e/desk/{screen.name}" if screen.kind == "desk" else f"/e/list/{screen.name}"
    icon = str(screen.options.get("icon") or ICONS.get(screen.kind, "apps"))
    return NavItem(
        code=f"screen.{screen.name}", text=screen.label.in_(language),
        href=f"/e/map/{screen.name}" if screen.kind == "map" and is_case else href, icon=icon,
    )  # fmt: skip


def _fixed(
    name: str, href: str, icon: str, language: Language, counts: Mapping[str, int]
) -> NavItem:
    text = say(f"e.nav.{name}", language)
    return NavItem(code=name, text=text, href=href, icon=icon, count=counts.get(name, 0))


async def _counts(services: Services, actor: Actor) -> dict[str, int]:
    """How many stand in each view; kept for a few seconds, so that paging counts nothing."""
    now = services.clock.now()
    key = (actor.account_id, services.registry.version)
    known = _counted.get(key)
    if known and now - known[0] < COUNTED_FOR:
        return known[1]
    counts: dict[str, int] = {}
    for view in working_views(services.registry, actor):
        scope = services.rights.scope(actor, "read", view.kind)
        query = query_of_view(actor, view)
        counts[f"{view.screen}.{view.name}"] = await services.cases.count(scope, query)
    counts["tasks"] = await _tasks(services, actor)
    counts["messages"] = await services.notices.unread(actor)
    if len(_counted) >= COUNTS_KEPT_MAX:
        _counted.clear()
    _counted[key] = (now, counts)
    return counts


async def _tasks(services: Services, actor: Actor) -> int:
    kinds: Sequence[str] = tuple(services.registry.case_kinds)
    found = [await services.tasking.pending(actor, services.rights, kind) for kind in kinds]
    return sum(len(rows) for rows in found)


def forget_counts(actor: Actor) -> None:
    """Count again at the next page, because this actor has just changed something."""
    for key in [key for key in _counted if key[0] == actor.account_id]:
        del _counted[key]
