"""The workbench: navigation, list, case. One page, so that nothing needs a second window."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get

from pengcheng.edge import files_api
from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.edge.explaining import with_otherwise
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery, CaseView, is_watched, similar
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import Process, Screen
from pengcheng.kernel.texts import natural
from pengcheng.kernel.words import Language
from pengcheng.portals.categories import last_text
from pengcheng.portals.pages import Frame, go, render
from pengcheng.portals.shenzhengyi import (
    board,
    case_view,
    columns,
    kept,
    knowing,
    process_tab,
    verbs,
)
from pengcheng.portals.shenzhengyi.asked import (
    LIMIT,
    Asked,
    asked_of,
    case_query,
    chips,
    groups,
    next_address,
    saved,
    sorting,
)
from pengcheng.portals.shenzhengyi.navigation import (
    frame,
    official,
    screen_of,
    screens_for,
)
from pengcheng.portals.shenzhengyi.rows import remaining_of, rows_of
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
TABS = ("course", "process", "readers")
COUNT_SHOWN_MAX = 9_999


@get("/e/list/{name:str}")
async def listed(request: AnyRequest, name: str) -> Response[Any]:
    """A list: the whole width for its columns, or a board."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    if screen.of not in services.registry.case_kinds:
        return go(f"/e/records/{screen.of}")
    asked = asked_of(request, screen)
    if board.is_board(asked):
        shown = await board.values(request, asked)
        return render(request, "shenzhengyi/board.html", await _frame(request, asked), shown)
    values = await list_values(request, asked)
    values |= await columns.values(services, actor, asked, values.pop("cases"))
    return render(
        request, "shenzhengyi/table_of_cases.html", await _frame(request, asked), values | NO_CASE
    )


NO_CASE: Values = {"case": None, "pane": "list"}


@get("/e/list/{name:str}/{key:str}")
async def beside(request: AnyRequest, name: str, key: str) -> Response[Any]:
    """A case beside its list."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    return await case_page(request, screen, key)


@get("/e/case/{kind:str}/{key:str}")
async def by_kind(request: AnyRequest, kind: str, key: str) -> Response[Any]:
    """A case by its kind: beside the first list that the reader has for it."""
    services, actor = services_of(request), official(request)
    services.registry.case_kind(kind)
    screen = screen_for(services, actor, kind)
    query = request.url.query
    return go(f"/e/list/{screen.name}/{key}" + (f"?{query}" if query else ""))


def screen_for(services: Services, actor: Actor, kind: str) -> Screen:
    """The first list of a kind that the reader has."""
    found = [s for s in screens_for(services.registry, actor, "list", "board") if s.of == kind]
    if not found:
        raise Absent("case.unknown", kind=kind)
    return found[0]


async def case_page(
    request: AnyRequest, screen: Screen, key: str, *, status: int = 200,
    more: Mapping[str, Any] | None = None,
) -> Response[Any]:  # fmt: skip
    """The page of a case beside its list; `more` is what a form that was refused brings back."""
    services, actor = services_of(request), official(request)
    asked = asked_of(request, screen)
    scope = services.rights.scope(actor, "read", asked.kind)
    view = await services.cases.view(scope, services.rights, id_or_code(key))
    values = await list_values(request, asked, current=view.case.code)
    del values["cases"]
    values["table_url"] = values["list_url"]
    values |= await case_values(request, asked, view)
    values |= dict(more or {})
    return render(
        request, "shenzhengyi/workbench.html", await _frame(request, asked), values, status=status
    )


async def _frame(request: AnyRequest, asked: Asked) -> Frame:
    return await frame(request, f"{asked.screen.name}.{asked.view.name}")


async def list_values(request: AnyRequest, asked: Asked, current: str = "") -> Values:
    """What the list pane shows."""
    services, actor = services_of(request), official(request)
    language = actor.language
    scope = services.rights.scope(actor, "read", asked.kind)
    query = case_query(request, actor, asked)
    page = await services.cases.page(scope, query)
    count, late = await _totals(services, actor, query)
    calendar = await services.calendars.current()
    batch = [name for name in asked.screen.options.get("batch", ()) if name != "reply"]
    process = services.registry.processes[services.registry.case_kind(asked.kind).process]
    return {
        "asked": asked,
        "title": asked.view.label.in_(language),
        "count": say("e.list.count", language, n=_shown(count)),
        "late": say("e.list.late", language, n=_shown(late)) if late else "",
        "rows": rows_of(
            services, page.cases, language, calendar, href=asked.beside, current=current
        ),
        "cases": page.cases,
        "chips": chips(services, asked, language),
        "groups": groups(services, actor, asked),
        "saved": saved(asked, language) + await kept.links(services, actor, asked.screen.name),
        "keep_url": f"/e/views/{asked.screen.name}?{asked.query(cursor='')}",
        "switch": board.switch(asked, language),
        "sort": sorting(asked, language),
        "next_url": next_address(services, asked, page.next),
        "first_url": asked.address() if asked.cursor else "",
        "list_url": f"/e/list/{asked.screen.name}?{asked.query()}",
        "live_url": f"/e/live/{asked.screen.name}?{asked.query(cursor='')}",
        "export_url": _export(services, actor, asked),
        "batch": [(name, verbs.verb_label(process, name).in_(language)) for name in batch],
        "quick": _quick(process, asked, batch, language),
        "back": asked.query(),
        "said": _said(request, asked, language),
    }


def _quick(
    process: Process, asked: Asked, batch: Sequence[str], language: Language
) -> dict[str, str] | None:
    """The verb of a view's step that asks for nothing: each line has its button."""
    where = asked.view.where.get("step", "")
    step = next((step for step in process.steps if step.id == where), None)
    possible = step.actions if step is not None else {}
    name = next((v for v in batch if v in possible and not verbs.asks_of(process, v)), "")
    return {"name": name, "label": verbs.verb_label(process, name).in_(language)} if name else None


def _said(request: AnyRequest, asked: Asked, language: Language) -> str:
    """What has just been done, told once after a redirect."""
    given = request.query_params
    said = given.get("said", "")
    if said in {"undo", "kept"}:
        return say(f"e.done.{said}", language)
    if said == "batch":
        done = given.get("done", "0")
        lost = [code for code in given.get("lost", "").split(",") if code.isalnum()]
        text = say("e.batch.result", language, done=done if done.isdecimal() else "0")
        if lost:
            text += say("e.batch.lost", language, n=len(lost), codes=" ".join(lost))
        return text
    registry = services_of(request).registry
    process = registry.processes[registry.case_kind(asked.kind).process]
    known = {*(process.source.get("actions") or {}), *verbs.SIDE_ASKS}
    if said not in known:
        return ""
    return say("e.done.text", language, verb=verbs.verb_label(process, said).in_(language))


def _export(services: Services, actor: Actor, asked: Asked) -> str:
    if services.rights.scope(actor, "export", asked.kind).is_empty:
        return ""
    return f"/e/export/{asked.screen.name}.FORMAT?{asked.query(cursor='')}"


async def _totals(services: Services, actor: Actor, query: CaseQuery) -> tuple[int, int]:
    scope = services.rights.scope(actor, "read", query.kind)
    whole = CaseQuery(**{**_plain(query), "after": None})
    late = CaseQuery(**{**_plain(query), "after": None, "state": "late"})
    if query.state == "late":
        found = await services.cases.count(scope, whole)
        return found, found
    if query.state not in {"open", "all", "unanswered"}:
        return await services.cases.count(scope, whole), 0
    found, past = await asyncio.gather(
        services.cases.count(scope, whole), services.cases.count(scope, late)
    )
    return found, past


def _plain(query: CaseQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in query.__struct_fields__}


def _shown(count: int) -> str:
    return f"{COUNT_SHOWN_MAX:,}+" if count > COUNT_SHOWN_MAX else f"{count:,}"


async def case_values(request: AnyRequest, asked: Asked, view: CaseView) -> Values:
    """What the case pane shows."""
    services, actor = services_of(request), official(request)
    language, case = actor.language, view.case
    scope = services.rights.scope(actor, "read", case.kind)
    calendar = await services.calendars.current()
    body = case_view.body_of(services, view)

    def linked(file_id: UUID, form: str) -> str:
        return files_api.link(services, actor, file_id, form)

    sent = await services.uploads.all_of(case_view.file_ids(services.registry, view))
    said = await services.uploads.all_of([f for m in view.messages for f in m.files])
    files = {file.id: file for file in [*sent, *said]}
    tab = request.query_params.get("tab", "course")
    holder = await process_tab.holder_of(services, actor, case)
    values: Values = {
        "case": case,
        "view": view,
        "pane": "case",
        "stage": case_view.stage_text(services.registry, case, language),
        "left": remaining_of(case, services.clock.now(), calendar),
        "head_facts": [
            part
            for part in (
                last_text(services.registry, case.kind, case.category, language),
                case_view.area_text(services, case.area_no, language),
                case.code,
            )
            if part
        ],
        "facts": case_view.facts(services, view, language, holder),
        "body": body,
        "photos": case_view.pictures(sent, language, linked),
        "documents": case_view.others(sent, linked),
        "reasons": case_view.reasons(
            services,
            case.kind,
            await with_otherwise(
                services, case.kind, view.fields, await services.tasking.decisions(scope, case.id)
            ),
            language,
        ),
        "watched": await is_watched(services.cases, scope, case.id),
        "tab": tab if tab in TABS else "course",
        "entries": case_view.course(services, view, files, language, linked),
        "readers": await _readers(services, actor, view) if tab == "readers" else [],
        "process": process_tab.drawn(services, view, language, holder)
        if tab == "process" else None,
        "tasks": _tasks(services, view, language),
        "categories": process_tab.categories(services.registry, case.kind, language),
    }  # fmt: skip
    values |= await panel_values(request, asked, view, f"{case.title}\n{body}")
    return values


async def panel_values(request: AnyRequest, asked: Asked, view: CaseView, text: str) -> Values:
    """The decision panel: verbs, the open one, and what helps with it."""
    services, actor = services_of(request), official(request)
    language, case = actor.language, view.case
    scope = services.rights.scope(actor, "read", case.kind)
    possible = verbs.verbs_of(services.registry, case.kind, view.actions, language)
    wanted = request.query_params.get("act", "")
    current = next((v for v in possible if v.name == wanted), possible[0] if possible else None)
    articles = await knowing.articles(services, actor, case.kind, text)
    like = await similar(services.cases, scope, case)
    drafts = knowing.drafts(articles, like, say("e.draft.salutation", language))
    area = code_of(case.area_no) if case.area_no is not None else None
    is_asked = current is not None and {"unit", "nearest"} & set(current.asks)
    proposed = await knowing.proposals(services, actor, case.kind, text, area) if is_asked else []
    chosen = request.query_params.get("draft", "")
    draft = drafts[natural(chosen)] if 0 <= natural(chosen) < len(drafts) else None
    return {
        "verbs": possible,
        "verb": current,
        "tabs_max": verbs.tabs_of(possible, language),
        "articles": articles,
        "similar": [
            {"title": item.line.title, "href": asked.beside(item.line.code),
             "note": process_tab.took(item.line, language)}
            for item in like
        ],
        "drafts": drafts,
        "draft": draft,
        "proposed": list({p.organisation.id: p for p in reversed(proposed) if p.organisation}
                         .values())[::-1],
        "found_units": [],
        "colleagues": await _colleagues(services, actor, view)
        if current is not None and "colleague" in current.asks else [],
        "typed": {},
        "faults": {},
        "conflict": None,
        "grades": [
            {"value": n, "text": say(f"rating.grade_{n}", language)} for n in (5, 4, 3, 2, 1)
        ],
        "part_fields": verbs.part_fields(services.registry, case.kind),
        "options": process_tab.options_of(services.registry, case.kind, current, language),
    }  # fmt: skip


async def _colleagues(services: Services, actor: Actor, view: CaseView) -> list[Values]:
    found = await services.people.colleagues(actor, view.case.organisation_no)
    names = {item.account_id: item.person_name for item in found}
    return [{"value": str(account), "text": name} for account, name in names.items()]


async def _readers(services: Services, actor: Actor, view: CaseView) -> list[Values] | None:
    """Who read the case, for those who may know it; None for others."""
    scope = services.rights.scope(actor, "read_log", view.case.kind)
    if scope.is_empty:
        return None
    try:
        rows = await services.cases.accesses(scope, view.case.id)
    except Absent:
        return None
    return [
        {"at": row["at"], "who": row["actor_name"],
         "unit": row["name_zh" if actor.language == "zh" else "name_en"] or "",
         "what": say(f"e.access.{row['action']}", actor.language), "reason": row["reason"]}
        for row in rows
    ]  # fmt: skip


def _tasks(services: Services, view: CaseView, language: str) -> list[Values]:
    """Tasks given out for the case that are not settled."""
    lang = "en" if language == "en" else "zh"
    return [
        {"kind": say(f"e.task.{task.kind}", "en" if lang == "en" else "zh"),
         "unit": case_view.organisation_text(
             services, task.organisation_id, "en" if lang == "en" else "zh"),
         "due": task.due_at}
        for task in view.tasks
        if task.state in {"open", "taken"}
    ]  # fmt: skip


HANDLERS = [listed, beside, by_kind]
__all__ = ["HANDLERS", "LIMIT", "case_page", "screen_for"]
