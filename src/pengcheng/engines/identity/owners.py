"""Accounts that something of theirs acts for while nobody is signed in."""

from uuid import UUID

from pengcheng.engines.identity import _store, _store_owners
from pengcheng.engines.identity.service import actor_from
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.time import Clock, city_day


class Owners:
    """Who owns a webhook, with the rights of this very moment; nothing is kept."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def actor_of(self, account_id: UUID) -> Actor | None:
        """The account as an actor for its person; None when it may not act (any more)."""
        now = self._clock.now()
        async with self._database.reading() as work:
            row = await _store_owners.account_in_force(work, account_id, now)
            if row is None:
                return None
            posts = await _store.posts_of(work, account_id, city_day(now))
        return actor_from(row, posts)
