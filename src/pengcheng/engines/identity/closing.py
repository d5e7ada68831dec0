"""The end of an account, and of what is known of its person."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.identity import _store_closing
from pengcheng.ground.database import Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Refusal, Unauthenticated
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock

CLOSED = "account.closed"
ERASED = "person.identity_erased"


class Closing:
    """Ends accounts and erases persons, in the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def in_use(self, work: Work, persons: Sequence[UUID]) -> set[UUID]:
        """Which of these somebody still is here: a person with an account that is not closed, also
        when an administrator has shut it, or an enterprise."""
        return await _store_closing.in_use(work, persons) if persons else set()

    async def close(self, work: Work, actor: Actor) -> None:
        """End the asker's own account: nobody signs in by it again, its sessions and what it kept
        for itself are gone, and so are telephone and identity document. An official's account is
        the city's to end."""
        if actor.account_id is None or actor.person_id is None:
            raise Unauthenticated("account.sign_in_needed")
        if not await _store_closing.close(
            work, actor.account_id, actor.person_id, self._clock.now()
        ):
            raise Refusal("account.not_yours_to_close")
        await work.append(Entry(kind=CLOSED, subject_type="account", subject_id=actor.account_id))
        await signal(work, "identity")

    async def erase(self, work: Work, persons: Sequence[UUID]) -> None:
        """Erase who these persons are; that it was done is logged. Their keys the caller
        destroys."""
        await _store_closing.erase(work, persons)
        await work.append(
            *(Entry(kind=ERASED, subject_type="person", subject_id=one) for one in persons)
        )
