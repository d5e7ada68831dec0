"""REST of a newer law for open cases: a verdict for each beforehand, the move, the way back."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, object_of, services_of, signed_in, struct_of
from pengcheng.edge.processes_api import allowed
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Judged
from pengcheng.engines.processes import Mapped
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import to_id


class CaseUpgradeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which version; old step to new step and what stays, unless as the process declares."""

    old: int
    steps: Mapping[str, str] = {}
    stays: frozenset[str] = frozenset()

    @property
    def mapped(self) -> Mapped | None:
        """As the engine takes it; None: as declared."""
        if not self.steps and not self.stays:
            return None
        return Mapped(steps=self.steps, stays=self.stays)


@get("/api/v1/cases/{kind:str}/upgrades")
async def verdicts(request: AnyRequest, kind: str) -> Response[bytes]:
    """The verdicts for the open cases of each older version, and the upgrades that were done."""
    services, actor = services_of(request), signed_in(request)
    allowed(services, actor, "read")
    services.registry.case_kind(kind)
    judged = await services.case_upgrades.judge(kind)
    done = await services.case_upgrades.history(kind)
    return json_response({"verdicts": [told(item) for item in judged], "upgrades": done})


@get("/api/v1/cases/{kind:str}/upgrades/{old:int}/cases")
async def single(request: AnyRequest, kind: str, old: int) -> Response[bytes]:
    """The verdict of each single case of an older version, a page after the last id."""
    services, actor = services_of(request), signed_in(request)
    allowed(services, actor, "change")
    judged = await judged_of(services, kind, old, None)
    text = request.query_params.get("after")
    after = to_id(text) if text else None
    if text and after is None:
        raise invalid(Fault(path="/after", code="id.form"))
    return json_response({"items": await services.case_upgrades.lines(judged, after)})


@post("/api/v1/cases/{kind:str}/upgrades", status_code=200)
async def upgraded(request: AnyRequest, kind: str) -> Response[bytes]:
    """Move every open case of an older version that can be moved."""
    services, actor = services_of(request), signed_in(request)
    allowed(services, actor, "change")
    asked = struct_of(await object_of(request), CaseUpgradeAsked)
    done, moved = await services.case_upgrades.upgrade(actor, kind, asked.old, asked.mapped)
    return json_response({"upgrade": done, "moved": moved})


@post("/api/v1/cases/{kind:str}/upgrades/{upgrade_id:str}/undo", status_code=200)
async def undone(request: AnyRequest, kind: str, upgrade_id: str) -> Response[bytes]:
    """Put back every case that nothing has happened to since."""
    services, actor = services_of(request), signed_in(request)
    allowed(services, actor, "change")
    found = to_id(upgrade_id)
    if found is None or found not in {item.id for item in await services.case_upgrades.history(
            kind)}:  # fmt: skip
        raise Absent("case.upgrade_unknown")
    back, onward = await services.case_upgrades.undo(actor, found)
    return json_response({"put_back": back, "gone_on_since": onward})


# ── shared with the pages ────────────────────────────────────────────────────────────────────


async def judged_of(services: Services, kind: str, old: int, mapped: Mapped | None) -> Judged:
    """The verdicts for one older version; `Absent` when no open case runs by it."""
    for item in await services.case_upgrades.judge(kind, mapped):
        if item.old == old:
            return item
    raise Absent("case.upgrade_nothing", kind=kind, old=old)


def told(judged: Judged) -> dict[str, Any]:
    """The verdicts of a version with their counts."""
    return {**msgspec.structs.asdict(judged), "counts": judged.counts}


HANDLERS = [verdicts, single, upgraded, undone]
