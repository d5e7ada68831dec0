"""Who enters the command portal, what packs declare for it, and the frame of its pages."""

from collections.abc import Sequence
from urllib.parse import quote

from pengcheng.edge.asking import AnyRequest, services_of, signed_in
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.errors import Absent, Forbidden
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import Registry, Screen
from pengcheng.portals.kit import NavItem
from pengcheng.portals.pages import Frame
from pengcheng.portals.shenzhihui.names import Names

PORTAL = "shenzhihui"
BLOCKS_MAX = 6
HOME = "/h/"


def commander(request: AnyRequest) -> Actor:
    """The official who asks, who must be one who may read figures; others are told so."""
    actor = signed_in(request)
    if actor.kind != "official" or figure_scope(request, actor).is_empty:
        raise Forbidden("portal.officials_only")
    return actor


def figure_scope(request: AnyRequest, actor: Actor) -> Scope:
    """The part of the city whose figures an actor may read."""
    return services_of(request).rights.scope(actor, "read", "indicator")


def case_scope(request: AnyRequest, actor: Actor, kind: str) -> Scope:
    """The cases of a kind that an actor may read."""
    return services_of(request).rights.scope(actor, "read", kind)


def screens(registry: Registry, actor: Actor, kind: str, pack: str = "") -> list[Screen]:
    """The screens of a kind (card, map) that packs declare for this portal, in their order."""
    found = [
        screen
        for screen in registry.screens.values()
        if screen.portal == PORTAL and screen.kind == kind and pack in {"", screen.pack}
        if not screen.options.get("roles") or any(map(actor.holds, screen.options["roles"]))
    ]
    return sorted(found, key=lambda item: (int(item.options.get("order", 100)), item.name))


def case_kinds(registry: Registry, shown: Sequence[Screen]) -> list[str]:
    """The kinds of cases that screens are of, in order, each once."""
    return list(dict.fromkeys(s.of for s in shown if s.of in registry.case_kinds if s.of))


def indicator_of(registry: Registry, name: str) -> Indicator:
    """A declared indicator; `Absent` when no pack declares it."""
    found = registry.indicators.get(name)
    if found is None:
        raise Absent("indicator.unknown", name=name)
    return found


def indicators(registry: Registry, pack: str = "") -> list[Indicator]:
    """The declared indicators of cases, in the order of their declaration."""
    return [
        item
        for item in registry.indicators.values()
        if item.of in registry.case_kinds and item.measure != "ratio" and pack in {"", item.pack}
    ]


def frame_of(request: AnyRequest, names: Names, current: str) -> Frame:
    """The city first, then one tab for each pack that declares cards; the pages that print last."""
    registry, actor = services_of(request).registry, signed_in(request)
    packs = dict.fromkeys(screen.pack for screen in screens(registry, actor, "card"))
    items = [NavItem(code="city", text=names.say("h.nav.city"), href=HOME)]
    items += [
        NavItem(
            code=f"pack.{pack}",
            text=registry.packs[pack].label.in_(names.language),
            href=f"{HOME}p/{quote(pack)}",
        )
        for pack in packs
        if pack in registry.packs
    ]
    items += [
        NavItem(code="figures", text=names.say("h.nav.figures"), href=f"{HOME}figures"),
        NavItem(code="reports", text=names.say("h.nav.reports"), href=f"{HOME}reports"),
    ]
    return Frame(portal=PORTAL, navigation=tuple(items), current=current)
