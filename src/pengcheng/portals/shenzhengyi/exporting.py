"""Export of the list that is shown, and of the cases chosen in it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Case, CaseLine
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.errors import Absent, Forbidden
from pengcheng.kernel.registry import Screen
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.portals.categories import path_text
from pengcheng.portals.pages import form_of
from pengcheng.portals.shenzhengyi import sheets
from pengcheng.portals.shenzhengyi.asked import asked_of, channel_text, narrowed, step_text
from pengcheng.portals.shenzhengyi.case_view import area_text, organisation_text
from pengcheng.portals.shenzhengyi.conduct import chosen_cases
from pengcheng.portals.shenzhengyi.navigation import official, query_of_view, screen_of
from pengcheng.portals.shenzhengyi.texts import say

ROWS_MAX = 5_000
PAGE = 500
COLUMNS = (
    "code", "title", "step", "category", "area", "unit", "channel", "accepted", "due", "closed",
)  # fmt: skip


@get("/e/export/{file:str}")
async def exported(request: AnyRequest, file: str) -> Response[bytes]:
    """The list as it is filtered, in its order; at most `ROWS_MAX` rows. Holds no personal value,
    so no reading of one is recorded."""
    services, actor = services_of(request), official(request)
    screen, scope, kind = _what(services, actor, file)
    asked = asked_of(request, screen)
    query = narrowed(query_of_view(actor, asked.view), asked, limit=PAGE)
    lines: list[CaseLine] = []
    while len(lines) < ROWS_MAX:
        page = await services.cases.page(scope, query)
        lines += page.cases
        if page.next is None:
            break
        query = msgspec.structs.replace(query, after=page.next)
    return _answer(services, actor, screen, kind, lines[:ROWS_MAX])


@post("/e/export/{file:str}", status_code=200)
async def exported_chosen(request: AnyRequest, file: str) -> Response[bytes]:
    """The cases chosen in the list."""
    services, actor = services_of(request), official(request)
    screen, scope, kind = _what(services, actor, file)
    codes = [code for code, _ in chosen_cases(await form_of(request))][:PAGE]
    lines = [_line(await services.cases.get(scope, code)) for code in codes]
    return _answer(services, actor, screen, kind, lines)


def _line(case: Case) -> CaseLine:
    return CaseLine(**{name: getattr(case, name) for name in CaseLine.__struct_fields__})


def _what(services: Services, actor: Actor, file: str) -> tuple[Screen, Scope, str]:
    name, _, kind = file.rpartition(".")
    if kind not in {"csv", "xlsx"}:
        raise Absent("request.no_such_page")
    screen = screen_of(services.registry, actor, name, "list", "board")
    scope = services.rights.scope(actor, "export", screen.of or "")
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="export", type=screen.of)
    return screen, scope, kind


def _answer(
    services: Services, actor: Actor, screen: Screen, kind: str, lines: Sequence[CaseLine]
) -> Response[bytes]:
    language = actor.language
    registry = services.registry
    heads = [say(f"e.column.{name}", language) for name in COLUMNS]
    rows = [
        [
            line.code, line.title, step_text(registry, screen.of or "", line.step, language),
            path_text(registry, line.kind, line.category, language),
            area_text(services, line.area_no, language),
            organisation_text(services, line.organisation_id, language),
            channel_text(registry, line.channel, language), _at(line.accepted_at),
            _at(line.due_at), _at(line.closed_at),
        ]
        for line in lines
    ]  # fmt: skip
    stamp = services.clock.now().astimezone(CITY_ZONE)
    name = f"{screen.name}-{stamp:%Y%m%d-%H%M}.{kind}"
    return Response(
        sheets.written(kind, heads, rows),
        media_type=sheets.MEDIA[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"',
                 "Cache-Control": "no-store"},
    )  # fmt: skip


def _at(moment: Any) -> str:
    return f"{moment.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}" if moment else ""


HANDLERS = [exported, exported_chosen]
