"""A server that gives the previews under the strict policy."""

import functools
import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pengcheng.portals.kit import CONTENT_SECURITY_POLICY
from pengcheng.portals.kit.preview import write


def field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field; every length here is under 128."""
    return bytes([number << 3 | 2, len(content)]) + content


def label_tile(name: str) -> bytes:
    """A vector tile with one point of the layer `labels` in its middle: a district's name."""
    middle = bytes([9, 0x80, 0x20, 0x80, 0x20])  # MoveTo(1), 2048 and 2048 in zigzag varints
    feature = field(2, bytes([0, 0, 1, 1])) + bytes([0x18, 1]) + field(4, middle)
    values = field(4, field(1, name.encode())) + field(4, field(1, b"district"))
    keys = field(3, b"name") + field(3, b"kind")
    layer = bytes([0x78, 2]) + field(1, b"labels") + field(2, feature) + keys + values
    return field(3, layer + bytes([0x28, 0x80, 0x20]))


class Serving(http.server.SimpleHTTPRequestHandler):
    """Files under the policy; each tile has one label; three events for the live count."""

    def do_GET(self) -> None:
        special = {"/tiles": self.tile, "/none": self.events}
        special.get(self.path[:6].rstrip("/"), super().do_GET)()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.headers.get("Idempotency-Key"), body))  # type: ignore[attr-defined]  # ours
        self.send_response(200)
        self.send_header("Idempotency-Key", self.headers.get("Idempotency-Key", ""))
        self.end_headers()

    def tile(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.mapbox-vector-tile")
        self.end_headers()
        self.wfile.write(label_tile("示例区"))

    def events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"".join(b"id: %d\nevent: message\ndata: x\n\n" % n for n in (1, 2, 2)))
        self.wfile.flush()
        time.sleep(1)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        super().end_headers()

    def log_message(self, *said: Any) -> None:
        """Quiet: what matters is asserted."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[http.server.ThreadingHTTPServer]:
    folder = tmp_path_factory.mktemp("kit")
    write(folder)
    serving = functools.partial(Serving, directory=str(folder))
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), serving)
    made.posted = []  # type: ignore[attr-defined]  # what the pages sent
    made.folder = folder  # type: ignore[attr-defined]  # for pages of a single test
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def address(server: http.server.ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(desk: BrowserContext) -> Page:
    return desk.new_page()
