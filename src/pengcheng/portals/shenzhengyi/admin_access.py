"""Who may see this record, and why: the rights and posts that reach one record, as a page."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.edge.services import Services
from pengcheng.edge.who_may import reaching
from pengcheng.engines.identity import Reach
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.admin_changes import type_text
from pengcheng.portals.shenzhengyi.admin_roles import action_text
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
SHOWN_MAX = 500


@get("/e/admin/access")
async def access(request: AnyRequest) -> Response[Any]:
    """Ask for a record by type and number, and for what; who may, each with the reason."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "role")
    language, given = actor.language, request.query_params
    types = [name for name, type_ in services.registry.types.items()
             if any(right.type == name for right in services.registry.rights)]  # fmt: skip
    type_name = given.get("type", "") if given.get("type") in types else ""
    key, action = given.get("key", "").strip()[:80], given.get("action", "read")
    rights = [r for r in services.registry.rights if r.type == type_name]
    actions = {r.action: action_text(services, r, language) for r in rights}
    values: Values = {
        "types": [{"value": n, "text": type_text(services, n, language)} for n in types],
        "actions": [{"value": n, "text": text} for n, text in sorted(actions.items())],
        "chosen": {"type": type_name, "key": key, "action": action},
        "asked": False,
        "unknown": False,
        "groups": [],
        "parties": [],
        "count": 0,
        "more": 0,
    }
    if type_name and key:
        try:
            found = await reaching(services, type_name, id_or_code(key), action)
        except Absent:
            values |= {"unknown": True}
        else:
            values |= _told(services, found.reaches, language) | {"asked": True}
            values["parties"] = [say(f"a.access.{part}", language) for part in found.parties]
    page = await admin.shown(request, "access")
    return render(request, "shenzhengyi/access.html", page, values)


def _told(services: Services, found: Sequence[Reach], language: Language) -> Values:
    """Reasons, gathered by role: who holds it where, and what the right says."""
    groups: dict[tuple[str, str, int], Values] = {}
    for reach in found[:SHOWN_MAX]:
        right = reach.right
        label = services.registry.roles.get(reach.role)
        group = groups.setdefault(
            (reach.role, right.over, right.sensitivity),
            {"role": label.in_(language) if label else reach.role,
             "href": f"/e/admin/roles/{reach.role}",
             "over": say(f"a.over.{right.over}", language),
             "level": say(f"a.level.{right.sensitivity}", language),
             "basis": right.basis, "people": []},
        )  # fmt: skip
        unit = reach.organisation_name.in_(language) if reach.organisation_name else ""
        person = {"href": f"/e/admin/accounts/{reach.account_id}", "name": reach.person_name,
                  "unit": unit}  # fmt: skip
        group["people"] += [person] * (person not in group["people"])
    accounts = {reach.account_id for reach in found}
    return {
        "groups": list(groups.values()),
        "count": len(accounts),
        "more": max(len(found) - SHOWN_MAX, 0),
    }


HANDLERS = [access]
