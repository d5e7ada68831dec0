"""The log over HTTP: pages of CloudEvents, and proofs that nobody altered it (RFC 9162)."""

from typing import Any

from litestar import Response, get

from pengcheng.edge import log_reading
from pengcheng.edge.asking import AnyRequest, actor_of, services_of, signed_in
from pengcheng.edge.replies import json_response
from pengcheng.ground import log, log_tree
from pengcheng.ground.log import Position
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.texts import natural

LIMIT_MAX = 1000
NUMBER_MAX = 2**62
ALGORITHM = "SHA-256, RFC 9162"


@get("/api/v1/log")
async def pages(request: AnyRequest) -> Response[bytes]:
    """What happened after a position, of what the asker may see; `next` is where to go on."""
    services, actor = services_of(request), signed_in(request)
    asked = request.query_params
    after = asked.get("after", "")
    limit = asked.get("limit", "100")
    if not 1 <= natural(limit) <= LIMIT_MAX:
        facts = {"low": 1, "high": LIMIT_MAX}
        raise invalid(Fault(path="/limit", code="number.range", facts=facts))
    position = log.to_position(after) if after else Position()
    found = await log_reading.seen_after(services, actor, position, limit=int(limit))
    return json_response(log_reading.page_of(found))


@get("/api/v1/log/root")
async def root(request: AnyRequest) -> Response[bytes]:
    """The newest sealed root. Who keeps it elsewhere can prove later that nothing before it was
    altered."""
    async with services_of(request).database.reading() as work:
        found = await log_tree.root(work)
    if found is None:
        raise Absent("log.not_sealed")
    told = {"size": found.size, "root": found.root.hex(), "at": found.at, "algorithm": ALGORITHM}
    return json_response(told)


@get("/api/v1/log/consistency")
async def consistency(request: AnyRequest) -> Response[bytes]:
    """The proof that the tree of `second` entries (else the newest) begins with that of
    `first`."""
    asked = request.query_params
    first = _number(asked.get("first"), "/first")
    second = _number(asked.get("second"), "/second") if asked.get("second") else None
    async with services_of(request).database.reading() as work:
        found = await log_tree.consistency(work, first, second=second)
    return json_response(
        {
            "first": found.first,
            "second": found.second,
            "first_root": found.first_root.hex(),
            "second_root": found.second_root.hex(),
            "path": [part.hex() for part in found.path],
        }
    )


@get("/api/v1/log/{seq:str}/inclusion")
async def inclusion(request: AnyRequest, seq: str) -> Response[bytes]:
    """The proof that an entry which the asker may see stands in the sealed log. Who may read the
    whole log also gets the bytes that its leaf covers."""
    services, actor = services_of(request), actor_of(request)
    number = _number(seq, "/seq")
    size = request.query_params.get("size")
    async with services.database.reading(actor) as work:
        item = await log.entry(work, number)
    if item is None or not await log_reading.may_see(services, actor, item):
        raise Absent("record.unknown")
    async with services.database.reading(actor) as work:
        found = await log_tree.inclusion(
            work, number, size=_number(size, "/size") if size else None
        )
        covered = await log_tree.covered(work, number)
    told: dict[str, Any] = {
        "seq": number,
        "leaf": found.leaf,
        "size": found.size,
        "leaf_hash": found.content_hash.hex(),
        "path": [part.hex() for part in found.path],
        "root": found.root.hex(),
    }
    if not services.rights.scope(actor, "read", "log").is_empty:
        told["content"] = covered.decode()
    return json_response(told)


def _number(text: str | None, path: str) -> int:
    if text is None or not text.isdecimal() or len(text) > 19 or int(text) > NUMBER_MAX:
        facts = {"low": 0, "high": NUMBER_MAX}
        raise invalid(Fault(path=path, code="number.range", facts=facts))
    return int(text)


HANDLERS = [pages, root, consistency, inclusion]
