"""REST of declared types: one generic route, looked up in the registry of the moment."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post

from pengcheng.edge import exporting
from pengcheng.edge.asking import (
    AnyRequest,
    actor_of,
    id_or_code,
    object_of,
    services_of,
    to_cursor,
)
from pengcheng.edge.filters import query_of
from pengcheng.edge.record_places import located
from pengcheng.edge.replies import json_response
from pengcheng.engines.objects import NewRecord, Record
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.texts import natural

HEAD = ("id", "code", "title", "area_no", "organisation_no", "version", "changed_at")


def shown(type_: RecordType, record: Record) -> dict[str, Any]:
    """A record as JSON: its head, then its attributes."""
    body = {name: getattr(record, name) for name in HEAD}
    body["type"] = type_.name
    body.update(record.attributes)
    if record.place is not None:
        body["place"] = msgspec.Raw(record.place.encode())
    return body


def record_type(registry: Registry, name: str) -> RecordType:
    """A declared type whose records stand by themselves. Cases and events have other routes."""
    type_ = registry.type_(name)
    if type_.role != "object":
        raise Absent("type.unknown", type=name)
    return type_


@get("/api/v1/{type_name:str}")
async def listed(request: AnyRequest, type_name: str) -> Response[Any]:
    """A page of the records that the asker may see; all of them as a file with `format`."""
    services, actor = services_of(request), actor_of(request)
    type_ = record_type(services.registry, type_name)
    query, purpose = query_of(request, type_)
    wanted = request.query_params.get("format", "json")
    if wanted != "json":
        kind = exporting.checked_format(wanted)
        return await exporting.records_file(services, actor, type_, query, kind)
    scope = services.rights.scope(actor, "read", type_name)
    page = await services.objects.page(services.registry, scope, query)
    following = to_cursor(services, purpose, page.next) if page.next else None
    return json_response({"items": [shown(type_, r) for r in page.records], "next": following})


@get("/api/v1/{type_name:str}/{key:str}")
async def one(request: AnyRequest, type_name: str, key: str) -> Response[bytes]:
    """A record by id or code."""
    services, actor = services_of(request), actor_of(request)
    scope = services.rights.scope(actor, "read", type_name)
    type_ = record_type(services.registry, type_name)
    record = await services.objects.get(services.registry, scope, id_or_code(key))
    return json_response(shown(type_, record), headers={"ETag": f'"{record.version}"'})


@post("/api/v1/{type_name:str}")
async def created(request: AnyRequest, type_name: str) -> Response[bytes]:
    """Add a record."""
    services, actor = services_of(request), actor_of(request)
    type_ = record_type(services.registry, type_name)
    body = await object_of(request)
    scope = services.rights.scope(actor, "create", type_name)
    (new,) = await located(services, [new_record(body)])
    record = await services.objects.create(services.registry, scope, new)
    return json_response(shown(type_, record), status=201)


def new_record(body: Mapping[str, Any]) -> NewRecord:
    """A body as a record to be added: `code`, `area_code`, `place`, the rest attributes."""
    head = {name: body.get(name) for name in ("code", "area_code")}
    for name, value in head.items():
        if value is not None and not isinstance(value, str):
            raise invalid(Fault(path=f"/{name}", code="text.kind"))
    attributes = {k: v for k, v in body.items() if k not in {"code", "area_code", "place"}}
    return NewRecord(attributes=attributes, place=body.get("place"), **head)


@patch("/api/v1/{type_name:str}/{key:str}")
async def changed(request: AnyRequest, type_name: str, key: str) -> Response[bytes]:
    """Change attributes of a record where the version of `If-Match` (or `version`) stands."""
    services, actor = services_of(request), actor_of(request)
    type_ = record_type(services.registry, type_name)
    body = await object_of(request)
    version = version_of(request, body)
    scope = services.rights.scope(actor, "change", type_name)
    values = {name: value for name, value in body.items() if name != "version"}
    record = await services.objects.change(
        services.registry, scope, id_or_code(key), values, version=version
    )
    return json_response(shown(type_, record))


@delete("/api/v1/{type_name:str}/{key:str}", status_code=204)
async def retired(request: AnyRequest, type_name: str, key: str) -> None:
    """Retire a record; it stays until its retention ends."""
    services, actor = services_of(request), actor_of(request)
    record_type(services.registry, type_name)
    version = version_of(request, {})
    scope = services.rights.scope(actor, "retire", type_name)
    await services.objects.retire(services.registry, scope, id_or_code(key), version=version)


def version_of(request: AnyRequest, body: Mapping[str, Any]) -> int:
    """The version that the asker read, by If-Match or in the body."""
    given = request.headers.get("if-match", "").strip('"') or str(body.get("version", ""))
    if natural(given) < 0:
        raise invalid(Fault(path="/version", code="field.required"))
    return int(given)


HANDLERS = [listed, one, created, changed, retired]
