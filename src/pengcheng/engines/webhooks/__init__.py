"""Webhooks: programs elsewhere that are told of what happens, in order and at least once.

Invariants: a cursor moves only past what its receiver took or its owner may not see; one process
serves a webhook at a time, under a lease that a killed process cannot keep; an event carries the
same message id at every try; a secret is kept sealed and told once.
"""

from pengcheng.engines.webhooks.logic import (
    DISABLED_AFTER,
    LEASE,
    NEVER_LATER_THAN,
    OLD_SECRET_LIFETIME,
    message_id_of,
    retry_after,
)
from pengcheng.engines.webhooks.model import (
    BEHIND_MAX,
    Claim,
    Delivery,
    NewWebhook,
    Tried,
    Webhook,
)
from pengcheng.engines.webhooks.service import LIST_MAX, Webhooks
from pengcheng.engines.webhooks.serving import Serving

HUB = "capability"

__all__ = [
    "BEHIND_MAX",
    "DISABLED_AFTER",
    "HUB",
    "LEASE",
    "LIST_MAX",
    "NEVER_LATER_THAN",
    "OLD_SECRET_LIFETIME",
    "Claim",
    "Delivery",
    "NewWebhook",
    "Serving",
    "Tried",
    "Webhook",
    "Webhooks",
    "message_id_of",
    "retry_after",
]
