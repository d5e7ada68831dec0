"""The nouns of webhooks."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from pengcheng.ground.log import Position

BEHIND_MAX = 10_000
"""Counting how far one is behind stops here."""

State = Literal["active", "paused", "disabled"]


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """What its owner says of a webhook: where to, which kinds of entries (all when none is named),
    and a note for people."""

    url: str
    kinds: tuple[str, ...] = ()
    note: str = ""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it stands. `position`: up to where its receiver was told; `behind`: how many
    entries of the log stand after it, of whatever kind; `failing_since`: the first of the failures
    in a row, None while it answers."""

    id: UUID
    url: str
    note: str
    kinds: tuple[str, ...]
    owner_account_id: UUID
    state: State
    position: Position
    behind: int
    failures: int
    failing_since: datetime | None
    retry_at: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    last_status: int | None
    last_error: str
    last_at: datetime | None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that this process serves for a while; `secrets`: the newest first."""

    id: UUID
    held_by: UUID
    url: str
    kinds: tuple[str, ...]
    owner_account_id: UUID
    secrets: tuple[str, ...]
    position: Position
    failures: int
    failing_since: datetime | None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one try: the receiver's status, or why there was none; `retry_after`: how
    long it asks us to wait."""

    position: Position
    kind: str
    status: int | None
    error: str
    milliseconds: int
    retry_after: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it (2xx; a redirect is not followed and is no yes)."""
        return self.status is not None and 200 <= self.status < 300


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One try as it is kept: `event` is the position in the log, `message_id` the `webhook-id`."""

    id: UUID
    message_id: UUID
    event: str
    kind: str
    status: int | None
    error: str
    milliseconds: int
    at: datetime
