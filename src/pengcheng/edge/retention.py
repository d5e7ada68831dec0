"""The end of retention, every night: what a pack keeps for a time is erased when that is over.

`Ending` and its like know what goes of their own records; here it is joined with what stands beside
them: files, notices, the index of search, decisions, running processes, parked work, and the key
under which the log keeps a person's values, once nothing of that person has to be kept any more.
Some records at a time, each time one transaction with its log entries.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Ending
from pengcheng.engines.identity import Closing
from pengcheng.engines.objects import over, remove_over, with_records
from pengcheng.ground import parked, timers
from pengcheng.ground.database import Work
from pengcheng.ground.timers import Fire, Timer
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.time import CITY_ZONE, city_day

RETENTION = "retention"
RETENTION_ID = UUID("1f0e0b0a-6f0b-5a52-9a3b-3d4c35a1c0de")
"""The subject of the timer."""
BATCH = 100
AT = time(3, 30)
"""When in the night: the city is quiet, and reports are made later."""


async def plan(services: Services) -> None:
    """See that one timer waits for the next night."""
    async with services.database.transaction(SYSTEM) as work:
        if not await timers.waiting(work, RETENTION):
            await _wait(work, _next(services.clock.now()))


def fires_of(services: Services) -> Mapping[str, Fire]:
    """What the timer does: some records, and at once again while there are more."""

    async def fire(work: Work, timer: Timer) -> None:
        del timer
        now = services.clock.now()
        await _wait(work, now if await end_some(services, work) else _next(now))

    return {RETENTION: fire}


async def _wait(work: Work, at: datetime) -> None:
    await timers.set_timer(work, RETENTION, RETENTION_ID, at, {})


def _next(now: datetime) -> datetime:
    tonight = datetime.combine(city_day(now), AT, CITY_ZONE)
    return tonight if tonight > now else tonight + timedelta(days=1)


async def due(services: Services) -> dict[str, int]:
    """How many records of each type with a declared retention would end now."""
    async with services.database.reading() as work:
        records = await over(work, services.registry, services.clock.now())
    return {**await Ending(services.cases).due(), **records}


async def end_all(services: Services) -> int:
    """End everything that is over, batch by batch; how many records ended."""
    ended, some = 0, 1
    while some:
        async with services.database.transaction(SYSTEM) as work:
            some = await end_some(services, work)
        ended += some
        await asyncio.sleep(0)
    return ended


async def end_some(services: Services, work: Work, limit: int = BATCH) -> int:
    """End some records in the caller's transaction; how many. None when nothing is over."""
    ending = Ending(services.cases)
    cases = await ending.end(work, limit)
    if cases:
        ids = [case.id for case in cases]
        await _beside(services, work, ids)
        authors = {case.author_id for case in cases if case.author_id}
        # What nobody signed is sealed under the key of the case itself.
        await services.cipher.destroy(work, ids)
        await free(services, work, sorted(authors))
        return len(ids)
    events = await ending.end_events(work, limit)
    if events:
        await _beside(services, work, events)
        return len(events)
    records = await remove_over(work, services.registry, services.clock.now(), limit)
    await _beside(services, work, [one for one, _, _, _ in records])
    await free(services, work, sorted({owner for _, owner, _, _ in records if owner}))
    return len(records)


async def _beside(services: Services, work: Work, ids: Sequence[UUID]) -> None:
    """Erase what other engines keep about these records."""
    await services.uploads.drop_of(work, ids)
    await services.notices.drop_about(work, ids)
    await services.search.drop(work, ids)
    await services.rules.erase(work, ids)
    await services.processes.drop_about(work, ids)
    await parked.forget(work, ids)


async def free(services: Services, work: Work, persons: Sequence[UUID]) -> list[UUID]:
    """Erase those of these persons of whom nothing has to be kept any more: they have no account in
    use, no record and no matter whose retention goes on. Their keys are destroyed, and with them
    everything of theirs in the log."""
    closing = Closing(services.clock)
    held = await closing.in_use(work, persons)
    held |= await Ending(services.cases).with_matters(work, persons)
    held |= await with_records(work, services.registry, persons)
    gone = [one for one in persons if one not in held]
    if gone:
        await closing.erase(work, gone)
        await services.notices.drop_to(work, gone)
        await services.cipher.destroy(work, gone)
    return gone
