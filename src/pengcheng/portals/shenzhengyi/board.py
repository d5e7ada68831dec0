"""A declared board: the cases of a list in lanes, one for each stage or step of their process."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.registry import Process
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.asked import Asked, case_query, chips, groups
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.rows import rows_of
from pengcheng.portals.shenzhengyi.texts import say

LANE_SHOWN = 12
"""How many cases of a lane are shown before it leads to its list."""


def is_board(asked: Asked) -> bool:
    """Whether a list is to be drawn in lanes: a declared board, unless its list was asked for."""
    return asked.screen.kind == "board" and asked.layout != "list"


def switch(asked: Asked, language: Language) -> list[dict[str, str]]:
    """The two layouts of a declared board; none for a plain list."""
    if asked.screen.kind != "board":
        return []
    return [
        {"code": layout, "text": say(f"e.layout.{layout}", language),
         "href": asked.address(**{"as": layout})}
        for layout in ("board", "list")
    ]  # fmt: skip


async def values(request: AnyRequest, asked: Asked) -> dict[str, Any]:
    """The lanes, each with its count, how many are late, and its first cases."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", asked.kind)
    query = case_query(request, actor, asked, limit=LANE_SHOWN)
    process = services.registry.processes[services.registry.case_kind(asked.kind).process]
    by_stage = asked.screen.options.get("lanes", "stage") == "stage"
    lanes = [
        await _lane(services, scope, msgspec.structs.replace(query, **{lane: code}), asked,
                    {"name": lane, "code": code, "title": title}, actor.language)
        for lane, code, title in _names(process, actor.language, by_stage=by_stage)
    ]  # fmt: skip
    total, late = sum(lane["n"] for lane in lanes), sum(lane["late"] for lane in lanes)
    return {
        "title": asked.screen.label.in_(actor.language),
        "lanes": [lane for lane in lanes if lane["n"]],
        "count": say("e.list.count", actor.language, n=f"{total:,}"),
        "late": say("e.list.late", actor.language, n=f"{late:,}") if late else "",
        "chips": chips(services, asked, actor.language),
        "groups": groups(services, actor, asked),
        "clear_url": f"/e/list/{asked.screen.name}?view={asked.view.name}",
        "switch": switch(asked, actor.language),
        "layout": "board",
    }


def _names(
    process: Process, language: Language, *, by_stage: bool
) -> Sequence[tuple[str, str, str]]:
    if by_stage:
        return [("stage", code, label.in_(language)) for code, label in process.stages]
    return [
        ("step", step.id, step.label.in_(language)) for step in process.steps if step.kind != "end"
    ]


async def _lane(
    services: Services, scope: Scope, query: CaseQuery, asked: Asked, lane: dict[str, Any],
    language: Language,
) -> dict[str, Any]:  # fmt: skip
    late = msgspec.structs.replace(query, state="late")
    cases = services.cases
    page, count, past = await asyncio.gather(
        cases.page(scope, query), cases.count(scope, query), cases.count(scope, late)
    )
    calendar = await services.calendars.current()
    narrowed = {lane["name"]: lane["code"], "as": "list"}
    return lane | {
        "n": count,
        "late": past,
        "late_text": say("e.list.late", language, n=f"{past:,}") if past else "",
        "rows": rows_of(services, page.cases, language, calendar, href=asked.beside),
        "more_url": asked.address(**narrowed) if count > LANE_SHOWN else "",
        "more_text": say("e.board.more", language, n=f"{count:,}"),
    }
