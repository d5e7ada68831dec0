"""Administration of the tree of organisations and of the city's working calendar, with imports."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.engines.identity import NewOrganisation
from pengcheng.ground.calendar import CalendarDay
from pengcheng.kernel.areas import LEVELS, is_area_code
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.records_text import NO, YES
from pengcheng.kernel.time import city_day
from pengcheng.kernel.words import Words
from pengcheng.portals.pages import faults_by_field, form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi.admin import import_page, shown, table
from pengcheng.portals.shenzhengyi.importing import failed, report, sheet_of
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
ORGANISATION_COLUMNS = ("key", "kind", "level", "name_zh", "name_en", "area_code", "parent")
DAY_COLUMNS = ("day", "working", "name", "source")
SHOWN_MAX = 200
LENGTH_MAX = 120
RowFaults = list[tuple[int, Fault]]


@get("/e/admin/organisations")
async def organisations(request: AnyRequest) -> Response[Any]:
    """The tree of organisations, searched by name."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "organisation")
    await services.organisations.load()
    text = request.query_params.get("q", "").strip().lower()[:80]
    found = [
        item
        for item in services.organisations.all()
        if text in f"{item.name.zh} {item.name.en} {item.key}".lower()
    ]
    language = actor.language
    rows = [
        [
            {"text": item.name.in_(language), "href": f"/e/admin/organisations/{item.id}"},
            {"text": item.key, "href": ""},
            {"text": say(f"e.level.{item.level}", language), "href": ""},
            {"text": services.areas.name_of(item.area_code).in_(language), "href": ""},
            {"text": "" if item.active else say("e.admin.retired", language), "href": ""},
        ]
        for item in found[:SHOWN_MAX]
    ]
    may = not services.rights.scope(actor, "import", "organisation").is_empty
    values = table(
        request, "organisations", ("name", "key", "level", "area", "state"), rows,
        searches=True, q=text, import_url="/e/admin/organisations/import" if may else "",
        lead=say("e.admin.organisations_found", language, n=len(found),
                 shown=min(len(found), SHOWN_MAX)),
    )  # fmt: skip
    page = await shown(request, "organisations")
    return render(request, "shenzhengyi/table.html", page, values)


@get("/e/admin/organisations/import")
async def organisations_import(request: AnyRequest) -> Response[Any]:
    """What an import of organisations needs."""
    demand(services_of(request), official(request), "import", "organisation")
    return await import_page(request, "organisations", ORGANISATION_COLUMNS, {})


@post("/e/admin/organisations/import", status_code=200)
async def import_organisations(request: AnyRequest) -> Response[Any]:
    """Add organisations from a sheet, parents before children: all rows, or the valid ones."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "import", "organisation")
    scope = services.rights.scope(actor, "import", "organisation")
    form = await form_of(request)
    await services.organisations.load()
    try:
        rows = await sheet_of(form)
        good, faults = organisations_of(services.organisations.by_key, rows)
        partly = texts_of(form).get("mode") == "partly"
        added = []
        if good and (partly or not faults):
            added = await services.organisations.add(scope, good)
    except (Refusal, Conflict) as failure:
        more = failed(request, failure)
        return await import_page(
            request, "organisations", ORGANISATION_COLUMNS, more, status=failure.status
        )
    more = report(request, faults, len(added))
    status = 422 if faults and not added else 200
    return await import_page(request, "organisations", ORGANISATION_COLUMNS, more, status=status)


def organisations_of(
    known: Any, rows: Sequence[Mapping[str, str]]
) -> tuple[list[NewOrganisation], RowFaults]:
    """Rows as new organisations, and the faults of the others. `known` finds one by its key."""
    good: list[NewOrganisation] = []
    bad: RowFaults = []
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        given = {name: row.get(name, "").strip() for name in ORGANISATION_COLUMNS}
        faults = [
            Fault(path=f"/{name}", code="field.required")
            for name in ORGANISATION_COLUMNS[:-1]
            if not given[name]
        ]
        faults += [
            Fault(path=f"/{name}", code="text.too_long",
                  facts={"limit": LENGTH_MAX, "length": len(value)})
            for name, value in given.items()
            if len(value) > LENGTH_MAX
        ]  # fmt: skip
        if given["level"] and given["level"] not in LEVELS:
            facts = {"given": given["level"], "allowed": ", ".join(LEVELS)}
            faults.append(Fault(path="/level", code="code.unknown", facts=facts))
        if given["area_code"] and not is_area_code(given["area_code"]):
            faults.append(Fault(path="/area_code", code="area.code"))
        if given["key"] in seen or known(given["key"]):
            faults.append(Fault(path="/key", code="code.taken", facts={"key": given["key"]}))
        parent = given["parent"]
        if parent and parent not in seen and not known(parent):
            faults.append(Fault(path="/parent", code="organisation.unknown"))
        bad += [(number, fault) for fault in faults]
        if not faults:
            seen.add(given["key"])
            good.append(
                NewOrganisation(
                    key=given["key"], kind=given["kind"],
                    level=next(level for level in LEVELS if level == given["level"]),
                    name=Words(given["name_zh"], given["name_en"]),
                    area_code=given["area_code"], parent=parent or None,
                )
            )  # fmt: skip
    return good, bad


@get("/e/admin/organisations/{key:str}")
async def organisation(request: AnyRequest, key: str) -> Response[Any]:
    """One organisation: rename, retire, restore."""
    demand(services_of(request), official(request), "read", "organisation")
    return await _organisation_page(request, key, {})


async def _organisation_page(
    request: AnyRequest, key: str, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    await services.organisations.load()
    found_id = to_id(key)
    if found_id is None:
        raise Absent("organisation.unknown", id=key)
    found = services.organisations.of(found_id)
    above = services.organisations.superiors(found.id)
    values = {
        "organisation": found,
        "superiors": [item.name.in_(actor.language) for item in reversed(above)],
        "may": not services.rights.scope(actor, "change", "organisation").is_empty,
        "typed": {}, "faults": {}, "message": "",
    } | dict(more)  # fmt: skip
    page = await shown(request, "organisations")
    return render(request, "shenzhengyi/organisation.html", page, values, status=status)


@post("/e/admin/organisations/{key:str}", status_code=200)
async def change_organisation(request: AnyRequest, key: str) -> Response[Any]:
    """Rename, retire or restore; one with open cases cannot be retired."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "change", "organisation")
    texts = texts_of(await form_of(request))
    names = (texts.get("name_zh", ""), texts.get("name_en", ""))
    faults = [
        Fault(path=f"/{field}", code="field.required")
        for field, value in zip(("name_zh", "name_en"), names, strict=True)
        if not value or len(value) > LENGTH_MAX
    ]
    found_id = to_id(key)
    try:
        if faults or found_id is None:
            raise Refusal("input.invalid", faults=faults)
        await services.organisations.change(
            services.rights.scope(actor, "change", "organisation"),
            found_id,
            Words(*names),
            active=texts.get("active") == "1",
            version=int(texts["version"]) if texts.get("version", "").isdecimal() else 0,
        )
    except (Refusal, Conflict) as failure:
        told = faults_by_field(request, getattr(failure, "faults", ()))
        message = words_of(failure.code).detail.fill(actor.language, failure.facts)
        more = {"typed": texts, "faults": told, "message": "" if told else message}
        return await _organisation_page(request, key, more, status=failure.status)
    return go(f"/e/admin/organisations/{key}")


@get("/e/admin/calendar")
async def calendar(request: AnyRequest) -> Response[Any]:
    """The city's own working days and days off of a year."""
    services, actor = services_of(request), official(request)
    given = request.query_params.get("year", "")
    this_year = city_day(services.clock.now()).year
    year = int(given) if given.isdecimal() and len(given) == 4 else this_year
    days = await services.calendars.year(actor, year)
    language = actor.language
    rows = [
        [
            {"text": day.day.isoformat(), "href": ""},
            {"text": say("e.calendar.working" if day.working else "e.calendar.off", language),
             "href": ""},
            {"text": day.name, "href": ""},
            {"text": day.source, "href": ""},
        ]
        for day in days
    ]  # fmt: skip
    may = not services.rights.scope(actor, "change", "calendar").is_empty
    years = [{"value": str(n), "text": str(n)} for n in range(this_year - 1, this_year + 3)]
    values = table(
        request, "calendar", ("day", "working", "name", "source"), rows,
        import_url="/e/admin/calendar/import" if may else "",
        filters=[{"name": "year", "label": say("e.calendar.year", language), "options": years,
                  "value": str(year)}],
    )  # fmt: skip
    return render(request, "shenzhengyi/table.html", await shown(request, "calendar"), values)


@get("/e/admin/calendar/import")
async def calendar_import(request: AnyRequest) -> Response[Any]:
    """What an import of the calendar needs."""
    demand(services_of(request), official(request), "change", "calendar")
    return await import_page(request, "calendar", DAY_COLUMNS, {})


@post("/e/admin/calendar/import", status_code=200)
async def import_calendar(request: AnyRequest) -> Response[Any]:
    """Write days of the calendar; running deadlines are counted again from the log's entry."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "change", "calendar")
    form = await form_of(request)
    try:
        good, faults = days_of(await sheet_of(form))
        partly = texts_of(form).get("mode") == "partly"
        written = 0
        if good and (partly or not faults):
            written = await services.calendars.replace(actor, good)
    except (Refusal, Conflict) as failure:
        more = failed(request, failure)
        return await import_page(request, "calendar", DAY_COLUMNS, more, status=failure.status)
    more = report(request, faults, written)
    status = 422 if faults and not written else 200
    return await import_page(request, "calendar", DAY_COLUMNS, more, status=status)


def days_of(rows: Sequence[Mapping[str, str]]) -> tuple[list[CalendarDay], RowFaults]:
    """Rows as days, and the faults of those that are none."""
    good: list[CalendarDay] = []
    bad: RowFaults = []
    for number, row in enumerate(rows, start=1):
        working = row.get("working", "").strip().lower()
        try:
            day = date.fromisoformat(row.get("day", "").strip())
        except ValueError:
            bad.append((number, Fault(path="/day", code="date.form")))
            continue
        if working not in YES | NO:
            bad.append((number, Fault(path="/working", code="boolean.form")))
            continue
        name, source = row.get("name", "").strip(), row.get("source", "").strip()
        good.append(CalendarDay(day=day, working=working in YES, name=name, source=source))
    return good, bad


HANDLERS = [
    organisations, organisations_import, import_organisations, organisation, change_organisation,
    calendar, calendar_import, import_calendar,
]  # fmt: skip
