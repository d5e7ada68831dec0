"""Word of new cases in a list, while it is open (server-sent events), and names of units."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from litestar import Response, get
from litestar.response import ServerSentEvent, ServerSentEventMessage

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import PengchengError
from pengcheng.portals.pages import Frame, render
from pengcheng.portals.shenzhengyi import verbs
from pengcheng.portals.shenzhengyi.asked import asked_of, narrowed
from pengcheng.portals.shenzhengyi.navigation import PORTAL, official, query_of_view, screen_of

LOOK_SECONDS = 5.0
LOOKS_MAX = 120
"""Ten minutes; the browser then opens the stream anew, with rights looked up again."""

SENT_MAX = 50


@get("/e/live/{name:str}")
async def live(request: AnyRequest, name: str) -> ServerSentEvent:
    """One event `case` for each case that comes into this list from now on."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    asked = asked_of(request, screen)
    scope = services.rights.scope(actor, "read", asked.kind)
    query = narrowed(query_of_view(actor, asked.view), asked, limit=SENT_MAX)
    return ServerSentEvent(_arrivals(services, scope, query, services.clock.now()))


async def _arrivals(
    services: Services, scope: Scope, query: CaseQuery, since: datetime
) -> AsyncIterator[ServerSentEventMessage]:
    told: set[str] = set()
    yield ServerSentEventMessage(event="open", data="", retry=int(LOOK_SECONDS * 1000))
    for _ in range(LOOKS_MAX):
        await asyncio.sleep(LOOK_SECONDS)
        asked = msgspec.structs.replace(query, arrived_after=since)
        try:
            page = await services.cases.page(scope, asked)
        except PengchengError:
            # The next look tells it: what arrived is not lost, `since` stays where it is.
            continue
        for line in page.cases:
            if line.code not in told:
                told.add(line.code)
                yield ServerSentEventMessage(event="case", id=line.code, data=line.code)


@get("/e/units")
async def units(request: AnyRequest) -> Response[str]:
    """Units by a part of their name, as choices of a form."""
    services = services_of(request)
    official(request)
    await services.organisations.load()
    text = request.query_params.get("unit_text", "")[:80]
    found = verbs.units_named(services, text)
    values = {"found": found, "text": text}
    return render(request, "shenzhengyi/units.html", Frame(portal=PORTAL), values)


HANDLERS = [live, units]
