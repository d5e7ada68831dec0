"""Delivering to webhooks: each follows the log by a cursor of its own, in order, at least once.

What a webhook is sent is what its owner may see at that moment, as a CloudEvent (structured JSON),
signed as Standard Webhooks 1.0 says. A receiver that fails is tried again, later and later; the
events behind wait for it, those of other webhooks do not. The cursor moves in the transaction that
keeps the try: a process that is killed between the receiver's yes and that transaction sends the
event once more, under the same `webhook-id`.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from pengcheng.edge import log_reading
from pengcheng.edge.services import Services
from pengcheng.engines.notices import NewNotice
from pengcheng.engines.webhooks import Claim, Serving, Tried, message_id_of
from pengcheng.ground import cloud_events, http, log
from pengcheng.ground.http import Answer
from pengcheng.ground.log import Positioned
from pengcheng.kernel.authz import SYSTEM, Actor, Scope
from pengcheng.kernel.errors import Absent, Conflict, PengchengError, Refusal, Trouble

LOOK_SECONDS = 0.5
AT_ONCE_MAX = 32
"""Receivers that are served at one time."""

BATCH = 20
TURN_SECONDS = 10.0
"""After so long a receiver gives its place to another, and its owner's rights are read anew."""

logger = structlog.get_logger(__name__)


class Post(Protocol):
    """What sends; `ground.http.Outgoing.post` does."""

    def __call__(
        self, url: str, content: bytes, *, media_type: str, headers: Mapping[str, str]
    ) -> Awaitable[Answer]:
        """Send and read the answer."""
        ...


class Sender:
    """Serves the webhooks of a city from one process."""

    def __init__(
        self, services: Services, post: Post, *, chance: Callable[[], float] = random.random
    ) -> None:
        self._services = services
        self._post = post
        self._chance = chance
        self._serving = Serving(services.webhooks)
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Begin to serve whoever has something waiting, without waiting for them."""
        for webhook_id in await self._serving.due():
            if webhook_id not in self._tasks and len(self._tasks) < AT_ONCE_MAX:
                task = asyncio.create_task(self._guarded(webhook_id))
                self._tasks[webhook_id] = task
                task.add_done_callback(partial(self._done, webhook_id))

    def _done(self, webhook_id: UUID, _: "asyncio.Task[None]") -> None:
        del self._tasks[webhook_id]

    async def close(self) -> None:
        """Break off; whoever was being served is given back."""
        running = list(self._tasks.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _guarded(self, webhook_id: UUID) -> None:
        try:
            await self.serve(webhook_id)
        except (Trouble, Conflict) as trouble:
            logger.warning("webhook.trouble", webhook=str(webhook_id), code=trouble.code)
        except Exception as failure:
            logger.exception("webhook.failed", webhook=str(webhook_id), error=repr(failure))

    async def serve(self, webhook_id: UUID) -> int:
        """One turn of one webhook: how many events its receiver took."""
        claim = await self._serving.claim(webhook_id)
        if claim is None:
            return 0
        try:
            return await self._turn(claim)
        finally:
            await self._serving.release(claim)

    async def _turn(self, claim: Claim) -> int:
        owner = await self._services.owners.actor_of(claim.owner_account_id)
        if owner is None:
            await self._serving.stopped(claim, "owner")
            return 0
        found = await log_reading.seen_after(
            self._services, owner, claim.position, limit=BATCH, kinds=claim.kinds
        )
        began = time.monotonic()
        for at, item in enumerate(found.entries):
            if time.monotonic() - began > TURN_SECONDS or not await self._deliver(claim, item):
                return at
        # Behind the last of them stands what this receiver is not told of.
        await self._serving.passed(claim, found.position)
        return len(found.entries)

    async def _deliver(self, claim: Claim, item: Positioned) -> bool:
        """Whether the receiver took it, and the webhook is still ours to serve."""
        tried = await self._tried(claim.id, claim.url, claim.secrets, item)
        self._services.metrics.delivered("taken" if tried.is_taken else "failed")
        if tried.is_taken:
            return await self._serving.taken(claim, tried)
        logger.info("webhook.not_taken", webhook=str(claim.id), status=tried.status)
        async with self._services.database.transaction(SYSTEM) as work:
            over = await self._serving.failed(work, claim, tried, chance=self._chance())
            if over:
                await self._services.notices.add(work, [_notice(claim, tried)])
        return False

    async def _tried(
        self, webhook_id: UUID, url: str, secrets: tuple[str, ...], item: Positioned
    ) -> Tried:
        content = log_reading.event_bytes(log_reading.event_of(item))
        message_id = str(message_id_of(webhook_id, item.position))
        headers = http.signature(secrets, message_id, self._services.clock.now(), content)
        began = time.monotonic()
        status, error, retry_after = None, "", None
        try:
            answer = await self._post(
                url, content, media_type=cloud_events.MEDIA_TYPE, headers=headers
            )
            status, retry_after = answer.status, answer.retry_after
        except (Refusal, Trouble) as failure:
            error = _reason(failure)
        return Tried(
            position=item.position,
            kind=item.entry.kind,
            status=status,
            error=error,
            milliseconds=round((time.monotonic() - began) * 1000),
            retry_after=retry_after,
        )

    async def resend(self, scope: Scope, webhook_id: UUID, delivery_id: UUID) -> Tried:
        """Send the event of a try once more, now and outside the order; the cursor stays."""
        webhook = await self._services.webhooks.one(scope, webhook_id)
        seq = await self._serving.log_seq(webhook.id, delivery_id)
        owner = await self._services.owners.actor_of(webhook.owner_account_id)
        item = await self._seen(owner, seq)
        secrets = await self._serving.secrets(webhook.id)
        tried = await self._tried(webhook.id, webhook.url, secrets, item)
        await self._serving.note(webhook.id, tried)
        return tried

    async def _seen(self, owner: Actor | None, seq: int) -> Positioned:
        """The entry, if the owner of the webhook may still see it."""
        if owner is not None:
            async with self._services.database.reading(owner) as work:
                item = await log.entry(work, seq)
            if item is not None and await log_reading.may_see(self._services, owner, item):
                return item
        raise Absent("record.unknown")


def _reason(failure: PengchengError) -> str:
    """Why nothing was sent, as a code that pages have words for."""
    faults = failure.faults if isinstance(failure, Refusal) else ()
    return faults[0].code if faults else failure.code


def _notice(claim: Claim, tried: Tried) -> NewNotice:
    host = urlsplit(claim.url).hostname or ""
    reason = str(tried.status) if tried.status else tried.error
    return NewNotice(
        kind="webhook_disabled",
        subject_id=claim.id,
        account_id=claim.owner_account_id,
        facts={"host": host, "reason": reason},
    )
