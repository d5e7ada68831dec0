"""The relations of a record on its page: who and what it is related to, since when; adding, ending.

A relation is kept at the records of the type that declares it; at the others it is shown.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from pengcheng.edge.asking import AnyRequest, from_cursor, services_of, to_cursor
from pengcheng.edge.relations_api import Found, called, related, relations_of
from pengcheng.edge.services import Services
from pengcheng.engines.objects import EdgeQuery, NewEdge, Query, Record, Related, Sort
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.records import attribute_faults
from pengcheng.kernel.registry import Attribute, RecordType
from pengcheng.kernel.time import CITY_ZONE, city_day
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.texts import say

PAGE = 50
CHOICES = 200
"""How many records a field proposes; any other is named by its code."""

ASKED = ("to", "from")
"""What the form of a relation asks for."""

_DAY = Attribute(name="from", kind="date", label=Words("从哪天起", "From which day"))
Values = dict[str, Any]


async def panels(request: AnyRequest, type_: RecordType, record: Record) -> list[Values]:
    """Each relation of a record that its reader may see, with what may be done."""
    services, actor = services_of(request), official(request)
    made = []
    for name, found in relations_of(services.registry, type_).items():
        other = services.registry.type_(found[0].name if "." in name else found[1].to)
        if services.rights.scope(actor, "read", other.name).is_empty:
            continue
        try:
            made.append(await _panel(request, type_, record, name, found, other))
        except Absent:
            # The reader sees the record, but the relation is above what they may see of it.
            continue
    return made


async def _panel(
    request: AnyRequest, type_: RecordType, record: Record, name: str, found: Found,
    other: RecordType,
) -> Values:  # fmt: skip
    services, actor = services_of(request), official(request)
    asked, language = request.query_params, actor.language
    every = asked.get("at") == "all"
    purpose, cursor = f"e:relation:{type_.name}:{name}", asked.get("cursor", "")
    after = None
    if cursor and asked.get("relation") == name:
        after = from_cursor(services, purpose, cursor, tuple[datetime, UUID])
    query = EdgeQuery(at=None if every else services.clock.now(), limit=PAGE, after=after)
    page = await related(services, actor, type_, str(record.id), name, query)
    may = "." not in name and not services.rights.scope(actor, "change", type_.name).is_empty
    own = f"/e/records/{type_.name}/{record.code}"
    following = to_cursor(services, purpose, page.next) if page.next else ""
    at = "&at=all" if every else ""
    return {
        "name": name,
        "id": name.replace(".", "-"),
        "label": called(name, found).in_(language),
        "note": "" if found[1].many or "." in name else say("e.relations.one_only", language),
        "items": [_line(item, language, may_change=may) for item in page.items],
        "none": say("e.relations.none" if every else "e.relations.none_now", language),
        "action": f"{own}/relations/{name}" if may else "",
        "to": say("e.relations.to", language, type=other.label.in_(language)),
        "typed": dict.fromkeys(ASKED, ""),
        "faults": dict.fromkeys(ASKED, ""),
        "choices": await _choices(services, actor, other) if may else [],
        "next_url": f"{own}?relation={name}&cursor={following}{at}" if following else "",
    }


def _line(item: Related, language: Language, *, may_change: bool) -> Values:
    begin = city_day(item.valid_from).isoformat()
    if item.valid_to is None:
        when = say("e.relations.since", language, **{"from": begin})
    else:
        end = city_day(item.valid_to).isoformat()
        when = say("e.relations.between", language, **{"from": begin, "to": end})
    return {
        "edge": item.edge,
        "title": item.title or item.code,
        "code": item.code,
        "href": f"/e/records/{item.type}/{item.code}",
        "when": when,
        "may_change": may_change,
    }


async def _choices(services: Services, actor: Actor, other: RecordType) -> Sequence[Values]:
    scope = services.rights.scope(actor, "read", other.name)
    query = Query(limit=CHOICES, sort=Sort("code"), fields=())
    page = await services.objects.page(services.registry, scope, query)
    return [{"value": one.code, "text": one.title} for one in page.records]


async def acted(
    request: AnyRequest, type_: RecordType, record: Record, name: str, typed: Mapping[str, str]
) -> None:
    """Add, end or withdraw what a form of a relation asks for."""
    services, actor = services_of(request), official(request)
    relation = type_.relation(name)
    change = services.rights.scope(actor, "change", type_.name)
    other = services.rights.scope(actor, "read", relation.to)
    edge, act = to_id(typed.get("edge", "")), typed.get("act", "")
    law = (services.registry, change, name, other)
    if act == "add":
        new = NewEdge(
            from_=str(record.id), to=typed.get("to", "").strip(), valid_from=_begin(typed)
        )
        await services.relations.add(*law, new)
    elif act == "end" and edge is not None:
        await services.relations.end(*law, (str(record.id), edge), None)
    elif act == "withdraw" and edge is not None:
        await services.relations.withdraw(*law, (str(record.id), edge))
    else:
        raise Absent("relation.edge_unknown", relation=name)


def refused(panel: Values, typed: Mapping[str, str], faults: Mapping[str, str]) -> Values:
    """A panel with what was typed into its form and what is wrong with it."""
    told = {name: typed.get(name, "") for name in ASKED}
    return {**panel, "typed": told, "faults": {name: faults.get(name, "") for name in ASKED}}


def _begin(typed: Mapping[str, str]) -> datetime | None:
    """The first moment of the day that was typed, in the city."""
    text = typed.get("from", "").strip()
    if not text:
        return None
    wrong = attribute_faults(_DAY, text, code_lists=None)
    if wrong:
        raise invalid(*(Fault(path="/from", code=one.code, facts=one.facts) for one in wrong))
    day = datetime.fromisoformat(text).date()
    return datetime.combine(day, time(), CITY_ZONE).astimezone(UTC)
