"""The real background process delivers to a real receiver, and `kill -9` loses nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from pengcheng.edge.services import Services
from pengcheng.engines.webhooks import LEASE
from pengcheng.ground import settings as city_settings
from pengcheng.ground.http import Outgoing, is_signed
from tests.city import City

PROGRAM = """
import asyncio, os
from pengcheng import city
from pengcheng.ground import settings
asyncio.run(city.work(settings.read(os.environ), asyncio.Event()))
"""
SLOWLY_SECONDS = 0.1
PATIENCE_SECONDS = LEASE.total_seconds() + 60


class Received(msgspec.Struct, frozen=True):
    headers: dict[str, str]
    content: bytes


@contextmanager
def receiving(taken: list[Received]) -> Iterator[str]:
    """A server that takes everything, slowly; its address."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            taken.append(Received(headers, content))
            time.sleep(SLOWLY_SECONDS)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def private_city(fresh_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """A city whose settings allow webhooks to private addresses."""
    settings = msgspec.structs.replace(fresh_city.services.settings, webhook_private=True)
    services: Services = msgspec.structs.replace(
        fresh_city.services, settings=settings, outgoing=Outgoing(allows_private=True)
    )
    monkeypatch.setattr(fresh_city.client.app.asgi_handler, "_services", services)
    return msgspec.structs.replace(fresh_city, services=services)


def worker(city: City) -> subprocess.Popen[bytes]:
    """The background process of a city, as a process of its own."""
    environment = {**os.environ, **city_settings.environment(city.services.settings)}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stderr=subprocess.DEVNULL
    )


def wait_for(taken: list[Received], number: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while len({one.headers["webhook-id"] for one in taken}) < number:
        assert time.monotonic() < until, f"{len(taken)} taken"
        time.sleep(0.05)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_keeps_the_order(
    private_city: City,
) -> None:
    city, taken = private_city, list[Received]()
    with receiving(taken) as address:
        made = city.client.post(
            "/api/v1/webhooks", json={"url": address, "kinds": ["case.accepted"]},
            headers=city.as_("leader"),
        ).json()  # fmt: skip
        sent = [f"demand/{city.send_case()['id']}" for _ in range(30)]
        first = worker(city)
        wait_for(taken, 5)
        first.send_signal(signal.SIGKILL)
        first.wait()
        second = worker(city)
        try:
            wait_for(taken, 30)
        finally:
            second.terminate()
            second.wait()

    told: dict[str, str] = {}
    for one in taken:
        assert is_signed(made["secret"], one.headers, one.content, city.services.clock.now())
        told.setdefault(one.headers["webhook-id"], json.loads(one.content)["subject"])
    assert list(told.values()) == sent
