"""REST of figures (指标): `/api/v1/figures`, the declared ones and what they are for days, narrowed
and cut as on the pages of the command portal, within the asker's right to read figures."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Response, get

from pengcheng.edge.asking import YEARS, AnyRequest, refuse_unknown, services_of, signed_in
from pengcheng.edge.replies import json_response
from pengcheng.edge.reporting import area_named, unit_named
from pengcheng.edge.services import Services
from pengcheng.engines.indicators import Figure, is_met
from pengcheng.kernel.areas import area_span, is_area_code
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.errors import Fault, Forbidden, invalid
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.time import city_day
from pengcheng.kernel.words import Words

DAYS_MAX = 92
CUTS = ("area", "district", "unit", "category", "day", "hour")
NARROWS = ("day", "to", "area", "unit", "category")


class FigureValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure is: in its unit (a share in percent), null without anything counted; made of a
    numerator and a denominator; `met` tells whether it reaches its target and its warning.

    `key` is what it is of when it is cut (a code or key; null for what has none), with its name.
    """

    value: float | None
    numerator: float
    denominator: float
    met: Mapping[str, bool] = {}
    key: str | None = None
    name: Words | None = None


class DeclaredFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as its pack declares it; `of` is what it counts, `by` how it may be cut. One that
    `stands` is that of the end of the last day, any other that of all days together."""

    name: str
    label: Words
    question: Words
    definition: Words | None
    of: str
    measure: str
    unit: str
    by: tuple[str, ...]
    stands: bool
    better: str
    target: float | None
    warning: float | None
    basis: str
    first: date
    last: date
    now: FigureValue


class CutFigure(DeclaredFigure, frozen=True, kw_only=True):
    """The same with its parts, where a cut was asked for."""

    parts: tuple[FigureValue, ...] = ()


class _View(msgspec.Struct, frozen=True):
    """What a request asks of figures."""

    days: tuple[date, date]
    narrow: Mapping[str, Any]


@get("/api/v1/figures")
async def listed(request: AnyRequest) -> Response[bytes]:
    """Every declared figure with its value for the days asked for (today without)."""
    services, scope = services_of(request), scope_of(request)
    refuse_unknown(request.query_params, NARROWS)
    view, shown = _view(request), list(services.registry.indicators.values())
    found = await asyncio.gather(*(_now(services, scope, one, view) for one in shown))
    pairs = zip(shown, found, strict=True)
    return json_response({"items": [_told(DeclaredFigure, one, view, now) for one, now in pairs]})


@get("/api/v1/figures/{name:str}")
async def one(request: AnyRequest, name: str) -> Response[bytes]:
    """A declared figure with its value, and with `by` its parts."""
    services, scope = services_of(request), scope_of(request)
    declared = services.indicators.declared(name)
    refuse_unknown(request.query_params, (*NARROWS, "by"))
    view, by = _view(request), request.query_params.get("by")
    is_of_cases = declared.of in services.registry.case_kinds and declared.measure != "ratio"
    cuts = CUTS if is_of_cases else tuple(dict.fromkeys((*declared.by, "day")))
    if by is not None and by not in cuts:
        allowed = {"given": by, "allowed": ", ".join(cuts)}
        raise invalid(Fault(path="/by", code="code.unknown", facts=allowed))
    now = await _now(services, scope, declared, view)
    parts: tuple[FigureValue, ...] = ()
    if by is not None:
        figures = await services.indicators.figures(
            scope, name, view.days, by, **view.narrow
        )  # fmt: skip
        parts = tuple(_part(services, declared, by, item) for item in figures)
    return json_response(_told(CutFigure, declared, view, now, parts=parts, by=cuts))


def scope_of(request: AnyRequest) -> Scope:
    """The part of the city whose figures the asker reads; who reads none is told so."""
    actor: Actor = signed_in(request)
    scope = services_of(request).rights.scope(actor, "read", "indicator")
    if actor.kind != "official" or scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="read", type="indicator")
    return scope


def span_of(
    request: AnyRequest, names: tuple[str, str], first: date, last: date | None, longest: int
) -> tuple[date, date]:
    """The days of a query string by the names of the first and the last; without the last day it
    is the first where `last` is None."""
    faults: list[Fault] = []
    begin = _day(request, names[0], first, faults)
    end = _day(request, names[1], last or begin, faults)
    if not faults and not timedelta() <= end - begin <= timedelta(days=longest):
        faults.append(Fault(path=f"/{names[1]}", code="date.form", facts={"field": names[1]}))
    if faults:
        raise invalid(*faults)
    return begin, end


def _day(request: AnyRequest, name: str, usual: date, faults: list[Fault]) -> date:
    text = request.query_params.get(name)
    try:
        found = date.fromisoformat(text) if text is not None else usual
    except ValueError:
        found = date.min
    if found.year not in YEARS:
        faults.append(Fault(path=f"/{name}", code="date.form", facts={"field": name}))
        return usual
    return found


def _view(request: AnyRequest) -> _View:
    services, asked = services_of(request), request.query_params
    faults: list[Fault] = []
    area, unit, category = asked.get("area"), asked.get("unit"), asked.get("category")
    if area is not None and not is_area_code(area):
        faults.append(Fault(path="/area", code="area.code"))
    found = services.organisations.by_key(unit) if unit is not None else None
    if unit is not None and found is None:
        faults.append(Fault(path="/unit", code="reference.unknown", facts={"given": unit[:60]}))
    if category is not None and not category.isprintable():
        told = {"field": "category", "field_zh": "category", "field_en": "category"}
        faults.append(Fault(path="/category", code="query.text", facts=told))
    if faults:
        raise invalid(*faults)
    days = span_of(request, ("day", "to"), city_day(services.clock.now()), None, DAYS_MAX)
    narrow = {
        "area": area_span(area) if area else None,
        "unit": (found.no, found.no + 1) if found else None,
        "category": category,
    }
    return _View(days, narrow)


async def _now(services: Services, scope: Scope, declared: Indicator, view: _View) -> FigureValue:
    figure = await services.indicators.figure(scope, declared.name, view.days, **view.narrow)
    return _value(declared, figure)


def _value(declared: Indicator, figure: Figure, **more: Any) -> FigureValue:
    return FigureValue(
        value=figure.value, numerator=figure.numerator, denominator=figure.denominator,
        met=is_met(declared, figure), **more,
    )  # fmt: skip


def _part(services: Services, declared: Indicator, by: str, figure: Figure) -> FigureValue:
    key, name = figure.key, None
    if by in {"area", "district"}:
        name, text = area_named(services, int(str(key)))
    elif by == "unit":
        name, text = unit_named(services, int(str(key)))
    else:
        text = key.isoformat() if isinstance(key, date) else str("" if key is None else key)
    return _value(declared, figure, key=text or None, name=name)


def _told(
    kind: type[DeclaredFigure], declared: Indicator, view: _View, now: FigureValue, **more: Any
) -> DeclaredFigure:
    own = {name: getattr(declared, name, None) for name in DeclaredFigure.__struct_fields__}
    return kind(**{**own, "first": view.days[0], "last": view.days[1], "now": now, **more})


HANDLERS = [listed, one]
