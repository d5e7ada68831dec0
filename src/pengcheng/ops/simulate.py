"""`pengcheng simulate`: replay messages as arriving demands, handled by synthetic officials.

Everything goes through the public API, at a chosen speed. Real messages are read from a folder
(`--messages DIR`); without one the program uses synthetic messages, and says so. Points and people
are synthetic either way.
"""

import argparse
import asyncio
import contextlib
import signal
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import numpy as np

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.ground.settings import Running, Settings
from pengcheng.ops import options
from pengcheng.ops.sample import Behaviour, arrivals, messages, outlines, stream
from pengcheng.ops.sample.model import Message
from pengcheng.ops.seed import SAMPLE_PACK, SEED
from pengcheng.ops.simulated_officials import Officials

PER_DAY_DEFAULT = 2400
SPEED_DEFAULT = 1.0
LIFETIME = timedelta(days=7)
ROUND_SECONDS = 3.0
CHANNELS = (
    ("ishenzhen", 0.5), ("telephone", 0.2), ("wechat", 0.12), ("website", 0.08), ("grid", 0.06),
    ("email", 0.04),
)  # fmt: skip
AUTHORS = 200


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `simulate` to the command."""
    parser = subparsers.add_parser("simulate", description=__doc__)
    options.add(parser, "messages", "packs", "port", "host")
    parser.add_argument("--per-day", type=float, default=PER_DAY_DEFAULT, metavar="N",
                        help="每模拟日的诉求量  demands a simulated day")  # fmt: skip
    parser.add_argument("--speed", type=float, default=SPEED_DEFAULT, metavar="N",
                        help="比真实时间快多少倍  how many times faster than time")  # fmt: skip
    parser.add_argument("--count", type=int, default=0, metavar="N",
                        help="到这么多件为止；0 为不停  stop after so many; 0: go on")  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Simulate until asked to end, or until the count is reached."""
    settings = options.running(arguments)
    asyncio.run(
        simulate(settings, per_day=arguments.per_day, speed=arguments.speed, count=arguments.count)
    )
    return 0


def origin_of(settings: Settings) -> str:
    """The address of the city that runs from this data folder, else the one of the settings."""
    path = settings.run / "city.json"
    if not path.is_file():
        return settings.origin
    return msgspec.json.decode(path.read_bytes(), type=Running).origin


async def simulate(settings: Settings, *, per_day: float, speed: float, count: int) -> None:
    """Authors who send, officials who handle, until the count is reached or the process ends."""
    folder = settings.packs / SAMPLE_PACK
    found = messages(
        Path(settings.messages) if settings.messages else None,
        pack=folder,
        outlines=outlines(folder, SEED),
        seed=SEED,
    )
    told = "真实留言  real messages" if found.source == "real" else "合成留言  synthetic messages"
    print(f"模拟开始：{told}，{len(found.items)} 条 items", flush=True)
    services = city.services_of(settings)
    await services.database.open()
    await city.declare(services)
    async with httpx.AsyncClient(
        base_url=origin_of(settings), timeout=30.0, verify=False
    ) as client:  # noqa: S501  our own city, by its own address
        tokens = Tokens(services)
        officials = Officials(
            client, tokens, services, Behaviour(folder), stream(SEED, "officials")
        )
        working = asyncio.create_task(_handle(officials, speed))
        authors = Authors(client, tokens, stream(SEED, "authors"))
        await authors.load(services)
        sending = asyncio.create_task(_send(authors, found.items, per_day, speed, count))
        await _until_done(sending)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    await services.database.close()


async def _until_done(sending: "asyncio.Task[None]") -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, sending.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await sending


class Tokens:
    """Bearer tokens of synthetic people, issued once each."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[str, str] = {}

    async def of(self, username: str) -> dict[str, str]:
        """The header that lets a request act as this account."""
        if username not in self._known:
            session = await self._services.identity.issue_token(
                username, note="simulation", lifetime=LIFETIME
            )
            self._known[username] = session.token
        return {"Authorization": f"Bearer {self._known[username]}"}


class Authors:
    """Synthetic citizens who send messages."""

    def __init__(
        self, client: httpx.AsyncClient, tokens: Tokens, chance: np.random.Generator
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._chance = chance
        self._names: list[str] = []

    async def load(self, services: Services) -> None:
        """Who may send."""
        self._names = await services.identity.usernames(kind="citizen", limit=AUTHORS)

    async def send(self, message: Message) -> bool:
        """Send one message; whether the city accepted it."""
        channels, shares = zip(*CHANNELS, strict=True)
        body = {
            "channel": str(self._chance.choice(channels, p=shares)),
            "fields": {"subject": message.subject[:120], "body": message.body or message.subject},
            "point": list(message.point) if message.point else None,
            "is_public": bool(self._chance.random() < 0.5),
        }
        headers = {}
        if self._names and self._chance.random() < 0.6:
            name = self._names[int(self._chance.integers(len(self._names)))]
            headers = await self._tokens.of(name)
        try:
            answer = await self._client.post("/api/v1/cases/demand", json=body, headers=headers)
        except httpx.HTTPError as failure:
            print(f"城市没有回答  no answer: {failure!r}", flush=True)
            return False
        if answer.status_code != httpx.codes.CREATED:
            print(f"未受理  not accepted: {answer.text[:300]}", flush=True)
        return answer.status_code == httpx.codes.CREATED


async def _send(
    authors: Authors, items: tuple[Message, ...], per_day: float, speed: float, count: int
) -> None:
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    for arrival in arrivals(items, seed=SEED, per_day=per_day):
        await asyncio.sleep(max(0.0, began + arrival.after_seconds / speed - loop.time()))
        if await authors.send(arrival.message):
            sent += 1
        if count and sent >= count:
            return


async def _handle(officials: Officials, speed: float) -> None:
    await officials.load()
    while True:
        await officials.work(speed)
        await asyncio.sleep(ROUND_SECONDS)
