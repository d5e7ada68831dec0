"""Parked work: what failed again and again and waits for a person, stuck steps of processes among
it; tried again or laid aside one by one, or many at once by the sheet that was given out."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.ground.database import Work
from pengcheng.ground.parked import ROWS_MAX, ParkedRow
from pengcheng.kernel.errors import Absent, Fault, Forbidden, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.imports import imported
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import admin, parked_steps
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.parked_steps import StepRow
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
from pengcheng.portals.shenzhengyi.texts import has, say

COLUMNS = ("id", "subscriber", "at", "tries", "error", "act", "reason", "variables")


@get("/e/admin/parked")
async def parked(request: AnyRequest) -> Response[Any]:
    """Work that failed again and again and waits for a person."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "parked")
    return await _page(request)


async def _page(request: AnyRequest, typed: Mapping[str, str] | None = None) -> Response[Any]:
    """The page; `typed`: variables that are no JSON object, by the key of their step."""
    services, actor = services_of(request), official(request)
    rows = await services.parked.waiting(services.rights.scope(actor, "read", "parked"))
    steps = [parked_steps.told(services, one, actor.language)
             for one in await parked_steps.waiting(request)]  # fmt: skip
    said = request.query_params.get("said", "")
    values = {
        "rows": [{**row, "by": _who(row["subscriber"], actor.language)} for row in rows],
        "steps": steps,
        "typed": typed or {},
        "may": admin.may(request, "change", "parked"),
        "may_import": bool(rows or steps) and admin.may(request, "import", "parked"),
        "said": say(f"e.parked.said_{said}", actor.language)
        if said in {"retried", "resolved", "ended"} else "",
    }  # fmt: skip
    page = await admin.shown(request, "parked")
    status = 422 if typed else 200
    return render(request, "shenzhengyi/parked.html", page, values, status=status)


def _who(subscriber: str, language: Language) -> str:
    """What failed, as people call it."""
    name = subscriber.partition(":")[0].replace(".", "_")
    return say(key, language) if has(key := f"a.parked.of_{name}") else subscriber


@post("/e/admin/parked/{key:str}/{act:str}", status_code=200)
async def settle_parked(request: AnyRequest, key: str, act: str) -> Response[Any]:
    """Try it again, or lay it aside for good with a reason."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "change", "parked")
    texts = texts_of(await form_of(request))
    if parked_steps.place_of(key) is not None:
        return await _settle_step(request, key, act, texts)
    found = id_or_code(key)
    if not isinstance(found, UUID) or act not in {"retry", "resolve"}:
        raise Absent("request.no_such_page")
    if act == "retry":
        await services.parked.retry(scope, found)
        return go("/e/admin/parked?said=retried")
    await services.parked.resolve(scope, found, texts.get("reason", ""))
    return go("/e/admin/parked?said=resolved")


async def _settle_step(
    request: AnyRequest, key: str, act: str, texts: Mapping[str, str]
) -> Response[Any]:
    """The same with a stuck step of a process."""
    services, scope = services_of(request), parked_steps.mender(request)
    if scope.is_empty:
        raise Forbidden("process.not_yours", action="change")
    standing = {parked_steps.key_of(one): one for one in await parked_steps.waiting(request)}
    row, faults = parked_steps.read(1, {**texts, "id": key, "act": act}, standing)
    if any(fault.path == "/variables" for fault in faults):
        return await _page(request, {key: texts.get("variables", "")})
    if row is None:
        raise invalid(*faults)
    await services.processes.act(scope, row.instance, row.command)
    return go(f"/e/admin/parked?said={'retried' if act == 'retry' else 'ended'}")


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Have what the rows name tried again or laid aside; rows that say no act are left alone."""
    services, actor = services_of(request), official(request)
    steps = {parked_steps.key_of(one): one for one in await parked_steps.waiting(request)}
    good: list[tuple[int, ParkedRow]] = []
    stuck: list[StepRow] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        act, given = row.get("act", "").strip().lower(), row.get("id", "").strip()
        key = to_id(given)
        if not act:
            continue
        if parked_steps.MARK in given:
            step, faults = parked_steps.read(number, row, steps)
            bad += [(number, fault) for fault in faults]
            stuck += [] if step is None else [step]
        elif key is None:
            bad.append((number, Fault(path="/id", code="parked.unknown")))
        else:
            reason = row.get("reason", "").strip()
            good.append((number, ParkedRow(id=key, act=act, reason=reason)))
    again = parked_steps.twice(stuck)
    bad += again
    stuck = [row for row in stuck if row.number not in dict(again)]

    async def beside(work: Work) -> None:
        await parked_steps.settle(services, work, parked_steps.mender(request), stuck)

    told = await services.parked.import_rows(
        services.rights.scope(actor, "change", "parked"), [row for _, row in good],
        mode=mode_with(mode, bad), beside=beside,
    )  # fmt: skip
    every = told_with(mode, told, [number for number, _ in good], bad)
    if every.faults and mode == "all":
        return Taken(told=every)
    names = {row.number: f"{row.instance}{parked_steps.MARK}{row.position}" for row in stuck}
    more = [parked_steps.change_of(row, steps[names[row.number]]) for row in stuck]
    return Taken(told=imported(mode, [*every.changes, *more], every.faults, every.same))


async def give(request: AnyRequest, kind: str) -> Table:
    """What waits, with the columns that say what is to become of it left empty."""
    del kind
    services = services_of(request)
    scope = services.rights.scope(official(request), "read", "parked")
    found = await services.parked.waiting(scope, limit=ROWS_MAX)
    language = official(request).language
    steps = [(one, parked_steps.told(services, one, language))
             for one in await parked_steps.waiting(request)]  # fmt: skip
    return COLUMNS, [
        *([row["id"], row["subscriber"], row["at"], row["tries"], row["error"], "", "", ""]
          for row in found),
        *([told["key"], f"{one.process} {one.node}", one.at, "", told["why"], "", "", ""]
          for one, told in steps),
    ]  # fmt: skip


HANDLERS = [
    parked, settle_parked,
    *handlers_of(
        Administered(page="parked", type="parked", columns=COLUMNS, required=("id", "act"),
                     take=take, give=give)
    ),
]  # fmt: skip
