"""Tasks: the grid worker's phone (camera first, works without a network), assistance, supervision,
extensions to be granted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from pengcheng.edge import files_api
from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.services import Services
from pengcheng.ground.database import Row
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Conflict, Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.texts import natural
from pengcheng.portals import kit
from pengcheng.portals.pages import (
    faults_by_field,
    form_of,
    go,
    render,
    texts_of,
    uploads_of,
)
from pengcheng.portals.shenzhengyi import case_view
from pengcheng.portals.shenzhengyi.navigation import forget_counts, frame, official
from pengcheng.portals.shenzhengyi.rows import short_area
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
SETTLED = {"done", "returned"}


@get("/e/tasks")
async def tasks(request: AnyRequest) -> Response[Any]:
    """What waits for the reader, least time left first: one's own, then those of the unit."""
    services, actor = services_of(request), official(request)
    rows = await _pending(services, actor)
    mine = [_card(services, actor, row) for row in rows if row["account_id"] == actor.account_id]
    free = [_card(services, actor, row) for row in rows if row["account_id"] is None]
    said = request.query_params.get("said", "")
    values = {
        "mine": mine,
        "free": free,
        "said": say(f"e.task.said_{said}", actor.language) if said in {"done", "returned"} else "",
    }
    return render(request, "shenzhengyi/tasks.html", await frame(request, "tasks"), values)


async def _pending(services: Services, actor: Actor) -> list[Row]:
    found: list[Row] = []
    for kind in services.registry.case_kinds:
        found += await services.tasking.pending(actor, services.rights, kind)
    return found


def _card(services: Services, actor: Actor, row: Row) -> Values:
    """A task as its card shows it."""
    language = actor.language
    due = row["due_at"]
    asked = row["request"] or {}
    return {
        "id": row["id"],
        "kind": say(f"e.task.{row['kind']}", language),
        "title": row["case_title"],
        "code": row["code"],
        "case_kind": row["case_kind"],
        "where": short_area(services, row["area_no"], language),
        "unit": case_view.organisation_text(services, row["organisation_id"], language),
        "left": kit.remaining(due, services.clock.now(), started=row["created_at"])
        if due else None,
        "ask": asked.get("reason") or asked.get("body") or "",
        "request": asked,
        "mine": row["account_id"] == actor.account_id,
        "version": row["version"],
        "task_kind": row["kind"],
    }  # fmt: skip


@get("/e/tasks/{key:str}")
async def task(request: AnyRequest, key: str) -> Response[Any]:
    """One task: the case in short, camera, position, note."""
    services, actor = services_of(request), official(request)
    return await _page(request, await _one(services, actor, key))


async def _one(services: Services, actor: Actor, key: str) -> Row:
    wanted = to_id(key)
    found = next((r for r in await _pending(services, actor) if r["id"] == wanted), None)
    if found is None:
        raise Absent("task.unknown")
    return found


async def _page(
    request: AnyRequest, row: Row, *, status: int = 200, more: Mapping[str, Any] | None = None
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", row["case_kind"])
    view = await services.cases.view(scope, services.rights, row["case_id"])

    def linked(file_id: UUID, form: str) -> str:
        return files_api.link(services, actor, file_id, form)

    sent = await services.uploads.all_of(case_view.file_ids(services.registry, view))
    values = {
        "task": _card(services, actor, row),
        "view": view,
        "body": case_view.body_of(services, view),
        "place": view.fields.get("address") or "",
        "photos": case_view.pictures(sent, actor.language, linked),
        "point": view.case.point,
        "typed": {},
        "faults": {},
        "message": "",
    } | dict(more or {})
    shown = await frame(request, "tasks")
    return render(request, "shenzhengyi/task.html", shown, values, status=status)


@post("/e/tasks/{key:str}/take", status_code=200)
async def take(request: AnyRequest, key: str) -> Response[Any]:
    """Take a task into one's own hands."""
    services, actor = services_of(request), official(request)
    texts = texts_of(await form_of(request))
    row = await _one(services, actor, key)
    try:
        await services.tasking.take(actor, services.rights, row["id"], version=_version(texts))
    except (Refusal, Conflict) as failure:
        return await _refused(request, row, failure, texts)
    forget_counts(actor)
    return go(f"/e/tasks/{row['id']}")


@post("/e/tasks/{key:str}/finish", status_code=200)
async def finish(request: AnyRequest, key: str) -> Response[Any]:
    """Report a task done. A form kept on the device without a network comes with a key, and is
    taken once however often it arrives."""
    services, actor = services_of(request), official(request)
    form = await form_of(request)
    texts = texts_of(form)
    sent_later = request.headers.get("idempotency-key", "")
    if sent_later and await _is_settled(services, actor, key, texts):
        return _kept(sent_later)
    row = await _one(services, actor, key)
    try:
        result = await _result(services, actor, form, texts, row["kind"])
        await services.tasking.finish(
            actor, services.rights, row["id"], result, version=_version(texts)
        )
    except (Refusal, Conflict) as failure:
        return await _refused(request, row, failure, texts)
    forget_counts(actor)
    return _kept(sent_later) if sent_later else go("/e/tasks?said=done")


async def _is_settled(services: Services, actor: Actor, key: str, texts: Mapping[str, str]) -> bool:
    """Whether this actor has settled the task already: the form came twice."""
    kind = texts.get("case_kind", "")
    if kind not in services.registry.case_kinds:
        return False
    scope = services.rights.scope(actor, "read", kind)
    try:
        found = await services.cases.tasks_of(scope, texts.get("code", ""))
    except Absent:
        return False
    return any(
        str(item.id) == key and item.state in SETTLED and item.account_id == actor.account_id
        for item in found
    )


def _kept(key: str) -> Response[bytes]:
    """The answer that lets a device forget what it kept, and where its reader goes on."""
    return Response(
        b"", status_code=200, headers={"Idempotency-Key": key, "Location": "/e/tasks?said=done"}
    )


async def _result(
    services: Services, actor: Actor, form: FormMultiDict, texts: Mapping[str, str], kind: str
) -> Values:
    """What was found, with photos before and after and where it was seen from."""
    result: Values = {"note": texts.get("note", "")}
    for name in ("before", "after"):
        taken = [
            await services.uploads.take(actor, await item.read(), item.filename, purpose="task")
            for item in uploads_of(form, name)
        ]
        if taken:
            result[name] = [str(file.id) for file in taken]
    if texts.get("place_lon") and texts.get("place_lat"):
        result["position"] = [_number(texts["place_lon"]), _number(texts["place_lat"])]
    if kind == "approve_extension":
        result["granted"] = texts.get("granted") == "1"
    if "resolved" in texts:
        result["resolved"] = texts["resolved"] == "1"
    return result


@post("/e/tasks/{key:str}/return", status_code=200)
async def give_back(request: AnyRequest, key: str) -> Response[Any]:
    """Give a task back with a reason."""
    services, actor = services_of(request), official(request)
    texts = texts_of(await form_of(request))
    row = await _one(services, actor, key)
    try:
        await services.tasking.give_back(
            actor, services.rights, row["id"], texts.get("reason", ""), version=_version(texts)
        )
    except (Refusal, Conflict) as failure:
        return await _refused(request, row, failure, texts)
    forget_counts(actor)
    return go("/e/tasks?said=returned")


async def _refused(
    request: AnyRequest, row: Row, failure: Refusal | Conflict, texts: Mapping[str, str]
) -> Response[Any]:
    actor = official(request)
    faults = failure.faults if isinstance(failure, Refusal) else ()
    message = words_of(failure.code).detail.fill(actor.language, failure.facts)
    more = {
        "typed": dict(texts),
        "faults": faults_by_field(request, faults),
        "message": "" if faults else message,
    }
    return await _page(request, row, status=failure.status, more=more)


def _number(text: str) -> float | None:
    """A coordinate from a form; the engine refuses a position that has none."""
    try:
        return float(text)
    except ValueError:
        return None


def _version(texts: Mapping[str, str]) -> int:
    return natural(texts.get("version", ""))


HANDLERS = [tasks, task, take, finish, give_back]
