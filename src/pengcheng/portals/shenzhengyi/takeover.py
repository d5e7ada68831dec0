"""Open cases of an earlier system, taken over from a sheet that is checked first."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from litestar import Response, get, post

from pengcheng.edge import taking_over
from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import PastCase, steps_open
from pengcheng.kernel.imports import Became, RowChange, imported
from pengcheng.kernel.registry import Attribute, CaseKind
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.importing import codes_hint
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.taking import (
    Importing,
    SheetRow,
    Taken,
    import_page,
    sheet_response,
    take_in,
)
from pengcheng.portals.shenzhengyi.texts import has, say

CURRENT = "admin"
KINDS = ("csv", "xlsx", "ndjson")


@get("/e/takeover/{kind:str}")
async def takeover(request: AnyRequest, kind: str) -> Response[Any]:
    """What a takeover needs, with an empty sheet to fill in."""
    services = services_of(request)
    declared = services.registry.case_kind(kind)
    demand(services, official(request), "import", kind)
    return await import_page(request, _importing(request, declared), {})


@post("/e/takeover/{kind:str}", status_code=200)
async def take_over(request: AnyRequest, kind: str) -> Response[Any]:
    """Check a sheet, or take its cases over."""
    services = services_of(request)
    declared = services.registry.case_kind(kind)
    demand(services, official(request), "import", kind)
    return await take_in(request, _importing(request, declared), partial(_taken, declared))


@get("/e/takeover/{kind:str}/sheet/{file:str}")
async def sheet(request: AnyRequest, kind: str, file: str) -> Response[bytes]:
    """An empty sheet, its head only."""
    services = services_of(request)
    declared = services.registry.case_kind(kind)
    demand(services, official(request), "import", kind)
    heads = [item.name for item in _columns(services, declared)]
    return sheet_response(request, f"{kind}-takeover", file, heads, [])


def _columns(services: Services, kind: CaseKind) -> list[Attribute]:
    return taking_over.columns_of(services.registry.type_(kind.type))


def _importing(request: AnyRequest, kind: CaseKind) -> Importing:
    services, language = services_of(request), official(request).language
    name = services.registry.type_(kind.type).label.in_(language)
    return Importing(
        current=CURRENT,
        title=say("a.takeover.title", language, what=name),
        back="/e/admin",
        action=f"/e/takeover/{kind.type}",
        sheet=f"/e/takeover/{kind.type}/sheet",
        columns=[
            {"name": item.name, "label": item.label.in_(language), "required": item.required,
             "hint": _hint(services, kind, item, language)}
            for item in _columns(services, kind)
        ],
        kinds=KINDS,
        lead=say("a.takeover.lead", language),
    )  # fmt: skip


def _hint(services: Services, kind: CaseKind, item: Attribute, language: Language) -> str:
    if item.name == "step":
        steps = steps_open(services.registry.processes[kind.process])
        told = [f"{step.id} {step.label.in_(language)}" for step in steps]
        return ("、" if language == "zh" else ", ").join(told)
    key = f"a.takeover.hint_{item.name}"
    return say(key, language) if has(key) else codes_hint(services.registry, item, language)


async def _taken(kind: CaseKind, request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "import", kind.type)
    went, faults = await taking_over.taken(services, scope, list(enumerate(rows, start=1)), mode)
    changes = [_change(services, kind, number, one, actor.language) for number, one in went]
    return Taken(told=imported(mode, changes, faults, 0))


def _change(
    services: Services, kind: CaseKind, number: int, one: PastCase, language: Language
) -> RowChange:
    """What becomes of a case: where it stands, who has it, until when, how much of its past."""
    step = services.registry.processes[kind.process].step(one.step).label.in_(language)
    unit = services.organisations.of(one.organisation_id).name.in_(language)
    began, promise = one.new.accepted_at, one.promise
    due = began + timedelta(minutes=promise.amount) if began and promise else None
    told = {
        "step": step,
        "organisation": unit,
        "due_at": f"{due.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}" if due else "",
        "happened": say("a.takeover.steps", language, n=len(one.happened)),
    }
    values = tuple(Became(name, "", text) for name, text in told.items() if text)
    return RowChange(number=number, act="added", key=one.earlier_code or "", values=values)


HANDLERS = [takeover, take_over, sheet]
