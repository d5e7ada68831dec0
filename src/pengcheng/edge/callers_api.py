"""Screen-pop for any telephone system: who calls, as the desk knows them."""

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of, signed_in
from pengcheng.edge.replies import json_response
from pengcheng.engines.cases import earlier_of
from pengcheng.kernel.authz import PERSONAL
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Fault, Forbidden, invalid


@get("/api/v1/callers")
async def callers(request: AnyRequest) -> Response[bytes]:
    """The earlier cases of a telephone number, newest first, of every kind whose personal
    attributes the asker may read; each asking is recorded. `desk` is the page to open."""
    services, actor = services_of(request), signed_in(request)
    given = request.query_params.get("telephone", "")
    number = normal_telephone(given)
    if number is None:
        code = "telephone.form" if given.strip() else "field.required"
        raise invalid(Fault(path="/telephone", code=code))
    scopes = [
        scope
        for kind in services.registry.case_kinds
        if (scope := services.rights.scope(actor, "read", kind)).sensitivity >= PERSONAL
        and actor.kind == "official"
    ]
    if not scopes:
        raise Forbidden("case.caller_not_yours")
    items = [line for scope in scopes for line in await earlier_of(services.cases, scope, number)]
    items.sort(key=lambda line: line.accepted_at, reverse=True)
    desk = f"/e/desk?telephone={number}"
    return json_response({"telephone": number, "items": items, "desk": desk})


HANDLERS = [callers]
