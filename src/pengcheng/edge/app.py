"""The web application of one process: middleware, routes, errors, health."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from litestar import Litestar, Response, get
from litestar.config.compression import CompressionConfig
from litestar.types import ControllerRouterHandler

from pengcheng.edge import (
    callers_api,
    cases_api,
    events,
    figures_api,
    files_api,
    importing,
    log_api,
    metrics_api,
    open311,
    openapi,
    process_instances_api,
    processes_api,
    records_api,
    relations_api,
    reports_api,
    session_api,
    taking_over,
    tasks_api,
    tiles_api,
    webhooks_api,
    who_may,
)
from pengcheng.edge.actors import ActorMiddleware
from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.problems import handle
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.ground import vitals
from pengcheng.kernel.errors import Trouble

# Pages, styles and scripts go out compressed; what streams, or is measured in requests, does not.
PAGES_ARE_SMALL = CompressionConfig(
    backend="gzip",
    gzip_compress_level=5,
    minimum_size=800,
    exclude=["^/(api|files|open311|events|metrics|healthz|readyz)", "live", "stream"],
)

Hook = Callable[[], Awaitable[None]]


@get("/healthz", sync_to_thread=False)
def healthz() -> Response[str]:
    """The process lives."""
    return Response("ok", media_type="text/plain")


@get("/readyz")
async def readyz(request: AnyRequest) -> Response[bytes]:
    """200 only when database, bus, worker, packs and (if asked for) the sample are ready."""
    missing = await unready(services_of(request))
    return json_response({"ready": not missing, "missing": missing}, status=503 if missing else 200)


async def unready(services: Services) -> list[str]:
    """What is not ready, by name."""
    missing: list[str] = []
    try:
        async with services.database.reading() as work:
            if not await vitals.is_worker_alive(work):
                missing.append("worker")
    except Trouble:
        missing.append("database")
    if not services.bus.is_connected:
        missing.append("bus")
    if not services.registry.packs:
        missing.append("packs")
    if services.settings.sample and not services.areas.all():
        missing.append("sample")
    return missing


def told(request: AnyRequest, error: Exception) -> Response[Any]:
    """What a request failed by, in the form that its client reads."""
    is_open311 = request.scope["path"].startswith("/open311/")
    return open311.told_fault(request, error) if is_open311 else handle(request, error)


def application(
    services: Services,
    *,
    pages: Sequence[ControllerRouterHandler] = (),
    state: dict[str, Any] | None = None,
    opening: Hook,
    closing: Hook,
) -> Litestar:
    """`pages` are the portals' handlers; `opening` runs before the first request."""
    app = Litestar(
        [
            healthz,
            readyz,
            *openapi.HANDLERS,
            *session_api.HANDLERS,
            *metrics_api.HANDLERS,
            *events.HANDLERS,
            *log_api.HANDLERS,
            *who_may.HANDLERS,
            *importing.HANDLERS,
            *taking_over.HANDLERS,
            *cases_api.HANDLERS,
            *tasks_api.HANDLERS,
            *figures_api.HANDLERS,
            *reports_api.HANDLERS,
            *callers_api.HANDLERS,
            *files_api.HANDLERS,
            *tiles_api.HANDLERS,
            *open311.HANDLERS,
            *processes_api.HANDLERS,
            *process_instances_api.HANDLERS,
            *webhooks_api.HANDLERS,
            *relations_api.HANDLERS,
            *records_api.HANDLERS,
            *pages,
        ],
        exception_handlers={Exception: told},
        on_startup=[opening],
        on_shutdown=[closing],
        compression_config=PAGES_ARE_SMALL,
        openapi_config=None,
        # The process has set its logs up; Litestar would put its own handlers in their place.
        logging_config=None,
        request_max_body_size=None,
    )
    # Around the router too, so that an address that does not exist is answered like any other.
    app.asgi_handler = ActorMiddleware(app.asgi_handler, services)
    app.state.update({"services": services, **(state or {})})
    return app
