"""What is under a figure of records, of events or of two other figures; and how it is cut."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.edge.asking import AnyRequest, from_cursor, services_of, to_cursor
from pengcheng.engines.indicators import CountedEvent, CountedRecord
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import Registry
from pengcheng.portals.shenzhihui.asked import Asked
from pengcheng.portals.shenzhihui.drilling import CASES_SHOWN, head_of, link, named
from pengcheng.portals.shenzhihui.measuring import Measuring
from pengcheng.portals.shenzhihui.names import Names
from pengcheng.portals.shenzhihui.seeing import case_scope

Position = tuple[datetime, UUID]
Values = dict[str, Any]
MET = {"met": True, "missed": False}


def of_cases(registry: Registry, declared: Indicator) -> bool:
    """Whether a figure counts cases itself."""
    return declared.of in registry.case_kinds and declared.measure != "ratio"


def cuts_by(declared: Indicator, cuts: tuple[str, ...]) -> tuple[str, ...]:
    """The dimensions of a figure of records: those it declares, as pages know them."""
    known = {"category" if name == declared.category else name for name in declared.by}
    if declared.stands:
        known -= {"day", "hour"}
    return tuple(cut for cut in cuts if cut in known)


def cut_name(registry: Registry, declared: Indicator, cut: str, names: Names) -> str:
    """The head of a column that names the rows of a cut."""
    item = registry.types[declared.of].attribute(declared.category or "")
    is_own = cut == "category" and item is not None
    return item.label.in_(names.language) if is_own and item else head_of(cut, names)


def key_name(declared: Indicator, cut: str, key: Any, names: Names) -> str:
    """A row of a cut by name."""
    registry = names.services.registry
    type_ = registry.types[declared.of]
    item = type_.attribute(declared.category or "")
    if cut == "category" and item is not None:
        listed = registry.code_lists.get(item.code_list or "")
        label = listed.label_of(str(key)) if listed else None
        return label.in_(names.language) if label else str(key) or names.say("h.none.category")
    return named(cut, key, names, type_)


def facts_of(declared: Indicator, names: Names) -> list[tuple[str, str]]:
    """Where a figure of records comes from, and on which day a record counts."""
    registry, say = names.services.registry, names.say
    type_ = registry.types[declared.of]
    item = type_.attribute(declared.at or "")
    day = say("h.record.on", name=item.label.in_(names.language)) if item else ""
    if declared.measure == "latest":
        day = say("h.record.newest")
    elif declared.stands:
        day = say("h.record.stands")
    source = say("h.record.source", kind=type_.label.in_(names.language))
    return [(say("h.fact.source"), source), (say("h.fact.day"), day)]


def pair_of(registry: Registry, declared: Indicator) -> list[Indicator]:
    """The two figures that a ratio divides."""
    found = (registry.indicators.get(name or "") for name in (declared.upper, declared.lower))
    return [one for one in found if one is not None]


def parts_of(declared: Indicator, asked: Asked, names: Names) -> list[list[Any]]:
    """The two figures that a ratio divides, each opening to itself."""
    return [
        [link(one.label.in_(names.language), asked.address(f"/h/figures/{one.name}", by=None))]
        for one in pair_of(names.services.registry, declared)
    ]


async def records(
    request: AnyRequest, actor: Actor, measuring: Measuring, declared: Indicator
) -> Values:
    """A page of the records or events under a figure, as far as the reader may see them."""
    services, asked, names = services_of(request), measuring.asked, measuring.names
    met = asked.option("met", ("all", "met", "missed"), "all")
    purpose = f"figures:{declared.name}"
    cursor = asked.others.get("cursor")
    found = await services.indicators.records_under(
        (measuring.scope, case_scope(request, actor, declared.of)), declared.name, measuring.days,
        after=from_cursor(services, purpose, cursor, Position) if cursor else None,
        limit=CASES_SHOWN,
        met=MET.get(met), within=measuring.within(),
    )  # fmt: skip
    rows = [_record(item, declared, names) for item in found.records]
    rows += [_event(item, declared, names) for item in found.events]
    at = "since" if declared.at is None else "at"
    columns = [{"text": names.say(f"h.{key}")} for key in (
        "column.code", "record.title", "column.area", *(["column.unit"] if found.records else []),
    )]  # fmt: skip
    return {
        "records": rows,
        "record_columns": [
            *columns, {"text": names.say(f"h.record.{at}")},
            {"text": _value_head(declared, names), "figure": True},
        ],
        "is_past": declared.stands and asked.last < asked.today,
        "next_url": asked.address(cursor=to_cursor(services, purpose, found.next))
        if found.next else "",
        "met": met,
        "met_tabs": [
            {"code": code, "text": names.say(f"h.met_tab.{code}"),
             "href": asked.address(met=code, cursor=None)}
            for code in ("all", *MET)
        ] if declared.measure == "share" else [],
    }  # fmt: skip


def _record(item: CountedRecord, declared: Indicator, names: Names) -> list[Any]:
    record = item.record
    return [
        link(record.code, f"/e/records/{record.type}/{record.code}"),
        record.title,
        names.area(record.area_no, short=False),
        names.unit(record.organisation_no) if record.organisation_no is not None else "",
        item.at,
        _value(declared, item.numerator, names),
    ]


def _value_head(declared: Indicator, names: Names) -> str:
    if declared.measure in {"count", "share"}:
        return names.say("h.column.counts")
    unit = names.measure(declared)
    return names.say("h.column.value") + (f" ({unit})" if unit else "")


def _value(declared: Indicator, numerator: float, names: Names) -> str:
    """What a row adds: its value, or whether it counts."""
    if declared.measure in {"count", "share"}:
        return names.say("h.record.yes" if numerator else "h.record.no")
    return f"{numerator:,g}"


def _event(item: CountedEvent, declared: Indicator, names: Names) -> list[Any]:
    event = item.event
    return [
        link(event.code, f"/h/events/{declared.of}/{event.code}"),
        event.title,
        names.area(event.area_no, short=False),
        item.at,
        _value(declared, item.numerator, names),
    ]
