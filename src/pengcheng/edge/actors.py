"""Who sends a request: by bearer token, by the session cookie of a page, or a guest.

A request that changes something by cookie must come from our own pages (Origin or Sec-Fetch-Site;
OWASP CSRF cheat sheet), so that no other site can act in a reader's name.
"""

import re
import time
from urllib.parse import urlsplit

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pengcheng.edge.languages import cookie_of, language_of
from pengcheng.edge.problems import problem_response
from pengcheng.edge.services import Services
from pengcheng.ground import telemetry
from pengcheng.kernel.authz import GUEST, Actor
from pengcheng.kernel.errors import Forbidden, PengchengError, Unauthenticated
from pengcheng.kernel.ids import new_id

COOKIE = "pengcheng_session"
_SAFE = {"GET", "HEAD", "OPTIONS"}
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
    state, safe headers on its answer (also on that of an address that does not exist)."""

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
                message["headers"] = [
                    *message["headers"],
                    *_FIXED_HEADERS,
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        telemetry.begin_request(request_id)
        try:
            await self._answered(scope, receive, send_with_headers, headers, request_id)
        finally:
            telemetry.end_request()
            route = str(scope.get("path_template") or "none")
            seconds = time.perf_counter() - began
            self._services.metrics.request(str(scope["method"]), route, status, seconds)

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


def is_own_page(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser says that one of our own pages sent the request."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {b"same-origin", b"none"}
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return bool(origin) and urlsplit(origin).netloc == host
