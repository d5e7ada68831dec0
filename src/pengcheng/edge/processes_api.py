"""REST of processes: published versions as BPMN and drawings, upgrades, new instances."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import (
    AnyRequest,
    actor_of,
    body_of,
    object_of,
    refuse_unknown,
    services_of,
    signed_in,
    struct_of,
)
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.processes import (
    DRAWING_CSS,
    About,
    Instance,
    Mapped,
    Version,
    definition_in,
    draw,
    read,
)
from pengcheng.kernel.areas import area_no, is_area_code
from pengcheng.kernel.authz import Actor, Facts, Scope
from pengcheng.kernel.errors import Absent, Fault, Forbidden, Refusal, invalid
from pengcheng.kernel.ids import to_id

BPMN_BYTES_MAX = 4_000_000
BPMN = "application/xml; charset=utf-8"
SVG = "image/svg+xml; charset=utf-8"


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """From which version to which, old step to new step where names differ, and what stays."""

    old: int
    new: int
    steps: Mapping[str, str] = {}
    stays: frozenset[str] = frozenset()

    @property
    def mapped(self) -> Mapped:
        """As the engine takes it."""
        return Mapped(steps=self.steps, stays=self.stays)


@get("/api/v1/processes")
async def listed(request: AnyRequest) -> Response[bytes]:
    """Every published process: its newest version, how many run, how many are stuck."""
    services, actor = services_of(request), signed_in(request)
    found = await services.overview.published(allowed(services, actor, "read"))
    return json_response({"items": found})


@get("/api/v1/processes/{name:str}")
async def versions(request: AnyRequest, name: str) -> Response[bytes]:
    """The versions of a process, the newest first."""
    services, actor = services_of(request), signed_in(request)
    found = await services.overview.versions(allowed(services, actor, "read"), name)
    told = [
        {"id": item.id, "number": item.number, "process_id": item.process_id,
         "published_at": item.published_at}
        for item in found
    ]  # fmt: skip
    return json_response({"name": name, "items": told})


@get("/api/v1/processes/{name:str}/bpmn")
async def downloaded(request: AnyRequest, name: str) -> Response[bytes]:
    """A version as a BPMN 2.0 file; the newest one unless `version` says another."""
    version = await version_of(request, name)
    headers = {"Content-Disposition": f'attachment; filename="process-{version.number}.bpmn"'}
    return Response(version.content.encode(), media_type=BPMN, headers=headers)


@post("/api/v1/processes/{name:str}/bpmn")
async def uploaded(request: AnyRequest, name: str) -> Response[bytes]:
    """Publish a BPMN 2.0 file as the newest version; the same content again changes nothing."""
    services, actor = services_of(request), signed_in(request)
    content = await body_of(request, BPMN_BYTES_MAX)
    return json_response(told_version(await publish(services, actor, name, content)), status=201)


@get("/api/v1/processes/{name:str}/drawing.svg")
async def drawn(request: AnyRequest, name: str) -> Response[str]:
    """A version as SVG."""
    version = await version_of(request, name)
    definition = await services_of(request).overview.definition(version)
    drawing = draw(definition, language=actor_of(request).language, style=DRAWING_CSS)
    return Response(drawing, media_type=SVG)


@post("/api/v1/processes/{name:str}/instances")
async def begun(request: AnyRequest, name: str) -> Response[bytes]:
    """Start an instance of the newest version."""
    services, actor = services_of(request), signed_in(request)
    body = await object_of(request)
    refuse_unknown(body, ("variables", "area_code"))
    area = body.get("area_code")
    instance = await start(services, actor, name, variables_of(body), area)
    return json_response(told_instance(instance), status=201)


@post("/api/v1/processes/{name:str}/verdicts", status_code=200)
async def judged(request: AnyRequest, name: str) -> Response[bytes]:
    """What an upgrade would do to each running instance: counts by verdict; nothing is moved."""
    services, upgrade = services_of(request), await upgrade_of(request)
    old, new = await both(request, name, upgrade)
    return json_response(await services.upgrades.judge(old.id, new.id, upgrade.mapped))


@post("/api/v1/processes/{name:str}/upgrades", status_code=200)
async def upgraded(request: AnyRequest, name: str) -> Response[bytes]:
    """Move every running instance that can be moved; the others go on under the old version."""
    services, upgrade = services_of(request), await upgrade_of(request)
    old, new = await both(request, name, upgrade)
    return json_response(await services.upgrades.upgrade(old.id, new.id, upgrade.mapped))


@post("/api/v1/processes/{name:str}/upgrades/{upgrade_id:str}/undo", status_code=200)
async def undone(request: AnyRequest, name: str, upgrade_id: str) -> Response[bytes]:
    """Put back every instance that has not gone on since."""
    services, actor = services_of(request), signed_in(request)
    await services.overview.versions(allowed(services, actor, "change"), name)
    found = to_id(upgrade_id)
    if found is None:
        raise Absent("process.upgrade_unknown")
    back, onward = await services.upgrades.undo(found)
    return json_response({"put_back": back, "gone_on_since": onward})


# ── shared with the pages ────────────────────────────────────────────────────────────────────


def allowed(services: Services, actor: Actor, action: str) -> Scope:
    """The scope of an action on processes; `Forbidden` without any."""
    scope = services.rights.scope(actor, action, "process")
    if scope.is_empty:
        raise Forbidden("process.not_yours", action=action)
    return scope


async def version_of(request: AnyRequest, name: str) -> Version:
    """The version that the query string names, else the newest one."""
    services, actor = services_of(request), signed_in(request)
    found = await services.overview.versions(allowed(services, actor, "read"), name)
    return numbered(found, request.query_params.get("version"))


def numbered(found: list[Version], number: str | None) -> Version:
    """The version of a number, else the first."""
    if not number:
        return found[0]
    chosen = next((item for item in found if str(item.number) == number), None)
    if chosen is None:
        raise Absent("process.unpublished", process=f"{found[0].name} {number}")
    return chosen


async def publish(services: Services, actor: Actor, name: str, content: bytes) -> Version:
    """Publish a file by right, under a name that no pack's case runs by."""
    allowed(services, actor, "create")
    _refuse_of_cases(services, name)
    return await services.processes.publish(actor, definition_in(read(content)), name)


async def start(
    services: Services, actor: Actor, name: str, variables: Mapping[str, Any], area: object
) -> Instance:
    """A new instance of the newest version, in the starter's organisation and area."""
    _refuse_of_cases(services, name)
    about = _about(services, actor, area)
    async with services.database.transaction(actor) as work:
        version = await services.processes.newest(work, name)
        return await services.processes.start(work, version, variables, about)


def _about(services: Services, actor: Actor, area: object) -> About:
    if area is not None and not (isinstance(area, str) and is_area_code(area)):
        raise invalid(Fault(path="/area_code", code="area.code"))
    scope = services.rights.scope(actor, "create", "process_instance")
    posts = [item for item in actor.posts if item.organisations.spans]
    organisation = posts[0].organisations.spans[0][0] if posts else None
    within = posts[0].areas.spans[0][0] if posts and posts[0].areas.spans else None
    place = area_no(area) if isinstance(area, str) else within
    if not scope.holds(Facts(area_no=place, organisation_no=organisation)):
        raise Forbidden("process.not_yours", action="create")
    return About(area_no=place, organisation_no=organisation)


def _refuse_of_cases(services: Services, name: str) -> None:
    """A case's process is the pack's word, and cases are accepted, not started."""
    if any(kind.process == name for kind in services.registry.case_kinds.values()):
        raise Refusal("process.runs_cases", process=name)


def variables_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a body."""
    found = body.get("variables", {})
    if not isinstance(found, dict):
        raise invalid(Fault(path="/variables", code="json.not_object"))
    return found


async def upgrade_of(request: AnyRequest) -> Upgrade:
    """What an upgrade is declared to be."""
    return struct_of(await object_of(request), Upgrade)


async def both(request: AnyRequest, name: str, upgrade: Upgrade) -> tuple[Version, Version]:
    """The old and the new version of an upgrade, for one who may change processes."""
    services, actor = services_of(request), signed_in(request)
    found = await services.overview.versions(allowed(services, actor, "change"), name)
    return numbered(found, str(upgrade.old)), numbered(found, str(upgrade.new))


def told_version(version: Version) -> dict[str, Any]:
    """A version without its content."""
    return {
        "id": version.id, "name": version.name, "number": version.number,
        "process_id": version.process_id, "published_at": version.published_at,
    }  # fmt: skip


def told_instance(instance: Instance) -> dict[str, Any]:
    """An instance: where its tokens rest, its variables."""
    state = instance.state
    return {
        "id": instance.id, "version_id": instance.version_id, "revision": instance.revision,
        "status": state.status, "outcome": state.outcome, "variables": state.variables,
        "about": instance.about,
        "positions": [
            {"position": item.id, "node": item.node, "kind": item.kind, "since": item.since}
            for item in state.positions.values()
        ],
    }  # fmt: skip


def instance_id_of(text: str) -> UUID:
    """An id in an address; `Absent` when it is none."""
    found = to_id(text)
    if found is None:
        raise Absent("process.instance_unknown")
    return found


HANDLERS = [listed, versions, downloaded, uploaded, drawn, begun, judged, upgraded, undone]
