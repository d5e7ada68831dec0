"""REST of sessions: sign in by password or one-time code, sign out, who am I."""

from datetime import datetime, timedelta

import msgspec
from litestar import Response, get, post

from pengcheng.edge import leaving
from pengcheng.edge.actors import COOKIE
from pengcheng.edge.asking import AnyRequest, actor_of, object_of, services_of, signed_in
from pengcheng.edge.replies import json_response
from pengcheng.engines.identity import Session
from pengcheng.kernel.errors import Fault, invalid

API_LIFETIME = timedelta(days=30)


@post("/api/v1/session")
async def sign_in(request: AnyRequest) -> Response[bytes]:
    """A bearer token for a user name and password; it expires and carries the account's rights."""
    services = services_of(request)
    body = await object_of(request, 10_000)
    username, password = text_of(body, "username"), text_of(body, "password")
    session = await services.identity.sign_in(username, password, kind="api", lifetime=API_LIFETIME)
    return json_response(_told(session), status=201)


def _told(session: Session) -> dict[str, object]:
    return {
        "token": session.token,
        "expires_at": session.expires_at,
        "name": session.actor.name,
        "must_change_password": session.actor.must_change_password,
    }


@post("/api/v1/session/password", status_code=200)
async def change_password(request: AnyRequest) -> Response[bytes]:
    """Replace one's own password: every token of the account ends, and a fresh one is given."""
    actor = signed_in(request)
    body = await object_of(request, 10_000)
    session = await services_of(request).identity.change_password(
        actor, text_of(body, "old"), text_of(body, "password"), kind="api", lifetime=API_LIFETIME
    )
    return json_response(_told(session))


def text_of(body: dict[str, object], name: str, longest: int = 200) -> str:
    """A text field of a small body."""
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > longest:
        raise invalid(Fault(path=f"/{name}", code="field.required"))
    return value


@get("/api/v1/session")
async def who_am_i(request: AnyRequest) -> Response[bytes]:
    """The asker as the city knows them."""
    actor = actor_of(request)
    posts = [
        {"role": post.role, "organisation_id": post.organisation_id, "name": post.name}
        for post in actor.posts
    ]
    return json_response(
        {
            "kind": actor.kind,
            "name": actor.name,
            "posts": posts,
            "language": actor.language,
            "must_change_password": actor.must_change_password,
        }
    )


@post("/api/v1/session/end", status_code=200)
async def sign_out(request: AnyRequest) -> Response[bytes]:
    """End this session at once."""
    signed_in(request)
    await services_of(request).identity.sign_out(request.scope["state"]["token"])
    response = json_response({"ended": True})
    response.delete_cookie(COOKIE)
    return response


@get("/api/v1/session/closing")
async def closing(request: AnyRequest) -> Response[bytes]:
    """What would stay, and until when, if the asker closed their account."""
    found = await leaving.asked(services_of(request), signed_in(request))
    return json_response(msgspec.to_builtins(found))


@post("/api/v1/session/closing", status_code=200)
async def close_account(request: AnyRequest) -> Response[bytes]:
    """Close one's own account for ever, with `{"sure": true}`; what stays, and until when."""
    actor = signed_in(request)
    body = await object_of(request, 1_000)
    if body.get("sure") is not True:
        raise invalid(Fault(path="/sure", code="account.closing_unconfirmed"))
    found = await leaving.close(services_of(request), actor)
    response = json_response(msgspec.to_builtins(found))
    response.delete_cookie(COOKIE)
    return response


def with_session(
    response: Response[bytes], session: Session, now: datetime, *, secure: bool
) -> Response[bytes]:
    """A page's answer that begins a session."""
    response.set_cookie(
        COOKIE,
        session.token,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
        max_age=int((session.expires_at - now).total_seconds()),
    )
    return response


HANDLERS = [sign_in, who_am_i, change_password, sign_out, closing, close_account]
