"""The home of 深i企: what we must do and by when, our cases, whom I act for."""

from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, actor_of, services_of
from pengcheng.engines.cases import CaseQuery
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.portals.applicant import finding_pages, telling
from pengcheng.portals.applicant.side import Side, show, side_of
from pengcheng.portals.pages import form_of, go, texts_of

OPEN_MAX = 50
SHOWN_MAX = 8
DONE_MAX = 4


@get("/q/")
async def home(request: AnyRequest) -> Response[Any]:
    """The home page of an enterprise; who acts for none yet chooses one."""
    side = side_of(request)
    if not side.is_signed_in:
        values: dict[str, Any] = {"knowledge": await finding_pages.has_knowledge(side)}
        return await show(request, side, "shenqi/welcome.html", values, current="home")
    if not side.is_ready:
        return go("/q/choose")
    mine = await side.services.identity.enterprises_of(side.actor)
    cases = await _cases(side)
    todo = [case for case in cases if case["waiting"] or case["suspended"]]
    values = {
        "done": await _done(side),
        "under_way": len(cases) - len(todo),
        "enterprise": next((e for e in mine if e.id == side.actor.enterprise_id), None),
        "several": len(mine) > 1,
        "todo": sorted(todo, key=lambda case: case["accepted_at"]),
        "cases": [case for case in cases if case not in todo][:SHOWN_MAX],
        "more": max(0, len(cases) - len(todo) - SHOWN_MAX),
        "forms": side.screens("form"),
        "lists": side.screens("list"),
        "knowledge": await finding_pages.has_knowledge(side),
    }
    return await show(request, side, "shenqi/home.html", values, current="home")


async def _cases(side: Side) -> list[dict[str, Any]]:
    """The enterprise's open cases of every kind, newest first."""
    calendar = await side.services.calendars.current()
    found: list[dict[str, Any]] = []
    for screen in side.screens("page"):
        kind = str(screen.of)
        query = CaseQuery(kind=kind, order="accepted", limit=OPEN_MAX)
        page = await side.services.cases.page(side.scope("read", kind), query)
        found += [telling.summary(side, line, calendar) for line in page.cases]
    return sorted(found, key=lambda case: case["accepted_at"], reverse=True)


async def _done(side: Side) -> list[dict[str, Any]]:
    """What was closed last."""
    calendar = await side.services.calendars.current()
    found: list[dict[str, Any]] = []
    for screen in side.screens("page"):
        query = CaseQuery(kind=str(screen.of), order="closed", state="closed", limit=DONE_MAX)
        page = await side.services.cases.page(side.scope("read", str(screen.of)), query)
        found += [telling.summary(side, line, calendar) for line in page.cases]
    return sorted(found, key=lambda case: case["closed_at"], reverse=True)[:DONE_MAX]


@get("/q/choose")
async def choose(request: AnyRequest) -> Response[Any]:
    """The enterprises that I may act for; who acts for one alone is not asked which."""
    side = side_of(request)
    if not side.is_signed_in:
        return go("/sign-in?to=/q/choose")
    mine = await side.services.identity.enterprises_of(side.actor)
    if len(mine) == 1 and side.actor.enterprise_id is None:
        await side.services.identity.act_for(request.scope["state"]["token"], mine[0].id)
        return go("/q/")
    values = {"enterprises": mine, "current": side.actor.enterprise_id}
    return await show(request, side, "shenqi/choose.html", values, current="home")


@post("/q/choose", status_code=200)
async def chosen(request: AnyRequest) -> Response[bytes]:
    """Act for this enterprise from now on, or for myself again."""
    token: str = request.scope["state"]["token"]
    if actor_of(request).account_id is None:
        return go("/sign-in?to=/q/choose")
    form = texts_of(await form_of(request))
    try:
        await services_of(request).identity.act_for(token, to_id(form.get("enterprise", "")))
    except Refusal:
        return go("/q/choose?said=not_yours")
    return go("/q/")


HANDLERS = [home, choose, chosen]
