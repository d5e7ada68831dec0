"""Daily and weekly reports: each as it was made, to print and as CSV; and where past ones are
found. A period whose report was not made, or not yet, is shown as it stands now."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from litestar import Response, get

from pengcheng.edge import reporting
from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.reports import Edition, Kept
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.registry import Registry, Screen
from pengcheng.kernel.texts import natural
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhihui.asked import HOURS, Asked, asked_of
from pengcheng.portals.shenzhihui.names import Names
from pengcheng.portals.shenzhihui.report_tables import (
    Drawing,
    chart_of,
    exceptions_of,
    lines_of,
    linked,
    span_text,
    tables_of,
)
from pengcheng.portals.shenzhihui.seeing import PORTAL, commander, frame_of
from pengcheng.portals.shenzhihui.tables import csv_of

Values = dict[str, Any]
HOME = "/h/reports"


def reports(registry: Registry) -> list[Screen]:
    """The reports that packs declare for this portal."""
    return [screen for screen in reporting.declared(registry) if screen.portal == PORTAL]


@get(HOME)
async def archive(request: AnyRequest) -> Response[str]:
    """The reports of a month: a calendar with the days that have one, and the list of them."""
    services, actor = services_of(request), commander(request)
    names, asked = Names(services, actor.language), asked_of(request)
    reaches = reporting.readable(services, actor)
    month = asked.first.replace(day=1)
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    kept = await services.reports.between(actor, reaches, weeks[0][0], weeks[-1][-1])
    edges = await services.reports.edges(actor, reaches)
    before, after = month - timedelta(days=1), _following(month)
    values = {
        "title": names.say("h.nav.reports"),
        "month": names.say("h.report.month", year=month.year, month=month.month,
                           month_name=names.say(f"h.month.{month.month}")),
        "previous_url": _month(before) if edges and edges[0] < month else "",
        "next_url": _month(after) if after <= asked.today else "",
        "weekdays": [names.say(f"h.report.weekday.{n}") for n in range(1, 8)],
        "weeks": [_week(names, week, month, kept) for week in weeks],
        "rows": [_kept(names, item) for item in kept if item.last >= month and item.first < after],
        "declared": [_told(names, screen, asked) for screen in reports(services.registry)],
    }  # fmt: skip
    page = frame_of(request, names, "reports")
    return render(request, "shenzhihui/reports.html", page, values)


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _month(day: date) -> str:
    return f"{HOME}?day={day.replace(day=1).isoformat()}"


def _week(names: Names, week: Sequence[date], month: date, kept: Sequence[Kept]) -> Values:
    """A line of the calendar: its days, then its own report."""
    daily = {item.first: item for item in reversed(kept) if item.first == item.last}
    weekly = next((k for k in kept if k.first == week[0] and k.last == week[-1]), None)
    return {
        "days": [
            {"number": day.day if day.month == month.month else "",
             "href": _address(daily[day].name, day) if day in daily else "",
             "text": names.day(day)}
            for day in week
        ],
        "href": _address(weekly.name, weekly.first) if weekly else "",
        "text": span_text(names, week[0], week[-1]),
    }  # fmt: skip


def _kept(names: Names, item: Kept) -> Values:
    label, place = item.label.in_(names.language), item.place.in_(names.language)
    return {
        "title": names.say("h.report.of", label=label, place=place),
        "span": span_text(names, item.first, item.last),
        "made_at": item.made_at,
        "href": _address(item.name, item.first),
    }


def _told(names: Names, screen: Screen, asked: Asked) -> Values:
    """A declared report: when it is made, and the one of the period that runs."""
    return {
        "text": names.say(f"h.report.every.{screen.options['every']}",
                          label=screen.label.in_(names.language), at=screen.options["at"]),
        "href": _address(screen.name, asked.today),
    }  # fmt: skip


@get(f"{HOME}/{{name:str}}")
async def report(request: AnyRequest, name: str) -> Response[Any]:
    """The report of the period that ?day= lies in (the newest without), as it was kept, or as it
    stands now with ?as=now; with `.csv` at its end as a table."""
    kind, _, ending = name.partition(".")
    services, actor = services_of(request), commander(request)
    screen = next((one for one in reports(services.registry) if one.name == kind), None)
    if screen is None or ending not in {"", "csv"}:
        raise Absent("request.no_such_page")
    names, asked = Names(services, actor.language), asked_of(request, keep=("as", "place"))
    first = reporting.first_of(screen, asked.first)
    if "day" not in request.query_params:
        first = reporting.newest_of(screen, services.clock.now())
    reaches = reporting.readable(services, actor)
    kept = await services.reports.of(actor, kind, first, reaches)
    at = asked.others.get("place", "0")
    chosen = natural(at) if 0 <= natural(at) < len(kept) else 0
    is_kept = bool(kept) and asked.others.get("as") != "now"
    shown = kept[chosen] if is_kept else await _now(services, actor, screen, first)
    drawing = Drawing(edition=shown, names=names, over=_over(shown, asked))
    if ending == "csv":
        return _csv(drawing)
    values = _told_of(drawing, asked, is_kept=is_kept) | _ways(
        services, names, screen, first, asked
    )
    values["places"] = [
        {"code": str(n), "text": one.content.place.in_(names.language),
         "href": _address(kind, first, place=n)}
        for n, one in enumerate(kept)
    ]  # fmt: skip
    as_now = {"as": "now"}
    values |= {
        "place": str(chosen),
        "csv_url": _address(f"{kind}.csv", first, place=chosen, **({} if is_kept else as_now)),
        "other_url": _address(kind, first, **(as_now if is_kept else {})) if kept else "",
    }
    return render(request, "shenzhihui/report.html", frame_of(request, names, "reports"), values)


async def _now(services: Services, actor: Actor, screen: Screen, first: date) -> Edition:
    """The report of a period as things stand now; it is not kept."""
    return Edition(
        id=new_id(), name=screen.name, reach="", first=first,
        last=reporting.last_of(screen, first), made_at=services.clock.now(),
        content=await reporting.content_of(services, actor, screen, first),
    )  # fmt: skip


def _over(shown: Edition, asked: Asked) -> int:
    """How many hours or days of the period were over when the report was made."""
    if shown.first == shown.last:
        return asked.hour_now if shown.first >= asked.today else HOURS
    made = shown.made_at.astimezone(CITY_ZONE).date()
    return max(0, min(7, (made - shown.first).days))


def _told_of(drawing: Drawing, asked: Asked, *, is_kept: bool) -> Values:
    edition, names = drawing.edition, drawing.names
    return {
        "label": edition.content.label.in_(names.language),
        "where": edition.content.place.in_(names.language),
        "span": span_text(names, edition.first, edition.last),
        "tables": [linked(table) for table in tables_of(drawing)],
        "chart": chart_of(drawing),
        "is_whole": edition.last < asked.today,
        "is_kept": is_kept,
        "moment": edition.made_at,
    } | exceptions_of(drawing)


def _ways(services: Services, names: Names, screen: Screen, first: date, asked: Asked) -> Values:
    """The periods before and after, and the other reports of the same day."""
    step = timedelta(days=reporting.DAYS[screen.options["every"]])
    following = first + step
    return {
        "kind": screen.name,
        "kinds": [
            {"code": other.name, "text": other.label.in_(names.language),
             "href": _address(other.name, first)}
            for other in reports(services.registry)
        ],
        "previous_url": _address(screen.name, first - step),
        "next_url": _address(screen.name, following) if following <= asked.today else "",
        "archive_url": _month(first),
    }  # fmt: skip


def _address(name: str, day: date, **more: Any) -> str:
    kept = "".join(f"&{key}={value}" for key, value in more.items() if value)
    return f"{HOME}/{name}?day={day.isoformat()}{kept}"


def _csv(drawing: Drawing) -> Response[bytes]:
    edition, names = drawing.edition, drawing.names
    made = f"{edition.made_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
    head = [
        edition.content.label.in_(names.language), edition.content.place.in_(names.language),
        span_text(names, edition.first, edition.last), names.say("h.report.made", at=made),
    ]  # fmt: skip
    file = f"{edition.name}-{edition.first.isoformat()}.csv"
    return Response(
        csv_of(lines_of(drawing, head)),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


HANDLERS = [archive, report]
