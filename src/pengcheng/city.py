"""The composition root: the only place that knows all parts of the city."""

import asyncio
from collections.abc import Callable

import msgspec
from litestar import Litestar, Response, get
from litestar.datastructures import State

from pengcheng.ground.database import Database, migrate
from pengcheng.ground.settings import Settings
from pengcheng.kernel.errors import Trouble
from pengcheng.kernel.words import Words


class Step(msgspec.Struct, frozen=True):
    """One thing done before the city serves; done again, it changes nothing."""

    words: Words
    run: Callable[[Settings], None]


def _migrate(settings: Settings) -> None:
    migrate(settings.database_url)


STEPS: tuple[Step, ...] = (Step(Words("升级数据库结构", "migrating"), _migrate),)


def web(settings: Settings) -> Litestar:
    """The web application of one process."""
    database = Database(settings.database_url)

    async def opened(app: Litestar) -> None:
        await database.open()
        app.state.database = database

    async def closed(_app: Litestar) -> None:
        await database.close()

    return Litestar(
        [_healthz, _readyz], on_startup=[opened], on_shutdown=[closed], openapi_config=None
    )


async def work(settings: Settings, ending: asyncio.Event) -> None:
    """What the background process does until it is asked to end."""
    database = Database(settings.database_url)
    await database.open()
    await ending.wait()
    await database.close()


@get("/healthz", sync_to_thread=False)
def _healthz() -> Response[str]:
    """The process lives."""
    return Response("ok", media_type="text/plain")


@get("/readyz")
async def _readyz(state: State) -> Response[str]:
    """200 only when the database answers."""
    try:
        async with state.database.reading() as work:
            await work.value("select 1")
    except Trouble:
        return Response("database", status_code=503, media_type="text/plain")
    return Response("ok", media_type="text/plain")
