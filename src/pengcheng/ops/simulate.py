"""`pengcheng simulate`: replay messages as arriving demands, handled by synthetic officials.

Everything goes through the public API, at a chosen speed. Real messages are read from a folder
(`--messages DIR`; beside the program, `../shared/data`, if it is there); without one the program
uses synthetic messages, and says so. Points and people are synthetic either way. `pengcheng up`
runs it for a city with the sample: the opening brings demands to every step within minutes, the
first half hour passes quickly, for who has just come to look; then as many arrive a day as in the
sample's past.
"""

import argparse
import asyncio
import contextlib
import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.engines.identity import Rosters
from pengcheng.ground.settings import ROOT, Running, Settings
from pengcheng.ops import options
from pengcheng.ops.sample import Behaviour, arrivals, messages, outlines, stream
from pengcheng.ops.sample.accounts import GRID_WORKER_COMMUNITY
from pengcheng.ops.sample.history import A_DAY
from pengcheng.ops.sample.model import Message, Messages
from pengcheng.ops.sample.templates import crowd_messages, synthetic_messages
from pengcheng.ops.seed import SAMPLE_PACK, SEED
from pengcheng.ops.seed_history import duties_of
from pengcheng.ops.simulated_authors import Authors
from pengcheng.ops.simulated_memory import Memory
from pengcheng.ops.simulated_officials import Officials
from pengcheng.ops.simulated_opening import Opening
from pengcheng.ops.simulated_pace import Pace
from pengcheng.ops.simulated_people import KIND, Api, Issued
from pengcheng.ops.simulated_tasks import Doers
from pengcheng.ops.written import replace

PER_DAY_DEFAULT = A_DAY
LIVELY = Pace(speed=1.0, lively_speed=20.0, lively_seconds=1800.0)
ROUND_SECONDS = 15.0
RATED_HOURS = 12.0
"""How long an author takes on average to say what they think of an answer."""

BESIDE = ROOT.parent / "shared" / "data"
MARK = "demands-hot-topics.csv"
KEPT = "simulation.json"
CROWD, OTHERS = 9, 32
CROWD_LEVELS = ("城乡建设", "城市建设和市政管理", "基础设施")


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `simulate` to the command."""
    parser = subparsers.add_parser("simulate", description=__doc__)
    options.add(parser, "messages", "packs", "port", "host")
    parser.add_argument("--per-day", type=float, default=PER_DAY_DEFAULT, metavar="N",
                        help="每模拟日的诉求量  demands a simulated day")  # fmt: skip
    parser.add_argument("--speed", type=float, default=None, metavar="N",
                        help="比真实时间快多少倍；未给则先快，后同真实时间  how many times faster "
                             "than time; without it fast at first, then as time")  # fmt: skip
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
    pace = Pace(arguments.speed) if arguments.speed else LIVELY
    asyncio.run(simulate(settings, per_day=arguments.per_day, pace=pace, count=arguments.count))
    return 0


def origin_of(settings: Settings) -> str:
    """The address of the city that runs from this data folder, else the one of the settings."""
    path = settings.run / "city.json"
    if not path.is_file():
        return settings.origin
    return msgspec.json.decode(path.read_bytes(), type=Running).origin


async def simulate(settings: Settings, *, per_day: float, pace: Pace, count: int) -> None:
    """Authors who send, officials who handle, until the count is reached or the process ends."""
    gathered = _messages(settings)
    found = gathered.messages
    told = "真实留言  real messages" if found.source == "real" else "合成留言  synthetic messages"
    print(f"模拟开始：{told}，{len(found.items)} 条 items", flush=True)
    services = city.services_of(settings)
    await services.database.open()
    await city.declare(services)
    # Units that are made while it runs are heard of.
    await services.signals.start()
    client = httpx.AsyncClient(
        base_url=origin_of(settings),
        timeout=30.0,
        verify=False,  # noqa: S501  our own city, by its own address
    )
    async with client:
        api = Api(client, Issued(services.identity, services.clock.now))
        people = await everyone(services, api)
        living = asyncio.create_task(live(people, gathered, per_day, pace, count))
        await _until_done(living)
        people.memory.keep()
    await services.signals.stop()
    await services.database.close()


class People(msgspec.Struct, frozen=True):
    """Everyone who takes part."""

    memory: Memory
    officials: Officials
    doers: Doers
    authors: Authors
    opening: Opening


async def everyone(services: Services, api: Api) -> People:
    """All of them, with what they must know."""
    settings, rosters = services.settings, Rosters(services.database)
    behaviour = Behaviour(settings.packs / SAMPLE_PACK)
    duties = duties_of(services.registry, services.registry.case_kind(KIND))
    memory = Memory(settings.data)
    officials = Officials(api, services.organisations, duties, behaviour, stream(SEED, "officials"))
    authors = Authors(api, memory, behaviour, stream(SEED, "authors"))
    doers = Doers(api, stream(SEED, "doers"))
    await officials.load(rosters)
    await doers.load(rosters)
    await authors.load(rosters)
    chance = stream(SEED, "opening")
    opening = Opening(api, officials, authors, services.organisations, memory, chance)
    return People(memory, officials, doers, authors, opening)


async def live(
    people: People, gathered: "Gathered", per_day: float, pace: Pace, count: int
) -> None:
    """Officials handle from the first moment on, the opening beside them; a failure of one part
    ends all, so that it is seen. What is to pass quickly at first does so once the opening has
    brought demands to every step."""
    async with asyncio.TaskGroup() as parts:
        if not people.memory.has_opened and not count:
            opening = parts.create_task(_open(people, gathered))
            if pace.lively_seconds:
                slowly = parts.create_task(_handle(people, Pace(pace.speed)))
                await opening
                slowly.cancel()
        handling = parts.create_task(_handle(people, pace))
        await _send(people.authors, gathered.messages.items, per_day, pace, count)
        handling.cancel()


async def _open(people: People, gathered: "Gathered") -> None:
    try:
        await people.opening.play(gathered.crowd, gathered.others)
    except httpx.HTTPError as failure:
        print(f"城市没有回答  no answer: {failure!r}", flush=True)


def _messages(settings: Settings) -> "Gathered":
    """The messages, made ready once in a process of its own: reading outlines takes memory that a
    process which goes on for days should not keep."""
    path = settings.data / KEPT
    if not _is_current(settings, path):
        told = ["--data", str(settings.data), "--packs", str(settings.packs)]
        told += ["--messages", settings.messages] if settings.messages else []
        command = [sys.executable, "-m", "pengcheng.ops.command", "simulate", "--gather", *told]
        subprocess.run(command, check=True)
    return msgspec.json.decode(path.read_bytes(), type=Gathered)


class Gathered(msgspec.Struct, frozen=True):
    """What `simulation.json` holds: the messages and from which folder and files they came, and
    what the opening tells: many reports of one matter, and others."""

    source: str
    messages: Messages
    crowd: tuple[Message, ...]
    others: tuple[Message, ...]


def _gather(settings: Settings) -> None:
    folder = settings.packs / SAMPLE_PACK
    drawn = outlines(folder, SEED)
    found = messages(_folder(settings), pack=folder, outlines=drawn, seed=SEED)
    crowd = crowd_messages(folder, drawn, SEED, GRID_WORKER_COMMUNITY, CROWD_LEVELS, CROWD)
    placed = (one for one in synthetic_messages(folder, drawn, SEED + 2, 3 * OTHERS) if one.point)
    others = tuple(one for one, _ in zip(placed, range(OTHERS), strict=False))
    content = msgspec.json.encode(Gathered(_source(settings), found, crowd, others))
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


async def _send(
    authors: Authors, items: tuple[Message, ...], per_day: float, pace: Pace, count: int
) -> None:
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    for arrival in arrivals(items, seed=SEED, per_day=per_day):
        at = began + pace.seconds_until(arrival.after_seconds)
        await asyncio.sleep(max(0.0, at - loop.time()))
        if await authors.send(arrival.message) is not None:
            sent += 1
        if count and sent >= count:
            return


async def _handle(people: People, pace: Pace) -> None:
    loop = asyncio.get_running_loop()
    began, passed = loop.time(), 0.0
    while True:
        # A round may take longer than its pause: what passed is measured, not taken for granted.
        simulated = pace.simulated(loop.time() - began + ROUND_SECONDS)
        hours, passed = (simulated - passed) / 3600, simulated
        try:
            await people.officials.work(hours)
            await people.doers.work(hours)
            await people.authors.rate(min(1.0, hours / RATED_HOURS))
        except httpx.HTTPError as failure:
            print(f"城市没有回答  no answer: {failure!r}", flush=True)
        await asyncio.sleep(ROUND_SECONDS)
