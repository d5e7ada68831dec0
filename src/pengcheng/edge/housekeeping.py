"""What the background process does from time to time: timers that are due, and what is old."""

from collections.abc import Mapping
from functools import partial

from pengcheng.edge import reporting, retention
from pengcheng.edge.services import Services
from pengcheng.engines.files import DROPPED, UNCLAIMED
from pengcheng.engines.objects import RECOMPUTE, recompute
from pengcheng.engines.webhooks import Serving
from pengcheng.ground import kept_answers, timers
from pengcheng.ground.database import Work
from pengcheng.ground.timers import Fire, Timer
from pengcheng.kernel.authz import SYSTEM

TIMER_SECONDS = 5.0
FORGET_SECONDS = 3600.0


async def fire(services: Services) -> None:
    """Everything that is due."""
    fires = {kind: _counted(services, act) for kind, act in fires_of(services).items()}
    while await timers.fire_due(services.database, services.clock.now(), fires):
        pass


def fires_of(services: Services) -> Mapping[str, Fire]:
    """What each kind of timer does."""
    return {
        UNCLAIMED: services.uploads.drop_unclaimed,
        DROPPED: services.uploads.remove_dropped,
        **services.recurring.fires(),
        **services.indicators.fires(),
        RECOMPUTE: partial(_recompute, services),
        **reporting.fires_of(services),
        **retention.fires_of(services),
    }


async def _recompute(services: Services, work: Work, timer: Timer) -> None:
    """Bring computed values to the formulas of now, should that not be done yet."""
    del work
    registry = services.registry
    for name in timer.payload["types"]:
        if name in registry.types:
            await recompute(services.database, registry, registry.types[name])


def _counted(services: Services, act: Fire) -> Fire:
    async def fired(work: Work, timer: Timer) -> None:
        await act(work, timer)
        services.metrics.fired(timer.kind)

    return fired


async def forget(services: Services) -> None:
    """Old tries of webhooks, and answers that nobody asks for again."""
    await Serving(services.webhooks).forget()
    async with services.database.transaction(SYSTEM) as work:
        await kept_answers.forget(work)
