"""REST of declared relations: what a record is related to, from when until when.

A relation is asked for by its name at records of the type that declares it, and as
`type.relation` at those to which it leads. `?at=` an instant (without it now), or `at=all`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, delete, get, patch, post

from pengcheng.edge import exporting
from pengcheng.edge.asking import (
    AnyRequest,
    actor_of,
    from_cursor,
    instant,
    object_of,
    refuse_unknown,
    services_of,
    to_cursor,
)
from pengcheng.edge.records_api import record_type
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.objects import EdgeQuery, NewEdge, RelatedPage
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.records import attribute_value
from pengcheng.kernel.registry import Attribute, RecordType, Registry, Relation
from pengcheng.kernel.texts import natural
from pengcheng.kernel.words import Words

LIMIT_MAX = 1000
EVERY = "all"
Found = tuple[RecordType, Relation]


def relations_of(registry: Registry, type_: RecordType) -> dict[str, Found]:
    """The relations of a type by the name that its records know them by: its own, and those that
    lead to it."""
    own = {relation.name: (type_, relation) for relation in type_.relations}
    towards = {
        f"{other.name}.{relation.name}": (other, relation)
        for other in registry.types.values()
        for relation in other.relations
        if relation.to == type_.name
    }
    return own | towards


def called(name: str, found: Found) -> Words:
    """What a relation is called at the end that knows it by this name."""
    declaring, relation = found
    if "." not in name:
        return relation.label
    other = declaring.label
    plain = Words(f"{other.zh}：{relation.label.zh}", f"{other.en}: {relation.label.en}")
    return relation.inverse or plain


async def related(
    services: Services, actor: Actor, type_: RecordType, key: str, name: str, query: EdgeQuery
) -> RelatedPage:
    """The records to which a record is related, by a name of `relations_of`."""
    found = relations_of(services.registry, type_).get(name)
    if found is None:
        raise Absent("relation.unknown", type=type_.name, relation=name)
    declaring, relation = found
    read = services.rights.scope(actor, "read", type_.name)
    if "." not in name:
        other = services.rights.scope(actor, "read", relation.to)
        ask = services.relations.from_
    else:
        other = services.rights.scope(actor, "read", declaring.name)
        ask = services.relations.to
    return await ask(services.registry, read, key, relation.name, other, query)


@get("/api/v1/{type_name:str}/{key:str}/relations")
async def listed(request: AnyRequest, type_name: str, key: str) -> Response[bytes]:
    """The relations that a record may have."""
    services, actor = services_of(request), actor_of(request)
    type_ = record_type(services.registry, type_name)
    read = services.rights.scope(actor, "read", type_name)
    record = await services.objects.get(services.registry, read, to_id(key) or key)
    items = [
        {
            "relation": name,
            "label": called(name, found).in_(actor.language),
            "to": found[0].name if "." in name else found[1].to,
            "many": found[1].many or "." in name,
            "href": f"/api/v1/{type_name}/{record.id}/relations/{name}",
        }
        for name, found in relations_of(services.registry, type_).items()
    ]
    return json_response({"items": items})


@get("/api/v1/{type_name:str}/{key:str}/relations/{relation:str}")
async def page(request: AnyRequest, type_name: str, key: str, relation: str) -> Response[bytes]:
    """The records to which a record is related at an instant, or at every time."""
    services, actor = services_of(request), actor_of(request)
    type_ = record_type(services.registry, type_name)
    purpose = f"relation:{type_name}:{relation}"
    found = await related(services, actor, type_, key, relation, query_of(request, purpose))
    following = to_cursor(services, purpose, found.next) if found.next else None
    return json_response({"items": found.items, "next": following})


@post("/api/v1/{type_name:str}/{key:str}/relations/{relation:str}")
async def added(request: AnyRequest, type_name: str, key: str, relation: str) -> Response[bytes]:
    """Relate a record to another, from an instant (without it: now) until one, if that is known."""
    services, actor = services_of(request), actor_of(request)
    declared = record_type(services.registry, type_name).relation(relation)
    body = await object_of(request)
    refuse_unknown(body, ("to", "valid_from", "valid_to"))
    to = body.get("to")
    if not isinstance(to, str) or not to:
        raise invalid(Fault(path="/to", code="field.required"))
    new = NewEdge(
        from_=key, to=to, valid_from=_moment(body, "valid_from"), valid_to=_moment(body, "valid_to")
    )
    change = services.rights.scope(actor, "change", type_name)
    other = services.rights.scope(actor, "read", declared.to)
    edge = await services.relations.add(services.registry, change, relation, other, new)
    return json_response({"edge": edge}, status=201)


@patch("/api/v1/{type_name:str}/{key:str}/relations/{relation:str}/{edge:str}", status_code=204)
async def ended(request: AnyRequest, type_name: str, key: str, relation: str, edge: str) -> None:
    """Say until when an edge is true (`valid_to`; without it: until now)."""
    services, actor = services_of(request), actor_of(request)
    declared = record_type(services.registry, type_name).relation(relation)
    body = await object_of(request)
    refuse_unknown(body, ("valid_to",))
    change = services.rights.scope(actor, "change", type_name)
    other = services.rights.scope(actor, "read", declared.to)
    await services.relations.end(
        services.registry, change, relation, other, (key, _edge(edge, relation)),
        _moment(body, "valid_to"),
    )  # fmt: skip


@delete("/api/v1/{type_name:str}/{key:str}/relations/{relation:str}/{edge:str}", status_code=204)
async def withdrawn(
    request: AnyRequest, type_name: str, key: str, relation: str, edge: str
) -> None:
    """Take back an edge that never was true; what ended is ended by PATCH."""
    services, actor = services_of(request), actor_of(request)
    declared = record_type(services.registry, type_name).relation(relation)
    change = services.rights.scope(actor, "change", type_name)
    other = services.rights.scope(actor, "read", declared.to)
    await services.relations.withdraw(
        services.registry, change, relation, other, (key, _edge(edge, relation))
    )


@get("/api/v1/{type_name:str}/relations/{relation:str}")
async def every(request: AnyRequest, type_name: str, relation: str) -> Response[Any]:
    """The edges of a relation with both ends; all of them as a file with `format`."""
    services, actor = services_of(request), actor_of(request)
    declared = record_type(services.registry, type_name).relation(relation)
    purpose = f"edges:{type_name}:{relation}"
    query = query_of(request, purpose)
    read = services.rights.scope(actor, "read", type_name)
    other = services.rights.scope(actor, "read", declared.to)
    wanted = request.query_params.get("format", "json")
    if wanted != "json":
        kind = exporting.checked_format(wanted)
        return await exporting.edges_file(services, read, relation, other, query, kind)
    found = await services.relations.page(services.registry, read, relation, other, query)
    following = to_cursor(services, purpose, found.next) if found.next else None
    return json_response({"items": found.items, "next": following})


def query_of(request: AnyRequest, purpose: str) -> EdgeQuery:
    """The page of edges that a request asks for."""
    asked = request.query_params
    refuse_unknown(dict(asked), ("at", "limit", "cursor", "format"))
    limit = asked.get("limit", "100")
    if not 1 <= natural(limit) <= LIMIT_MAX:
        facts = {"low": 1, "high": LIMIT_MAX}
        raise invalid(Fault(path="/limit", code="number.range", facts=facts))
    services, cursor = services_of(request), asked.get("cursor", "")
    after = from_cursor(services, purpose, cursor, tuple[datetime, UUID]) if cursor else None
    at = asked.get("at")
    moment = None if at == EVERY else instant(at, "/at") or services.clock.now()
    return EdgeQuery(at=moment, limit=int(limit), after=after)


def _moment(body: Mapping[str, Any], name: str) -> datetime | None:
    item = Attribute(name=name, kind="instant", label=Words(name, name))
    found, faults = attribute_value(item, body.get(name), code_lists=None)
    if faults:
        raise invalid(*faults)
    moment: datetime | None = found
    return moment


def _edge(text: str, relation: str) -> UUID:
    found = to_id(text)
    if found is None:
        raise Absent("relation.edge_unknown", relation=relation)
    return found


HANDLERS = [listed, page, added, ended, withdrawn, every]
