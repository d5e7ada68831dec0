"""REST of tasks (任务): `/api/v1/tasks`, what the asker may do now, in cases of every kind."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import (
    AnyRequest,
    object_of,
    services_of,
    signed_in,
    struct_of,
)
from pengcheng.edge.cases_api import YES_NO
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.cases import TASK_KINDS
from pengcheng.ground.database import Row
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.texts import natural

LIMIT, LIMIT_MAX = 100, 500
_PARAMETERS = ("mine", "kind", "limit")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What one who takes a task or gives it back says: the version that was read, and why."""

    version: int
    reason: str = ""


@get("/api/v1/tasks")
async def listed(request: AnyRequest) -> Response[bytes]:
    """Open tasks that the asker may do, least time left first; with `mine`, those in hand."""
    services, actor = services_of(request), signed_in(request)
    asked = request.query_params
    mine, kind, limit = asked.get("mine", "false"), asked.get("kind"), asked.get("limit", "")
    faults = [
        Fault(path=f"/{name}", code="field.unknown", facts={"field": name})
        for name in asked
        if name not in _PARAMETERS
    ]
    faults += [
        Fault(path=f"/{name}", code="code.unknown",
              facts={"given": given, "allowed": ", ".join(allowed)})
        for name, given, allowed in (("mine", mine, YES_NO), ("kind", kind, TASK_KINDS))
        if given is not None and given not in allowed
    ]  # fmt: skip
    if limit and not 1 <= natural(limit) <= LIMIT_MAX:
        facts = {"low": 1, "high": LIMIT_MAX}
        faults.append(Fault(path="/limit", code="number.range", facts=facts))
    if faults:
        raise invalid(*faults)
    found: list[Row] = []
    for case_kind in services.registry.case_kinds:
        found += await services.tasking.pending(
            actor, services.rights, case_kind, mine=mine == "true", kinds=[kind] if kind else (),
            limit=int(limit or LIMIT),
        )  # fmt: skip
    found.sort(key=lambda row: (row["due_at"] is None, row["due_at"]))
    return json_response({"items": found[: int(limit or LIMIT)]})


@post("/api/v1/tasks/{key:str}/take", status_code=200)
async def take(request: AnyRequest, key: str) -> Response[bytes]:
    """Take a task into one's own hands, where `version` still stands; of two who try, one wins."""
    services, actor = services_of(request), signed_in(request)
    given = struct_of(await object_of(request), Given)
    await services.tasking.take(actor, services.rights, _id(key), version=given.version)
    return await _told(services, actor, _id(key))


@post("/api/v1/tasks/{key:str}/give-back", status_code=200)
async def give_back(request: AnyRequest, key: str) -> Response[bytes]:
    """Return a task, with a reason, to whoever asked."""
    services, actor = services_of(request), signed_in(request)
    given = struct_of(await object_of(request), Given)
    await services.tasking.give_back(
        actor, services.rights, _id(key), given.reason, version=given.version
    )
    return await _told(services, actor, _id(key))


@post("/api/v1/tasks/{key:str}/finish", status_code=200)
async def finish(request: AnyRequest, key: str) -> Response[bytes]:
    """Report a task done: `version` and what was found (note, position, photos before, after)."""
    services, actor = services_of(request), signed_in(request)
    body = await object_of(request)
    version = struct_of({"version": body.pop("version", None)}, Given).version
    await services.tasking.finish(actor, services.rights, _id(key), body, version=version)
    return await _told(services, actor, _id(key))


async def _told(services: Services, actor: Actor, task_id: UUID) -> Response[bytes]:
    """The task as it stands now."""
    task: Any = await services.tasking.one(actor, services.rights, task_id)
    return json_response(task)


def _id(key: str) -> UUID:
    found = to_id(key)
    if found is None:
        raise Absent("task.unknown")
    return found


HANDLERS = [listed, take, give_back, finish]
