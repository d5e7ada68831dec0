"""Posts: who holds which role where, from when to when; import and export."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.identity import PostQuery, PostRow
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.imports import imported
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.admin_rosters import post_row, sheet_rights
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.taking import (
    Administered,
    SheetRow,
    Table,
    Taken,
    handlers_of,
    mode_with,
)
from pengcheng.portals.shenzhengyi.texts import say

COLUMNS = ("username", "role", "organisation", "area_code", "starts_on", "ends_on", "ended")
REQUIRED = ("username", "role")
STATES = ("held", "coming", "ended")
PAGE = 50
EXPORT_MAX = 5_000


@get("/e/admin/posts")
async def posts(request: AnyRequest) -> Response[Any]:
    """Who holds which post, in the order of organisations."""
    services, actor = services_of(request), official(request)
    language, given = actor.language, request.query_params
    labels, today = await admin.role_labels(services), admin.today_of(services)
    role, state, text = given.get("role", ""), given.get("state", "held"), given.get("q", "")[:80]
    role, state = role if role in labels else "", state if state in STATES else ""
    at = int(given["at"]) if given.get("at", "").isdecimal() and len(given["at"]) < 7 else 0
    asked = PostQuery(role=role or None, state=state, text=text.strip(), limit=PAGE + 1, offset=at)
    found = await services.posts.found(services.rights.scope(actor, "read", "post"), asked)
    rows = [
        {"post": p, "state": p.state(today),
         "role": labels[p.role].in_(language) if p.role in labels else p.role,
         "unit": p.organisation_name.in_(language) if p.organisation_name else "",
         "area": services.areas.name_of(p.area_code).in_(language) if p.area_code else ""}
        for p in found[:PAGE]
    ]  # fmt: skip
    here = {"q": text, "role": role, "state": state}
    values = {
        "rows": rows,
        "chosen": here,
        "states": [{"value": s, "text": say(f"a.post.{s}", language)} for s in STATES],
        "roles": await admin.role_options(services, language),
        "next_url": f"/e/admin/posts?{urlencode({**here, 'at': at + PAGE})}"
        if len(found) > PAGE else "",
        "may_import": admin.may(request, "import", "post"),
    }  # fmt: skip
    page = await admin.shown(request, "posts")
    return render(request, "shenzhengyi/posts.html", page, values)


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Give, change and end posts of people who have an account."""
    services, actor = services_of(request), official(request)
    await services.organisations.load()
    good: list[PostRow] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        new = post_row(services, number, row, faults)
        bad += [(number, fault) for fault in faults]
        good += [new] * (not faults)
    told = await services.posts.import_rows(
        sheet_rights(services, actor), good, await admin.roles_given(services),
        mode=mode_with(mode, bad),
    )  # fmt: skip
    return Taken(told=imported(mode, told.changes, [*told.faults, *bad], told.same))


async def give(request: AnyRequest, kind: str) -> Table:
    """The posts held, and those that begin later."""
    del kind
    services = services_of(request)
    scope = services.rights.scope(official(request), "import", "post")
    today = admin.today_of(services)
    found = await services.posts.found(scope, PostQuery(limit=EXPORT_MAX))
    return COLUMNS, [
        [p.username, p.role, p.organisation_key, p.area_code, p.starts_on, p.ends_on, ""]
        for p in found
        if p.state(today) != "ended"
    ]


HANDLERS = [
    posts,
    *handlers_of(
        Administered(page="posts", type="post", columns=COLUMNS, required=REQUIRED, take=take,
                     give=give)
    ),
]  # fmt: skip
