"""What the task pages need to open without a network: their service worker, and the page that it
shows where nothing was kept. Neither holds anything of anybody."""

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest
from pengcheng.portals import kit
from pengcheng.portals.kit.assets import load_assets
from pengcheng.portals.pages import STATIC_URL, Frame, render

WORKER = "tasks-worker.js"


@get("/e/tasks-worker.js")
async def worker() -> Response[bytes]:
    """The script; beside the pages that it serves, since its address bounds its reach."""
    name = load_assets(STATIC_URL).files[WORKER]
    content = (kit.STATIC / name).read_bytes()
    return Response(content, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@get("/e/tasks-offline")
async def away(request: AnyRequest) -> Response[str]:
    """There is no network, and this page was not kept on the device."""
    return render(request, "shenzhengyi/tasks_offline.html", Frame(portal="shenzhengyi"))


HANDLERS = [worker, away]
