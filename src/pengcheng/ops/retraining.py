"""Learning from what operators put right: a challenger against the champion, once a day.

The command trains (`pengcheng algorithm train NAME --corrections`); the worker looks whether it is
time and there is something new, and runs the command as a process of its own, whose memory goes
with it.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta

import structlog

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.engines.algorithms import Text, TrainedModel, challenge
from pengcheng.engines.cases import Learning, Taught
from pengcheng.ground.settings import Settings
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import Registry
from pengcheng.pack import shipped
from pengcheng.pack.analysing import learning_of

LOOK_SECONDS = 300.0
TRAINING_SECONDS_MAX = 3600.0
"""A training that takes longer is ended: the next one would wait for it for ever."""
READ = Scope(action="read", type="algorithm", regions=(Region(),), actor=SYSTEM)

logger = structlog.get_logger(__name__)


async def train(
    settings: Settings, name: str, base: Sequence[tuple[Text, str]] = ()
) -> TrainedModel:
    """Train a challenger of this algorithm and settle who is champion; what came of it."""
    services = city.services_of(settings)
    await services.database.open()
    await city.declare(services)
    try:
        return await settle(services, name, base)
    finally:
        await services.database.close()


async def settle(
    services: Services, name: str, base: Sequence[tuple[Text, str]] = ()
) -> TrainedModel:
    """The same within a process that has its services."""
    kinds = kinds_taught(services.registry, name)
    learning = Learning(services.cases)
    corrected: list[Taught] = []
    confirmed: list[Taught] = []
    for kind in kinds:
        right, left = await learning.rows(kind)
        corrected += right
        confirmed += left
    own = await services.champions.of(name)
    champion = own[1] if own else shipped(services.settings.packs, name)[1]
    verdict, winner = await asyncio.to_thread(
        challenge, champion, _rows(corrected), _rows(confirmed), list(base)
    )
    return await services.champions.settle(
        SYSTEM, name, verdict, winner, against=own[0] if own else "",
        corrections=len(corrected), confirmed=len(confirmed),
    )  # fmt: skip


def kinds_taught(registry: Registry, name: str) -> list[str]:
    """The case kinds whose corrections teach an algorithm; a Refusal where there is none."""
    found = [kind.type for kind in registry.case_kinds.values() if learning_of(kind) == name]
    if not found:
        raise Refusal("algorithm.not_taught", name=name)
    return found


async def look(services: Services) -> None:
    """Train what it is time for: some correction is newer than the last training, and that is
    longer ago than the setting says."""
    hours = services.settings.retrain_hours
    if hours == 0:
        return
    learning, now = Learning(services.cases), services.clock.now()
    for kind in services.registry.case_kinds.values():
        name = learning_of(kind)
        if not name:
            continue
        history = await services.champions.history(READ, name)
        last = history[0].trained_at if history else None
        if last is not None and now - last < timedelta(hours=hours):
            continue
        if await learning.corrections_since(kind.type, last):
            await _train_apart(services.settings, name)


async def _train_apart(settings: Settings, name: str) -> None:
    """With the labelled rows beside the messages of this city, where there are any."""
    labelled = ["--labelled", settings.messages] if settings.messages else []
    code, text = await _command(settings, name, *labelled)
    if code and labelled:
        code, text = await _command(settings, name)
    logger.info("algorithm.trained", algorithm=name, code=code, told=text[-500:])


async def _command(settings: Settings, name: str, *more: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pengcheng.ops.command", "algorithm", "train", name, "--corrections",
        "--data", str(settings.data), "--packs", str(settings.packs), *more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(TRAINING_SECONDS_MAX):
            told, _ = await process.communicate()
    except TimeoutError:
        return None, f"ended after {TRAINING_SECONDS_MAX:.0f} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, told.decode("utf-8", "replace").strip()


def _rows(taught: list[Taught]) -> list[tuple[Text, str]]:
    return [(Text(one.subject, one.body), one.label) for one in taught]
