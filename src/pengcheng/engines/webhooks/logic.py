"""What a webhook may be told, and when a failed try comes again. Pure."""

import re
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from pengcheng.engines.webhooks.model import Claim, NewWebhook, Tried
from pengcheng.ground.log import Position
from pengcheng.kernel.errors import Fault

LEASE = timedelta(seconds=30)
"""How long a process may serve without a sign; more than the slowest try takes."""

FIRST_WAIT = timedelta(seconds=5)
NEVER_LATER_THAN = timedelta(hours=1)
ASKED_NEVER_LATER_THAN = timedelta(hours=24)
"""A receiver may ask for a longer wait than ours, but not to be forgotten."""

DISABLED_AFTER = timedelta(days=5)
"""Failures for so long, and nothing else, give a receiver up; its owner is told."""

OLD_SECRET_LIFETIME = timedelta(hours=24)
GONE = 410
"""Standard Webhooks 1.0: a receiver that answers 410 wants no more."""

KINDS_MAX = 50
NOTE_LENGTH_MAX = 200
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}", re.ASCII)


def faults_of(new: NewWebhook) -> list[Fault]:
    """What is wrong with a new webhook, but for its address."""
    faults: list[Fault] = []
    if len(new.kinds) > KINDS_MAX:
        facts = {"low": 0, "high": KINDS_MAX}
        faults.append(Fault(path="/kinds", code="number.range", facts=facts))
    faults += [
        Fault(path=f"/kinds/{at}", code="webhook.kind")
        for at, kind in enumerate(new.kinds)
        if not _KIND.fullmatch(kind)
    ]
    if len(new.note) > NOTE_LENGTH_MAX or not new.note.isprintable():
        faults.append(Fault(path="/note", code="query.text", facts={"field": "note"}))
    return faults


def message_id_of(webhook_id: UUID, position: Position) -> UUID:
    """The `webhook-id` of an event: the same at every try, in every process, after every crash."""
    return uuid5(webhook_id, position.text)


def retry_after(failures: int, chance: float) -> timedelta:
    """The wait before the next try after so many failures in a row: doubling, bounded, and spread
    by `chance` (0 to 1) so that many do not come back at one moment."""
    doubled = FIRST_WAIT * (1 << min(max(failures - 1, 0), 20))
    return min(doubled, NEVER_LATER_THAN) * (0.5 + chance / 2)


def wait_after(failures: int, chance: float, asked: timedelta | None) -> timedelta:
    """The wait before the next try: ours, or the longer one that the receiver asked for."""
    wanted = min(asked or timedelta(), ASKED_NEVER_LATER_THAN)
    return max(retry_after(failures, chance), wanted)


def is_given_up(claim: Claim, tried: Tried, now: datetime) -> bool:
    """Whether this failure is the one after which nothing more is sent."""
    since = claim.failing_since or now
    return tried.status == GONE or now - since >= DISABLED_AFTER
