"""Lists: my cases by the views that a pack declares, public matters near by, messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, from_cursor, to_cursor
from pengcheng.edge.cases_api import Position
from pengcheng.engines.cases import CaseQuery, MatterQuery, PublicMatter
from pengcheng.engines.notices import Notice
from pengcheng.kernel.areas import area_span, is_area_code
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.registry import Screen
from pengcheng.portals.applicant import telling
from pengcheng.portals.applicant.hinting import category_of
from pengcheng.portals.applicant.side import Side, paths, show, side_of
from pengcheng.portals.pages import environment, form_of, go, texts_of

PAGE = 20
NEAR_MAX = 60
NEAR_SHOWN = 15
NEAR_METRES = 3000.0
NOTICES = 50


@get(paths("/mine"))
async def mine(request: AnyRequest) -> Response[Any]:
    """My cases: the first list that packs declare, or the way to sign in."""
    side = side_of(request)
    screens = side.screens("list")
    if not side.is_ready:
        return go(f"{side.prefix}/lookup" if not side.is_signed_in else f"{side.prefix}/choose")
    if not screens:
        return go(f"{side.prefix}/")
    return go(f"{side.prefix}/mine/{screens[0].name}")


@get(paths("/mine/{name:str}"))
async def listed(request: AnyRequest, name: str) -> Response[Any]:
    """One declared list of my cases."""
    side = side_of(request)
    screen = side.screen(name, "list")
    if not side.is_ready:
        return go(f"{side.prefix}/mine")
    kind = str(screen.of)
    views = views_of(side, screen)
    asked = request.query_params.get("view", "")
    current = next((view for view in views if view["code"] == asked), views[0])
    cursor = request.query_params.get("cursor")
    purpose = f"mine:{kind}:{current['code']}"
    query = CaseQuery(
        kind=kind,
        order="accepted",
        limit=PAGE,
        after=from_cursor(side.services, purpose, cursor, Position) if cursor else None,
        **current["query"],
    )
    scope = side.scope("read", kind)
    page = await side.services.cases.page(scope, query)
    calendar = await side.services.calendars.current()
    own = f"{side.prefix}/mine/{name}"
    following = to_cursor(side.services, purpose, page.next) if page.next else ""
    values = {
        "screen": screen,
        "title": screen.label.in_(side.language),
        "tabs": [{"code": v["code"], "text": v["name"], "href": f"{own}?view={v['code']}"}
                 for v in views],
        "others": [{"text": s.label.in_(side.language), "href": f"{side.prefix}/mine/{s.name}"}
                   for s in side.screens("list") if s.name != name],
        "current_view": current["code"],
        "cases": [telling.summary(side, line, calendar) for line in page.cases],
        "next_href": f"{own}?view={current['code']}&cursor={following}" if following else "",
        "form": side.screen_of(kind, "form"),
        "own": own,
    }  # fmt: skip
    return await show(request, side, "applicant/mine.html", values, current="mine")


def views_of(side: Side, screen: Screen) -> list[dict[str, Any]]:
    """The declared views of a list, and the one of all."""
    declared: Mapping[str, Any] = screen.options.get("views", {})
    found = [
        {
            "code": code,
            "name": view["name"][side.language],
            "query": _query_of(view.get("where", {})),
        }
        for code, view in declared.items()
    ]
    everything = {"code": "all", "name": side.say("applicant.all"), "query": {"state": "all"}}
    # What is over comes last but for all: a declaration has no order.
    found.sort(key=lambda view: view["query"].get("state") == "closed")
    return [*found, everything]


def _query_of(where: Mapping[str, Any]) -> dict[str, Any]:
    """A declared view as a query of cases."""
    state = {"true": "open", "false": "closed"}.get(str(where.get("open", "")).lower(), "all")
    known = {name: str(where[name]) for name in ("step", "stage", "channel") if name in where}
    return {"state": state, **known}


@get(paths("/near/{name:str}"))
async def near(request: AnyRequest, name: str) -> Response[str]:
    """Public matters around a place or in an area: a list and a map that say the same."""
    side = side_of(request)
    screen = side.screen(name, "map")
    kind = str(screen.of)
    asked = request.query_params
    point = _point(asked.get("place_lon", ""), asked.get("place_lat", ""))
    area = asked.get("area", "")
    if point is None and not area:
        area = await _home_area(side)
    stage = asked.get("stage", "") or None
    query = MatterQuery(
        area=area_span(area) if area and is_area_code(area) else None, stage=stage, limit=NEAR_MAX
    )
    scope, matters = side.scope("read_public", kind), side.services.matters
    if point is not None:
        found = await matters.near(scope, query, point, metres=NEAR_METRES)
    else:
        found = await matters.newest(scope, query)
    if not found and area and "area" not in asked:
        # Nothing where one lives: rather the whole city than an empty page.
        area = ""
        found = await matters.newest(scope, MatterQuery(stage=stage, limit=NEAR_MAX))
    stages = dict(telling.process_of(side, kind).stages)
    values = {
        "title": screen.label.in_(side.language),
        "own": f"{side.prefix}/near/{name}",
        "matters": [matter_line(side, matter, stages) for matter in found],
        "map": _map(side, found, point, area),
        "districts": _districts(side),
        "area": area,
        "stages": [{"value": code, "text": label.in_(side.language)}
                   for code, label in stages.items()],
        "stage": stage or "",
        "point": point,
        "shown": NEAR_SHOWN,
    }  # fmt: skip
    return await show(request, side, "applicant/near.html", values)


def _point(longitude: str, latitude: str) -> tuple[float, float] | None:
    try:
        found = float(longitude), float(latitude)
    except ValueError:
        return None
    return found if abs(found[0]) <= 180 and abs(found[1]) <= 90 else None


async def _home_area(side: Side) -> str:
    """The district where somebody lives; "" for the whole city."""
    person = await side.services.identity.person_of(side.actor)
    code = person.area_code if person else None
    return f"{code[:6]}000000" if code and is_area_code(code) else ""


def _districts(side: Side) -> list[dict[str, str]]:
    return [
        {"value": area.code, "text": area.name.in_(side.language)}
        for area in side.services.areas.all()
        if area.level == "district"
    ]


def matter_line(side: Side, matter: PublicMatter, stages: Mapping[str, Any]) -> dict[str, Any]:
    stage = stages.get(matter.stage)
    return {
        "title": matter.title
        or side.say(
            "applicant.near.untitled", category=category_of(side, matter.kind, matter.category)
        ),
        "href": f"{side.prefix}/public/{matter.kind}/{matter.code}",
        "sub": side.say(
            "applicant.near.sub",
            unit=side.unit(matter.organisation_id),
            at=telling.near(side, matter.accepted_at),
        ),
        "stage": stage.in_(side.language) if stage else "",
        "people": matter.people,
    }


def _map(
    side: Side, found: list[PublicMatter], point: tuple[float, float] | None, area: str
) -> dict[str, Any]:
    """Points at about a hundred metres; never where a door is."""
    placed = [matter for matter in found if matter.point is not None]
    center = point or (side.services.areas.of(area).center if area else None)
    if center is None and placed:
        center = placed[0].point
    around = [] if point or area else [matter.point for matter in placed if matter.point]
    bounds = (
        [min(p[0] for p in around), min(p[1] for p in around),
         max(p[0] for p in around), max(p[1] for p in around)]
        if len(around) > 1 else None
    )  # fmt: skip
    return {
        **({"bounds": bounds} if bounds else {}),
        "center": list(center or (114.05, 22.57)),
        "zoom": 14 if point else 12 if area else 10,
        "points": [
            {
                "at": list(matter.point or ()),
                "text": matter_line(side, matter, {})["title"],
                "href": f"{side.prefix}/public/{matter.kind}/{matter.code}",
            }
            for matter in placed
        ],
    }


@get(paths("/messages"))
async def messages(request: AnyRequest) -> Response[Any]:
    """What the city told me, newest first."""
    side = side_of(request)
    if not side.is_signed_in:
        return go(f"/sign-in?to={side.prefix}/messages")
    found = await side.services.notices.newest(side.actor, limit=NOTICES)
    values = {
        "notices": grouped([told for notice in found if (told := notice_of(side, notice))]),
        "unread": [str(notice.id) for notice in found if notice.read_at is None],
        "own": f"{side.prefix}/messages",
    }
    return await show(request, side, "applicant/messages.html", values, current="messages")


def notice_of(side: Side, notice: Notice) -> dict[str, Any] | None:
    """A notice as a sentence with the way to what it is about; None where it has no words."""
    words: Mapping[str, Any] = environment().globals["words"]
    key = f"applicant.notice.{notice.kind}"
    if key not in words:
        return None
    facts = dict(notice.facts)
    english = side.language == "en"
    facts["unit"] = facts.get("unit_en") if english else facts.get("unit")
    for name in ("due_at", "until"):
        facts[name] = _moment(side, facts.get(name))
    kind, code = facts.get("case_kind", ""), facts.get("code", "")
    return {
        "title": facts.get("title") or code,
        "text": side.say(key, **facts),
        "at": notice.at,
        "href": f"{side.prefix}/cases/{kind}/{code}" if code else "",
        "is_new": notice.read_at is None,
    }


def grouped(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What happened to one matter together: the newest, and what was before it."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in told:
        groups.setdefault(item["href"], []).append(item)
    return [
        {**group[0], "earlier": group[1:], "is_new": any(item["is_new"] for item in group)}
        for group in groups.values()
    ]


def _moment(side: Side, text: object) -> str:
    moment = telling.moment_of(text)
    return telling.near(side, moment) if moment else ""


@post(paths("/messages/read"), status_code=200)
async def read(request: AnyRequest) -> Response[bytes]:
    """Mark messages as read."""
    side = side_of(request)
    if side.is_signed_in:
        form = texts_of(await form_of(request))
        ids = [to_id(part) for part in form.get("ids", "").split(",")[:NOTICES]]
        await side.services.notices.read(side.actor, [one for one in ids if one is not None])
    return go(f"{side.prefix}/messages")


HANDLERS = [mine, listed, near, messages, read]
