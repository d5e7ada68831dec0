"""REST of kept reports (报告): `/api/v1/reports`, each as it was made, as JSON or as one table."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from litestar import Response, get

from pengcheng.edge import sheets
from pengcheng.edge.asking import AnyRequest, actor_of, refuse_unknown, services_of
from pengcheng.edge.figures_api import scope_of, span_of
from pengcheng.edge.replies import json_response
from pengcheng.edge.reporting import readable
from pengcheng.engines.reports import Edition, Line, Sum, summed
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.time import city_day
from pengcheng.kernel.words import Language

DAYS_MAX, DAYS_USUAL = 366, 31
FORMATS = ("json", "csv")
HEADS = ("part", "key", "name", "figure", "label", "value", "unit", "numerator", "denominator")


@get("/api/v1/reports")
async def listed(request: AnyRequest) -> Response[bytes]:
    """The kept reports that the asker reads, whose periods begin within days, newest first."""
    services, scope = services_of(request), scope_of(request)
    refuse_unknown(request.query_params, ("first", "last"))
    today = city_day(services.clock.now())
    usual = today - timedelta(days=DAYS_USUAL)
    days = span_of(request, ("first", "last"), usual, today, DAYS_MAX)
    reaches = readable(services, scope.actor)
    found = await services.reports.between(scope.actor, reaches, *days)
    return json_response({"items": found})


@get("/api/v1/reports/{key:str}")
async def one(request: AnyRequest, key: str) -> Response[Any]:
    """A kept report as it was made; with `format=csv` all its figures as one table."""
    services, scope = services_of(request), scope_of(request)
    refuse_unknown(request.query_params, ("format",))
    wanted = request.query_params.get("format", "json")
    if wanted not in FORMATS:
        facts = {"given": wanted, "allowed": ", ".join(FORMATS)}
        raise invalid(Fault(path="/format", code="code.unknown", facts=facts))
    found, reaches = to_id(key), readable(services, scope.actor)
    edition = await services.reports.get(scope.actor, found, reaches) if found else None
    if edition is None:
        raise Absent("record.unknown", type="report")
    if wanted == "json":
        return json_response(edition)
    rows = list(_rows(edition, actor_of(request).language))
    name = f"{edition.name}-{edition.first.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = sheets.MARK + sheets.csv_lines([HEADS, *rows])
    return Response(content, media_type=sheets.MEDIA["csv"], headers=headers)


def _rows(edition: Edition, language: Language) -> Iterator[tuple[Any, ...]]:
    """The whole period, each hour or day of it, each district and unit; then what was counted."""
    told = edition.content
    part = "hour" if edition.first == edition.last else "day"
    for item, run in zip(told.indicators, told.runs, strict=True):
        yield _row(("period", "", ""), item, summed(run.now), language)
        for at, cell in enumerate(run.now):
            key = at if part == "hour" else (edition.first + timedelta(days=at)).isoformat()
            yield _row((part, key, ""), item, cell, language)
    for part, lines in (("district", told.districts), ("unit", told.units)):
        yield from _lines(part, lines, told.indicators, language)
    for name in ("open", "watch", "late"):
        yield ("cases", name, "", "", "", getattr(told, name), "", "", "")
    for late in told.late_units:
        yield ("late", late.key, late.name.in_(language), late.kind, "", late.cases, "", "", "")
    for matter in told.matters:
        yield ("matter", matter.code, matter.title, matter.type, "", matter.cases, "", "", "")


def _lines(
    part: str, lines: tuple[Line, ...], shown: tuple[Indicator, ...], language: Language
) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        for item, cell in zip(shown, line.sums, strict=True):
            if cell is not None:
                yield _row((part, line.key, line.name.in_(language)), item, cell, language)


def _row(place: tuple[Any, ...], item: Indicator, cell: Sum, language: Language) -> tuple[Any, ...]:
    value = item.of_sums(cell.numerator, cell.denominator)
    shown = "" if value is None else round(value, 4)
    return (*place, item.name, item.label.in_(language), shown, item.unit, cell.numerator,
            cell.denominator)  # fmt: skip


HANDLERS = [listed, one]
