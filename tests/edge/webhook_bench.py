"""A city whose webhooks are served by a clock moved by hand, and a receiver that can fail."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from pengcheng.edge.webhook_sending import Sender
from pengcheng.ground.http import Answer, Outgoing
from pengcheng.kernel.errors import Trouble
from pengcheng.kernel.time import FixedClock
from tests.city import City

HOOKS = "/api/v1/webhooks"
URL = "https://receiver.example/hook?token=secret"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Receiver:
    """A program elsewhere: keeps what it took, and fails when it is told to."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.down_until = clock.now()
        self.status = 200
        self.taken: list[tuple[Mapping[str, str], bytes]] = []
        self.tries = 0

    async def post(
        self, url: str, content: bytes, *, media_type: str, headers: Mapping[str, str]
    ) -> Answer:
        self.tries += 1
        assert url == URL
        assert media_type == "application/cloudevents+json"
        if self.clock.now() < self.down_until:
            raise Trouble("http.unreachable", host="receiver.example", reason="ConnectError")
        if self.status == 200:
            self.taken.append((headers, content))
        return Answer(status=self.status, content=b"")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(content) for _, content in self.taken]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.taken]


class Killed(BaseException):
    """The process ends between the receiver's yes and what would have kept it."""


class Bench(msgspec.Struct, kw_only=True):
    """A city whose webhooks are served by a clock that is moved by hand."""

    city: City
    clock: FixedClock
    receiver: Receiver
    services: Any

    def sender(self, post: Any = None) -> Sender:
        return Sender(self.services, post or self.receiver.post, chance=lambda: 1.0)

    def look(self, sender: Sender | None = None, *, turns: int = 1) -> None:
        """What the background process does, until everybody was served."""
        serving = sender or self.sender()
        for _ in range(turns):
            self.city.run(self._once, serving)

    async def _once(self, sender: Sender) -> None:
        for webhook_id in await sender._serving.due():
            await sender.serve(webhook_id)

    def create(self, by: str = "leader", **more: Any) -> dict[str, Any]:
        answer = self.city.client.post(HOOKS, json={"url": URL, **more}, headers=self.city.as_(by))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, method: str, path: str, by: str = "leader", **more: Any) -> Any:
        return self.city.client.request(
            method, f"{HOOKS}/{path}", headers=self.city.as_(by), **more
        )

    def state(self, webhook: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", webhook["id"]).json()
        return found


ADDRESSES = {
    "nobody.example": "",
    "inward.example": "10.0.0.7",
    "receiver.example": "93.184.216.34",
}


async def resolved(host: str, port: int) -> list[str]:
    """Names as a resolver of the tests knows them; an address is its own."""
    del port
    return [one for one in [ADDRESSES.get(host, host)] if one]


@pytest.fixture
def bench(fresh_city: City, monkeypatch: pytest.MonkeyPatch) -> Bench:
    clock = FixedClock(START)
    receiver = Receiver(clock)
    outgoing = Outgoing(resolve=resolved)
    monkeypatch.setattr(outgoing, "post", receiver.post)
    services = msgspec.structs.replace(fresh_city.services, clock=clock, outgoing=outgoing)
    services.webhooks.clock = clock
    fresh_city.client.app.state["services"] = services
    monkeypatch.setattr(fresh_city.client.app.asgi_handler, "_services", services)
    return Bench(city=fresh_city, clock=clock, receiver=receiver, services=services)


def subjects(receiver: Receiver) -> list[str]:
    return [event["subject"] for event in receiver.events]
