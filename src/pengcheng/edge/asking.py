"""What handlers read from a request: the actor, JSON bodies with named limits, cursors."""

import asyncio
import base64
import binascii
import hmac
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import HTTPException
from litestar.types import Receive

from pengcheng.edge.json_keys import twice_in
from pengcheng.edge.languages import language_of
from pengcheng.edge.services import Services
from pengcheng.kernel.authz import GUEST, Actor
from pengcheng.kernel.errors import (
    Absent,
    Fault,
    Refusal,
    TooLarge,
    TooSlow,
    Unauthenticated,
    WrongMediaType,
    invalid,
)
from pengcheng.kernel.ids import new_id, to_id
from pengcheng.kernel.texts import natural

JSON_BYTES_MAX = 1_000_000
CURSOR_LENGTH_MAX = 600
BODY_SECONDS = 30.0
"""How long the next part of a body may take to come."""

YEARS = range(1900, 9000)
"""Years that can be asked for: from here one may count on or back without leaving the calendar."""

_TOO_DEEP = Fault(
    path="",
    code="json.too_deep",
    facts={"field_zh": "内容", "field_en": "The body", "depth": sys.getrecursionlimit()},
)

Value = TypeVar("Value")
AnyRequest = Request[Any, Any, Any]


def services_of(request: AnyRequest) -> Services:
    """The engines of this process."""
    found: Services = request.scope["state"].get("services") or request.app.state["services"]
    return found


def actor_of(request: AnyRequest) -> Actor:
    """Who asks; an address that no route has is asked for by a guest."""
    found: Actor | None = request.scope["state"].get("actor")
    if found is None:
        language = language_of(dict(request.scope["headers"]))
        return msgspec.structs.replace(GUEST, language=language, request_id=str(new_id()))
    return found


def signed_in(request: AnyRequest) -> Actor:
    """Who asks; guests are told to sign in."""
    actor = actor_of(request)
    if actor.account_id is None:
        raise Unauthenticated("account.sign_in_needed")
    return actor


async def json_of(request: AnyRequest, limit: int = JSON_BYTES_MAX) -> Any:
    """The JSON body as plain values; refused when it is too large, not JSON, or names something
    twice in one object."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise WrongMediaType("request.media_type", given=media_type, allowed="application/json")
    body = await body_of(request, limit)
    try:
        found = msgspec.json.decode(body)
        twice = twice_in(body, found)
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise invalid(
            Fault(path="", code="json.malformed", facts={"why": str(failure)[:200]})
        ) from failure
    except RecursionError as failure:
        raise invalid(_TOO_DEEP) from failure
    if twice is not None:
        raise invalid(Fault(path=twice, code="json.twice", facts={"field": twice}))
    return found


async def object_of(request: AnyRequest, limit: int = JSON_BYTES_MAX) -> dict[str, Any]:
    """The JSON body as an object."""
    found = await json_of(request, limit)
    if not isinstance(found, dict):
        raise invalid(Fault(path="", code="json.not_object"))
    return found


async def body_of(request: AnyRequest, limit: int) -> bytes:
    """The bytes of a body; refused when they are more than the limit."""
    declared = request.headers.get("content-length", "0")
    if natural(declared) > limit:
        raise TooLarge("request.too_large", max=limit)
    request.receive = _counted(request.receive, limit)
    return b"".join([chunk async for chunk in request.stream()])


async def form_within(request: AnyRequest, limit: int) -> FormMultiDict:
    """The fields of a form; refused when its bytes are more than the limit, whether its sender
    told their number or not, and when it is not made as forms are."""
    declared = request.headers.get("content-length", "0")
    if not 0 <= natural(declared) <= limit:
        raise TooLarge("request.too_large", max=limit)
    request.receive = _counted(request.receive, limit)
    try:
        return await request.form()
    except (HTTPException, ValueError) as failure:
        raise Refusal("request.form_unreadable") from failure


def _counted(receive: Receive, limit: int) -> Receive:
    """Hears a body, and stops when it is more than the limit or comes no further."""
    size = 0

    async def heard() -> Any:
        nonlocal size
        try:
            async with asyncio.timeout(BODY_SECONDS):
                event: Any = await receive()
        except TimeoutError as failure:
            raise TooSlow("request.too_slow", seconds=round(BODY_SECONDS)) from failure
        size += len(event.get("body", b""))
        if size > limit:
            raise TooLarge("request.too_large", max=limit)
        return event

    return heard


def refuse_unknown(value: Mapping[str, Any], allowed: Sequence[str]) -> None:
    """Refuse every name that a sender may not give."""
    faults = [
        Fault(path=f"/{name}", code="field.unknown", facts={"field": name})
        for name in value
        if name not in allowed
    ]
    if faults:
        raise invalid(*faults)


def struct_of(value: Mapping[str, Any], struct: type[Value], **fixed: Any) -> Value:
    """Trusted shapes from a body: unknown names and wrong types are refused with their path."""
    known = set(getattr(struct, "__struct_fields__", ()))
    unknown = [name for name in value if name not in known]
    if unknown:
        raise invalid(
            *(
                Fault(path=f"/{name}", code="field.unknown", facts={"field": name})
                for name in unknown
            )
        )
    try:
        return msgspec.convert({**value, **fixed}, struct)
    except msgspec.ValidationError as failure:
        text, _, where = str(failure).partition(" - at `$")
        path = where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
        raise invalid(Fault(path=path, code="shape.wrong", facts={"why": text})) from failure


def id_or_code(text: str) -> UUID | str:
    """A path segment as an id, or as a code."""
    if len(text) > 64 or not text.isprintable():
        raise Absent("record.unknown")
    return to_id(text) or text


def to_cursor(services: Services, purpose: str, value: Any) -> str:
    """A position that a client sends back unchanged: signed, so that it cannot be forged."""
    content = msgspec.json.encode(value)
    mark = _mark(services, purpose, content)
    return base64.urlsafe_b64encode(mark + content).decode().rstrip("=")


def from_cursor(services: Services, purpose: str, text: str, shape: Any) -> Any:
    """The position in a cursor of ours for this very list; anything else is refused."""
    wrong = Fault(path="/cursor", code="cursor_invalid")
    if len(text) > CURSOR_LENGTH_MAX:
        raise invalid(wrong)
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as failure:
        raise invalid(wrong) from failure
    mark, content = raw[:16], raw[16:]
    if not hmac.compare_digest(mark, _mark(services, purpose, content)):
        raise invalid(wrong)
    return msgspec.json.decode(content, type=shape)


def _mark(services: Services, purpose: str, content: bytes) -> bytes:
    key = services.keys.pseudonym(f"cursor:{purpose}", "cursor")
    return hmac.new(key, content, sha256).digest()[:16]


def instant(text: str | None, path: str) -> datetime | None:
    """An instant in a query string (RFC 3339 with zone)."""
    if text is None or text == "":
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as failure:
        raise invalid(Fault(path=path, code="instant.form")) from failure
    if found.tzinfo is None:
        raise invalid(Fault(path=path, code="instant.no_zone"))
    if found.year not in YEARS:
        raise invalid(Fault(path=path, code="instant.form"))
    return found
