"""Pages beside the workbench: one's own list, searching, maps, several cases at once, oneself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.ground.database import Row
from pengcheng.kernel.authz import PERSONAL, Scope
from pengcheng.kernel.errors import Absent
from pengcheng.portals.pages import form_of, go, render
from pengcheng.portals.shenzhengyi import case_view, knowing, process_tab, verbs
from pengcheng.portals.shenzhengyi.asked import asked_of, chips, groups, narrowed
from pengcheng.portals.shenzhengyi.conduct import chosen_cases
from pengcheng.portals.shenzhengyi.navigation import (
    frame,
    official,
    query_of_view,
    screen_of,
    unit_name,
)
from pengcheng.portals.shenzhengyi.rows import rows_of
from pengcheng.portals.shenzhengyi.texts import say

FOUND_MAX = 50
POINTS_MAX = 1_000
LISTED_MAX = 100


@get("/e/watched")
async def watched(request: AnyRequest) -> Response[Any]:
    """The reader's own list."""
    services, actor = services_of(request), official(request)
    rows = []
    calendar = await services.calendars.current()
    for kind in services.registry.case_kinds:
        scope = services.rights.scope(actor, "read", kind)
        if actor.person_id is None or scope.is_empty:
            continue
        query = CaseQuery(kind=kind, state="all", followed_by=actor.person_id, limit=FOUND_MAX)
        page = await services.cases.page(scope, query)
        rows += rows_of(
            services, page.cases, actor.language, calendar,
            href=lambda code, kind=kind: f"/e/case/{kind}/{code}",
        )  # fmt: skip
    values = {"title": say("e.nav.watched", actor.language), "rows": rows, "records": [],
              "q": "", "empty": say("e.watched.none", actor.language)}  # fmt: skip
    return render(request, "shenzhengyi/found.html", await frame(request, "watched"), values)


@get("/e/search")
async def search(request: AnyRequest) -> Response[Any]:
    """Cases and records by their words, within the reader's scope; by number, straight there."""
    services, actor = services_of(request), official(request)
    text = request.query_params.get("q", "").strip()[:100]
    rows, records = [], []
    calendar = await services.calendars.current()
    for kind in services.registry.case_kinds:
        scope = services.rights.scope(actor, "search", kind)
        if not text or scope.is_empty:
            continue
        if await _is_number(services, scope, text):
            return go(f"/e/case/{kind}/{text}")
        hits = await services.search.find(scope, text, limit=FOUND_MAX)
        rows += rows_of(
            services, await services.cases.lines(scope, [hit.id for hit in hits]),
            actor.language, calendar, href=lambda code, kind=kind: f"/e/case/{kind}/{code}",
        )  # fmt: skip
        records += [
            {"title": item.title, "href": f"/e/records/{item.type}/{item.code}", "at": None}
            for item in await knowing.articles(services, actor, kind, text)
        ]
    values = {"title": say("e.search.title", actor.language), "rows": rows, "records": records,
              "q": text, "empty": say("e.search.none", actor.language)}  # fmt: skip
    return render(request, "shenzhengyi/found.html", await frame(request, ""), values)


async def _is_number(services: Services, scope: Scope, text: str) -> bool:
    """Whether this is the number of a case that the scope holds."""
    try:
        return (await services.cases.get(scope, id_or_code(text))).code == text
    except Absent:
        return False


@get("/e/map/{name:str}")
async def mapped(request: AnyRequest, name: str) -> Response[Any]:
    """The cases of a declared map where they are, and the same as a list."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "map")
    asked = asked_of(request, screen)
    scope = services.rights.scope(actor, "read", asked.kind)
    query = narrowed(query_of_view(actor, asked.view), asked, limit=LISTED_MAX)
    points = await services.cases.points(scope, query, limit=POINTS_MAX)
    page = await services.cases.page(scope, query)
    calendar, now = await services.calendars.current(), services.clock.now()
    values = {
        "title": screen.label.in_(actor.language),
        "screen": screen,
        "asked": asked,
        "chips": chips_at(chips(services, asked, actor.language), name),
        "groups": [
            {**group, "options": chips_at(group["options"], name)}
            for group in groups(services, actor, asked)
        ],
        "points": [
            {"at": [p["lon"], p["lat"]], "text": p["title"],
             "href": f"/e/case/{asked.kind}/{p['code']}", "state": _state(p, now)}
            for p in points
        ],
        "rows": rows_of(
            services, page.cases, actor.language, calendar,
            href=lambda code: f"/e/case/{asked.kind}/{code}",
        ),
        "around": _around(points),
    }  # fmt: skip
    shown = await frame(request, f"screen.{name}")
    return render(request, "shenzhengyi/map.html", shown, values)


def _around(points: Sequence[Row]) -> dict[str, Any]:
    """Where the map opens: on all its points, a single one from near; without any, the city."""
    if not points:
        return {}
    west, east = min(p["lon"] for p in points), max(p["lon"] for p in points)
    south, north = min(p["lat"] for p in points), max(p["lat"] for p in points)
    if len(points) == 1:
        return {"center": [west, south], "zoom": 14}
    return {"bounds": [west, south, east, north]}


def _state(point: Row, now: datetime) -> str:
    """Late or not, for one point of a map; a point also leads to the words."""
    is_late = point["due_at"] is not None and point["due_at"] < now
    return "late" if is_late and point["replied_at"] is None else "good"


def chips_at(items: Any, name: str) -> list[dict[str, Any]]:
    """The links of a list's filters, leading to the map of the same screen."""
    return [
        {**item, "href": item["href"].replace(f"/e/list/{name}", f"/e/map/{name}")}
        for item in items
    ]


@post("/e/list/{name:str}/chosen", status_code=200)
async def chosen(request: AnyRequest, name: str) -> Response[Any]:
    """What to do with several cases at once: the declared verbs with what they ask for."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    kind = screen.of or ""
    asked = asked_of(request, screen)
    form = await form_of(request)
    picked = chosen_cases(form)
    process = services.registry.processes[services.registry.case_kind(kind).process]
    names = [*(screen.options.get("batch") or ()), "take", "assign", "note"]
    offered = [
        verbs.Verb(
            name=verb, label=verbs.verb_label(process, verb).in_(actor.language),
            asks=verbs.asks_of(process, verb),
        )
        for verb in dict.fromkeys(names)
        if verb != "accept" and not services.rights.scope(actor, verb, kind).is_empty
    ]  # fmt: skip
    lines = []
    scope = services.rights.scope(actor, "read", kind)
    for code, _ in picked[:LISTED_MAX]:
        lines.append(await services.cases.get(scope, code))
    current = offered[0] if offered else None
    people = []
    if lines:
        found = await services.people.colleagues(actor, lines[0].organisation_no)
        named = {item.account_id: item.person_name for item in found}
        people = [{"value": str(key), "text": value} for key, value in named.items()]
    values = {
        "title": say("e.batch.title", actor.language),
        "asked": asked,
        "verbs": offered,
        "verb": current,
        "cases": lines,
        "picked": [f"{code}:{version}" for code, version in picked],
        "back": asked.query(),
        "colleagues": people,
        "categories": process_tab.categories(services.registry, kind, actor.language),
        "grades": [],
        "part_fields": (),
        "options": {
            verb.name: process_tab.options_of(services.registry, kind, verb, actor.language)
            for verb in offered
        },
        "unit": case_view.organisation_text,
    }
    shown = await frame(request, f"{name}.{asked.view.name}")
    return render(request, "shenzhengyi/chosen.html", shown, values)


@get("/e/me")
async def me(request: AnyRequest) -> Response[Any]:
    """Oneself: posts, what they let one read, password, signing out."""
    services, actor = services_of(request), official(request)
    roles = services.registry.roles
    posts = [
        {"role": roles[p.role].in_(actor.language) if p.role in roles else p.role,
         "unit": case_view.organisation_text(services, p.organisation_id, actor.language)
         if p.organisation_id else ""}
        for p in actor.posts
    ]  # fmt: skip
    kinds = [
        services.registry.types[kind].label.in_(actor.language)
        for kind in services.registry.case_kinds
        if services.rights.scope(actor, "read", kind).sensitivity >= PERSONAL
    ]
    values = {"posts": posts, "kinds": kinds, "unit": unit_name(services, actor)}
    shown = await frame(request, "me")
    return render(request, "shenzhengyi/me.html", shown, values)


HANDLERS = [watched, search, mapped, chosen, me]
