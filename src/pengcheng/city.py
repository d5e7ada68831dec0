"""The composition root: the only place that knows all parts of the city."""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar

from pengcheng import pack, portals
from pengcheng.edge import (
    background,
    following,
    housekeeping,
    pack_changes,
    process_work,
    reporting,
    retention,
    webhook_sending,
)
from pengcheng.edge.app import application
from pengcheng.edge.services import Declared, Services
from pengcheng.edge.webhook_sending import Sender
from pengcheng.engines.algorithms import Champions
from pengcheng.engines.areas import Areas
from pengcheng.engines.cases import (
    Acting,
    Analyst,
    Bulk,
    Cases,
    CaseUpgrades,
    Intake,
    Matters,
    Overseeing,
    Splitting,
    Tasking,
)
from pengcheng.engines.deadlines import Calendars
from pengcheng.engines.files import Uploads
from pengcheng.engines.identity import (
    Arranging,
    Identity,
    Organisations,
    Owners,
    People,
    Posts,
    Roles,
)
from pengcheng.engines.indicators import Indicators
from pengcheng.engines.notices import Notices
from pengcheng.engines.objects import Merging, Objects, Relations, Schema
from pengcheng.engines.processes import FeelConditions, Overview, Processes, Upgrades
from pengcheng.engines.recurring import RecurringWork
from pengcheng.engines.reports import Reports
from pengcheng.engines.rules import Rules
from pengcheng.engines.search import Search
from pengcheng.engines.webhooks import Webhooks
from pengcheng.ground import log_kept
from pengcheng.ground.bus import Bus
from pengcheng.ground.crypto import Keys, PersonCipher, load_master
from pengcheng.ground.database import Database, migrate
from pengcheng.ground.files import Files
from pengcheng.ground.http import Outgoing
from pengcheng.ground.parked import ParkedWork
from pengcheng.ground.relay import relay
from pengcheng.ground.settings import Settings
from pengcheng.ground.signals import Signals
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.ground.telemetry import SHARED_FOLDER_VARIABLE, Metrics
from pengcheng.ground.tracing import Tracing
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.time import Clock, SystemClock
from pengcheng.kernel.words import Words
from pengcheng.pack.analysing import DeclaredAnalyst

POOL_OF_WEB = 8
COLLECTED_AFTER = (20_000, 20, 50)
REFRESH_SECONDS = 20.0
FOLLOW_SECONDS = 1.0
"""How soon the duty list, deadlines, knowledge and areas count as administrators change them."""


Loop = tuple[float, Callable[[Services], Awaitable[None]]]
"""Something done again and again in the background: after how many seconds, and what."""


class Step(msgspec.Struct, frozen=True):
    """One thing done before the city serves; done again, it changes nothing."""

    words: Words
    run: Callable[[Settings], None]


def _tracing(settings: Settings, role: str) -> Tracing:
    return Tracing(role, endpoint=settings.otlp_endpoint, version=version("pengcheng"))


def _metrics() -> Metrics:
    shared = os.environ.get(SHARED_FOLDER_VARIABLE)
    return Metrics(shared=Path(shared) if shared else None)


def _processes(database: Database, clock: Clock, rules: Rules) -> Processes:
    return Processes(database, clock, FeelConditions(), process_work.deciding(rules, clock))


def services_of(settings: Settings, *, role: str = "command") -> Services:
    """The engines of one process, put together but not opened; `role` is its name in traces."""
    keys, tracing = Keys(load_master(settings.data / "master.key")), _tracing(settings, role)
    cipher = PersonCipher(keys)
    database = Database(settings.database_url, size=POOL_OF_WEB, cipher=cipher, tracing=tracing)
    signals = Signals(settings.database_url)
    clock, declared = SystemClock(), Declared()
    organisations, areas = Organisations(database, signals), Areas(database, signals)
    objects, files = Objects(database, areas, clock), Files(settings.data / "files")
    calendars = Calendars(database, lambda: declared.rights)
    cases = Cases(database, clock, lambda: declared.registry, organisations, calendars)
    processes = _processes(database, clock, rules := Rules(database, clock))
    return Services(
        settings=settings,
        clock=clock,
        declared=declared,
        database=database,
        signals=signals,
        metrics=_metrics(),
        tracing=tracing,
        keys=keys,
        cipher=cipher,
        bus=Bus(settings.nats_url),
        files=files,
        uploads=Uploads(database, files, clock),
        identity=Identity(database, clock, keys, signals),
        people=People(database, clock),
        posts=Posts(database, clock),
        roles=Roles(database),
        owners=Owners(database, clock),
        parked=ParkedWork(database),
        organisations=organisations,
        arranging=Arranging(database, organisations),
        areas=areas,
        calendars=calendars,
        schema=Schema(database),
        objects=objects,
        merging=Merging(database, objects, clock),
        relations=Relations(database, clock),
        cases=cases,
        acting=Acting(cases),
        tasking=Tasking(cases),
        splitting=Splitting(cases),
        matters=Matters(cases),
        bulk=Bulk(cases),
        overseeing=Overseeing(cases),
        notices=Notices(database),
        reports=Reports(database),
        search=Search(database),
        rules=rules,
        processes=processes,
        champions=Champions(database, clock),
        overview=Overview(processes),
        upgrades=Upgrades(processes),
        case_upgrades=CaseUpgrades(cases),
        indicators=Indicators(database, cases, lambda: declared.registry),
        recurring=RecurringWork(database, cases, lambda: declared.registry),
        webhooks=Webhooks(database, keys, clock),
        outgoing=Outgoing(allows_private=settings.webhook_private),
    )


async def opened(services: Services) -> None:
    """Open what a process needs, read the newest declarations, listen for newer ones."""
    await services.database.open()
    services.files.open()
    services.bus.open()
    await declare(services)
    await services.organisations.load()
    await services.areas.load()
    services.signals.on("registry", lambda _subject: _declare_soon(services))
    services.signals.on("areas", lambda _subject: _soon(services.areas.load()))
    services.signals.on("calendar", lambda _subject: services.calendars.forget())
    await services.signals.start()
    _settled()


def _settled() -> None:
    """What was made until now stays: the collector need not walk over it again and again (it
    stopped a process with models and areas for 0.4 s at a time), and seldom looks for cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


async def closed(services: Services) -> None:
    """Give everything back."""
    await services.signals.stop()
    await services.outgoing.close()
    await services.bus.close()
    await services.database.close()
    services.tracing.close()


async def declare(services: Services) -> None:
    """Serve the newest published registry."""
    found = await services.schema.newest()
    if found is not None:
        version, content = found
        registry = msgspec.json.decode(content, type=Registry)
        for name, held in services.registry.packs.items():
            if name not in registry.packs or registry.packs[name].version != held.version:
                pack.forget(name)
        services.declared.replace(msgspec.structs.replace(registry, version=version))


_running: set[asyncio.Task[None]] = set()


def _soon(coroutine: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(coroutine)
    _running.add(task)
    task.add_done_callback(_running.discard)


def _declare_soon(services: Services) -> None:
    _soon(declare(services))


async def install_packs(services: Services) -> int:
    """Load the packs, bring their tables up to them, publish the registry; its version."""
    return await pack_changes.apply(services, pack.load(pack.find(services.settings.packs)))


def _migrate(settings: Settings) -> None:
    migrate(settings.database_url)


def _install(settings: Settings) -> None:
    async def run() -> None:
        services = services_of(settings)
        await services.database.open()
        await install_packs(services)
        await services.database.close()

    asyncio.run(run())


STEPS: tuple[Step, ...] = (
    Step(Words("升级数据库结构", "migrating"), _migrate),
    Step(Words("装载应用包", "loading packs"), _install),
)


def web(settings: Settings) -> Litestar:
    """The web application of one process."""
    services = services_of(settings, role="web")
    return application(
        services,
        pages=portals.handlers(services),
        state={"error_page": portals.error_page},
        opening=partial(opened, services),
        closing=partial(closed, services),
    )


async def work(settings: Settings, ending: asyncio.Event, *more: Loop) -> None:
    """What the background process does until it is asked to end; `more` runs beside it."""
    services = services_of(settings, role="worker")
    await opened(services)
    analysts = analysts_of(services)
    await _refresh(analysts)
    services.declared.on_change(lambda _registry: _soon(_renew(services, analysts)))
    _settled()
    worker = process_work.worker_of(services)
    sender = Sender(services, services.outgoing.post)
    loops = [
        asyncio.create_task(background.every(seconds, act))
        for seconds, act in (
            (REFRESH_SECONDS, partial(_refresh, analysts)),
            (FOLLOW_SECONDS, partial(_follow, services, analysts, [0])),
            (process_work.DUE_SECONDS, partial(process_work.run_due, worker)),
            (webhook_sending.LOOK_SECONDS, sender.look),
            (housekeeping.TIMER_SECONDS, partial(housekeeping.fire, services)),
            (reporting.PLAN_SECONDS, partial(reporting.plan, services)),
            (housekeeping.FORGET_SECONDS, partial(retention.plan, services)),
            (housekeeping.FORGET_SECONDS, partial(housekeeping.forget, services)),
        )
    ]
    for seconds, beside in more:
        loops.append(asyncio.create_task(background.every(seconds, partial(beside, services))))
    await background.run(services, subscribers(services, analysts), ending)
    for loop in loops:
        loop.cancel()
    await sender.close()
    await closed(services)


def subscribers(services: Services, analysts: Mapping[str, Analyst]) -> list[Subscriber]:
    """Everything that hears the log in the background process."""
    intake = Intake(services.cases, services.areas, analysts)
    return [
        intake.subscriber(),
        services.indicators.subscriber(),
        services.recurring.subscriber(),
        *following.subscribers(services),
        relay(services.bus),
    ]


def analysts_of(services: Services) -> dict[str, DeclaredAnalyst]:
    """The algorithms of each case kind that declares some."""
    registry = services.registry
    return {
        name: DeclaredAnalyst(
            registry, kind, services.objects, services.areas, services.clock, services.champions
        )
        for name, kind in registry.case_kinds.items()
        if kind.intake
    }


async def _refresh(analysts: Mapping[str, DeclaredAnalyst]) -> None:
    for analyst in list(analysts.values()):
        await analyst.refresh()


async def _follow(
    services: Services, analysts: Mapping[str, DeclaredAnalyst], heard: list[int]
) -> None:
    """Read the administrators' records again as soon as the log tells of a change of them; `heard`
    is up to where it was followed."""
    types = sorted({"area"}.union(*(analyst.reads for analyst in analysts.values())))
    async with services.database.reading() as work:
        newest = await log_kept.newest(work, types, limit=1)
    seq = newest[0].seq if newest else 0
    if seq != heard[0]:
        heard[0] = seq
        await _refresh(analysts)


async def _renew(services: Services, analysts: dict[str, DeclaredAnalyst]) -> None:
    """Packs changed: the algorithms of the newest declarations, once they know what they must."""
    newer = analysts_of(services)
    await _refresh(newer)
    analysts.clear()
    analysts.update(newer)
