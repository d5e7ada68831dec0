"""Open311 GeoReport v2 over the case kinds that take the channel `open311`.

Services are the leaves of the kind's category table, none with required attributes; sending needs
no account or key, but a key that is given must be valid; anyone may read a request by its id:
status, service, times, unit, place at grid precision, and the text only if its author made it
public. http://wiki.open311.org/GeoReport_v2/
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.types import ExceptionHandlersMap

from pengcheng.edge.asking import (
    AnyRequest,
    actor_of,
    form_within,
    id_or_code,
    instant,
    services_of,
)
from pengcheng.edge.limits import Limit, limited
from pengcheng.edge.open311_answers import (
    answer,
    discovery_body,
    fault_answer,
    request_body,
    service_body,
)
from pengcheng.edge.problems import as_failure
from pengcheng.edge.services import Services
from pengcheng.engines.cases import NewCase
from pengcheng.engines.objects import Query, Record
from pengcheng.kernel.authz import GUEST, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Absent, Fault, Forbidden, invalid
from pengcheng.kernel.registry import CaseKind

CHANNEL = "open311"
BODY_BYTES_MAX = 100_000
PAGE_MAX = 1000
DAYS_DEFAULT = 90
SUBJECT_LENGTH = 40
POSTS_PER_MINUTE = 60
READS_PER_MINUTE = 600

_posts = Limit(POSTS_PER_MINUTE)
_reads = Limit(READS_PER_MINUTE)


def told_fault(request: AnyRequest, error: Exception) -> Response[Any]:
    """An error in the form of GeoReport v2, in the format of the address that was asked."""
    failure = as_failure(error)
    ending = "xml" if request.scope["path"].endswith(".xml") else "json"
    return fault_answer(ending, failure, actor_of(request).language)


FAULTS: ExceptionHandlersMap = {Exception: told_fault}


def kind_of(services: Services) -> CaseKind:
    """The case kind that takes this channel."""
    found = next((k for k in services.registry.case_kinds.values() if CHANNEL in k.channels), None)
    if found is None:
        raise Absent("case_kind.unknown", kind=CHANNEL)
    return found


def asked_format(name: str) -> tuple[str, str]:
    """The name and format of a path segment: "requests.json" is ("requests", "json")."""
    stem, dot, ending = name.rpartition(".")
    if not dot or ending not in {"json", "xml"}:
        raise Absent("request.no_such_page")
    return stem, ending


async def categories(services: Services, kind: CaseKind) -> list[Record]:
    """The leaves of the category table, by code."""
    name = kind.tables.get("categories")
    if name is None:
        return []
    scope = Scope(action="read", type=name, regions=(Region(),), actor=SYSTEM)
    page = await services.objects.page(services.registry, scope, Query(limit=PAGE_MAX))
    return list(page.records)


def path_of(record: Record) -> str:
    """The category of a service as cases carry it."""
    levels = (record.attributes.get(name) for name in ("level1", "level2", "level3"))
    return "/".join(str(level) for level in levels if level)


@get("/open311/v2/{name:str}", exception_handlers=FAULTS)
async def top(request: AnyRequest, name: str) -> Response[bytes]:
    """`discovery`, `services` and `requests`, each as .json or .xml."""
    limited(request, _reads)
    stem, ending = asked_format(name)
    services = services_of(request)
    kind = kind_of(services)
    if stem == "discovery":
        return answer(ending, "discovery", discovery_body(services.settings.origin))
    if stem == "services":
        found = await categories(services, kind)
        return answer(ending, "services", [service_body(record) for record in found], "service")
    if stem == "requests":
        return await _requests(request, services, kind, ending)
    raise Absent("request.no_such_page")


async def _requests(
    request: AnyRequest, services: Services, kind: CaseKind, ending: str
) -> Response[bytes]:
    asked = request.query_params
    ids = asked.get("service_request_id")
    by_code = {record.code: record for record in await categories(services, kind)}
    wanted = asked.get("service_code")
    if wanted is not None and wanted not in by_code:
        raise invalid(Fault(path="/service_code", code="reference.unknown"))
    status = asked.get("status")
    if status not in {None, "open", "closed"}:
        facts = {"given": status, "allowed": "open, closed"}
        raise invalid(Fault(path="/status", code="code.unknown", facts=facts))
    last = instant(asked.get("end_date"), "/end_date")
    first = instant(asked.get("start_date"), "/start_date")
    if first is None and ids is None:
        first = (last or services.clock.now()) - timedelta(days=DAYS_DEFAULT)
    found = await services.cases.public_page(
        services.rights.scope(actor_of(request), "read_public", kind.type),
        codes=ids.split(",")[:50] if ids else None,
        category=path_of(by_code[wanted]) if wanted else None,
        is_open=None if status is None else status == "open",
        between=(first, last),
        limit=min(_number(asked.get("page_size"), 50), PAGE_MAX),
    )
    names = {path_of(record): record for record in by_code.values()}
    return answer(
        ending, "service_requests", [request_body(services, item, names) for item in found],
        "request",
    )  # fmt: skip


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else default


@get("/open311/v2/services/{name:str}", exception_handlers=FAULTS)
async def definition(request: AnyRequest, name: str) -> Response[bytes]:
    """A service's definition: it has no further attributes."""
    limited(request, _reads)
    code, ending = asked_format(name)
    services = services_of(request)
    known = {record.code for record in await categories(services, kind_of(services))}
    if code not in known:
        raise Absent("open311.service_unknown", service_code=code)
    return answer(ending, "service_definition", {"service_code": code, "attributes": []})


@get("/open311/v2/requests/{name:str}", exception_handlers=FAULTS)
async def one(request: AnyRequest, name: str) -> Response[bytes]:
    """One request by its id, as anyone may see it."""
    limited(request, _reads)
    key, ending = asked_format(name)
    services = services_of(request)
    kind = kind_of(services)
    scope = services.rights.scope(actor_of(request), "read_public", kind.type)
    found = await services.cases.public(scope, id_or_code(key))
    names = {path_of(record): record for record in await categories(services, kind)}
    body = request_body(services, found, names)
    return answer(ending, "service_requests", [body], "request")


@get("/open311/v2/tokens/{name:str}", exception_handlers=FAULTS)
async def token(request: AnyRequest, name: str) -> Response[bytes]:
    """The id of a request by its token (here: the id with which it was accepted)."""
    limited(request, _reads)
    key, ending = asked_format(name)
    services = services_of(request)
    kind = kind_of(services)
    scope = services.rights.scope(actor_of(request), "read_public", kind.type)
    found = await services.cases.public(scope, id_or_code(key))
    body = [{"service_request_id": found.code, "token": str(found.id)}]
    return answer(ending, "service_requests", body, "request")


@post("/open311/v2/{name:str}", status_code=201, exception_handlers=FAULTS)
async def send(request: AnyRequest, name: str) -> Response[bytes]:
    """Send a request: form fields as GeoReport v2 names them; durable when answered 201."""
    limited(request, _posts)
    stem, ending = asked_format(name)
    if stem != "requests":
        raise Absent("request.no_such_page")
    services = services_of(request)
    kind = kind_of(services)
    form = await _form(request)
    actor = await _sender(services, request, form.get("api_key"))
    found = {record.code: record for record in await categories(services, kind)}
    new = _new_case(kind, form, found.get(form.get("service_code", "")))
    new = msgspec.structs.replace(
        new, author_id=actor.person_id, author_account_id=actor.account_id
    )
    accepted = await services.cases.accept(services.rights.scope(actor, "create", kind.type), new)
    body = {
        "service_request_id": accepted.code,
        "service_notice": f"receipt {accepted.receipt}" if accepted.receipt else "",
        "account_id": "",
    }
    return answer(ending, "service_requests", [body], "request", status=201)


async def _form(request: AnyRequest) -> Mapping[str, str]:
    form = await form_within(request, BODY_BYTES_MAX)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


async def _sender(services: Services, request: AnyRequest, key: str | None) -> Any:
    """Who sends: by a valid key, by session, or nobody known."""
    if not key:
        actor = actor_of(request)
        return (
            actor
            if actor.account_id
            else msgspec.structs.replace(
                GUEST, language=actor.language, request_id=actor.request_id
            )
        )
    found = await services.identity.actor_of(key) if len(key) <= 200 else None
    if found is None:
        raise Forbidden("open311.key_invalid")
    return found


def _new_case(kind: CaseKind, form: Mapping[str, str], service: Record | None) -> NewCase:
    faults: list[Fault] = []
    if service is None:
        facts = {"given": form.get("service_code", "")}
        faults.append(Fault(path="/service_code", code="reference.unknown", facts=facts))
    description = form.get("description", "").strip()
    if not description:
        faults.append(Fault(path="/description", code="field.required"))
    point = _point(form, faults)
    if point is None and not form.get("address_string") and not faults:
        faults.append(Fault(path="/lat", code="open311.place_missing"))
    if faults or service is None:
        raise invalid(*faults)
    name = " ".join(part for part in (form.get("last_name"), form.get("first_name")) if part)
    fields = {
        "subject": description.splitlines()[0][:SUBJECT_LENGTH],
        "body": description,
        "address": form.get("address_string") or None,
        "contact_name": name or None,
        "contact_telephone": form.get("phone") or None,
        "contact_email": form.get("email") or None,
        "category_level1": service.attributes.get("level1"),
        "category_level2": service.attributes.get("level2"),
        "category_level3": service.attributes.get("level3"),
    }
    return NewCase(
        kind=kind.type,
        channel=CHANNEL,
        fields={key: value for key, value in fields.items() if value is not None},
        point=point,
        category=path_of(service),
    )


def _point(form: Mapping[str, str], faults: list[Fault]) -> tuple[float, float] | None:
    texts = form.get("long", ""), form.get("lat", "")
    if not any(texts):
        return None
    try:
        longitude, latitude = float(texts[0]), float(texts[1])
    except ValueError:
        faults.append(Fault(path="/lat", code="number.kind", facts={"field": "lat"}))
        return None
    return longitude, latitude


HANDLERS = [top, definition, one, token, send]
