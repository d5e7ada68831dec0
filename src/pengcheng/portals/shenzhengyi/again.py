"""Work that comes again for a record: how often, when next, and the cases that were opened."""

from collections.abc import Sequence
from typing import Any

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.objects import Record
from pengcheng.engines.recurring import OpenedCase
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.recurring import Recurring
from pengcheng.kernel.registry import RecordType
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]


async def work_again(request: AnyRequest, type_: RecordType, record: Record) -> list[Values]:
    """One panel for each work that packs declare for records of the type."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", type_.name)
    found = await services.recurring.of_record(scope, record.id)
    return [
        {
            "name": declared.label.in_(actor.language),
            "every": every(declared, actor.language),
            "basis": declared.basis,
            "next": duty.period if duty else None,
            "opens_at": duty.opens_at if duty else None,
            "cases": await _cases(services, actor, declared, opened),
        }
        for declared, duty, opened in found
    ]


def every(declared: Recurring, language: Language) -> str:
    """How often the work comes, in words."""
    if declared.on is not None:
        return say(f"e.again.on.{declared.unit}", language, n=declared.on)
    key = "one" if declared.amount == 1 else "many"
    return say(f"e.again.every.{declared.unit}.{key}", language, n=declared.amount)


async def _cases(
    services: Services, actor: Actor, declared: Recurring, opened: Sequence[OpenedCase]
) -> list[Values]:
    """The cases that were opened; of one that the reader may not see, only its period."""
    scope, rows = services.rights.scope(actor, "read", declared.opens), list[Values]()
    for one in opened:
        row: Values = {"period": one.period, "opened_at": one.opened_at, "code": ""}
        try:
            case = await services.cases.get(scope, one.case_id)
        except Absent:
            rows.append(row)
            continue
        step = services.registry.step_of(declared.opens, case.step)
        rows.append({
            **row, "code": case.code, "href": f"/e/case/{declared.opens}/{case.code}",
            "step": step.label.in_(actor.language) if step else case.step,
        })  # fmt: skip
    return rows
