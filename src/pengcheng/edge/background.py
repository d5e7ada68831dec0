"""The loops of the background process: subscribers, the clock of cases, sealing, a sign of life.

One look at the head of the log wakes every subscriber; when nothing happens, that look is all the
work there is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from pengcheng.edge.services import Services
from pengcheng.engines.cases import put_off, sweep
from pengcheng.engines.rules import Trials
from pengcheng.ground import log, log_tree, parked, subscriptions, vitals
from pengcheng.ground.log import Position
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Trouble

LOOK_SECONDS = 0.05
IDLE_LOOK_SECONDS = 0.2
SWEEP_SECONDS = 2.0
SWEEP_SINGLY_MAX = 200
SEAL_SECONDS = 5.0
ALIVE_SECONDS = 10.0
TROUBLE_SECONDS = 1.0
RETRY_SECONDS = 5.0
TRIAL_SECONDS = 1.0
MONTHS_AHEAD_SECONDS = 3600.0

logger = structlog.get_logger(__name__)


class Head:
    """The newest finished position of the log, and who waits for it to move."""

    def __init__(self) -> None:
        self.position = Position()
        self._moved = asyncio.Condition()

    async def set(self, position: Position) -> bool:
        """Tell the newest position; whether it moved."""
        if position == self.position:
            return False
        async with self._moved:
            self.position = position
            self._moved.notify_all()
        return True

    async def beyond(self, position: Position) -> Position:
        """Wait until the head is another than this one."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.position != position)
            return self.position


async def run(services: Services, subscribers: Sequence[Subscriber], ending: asyncio.Event) -> None:
    """Run every loop until asked to end; what is at hand is finished first."""
    head = Head()
    loops = [
        asyncio.create_task(_watch(services, head)),
        asyncio.create_task(every(SWEEP_SECONDS, lambda: _swept(services))),
        asyncio.create_task(every(SEAL_SECONDS, lambda: _seal(services))),
        asyncio.create_task(every(ALIVE_SECONDS, lambda: _alive(services))),
        asyncio.create_task(every(MONTHS_AHEAD_SECONDS, lambda: _months(services))),
        asyncio.create_task(every(TRIAL_SECONDS, lambda: _tried(services))),
        asyncio.create_task(every(RETRY_SECONDS, lambda: _retried(services, subscribers))),
        *(asyncio.create_task(_follow(services, item, head)) for item in subscribers),
    ]
    await ending.wait()
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again; a passing trouble of the world is waited out."""
    while True:
        try:
            await act()
        except Trouble as trouble:
            logger.warning("background.trouble", code=trouble.code)
        except Exception as failure:
            logger.exception("background.failed", error=repr(failure))
        await asyncio.sleep(seconds)


async def _watch(services: Services, head: Head) -> None:
    seconds = LOOK_SECONDS
    while True:
        try:
            async with services.database.reading() as work:
                moved = await head.set(await log.head(work))
            seconds = LOOK_SECONDS if moved else min(seconds * 1.2, IDLE_LOOK_SECONDS)
        except Trouble as trouble:
            logger.warning("background.trouble", code=trouble.code)
            seconds = TROUBLE_SECONDS
        except Exception as failure:
            logger.exception("background.failed", error=repr(failure))
            seconds = TROUBLE_SECONDS
        await asyncio.sleep(seconds)


async def _follow(services: Services, subscriber: Subscriber, head: Head) -> None:
    seen = Position()
    while True:
        seen = await head.beyond(seen)
        await asyncio.sleep(subscriber.gather)
        # Who gathers stops at what has come of age, who does not goes on while anything comes.
        to = seen if subscriber.gather else None
        try:
            while handled := await subscriptions.advance(services.database, subscriber, to=to):
                services.metrics.handled(subscriber.name, handled)
        except Trouble as trouble:
            logger.warning("subscriber.trouble", subscriber=subscriber.name, code=trouble.code)
            await asyncio.sleep(TROUBLE_SECONDS)
            seen = Position()
        except Exception as failure:
            logger.exception("subscriber.failed", subscriber=subscriber.name, error=repr(failure))
            await asyncio.sleep(TROUBLE_SECONDS)
            seen = Position()


async def _swept(services: Services) -> None:
    try:
        while await sweep(services.cases):
            pass
    except Trouble:
        raise
    except Exception as failure:
        logger.exception("background.sweep_failed", error=repr(failure))
        await _swept_singly(services)


async def _swept_singly(services: Services) -> None:
    for _ in range(SWEEP_SINGLY_MAX):
        try:
            if not await sweep(services.cases, limit=1):
                return
        except Trouble:
            raise
        except Exception:  # noqa: BLE001  the task boundary: what fails is put off
            await put_off(services.cases)


async def _retried(services: Services, subscribers: Sequence[Subscriber]) -> None:
    await parked.retry_asked(services.database, subscribers)


async def _tried(services: Services) -> None:
    while await Trials(services.rules).run_due():
        pass


async def _seal(services: Services) -> None:
    sealed = log_tree.SEAL_MAX
    while sealed == log_tree.SEAL_MAX:
        async with services.database.transaction(SYSTEM) as work:
            sealed = await log_tree.seal(work)


async def _alive(services: Services) -> None:
    async with services.database.transaction(SYSTEM) as work:
        await vitals.tell_alive(work)


async def _months(services: Services) -> None:
    async with services.database.transaction(SYSTEM) as work:
        await vitals.make_partitions(work)
