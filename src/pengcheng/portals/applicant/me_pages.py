"""Oneself: account, language, elder mode, what the city holds of me, signing out, closing it."""

from typing import Any

from litestar import Response, get, post

from pengcheng.edge import leaving
from pengcheng.edge.actors import COOKIE
from pengcheng.edge.asking import AnyRequest, actor_of
from pengcheng.engines.cases import CaseQuery
from pengcheng.portals.applicant.side import Side, paths, show, side_of
from pengcheng.portals.pages import form_of, go, texts_of


@get(paths("/me"))
async def me(request: AnyRequest) -> Response[Any]:
    """Who I am here and how pages look; a guest may change how they look too."""
    side = side_of(request)
    person = await side.services.identity.person_of(side.actor)
    area = person.area_code if person else None
    values = {
        "person": person,
        "area": side.services.areas.name_of(area).in_(side.language) if area else "",
        "enterprises": await side.services.identity.enterprises_of(side.actor),
        "held": await _held(side),
    }
    return await show(request, side, "applicant/me.html", values, current="me")


@get(paths("/me/close"))
async def asked(request: AnyRequest) -> Response[Any]:
    """What goes when one closes one's account, what stays and until when; asks once more."""
    return await _asked(request, {})


async def _asked(request: AnyRequest, faults: dict[str, str]) -> Response[Any]:
    side = side_of(request)
    if not side.is_signed_in:
        return go(f"/sign-in?to={side.prefix}/me/close")
    person = actor_of(request)
    found = await leaving.asked(side.services, person)
    values = {
        "leaving": found,
        "is_official": person.kind == "official",
        "labels": {
            one.kind: side.services.registry.type_(one.kind).label.in_(side.language)
            for one in found.stays
        },
        "faults": faults,
    }
    status = 422 if faults else 200
    return await show(request, side, "applicant/close.html", values, current="me", status=status)


@post(paths("/me/close"), status_code=200)
async def closed(request: AnyRequest) -> Response[Any]:
    """Close the account, once it is confirmed."""
    side = side_of(request)
    form = texts_of(await form_of(request))
    if form.get("sure") != "yes":
        return await _asked(request, {"sure": side.say("applicant.close.unsure")})
    await leaving.close(side.services, actor_of(request))
    response = go(f"{side.prefix}/closed")
    response.delete_cookie(COOKIE)
    # What forms kept in this browser goes too.
    response.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return response


@get(paths("/closed"))
async def gone(request: AnyRequest) -> Response[Any]:
    """The account is closed."""
    side = side_of(request)
    return await show(request, side, "applicant/closed.html", {}, current="me")


async def _held(side: Side) -> list[dict[str, Any]]:
    """How many cases of mine the city keeps, by kind, and for how long."""
    if not side.is_ready:
        return []
    found = []
    registry = side.services.registry
    for screen in side.screens("list"):
        kind = str(screen.of)
        count = await side.services.cases.count(
            side.scope("read", kind), CaseQuery(kind=kind, state="all")
        )
        days = registry.type_(kind).retention_days
        found.append(
            {
                "label": registry.type_(kind).label.in_(side.language),
                "count": count,
                "years": round(days / 365) if days else 0,
                "href": f"{side.prefix}/mine/{screen.name}?view=all",
            }
        )
    return found


HANDLERS = [me, asked, closed, gone]
