"""REST of webhooks: `/api/v1/webhooks`. A secret is told when it is made, and never again."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Response, delete, get, patch, post

from pengcheng.edge import log_reading
from pengcheng.edge.asking import AnyRequest, object_of, refuse_unknown, services_of, signed_in
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.edge.webhook_sending import Sender
from pengcheng.engines.webhooks import Delivery, NewWebhook, Webhook
from pengcheng.ground import log
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Absent, Fault, Trouble, invalid
from pengcheng.kernel.ids import to_id

TYPE = "webhook"
MISSED_MAX = 200
DELIVERIES_MAX = 200


@post("/api/v1/webhooks")
async def create(request: AnyRequest) -> Response[bytes]:
    """Tell an address of what happens from now on. The secret is in this answer only."""
    services = services_of(request)
    scope = _scope(request, "create")
    new = new_of(await object_of(request))
    await check_address(services, new.url)
    made, secret = await services.webhooks.create(scope, new)
    return json_response({**told(made), "secret": secret}, status=201)


def new_of(body: dict[str, Any]) -> NewWebhook:
    """A new webhook from a body."""
    refuse_unknown(body, ("url", "kinds", "note"))
    url, kinds, note = body.get("url"), body.get("kinds", []), body.get("note", "")
    faults: list[Fault] = []
    if not isinstance(url, str) or not url:
        faults.append(Fault(path="/url", code="field.required", facts=_field("url")))
    if not isinstance(kinds, list) or not all(isinstance(one, str) for one in kinds):
        faults.append(Fault(path="/kinds", code="webhook.kind"))
    if not isinstance(note, str):
        faults.append(Fault(path="/note", code="text.kind", facts=_field("note")))
    if faults:
        raise invalid(*faults)
    return NewWebhook(url=str(url), kinds=tuple(kinds), note=note.strip())


def _field(name: str) -> dict[str, str]:
    return {"field": name, "field_zh": name, "field_en": name}


async def check_address(services: Services, url: str) -> None:
    """Refuse what is never sent to: inward addresses, and what anybody on the way could read,
    unless the city's settings allow private addresses."""
    if urlsplit(url).scheme != "https" and not services.settings.webhook_private:
        raise invalid(Fault(path="/url", code="url.https"))
    try:
        await services.outgoing.check(url)
    except Trouble as trouble:
        # Whoever gives an address can put right that nobody has it.
        raise invalid(Fault(path="/url", code="url.unknown_host", facts=trouble.facts)) from trouble


@get("/api/v1/webhooks")
async def listed(request: AnyRequest) -> Response[bytes]:
    """The webhooks that the asker may see, the newest first."""
    services = services_of(request)
    found = await services.webhooks.all(_scope(request, "read"))
    return json_response({"items": [told(one) for one in found]})


@get("/api/v1/webhooks/{key:str}")
async def one(request: AnyRequest, key: str) -> Response[bytes]:
    """A webhook: how far its receiver is, and what its last try came to."""
    found = await services_of(request).webhooks.one(_scope(request, "read"), id_of(key))
    return json_response(told(found))


@patch("/api/v1/webhooks/{key:str}")
async def change(request: AnyRequest, key: str) -> Response[bytes]:
    """Another address, other kinds or another note; what is not named stays. What the receiver was
    not told yet goes to the new address."""
    services, scope = services_of(request), _scope(request, "change")
    found = await services.webhooks.one(scope, id_of(key))
    standing = {"url": found.url, "kinds": list(found.kinds), "note": found.note}
    wanted = new_of({**standing, **await object_of(request)})
    if wanted.url != found.url:
        await check_address(services, wanted.url)
    return json_response(told(await services.webhooks.change(scope, found.id, wanted)))


@post("/api/v1/webhooks/{key:str}/pause", status_code=200)
async def pause(request: AnyRequest, key: str) -> Response[bytes]:
    """Send nothing until it is resumed. Nothing is lost meanwhile."""
    found = await services_of(request).webhooks.pause(_scope(request, "change"), id_of(key))
    return json_response(told(found))


@post("/api/v1/webhooks/{key:str}/resume", status_code=200)
async def resume(request: AnyRequest, key: str) -> Response[bytes]:
    """Go on where it stopped, or (`{"from": "now"}`) leave out what it missed."""
    start = await _given(request, "from", "cursor")
    if start not in {"cursor", "now"}:
        facts = {**_field("from"), "given": start, "allowed": "cursor, now"}
        raise invalid(Fault(path="/from", code="code.unknown", facts=facts))
    found = await services_of(request).webhooks.resume(
        _scope(request, "change"), id_of(key), from_now=start == "now"
    )
    return json_response(told(found))


@post("/api/v1/webhooks/{key:str}/redeliver", status_code=200)
async def redeliver(request: AnyRequest, key: str) -> Response[bytes]:
    """Tell everything after a position (`{"after": "tx-seq"}`) once more, in order, with the ids
    that the events had."""
    position = log.to_position(await _given(request, "after", ""))
    found = await services_of(request).webhooks.rewind(
        _scope(request, "change"), id_of(key), position
    )
    return json_response(told(found))


async def _given(request: AnyRequest, name: str, otherwise: str) -> str:
    """The one text that a body may carry; no body at all is fine."""
    if request.headers.get("content-length", "0") == "0" and not await request.body():
        return otherwise
    body = await object_of(request)
    refuse_unknown(body, (name,))
    value = body.get(name, otherwise)
    if not isinstance(value, str):
        raise invalid(Fault(path=f"/{name}", code="text.kind", facts=_field(name)))
    return value


@post("/api/v1/webhooks/{key:str}/secret", status_code=200)
async def rotate(request: AnyRequest, key: str) -> Response[bytes]:
    """A new secret, in this answer only. For a day deliveries carry both signatures."""
    services = services_of(request)
    found, secret = await services.webhooks.rotate(_scope(request, "change"), id_of(key))
    return json_response({**told(found), "secret": secret})


@delete("/api/v1/webhooks/{key:str}", status_code=204)
async def remove(request: AnyRequest, key: str) -> None:
    """Forget a webhook with its deliveries."""
    await services_of(request).webhooks.remove(_scope(request, "retire"), id_of(key))


@get("/api/v1/webhooks/{key:str}/missed")
async def missed(request: AnyRequest, key: str) -> Response[bytes]:
    """What its receiver was not told yet, of what the asker may see; `next` is where to go on
    in `/api/v1/log?after=`."""
    services, actor = services_of(request), signed_in(request)
    limit = _limit(request, MISSED_MAX)
    found = await services.webhooks.one(_scope(request, "read"), id_of(key))
    seen = await log_reading.seen_after(
        services, actor, found.position, limit=limit, kinds=found.kinds
    )
    return json_response(log_reading.page_of(seen))


@get("/api/v1/webhooks/{key:str}/deliveries")
async def deliveries(request: AnyRequest, key: str) -> Response[bytes]:
    """The last tries, the newest first, with what the receiver answered."""
    limit = _limit(request, DELIVERIES_MAX)
    found = await services_of(request).webhooks.deliveries(
        _scope(request, "read"), id_of(key), limit=limit
    )
    return json_response({"items": [told_delivery(one) for one in found]})


@post("/api/v1/webhooks/{key:str}/deliveries/{delivery:str}/resend", status_code=200)
async def resend(request: AnyRequest, key: str, delivery: str) -> Response[bytes]:
    """Send one event once more, now and outside the order; the answer tells what came of it."""
    services = services_of(request)
    delivery_id = to_id(delivery)
    if delivery_id is None:
        raise Absent("webhook.no_delivery")
    sender = Sender(services, services.outgoing.post)
    tried = await sender.resend(_scope(request, "change"), id_of(key), delivery_id)
    return json_response(
        {
            "event": tried.position.text,
            "kind": tried.kind,
            "taken": tried.is_taken,
            "status": tried.status,
            "error": tried.error,
            "milliseconds": tried.milliseconds,
        }
    )


def _scope(request: AnyRequest, action: str) -> Scope:
    return services_of(request).rights.scope(signed_in(request), action, TYPE)


def id_of(text: str) -> UUID:
    """The webhook that a path names."""
    found = to_id(text)
    if found is None:
        raise Absent("webhook.unknown")
    return found


def _limit(request: AnyRequest, most: int) -> int:
    text = request.query_params.get("limit", "50")
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:6]) <= most:
        raise invalid(Fault(path="/limit", code="number.range", facts={"low": 1, "high": most}))
    return int(text)


def told(found: Webhook) -> dict[str, Any]:
    """A webhook as its readers are told of it."""
    return {
        "id": found.id,
        "url": found.url,
        "note": found.note,
        "kinds": list(found.kinds),
        "owner_account_id": found.owner_account_id,
        "state": found.state,
        "position": found.position.text,
        "behind": found.behind,
        "failures": found.failures,
        "failing_since": found.failing_since,
        "retry_at": found.retry_at,
        "old_secret_until": found.old_secret_until,
        "created_at": found.created_at,
        "last": None if found.last_at is None else {
            "at": found.last_at, "status": found.last_status, "error": found.last_error,
        },
    }  # fmt: skip


def told_delivery(item: Delivery) -> dict[str, Any]:
    """A try as readers are told of it."""
    return {
        "id": item.id,
        "webhook_id": item.message_id,
        "event": item.event,
        "kind": item.kind,
        "at": item.at,
        "status": item.status,
        "error": item.error,
        "milliseconds": item.milliseconds,
    }


HANDLERS = [
    create, listed, one, change, pause, resume, redeliver, rotate, remove, missed, deliveries,
    resend,
]  # fmt: skip
