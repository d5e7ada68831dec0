"""Cases counted as they stand: open ones by how their time stands, the flow from channels to units,
the matters that many report. Each opens down to its cases."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, from_cursor, services_of, to_cursor
from pengcheng.edge.services import Services
from pengcheng.engines.cases import (
    CasePage,
    CaseQuery,
    EventLine,
    Standing,
    Standings,
    event_names,
)
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import EventKind, RecordType
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhihui.asked import Asked, asked_of
from pengcheng.portals.shenzhihui.blocks import Blocks, flow_data
from pengcheng.portals.shenzhihui.drilling import (
    CASES_SHOWN,
    ROWS_MAX,
    case_columns,
    case_row,
    chips_of,
    cuts_of,
    head_of,
    link,
    named,
    narrowing,
    tabs_of,
)
from pengcheng.portals.shenzhihui.figure_pages import Position
from pengcheng.portals.shenzhihui.measuring import Measuring
from pengcheng.portals.shenzhihui.names import Names, count_text
from pengcheng.portals.shenzhihui.seeing import case_scope, commander, figure_scope, frame_of

Values = dict[str, Any]
STATES = ("open", "good", "watch", "late", "suspended", "answered")
QUERIED = {"answered": "replied"}
CUTS = ("district", "area", "unit", "category")
EVENT_DAYS = 90


def _kind(services: Services, kind: str) -> RecordType:
    services.registry.case_kind(kind)
    return services.registry.type_(kind)


@get("/h/open/{kind:str}")
async def open_cases(request: AnyRequest, kind: str) -> Response[str]:
    """Open cases of a kind by how their time stands, cut by cut, down to the cases."""
    services, actor = services_of(request), commander(request)
    type_, asked = _kind(services, kind), asked_of(request)
    names = Names(services, actor.language)
    measuring = Measuring(services, figure_scope(request, actor), asked, names)
    state = asked.option("state", STATES, "open")
    scope = case_scope(request, actor, kind)
    narrowed = measuring.narrowed()
    standings = await services.overseeing.standings(scope, CaseQuery(kind=kind, **narrowed))
    query = CaseQuery(
        kind=kind, state=QUERIED.get(state, state), order="due", limit=CASES_SHOWN, **narrowed
    )
    cuts = cuts_of(asked, CUTS)
    by = asked.option("by", tuple(cuts), cuts[0] if cuts else "")
    values = await _listed(request, actor, query, asked, names, f"open:{kind}")
    values |= {
        "title": names.say("h.open_title", kind=type_.label.in_(names.language)),
        "value": count_text(getattr(standings.all, state)),
        "state_tabs": [
            {"code": code, "text": names.say(f"h.state.{code}"),
             "count": count_text(getattr(standings.all, code)),
             "href": asked.address(state=code, cursor=None)}
            for code in STATES
        ],
        "state": state,
        "chips": chips_of(asked, names, type_),
        "tabs": tabs_of(asked, cuts, names),
        "by": by,
        "columns": [{"text": head_of(by, names)},
                    *({"text": names.say(f"h.state.{code}"), "figure": True} for code in STATES)],
        "rows": _standing_rows(standings, by, state, asked, names, type_),
        "note": names.say("h.open_note"),
    }  # fmt: skip
    return render(request, "shenzhihui/cases.html", frame_of(request, names, "city"), values)


def _standing_rows(
    standings: Standings, by: str, state: str, asked: Asked, names: Names, type_: RecordType
) -> list[list[Any]]:
    """One row for each value of a cut, the most in the chosen state first, and their sum."""
    cut = {"area": "sub_district"}.get(by, by)
    if not cut:
        return []
    found: list[tuple[Any, Standing]] = sorted(
        getattr(standings, cut).items(), key=lambda item: -getattr(item[1], state)
    )
    shown, rest = found[:ROWS_MAX], found[ROWS_MAX:]
    rows = [
        [
            link(named(by, key, names, type_), narrowing(asked, by, key, names)),
            *_counts(standing),
        ]
        for key, standing in shown
    ]
    if rest:
        other = Standing(**{code: sum(getattr(item[1], code) for item in rest) for code in STATES})
        rows.append([names.say("h.others", n=len(rest)), *_counts(other)])
    return [*rows, [names.say("h.total"), *_counts(standings.all)]]


def _counts(standing: Standing) -> list[str]:
    return [count_text(getattr(standing, code)) for code in STATES]


async def _listed(
    request: AnyRequest, actor: Actor, query: CaseQuery, asked: Asked, names: Names, purpose: str
) -> Values:
    """A page of cases as rows, with the address of the next."""
    services = services_of(request)
    cursor = asked.others.get("cursor")
    if cursor:
        after = from_cursor(services, f"h:{purpose}", cursor, Position)
        query = msgspec.structs.replace(query, after=after)
    scope = case_scope(request, actor, query.kind)
    page: CasePage = await services.cases.page(scope, query)
    following = to_cursor(services, f"h:{purpose}", page.next) if page.next else None
    return {
        "asked": asked,
        "cases": [case_row(line, query.kind, names) for line in page.cases],
        "case_columns": case_columns(names),
        "next_url": asked.address(cursor=following) if following else "",
        "first_url": asked.address(cursor=None) if cursor else "",
        "moment": services.clock.now(),
        "chart": None,
        "state_tabs": [],
        "state": "",
        "chips": [],
        "tabs": [],
        "by": "",
        "columns": [],
        "rows": [],
        "note": "",
        "unit": names.say("h.unit.cases"),
    }


@get("/h/flow/{kind:str}")
async def flow(request: AnyRequest, kind: str) -> Response[str]:
    """From which channel to which unit the cases of a day went, down to the cases."""
    services, actor = services_of(request), commander(request)
    type_, asked = _kind(services, kind), asked_of(request)
    names = Names(services, actor.language)
    measuring = Measuring(services, figure_scope(request, actor), asked, names)
    query = Blocks(request, actor, measuring, {}).arrivals(kind)
    channel = asked.others.get("channel")
    query = msgspec.structs.replace(query, channel=channel, limit=CASES_SHOWN)
    found = await services.overseeing.flow(case_scope(request, actor, kind), query)
    values = await _listed(request, actor, query, asked, names, f"flow:{kind}")
    rows = [
        [
            link(names.channel(type_, item.channel), asked.address(channel=item.channel)),
            link(names.unit(item.unit), asked.address(unit=names.unit_key(item.unit) or None)),
            count_text(item.count),
        ]
        for item in found[:ROWS_MAX]
    ]
    rest = found[ROWS_MAX:]
    if rest:
        count = sum(item.count for item in rest)
        rows.append([names.say("h.others", n=len(rest)), "", count_text(count)])
    total = count_text(sum(item.count for item in found))
    chips = chips_of(asked, names, type_)
    if channel:
        text = names.channel(type_, channel)
        chips.append({"text": text, "href": asked.address(channel=None, cursor=None)})
    data = flow_data(found, measuring, type_)
    values |= {
        "title": names.say("h.flow.title", day=names.day(asked.first)),
        "value": total,
        "chips": chips,
        "columns": [{"text": names.say("h.column.channel")}, {"text": names.say("h.column.unit")},
                    {"text": names.say("h.column.cases"), "figure": True}],
        "rows": [*rows, [names.say("h.total"), "", total]] if rows else [],
        "chart": {"kind": "flow", "data": data, "unit": names.say("h.unit.cases"),
                  "title": names.say("h.flow.title", day=names.day(asked.first))}
        if data["links"] else None,
    }  # fmt: skip
    return render(request, "shenzhihui/cases.html", frame_of(request, names, "city"), values)


def _event_kind(services: Services, name: str) -> EventKind:
    found = services.registry.event_kinds.get(name)
    if found is None or found.joins is None:
        raise Absent("type.unknown", type=name)
    return found


async def _events(
    services: Services, actor: Actor, kind: EventKind, asked: Asked
) -> list[EventLine]:
    scope = services.rights.scope(actor, "read", kind.type)
    since = services.clock.now() - timedelta(days=EVENT_DAYS)
    return await services.overseeing.events(
        scope, event_names(kind.type, kind.joins or ""), since, area=asked.narrow.area_span
    )


@get("/h/events/{name:str}")
async def events(request: AnyRequest, name: str) -> Response[str]:
    """The matters that many report, those with most reports first."""
    services, actor = services_of(request), commander(request)
    kind, asked = _event_kind(services, name), asked_of(request)
    names = Names(services, actor.language)
    type_ = services.registry.type_(kind.joins or "")
    found = await _events(services, actor, kind, asked)
    rows = [
        [
            link(item.title, f"/h/events/{name}/{item.code}"),
            names.area(item.area_no, short=False),
            names.category(type_, item.category),
            item.happened_at,
            count_text(item.cases),
        ]
        for item in found
    ]
    heads = ("title", "area", "category", "happened", "cases")
    values = {
        "title": services.registry.type_(kind.type).label.in_(names.language),
        "columns": [{"text": names.say(f"h.column.{h}"), "figure": h == "cases"} for h in heads],
        "rows": rows,
        "chips": chips_of(asked, names, type_),
        "note": names.say("h.events_note", n=kind.at_least),
    }
    return render(request, "shenzhihui/events.html", frame_of(request, names, "city"), values)


@get("/h/events/{name:str}/{code:str}")
async def one_event(request: AnyRequest, name: str, code: str) -> Response[str]:
    """One such matter with the cases that joined it."""
    services, actor = services_of(request), commander(request)
    kind, asked = _event_kind(services, name), asked_of(request)
    names = Names(services, actor.language)
    found = next((e for e in await _events(services, actor, kind, asked) if e.code == code), None)
    if found is None:
        raise Absent("record.unknown")
    query = CaseQuery(
        kind=kind.joins or "", state="all", order="accepted", event_id=found.id, limit=CASES_SHOWN
    )
    values = await _listed(request, actor, query, asked, names, f"event:{code}")
    values |= {"title": found.title, "value": count_text(found.cases)}
    return render(request, "shenzhihui/cases.html", frame_of(request, names, "city"), values)


HANDLERS = [open_cases, flow, events, one_event]
