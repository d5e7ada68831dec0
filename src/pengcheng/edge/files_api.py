"""Files over HTTP: sending them in, and reading them within the scope of the case that holds them.

A page that shows a case to a reader gives links that are signed for that reader and end within
hours; a program or an official reads by its own rights.
"""

import hmac
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from pengcheng.edge.asking import AnyRequest, actor_of, form_within, services_of
from pengcheng.edge.limits import limit_guest_files
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.files import StoredFile
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import to_id

BODY_BYTES_MAX = 60_000_000
FILES_AT_ONCE_MAX = 12
LINK_LIFETIME = timedelta(hours=6)
KEEP_SECONDS = 3600
PURPOSES = ("report", "reply", "task")


@post("/api/v1/files")
async def send(request: AnyRequest) -> Response[bytes]:
    """Take files (multipart fields `file`); their ids go into a case's `files` or fields."""
    services, actor = services_of(request), actor_of(request)
    form = await form_within(request, BODY_BYTES_MAX)
    sent = [item for item in form.getall("file", []) if isinstance(item, UploadFile)]
    if not 1 <= len(sent) <= FILES_AT_ONCE_MAX:
        facts = {"low": 1, "high": FILES_AT_ONCE_MAX}
        raise invalid(Fault(path="/file", code="number.range", facts=facts))
    limit_guest_files(request, len(sent))
    purpose = form.get("purpose", "report")
    if purpose not in PURPOSES:
        raise invalid(Fault(path="/purpose", code="code.unknown", facts={"allowed": PURPOSES}))
    kept = [
        await services.uploads.take(actor, await item.read(), item.filename, purpose=purpose)
        for item in sent
    ]
    return json_response({"items": [told(services, actor, file) for file in kept]}, status=201)


def told(services: Services, actor: Actor, file: StoredFile) -> dict[str, object]:
    """A file as its sender is told of it."""
    return {
        "id": file.id,
        "name": file.name,
        "media_type": file.media_type,
        "bytes": file.bytes,
        "url": link(services, actor, file.id),
    }


@get("/files/{file_id:str}")
async def whole(request: AnyRequest, file_id: str) -> Response[bytes]:
    """A whole file."""
    services = services_of(request)
    file = await _allowed(request, file_id)
    return _answer(file, await services.uploads.content(file), file.media_type)


@get("/files/{file_id:str}/small")
async def small(request: AnyRequest, file_id: str) -> Response[bytes]:
    """The small form of a picture."""
    services = services_of(request)
    file = await _allowed(request, file_id)
    return _answer(file, await services.uploads.thumbnail(file), "image/jpeg")


async def _allowed(request: AnyRequest, text: str) -> StoredFile:
    """The file, if its reader has a link made for them or may read the case that holds it."""
    services, actor = services_of(request), actor_of(request)
    file_id = to_id(text)
    if file_id is None:
        raise Absent("file.unknown")
    file = await services.uploads.of(file_id)
    if is_linked(services, actor, file_id, request.query_params.get("for", "")):
        return file
    if file.subject_id is None:
        if file.owner_id is None or file.owner_id != actor.account_id:
            raise Absent("file.unknown")
        return file
    await _must_read(services, actor, file)
    return file


async def _must_read(services: Services, actor: Actor, file: StoredFile) -> None:
    """Raise `Absent` unless some right lets the actor read the case and what it says by a file."""
    subject_id = file.subject_id
    for kind in services.registry.case_kinds:
        scope = services.rights.scope(actor, "read", kind)
        if scope.is_empty or subject_id is None:
            continue
        try:
            said = await services.cases.messages_of(scope, subject_id)
        except Absent:
            continue
        is_shown = any(file.id in message.files for message in said)
        if actor.kind == "official" or is_shown or file.owner_id == actor.account_id:
            return
    raise Absent("file.unknown")


def link(services: Services, actor: Actor, file_id: UUID, form: str = "") -> str:
    """The address of a file for this reader, valid for hours; `form` "small": of a picture."""
    # Whole hours, so that a page read twice keeps what the browser has.
    ends = services.clock.now().replace(minute=0, second=0, microsecond=0) + LINK_LIFETIME
    until = str(int(ends.timestamp()))
    path = f"/files/{file_id}/small" if form == "small" else f"/files/{file_id}"
    return f"{path}?for={until}-{_mark(services, actor, file_id, until)}"


def is_linked(services: Services, actor: Actor, file_id: UUID, given: str) -> bool:
    """Whether an address was made for this reader, and has not ended."""
    until, _, mark = given.partition("-")
    if not until.isdecimal() or len(until) > 12 or not mark.isascii():
        return False
    right = hmac.compare_digest(mark, _mark(services, actor, file_id, until))
    return right and int(until) > services.clock.now().timestamp()


def _mark(services: Services, actor: Actor, file_id: UUID, until: str) -> str:
    key = services.keys.pseudonym("file-link", "link")
    text = f"{actor.account_id or 'guest'}:{file_id}:{until}"
    return hmac.new(key, text.encode(), sha256).hexdigest()[:32]


def _answer(file: StoredFile, content: bytes, media_type: str) -> Response[bytes]:
    shown = "inline" if file.is_picture or file.is_sound else "attachment"
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": f"private, max-age={KEEP_SECONDS}",
        },
    )


HANDLERS = [send, whole, small]
