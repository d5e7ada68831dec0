"""What the background process does with a webhook: take it, tell how a try went, give it back."""

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from pengcheng.engines.webhooks import _store, logic
from pengcheng.engines.webhooks.model import Claim, Tried
from pengcheng.engines.webhooks.service import PURPOSE, Webhooks
from pengcheng.ground.database import Row, Work
from pengcheng.ground.log import Position
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.log import Entry

DELIVERIES_KEPT = 200
DUE_AT_ONCE = 200


class Serving:
    """The side of webhooks that sends. Only the city itself uses it, so that it takes no scope."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks
        self._database = webhooks.database
        self._clock = webhooks.clock

    async def due(self) -> list[UUID]:
        """Those that have something to be looked through, the longest unserved first."""
        async with self._database.reading() as work:
            return await _store.due(work, self._clock.now(), DUE_AT_ONCE)

    async def claim(self, webhook_id: UUID) -> Claim | None:
        """Serve one for a while; None when another process does."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as work:
            found = await _store.claim(work, webhook_id, now, now + logic.LEASE)
        return self._claim(*found) if found else None

    def _claim(self, row: Row, held_by: UUID) -> Claim:
        sealed = [one for one in (row.pop("secret"), row.pop("old_secret")) if one]
        position = Position(row.pop("tx"), row.pop("seq"))
        return Claim(
            **{**row, "kinds": tuple(row["kinds"])},
            held_by=held_by,
            secrets=self._opened(sealed),
            position=position,
        )

    def _opened(self, sealed: Sequence[bytes]) -> tuple[str, ...]:
        return tuple(self._webhooks.keys.open(one, PURPOSE).decode() for one in sealed)

    async def secrets(self, webhook_id: UUID) -> tuple[str, ...]:
        """With what a delivery outside the order is signed."""
        async with self._database.reading() as work:
            found = await _store.secrets_of(work, webhook_id, self._clock.now())
        return self._opened(found)

    async def release(self, claim: Claim) -> None:
        """Let others serve it."""
        async with self._database.transaction(SYSTEM) as work:
            await _store.release(work, claim)

    async def taken(self, claim: Claim, tried: Tried) -> bool:
        """The receiver took an event: its cursor stands behind it. False: no longer ours."""
        now = self._clock.now()
        message_id = logic.message_id_of(claim.id, tried.position)
        async with self._database.transaction(SYSTEM) as work:
            await _store.add_delivery(work, claim.id, message_id, tried, now)
            return await _store.move(work, claim, tried.position, now + logic.LEASE)

    async def passed(self, claim: Claim, position: Position) -> bool:
        """Nothing up to here is for this receiver. False: no longer ours."""
        async with self._database.transaction(SYSTEM) as work:
            return await _store.move(work, claim, position, self._clock.now() + logic.LEASE)

    async def failed(self, work: Work, claim: Claim, tried: Tried, *, chance: float) -> bool:
        """The receiver did not take it: wait, or give it up. Whether it was given up now, so that
        its owner is told in the same transaction."""
        now = self._clock.now()
        over = logic.is_given_up(claim, tried, now)
        message_id = logic.message_id_of(claim.id, tried.position)
        await _store.add_delivery(work, claim.id, message_id, tried, now)
        held = await _store.fail(
            work, claim, since=claim.failing_since or now, is_given_up=over,
            retry_at=now + logic.wait_after(claim.failures + 1, chance, tried.retry_after),
        )  # fmt: skip
        if not (held and over):
            return False
        await work.append(_disabled(claim, tried.error or str(tried.status)))
        return True

    async def stopped(self, claim: Claim, reason: str) -> None:
        """Its owner is no more: nothing is sent until somebody resumes it."""
        async with self._database.transaction(SYSTEM) as work:
            await _store.set_state(work, claim.id, "disabled")
            await work.append(_disabled(claim, reason))

    async def log_seq(self, webhook_id: UUID, delivery_id: UUID) -> int:
        """Which entry of the log a try was about; `Absent` when there is no such try."""
        async with self._database.reading() as work:
            found = await _store.log_seq_of(work, webhook_id, delivery_id)
        if found is None:
            raise Absent("webhook.no_delivery")
        return found

    async def note(self, webhook_id: UUID, tried: Tried) -> None:
        """Keep a try outside the order; the cursor stays where it is."""
        message_id = logic.message_id_of(webhook_id, tried.position)
        async with self._database.transaction(SYSTEM) as work:
            await _store.add_delivery(work, webhook_id, message_id, tried, self._clock.now())

    async def forget(self) -> int:
        """Old tries of every webhook."""
        async with self._database.transaction(SYSTEM) as work:
            return await _store.forget_deliveries(work, DELIVERIES_KEPT)


def _disabled(claim: Claim, reason: str) -> Entry:
    host = urlsplit(claim.url).hostname or ""
    after = msgspec.to_builtins({"host": host, "reason": reason[:200], "failures": claim.failures})
    return Entry(kind="webhook.disabled", subject_type="webhook", subject_id=claim.id, after=after)
