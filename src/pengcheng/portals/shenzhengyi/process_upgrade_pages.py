"""A newer version of a case's process, and the cases that are open under older ones: what becomes
of each before anything happens, who must decide, the move, the way back."""

from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.process_upgrades_api import judged_of
from pengcheng.edge.processes_api import allowed
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Judged
from pengcheng.engines.processes import Mapped
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.texts import natural
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi.asked import step_text
from pengcheng.portals.shenzhengyi.navigation import frame, official

Values = dict[str, Any]
STAYS = "="
"""What the form sends for a step whose cases are finished under the older version."""
VERDICTS = ("moves", "waits", "person", "stays")


@get(["/e/upgrades", "/e/admin/upgrades"])
async def every(request: AnyRequest) -> Response[Any]:
    """The packs that the city has, and of each kind of case how many are open under an older
    version of its process."""
    services, actor = services_of(request), official(request)
    allowed(services, actor, "read")
    registry, language = services.registry, actor.language
    kinds = []
    for name, kind in registry.case_kinds.items():
        judged = await services.case_upgrades.judge(name)
        kinds.append(
            {"label": registry.type_(kind.type).label.in_(language), "url": f"/e/upgrades/{name}",
             "version": registry.processes[kind.process].version,
             "older": sum(sum(item.counts.values()) for item in judged)}
        )  # fmt: skip
    packs = [
        {"name": pack.name, "label": pack.label.in_(language), "version": pack.version,
         "summary": pack.summary.in_(language) if pack.summary else ""}
        for pack in registry.packs.values()
    ]  # fmt: skip
    values = {"kinds": kinds, "packs": packs, "number": registry.version}
    page = await frame(request, "upgrades")
    return render(request, "shenzhengyi/upgrades.html", page, values)


@get("/e/upgrades/{kind:str}")
async def listed(request: AnyRequest, kind: str) -> Response[Any]:
    """Every older version with open cases, and the upgrades that were done."""
    services, actor = services_of(request), official(request)
    allowed(services, actor, "read")
    process = services.registry.processes[services.registry.case_kind(kind).process]
    rows = [
        {"judged": item, "counts": [(name, item.counts[name]) for name in VERDICTS],
         "url": f"/e/upgrades/{kind}/{item.old}"}
        for item in await services.case_upgrades.judge(kind)
    ]  # fmt: skip
    values = {
        "kind": kind,
        "label": process.label.in_(actor.language),
        "process": process,
        "rows": rows,
        "done": await services.case_upgrades.history(kind),
        "may_change": not services.rights.scope(actor, "change", "process").is_empty,
        "told": _told(request.query_params.get("moved"), request.query_params.get("back"),
                      request.query_params.get("onward")),
    }  # fmt: skip
    page = await frame(request, "processes")
    return render(request, "shenzhengyi/process_upgrades.html", page, values)


@get("/e/upgrades/{kind:str}/{old:int}")
async def one(request: AnyRequest, kind: str, old: int) -> Response[Any]:
    """What becomes of the cases under one version, step by step; the first of them by name."""
    services, actor = services_of(request), official(request)
    allowed(services, actor, "change")
    judged = await judged_of(services, kind, old, None)
    return await _page(request, services, actor.language, judged)


@post("/e/upgrades/{kind:str}/{old:int}", status_code=200)
async def chosen(request: AnyRequest, kind: str, old: int) -> Response[Any]:
    """Look at the verdicts under the mapping that was chosen, or move by it."""
    services, actor = services_of(request), official(request)
    allowed(services, actor, "change")
    texts = texts_of(await form_of(request))
    ways = {name.removeprefix("to-"): value for name, value in texts.items()
            if name.startswith("to-") and value}  # fmt: skip
    mapped = Mapped(
        steps={step: to for step, to in ways.items() if to != STAYS},
        stays=frozenset(step for step, to in ways.items() if to == STAYS),
    )
    if texts.get("do") != "move":
        judged = await judged_of(services, kind, old, mapped)
        return await _page(request, services, actor.language, judged)
    _, moved = await services.case_upgrades.upgrade(actor, kind, old, mapped)
    return go(f"/e/upgrades/{kind}?moved={moved}")


@post("/e/upgrades/{kind:str}/{upgrade_id:str}/undo", status_code=200)
async def undone(request: AnyRequest, kind: str, upgrade_id: str) -> Response[Any]:
    """Put back the cases of an upgrade that nothing has happened to since."""
    services, actor = services_of(request), official(request)
    allowed(services, actor, "change")
    found = to_id(upgrade_id)
    done = await services.case_upgrades.history(kind)
    if found is None or all(item.id != found for item in done):
        raise Absent("case.upgrade_unknown")
    back, onward = await services.case_upgrades.undo(actor, found)
    return go(f"/e/upgrades/{kind}?back={back}&onward={onward}")


async def _page(
    request: AnyRequest, services: Services, language: Language, judged: Judged
) -> Response[Any]:
    registry = services.registry
    new = registry.law(judged.kind, judged.new)
    heirs = [
        {"value": step.id, "text": step.label.in_(language)}
        for step in new.steps
        if step.kind != "end"
    ]
    rows = [
        {"step": item.step, "label": step_text(registry, judged.kind, item.step, language),
         "cases": item.cases, "verdict": item.verdict, "to": item.to,
         "heir": step_text(registry, judged.kind, item.to, language) if item.to else "",
         "why": words_of(item.why).detail.in_(language),
         "chosen": STAYS if item.verdict == "stays" else judged.mapped.steps.get(item.step, "")}
        for item in judged.steps
    ]  # fmt: skip
    lines = [
        {"code": line.code, "verdict": line.verdict,
         "step": step_text(registry, judged.kind, line.step, language)}
        for line in await services.case_upgrades.lines(judged)
    ]  # fmt: skip
    values = {
        "judged": judged, "label": new.label.in_(language), "rows": rows, "single": lines,
        "heirs": heirs, "stays": STAYS,
        "counts": [(name, judged.counts[name]) for name in VERDICTS],
    }  # fmt: skip
    page = await frame(request, "processes")
    return render(request, "shenzhengyi/process_upgrade.html", page, values)


def _told(moved: str | None, back: str | None, onward: str | None) -> Values:
    """What the last act did, as the address tells it."""
    given = {"moved": moved, "back": back, "onward": onward}
    return {name: natural(text) for name, text in given.items() if text and natural(text) >= 0}


HANDLERS = [every, listed, one, chosen, undone]
