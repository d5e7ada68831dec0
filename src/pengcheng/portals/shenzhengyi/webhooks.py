"""Webhooks for those who connect a system of their own: where to, what, how far, what failed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.services import Services
from pengcheng.edge.webhook_sending import Sender
from pengcheng.edge.webhooks_api import TYPE, check_address
from pengcheng.engines.webhooks import BEHIND_MAX, NewWebhook, Tried, Webhook
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.errors import Absent, Fault, Refusal, Trouble
from pengcheng.kernel.fault_words import fault_text
from pengcheng.kernel.ids import to_id
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi.admin import may, refused, shown, uuid_of
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
PAGE = "webhooks"
HOME = f"/e/admin/{PAGE}"
SHOWN = 50
SAID = ("changed", "paused", "resumed", "removed", "taken", "not_taken")


@get(HOME)
async def listed(request: AnyRequest) -> Response[Any]:
    """Every webhook that the reader may see, with its state."""
    return await _list_page(request, {})


async def _list_page(
    request: AnyRequest, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", TYPE)
    found = await services.webhooks.all(services.rights.scope(actor, "read", TYPE))
    values: Values = {
        "rows": [_told(actor, one) for one in found],
        "may_add": may(request, "create", TYPE),
        "private": services.settings.webhook_private,
        "typed": {},
        "faults": {},
        "message": "",
        "said": _said(request, actor),
    } | dict(more)
    page = await shown(request, PAGE)
    return render(request, "shenzhengyi/webhooks.html", page, values, status=status)


def _said(request: AnyRequest, actor: Actor) -> str:
    said = request.query_params.get("said", "")
    return say(f"w.said.{said}", actor.language) if said in SAID else ""


def _told(actor: Actor, found: Webhook) -> Values:
    """A webhook as its pages show it."""
    state = "failing" if found.state == "active" and found.failures else found.state
    behind = f"{BEHIND_MAX:,}+" if found.behind >= BEHIND_MAX else f"{found.behind:,}"
    return {
        "id": found.id,
        "href": f"{HOME}/{found.id}",
        "url": found.url,
        "host": urlsplit(found.url).hostname or found.url,
        "note": found.note,
        "kinds": found.kinds,
        "state": state,
        "is_active": found.state == "active",
        "behind": behind,
        "failures": found.failures,
        "failing_since": found.failing_since,
        "retry_at": found.retry_at,
        "old_secret_until": found.old_secret_until,
        "created_at": found.created_at,
        "last_at": found.last_at,
        "last": _outcome(actor, found.last_status, found.last_error) if found.last_at else "",
        "last_taken": found.last_status is not None and 200 <= found.last_status < 300,
    }


def _outcome(actor: Actor, status: int | None, error: str) -> str:
    """What a try came to, as a sentence."""
    if status is not None:
        name = "taken" if 200 <= status < 300 else "refused"
        return say(f"w.outcome.{name}", actor.language, status=status)
    if error.startswith("url."):
        return fault_text(Fault(path="", code=error, facts={"host": ""}), actor.language)
    return words_of(error).title.in_(actor.language)


@post(HOME, status_code=200)
async def create(request: AnyRequest) -> Response[Any]:
    """Add one; its secret is shown on this answer only."""
    services, actor = services_of(request), official(request)
    texts = texts_of(await form_of(request))
    scope = services.rights.scope(actor, "create", TYPE)
    new = _typed(texts)
    try:
        await check_address(services, new.url)
        made, secret = await services.webhooks.create(scope, new)
    except Refusal as failure:
        more = _refused(request, failure) | {"typed": texts}
        return await _list_page(request, more, status=failure.status)
    return await _one_page(request, made.id, {"secret": secret})


def _typed(texts: Mapping[str, str]) -> NewWebhook:
    kinds = tuple(texts.get("kinds", "").replace("，", " ").replace(",", " ").split())
    return NewWebhook(url=texts.get("url", ""), kinds=kinds, note=texts.get("note", ""))


def _refused(request: AnyRequest, failure: Refusal) -> Values:
    """What a form shows of a refusal; a fault of one kind stands at the field of all."""
    more = refused(request, failure)
    kinds_fault = next((text for name, text in more["faults"].items() if name.isdigit()), "")
    return {**more, "faults": {"kinds": kinds_fault}} if kinds_fault else more


@get(f"{HOME}/{{key:str}}")
async def one(request: AnyRequest, key: str) -> Response[Any]:
    """One webhook with its last deliveries."""
    return await _one_page(request, uuid_of(key, "webhook.unknown"), {})


async def _one_page(
    request: AnyRequest, webhook_id: UUID, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", TYPE)
    found = await services.webhooks.one(scope, webhook_id)
    tried = await services.webhooks.deliveries(scope, webhook_id, limit=SHOWN)
    values: Values = {
        "hook": _told(actor, found),
        "owner": await _owner(services, actor, found),
        "tried": [
            {"id": item.id, "at": item.at, "kind": item.kind, "event": item.event,
             "outcome": _outcome(actor, item.status, item.error),
             "taken": item.status is not None and 200 <= item.status < 300,
             "milliseconds": item.milliseconds}
            for item in tried
        ],
        "may_change": _reaches(services.rights.scope(actor, "change", TYPE), found),
        "secret": "",
        "message": "",
        "typed": {"url": found.url, "kinds": " ".join(found.kinds), "note": found.note},
        "faults": {},
        "said": _said(request, actor),
    } | dict(more)  # fmt: skip
    page = await shown(request, PAGE)
    return render(request, "shenzhengyi/webhook.html", page, values, status=status)


def _reaches(change: Scope, found: Webhook) -> bool:
    """Whether one may change this one: rights reach all of them, or one's own."""
    is_own = found.owner_account_id == change.actor.account_id
    return any(region.owner is None or is_own for region in change.regions)


async def _owner(services: Services, actor: Actor, found: Webhook) -> str:
    """The owner's name, for a reader who may read accounts; one's own is nobody's secret."""
    if found.owner_account_id == actor.account_id:
        return actor.name
    scope = services.rights.scope(actor, "read", "account")
    try:
        row = await services.people.account(scope, found.owner_account_id)
    except (Absent, Refusal):
        return ""
    return str(row["name"])


@post(f"{HOME}/{{key:str}}/change", status_code=200)
async def change(request: AnyRequest, key: str) -> Response[Any]:
    """Another address, other kinds, another note."""
    services, actor = services_of(request), official(request)
    webhook_id = uuid_of(key, "webhook.unknown")
    texts = texts_of(await form_of(request))
    scope = services.rights.scope(actor, "change", TYPE)
    wanted = _typed(texts)
    try:
        found = await services.webhooks.one(scope, webhook_id)
        if wanted.url != found.url:
            await check_address(services, wanted.url)
        await services.webhooks.change(scope, webhook_id, wanted)
    except Refusal as failure:
        more = _refused(request, failure) | {"typed": texts}
        return await _one_page(request, webhook_id, more, status=failure.status)
    return go(f"{HOME}/{webhook_id}?said=changed")


@post(f"{HOME}/{{key:str}}/{{act:str}}", status_code=200)
async def settle(request: AnyRequest, key: str, act: str) -> Response[Any]:
    """Pause, resume, send again, a new secret, remove."""
    services, actor = services_of(request), official(request)
    webhook_id = uuid_of(key, "webhook.unknown")
    texts = texts_of(await form_of(request))
    scope = services.rights.scope(actor, "retire" if act == "remove" else "change", TYPE)
    hooks = services.webhooks
    try:
        match act:
            case "secret":
                _, secret = await hooks.rotate(scope, webhook_id)
                return await _one_page(request, webhook_id, {"secret": secret})
            case "remove":
                await hooks.remove(scope, webhook_id)
                return go(f"{HOME}?said=removed")
            case "pause":
                await hooks.pause(scope, webhook_id)
                said = "paused"
            case "resume":
                from_now = texts.get("from") == "now"
                await hooks.resume(scope, webhook_id, from_now=from_now)
                said = "resumed"
            case "resend":
                tried = await _resent(services, scope, webhook_id, texts.get("delivery", ""))
                said = "taken" if tried.is_taken else "not_taken"
            case _:
                raise Absent("request.no_such_page")
    except (Refusal, Trouble) as failure:
        detail = words_of(failure.code).detail.fill(actor.language, failure.facts)
        return await _one_page(request, webhook_id, {"message": detail}, status=failure.status)
    return go(f"{HOME}/{webhook_id}?said={said}")


async def _resent(services: Services, scope: Scope, webhook_id: UUID, delivery: str) -> Tried:
    delivery_id = to_id(delivery)
    if delivery_id is None:
        raise Absent("webhook.no_delivery")
    return await Sender(services, services.outgoing.post).resend(scope, webhook_id, delivery_id)


HANDLERS = [listed, create, one, change, settle]
