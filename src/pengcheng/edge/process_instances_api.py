"""REST of running processes: instances, their tasks, and the steps that are stuck."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post

from pengcheng.edge import process_upgrades_api
from pengcheng.edge.asking import (
    AnyRequest,
    actor_of,
    object_of,
    refuse_unknown,
    services_of,
    signed_in,
)
from pengcheng.edge.processes_api import SVG, instance_id_of, told_instance, variables_of
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.processes import Instance, Retry
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.errors import Absent, Conflict, Fault, Forbidden, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.texts import natural

TYPE = "process_instance"
STATUSES = ("running", "ended", "failed", "cancelled")
_FILTERS = ("process", "status", "after", "limit")
PAGE = 100


@get("/api/v1/process-instances")
async def listed(request: AnyRequest) -> Response[bytes]:
    """Instances that the asker may see, the newest first; `after` is the last id of a page."""
    services, actor = services_of(request), signed_in(request)
    asked = request.query_params
    faults = [
        Fault(path=f"/{name}", code="field.unknown", facts={"field": name})
        for name in asked
        if name not in _FILTERS
    ]
    status, limit = asked.get("status", ""), asked.get("limit", str(PAGE))
    if status and status not in STATUSES:
        facts = {"given": status, "allowed": ", ".join(STATUSES)}
        faults.append(Fault(path="/status", code="code.unknown", facts=facts))
    if not 1 <= natural(limit) <= 2 * PAGE:
        faults.append(Fault(path="/limit", code="number.range", facts={"low": 1, "high": 2 * PAGE}))
    after = to_id(asked["after"]) if asked.get("after") else None
    if asked.get("after") and after is None:
        faults.append(Fault(path="/after", code="cursor_invalid"))
    if faults:
        raise invalid(*faults)
    scope = services.rights.scope(actor, "read", TYPE)
    found = await services.overview.instances(
        scope, asked.get("process", ""), status, after, int(limit)
    )
    return json_response({"items": found})


@get("/api/v1/process-instances/{key:str}")
async def one(request: AnyRequest, key: str) -> Response[bytes]:
    """An instance: variables, open tasks, stuck steps, the path that it took."""
    services, actor = services_of(request), signed_in(request)
    scope = services.rights.scope(actor, "read", TYPE)
    view = await services.overview.view(scope, instance_id_of(key))
    return json_response(
        {**told_instance(view.instance), "process": view.version.name,
         "version": view.version.number, "tasks": view.tasks, "parked": view.parked,
         "steps": view.steps, "rested_seconds": {
             node: int(time.total_seconds()) for node, time in view.rested.items()}}
    )  # fmt: skip


@get("/api/v1/process-instances/{key:str}/drawing.svg")
async def drawn(request: AnyRequest, key: str) -> Response[str]:
    """The process as SVG with the path that the instance took and where it rests."""
    services, actor = services_of(request), signed_in(request)
    scope = services.rights.scope(actor, "read", TYPE)
    svg = await services.processes.drawing(scope, instance_id_of(key), actor_of(request).language)
    return Response(svg, media_type=SVG)


@get("/api/v1/process-tasks")
async def tasks(request: AnyRequest) -> Response[bytes]:
    """Open tasks of the asker's roles, the oldest first."""
    services, actor = services_of(request), signed_in(request)
    scope = services.rights.scope(actor, "complete", TYPE)
    return json_response({"items": await services.processes.tasks(scope, roles_of(actor))})


@post("/api/v1/process-instances/{key:str}/tasks/{position:int}/take", status_code=200)
async def taken(request: AnyRequest, key: str, position: int) -> Response[bytes]:
    """Take a task, so that nobody else does it."""
    services, actor = services_of(request), signed_in(request)
    await take(services, actor, key, position)
    return json_response({"taken": position})


@post("/api/v1/process-instances/{key:str}/tasks/{position:int}/complete", status_code=200)
async def completed(request: AnyRequest, key: str, position: int) -> Response[bytes]:
    """Complete a task with its results."""
    services, actor = services_of(request), signed_in(request)
    body = await object_of(request)
    refuse_unknown(body, ("variables",))
    instance = await complete(services, actor, key, position, variables_of(body))
    return json_response(told_instance(instance))


@get("/api/v1/process-parked")
async def parked(request: AnyRequest) -> Response[bytes]:
    """Stuck steps, the oldest first, for those who may mend them."""
    services, actor = services_of(request), signed_in(request)
    return json_response({"items": await services.processes.parked(mending(services, actor))})


@post("/api/v1/process-instances/{key:str}/parked/{position:int}/retry", status_code=200)
async def retried(request: AnyRequest, key: str, position: int) -> Response[bytes]:
    """Try a stuck step again, with variables that mend what it was stuck on."""
    services, actor = services_of(request), signed_in(request)
    body = await object_of(request)
    refuse_unknown(body, ("variables",))
    command = Retry(position, variables_of(body))
    scope = mending(services, actor)
    return json_response(
        told_instance(await services.processes.act(scope, instance_id_of(key), command))
    )


# ── shared with the pages ────────────────────────────────────────────────────────────────────


def roles_of(actor: Actor) -> list[str]:
    """The roles whose tasks an actor does; a task without a role is anyone's with the right."""
    return [*dict.fromkeys(post.role for post in actor.posts), ""]


def mending(services: Services, actor: Actor) -> Scope:
    """The scope of one who mends stuck steps; `Forbidden` without any."""
    scope = services.rights.scope(actor, "change", TYPE)
    if scope.is_empty:
        raise Forbidden("process.not_yours", action="change")
    return scope


async def take(services: Services, actor: Actor, key: str, position: int) -> None:
    """Take a task of one's role."""
    scope = await _doing(services, actor, key, position)
    await services.processes.take_task(scope, instance_id_of(key), position)


async def complete(
    services: Services, actor: Actor, key: str, position: int, variables: Mapping[str, Any]
) -> Instance:
    """Complete a task of one's role that nobody else has taken."""
    scope = await _doing(services, actor, key, position)
    return await services.processes.complete_task(scope, instance_id_of(key), position, variables)


async def _doing(services: Services, actor: Actor, key: str, position: int) -> Scope:
    """The scope in which an actor does this task; its role never changes while it is open."""
    scope = services.rights.scope(actor, "complete", TYPE)
    view = await services.overview.view(scope, instance_id_of(key))
    task = next((item for item in view.tasks if item.position == position), None)
    if task is None:
        if any(position in step.opened for step in view.steps):
            raise Conflict("process.done_already", position=position)
        raise Absent("process.position_unknown", position=position)
    if task.role not in roles_of(actor):
        raise Forbidden("process.other_role", role=task.role)
    return scope


HANDLERS = [
    listed, one, drawn, tasks, taken, completed, parked, retried, *process_upgrades_api.HANDLERS,
]  # fmt: skip
