"""`/metrics` in the text format of Prometheus: for a scraper on this machine or with a token of an
administrator or auditor, since figures of traffic are internal."""

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, actor_of, services_of
from pengcheng.edge.limits import LOOPBACK
from pengcheng.ground.telemetry import CONTENT_TYPE
from pengcheng.kernel.errors import Absent, Trouble


@get("/metrics")
async def metrics(request: AnyRequest) -> Response[bytes]:
    """The figures of every process of this city."""
    services = services_of(request)
    scope = services.rights.scope(actor_of(request), "read", "setting")
    client = request.client
    is_near = client is not None and client.host in LOOPBACK and not _is_forwarded(request)
    if scope.is_empty and not is_near:
        raise Absent("request.no_such_page")
    services.metrics.bus(is_connected=services.bus.is_connected)
    try:
        async with services.database.reading() as work:
            await services.metrics.measure(work)
    except Trouble:
        # Figures are wanted most of all when something is away.
        services.metrics.bus(is_connected=services.bus.is_connected)
    return Response(services.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})


def _is_forwarded(request: AnyRequest) -> bool:
    """A proxy on this machine speaks for somebody else."""
    return "x-forwarded-for" in request.headers or "forwarded" in request.headers


HANDLERS = [metrics]
