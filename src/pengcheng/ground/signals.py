"""Word between the city's processes that something cached is stale (LISTEN/NOTIFY).

A signal is a hint, never a truth: what it invalidates is read again from the tables. While the
listening connection is down, `is_connected` is false and caches must not be trusted.
"""

import asyncio
from collections.abc import Callable

import psycopg
import structlog

from pengcheng.ground.database import Work

CHANNEL = "pengcheng"
RETRY_SECONDS = 1.0

logger = structlog.get_logger(__name__)


async def signal(work: Work, topic: str, subject: str = "") -> None:
    """Tell every process, when the caller's transaction commits."""
    await work.run(
        "select pg_notify(%(channel)s, %(text)s)", channel=CHANNEL, text=f"{topic}:{subject}"
    )


class Signals:
    """The listening side of one process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._heard: dict[str, list[Callable[[str], None]]] = {}
        self._task: asyncio.Task[None] | None = None
        self.is_connected = False

    def on(self, topic: str, call: Callable[[str], None]) -> None:
        """Call with the subject whenever the topic is signalled, and with "" after a gap."""
        self._heard.setdefault(topic, []).append(call)

    async def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.is_connected = False

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except psycopg.Error as failure:
                logger.info("signals.lost", error=type(failure).__name__)
            finally:
                # Also when a listener failed: who no longer hears must not trust a cache.
                self.is_connected = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _hear(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute(f"listen {CHANNEL}")
            self.is_connected = True
            for topic in self._heard:
                self._tell(topic, "")
            async for told in connection.notifies():
                topic, _, subject = told.payload.partition(":")
                self._tell(topic, subject)

    def _tell(self, topic: str, subject: str) -> None:
        for call in self._heard.get(topic, ()):
            call(subject)
