"""坐席, the desk of the 12345 telephone, window, letters and e-mail: one form.

The caller's earlier cases stand beside it (`?telephone=` opens it so, which any telephone system
can do), and knowledge, the likely category and the likely unit follow what is typed.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Accepted, Action, CaseQuery, NewCase, earlier_of
from pengcheng.kernel.areas import is_area_code
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.records_text import read_texts
from pengcheng.kernel.registry import Attribute, RecordType, Registry, Screen
from pengcheng.kernel.time import city_day
from pengcheng.portals.pages import (
    Frame,
    faults_by_field,
    form_of,
    go,
    render,
)
from pengcheng.portals.shenzhengyi import case_view, knowing, record_forms
from pengcheng.portals.shenzhengyi.asked import channel_text
from pengcheng.portals.shenzhengyi.navigation import (
    PORTAL,
    forget_counts,
    frame,
    official,
    screen_of,
)
from pengcheng.portals.shenzhengyi.rows import rows_of
from pengcheng.portals.shenzhengyi.texts import say
from pengcheng.portals.typed import changes_rows, typed_of

CHANNELS = ("telephone", "window", "letter", "email")
"""The channels that come to a person at a desk."""

RECENT = 8
ANSWER_TRIES = 3
INTAKE_LOOKS = 6
INTAKE_SECONDS = 0.15
Values = dict[str, Any]
Disclosure = Literal["open", "anonymous", "confidential"]


@get("/e/desk/{name:str}")
async def desk(request: AnyRequest, name: str) -> Response[Any]:
    """The empty form, or that of a caller whose number the telephone system gave."""
    return await _page(request, name, {"telephone": request.query_params.get("telephone", "")})


@get("/e/desk")
async def first_desk(request: AnyRequest) -> Response[Any]:
    """The first desk that the reader has: the address to give to a telephone system."""
    services, actor = services_of(request), official(request)
    found = [s for s in services.registry.screens.values() if s.kind == "desk"]
    screen = screen_of(services.registry, actor, found[0].name if found else "", "desk")
    query = request.url.query
    return go(f"/e/desk/{screen.name}" + (f"?{query}" if query else ""))


async def _page(
    request: AnyRequest, name: str, typed: Mapping[str, str], *, status: int = 200,
    more: Mapping[str, Any] | None = None,
) -> Response[Any]:  # fmt: skip
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "desk")
    kind = screen.of or ""
    language = actor.language
    values = _form_values(services.registry, kind, actor)
    values |= await _caller(request, screen, typed.get("telephone", ""))
    values |= await _help(services, actor, kind, typed)
    told = dict(more or {}).get("faults", {})
    values["lists"] = [
        record_forms.field(services, item, typed, told, language)
        for item in lists_of(services.registry.type_(kind))
    ]
    values |= {
        "screen": screen,
        "title": screen.label.in_(language),
        "typed": {**values["known"], **{k: v for k, v in typed.items() if v}},
        "faults": {},
        "message": "",
        "made": await _made(services, actor, kind, request.query_params.get("made", "")),
        "receipt": request.query_params.get("receipt", "")[:40],
        "key": str(uuid4()),
        "recent": await _recent(services, actor, screen),
    } | dict(more or {})
    shown = await frame(request, f"screen.{name}")
    return render(request, "shenzhengyi/desk.html", shown, values, status=status)


def _form_values(registry: Registry, kind: str, actor: Actor) -> Values:
    """What the form asks, from the declaration of the kind."""
    declared, language = registry.case_kind(kind), actor.language
    type_ = registry.type_(kind)
    names = fields_of(type_)
    disclosures = declared.settings.get("disclosures") or ["open"]
    return {
        "channels": [
            {"value": item, "text": channel_text(registry, item, language)}
            for item in CHANNELS
            if item in declared.channels or not declared.channels
        ],
        "names": names,
        "disclosures": [
            {"value": item, "text": say(f"e.desk.{item}", language)} for item in disclosures
        ],
        "choices": [
            {"name": item.name, "label": item.label.in_(language),
             "options": [{"value": code.code, "text": code.label.in_(language)}
                         for code in registry.code_lists[item.code_list].codes]}
            for item in type_.attributes
            if item.name == "kind" and item.code_list
        ],
    }  # fmt: skip


def lists_of(type_: RecordType) -> list[Attribute]:
    """The attributes of many values and the tables that are typed at a desk."""
    return [item for item in type_.attributes if item.is_list and item.computed is None]


def fields_of(type_: RecordType) -> Mapping[str, str]:
    """Which declared field plays which part at a desk; "" where the kind has none."""
    by_kind = {item.kind: item.name for item in reversed(type_.attributes)}
    named = next((i.name for i in type_.attributes if i.sensitivity >= 3 and i.kind == "text"), "")
    return {
        "title": type_.title or "",
        "body": by_kind.get("long_text", ""),
        "telephone": by_kind.get("telephone", ""),
        "email": by_kind.get("email", ""),
        "name": named,
        "address": "address" if type_.attribute("address") else "",
    }


@get("/e/desk/{name:str}/caller")
async def caller(request: AnyRequest, name: str) -> Response[Any]:
    """The earlier cases of a number, for the pane beside the form."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "desk")
    values = await _caller(request, screen, request.query_params.get("telephone", ""))
    return render(request, "shenzhengyi/desk_caller.html", Frame(portal=PORTAL), values)


async def _caller(request: AnyRequest, screen: Screen, number: str) -> Values:
    """Who calls: earlier cases, and what of the last one fills the form."""
    services, actor = services_of(request), official(request)
    kind = screen.of or ""
    known: dict[str, str] = {}
    telephone = normal_telephone(number) if number.strip() else None
    if telephone is None:
        return {"earlier": [], "caller": number.strip(), "known": known, "is_number": False}
    scope = services.rights.scope(actor, "read", kind)
    lines = await earlier_of(services.cases, scope, telephone)
    calendar = await services.calendars.current()

    def href(code: str) -> str:
        return f"/e/case/{kind}/{code}?act=message"

    if lines:
        view = await services.cases.view(scope, services.rights, lines[0].id)
        names = fields_of(services.registry.type_(kind))
        known = {
            part: str(view.fields.get(names[part]) or "")
            for part in ("name", "email")
            if names[part]
        }
    return {
        "earlier": rows_of(services, lines, actor.language, calendar, href=href),
        "caller": telephone,
        "known": {**known, "telephone": telephone},
        "is_number": True,
    }


@get("/e/desk/{name:str}/help")
async def help_pane(request: AnyRequest, name: str) -> Response[Any]:
    """Knowledge, likely category and unit for what is being typed."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "desk")
    values = await _help(services, actor, screen.of or "", dict(request.query_params))
    return render(request, "shenzhengyi/desk_help.html", Frame(portal=PORTAL), values)


async def _help(services: Services, actor: Actor, kind: str, typed: Mapping[str, str]) -> Values:
    text = f"{typed.get('body', '')}\n{typed.get('address', '')}"[:5000]
    area = typed.get("area_code", "")
    found = area if is_area_code(area) else knowing.area_named(services, text)
    title = title_of(typed.get("body", ""), 30)
    scope = services.rights.scope(actor, "read", kind)
    like = CaseQuery(kind=kind, text=title[:12], state="open", limit=5)
    page = await services.cases.page(scope, like) if len(title) >= 4 else None
    return {
        "articles": await knowing.articles(services, actor, kind, text),
        "proposed": await knowing.proposals(services, actor, kind, text, found),
        "like": [
            {"title": line.title, "href": f"/e/case/{kind}/{line.code}", "code": line.code}
            for line in (page.cases if page else ())
        ],
        "place": services.areas.name_of(found).in_(actor.language) if found else "",
        "has_text": bool(text.strip()),
    }


@post("/e/desk/{name:str}", status_code=200)
async def send(request: AnyRequest, name: str) -> Response[Any]:
    """Accept what was taken down, and answer at once where the form has an answer."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "desk")
    lists = lists_of(services.registry.type_(screen.of or ""))
    typed = typed_of(lists, await form_of(request))
    if changes_rows(typed):
        return await _page(request, name, typed, more={"key": typed.get("key") or str(uuid4())})
    try:
        new = await _new(services, actor, screen.of or "", typed)
        scope = services.rights.scope(actor, "create", screen.of or "")
        accepted = await services.cases.accept(scope, new)
    except Refusal as failure:
        named = fields_of(services.registry.type_(screen.of or ""))
        parts = {field: part for part, field in named.items() if field}
        faults = faults_by_field(request, failure.faults)
        told = {parts.get(field, field): text for field, text in faults.items()}
        message = "" if told else say("e.desk.refused", actor.language)
        more = {"faults": told, "message": message, "key": typed.get("key") or str(uuid4())}
        return await _page(request, name, typed, status=failure.status, more=more)
    if typed.get("answer"):
        await _answer(services, actor, screen.of or "", accepted, typed["answer"])
    await _taken_in(services, actor, screen.of or "", accepted)
    forget_counts(actor)
    receipt = f"&receipt={accepted.receipt}" if accepted.receipt else ""
    return go(f"/e/desk/{name}?made={accepted.code}{receipt}")


async def _new(services: Services, actor: Actor, kind: str, typed: Mapping[str, str]) -> NewCase:
    registry = services.registry
    type_ = registry.type_(kind)
    named = fields_of(type_)
    body = typed.get("body", "")
    title = type_.attribute(named["title"])
    texts = {
        field: title_of(body, (title.length_max if title else None) or 60)
        if part == "title" else typed.get(part, "")
        for part, field in named.items()
        if field
    }  # fmt: skip
    texts |= {
        item.name: typed.get(item.name, "")
        for item in type_.attributes
        if (item.kind == "code" or item.is_list) and item.computed is None
    }
    values, faults = read_texts(type_, texts, code_lists=registry.code_lists)
    channel = typed.get("channel", "")
    if channel not in CHANNELS:
        faults.append(Fault(path="/channel", code="field.required"))
    if faults:
        raise invalid(*faults)
    disclosure = typed.get("disclosure", "open")
    disclosures = registry.case_kind(kind).settings.get("disclosures") or ["open"]
    number = values.get(named["telephone"])
    author = await _author(services, actor, channel, disclosure, number)
    area, key = typed.get("area_code", ""), to_id(typed.get("key", ""))
    return NewCase(
        kind=kind,
        channel=channel,
        fields={name: value for name, value in values.items() if value is not None},
        area_code=area if is_area_code(area) else None,
        disclosure=msgspec.convert(disclosure if disclosure in disclosures else "open", Disclosure),
        author_id=author,
        submission_key=f"desk:{actor.account_id}:{key}" if key else None,
    )


async def _author(
    services: Services, actor: Actor, channel: str, disclosure: str, number: object
) -> UUID | None:
    """The person whose telephone calls, so that the case is theirs in i深圳 too; never where they
    asked for their identity to be kept away."""
    if channel != "telephone" or disclosure != "open" or not isinstance(number, str):
        return None
    return await services.people.by_telephone(actor, number)


def title_of(body: str, limit: int) -> str:
    """The first sentence of a text, as its title."""
    line = body.strip().split("\n")[0]
    for mark in ("。", "！", "？", "；", ". "):
        line = line.split(mark)[0]
    return line.strip()[:limit]


async def _answer(
    services: Services, actor: Actor, kind: str, accepted: Accepted, text: str
) -> None:
    """Answer at once. Intake may act on the case in the same moment: whoever is second looks again,
    and where the case has gone on without an answer, the words stay as an internal note."""
    scope = services.rights.scope(actor, "read", kind)
    for _ in range(ANSWER_TRIES):
        case = await services.cases.get(scope, accepted.id)
        verbs = services.cases.actions_of(actor, services.rights, case)
        verb = "answer" if "answer" in verbs else "note"
        action = Action(verb=verb, version=case.version, body=text)
        try:
            await services.acting.act(actor, services.rights, kind, case.id, action)
        except Conflict:
            continue
        return


async def _taken_in(services: Services, actor: Actor, kind: str, accepted: Accepted) -> None:
    """Give automatic intake a moment, so that the caller can be told who will handle it."""
    process = services.registry.processes[services.registry.case_kind(kind).process]
    scope = services.rights.scope(actor, "read", kind)
    for _ in range(INTAKE_LOOKS):
        case = await services.cases.get(scope, accepted.id)
        if case.step != process.start:
            return
        await asyncio.sleep(INTAKE_SECONDS)


async def _made(services: Services, actor: Actor, kind: str, code: str) -> Values | None:
    """What became of the case that was just sent."""
    if not code:
        return None
    scope = services.rights.scope(actor, "read", kind)
    try:
        case = await services.cases.get(scope, code)
    except Absent:
        return None
    language = actor.language
    return {
        "code": case.code,
        "title": case.title,
        "href": f"/e/case/{kind}/{case.code}",
        "step": case_view.stage_text(services.registry, case, language),
        "unit": case_view.organisation_text(services, case.organisation_id, language),
        "due": case.due_at,
    }


async def _recent(services: Services, actor: Actor, screen: Screen) -> list[Any]:
    """What came in by the desk's channels today."""
    kind = screen.of or ""
    scope = services.rights.scope(actor, "read", kind)
    today = city_day(services.clock.now())
    query = CaseQuery(kind=kind, channel=CHANNELS[0], order="accepted", state="all", limit=RECENT)
    page = await services.cases.page(scope, query)
    lines = [line for line in page.cases if city_day(line.accepted_at.astimezone(UTC)) == today]
    calendar = await services.calendars.current()
    return rows_of(
        services, lines, actor.language, calendar, href=lambda code: f"/e/case/{kind}/{code}"
    )


HANDLERS = [desk, first_desk, caller, help_pane, send]
