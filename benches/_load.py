"""A light client for the benches: keep-alive connections that send prepared requests, no parsing.

Run as a process of its own, `python -m benches._load`, so that what it costs is bounded and none
of it is charged to the city. Input: a JSON `Order` on stdin; output: a JSON `Report` on stdout.
"""

import asyncio
import sys
import time
from typing import cast

import msgspec
import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "
DRAIN_SECONDS = 30.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: prepared requests, over so many connections, for so long, at most so fast."""

    port: int
    requests: list[str]
    seconds: float
    connections: int
    rate: float | None = None
    stride: int = 1


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: answers by status, seconds that each took, CPU seconds of the client."""

    answers: dict[int, int]
    took: list[float]
    seconds: float
    cpu: float


class _Client(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._waiting: asyncio.Future[int] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(0)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(HEAD_END)
        if head < 0:
            return
        at = self._buffer.lower().find(LENGTH, 0, head)
        length = (
            int(self._buffer[at + len(LENGTH) : self._buffer.index(b"\r", at)]) if at > 0 else 0
        )
        if len(self._buffer) < head + len(HEAD_END) + length:
            return
        status, self._buffer = int(self._buffer[9:12]), b""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)

    async def send(self, request: bytes) -> int:
        """Send and wait; the status, 0 when the connection was lost."""
        if self._transport is None:
            return 0
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting


async def run(order: Order) -> Report:
    """Keep every connection busy (or the rate) until the time is over."""
    requests = [text.encode() for text in order.requests]
    loop = asyncio.get_running_loop()
    answers: dict[int, int] = {}
    took: list[float] = []
    begun, cpu = time.perf_counter(), time.process_time()
    until = begun + order.seconds
    numbers = iter(range(10**9))

    async def one() -> None:
        _, client = await loop.create_connection(_Client, "127.0.0.1", order.port)
        while True:
            number = next(numbers)
            if order.rate is not None:
                await asyncio.sleep(begun + number / order.rate - time.perf_counter())
            start = time.perf_counter()
            if start >= until:
                return
            status = await client.send(requests[number % len(requests)])
            took.append(time.perf_counter() - start)
            answers[status] = answers.get(status, 0) + 1
            if status == 0:
                _, client = await loop.create_connection(_Client, "127.0.0.1", order.port)

    await asyncio.gather(*(one() for _ in range(order.connections)))
    spent = time.perf_counter() - begun
    return Report(answers=answers, took=took, seconds=spent, cpu=time.process_time() - cpu)


def main() -> None:
    """Read the order, run it, tell the report."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(order))))


if __name__ == "__main__":
    main()
