"""The head of a request is bounded in bytes and in time, whoever sends it; a body is not cut."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from pengcheng.ops import bounded_http
from pengcheng.ops.bounded_http import HEAD_BYTES_MAX, BoundedHttp

PATIENCE_SECONDS = 20
BEGIN = b"POST / HTTP/1.1\r\nhost: x\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the number of bytes in the body."""
    size, more = 0, True
    while more:
        event = await receive()
        size, more = size + len(event.get("body", b"")), event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"heard %d" % size})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    configuration = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=BoundedHttp, lifespan="off", log_level="error"
    )
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = server.force_exit = True
    thread.join(PATIENCE_SECONDS)


def told(port: int, *parts: bytes, until: bytes = b"") -> bytes:
    """What is answered to parts sent one after another, to the end or to a last word."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(0.05)
            while not (until and until in heard) and (more := connection.recv(65536)):
                heard += more
        except (ConnectionResetError, BrokenPipeError):
            # Closed while we were still sending: what was answered may be lost on the way.
            return heard or b"closed"
    return heard


def body(size: int) -> bytes:
    return b"content-length: %d\r\n\r\n" % size + b"a" * size


def test_a_head_within_the_limit_and_a_great_body_are_taken(port: int) -> None:
    head = BEGIN + b"x: " + b"a" * (HEAD_BYTES_MAX // 2) + b"\r\n"

    assert b"heard 900000" in told(port, head + body(900_000), until=b"heard 900000")


def test_an_end_of_the_head_that_comes_in_pieces_is_seen(port: int) -> None:
    parts = (BEGIN + b"content-length: 300000\r", b"\n\r", b"\n" + b"a" * 300_000)

    assert b"heard 300000" in told(port, *parts, until=b"heard 300000")


def test_requests_on_one_connection_are_counted_each_for_itself(port: int) -> None:
    one = BEGIN + b"x: " + b"a" * (HEAD_BYTES_MAX - 2000) + b"\r\n" + body(1)

    assert b"heard 3" in told(port, one, one, BEGIN + body(3), until=b"heard 3")


@pytest.mark.parametrize("times", [1, 40])
def test_a_head_beyond_the_limit_is_refused(port: int, times: int) -> None:
    header = b"x: " + b"a" * (2 * HEAD_BYTES_MAX // times) + b"\r\n"

    answer = told(port, BEGIN, *[header] * times, b"\r\n")

    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b"closed"


def test_an_address_without_end_is_refused(port: int) -> None:
    answer = told(port, b"GET /" + b"a" * (2 * HEAD_BYTES_MAX))

    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b"closed"


@pytest.mark.parametrize("begun", [b"", b"GET", BEGIN + b"x: a"])
def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(
    port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_http, "HEAD_SECONDS", 0.3)

    assert told(port, begun).startswith(b"HTTP/1.1 408 ")


def test_a_body_may_take_its_time_here(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "HEAD_SECONDS", 0.01)
    parts = (BEGIN + b"content-length: 3\r\n\r\n", b"a", b"b", b"c")

    assert b"heard 3" in told(port, *parts, until=b"heard 3")
