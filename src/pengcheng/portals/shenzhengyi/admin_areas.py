"""Areas: the divisions of the city from district to community, and their import."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.areas import Area, NewArea
from pengcheng.kernel.areas import LEVELS, ancestor, area_level, is_area_code
from pengcheng.kernel.errors import Conflict, Fault, Refusal
from pengcheng.kernel.words import Words
from pengcheng.portals.pages import form_of, render
from pengcheng.portals.shenzhengyi import admin
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
COLUMNS = ("code", "name_zh", "name_en", "population", "outline")
REQUIRED = COLUMNS[:3]
SHOWN_MAX = 200
NAME_LENGTH_MAX = 80


@get("/e/admin/areas")
async def areas(request: AnyRequest) -> Response[Any]:
    """The divisions beneath one (`?under=`), or those with a text in name or code."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "area")
    language, everything = actor.language, services.areas.all()
    known = {area.code: area for area in everything}
    text = request.query_params.get("q", "").strip()[:80]
    top = next((area for area in everything if area.parent_code is None), None)
    under = known.get(request.query_params.get("under", "")) or top
    found = [
        area
        for area in everything
        if (text.lower() in f"{area.name.zh} {area.name.en} {area.code}".lower() if text
            else under is not None and area.parent_code == under.code)
    ]  # fmt: skip
    values = {
        "rows": [
            {"area": area, "name": area.name.in_(language),
             "level": say(f"e.level.{area.level}", language),
             "beneath": sum(one.parent_code == area.code for one in everything)}
            for area in found[:SHOWN_MAX]
        ],
        "q": text,
        "count": len(everything),
        "more": max(len(found) - SHOWN_MAX, 0),
        "under": under.name.in_(language) if under and not text else "",
        "path": _path(known, under) if under and not text else [],
        "language": language,
        "may_import": admin.may(request, "import", "area"),
    }  # fmt: skip
    page = await admin.shown(request, "areas")
    return render(request, "shenzhengyi/areas.html", page, values)


def _path(known: Mapping[str, Area], area: Area) -> list[Area]:
    above = known.get(area.parent_code or "")
    return [*_path(known, above), above] if above else []


@get("/e/admin/areas/import")
async def areas_import(request: AnyRequest) -> Response[Any]:
    """What an import of areas needs."""
    demand(services_of(request), official(request), "import", "area")
    return await import_page(request, admin.importing_of(request, "areas", COLUMNS, REQUIRED), {})


@post("/e/admin/areas/import", status_code=200)
async def import_areas(request: AnyRequest) -> Response[Any]:
    """Add divisions and grid cells from a sheet, those above before those beneath."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "import", "area")
    page = admin.importing_of(request, "areas", COLUMNS, REQUIRED)
    form = await form_of(request)
    try:
        sheet, mode = await sheet_of(form), mode_of(form)
        known = {area.code for area in services.areas.all()}
        good, faults = areas_of(sheet.rows, known)
        writes = good and mode != "check" and (mode == "partly" or not faults)
        if writes:
            await services.areas.add(actor, good)
    except (Refusal, Conflict) as failure:
        return await import_page(request, page, failed(request, failure), status=failure.status)
    added = len(good) if writes or mode == "check" else 0
    outcome = Outcome(mode=mode, added=added, faults=faults)
    return await import_page(request, page, report(request, outcome, sheet), status=outcome.status)


def areas_of(
    rows: Sequence[Mapping[str, str]], known: set[str]
) -> tuple[list[NewArea], list[tuple[int, Fault]]]:
    """Rows as new areas, and the faults of those that are none. The code tells the level and the
    area above, which is known or stands in an earlier row."""
    good: list[NewArea] = []
    bad: list[tuple[int, Fault]] = []
    seen = set(known)
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        new = _area(row, seen, faults)
        bad += [(number, fault) for fault in faults]
        if new is not None and not faults:
            seen.add(new.code)
            good.append(new)
    return good, bad


def _area(row: Mapping[str, str], seen: set[str], faults: list[Fault]) -> NewArea | None:
    given = {name: row.get(name, "").strip() for name in COLUMNS}
    code = given["code"]
    for name in ("name_zh", "name_en"):
        if not given[name]:
            faults.append(Fault(path=f"/{name}", code="field.required"))
        if len(given[name]) > NAME_LENGTH_MAX:
            facts = {"limit": NAME_LENGTH_MAX, "length": len(given[name])}
            faults.append(Fault(path=f"/{name}", code="text.too_long", facts=facts))
    population = given["population"]
    if population and not (population.isascii() and population.isdecimal()):
        limits = {"low": 0, "high": 10**9}
        faults.append(Fault(path="/population", code="number.range", facts=limits))
    if not is_area_code(code) or int(code) == 0:
        faults.append(Fault(path="/code", code="area.code"))
        return None
    level = area_level(code)
    above = ancestor(code, LEVELS[LEVELS.index(level) - 1]) if level != "city" else None
    if code in seen:
        faults.append(Fault(path="/code", code="area.taken"))
    if above is not None and above not in seen:
        faults.append(Fault(path="/code", code="area.parent", facts={"wanted": above}))
    return NewArea(
        code=code, level=level, name=Words(given["name_zh"], given["name_en"]), parent_code=above,
        schematic=False, place=_outline(given["outline"], faults),
        population=int(population) if population.isdecimal() else None,
    )  # fmt: skip


def _outline(text: str, faults: list[Fault]) -> bytes | None:
    """An outline as WKB, None where none is given."""
    if not text:
        return None
    try:
        found = shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        found = None
    fits = found is not None and found.geom_type in {"Polygon", "MultiPolygon"} and found.is_valid
    if not fits or found is None or not _on_earth(found.bounds):
        faults.append(Fault(path="/outline", code="geometry.form"))
        return None
    return bytes(shapely.to_wkb(found))


def _on_earth(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


@get("/e/admin/areas/sheet/{kind:str}")
async def areas_sheet(request: AnyRequest, kind: str) -> Response[bytes]:
    """The divisions in the columns of the import, without their outlines."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "import", "area")
    rows = [
        [area.code, area.name.zh, area.name.en, area.population, ""]
        for area in services.areas.all()
    ]
    return sheet_response(request, "areas", kind, COLUMNS, rows)


HANDLERS = [areas, areas_import, import_areas, areas_sheet]
