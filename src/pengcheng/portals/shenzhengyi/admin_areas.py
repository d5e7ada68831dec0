"""Areas: the divisions of the city from district to grid cell, changed one by one or by sheets and
GeoJSON files."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import shapely
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.areas import Area, AreaDetail, AreaRow, square_kilometres, subject_of
from pengcheng.kernel.areas import area_level
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal, TooLarge, invalid
from pengcheng.kernel.words import Words
from pengcheng.portals.pages import form_of, go, render, texts_of, uploads_of
from pengcheng.portals.shenzhengyi import admin, sheets
from pengcheng.portals.shenzhengyi.admin_changes import changes_of
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.taking import (
    Administered,
    SheetRow,
    Table,
    Taken,
    handlers_of,
    mode_with,
    told_with,
)
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
COLUMNS = ("code", "name_zh", "name_en", "population", "outline")
REQUIRED = COLUMNS[:3]
SHOWN_MAX = 200
OUTLINE_BYTES_MAX = 5_000_000


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
    if under is not None and under.level == "community" and not text:
        found = await services.areas.cells(under.code)
    values = {
        "rows": [
            {"area": area, "name": area.name.in_(language),
             "level": say(f"e.level.{area.level}", language),
             "beneath": sum(one.parent_code == area.code for one in everything),
             "opens": area.level != "grid"}
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


@get("/e/admin/areas/{code:str}")
async def area(request: AnyRequest, code: str) -> Response[Any]:
    """One area, a grid cell too: names, population, outline; changed by who may."""
    return await _area_page(request, code, {})


async def _area_page(
    request: AnyRequest, code: str, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    found = await services.areas.details(services.rights.scope(actor, "read", "area"), [code])
    if not found:
        raise Absent("area.unknown", code=code)
    shown = found[0]
    values = {
        "area": shown,
        "level": say(f"e.level.{area_level(code)}", actor.language),
        "size": square_kilometres(shown.place),
        "outline": _geojson(shown.place),
        "may": admin.may(request, "change", "area"),
        "changes": await changes_of(request, "area", subject_of(code)),
        "typed": _typed(shown),
        "faults": {}, "message": "",
        "said": say("a.area.said_changed", actor.language)
        if request.query_params.get("said") == "changed" else "",
    } | dict(more)  # fmt: skip
    page = await admin.shown(request, "areas")
    return render(request, "shenzhengyi/area.html", page, values, status=status)


@post("/e/admin/areas/{code:str}", status_code=200)
async def change_area(request: AnyRequest, code: str) -> Response[Any]:
    """Change an area where the version that was shown still stands."""
    services, actor = services_of(request), official(request)
    form = await form_of(request)
    texts = texts_of(form)
    files = uploads_of(form, "outline_file")
    faults: list[Fault] = []
    try:
        if files:
            texts["outline"] = _file_text(await files[0].read(), faults)
        row = area_row({**texts, "code": code}, faults)
        if faults:
            raise invalid(*faults)
        scope = services.rights.scope(actor, "change", "area")
        await services.areas.change(scope, row, admin.version_of(texts))
    except (Refusal, Conflict) as failure:
        more = {"typed": texts, **admin.refused(request, failure),
                **await _overtaken(request, code, texts, failure)}  # fmt: skip
        return await _area_page(request, code, more, status=failure.status)
    return go(f"/e/admin/areas/{code}?said=changed")


async def _overtaken(
    request: AnyRequest, code: str, texts: Mapping[str, str], failure: Refusal | Conflict
) -> dict[str, Any]:
    services, actor = services_of(request), official(request)
    read = services.rights.scope(actor, "read", "area")
    told = [
        (say(f"e.column.{name}", actor.language), texts.get(name, ""), now)
        for found in await services.areas.details(read, [code])
        for name, now in _typed(found).items()
    ]
    return admin.overtaken(failure, told)


def _typed(found: AreaDetail) -> dict[str, str]:
    """An area as its form shows it."""
    population = "" if found.population is None else str(found.population)
    return {"name_zh": found.name.zh, "name_en": found.name.en, "population": population}


def _file_text(content: bytes, faults: list[Fault]) -> str:
    """The outline in a file: WKT, or GeoJSON: a geometry, or the only feature of a file."""
    if len(content) > OUTLINE_BYTES_MAX:
        raise TooLarge("file.too_large", limit=f"{OUTLINE_BYTES_MAX // 1_000_000} MB")
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        faults.append(Fault(path="/outline", code="geometry.form"))
        return ""
    if '"FeatureCollection"' not in text:
        return text
    rows = sheets.read(text.encode(), "outline.geojson", ("geojson",))
    if len(rows) != 1:
        faults.append(Fault(path="/outline", code="geometry.form"))
        return ""
    return rows[0]["outline"]


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Add and change divisions and grid cells, those above before those beneath."""
    services, actor = services_of(request), official(request)
    good: list[tuple[int, AreaRow]] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        new = area_row(row, faults)
        bad += [(number, fault) for fault in faults]
        good += [(number, new)] * (not faults)
    told = await services.areas.import_rows(
        services.rights.scope(actor, "import", "area"),
        services.rights.scope(actor, "change", "area"),
        [new for _, new in good], mode=mode_with(mode, bad),
    )  # fmt: skip
    return Taken(told=told_with(mode, told, [number for number, _ in good], bad))


def area_row(row: Mapping[str, str], faults: list[Fault]) -> AreaRow:
    """A row or a form as an area; what cannot be read is told."""
    population = row.get("population", "").strip()
    readable = population.isascii() and population.isdecimal() and len(population) < 10
    if population and not readable:
        limits = {"low": 0, "high": 999_999_999}
        faults.append(Fault(path="/population", code="number.range", facts=limits))
    count = int(population) if readable else None
    return AreaRow(
        code=row.get("code", "").strip(),
        name=Words(row.get("name_zh", "").strip(), row.get("name_en", "").strip()),
        population=count if "population" in row else msgspec.UNSET,
        place=_outline(row.get("outline", "").strip(), faults),
    )


def _outline(text: str, faults: list[Fault]) -> bytes | None:
    """An outline (WKT or GeoJSON) as WKB, None where none is given."""
    if not text:
        return None
    try:
        found = shapely.from_geojson(text) if text[0] == "{" else shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        found = None
    fits = found is not None and found.geom_type in {"Polygon", "MultiPolygon"}
    if not fits or found is None or found.is_empty or not _on_earth(found.bounds):
        faults.append(Fault(path="/outline", code="geometry.form"))
        return None
    if not found.is_valid:
        facts = {"why": shapely.is_valid_reason(found)}
        faults.append(Fault(path="/outline", code="geometry.crossing", facts=facts))
        return None
    flat = shapely.force_2d(found)
    return bytes(shapely.to_wkb(shapely.multipolygons(shapely.get_parts(flat))))


def _on_earth(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _geojson(place: bytes | None) -> str:
    return shapely.to_geojson(shapely.from_wkb(place)) if place else ""


def _wkt(place: bytes | None) -> str:
    return shapely.to_wkt(shapely.from_wkb(place), rounding_precision=-1) if place else ""


async def give(request: AnyRequest, kind: str) -> Table:
    """Every area, those above first, grid cells too; with outlines but in XLSX, whose cells are
    too small for them."""
    services = services_of(request)
    scope = services.rights.scope(official(request), "import", "area")
    drawn = {"csv": _wkt, "geojson": _geojson}.get(kind)
    rows = [
        [one.code, one.name.zh, one.name.en, one.population,
         *([drawn(one.place)] if drawn else [])]
        for one in await services.areas.details(scope)
    ]  # fmt: skip
    return COLUMNS if drawn else COLUMNS[:-1], rows


HANDLERS = [
    areas, area, change_area,
    *handlers_of(
        Administered(page="areas", type="area", columns=COLUMNS, required=REQUIRED, take=take,
                     give=give, kinds=("geojson", "csv", "xlsx"))
    ),
]  # fmt: skip
