"""Server-sent events: the log as it grows, for each reader what that reader may see.

Each message is a CloudEvent whose id is its log position: who comes back with `Last-Event-ID` is
sent what was missed, without a gap. `kinds` (by commas) narrows, `light=true` leaves the data out.
One look at the head of the log serves every connection of a process; connections are bounded.
A stream ends with the session or token that opened it, and follows the rights of the moment.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import structlog
from litestar import get
from litestar.response import Stream

from pengcheng.edge import log_reading
from pengcheng.edge.asking import AnyRequest, services_of, signed_in
from pengcheng.edge.background import Head
from pengcheng.edge.services import Services
from pengcheng.ground import log
from pengcheng.ground.log import Position
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Fault, TooMany, Trouble, invalid

CONNECTIONS_MAX = 500
CONNECTIONS_OF_ONE_MAX = 8
HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 0.5
RETRY_MILLISECONDS = 3_000
RETRY_SECONDS = 30
BATCH = 200
KINDS_MAX = 50

logger = structlog.get_logger(__name__)


class Streams:
    """The open connections of one process, and the one watch over the log that wakes them."""

    def __init__(self) -> None:
        self.head = Head()
        self.open: Counter[UUID] = Counter()
        self._watch: asyncio.Task[None] | None = None

    def enter(self, services: Services, who: UUID) -> None:
        """Count a connection; `TooMany` beyond the limits."""
        full = self.open.total() >= CONNECTIONS_MAX or self.open[who] >= CONNECTIONS_OF_ONE_MAX
        if full:
            raise TooMany("events.too_many_open", seconds=RETRY_SECONDS)
        self.open[who] += 1
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look(services))

    def leave(self, who: UUID) -> None:
        """A connection has ended; with the last, the watch ends too."""
        self.open[who] -= 1
        self.open += Counter()
        if not self.open and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _look(self, services: Services) -> None:
        while True:
            try:
                async with services.database.reading() as work:
                    await self.head.set(await log.head(work))
            except Trouble as trouble:
                logger.warning("events.trouble", code=trouble.code)
            await asyncio.sleep(LOOK_SECONDS)


def streams_of(request: AnyRequest) -> Streams:
    """The streams of this process."""
    state = request.app.state
    if "streams" not in state:
        state["streams"] = Streams()
    found: Streams = state["streams"]
    return found


@get("/events")
async def events(request: AnyRequest) -> Stream:
    """What happens from now on (or after `Last-Event-ID`), as it happens."""
    services, actor = services_of(request), signed_in(request)
    asked = request.query_params
    kinds = tuple(part for part in asked.get("kinds", "").split(",") if part)
    if len(kinds) > KINDS_MAX or not all(kind.isprintable() for kind in kinds):
        raise invalid(Fault(path="/kinds", code="query.text", facts={"field": "kinds"}))
    since = request.headers.get("last-event-id") or asked.get("after")
    position = log.to_position(since) if since else await _head(services)
    streams, who = streams_of(request), actor.account_id
    if who is None:
        raise TooMany("events.too_many_open", seconds=RETRY_SECONDS)
    streams.enter(services, who)
    light = asked.get("light") == "true"
    token = str(request.scope["state"]["token"])
    source = _told(services, streams, token, who, position, kinds, light=light)
    return Stream(source, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _head(services: Services) -> Position:
    async with services.database.reading() as work:
        return await log.head(work)


async def _told(
    services: Services, streams: Streams, token: str, who: UUID, position: Position,
    kinds: tuple[str, ...], *, light: bool,
) -> AsyncIterator[bytes]:  # fmt: skip
    """Messages until the reader leaves or is signed out; a comment when there is nothing, so that
    proxies wait."""
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        while (actor := await _still(services, token, who)) is not None:
            seen = streams.head.position
            found = await log_reading.seen_after(
                services, actor, position, limit=BATCH, kinds=kinds
            )
            for item in found.entries:
                yield _message(item, light=light)
            position = found.position
            if found.more:
                continue
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await streams.head.beyond(seen)
            except TimeoutError:
                yield b": still here\n\n"
    finally:
        streams.leave(who)


async def _still(services: Services, token: str, who: UUID) -> Actor | None:
    """Who reads, with the rights of now; None when the session or token has ended."""
    actor = await services.identity.actor_of(token)
    return actor if actor is not None and actor.account_id == who else None


def _message(item: Any, *, light: bool) -> bytes:
    event = log_reading.event_of(item, light=light)
    content = log_reading.event_bytes(event)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.type.encode(), content)


HANDLERS = [events]
