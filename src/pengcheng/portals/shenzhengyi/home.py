"""Where an official begins: what waits for them, else what they administer."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.portals.pages import go, is_telephone
from pengcheng.portals.shenzhengyi.navigation import (
    CASE_SCREENS,
    View,
    administers,
    official,
    query_of_view,
    screens_for,
    working_views,
)


@get(["/e/", "/e"])
async def home(request: AnyRequest) -> Response[Any]:
    """The first page of whoever signs in here."""
    services, actor = services_of(request), official(request)
    views = working_views(services.registry, actor)
    first = screens_for(services.registry, actor, "desk", *CASE_SCREENS)
    if actor.holds("grid_worker"):
        return go("/e/tasks")
    desks = screens_for(services.registry, actor, "desk")
    if desks:
        return go(f"/e/desk/{desks[0].name}")
    if views:
        return go(await _first_work(request, views))
    if administers(services, actor):
        return go("/e/admin")
    if first:
        name = first[0].name
        return go(f"/e/map/{name}" if first[0].kind == "map" else f"/e/list/{name}")
    return go("/e/watched")


async def _first_work(request: AnyRequest, views: Sequence[View]) -> str:
    """The first view that holds anything: on a desk with its first case beside the list."""
    services, actor = services_of(request), official(request)
    for view in views:
        scope = services.rights.scope(actor, "read", view.kind)
        query = msgspec.structs.replace(query_of_view(actor, view), limit=1)
        page = await services.cases.page(scope, query)
        if page.cases:
            path = f"/e/list/{view.screen}"
            path += "" if is_telephone(request) else f"/{page.cases[0].code}"
            return f"{path}?view={view.name}"
    return views[0].href


HANDLERS = [home]
