"""The home of i深圳: what waits for me, what is under way, what can be done here."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.cases import Action, CaseQuery, MatterQuery
from pengcheng.kernel.areas import area_span, is_area_code
from pengcheng.kernel.errors import Absent, Conflict, Refusal
from pengcheng.kernel.texts import natural
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.portals.applicant import figure_pages, finding_pages, list_pages, telling
from pengcheng.portals.applicant.opening_figures import DAYS, open_figures
from pengcheng.portals.applicant.side import Side, show, side_of
from pengcheng.portals.pages import form_of, go, texts_of

OPEN_MAX = 20
SHOWN_MAX = 4
AROUND_MAX = 3
PARTS_OF_DAY = ((5, "night"), (9, "morning"), (12, "forenoon"), (14, "noon"), (18, "afternoon"),
                (24, "evening"))  # fmt: skip
ICONS = {"form": "message-report", "list": "list-details", "map": "map-pin"}


@get("/i/")
async def home(request: AnyRequest) -> Response[str]:
    """The home page."""
    side = side_of(request)
    person = await side.services.identity.person_of(side.actor)
    area = person.area_code if person else None
    cases = await under_way(side) if side.is_signed_in else []
    quiet = [case for case in cases if not case["waiting"] and not case["suspended"]]
    values = {
        "greeting": greeting(side, person.name if person else ""),
        "area": side.services.areas.name_of(area).in_(side.language) if area else "",
        "waiting": [case for case in cases if case["waiting"] or case["suspended"]],
        "cases": quiet[:SHOWN_MAX],
        "count": len(quiet),
        "first": first_act(side),
        "tiles": await tiles(side),
        "around": await around(side, area),
        "figures": [figure_pages.short(side, item) for item in await open_figures(side)],
        "days": DAYS,
    }
    return await show(request, side, "ishenzhen/home.html", values, current="home")


def greeting(side: Side, name: str) -> str:
    """Good afternoon, by the city's clock."""
    hour = side.now.astimezone(CITY_ZONE).hour
    part = next(part for ends, part in PARTS_OF_DAY if hour < ends)
    said = side.say(f"ishenzhen.greeting.{part}")
    return side.say("ishenzhen.greeting.named", greeting=said, name=name) if name else said


async def under_way(side: Side) -> list[dict[str, Any]]:
    """My open cases of every kind, newest first."""
    calendar = await side.services.calendars.current()
    found: list[dict[str, Any]] = []
    for screen in side.screens("page"):
        kind = str(screen.of)
        query = CaseQuery(kind=kind, order="accepted", limit=OPEN_MAX)
        page = await side.services.cases.page(side.scope("read", kind), query)
        found += [telling.summary(side, line, calendar) for line in page.cases]
    return sorted(found, key=lambda case: case["accepted_at"], reverse=True)


def first_act(side: Side) -> dict[str, str] | None:
    """The one thing that most come for: the first form that a pack declares here."""
    screen = next(iter(side.screens("form")), None)
    if screen is None:
        return None
    page: Mapping[str, Any] = next(iter(screen.options.get("pages", ())), {})
    hint = page.get("hint") or page.get("name") or {}
    return {
        "title": screen.label.in_(side.language),
        "text": str(hint.get(side.language, "")),
        "icon": str(screen.options.get("icon") or ICONS["form"]),
        "href": f"{side.prefix}/new/{screen.name}",
    }


async def around(side: Side, area: str | None) -> dict[str, Any] | None:
    """The newest public matters of the district where somebody lives, else of the city."""
    screen = next(iter(side.screens("map")), None)
    if screen is None:
        return None
    scope = side.scope("read_public", str(screen.of))
    district = f"{area[:6]}000000" if area and is_area_code(area) else ""
    href = f"{side.prefix}/near/{screen.name}"
    query = MatterQuery(limit=AROUND_MAX, area=area_span(district) if district else None)
    found = await side.services.matters.newest(scope, query)
    if not found:
        return None
    stages = dict(telling.process_of(side, str(screen.of)).stages)
    name = side.services.areas.of(district).name.in_(side.language) if district else ""
    shown = [list_pages.matter_line(side, matter, stages) for matter in found]
    return {"area": name, "href": href, "matters": shown}


async def tiles(side: Side) -> list[dict[str, str]]:
    """The services that packs fill here besides the first act, and no others."""
    found = [
        {
            "text": screen.label.in_(side.language),
            "icon": str(screen.options.get("icon") or ICONS[kind]),
            "href": f"{side.prefix}/{path}/{screen.name}",
        }
        for kind, path in (("form", "new"), ("list", "mine"), ("map", "near"))
        for screen in side.screens(kind)[1 if kind == "form" else 0 :]
        if kind != "list" or side.is_signed_in
    ]
    if await finding_pages.has_knowledge(side):
        found.append({"text": side.say("applicant.knowledge.title"), "icon": "bulb",
                      "href": f"{side.prefix}/knowledge"})  # fmt: skip
    if await open_figures(side):
        found.append({"text": side.say("applicant.figures.heading"), "icon": "chart-bar",
                      "href": f"{side.prefix}/figures"})  # fmt: skip
    if not side.is_signed_in:
        found.append({"text": side.say("applicant.lookup.title"), "icon": "receipt",
                      "href": f"{side.prefix}/lookup"})  # fmt: skip
    return found


@post("/i/answer/{kind:str}/{code:str}", status_code=200)
async def answer(request: AnyRequest, kind: str, code: str) -> Response[bytes]:
    """Is it solved? Yes confirms at once; no leads to where one says what is missing."""
    side = side_of(request)
    kind = side.case_kind(kind)
    form = texts_of(await form_of(request))
    own = f"{side.prefix}/cases/{kind}/{code}"
    if form.get("answer") != "yes":
        return go(f"{own}?said=not_solved#rate")
    version = request.query_params.get("version", "")
    action = Action(verb="confirm", version=natural(version))
    try:
        await side.services.acting.act(side.actor, side.services.rights, kind, code, action)
    except (Conflict, Absent, Refusal):
        return go(f"{own}?said=changed")
    return go(f"{side.prefix}/?said=confirm")


HANDLERS = [home, answer]
