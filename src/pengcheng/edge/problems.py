"""Errors as problem details (RFC 9457): the reader's language, every fault, and the way out."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from pengcheng.edge.error_words import words_of
from pengcheng.kernel.authz import GUEST
from pengcheng.kernel.errors import Fault, PengchengError, Refusal, Trouble
from pengcheng.kernel.fault_words import fault_text
from pengcheng.kernel.words import Language

MEDIA_TYPE = "application/problem+json"

HTTP_CODES: Mapping[int, str] = {
    400: "request.malformed",
    401: "account.sign_in_needed",
    403: "request.forbidden",
    404: "request.no_such_page",
    405: "request.method_not_allowed",
    413: "request.too_large",
    415: "request.media_type",
    429: "request.too_many",
}
"""What the framework refuses by itself, by status."""

logger = structlog.get_logger(__name__)


def body_of(failure: PengchengError, language: Language, request_id: str) -> dict[str, Any]:
    """A failure as the members of a problem document."""
    words = words_of(failure.code)
    body: dict[str, Any] = {
        "type": f"urn:pengcheng:error:{failure.code}",
        "title": words.title.in_(language),
        "status": failure.status,
        "detail": words.detail.fill(language, failure.facts),
        "code": failure.code,
        "instance": f"urn:uuid:{request_id}",
    }
    if failure.facts:
        body["facts"] = failure.facts
    if isinstance(failure, Refusal) and failure.faults:
        body["faults"] = [fault_of(fault, language) for fault in failure.faults]
    return body


def fault_of(fault: Fault, language: Language) -> dict[str, Any]:
    """One fault with its field, its code and its sentence."""
    return {
        "path": fault.path,
        "code": fault.code,
        "message": fault_text(fault, language),
        "facts": dict(fault.facts),
    }


def problem_response(
    failure: PengchengError, language: Language, request_id: str
) -> Response[bytes]:
    """The answer to a request that failed."""
    headers = waiting_headers(failure)
    if failure.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    content = msgspec.json.encode(body_of(failure, language, request_id), enc_hook=str)
    return Response(content, status_code=failure.status, media_type=MEDIA_TYPE, headers=headers)


def waiting_headers(failure: PengchengError) -> dict[str, str]:
    """How long to wait before a retry, where one may help."""
    if isinstance(failure, Trouble) or failure.status == 429:
        return {"Retry-After": str(failure.facts.get("seconds", 5))}
    return {}


def as_failure(error: Exception) -> PengchengError:
    """Whatever a request raised, as one of our own errors. A fault of ours is told as such."""
    if isinstance(error, PengchengError):
        return error
    if isinstance(error, HTTPException):
        return _of_http(error)
    logger.error("request.crashed", exc_info=error)
    crashed = PengchengError("request.crashed")
    crashed.status = 500
    return crashed


def _of_http(error: HTTPException) -> PengchengError:
    failure = PengchengError(HTTP_CODES.get(error.status_code, "request.malformed"))
    failure.status = error.status_code if error.status_code in HTTP_CODES else 400
    return failure


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Litestar's exception handler: the request boundary."""
    failure = as_failure(error)
    actor = request.scope["state"].get("actor", GUEST)
    renderer = request.app.state.get("error_page")
    if renderer is not None and wants_page(request):
        page: Response[Any] = renderer(request, failure)
        return page
    return problem_response(failure, actor.language, actor.request_id)


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person's browser asks, rather than a program."""
    path = request.scope["path"]
    is_machine = path.startswith(("/api/", "/open311/", "/openapi", "/events", "/tiles/"))
    return not is_machine and "text/html" in request.headers.get("accept", "")
