"""Acceptance keeps pace with intake: whoever reports waits a moment rather than the demand later.

Accepting is cheaper than taking in. Where more is reported than the city can take in, accepting as
fast as possible would only let what waits grow. Nothing is refused, and where intake stands still
(nothing moves faster then) nobody is kept waiting for it.
"""

import asyncio

from pengcheng.ground import subscriptions
from pengcheng.ground.database import Database

INTAKE = "cases.intake"
ACCEPTED = "case.accepted"
INTAKE_BATCH = 300
LOOK_SECONDS = 0.1
EASY = INTAKE_BATCH // 2
"""So many may wait: with fewer, intake would not have its hands full."""

PAUSE_SECONDS = 0.04
"""The pause while a whole batch waits; it grows with the square of what waits."""

PAUSE_SECONDS_MAX = 1.0
COUNTED_MAX = 1000
STANDSTILL_SECONDS = 15.0


def pause_for(waiting: int, seconds: float) -> float:
    """The seconds that one acceptance pauses while so many wait, the first of them so long."""
    if waiting <= EASY or seconds >= STANDSTILL_SECONDS:
        return 0.0
    grown: float = ((waiting - EASY) / (INTAKE_BATCH - EASY)) ** 2
    return min(PAUSE_SECONDS * grown, PAUSE_SECONDS_MAX)


class Pace:
    """The pace of one process, looked at again every tenth of a second while cases arrive."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._look_at = 0.0
        self._pause = 0.0

    async def keep(self) -> None:
        """Wait as long as intake needs."""
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            async with self._database.reading() as work:
                waiting = await subscriptions.waiting(work, INTAKE, ACCEPTED, limit=COUNTED_MAX)
            self._pause = pause_for(*waiting)
        if self._pause:
            await asyncio.sleep(self._pause)
