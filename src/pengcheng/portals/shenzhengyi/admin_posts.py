"""Posts: who holds which role where, from when to when; import and export."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.identity import NewPost, PostQuery
from pengcheng.kernel.errors import Conflict, Fault, Refusal
from pengcheng.portals.pages import form_of, render
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.admin_people import post_of
from pengcheng.portals.shenzhengyi.importing import (
    Outcome,
    failed,
    import_page,
    mode_of,
    report,
    sheet_of,
    sheet_response,
)
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

COLUMNS = ("username", "role", "organisation", "area_code", "starts_on", "ends_on")
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


@get("/e/admin/posts/import")
async def posts_import(request: AnyRequest) -> Response[Any]:
    """What an import of posts needs."""
    demand(services_of(request), official(request), "import", "post")
    page = admin.importing_of(request, "posts", COLUMNS, REQUIRED)
    return await import_page(request, page, {})


@post("/e/admin/posts/import", status_code=200)
async def import_posts(request: AnyRequest) -> Response[Any]:
    """Give posts to people who have an account, from a sheet."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "import", "post")
    page = admin.importing_of(request, "posts", COLUMNS, REQUIRED)
    form = await form_of(request)
    await services.organisations.load()
    try:
        sheet, mode = await sheet_of(form), mode_of(form)
        bad: list[tuple[int, Fault]] = []
        right: list[tuple[int, tuple[str, NewPost]]] = []
        for number, row in enumerate(sheet.rows, start=1):
            faults: list[Fault] = []
            new = post_of(services, row, faults)
            bad += [(number, fault) for fault in faults]
            right += [(number, (row.get("username", "").strip(), new))] * (not faults)
        stops = bool(bad) and mode == "all"
        given, found = await services.posts.import_rows(
            scope, [pair for _, pair in right], await admin.roles_given(services),
            mode="check" if stops else mode,
        )  # fmt: skip
    except (Refusal, Conflict) as failure:
        return await import_page(request, page, failed(request, failure), status=failure.status)
    told = [*bad, *((right[at - 1][0], fault) for at, fault in found)]
    outcome = Outcome(mode=mode, added=0 if stops else given, faults=told)
    return await import_page(request, page, report(request, outcome, sheet), status=outcome.status)


@get("/e/admin/posts/sheet/{kind:str}")
async def posts_sheet(request: AnyRequest, kind: str) -> Response[bytes]:
    """The posts held, and those that begin later, in the columns of the import."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "import", "post")
    scope = services.rights.scope(actor, "import", "post")
    today = admin.today_of(services)
    found = await services.posts.found(scope, PostQuery(limit=EXPORT_MAX))
    rows = [
        [p.username, p.role, p.organisation_key, p.area_code, p.starts_on, p.ends_on]
        for p in found
        if p.state(today) != "ended"
    ]
    return sheet_response(request, "posts", kind, COLUMNS, rows)


HANDLERS = [posts, posts_import, import_posts, posts_sheet]
