"""Answers that are kept so that a request which is sent again does nothing twice.

The answer is kept in the transaction of what was done, under the asker's key: who asks the same
again is given it; the same key with another content is refused (as the draft of the IETF on the
header field Idempotency-Key says).
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from pengcheng.ground.database import Database, Work, json_text
from pengcheng.kernel.errors import Conflict, Fault, invalid

KEPT_DAYS = 7

Keep = Callable[[Work, Any], Awaitable[None]]
"""Keep what was answered, in the transaction that did it."""


async def recalled(database: Database, key: str, content: bytes) -> Any:
    """What the same request was answered; None when it is new. `Refusal` when the key belongs to
    another request."""
    async with database.reading() as work:
        row = await work.row(
            "select asked, answer from kept_answer where key = %(key)s", key=_hash(key.encode())
        )
    if row is None:
        return None
    if row["asked"] != _hash(content):
        raise invalid(Fault(path="/Idempotency-Key", code="key.reused"))
    return row["answer"]


def keeping(key: str, content: bytes) -> Keep:
    """How to keep the answer to this request."""

    async def keep(work: Work, answer: Any) -> None:
        kept = await work.run(
            """insert into kept_answer (key, asked, answer)
               values (%(key)s, %(asked)s, %(answer)s::jsonb) on conflict (key) do nothing""",
            key=_hash(key.encode()),
            asked=_hash(content),
            answer=json_text(answer),
        )
        if not kept:
            # Another process was answering the same request; what this one did is undone.
            raise Conflict("request.being_answered")

    return keep


async def forget(work: Work) -> int:
    """Answers of requests that nobody sends again."""
    return await work.run(
        "delete from kept_answer where at < now() - make_interval(days => %(days)s)",
        days=KEPT_DAYS,
    )


def _hash(content: bytes) -> bytes:
    return sha256(content).digest()
