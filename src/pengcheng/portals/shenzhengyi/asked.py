"""What a list was asked for by its address: view, filters as chips, order, words, place in pages.

A link to a list is a link: the whole state stands in the query string, and every chip, sort and
page is another address made from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from pengcheng.edge.asking import AnyRequest, from_cursor, services_of, to_cursor
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.kernel.areas import area_span, is_area_code
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.registry import Registry, Screen
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.navigation import View, query_of_view, views_of
from pengcheng.portals.shenzhengyi.texts import say

LIMIT = 50
STATES = ("late", "watch", "suspended", "unanswered", "replied", "closed", "all")
ORDERS = ("due", "accepted", "closed")
URGENCIES = ("1", "2")
TEXT_MAX = 100
COLUMNS = (
    "code", "stage", "category", "category_confidence", "area", "unit", "account", "channel",
    "urgency", "dispatches", "returns", "accepted_at", "due_at", "replied_at", "closed_at",
    "satisfaction",
)  # fmt: skip
"""What a list of cases can show of each, besides its time left and title."""
LAYOUTS = ("list", "board")
Position = tuple[datetime, UUID]
Link = dict[str, Any]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A list as its address tells it. Unknown parameters and values are left out, not refused:
    an old link still opens."""

    screen: Screen
    view: View
    chosen: Mapping[str, str]
    order: str = "due"
    text: str = ""
    cursor: str = ""
    columns: tuple[str, ...] = ()
    layout: str = ""

    @property
    def kind(self) -> str:
        """The case kind that is listed."""
        return self.view.kind

    def query(self, **changes: str) -> str:
        """The query string with some parts changed; "" takes one away, and pages begin anew."""
        parts = {"view": self.view.name, **self.chosen, "order": self.order, "q": self.text,
                 "columns": ",".join(self.columns), "as": self.layout}  # fmt: skip
        parts |= {"cursor": self.cursor if not changes else ""} | changes
        if parts["order"] == "due":
            parts["order"] = ""
        return urlencode({name: value for name, value in parts.items() if value})

    def address(self, code: str = "", **changes: str) -> str:
        """The address of this list, or of one case beside it."""
        path = f"/e/list/{self.screen.name}" + (f"/{code}" if code else "")
        return f"{path}?{self.query(**changes)}"

    def beside(self, code: str, **more: str) -> str:
        """A case beside this very page of the list."""
        found = self.query()
        extra = urlencode({name: value for name, value in more.items() if value})
        return f"/e/list/{self.screen.name}/{code}?" + "&".join(p for p in (found, extra) if p)


def asked_of(request: AnyRequest, screen: Screen) -> Asked:
    """The list that a request asks for."""
    given = request.query_params
    views = views_of(screen)
    view = next((v for v in views if v.name == given.get("view")), views[0])
    registry = services_of(request).registry
    chosen = {
        name: value
        for name in filters_of(screen)
        if (value := given.get(name, "")) and is_value(registry, view.kind, name, value)
    }
    order = given.get("order", "due")
    return Asked(
        screen=screen,
        view=view,
        chosen=chosen,
        order=order if order in ORDERS else "due",
        text=given.get("q", "").strip()[:TEXT_MAX],
        cursor=given.get("cursor", ""),
        columns=columns_asked(given.get("columns", ""), given.getall("column", [])),
        layout=given.get("as", "") if given.get("as") in LAYOUTS else "",
    )


def columns_asked(listed: str, ticked: Sequence[str]) -> tuple[str, ...]:
    """The columns that an address names, in one parameter or as a form of ticks sends them."""
    return tuple(dict.fromkeys(name for name in (*listed.split(","), *ticked) if name in COLUMNS))


def filters_of(screen: Screen) -> tuple[str, ...]:
    """The filters of a list: those declared, and always the state of the clock."""
    return ("state", *screen.options.get("filters", ()))


def case_query(request: AnyRequest, actor: Actor, asked: Asked, limit: int = LIMIT) -> CaseQuery:
    """The list as the engine's query."""
    return narrowed(
        query_of_view(actor, asked.view),
        asked,
        after=position_of(request, asked),
        limit=limit,
    )


def narrowed(
    base: CaseQuery, asked: Asked, *, after: Position | None = None, limit: int = LIMIT
) -> CaseQuery:
    """A view's query with the chosen filters over it."""
    chosen = asked.chosen
    area = chosen.get("area")
    return msgspec.structs.replace(
        base,
        state=chosen.get("state", base.state),
        order=msgspec.convert(asked.order, type=Any),
        step=chosen.get("step", base.step),
        stage=chosen.get("stage", base.stage),
        channel=chosen.get("channel", base.channel),
        category=chosen.get("category_level1"),
        area=area_span(area) if area else None,
        urgency=int(chosen["urgency"]) if "urgency" in chosen else None,
        supervised="supervised" in chosen or base.supervised,
        text=asked.text or None,
        limit=limit,
        after=after,
    )


def position_of(request: AnyRequest, asked: Asked) -> Position | None:
    """Where a page goes on; a forged or foreign cursor is refused."""
    if not asked.cursor:
        return None
    found: Position = from_cursor(services_of(request), purpose(asked), asked.cursor, Position)
    return found


def next_address(services: Services, asked: Asked, position: Position | None) -> str:
    """The address of the next page; "" at the end."""
    if position is None:
        return ""
    return asked.address(cursor=to_cursor(services, purpose(asked), position))


def purpose(asked: Asked) -> str:
    """What a cursor of this list is signed for."""
    return f"e:{asked.screen.name}:{asked.view.name}:{asked.order}"


def chips(services: Services, asked: Asked, language: Language) -> list[Link]:
    """The chosen filters with the address without each."""
    made = [
        {"text": value_text(services, asked.kind, name, value, language),
         "href": asked.address(**{name: ""})}
        for name, value in asked.chosen.items()
    ]  # fmt: skip
    if asked.text:
        made.append({"text": f"“{asked.text}”", "href": asked.address(q="")})
    return made


def groups(services: Services, actor: Actor, asked: Asked) -> list[Link]:
    """What can be filtered by, each value with its address."""
    language = actor.language
    found = []
    for name in filters_of(asked.screen):
        options = [
            {"text": value_text(services, asked.kind, name, value, language),
             "href": asked.address(**{name: value}), "chosen": asked.chosen.get(name) == value}
            for value in values_of(services, actor, asked.kind, name)
        ]  # fmt: skip
        if options:
            found.append(
                {"text": filter_label(services.registry, asked.kind, name, language),
                 "options": options}
            )  # fmt: skip
    return found


def saved(asked: Asked, language: Language) -> list[Link]:
    """The declared views of the list."""
    return [
        {"text": view.label.in_(language), "href": view.href} for view in views_of(asked.screen)
    ]


def sorting(asked: Asked, language: Language) -> Link:
    """The orders of the list."""
    orders = ORDERS if asked.chosen.get("state") in {"closed", "all"} else ORDERS[:2]
    return {
        "text": say(f"e.order.{asked.order}", language),
        "options": [
            {"text": say(f"e.order.{order}", language), "href": asked.address(order=order),
             "chosen": order == asked.order}
            for order in orders
        ],
    }  # fmt: skip


def filter_label(registry: Registry, kind: str, name: str, language: Language) -> str:
    """What a filter is called."""
    attribute = registry.type_(kind).attribute(name)
    return attribute.label.in_(language) if attribute else say(f"e.filter.{name}", language)


def values_of(services: Services, actor: Actor, kind: str, name: str) -> Iterable[str]:
    """The values that a filter offers."""
    registry = services.registry
    process = registry.processes[registry.case_kind(kind).process]
    fixed: Mapping[str, Iterable[str]] = {
        "state": STATES,
        "urgency": URGENCIES,
        "supervised": ("1",),
        "step": [step.id for step in process.steps if step.kind != "end"],
        "stage": [code for code, _ in process.stages],
        "channel": registry.case_kind(kind).channels,
    }
    if name in fixed:
        return fixed[name]
    if name == "area":
        return areas_of(services, actor)
    attribute = registry.type_(kind).attribute(name)
    if attribute is None or attribute.code_list is None:
        return ()
    return [code.code for code in registry.code_lists[attribute.code_list].codes]


def areas_of(services: Services, actor: Actor) -> list[str]:
    """The divisions beneath the area of the actor's organisation: one level down."""
    ids = [post.organisation_id for post in actor.posts if post.organisation_id]
    if not ids:
        return []
    top = services.organisations.of(ids[0]).area_code
    return [area.code for area in services.areas.children(top)]


def is_value(registry: Registry, kind: str, name: str, value: str) -> bool:
    """Whether a filter may have this value."""
    if name == "area":
        return is_area_code(value)
    process = registry.processes[registry.case_kind(kind).process]
    fixed: Mapping[str, Iterable[str]] = {
        "state": STATES,
        "urgency": URGENCIES,
        "supervised": ("1",),
        "step": [step.id for step in process.steps],
        "stage": [code for code, _ in process.stages],
        "channel": registry.case_kind(kind).channels,
    }
    if name in fixed:
        return value in fixed[name]
    attribute = registry.type_(kind).attribute(name)
    if attribute is None or attribute.code_list is None:
        return False
    return registry.code_lists[attribute.code_list].label_of(value) is not None


def step_text(registry: Registry, kind: str, step: str, language: Language) -> str:
    """A step in a list, where cases of several versions of a process stand together."""
    found = registry.step_of(kind, step)
    return found.label.in_(language) if found else step


def value_text(services: Services, kind: str, name: str, value: str, language: Language) -> str:
    """A filter's value as its chip says it."""
    registry = services.registry
    process = registry.processes[registry.case_kind(kind).process]
    if name in {"state", "urgency", "supervised"}:
        return say(f"e.{name}.{value}", language)
    if name == "area":
        return services.areas.name_of(value).in_(language)
    if name == "step":
        return step_text(registry, kind, value, language)
    if name == "stage":
        return dict(process.stages)[value].in_(language)
    if name == "channel":
        return channel_text(registry, value, language)
    attribute = registry.type_(kind).attribute(name)
    code_list = registry.code_lists.get(attribute.code_list or "") if attribute else None
    label = code_list.label_of(value) if code_list else None
    return label.in_(language) if label else value


def channel_text(registry: Registry, channel: str, language: Language) -> str:
    """What a channel is called."""
    channels = registry.code_lists.get("channels")
    label = channels.label_of(channel) if channels else None
    return label.in_(language) if label else channel
