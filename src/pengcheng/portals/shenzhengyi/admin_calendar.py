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
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.admin_changes import changes_of
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.taking import (
    Administered,
    SheetRow,
    Table,
    Taken,
    flag_of,
    handlers_of,
    mode_with,
    told_with,
)
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
COLUMNS = ("day", "working", "name", "source", "ended")
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


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Write days of the calendar from a sheet, or take arrangements away; running deadlines are
    counted again."""
    services, actor = services_of(request), official(request)
    days: list[tuple[int, CalendarDay]] = []
    ended: list[tuple[int, date]] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        day = admin.day_of(row, "day", faults)
        working, ends = flag_of(row, "working", faults), flag_of(row, "ended", faults)
        if day is None and not faults:
            faults.append(Fault(path="/day", code="field.required"))
        if working is None and not ends and not faults:
            faults.append(Fault(path="/working", code="boolean.form"))
        bad += [(number, fault) for fault in faults]
        if day is None or faults:
            continue
        if ends:
            ended.append((number, day))
            continue
        name, source = row.get("name", "").strip(), row.get("source", "").strip()
        days.append((number, CalendarDay(day=day, working=working is True, name=name,
                                         source=source)))  # fmt: skip
    told = await services.calendars.import_rows(
        actor, [day for _, day in days], [day for _, day in ended], mode=mode_with(mode, bad)
    )
    numbers = [number for number, _ in (*days, *ended)]
    return Taken(told=told_with(mode, told, numbers, bad))


async def give(request: AnyRequest, kind: str) -> Table:
    """The city's own days of all years near."""
    del kind
    services, actor = services_of(request), official(request)
    this = admin.today_of(services).year
    found = [d for n in range(this - 5, this + 6) for d in await services.calendars.year(actor, n)]
    return COLUMNS, [[d.day, "true" if d.working else "false", d.name, d.source, ""] for d in found]


HANDLERS = [
    calendar, change_calendar,
    *handlers_of(
        Administered(page="calendar", type="calendar", columns=COLUMNS, required=REQUIRED,
                     take=take, give=give)
    ),
]  # fmt: skip
