"""`pengcheng simulate`: replay messages as arriving demands, handled by synthetic officials.

Everything goes through the public API, at a chosen speed. Real messages are read from a folder
(`--messages DIR`; beside the program, `../shared/data`, if it is there); without one the program
uses synthetic messages, and says so. Points and people are synthetic either way. `pengcheng up`
runs it for a city with the sample: first a quick replay, so that the city is alive in minutes.
"""

import argparse
import asyncio
import contextlib
import hashlib
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.ground.settings import ROOT, Running, Settings
from pengcheng.ops import options
from pengcheng.ops.sample import Behaviour, arrivals, messages, outlines, stream
from pengcheng.ops.sample.model import Message, Messages
from pengcheng.ops.seed import SAMPLE_PACK, SEED, system_scope
from pengcheng.ops.simulated_authors import Authors
from pengcheng.ops.simulated_officials import KIND, STEP_SECONDS, Officials
from pengcheng.ops.written import replace

PER_DAY_DEFAULT = 600
SPEED_DEFAULT = 1.0
LIFETIME = timedelta(days=7)
ROUND_SECONDS = 10.0
BESIDE = ROOT.parent / "shared" / "data"
MARK = "demands-hot-topics.csv"
QUICK_COUNT = 400
QUICK_EACH_SECONDS = 0.25
QUICK_SPEED = 200.0
QUICK_ROUND_SECONDS = 4.0
KEPT = "simulation.json"


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
    parser.add_argument("--gather", action="store_true",
                        help="只准备留言  only make the messages ready")  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Simulate until asked to end, or until the count is reached."""
    if arguments.gather:
        _gather(options.settings(arguments))
        return 0
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
    found = _messages(settings)
    told = "真实留言  real messages" if found.source == "real" else "合成留言  synthetic messages"
    print(f"模拟开始：{told}，{len(found.items)} 条 items", flush=True)
    services = city.services_of(settings)
    await services.database.open()
    await city.declare(services)
    behaviour = Behaviour(settings.packs / SAMPLE_PACK)
    client = httpx.AsyncClient(
        base_url=origin_of(settings),
        timeout=30.0,
        verify=False,  # noqa: S501  our own city, by its own address
    )
    async with client:
        tokens = Tokens(services)
        officials = Officials(client, tokens, services, behaviour, stream(SEED, "officials"))
        authors = Authors(client, tokens, behaviour, stream(SEED, "authors"))
        await officials.load()
        await authors.load(services)
        living = asyncio.create_task(
            _live(services, officials, authors, found.items, (per_day, speed, count))
        )
        await _until_done(living)
    await services.database.close()


async def _live(
    services: Services,
    officials: Officials,
    authors: Authors,
    items: tuple[Message, ...],
    pace: tuple[float, float, int],
) -> None:
    per_day, speed, count = pace
    query = CaseQuery(kind=KIND, state="all")
    missing = QUICK_COUNT - await services.cases.count(system_scope("read", KIND), query)
    if missing > 0 and not count:
        quick = asyncio.create_task(_handle(officials, authors, QUICK_SPEED, QUICK_ROUND_SECONDS))
        await _replay(authors, items, missing)
        quick.cancel()
        await asyncio.gather(quick, return_exceptions=True)
    handling = asyncio.create_task(_handle(officials, authors, speed, ROUND_SECONDS))
    await _send(authors, items, per_day, speed, count)
    handling.cancel()
    await asyncio.gather(handling, return_exceptions=True)


def _messages(settings: Settings) -> Messages:
    """The messages, made ready once in a process of its own: reading outlines takes memory that a
    process which goes on for days should not keep."""
    path = settings.data / KEPT
    if not _is_current(settings, path):
        told = ["--data", str(settings.data), "--packs", str(settings.packs)]
        told += ["--messages", settings.messages] if settings.messages else []
        command = [sys.executable, "-m", "pengcheng.ops.command", "simulate", "--gather", *told]
        subprocess.run(command, check=True)
    return msgspec.json.decode(path.read_bytes(), type=Gathered).messages


class Gathered(msgspec.Struct, frozen=True):
    """What `simulation.json` holds: the messages, and from which folder and files they came."""

    source: str
    messages: Messages


def _gather(settings: Settings) -> None:
    folder = settings.packs / SAMPLE_PACK
    found = messages(_folder(settings), pack=folder, outlines=outlines(folder, SEED), seed=SEED)
    content = msgspec.json.encode(Gathered(_source(settings), found))
    replace(settings.data / KEPT, content)


def _folder(settings: Settings) -> Path | None:
    if settings.messages:
        return Path(settings.messages)
    return BESIDE if (BESIDE / MARK).is_file() else None


def _source(settings: Settings) -> str:
    folder = _folder(settings)
    files = sorted(folder.glob("*.csv")) if folder else []
    sizes = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr((str(folder), sizes, SEED)).encode()).hexdigest()


def _is_current(settings: Settings, path: Path) -> bool:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Gathered).source == _source(settings)
    except (OSError, msgspec.MsgspecError):
        return False


async def _until_done(living: "asyncio.Task[None]") -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, living.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await living


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


async def _replay(authors: Authors, items: tuple[Message, ...], count: int) -> None:
    """So many messages, one soon after the other."""
    for arrival in arrivals(items, seed=SEED + 1, per_day=PER_DAY_DEFAULT):
        if count <= 0:
            return
        count -= int(await authors.send(arrival.message))
        await asyncio.sleep(QUICK_EACH_SECONDS)


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


async def _handle(officials: Officials, authors: Authors, speed: float, seconds: float) -> None:
    share = min(1.0, seconds * speed / STEP_SECONDS)
    while True:
        try:
            await officials.work(share)
            await authors.rate(share)
        except httpx.HTTPError as failure:
            print(f"城市没有回答  no answer: {failure!r}", flush=True)
        await asyncio.sleep(seconds)
