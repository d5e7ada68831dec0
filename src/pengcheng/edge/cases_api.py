"""REST of cases: `/api/v1/cases/{kind}`, the same routes for every declared kind."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from pengcheng.edge import arriving, exporting
from pengcheng.edge.asking import (
    AnyRequest,
    actor_of,
    from_cursor,
    id_or_code,
    instant,
    object_of,
    refuse_unknown,
    services_of,
    signed_in,
    struct_of,
    to_cursor,
)
from pengcheng.edge.explaining import with_otherwise
from pengcheng.edge.filters import TEXT_MAX
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Action, Case, CaseQuery, NewCase
from pengcheng.kernel.areas import area_span, is_area_code
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.texts import natural

STATES = ("open", "late", "watch", "suspended", "unanswered", "replied", "closed", "all")
_SENT = ("channel", "fields", "point", "area_code", "disclosure", "is_public", "files")
ORDERS = ("due", "accepted", "closed")
YES_NO = ("true", "false")
EVENT_FACTS = {"field": "event", "field_zh": "事件", "field_en": "event"}
_TEXTS = ("step", "stage", "channel", "category", "q")
_LIST_PARAMETERS = frozenset(
    [
        "state",
        "order",
        "mine",
        "unit",
        "area",
        "step",
        "stage",
        "channel",
        "category",
        "event",
        "accepted_from",
        "accepted_to",
        "closed_from",
        "closed_to",
        "supervised",
        "q",
        "format",
        "limit",
        "cursor",
    ]
)
Position = tuple[datetime, UUID]


@post("/api/v1/cases/{kind:str}")
async def submit(request: AnyRequest, kind: str) -> Response[bytes]:
    """Accept a case. Answers 201 once it is durable; the same Idempotency-Key gives the same."""
    services, actor = services_of(request), actor_of(request)
    body = await object_of(request)
    services.registry.case_kind(kind)
    body.setdefault("channel", "api")
    refuse_unknown(body, _SENT)
    is_author = actor.kind in {"citizen", "enterprise"}
    new = struct_of(
        body,
        NewCase,
        kind=kind,
        author_id=(actor.enterprise_id or actor.person_id) if is_author else None,
        author_account_id=actor.account_id,
        submission_key=submission_key(request),
    )
    scope = services.rights.scope(actor, "create", kind)
    accepted = await services.cases.accept(scope, arriving.settled(services, new))
    return json_response(accepted, status=200 if accepted.is_repeat else 201)


def submission_key(request: AnyRequest) -> str | None:
    """The Idempotency-Key, bound to who sends it."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 8 <= len(key) <= 128 or not key.isascii() or not key.isprintable():
        raise invalid(Fault(path="/Idempotency-Key", code="key.form"))
    return f"{actor_of(request).account_id or 'guest'}:{key}"


@get("/api/v1/cases/{kind:str}")
async def listed(request: AnyRequest, kind: str) -> Response[bytes]:
    """A page of the cases that the asker may see."""
    services, actor = services_of(request), signed_in(request)
    services.registry.case_kind(kind)
    query = query_of(request, kind)
    page = await services.cases.page(services.rights.scope(actor, "read", kind), query)
    following = to_cursor(services, f"cases:{kind}:{query.order}", page.next) if page.next else None
    return json_response({"items": page.cases, "next": following})


def query_of(request: AnyRequest, kind: str, *also: str) -> CaseQuery:
    """The query string as a query; every fault of it at once. `also`: other names it may have."""
    services, asked = services_of(request), request.query_params
    faults = [
        Fault(path=f"/{name}", code="field.unknown", facts={"field": name})
        for name in asked
        if name not in {*_LIST_PARAMETERS, *also}
    ]
    state, order = asked.get("state", "open"), asked.get("order", "due")
    mine, supervised = asked.get("mine", "false"), asked.get("supervised", "false")
    faults += _choices(
        ("state", state, STATES), ("order", order, ORDERS),
        ("mine", mine, YES_NO), ("supervised", supervised, YES_NO),
    )  # fmt: skip
    faults += [
        Fault(path=f"/{name}", code="query.text", facts={"field": name})
        for name in _TEXTS
        if (text := asked.get(name)) and not (text.isprintable() and len(text) <= TEXT_MAX)
    ]
    event = asked.get("event")
    event_id = to_id(event) if event else None
    if event and event_id is None:
        faults.append(Fault(path="/event", code="reference.form", facts=EVENT_FACTS))
    limit = asked.get("limit", "100")
    if not 1 <= natural(limit) <= 500:
        faults.append(Fault(path="/limit", code="number.range", facts={"low": 1, "high": 500}))
    area = asked.get("area")
    if area is not None and not is_area_code(area):
        faults.append(Fault(path="/area", code="area.code"))
    if faults:
        raise invalid(*faults)
    cursor = asked.get("cursor")
    purpose = f"cases:{kind}:{order}"
    return CaseQuery(
        kind=kind,
        state=state,
        order=msgspec.convert(order, type=Any),
        mine=actor_of(request).account_id if mine == "true" else None,
        unit=unit_of(request, asked.get("unit")),
        area=area_span(area) if area else None,
        step=asked.get("step"),
        stage=asked.get("stage"),
        channel=asked.get("channel"),
        category=asked.get("category"),
        accepted=(
            instant(asked.get("accepted_from"), "/accepted_from"),
            instant(asked.get("accepted_to"), "/accepted_to"),
        ),
        closed=(
            instant(asked.get("closed_from"), "/closed_from"),
            instant(asked.get("closed_to"), "/closed_to"),
        ),
        event_id=event_id,
        supervised=supervised == "true",
        text=asked.get("q"),
        limit=int(limit),
        after=from_cursor(services, purpose, cursor, Position) if cursor else None,
    )


def _choices(*asked: tuple[str, str, Sequence[str]]) -> list[Fault]:
    return [
        Fault(path=f"/{name}", code="code.unknown",
              facts={"given": given, "allowed": ", ".join(allowed)})
        for name, given, allowed in asked
        if given not in allowed
    ]  # fmt: skip


def unit_of(request: AnyRequest, key: str | None) -> tuple[int, int] | None:
    """The numbers of an organisation (by key) and all beneath it."""
    if key is None:
        return None
    found = services_of(request).organisations.by_key(key)
    if found is None:
        raise invalid(Fault(path="/unit", code="reference.unknown", facts={"given": key}))
    return found.no, found.no_end


@get("/api/v1/cases/{kind:str}/export")
async def export(request: AnyRequest, kind: str) -> Response[Any]:
    """The cases of a query as a CSV, XLSX or NDJSON file."""
    services, actor = services_of(request), signed_in(request)
    type_ = services.registry.type_(services.registry.case_kind(kind).type)
    wanted = exporting.checked_format(request.query_params.get("format", "csv"))
    query, fields = query_of(request, kind, "fields"), request.query_params.get("fields", "")
    named = [name for name in fields.split(",") if name]
    return await exporting.cases_file(services, actor, type_, query, wanted, named)


@get("/api/v1/cases/{kind:str}/{key:str}")
async def one(request: AnyRequest, kind: str, key: str) -> Response[bytes]:
    """A case with everything of it that the asker may see; with `receipt`, its author's view."""
    services, actor = services_of(request), actor_of(request)
    services.registry.case_kind(kind)
    receipt = request.headers.get("x-receipt") or request.query_params.get("receipt")
    if receipt:
        return json_response(await services.cases.view_by_receipt(services.rights, key, receipt))
    scope = services.rights.scope(actor, "read", kind)
    return json_response(await services.cases.view(scope, services.rights, id_or_code(key)))


@post("/api/v1/cases/{kind:str}/{key:str}/actions/{verb:str}", status_code=200)
async def act(request: AnyRequest, kind: str, key: str, verb: str) -> Response[bytes]:
    """Do a verb on a case, where `version` still stands."""
    services, actor = services_of(request), actor_of(request)
    services.registry.case_kind(kind)
    action = struct_of(await object_of(request), Action, verb=verb)
    receipt = request.headers.get("x-receipt")
    more: dict[str, Any] = {}
    if receipt:
        case = await services.acting.act_by_receipt(kind, key, receipt, action, actor)
    else:
        case, more = await _done(services, signed_in(request), kind, id_or_code(key), action)
    return json_response(
        {"id": case.id, "code": case.code, "step": case.step, "stage": case.stage,
         "open": case.open, "version": case.version, "due_at": case.due_at, **more}
    )  # fmt: skip


async def _done(
    services: Services, actor: Actor, kind: str, key: UUID | str, action: Action
) -> tuple[Case, dict[str, Any]]:
    """The case after a verb; of a split also the new case, which has a part of the text."""
    rights = services.rights
    if action.verb == "split":
        made = await services.splitting.split(actor, rights, kind, key, action)
        case = await services.cases.get(rights.scope(actor, "read", kind), key)
        return case, {"part": {"id": made.id, "code": made.code, "due_at": made.due_at}}
    if action.verb == "undo":
        step = str(action.details.get("step", ""))
        return await services.tasking.undo(actor, rights, kind, key, step, action), {}
    return await services.acting.act(actor, rights, kind, key, action), {}


@get("/api/v1/cases/{kind:str}/{key:str}/decisions")
async def decisions(request: AnyRequest, kind: str, key: str) -> Response[bytes]:
    """What automatic steps decided about a case, why, and what would have changed it."""
    services, actor = services_of(request), signed_in(request)
    scope = services.rights.scope(actor, "read", kind)
    found = await services.tasking.decisions(scope, id_or_code(key))
    texts = await services.cases.texts_of(scope, id_or_code(key))
    return json_response({"items": await with_otherwise(services, kind, texts, found)})


@get("/api/v1/cases/{kind:str}/{key:str}/readers")
async def readers(request: AnyRequest, kind: str, key: str) -> Response[bytes]:
    """Who read a case: for its author and for auditors."""
    services, actor = services_of(request), signed_in(request)
    scope = services.rights.scope(actor, "read_accesses", kind)
    return json_response({"items": await services.cases.accesses(scope, id_or_code(key))})


HANDLERS = [submit, listed, export, one, act, decisions, readers]
