"""The bus: NATS with JetStream, for wake-ups inside and for readers outside.

PostgreSQL alone is truth, so the bus may be away at any moment: the program starts and accepts work
without it, the connection is tried again for ever, `publish` is `Trouble` until it is back (the
relay then goes on from its cursor), and `rest` still returns, only later.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from pengcheng.kernel.errors import Trouble

CONNECT_SECONDS = 2
RETRY_SECONDS = 1.0
PUBLISH_SECONDS = 2.0
MESSAGE_BYTES_MAX = 512 * 1024
"""Half of what the server takes by default; larger events travel without their data."""

WAKE_SUBJECT = "city.wake"

_UNFIT = re.compile(r"[^A-Za-z0-9_-]")

logger = structlog.get_logger(__name__)


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream of the bus, made or brought up to date whenever a connection is made."""

    name: str
    subjects: tuple[str, ...]
    bytes_max: int
    age_seconds_max: int
    duplicate_seconds: int = 600


LOG_STREAM = Stream(
    name="CITY_LOG",
    subjects=("city.log.>",),
    bytes_max=1024**3,
    age_seconds_max=30 * 86_400,
)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is published; the server drops a second message with the same `id`."""

    subject: str
    id: str
    content: bytes
    media_type: str = "application/cloudevents+json"


class Bus:
    """One process's connection. `open` returns at once, whether or not a server answers."""

    def __init__(self, url: str, streams: Sequence[Stream] = (LOG_STREAM,)) -> None:
        self._url = url
        self._streams = tuple(streams)
        self._client: Client | None = None
        self._woken = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self._hears: list[tuple[str, Callable[[bytes], Awaitable[None]]]] = []
        self._is_ready = False

    @property
    def is_connected(self) -> bool:
        """Whether a server answers now and its streams are there."""
        return self._is_ready and self._client is not None and self._client.is_connected

    def open(self) -> None:
        """Begin to connect, for ever."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._keep_connected())

    async def close(self) -> None:
        """Leave the bus."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
            self._connecting = None
        await self._drop()

    async def publish(self, *messages: Message) -> None:
        """Hand messages to JetStream; returns when the server keeps every one of them. `Trouble`
        otherwise: publish all of them again, those that arrived are not doubled."""
        if self._client is None or not self.is_connected:
            raise Trouble("bus.unreachable")
        stream = self._client.jetstream(timeout=PUBLISH_SECONDS)
        sent = (
            stream.publish(
                message.subject,
                message.content,
                headers={"Nats-Msg-Id": message.id, "content-type": message.media_type},
            )
            for message in messages
        )
        # Every answer is awaited, so that none is left behind when one fails.
        for outcome in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(outcome, (NatsError, OSError)):
                raise Trouble("bus.unreachable", reason=type(outcome).__name__) from outcome
            if isinstance(outcome, BaseException):
                raise outcome

    async def wake(self, what: str = "log") -> None:
        """Tell resting processes that there is work. Lost when the bus is away: they look by
        themselves before long."""
        if self._client is not None and self._client.is_connected:
            with contextlib.suppress(NatsError, OSError):
                await self._client.publish(f"{WAKE_SUBJECT}.{token(what)}")

    async def rest(self, seconds: float) -> bool:
        """Wait until somebody wakes this process, at most so long; whether somebody did."""
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    async def hear(self, subject: str, act: Callable[[bytes], Awaitable[None]]) -> None:
        """Call `act` with each message of a subject from now on, over every reconnection; not
        durable: what was sent while the bus was away is missed."""
        self._hears.append((subject, act))
        if self._client is not None and self.is_connected:
            await _subscribe(self._client, subject, act)

    async def _keep_connected(self) -> None:
        while True:
            try:
                await self._connect()
            except (NatsError, OSError) as failure:
                logger.warning("bus.unreachable", reason=type(failure).__name__)
            else:
                return  # from here on the client reconnects by itself, for ever
            await self._drop()
            await asyncio.sleep(RETRY_SECONDS)

    async def _drop(self) -> None:
        client, self._client, self._is_ready = self._client, None, False
        if client is not None:
            with contextlib.suppress(NatsError, OSError):
                await client.close()

    async def _connect(self) -> None:
        # Waits for the first server as patiently as for its return.
        client = self._client = await nats.connect(
            self._url,
            connect_timeout=CONNECT_SECONDS,
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RETRY_SECONDS,
            reconnected_cb=self._reconnected,
            disconnected_cb=self._disconnected,
            error_cb=_told,
            name="pengcheng",
        )
        await self._make_streams(client)
        await _subscribe(client, f"{WAKE_SUBJECT}.*", self._wake_up)
        for subject, act in self._hears:
            await _subscribe(client, subject, act)
        self._is_ready = True
        self._woken.set()
        logger.info("bus.connected")

    async def _disconnected(self) -> None:
        self._is_ready = False
        logger.warning("bus.disconnected")

    async def _reconnected(self) -> None:
        """The server may be a new one that knows nothing of our streams."""
        while (client := self._client) is not None and client.is_connected:
            try:
                await self._make_streams(client)
            except (NatsError, OSError) as failure:
                logger.warning("bus.streams_missing", reason=type(failure).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._is_ready = True
                self._woken.set()
                logger.info("bus.reconnected")
                return

    async def _make_streams(self, client: Client) -> None:
        manager = client.jetstream(timeout=CONNECT_SECONDS)
        for stream in self._streams:
            config = _config(stream)
            try:
                await manager.update_stream(config)
            except NotFoundError:
                await manager.add_stream(config)

    async def _wake_up(self, _: bytes) -> None:
        self._woken.set()


def token(text: str) -> str:
    """A text as one token of a subject."""
    return _UNFIT.sub("_", text) or "_"


async def _subscribe(client: Client, subject: str, act: Callable[[bytes], Awaitable[None]]) -> None:
    async def heard(message: Msg) -> None:
        await act(message.data)

    await client.subscribe(subject, cb=heard)


async def _told(failure: Exception) -> None:
    if not isinstance(failure, (NatsError, JetStreamError, OSError)):
        logger.error("bus.fault", error=repr(failure))


def _config(stream: Stream) -> StreamConfig:
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        storage=StorageType.FILE,
        max_bytes=stream.bytes_max,
        max_age=stream.age_seconds_max,
        duplicate_window=stream.duplicate_seconds,
    )
