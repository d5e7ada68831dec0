"""Who sends a request: by bearer token, by the session cookie of a page, or a guest.

A request that changes something by cookie must come from our own pages (Origin or Sec-Fetch-Site;
OWASP CSRF cheat sheet), so that no other site can act in a reader's name.
"""

import re
import time
from urllib.parse import quote, urlsplit
from uuid import UUID

import msgspec
from litestar import Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.trace import Span

from pengcheng.edge.languages import cookie_of, language_of
from pengcheng.edge.problems import problem_response
from pengcheng.edge.services import Services
from pengcheng.ground import telemetry
from pengcheng.kernel.authz import GUEST, Actor
from pengcheng.kernel.errors import Forbidden, PengchengError, Unauthenticated
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.words import Language

COOKIE = "pengcheng_session"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_CACHE = b"cache-control"
_KEPT_NOWHERE = (_CACHE, b"private, no-store")
CHANGING = "/password"
_BEFORE_CHANGE = {
    CHANGING, "/sign-in", "/sign-out", "/preferences", "/healthz", "/readyz",
    "/api/v1/session", "/api/v1/session/end", "/api/v1/session/password",
}  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")
_FIXED_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"geolocation=(self), microphone=(self), camera=(self)"),
    (
        b"content-security-policy",
        (
            b"default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
            b"worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
            b"frame-ancestors 'none'"
        ),
    ),
]


class ActorMiddleware:
    """Around every request: its id in the logs, its figures, `actor`, `token` and `services` in its
    state, safe headers on its answer (also on that of an address that does not exist). An answer
    shows what who asked may see: no cache keeps it unless its route says otherwise."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = str(new_id())
        began = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                told = list(message["headers"])
                says = any(name.lower() == _CACHE for name, _ in told)
                message["headers"] = [
                    *told,
                    *([] if says else [_KEPT_NOWHERE]),
                    *_FIXED_HEADERS,
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        telemetry.begin_request(request_id)
        with self._services.tracing.request(UUID(request_id), str(scope["method"])) as span:
            try:
                await self._answered(scope, receive, send_with_headers, headers, request_id)
            finally:
                telemetry.end_request()
                route = str(scope.get("path_template") or "none")
                seconds = time.perf_counter() - began
                self._services.metrics.request(str(scope["method"]), route, status, seconds)
                if span is not None:
                    _tell(span, str(scope["method"]), route, status)

    async def _answered(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes],
        request_id: str,
    ) -> None:  # fmt: skip
        language = language_of(headers)
        try:
            actor, token = await self._actor(scope, headers)
        except PengchengError as failure:
            response = problem_response(failure, language, request_id)
            await response.to_asgi_response(app=None, request=None)(  # type: ignore[arg-type]  # Litestar asks for what it does not use here
                scope, receive, send
            )
            return
        state = scope["state"]
        state["actor"] = msgspec.structs.replace(actor, request_id=request_id, language=language)
        state["token"] = token
        state["services"] = self._services
        if actor.must_change_password and not _may_wait(str(scope["path"])):
            answer = _change_first(scope, headers, language, request_id)
            await answer.to_asgi_response(app=None, request=None)(  # type: ignore[arg-type]  # as above
                scope, receive, send
            )
            return
        await self._app(scope, receive, send)

    async def _actor(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Actor, str]:
        bearer = headers.get(b"authorization", b"").decode("latin-1")
        if bearer:
            kind, _, token = bearer.partition(" ")
            found = (
                await self._services.identity.actor_of(token)
                if kind.lower() == "bearer" and _TOKEN.fullmatch(token)
                else None
            )
            if found is None:
                raise Unauthenticated("account.token_invalid")
            return found, token
        token = cookie_of(headers, COOKIE)
        if not token or not _TOKEN.fullmatch(token):
            return GUEST, ""
        found = await self._services.identity.actor_of(token)
        if found is None:
            return GUEST, ""
        if scope.get("method") not in _SAFE and not is_own_page(headers):
            raise Forbidden("request.from_elsewhere")
        return found, token


def _tell(span: Span, method: str, route: str, status: int) -> None:
    """The request as the semantic conventions of OpenTelemetry name it: its route, never its
    address, which may carry a code or a name."""
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )


def _may_wait(path: str) -> bool:
    """What one who signed in by a one-time password may do before it is changed: change it, leave,
    choose a language; and what anybody may."""
    return path.rstrip("/") in _BEFORE_CHANGE or path.startswith("/static/")


def _change_first(
    scope: Scope, headers: dict[bytes, bytes], language: Language, request_id: str
) -> Response[bytes]:
    """A browser is led to the page where the password is changed; a program is told to."""
    path, query = str(scope["path"]), scope["query_string"].decode("latin-1")
    is_page = b"text/html" in headers.get(b"accept", b"") and not path.startswith("/api/")
    if is_page and scope.get("method") in _SAFE:
        to = quote(f"{path}?{query}" if query else path, safe="")
        where = f"{CHANGING}?to={to}"
        return Response(b"", status_code=303, headers={"Location": where})
    if is_page:
        return Response(b"", status_code=303, headers={"Location": CHANGING})
    return problem_response(Forbidden("account.password_to_change"), language, request_id)


def is_own_page(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser says that one of our own pages sent the request."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {b"same-origin", b"none"}
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return bool(origin) and urlsplit(origin).netloc == host
