"""Past decisions as a stream, in the order of their chain."""

from collections.abc import AsyncIterator
from datetime import datetime

from pengcheng.engines.rules import _store
from pengcheng.engines.rules.keeping import from_text
from pengcheng.engines.rules.service import Rules
from pengcheng.engines.rules.trial import Past
from pengcheng.kernel.authz import Scope

CHUNK = 5_000


async def past_decisions(
    rules: Rules, scope: Scope, name: str, since: datetime | None = None
) -> AsyncIterator[list[Past]]:
    """The decisions that a model's versions made since an instant, in stretches of bounded size.

    Those that are recorded while one reads are left out, so that the stream ends.
    """
    async with rules.database.reading(scope.actor) as work:
        at = await _store.first_since(work, since)
        last, _ = await _store.end(work)
    while at <= last:
        async with rules.database.reading(scope.actor) as work:
            rows = await _store.past(work, scope, name, at, CHUNK)
        found = [
            Past(row[1], row[0], row[2], *map(from_text, row[3:6]))
            for row in rows
            if row[0] <= last
        ]
        if not found:
            return
        yield found
        at = found[-1].seq + 1
