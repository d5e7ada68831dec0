"""Parked work: what failed again and again and waits for a person; tried again or laid aside one by
one, or many at once by the sheet that was given out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.ground.parked import ROWS_MAX, ParkedRow
from pengcheng.kernel.errors import Absent, Fault
from pengcheng.kernel.ids import to_id
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.taking import (
    Administered,
    SheetRow,
    Table,
    Taken,
    handlers_of,
    mode_with,
    told_with,
)
from pengcheng.portals.shenzhengyi.texts import say

COLUMNS = ("id", "subscriber", "at", "tries", "error", "act", "reason")


@get("/e/admin/parked")
async def parked(request: AnyRequest) -> Response[Any]:
    """Work that failed again and again and waits for a person."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "parked")
    rows = await services.parked.waiting(services.rights.scope(actor, "read", "parked"))
    said = request.query_params.get("said", "")
    values = {
        "rows": rows,
        "may": admin.may(request, "change", "parked"),
        "may_import": bool(rows) and admin.may(request, "import", "parked"),
        "said": say(f"e.parked.said_{said}", actor.language)
        if said in {"retried", "resolved"} else "",
    }  # fmt: skip
    return render(request, "shenzhengyi/parked.html", await admin.shown(request, "parked"), values)


@post("/e/admin/parked/{key:str}/{act:str}", status_code=200)
async def settle_parked(request: AnyRequest, key: str, act: str) -> Response[Any]:
    """Try it again, or lay it aside for good with a reason."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "change", "parked")
    texts = texts_of(await form_of(request))
    found = id_or_code(key)
    if not isinstance(found, UUID) or act not in {"retry", "resolve"}:
        raise Absent("request.no_such_page")
    if act == "retry":
        await services.parked.retry(scope, found)
        return go("/e/admin/parked?said=retried")
    await services.parked.resolve(scope, found, texts.get("reason", ""))
    return go("/e/admin/parked?said=resolved")


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Have what the rows name tried again or laid aside; rows that say no act are left alone."""
    services, actor = services_of(request), official(request)
    good: list[tuple[int, ParkedRow]] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        act, key = row.get("act", "").strip().lower(), to_id(row.get("id", "").strip())
        if not act:
            continue
        if key is None:
            bad.append((number, Fault(path="/id", code="parked.unknown")))
            continue
        reason = row.get("reason", "").strip()
        good.append((number, ParkedRow(id=key, act=act, reason=reason)))
    told = await services.parked.import_rows(
        services.rights.scope(actor, "change", "parked"), [row for _, row in good],
        mode=mode_with(mode, bad),
    )  # fmt: skip
    return Taken(told=told_with(mode, told, [number for number, _ in good], bad))


async def give(request: AnyRequest, kind: str) -> Table:
    """What waits, with the columns that say what is to become of it left empty."""
    del kind
    services = services_of(request)
    scope = services.rights.scope(official(request), "read", "parked")
    found = await services.parked.waiting(scope, limit=ROWS_MAX)
    return COLUMNS, [
        [row["id"], row["subscriber"], row["at"], row["tries"], row["error"], "", ""]
        for row in found
    ]


HANDLERS = [
    parked, settle_parked,
    *handlers_of(
        Administered(page="parked", type="parked", columns=COLUMNS, required=("id", "act"),
                     take=take, give=give)
    ),
]  # fmt: skip
