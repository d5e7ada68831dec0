"""What the owner of a webhook does with it."""

import os
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from pengcheng.engines.webhooks import _store, logic
from pengcheng.engines.webhooks.model import Delivery, NewWebhook, Webhook
from pengcheng.ground import http, log
from pengcheng.ground.crypto import Keys
from pengcheng.ground.database import Database, Work
from pengcheng.ground.log import Position
from pengcheng.kernel.authz import Facts, Scope
from pengcheng.kernel.errors import Absent, Forbidden, Refusal, Unauthenticated, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock

OF_ONE_MAX = 20
LIST_MAX = 500
DELIVERIES_MAX = 200
PURPOSE = "webhook"


class Webhooks:
    """The webhooks of a city, for those whose rights reach them (type `webhook`)."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        self.database = database
        self.keys = keys
        self.clock = clock

    async def create(self, scope: Scope, new: NewWebhook) -> tuple[Webhook, str]:
        """A webhook that tells what happens from now on, and its secret, which is told only here.
        The caller has checked its address (`ground.http`)."""
        actor = scope.actor
        account_id = actor.account_id
        if account_id is None:
            raise Unauthenticated("account.sign_in_needed")
        owner_id = actor.enterprise_id or actor.person_id
        if not scope.holds(Facts(owners=frozenset({owner_id} if owner_id else ()))):
            raise Forbidden("record.not_yours_to_do", action=scope.action, type=scope.type)
        if faults := logic.faults_of(new):
            raise invalid(*faults)
        secret = http.new_secret(os.urandom(http.SECRET_BYTES))
        async with self.database.transaction(actor) as work:
            if await _store.count_of(work, account_id) >= OF_ONE_MAX:
                raise Refusal("webhook.too_many", max=OF_ONE_MAX)
            position = await log.head(work)
            made = self._new(new, account_id, position)
            await _store.add(
                work, made, owner_id=owner_id, position=position,
                secret=self.keys.seal(secret.encode(), PURPOSE),
            )  # fmt: skip
            await work.append(_entry("webhook.created", made, kinds=list(made.kinds)))
        return made, secret

    def _new(self, new: NewWebhook, account_id: UUID, position: Position) -> Webhook:
        return Webhook(
            id=new_id(),
            url=new.url,
            note=new.note,
            kinds=tuple(dict.fromkeys(new.kinds)),
            owner_account_id=account_id,
            state="active",
            position=position,
            behind=0,
            failures=0,
            failing_since=None,
            retry_at=None,
            old_secret_until=None,
            created_at=self.clock.now(),
            last_status=None,
            last_error="",
            last_at=None,
        )

    async def all(self, scope: Scope) -> list[Webhook]:
        """Those that the scope holds, the newest first."""
        async with self.database.reading(scope.actor) as work:
            return await _store.all_of(work, scope, LIST_MAX)

    async def one(self, scope: Scope, webhook_id: UUID) -> Webhook:
        """One of them."""
        async with self.database.reading(scope.actor) as work:
            return await _held(work, scope, webhook_id)

    async def deliveries(
        self, scope: Scope, webhook_id: UUID, *, limit: int = 50
    ) -> list[Delivery]:
        """The last tries, the newest first."""
        async with self.database.reading(scope.actor) as work:
            await _held(work, scope, webhook_id)
            return await _store.deliveries(work, scope, webhook_id, min(limit, DELIVERIES_MAX))

    async def change(self, scope: Scope, webhook_id: UUID, change: NewWebhook) -> Webhook:
        """Tell another address, of other kinds, under another note; what its receiver was not told
        yet goes to the new address. The caller has checked it (`ground.http`)."""
        if faults := logic.faults_of(change):
            raise invalid(*faults)
        async with self.database.transaction(scope.actor) as work:
            found = await _held(work, scope, webhook_id)
            kinds = tuple(dict.fromkeys(change.kinds))
            await _store.change(work, found.id, change.url, kinds, change.note)
            after = await _held(work, scope, webhook_id)
            await work.append(_entry("webhook.changed", after, kinds=list(kinds)))
        return after

    async def pause(self, scope: Scope, webhook_id: UUID) -> Webhook:
        """Send nothing until it is resumed; nothing is lost meanwhile."""
        return await self._set(scope, webhook_id, "paused", "webhook.paused")

    async def resume(self, scope: Scope, webhook_id: UUID, *, from_now: bool = False) -> Webhook:
        """Go on where it stopped, or with what happens from now on."""
        position: Position | None = None
        if from_now:
            async with self.database.reading(scope.actor) as work:
                position = await log.head(work)
        return await self._set(scope, webhook_id, "active", "webhook.resumed", position)

    async def rewind(self, scope: Scope, webhook_id: UUID, position: Position) -> Webhook:
        """Tell everything after a position once more, with the message ids that it had."""
        return await self._set(scope, webhook_id, "active", "webhook.rewound", position)

    async def _set(
        self, scope: Scope, webhook_id: UUID, state: str, kind: str,
        position: Position | None = None,
    ) -> Webhook:  # fmt: skip
        async with self.database.transaction(scope.actor) as work:
            found = await _held(work, scope, webhook_id)
            await _store.set_state(work, found.id, state, position=position)
            told = {"position": position.text} if position else {}
            await work.append(_entry(kind, found, **told))
            return await _held(work, scope, webhook_id)

    async def rotate(self, scope: Scope, webhook_id: UUID) -> tuple[Webhook, str]:
        """A new secret, told only here; deliveries are signed with the old one too for a day."""
        secret = http.new_secret(os.urandom(http.SECRET_BYTES))
        until = self.clock.now() + logic.OLD_SECRET_LIFETIME
        async with self.database.transaction(scope.actor) as work:
            found = await _held(work, scope, webhook_id)
            sealed = self.keys.seal(secret.encode(), PURPOSE)
            await _store.set_secret(work, found.id, sealed, until)
            await work.append(_entry("webhook.rotated", found))
        return msgspec.structs.replace(found, old_secret_until=until), secret

    async def remove(self, scope: Scope, webhook_id: UUID) -> None:
        """Forget it with its tries."""
        async with self.database.transaction(scope.actor) as work:
            found = await _held(work, scope, webhook_id)
            await _store.remove(work, found.id)
            await work.append(_entry("webhook.removed", found))


async def _held(work: Work, scope: Scope, webhook_id: UUID) -> Webhook:
    found = await _store.one(work, scope, webhook_id)
    if found is None:
        raise Absent("webhook.unknown")
    return found


def _entry(kind: str, webhook: Webhook, **after: Any) -> Entry:
    """What happened to a webhook. Its address may carry a token: only the host is told."""
    host = urlsplit(webhook.url).hostname or ""
    return Entry(
        kind=kind, subject_type="webhook", subject_id=webhook.id, after={"host": host, **after}
    )
