"""Export of the list that is shown, and of the cases chosen in it: which columns, the address
tells. Declared fields go out as the right to export allows; who took personal ones is recorded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Case, CaseLine
from pengcheng.engines.identity import Rosters
from pengcheng.kernel.authz import PERSONAL, Actor, Scope
from pengcheng.kernel.errors import Absent, Forbidden
from pengcheng.kernel.records_text import as_text
from pengcheng.kernel.registry import Attribute, Screen
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language
from pengcheng.portals.categories import path_text
from pengcheng.portals.pages import form_of, render
from pengcheng.portals.shenzhengyi import columns, sheets
from pengcheng.portals.shenzhengyi.asked import COLUMNS, Asked, asked_of, narrowed
from pengcheng.portals.shenzhengyi.case_view import area_text
from pengcheng.portals.shenzhengyi.conduct import chosen_cases
from pengcheng.portals.shenzhengyi.navigation import frame, official, query_of_view, screen_of
from pengcheng.portals.shenzhengyi.texts import say

ROWS_MAX = 5_000
PAGE = 500
KINDS = ("xlsx", "csv")
USUAL = ("stage", "category", "area", "unit", "channel", "accepted_at", "due_at", "closed_at")
"""What goes out besides number and title where no columns are asked for."""
NOT_A_CELL = frozenset({"files"})
Row = tuple[CaseLine, Mapping[str, Any]]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a file: of the case, and of its declared fields."""

    of_case: tuple[str, ...]
    declared: tuple[Attribute, ...] = ()


@get("/e/export/{file:str}")
async def exported(request: AnyRequest, file: str) -> Response[Any]:
    """The list as it is filtered, in its order; at most `ROWS_MAX` rows. Without an ending: the
    page on which columns are chosen."""
    services, actor = services_of(request), official(request)
    screen, scope, kind = _what(services, actor, file)
    asked, offered = asked_of(request, screen), _offered(services, scope)
    if not kind:
        return await _page(request, asked, offered)
    wanted = _wanted(request, asked, offered)
    rows = await _rows(services, actor, scope, asked, wanted)
    return await _answer(services, actor, screen, kind, wanted, rows)


@post("/e/export/{file:str}", status_code=200)
async def exported_chosen(request: AnyRequest, file: str) -> Response[Any]:
    """The cases chosen in the list, with the columns of the list."""
    services, actor = services_of(request), official(request)
    screen, scope, kind = _what(services, actor, file)
    if not kind:
        raise Absent("request.no_such_page")
    codes = [code for code, _ in chosen_cases(await form_of(request))][:PAGE]
    rows: list[Row] = [(_line(await services.cases.get(scope, code)), {}) for code in codes]
    wanted = _wanted(request, asked_of(request, screen), ())
    return await _answer(services, actor, screen, kind, wanted, rows)


def _what(services: Services, actor: Actor, file: str) -> tuple[Screen, Scope, str]:
    name, dot, kind = file.rpartition(".")
    if dot and kind not in KINDS:
        raise Absent("request.no_such_page")
    screen = screen_of(services.registry, actor, name if dot else file, "list", "board")
    scope = services.rights.scope(actor, "export", screen.of or "")
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="export", type=screen.of)
    return screen, scope, kind if dot else ""


def _offered(services: Services, scope: Scope) -> tuple[Attribute, ...]:
    """The declared fields that the right to export reaches."""
    return tuple(
        item
        for item in services.registry.type_(scope.type).attributes
        if item.sensitivity <= scope.sensitivity and item.kind not in NOT_A_CELL
    )


def _wanted(request: AnyRequest, asked: Asked, offered: Sequence[Attribute]) -> Wanted:
    """The columns that the address names: ours as the list names them, declared ones by `field`."""
    named = set(request.query_params.getall("field", []))
    return Wanted(
        of_case=asked.columns or USUAL,
        declared=tuple(item for item in offered if item.name in named),
    )


async def _page(request: AnyRequest, asked: Asked, offered: Sequence[Attribute]) -> Response[Any]:
    """Which columns the file shall have; the choice stands in the address."""
    actor, wanted = official(request), _wanted(request, asked, offered)
    language = actor.language
    values = {
        "list_name": asked.screen.label.in_(language),
        "back": asked.address(),
        "own": f"/e/export/{asked.screen.name}",
        "hidden": columns.kept_parts(asked),
        "of_case": [
            {"name": name, "text": say(f"e.of_case.{name}", language),
             "chosen": name in wanted.of_case, "personal": False}
            for name in COLUMNS if name != "code"
        ],
        "declared": [
            {"name": item.name, "text": item.label.in_(language),
             "chosen": item in wanted.declared, "personal": item.sensitivity >= PERSONAL}
            for item in offered
        ],
        "rows_max": f"{ROWS_MAX:,}",
    }  # fmt: skip
    page = await frame(request, asked.screen.name)
    return render(request, "shenzhengyi/export.html", page, values)


async def _rows(
    services: Services, actor: Actor, scope: Scope, asked: Asked, wanted: Wanted
) -> list[Row]:
    query = narrowed(query_of_view(actor, asked.view), asked, limit=PAGE)
    names, rows = [item.name for item in wanted.declared], list[Row]()
    while len(rows) < ROWS_MAX:
        if names:
            full = await services.bulk.page(scope, query, fields=names)
            rows += [(_line(case), fields) for case, fields in full.rows]
            following = full.next
        else:
            page = await services.cases.page(scope, query)
            rows += [(line, {}) for line in page.cases]
            following = page.next
        if following is None:
            break
        query = msgspec.structs.replace(query, after=following)
    return rows[:ROWS_MAX]


def _line(case: Case) -> CaseLine:
    return CaseLine(**{name: getattr(case, name) for name in CaseLine.__struct_fields__})


async def _answer(
    services: Services, actor: Actor, screen: Screen, kind: str, wanted: Wanted,
    rows: Sequence[Row],
) -> Response[Any]:  # fmt: skip
    language = actor.language
    names = ("code", "title", *(name for name in wanted.of_case if name != "code"))
    held = {line.account_id for line, _ in rows if line.account_id} if "account" in names else set()
    holders = await Rosters(services.database).names(held) if held else {}

    def cell(line: CaseLine, name: str) -> str:
        if name == "title":
            return line.title
        if name == "category":
            return path_text(services.registry, line.kind, line.category, language)
        if name == "area":
            return area_text(services, line.area_no, language)
        found = columns.cell(services, line, name, language, holders)
        return _at(found) if isinstance(found, datetime) else str(found or "")

    heads = [say(f"e.of_case.{name}", language) for name in names]
    heads += [item.label.in_(language) for item in wanted.declared]
    cells = [
        [*(cell(line, name) for name in names),
         *(_text(services, item, fields.get(item.name), language) for item in wanted.declared)]
        for line, fields in rows
    ]  # fmt: skip
    stamp = services.clock.now().astimezone(CITY_ZONE)
    name = f"{screen.name}-{stamp:%Y%m%d-%H%M}.{kind}"
    return Response(
        sheets.written(kind, heads, cells),
        media_type=sheets.MEDIA[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _text(services: Services, item: Attribute, value: Any, language: Language) -> str:
    """A declared value as a cell: a code by its name, a moment in the city's time."""
    if isinstance(value, datetime):
        return _at(value)
    listed = services.registry.code_lists.get(item.code_list or "")
    label = listed.label_of(value) if listed and isinstance(value, str) else None
    return label.in_(language) if label else as_text(value)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


HANDLERS = [exported, exported_chosen]
