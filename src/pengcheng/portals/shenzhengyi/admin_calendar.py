"""The city's working calendar: a year at a glance, the city's own days, import and export."""

import calendar as months
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.deadlines import CALENDAR_ID
from pengcheng.ground.calendar import Calendar, CalendarDay
from pengcheng.kernel.errors import Conflict, Fault, Refusal, invalid
from pengcheng.kernel.records_text import NO, YES
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.admin_changes import changes_of
from pengcheng.portals.shenzhengyi.importing import (
    Outcome,
    failed,
    import_page,
    mode_of,
    report,
    sheet_of,
    sheet_response,
)
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
COLUMNS = ("day", "working", "name", "source")
REQUIRED = COLUMNS[:2]
SPAN_DAYS_MAX = 31
YEARS = range(2000, 2101)


@get("/e/admin/calendar")
async def calendar(request: AnyRequest) -> Response[Any]:
    """Every day of a year, and what the city itself has arranged."""
    return await _page(request, {})


async def _page(
    request: AnyRequest, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    given = request.query_params.get("year", "")
    this = admin.today_of(services)
    year = int(given) if given.isdecimal() and len(given) == 4 else this.year
    year = min(max(year, YEARS.start), YEARS.stop - 1)
    own = await services.calendars.year(actor, year)
    current = await services.calendars.current()
    said = request.query_params.get("said", "")
    values = {
        "year": year,
        "years": [{"code": str(n), "text": str(n), "href": f"/e/admin/calendar?year={n}"}
                  for n in range(this.year - 1, this.year + 3)],
        "months": [_month(current, year, m, {d.day for d in own}, this) for m in range(1, 13)],
        "working": sum(current.working_day(date(year, 1, 1) + timedelta(days=n))
                       for n in range(365 + months.isleap(year))),
        "provisional": current.is_provisional(date(year, 6, 1)),
        "own_days": own,
        "may": admin.may(request, "change", "calendar"),
        "may_import": admin.may(request, "import", "calendar"),
        "changes": (await changes_of(request, "calendar", CALENDAR_ID))[:8],
        "typed": {}, "faults": {}, "message": "",
        "said": say(f"a.calendar.said_{said}", actor.language)
        if said in {"added", "removed"} else "",
    } | dict(more)  # fmt: skip
    page = await admin.shown(request, "calendar")
    return render(request, "shenzhengyi/calendar.html", page, values, status=status)


def _month(current: Calendar, year: int, month: int, own: set[date], today: date) -> Values:
    """A month as weeks from Monday; each day with what it is."""
    weeks = [
        [_day(current, day, own, today) if day.month == month else None for day in week]
        for week in months.Calendar().monthdatescalendar(year, month)
    ]
    return {"first": date(year, month, 1), "weeks": weeks}


def _day(current: Calendar, day: date, own: set[date], today: date) -> Values:
    told = current.told(day)
    unusual = told.working == (day.weekday() >= 5)
    return {"number": day.day, "working": told.working, "unusual": unusual, "own": day in own,
            "name": told.name, "today": day == today, "date": day}  # fmt: skip


@post("/e/admin/calendar", status_code=200)
async def change_calendar(request: AnyRequest) -> Response[Any]:
    """Arrange a day or a few, or take an arrangement away; running deadlines are counted again."""
    services, actor = services_of(request), official(request)
    texts = texts_of(await form_of(request))
    try:
        if texts.get("act") == "remove":
            day = _days(texts)[0]
            await services.calendars.remove(actor, [day])
            return go(f"/e/admin/calendar?year={day.year}&said=removed")
        days = _days(texts)
        working = texts.get("working", "") == "1"
        name, source = texts.get("name", ""), texts.get("source", "")
        rows = [CalendarDay(day=day, working=working, name=name, source=source) for day in days]
        await services.calendars.replace(actor, rows)
    except (Refusal, Conflict) as failure:
        more = {"typed": texts, **admin.refused(request, failure)}
        return await _page(request, more, status=failure.status)
    return go(f"/e/admin/calendar?year={days[0].year}&said=added")


def _days(texts: Mapping[str, str]) -> list[date]:
    """The days from the first to the last that a form names; one where it names no last."""
    faults: list[Fault] = []
    first = admin.day_of(texts, "day", faults)
    last = admin.day_of(texts, "last", faults) or first
    if first is None and not faults:
        faults.append(Fault(path="/day", code="field.required"))
    if first and last and not 0 <= (last - first).days < SPAN_DAYS_MAX:
        code = "period.reversed" if last < first else "days.too_many"
        faults.append(Fault(path="/last", code=code, facts={"limit": SPAN_DAYS_MAX}))
    if faults or first is None or last is None:
        raise invalid(*faults)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@get("/e/admin/calendar/import")
async def calendar_import(request: AnyRequest) -> Response[Any]:
    """What an import of the calendar needs."""
    demand(services_of(request), official(request), "import", "calendar")
    return await import_page(
        request, admin.importing_of(request, "calendar", COLUMNS, REQUIRED), {}
    )


@post("/e/admin/calendar/import", status_code=200)
async def import_calendar(request: AnyRequest) -> Response[Any]:
    """Write days of the calendar from a sheet."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "import", "calendar")
    page = admin.importing_of(request, "calendar", COLUMNS, REQUIRED)
    form = await form_of(request)
    try:
        sheet, mode = await sheet_of(form), mode_of(form)
        good, faults = days_of(sheet.rows)
        writes = good and mode != "check" and (mode == "partly" or not faults)
        written = await services.calendars.replace(actor, good) if writes else 0
    except (Refusal, Conflict) as failure:
        return await import_page(request, page, failed(request, failure), status=failure.status)
    outcome = Outcome(mode=mode, added=len(good) if mode == "check" else written, faults=faults)
    return await import_page(request, page, report(request, outcome, sheet), status=outcome.status)


def days_of(
    rows: Sequence[Mapping[str, str]],
) -> tuple[list[CalendarDay], list[tuple[int, Fault]]]:
    """Rows as days, and the faults of those that are none."""
    good: list[CalendarDay] = []
    bad: list[tuple[int, Fault]] = []
    seen: set[date] = set()
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        day = admin.day_of(row, "day", faults)
        working = row.get("working", "").strip().lower()
        if day is None and not faults:
            faults.append(Fault(path="/day", code="field.required"))
        if working not in YES | NO:
            faults.append(Fault(path="/working", code="boolean.form"))
        if day in seen:
            faults.append(Fault(path="/day", code="row.twice"))
        bad += [(number, fault) for fault in faults]
        if day is None or faults:
            continue
        seen.add(day)
        name, source = row.get("name", "").strip(), row.get("source", "").strip()
        good.append(CalendarDay(day=day, working=working in YES, name=name, source=source))
    return good, bad


@get("/e/admin/calendar/sheet/{kind:str}")
async def calendar_sheet(request: AnyRequest, kind: str) -> Response[bytes]:
    """The city's own days of all years near, in the columns of the import."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "import", "calendar")
    this = admin.today_of(services).year
    found = [d for n in range(this - 5, this + 6) for d in await services.calendars.year(actor, n)]
    rows = [[d.day, "true" if d.working else "false", d.name, d.source] for d in found]
    return sheet_response(request, "calendar", kind, COLUMNS, rows)


HANDLERS = [calendar, change_calendar, calendar_import, import_calendar, calendar_sheet]
