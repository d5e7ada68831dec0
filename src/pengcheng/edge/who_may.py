"""Who may do something with a record, and why: the record's facts against every post held today."""

from uuid import UUID

import msgspec
from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of, signed_in
from pengcheng.edge.records_api import record_type
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.cases import facts_of as facts_of_case
from pengcheng.engines.identity import Reach
from pengcheng.engines.objects import facts_of as facts_of_record
from pengcheng.kernel.authz import SEALED, SYSTEM, Facts, Region, Scope
from pengcheng.kernel.errors import Forbidden


class Reaching(msgspec.Struct, frozen=True, kw_only=True):
    """Officials who may, each with the reason; and whether its author or who works on it may too,
    whom nobody is told by name."""

    reaches: tuple[Reach, ...]
    parties: tuple[str, ...]


async def reaching(services: Services, type_name: str, key: UUID | str, action: str) -> Reaching:
    """Everybody who may do an action with a record; `Absent` where there is none."""
    known = await facts(services, type_name, key)
    found = await services.posts.why(services.rights, action, type_name, known)
    declared = [r for r in services.registry.rights if r.type == type_name and r.action == action]
    parties = []
    if known.owners and any(right.over == "own" for right in declared):
        parties.append("author")
    if any(right.role == "guest" for right in declared):
        parties.append("guest")
    return Reaching(reaches=tuple(found), parties=tuple(parties))


async def facts(services: Services, type_name: str, key: UUID | str) -> Facts:
    """What authorisation knows of a record, whoever asks; nothing else of it is read."""
    registry = services.registry
    registry.type_(type_name)
    whole = Scope(
        action="read", type=type_name, regions=(Region(sensitivity=SEALED),), actor=SYSTEM
    )
    if type_name in registry.case_kinds:
        return facts_of_case(await services.cases.get(whole, key))
    record_type(registry, type_name)
    return facts_of_record(await services.objects.get(registry, whole, key))


@get("/api/v1/who-may/{type_name:str}/{key:str}")
async def who_may(request: AnyRequest, type_name: str, key: str) -> Response[bytes]:
    """Who may do an action (`?action=`, else read) with a record, and why; for those who read
    roles."""
    services, actor = services_of(request), signed_in(request)
    if services.rights.scope(actor, "read", "role").is_empty:
        raise Forbidden("record.not_yours_to_do", action="read", type="role")
    action = request.query_params.get("action", "read")
    found = await reaching(services, type_name, id_or_code(key), action)
    items = [
        {
            "account_id": reach.account_id,
            "username": reach.username,
            "name": reach.person_name,
            "role": reach.role,
            "organisation": reach.organisation_name.in_(actor.language)
            if reach.organisation_name else "",
            "over": reach.right.over,
            "sensitivity": reach.right.sensitivity,
            "basis": reach.right.basis,
        }
        for reach in found.reaches
    ]  # fmt: skip
    return json_response({"items": items, "parties": list(found.parties)})


HANDLERS = [who_may]
