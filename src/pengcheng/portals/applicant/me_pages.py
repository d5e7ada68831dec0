"""Oneself: account, language, elder mode, what the city holds of me, signing out."""

from typing import Any

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.cases import CaseQuery
from pengcheng.portals.applicant.side import Side, paths, show, side_of


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


HANDLERS = [me]
