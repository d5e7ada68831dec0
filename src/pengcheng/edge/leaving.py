"""Closing one's own account: the right to be forgotten as far as the city need not remember
(Personal Information Protection Law of the PRC, art. 15 and 47).

At once go: signing in, sessions, telephone, identity document, address, what one follows, notices,
enterprises acted for, files that were not sent with anything. Matters in hand go on and closed ones
are kept for their time, without telling anybody who sent them or how to reach them. When the last
has ended its keeping, or at once when there is none, the person is erased (`retention.free`).
"""

from datetime import datetime

import msgspec

from pengcheng.edge import retention
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Ending, Stays
from pengcheng.engines.identity import Closing
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Unauthenticated


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """What stays when an account is closed, and why: by kind of case. `until` is when the last of
    it goes; None when nothing stays, or something is open or kept without end."""

    stays: tuple[Stays, ...]
    until: datetime | None


async def asked(services: Services, actor: Actor) -> Leaving:
    """What would stay if the asker closed their account now."""
    if actor.account_id is None or actor.person_id is None:
        raise Unauthenticated("account.sign_in_needed")
    async with services.database.reading(actor) as work:
        stays = await Ending(services.cases).stays(work, actor.person_id)
    ends = [one.until for one in stays]
    is_known = not any(one.open for one in stays) and None not in ends
    return Leaving(
        stays=tuple(stays),
        until=max((at for at in ends if at), default=None) if is_known else None,
    )


async def close(services: Services, actor: Actor) -> Leaving:
    """Close the asker's account; what stays."""
    told = await asked(services, actor)
    person, account = actor.person_id, actor.account_id
    if person is None or account is None:
        raise Unauthenticated("account.sign_in_needed")
    # The log keeps that it was done, not by which name.
    doer = Actor(kind="citizen", account_id=account, person_id=person)
    async with services.database.transaction(doer) as work:
        await Closing(services.clock).close(work, doer)
        await Ending(services.cases).unname(work, person)
        await services.uploads.forget_sender(work, account)
        await services.notices.drop_to(work, [person], [account])
        await retention.free(services, work, [person])
    return told
