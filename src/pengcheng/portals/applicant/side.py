"""Which portal is asked, as whom, and what its pages say of themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response

from pengcheng.edge.asking import AnyRequest, actor_of, services_of
from pengcheng.edge.services import Services
from pengcheng.kernel.authz import GUEST, Actor, Post, Scope
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import Screen
from pengcheng.kernel.words import Language
from pengcheng.portals.kit import NavItem
from pengcheng.portals.kit.texts import filled
from pengcheng.portals.pages import Frame, environment, portal_of, render

PREFIXES: Mapping[str, str] = {"ishenzhen": "/i", "shenqi": "/q"}
LAYOUTS: Mapping[str, str] = {
    "ishenzhen": "kit/layouts/citizen.html",
    "shenqi": "kit/layouts/enterprise.html",
}


def paths(rest: str) -> list[str]:
    """An address on both portals."""
    return [f"{prefix}{rest}" for prefix in PREFIXES.values()]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One request's portal and asker. `actor` is the person on i深圳 and the enterprise acted for
    on 深i企, whatever else the account may do: an official is a citizen here."""

    portal: str
    prefix: str
    actor: Actor
    services: Services
    language: Language
    now: datetime

    @property
    def is_signed_in(self) -> bool:
        return self.actor.account_id is not None

    @property
    def is_ready(self) -> bool:
        """Whether it is known for whom the asker acts."""
        needed = self.portal == "shenqi"
        return self.is_signed_in and (not needed or self.actor.enterprise_id is not None)

    def scope(self, action: str, type_name: str) -> Scope:
        """The asker's own scope."""
        return self.services.rights.scope(self.actor, action, type_name)

    def screens(self, kind: str) -> list[Screen]:
        """The screens of one sort that packs declare here for case kinds (cards: for whatever
        is counted), in their order."""
        registry = self.services.registry
        found = [
            screen
            for screen in registry.screens.values()
            if screen.portal == self.portal
            and screen.kind == kind
            and (screen.of in registry.case_kinds or kind == "card")
        ]
        return sorted(found, key=lambda screen: (screen.options.get("order", 100), screen.name))

    def screen(self, name: str, kind: str) -> Screen:
        """A declared screen by its name; `Absent` when this portal has none such."""
        found = next((screen for screen in self.screens(kind) if screen.name == name), None)
        if found is None:
            raise Absent("request.no_such_page")
        return found

    def screen_of(self, case_kind: str, kind: str) -> Screen | None:
        """The first screen of a sort for a case kind."""
        return next((screen for screen in self.screens(kind) if screen.of == case_kind), None)

    def case_kind(self, name: str) -> str:
        """A case kind that this portal shows; `Absent` for any other."""
        if self.screen_of(name, "page") is None:
            raise Absent("request.no_such_page")
        return name

    def say(self, key: str, **facts: Any) -> str:
        """A text of the portal in the reader's language."""
        text: Any = environment().globals["words"][key]
        return filled(text, self.language, facts)

    def unit(self, organisation_id: Any) -> str:
        """The name of an organisation."""
        try:
            return self.services.organisations.of(organisation_id).name.in_(self.language)
        except Absent:
            return ""


def side_of(request: AnyRequest) -> Side:
    """The side that a request is on."""
    portal = portal_of(request)
    services, actor = services_of(request), actor_of(request)
    return Side(
        portal=portal,
        prefix=PREFIXES[portal],
        actor=as_person(actor) if portal == "ishenzhen" else as_enterprise(actor),
        services=services,
        language=actor.language,
        now=services.clock.now(),
    )


def as_person(actor: Actor) -> Actor:
    """The natural person of an account, with a citizen's rights and no others."""
    if actor.account_id is None:
        return GUEST
    return msgspec.structs.replace(
        actor, kind="citizen", enterprise_id=None, posts=(Post(role="citizen"),)
    )


def as_enterprise(actor: Actor) -> Actor:
    """The enterprise that an account acts for now; the person until one is chosen."""
    if actor.enterprise_id is None:
        return as_person(actor)
    return msgspec.structs.replace(actor, posts=(Post(role="enterprise_member"),))


async def show(
    request: AnyRequest,
    side: Side,
    template: str,
    values: Mapping[str, Any],
    *,
    current: str = "",
    status: int = 200,
) -> Response[str]:
    """A page of this side: its frame, who asks, and what the page gives."""
    frame = await frame_of(side, current)
    given = {
        "prefix": side.prefix,
        "layout": LAYOUTS[side.portal],
        "signed_in": side.is_signed_in,
        "said": request.query_params.get("said", ""),
        **values,
    }
    return render(request, template, frame, given, status=status)


async def frame_of(side: Side, current: str) -> Frame:
    """Navigation with what waits unread."""
    unread = await side.services.notices.unread(side.actor) if side.is_signed_in else 0
    items = [("home", "home", "/"), ("mine", "clipboard-list", "/mine")]
    items += [("messages", "message-circle", "/messages"), ("me", "user", "/me")]
    navigation = tuple(
        NavItem(
            code=code,
            text=side.say(f"applicant.nav.{code}"),
            href=f"{side.prefix}{path}",
            icon=icon,
            count=unread if code == "messages" else 0,
        )
        for code, icon, path in items
    )
    return Frame(
        portal=side.portal,
        navigation=navigation,
        current=current,
        search_url=f"{side.prefix}/search",
        unit=await _acted_for(side),
    )


async def _acted_for(side: Side) -> str:
    if side.actor.enterprise_id is None:
        return ""
    mine = await side.services.identity.enterprises_of(side.actor)
    return next((item.name for item in mine if item.id == side.actor.enterprise_id), "")
