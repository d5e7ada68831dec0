"""Views of lists that an official keeps: a link to a list with a name of one's own."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.identity import KeptViews
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.portals.pages import faults_by_field, form_of, go, own_address, render, texts_of
from pengcheng.portals.shenzhengyi.navigation import frame, official, screen_of

LEFT_OUT = {"cursor", "said", "done", "lost", "undo"}
"""What an address says of one moment, not of the list."""


async def links(services: Services, actor: Actor, screen: str) -> list[dict[str, Any]]:
    """The kept views of a list, as links."""
    found = await KeptViews(services.database).of(actor)
    return [
        {"text": view.name, "href": f"/e/list/{screen}?{view.query}"}
        for view in found
        if view.screen == screen
    ]


@get("/e/views")
async def kept_views(request: AnyRequest) -> Response[Any]:
    """Every view that one keeps, to open or take away."""
    services, actor = services_of(request), official(request)
    registry = services.registry
    rows = [
        {"id": view.id, "name": view.name, "href": f"/e/list/{view.screen}?{view.query}",
         "list": registry.screens[view.screen].label.in_(actor.language)}
        for view in await KeptViews(services.database).of(actor)
        if view.screen in registry.screens
    ]  # fmt: skip
    given = request.query_params
    again = {name: given.get(name, "") for name in ("screen", "name", "query")}
    values = {"rows": rows, "undo": f"/e/views/again?{urlencode(again)}" if again["name"] else ""}
    return render(request, "shenzhengyi/kept.html", await frame(request, "me"), values)


@get("/e/views/{name:str}")
async def name_it(request: AnyRequest, name: str) -> Response[Any]:
    """Ask for the name of the view that the address describes."""
    return await _asked(request, name, {}, "")


async def _asked(
    request: AnyRequest, name: str, faults: dict[str, str], typed: str, *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    query = _plain(request.url.query)
    values = {
        "back": f"/e/list/{name}?{query}", "action": f"/e/views/{name}?{query}", "faults": faults,
        "typed": typed, "list_name": screen.label.in_(actor.language),
    }  # fmt: skip
    shown = await frame(request, "me")
    return render(request, "shenzhengyi/keep_view.html", shown, values, status=status)


@post("/e/views/{name:str}", status_code=200)
async def keep(request: AnyRequest, name: str) -> Response[Any]:
    """Keep the view under a name, in the place of one of the same name."""
    services, actor = services_of(request), official(request)
    screen_of(services.registry, actor, name, "list", "board")
    typed, query = texts_of(await form_of(request)).get("name", ""), _plain(request.url.query)
    try:
        await KeptViews(services.database).keep(actor, name, typed, query)
    except Refusal as failure:
        faults = faults_by_field(request, failure.faults)
        return await _asked(request, name, faults, typed, status=failure.status)
    return go(f"/e/list/{name}?{query}&said=kept")


@post("/e/views/drop/{key:str}", status_code=200)
async def drop(request: AnyRequest, key: str) -> Response[Any]:
    """Take a view away; the page offers to bring it back."""
    services, actor = services_of(request), official(request)
    gone = await KeptViews(services.database).drop(actor, to_id(key))
    told = urlencode({"screen": gone.screen, "name": gone.name, "query": gone.query})
    return go(f"/e/views?{told}")


@post("/e/views/again", status_code=200)
async def again(request: AnyRequest) -> Response[Any]:
    """Bring back a view that was just taken away."""
    services, actor = services_of(request), official(request)
    given = request.query_params
    screen = screen_of(services.registry, actor, given.get("screen", ""), "list", "board")
    query = _plain(given.get("query", ""))
    await KeptViews(services.database).keep(actor, screen.name, given.get("name", ""), query)
    return go(own_address("/e/views"))


def _plain(query: str) -> str:
    """The query string without what is of one moment only."""
    return urlencode([(name, value) for name, value in parse_qsl(query) if name not in LEFT_OUT])


HANDLERS = [kept_views, name_it, keep, drop, again]
