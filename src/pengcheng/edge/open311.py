"""Open311 GeoReport v2 over the case kinds that take the channel `open311`.

Services are the leaves of the kind's category table, none with required attributes; sending needs
no account or key, but a key that is given must be valid; anyone may read a request by its id:
status, service, times, unit, place at grid precision, and the text only if its author made it
public. What differs from the letter of the standard is listed in docs/operating/open311.md.
http://wiki.open311.org/GeoReport_v2/
"""

from typing import Any

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, actor_of, id_or_code, services_of
from pengcheng.edge.limits import Limit, limited
from pengcheng.edge.open311_answers import (
    answer,
    discovery_body,
    fault_answer,
    request_body,
    service_body,
)
from pengcheng.edge.open311_asking import (
    CHANNEL,
    files_of,
    form_of,
    named_as_sent,
    new_case,
    path_of,
    wanted,
)
from pengcheng.edge.problems import as_failure
from pengcheng.edge.services import Services
from pengcheng.engines.objects import Query, Record
from pengcheng.kernel.authz import GUEST, SYSTEM, Actor, Region, Scope
from pengcheng.kernel.errors import Absent, Forbidden, Refusal
from pengcheng.kernel.registry import CaseKind

SERVICES_MAX = 1000
KEY_LENGTH_MAX = 200

_posts, _reads = Limit(), Limit()


def told_fault(request: AnyRequest, error: Exception) -> Response[Any]:
    """An error in the form of GeoReport v2, in the format of the address that was asked."""
    failure = as_failure(error)
    ending = "xml" if request.scope["path"].endswith(".xml") else "json"
    return fault_answer(ending, failure, actor_of(request).language)


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
    page = await services.objects.page(services.registry, scope, Query(limit=SERVICES_MAX))
    return list(page.records)


def _counted(request: AnyRequest, limit: Limit, per_minute: int) -> Services:
    services = services_of(request)
    limited(request, limit, per_minute)
    return services


def _read(request: AnyRequest) -> Services:
    return _counted(request, _reads, services_of(request).settings.open311_reads)


@get("/open311/v2/{name:str}")
async def top(request: AnyRequest, name: str) -> Response[bytes]:
    """`discovery`, `services` and `requests`, each as .json or .xml."""
    services = _read(request)
    stem, ending = asked_format(name)
    kind = kind_of(services)
    if stem == "discovery":
        found = await categories(services, kind)
        origin = str(request.base_url).rstrip("/")
        body = discovery_body(origin, found, is_sample=services.settings.sample)
        return answer(ending, "discovery", body)
    if stem == "services":
        found = await categories(services, kind)
        return answer(ending, "services", [service_body(record) for record in found], "service")
    if stem == "requests":
        return await _requests(request, services, kind, ending)
    raise Absent("request.no_such_page")


async def _requests(
    request: AnyRequest, services: Services, kind: CaseKind, ending: str
) -> Response[bytes]:
    records = await categories(services, kind)
    now = services.clock.now()
    asked = wanted(request.query_params, {one.code: path_of(one) for one in records}, now)
    actor = actor_of(request)
    scope = services.rights.scope(actor, "read_public", kind.type)
    found = await services.cases.public_page(scope, **asked)
    names = {path_of(record): record for record in records}
    body = [request_body(services, item, names, actor.language) for item in found]
    return answer(ending, "service_requests", body, "request")


@get("/open311/v2/services/{name:str}")
async def definition(request: AnyRequest, name: str) -> Response[bytes]:
    """A service's definition: it has no further attributes."""
    services = _read(request)
    code, ending = asked_format(name)
    known = {record.code for record in await categories(services, kind_of(services))}
    if code not in known:
        raise Absent("open311.service_unknown", service_code=code)
    body = {"service_code": code, "attributes": []}
    return answer(ending, "service_definition", body)


@get("/open311/v2/requests/{name:str}")
async def one(request: AnyRequest, name: str) -> Response[bytes]:
    """One request by its id, as anyone may see it."""
    services = _read(request)
    key, ending = asked_format(name)
    kind, actor = kind_of(services), actor_of(request)
    scope = services.rights.scope(actor, "read_public", kind.type)
    found = await services.cases.public(scope, id_or_code(key))
    names = {path_of(record): record for record in await categories(services, kind)}
    body = [request_body(services, found, names, actor.language)]
    return answer(ending, "service_requests", body, "request")


@get("/open311/v2/tokens/{name:str}")
async def token(request: AnyRequest, name: str) -> Response[bytes]:
    """The id of a request by its token (here: the id with which it was accepted)."""
    services = _read(request)
    key, ending = asked_format(name)
    kind = kind_of(services)
    scope = services.rights.scope(actor_of(request), "read_public", kind.type)
    found = await services.cases.public(scope, id_or_code(key))
    body = [{"service_request_id": found.code, "token": key}]
    return answer(ending, "service_requests", body, "request")


@post("/open311/v2/{name:str}", status_code=201)
async def send(request: AnyRequest, name: str) -> Response[bytes]:
    """Send a request: form fields as GeoReport v2 names them; durable when answered 201."""
    services = _counted(request, _posts, services_of(request).settings.open311_posts)
    stem, ending = asked_format(name)
    if stem != "requests":
        raise Absent("request.no_such_page")
    kind = kind_of(services)
    form = await form_of(request)
    key = form.texts.get("api_key") or request.query_params.get("api_key")
    actor = await _sender(services, request, key)
    found = {record.code: record for record in await categories(services, kind)}
    new = new_case(kind, form.texts, found, services.areas)
    files = await files_of(request, actor, form)
    new = msgspec.structs.replace(
        new,
        author_id=actor.person_id,
        author_account_id=actor.account_id,
        files=files,
        fields={**new.fields, **({"photos": [str(one) for one in files]} if files else {})},
    )
    scope = services.rights.scope(actor, "create", kind.type)
    try:
        accepted = await services.cases.accept(scope, new)
    except Refusal as failure:
        raise named_as_sent(failure) from failure
    body = {
        "service_request_id": accepted.code,
        "service_notice": f"receipt {accepted.receipt}" if accepted.receipt else None,
        "account_id": None,
    }
    return answer(ending, "service_requests", [body], "request", status=201)


async def _sender(services: Services, request: AnyRequest, key: str | None) -> Actor:
    """Who sends: by a valid key, by session, or nobody known."""
    asker = actor_of(request)
    if key:
        found = await services.identity.actor_of(key) if len(key) <= KEY_LENGTH_MAX else None
        if found is None or found.must_change_password:
            raise Forbidden("open311.key_invalid")
    else:
        found = asker if asker.account_id else GUEST
    return msgspec.structs.replace(found, language=asker.language, request_id=asker.request_id)


HANDLERS = [top, definition, one, token, send]
