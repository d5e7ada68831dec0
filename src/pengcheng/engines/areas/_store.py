"""SQL of areas and the base map."""

from collections.abc import Sequence
from typing import Any

from pengcheng.engines.areas.model import Area, AreaDetail, AreaRow, MapFeature, NewArea
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.areas import area_no, area_span
from pengcheng.kernel.words import Words

_TILE_AREAS = """
with bounds as (select st_tileenvelope(%(z)s, %(x)s, %(y)s) as box)
select st_asmvt(tile, %(layer)s, 4096, 'place') from (
    select a.code, a.no, a.name_zh as name, a.name_en, a.schematic,
           st_asmvtgeom(st_transform(a.place, 3857), b.box, 4096, 64, true) as place
    from area a, bounds b
    where a.level = %(level)s and a.place && st_transform(b.box, 4326)) tile
where tile.place is not null
"""
_TILE_FEATURES = """
with bounds as (select st_tileenvelope(%(z)s, %(x)s, %(y)s) as box)
select st_asmvt(tile, %(layer)s, 4096, 'place') from (
    select f.code, f.kind, f.name_zh as name, f.name_en, f.synthetic,
           st_asmvtgeom(f.place, b.box, 4096, 64, true) as place
    from map_feature f, bounds b
    where f.layer = %(layer)s and f.min_zoom <= %(z)s and f.place && b.box) tile
where tile.place is not null
"""


def _area(row: Row) -> Area:
    center = (row["lon"], row["lat"]) if row["lon"] is not None else None
    return Area(
        code=row["code"],
        no=row["no"],
        level=row["level"],
        name=Words(row["name_zh"], row["name_en"]),
        parent_code=row["parent_code"],
        schematic=row["schematic"],
        center=center,
        population=row["population"],
    )


async def everything(work: Work) -> list[Area]:
    rows = await work.rows(
        """select code, no, level, name_zh, name_en, parent_code, schematic, population,
                  st_x(st_pointonsurface(place)) as lon, st_y(st_pointonsurface(place)) as lat
           from area where level <> 'grid' order by no"""
    )
    return [_area(row) for row in rows]


async def grid_at(work: Work, longitude: float, latitude: float) -> str | None:
    found = await work.value(
        """select code from area
           where level = 'grid' and st_intersects(place, st_setsrid(st_point(%(x)s, %(y)s), 4326))
           order by no limit 1""",
        x=longitude,
        y=latitude,
    )
    return str(found) if found else None


async def grids_at(work: Work, points: Sequence[tuple[float, float]]) -> list[str | None]:
    """The grid cell of each point, in the order given."""
    rows = await work.tuples(
        """select p.n, (select a.code from area a
                        where a.level = 'grid'
                          and st_intersects(a.place, st_setsrid(st_point(p.x, p.y), 4326))
                        order by a.no limit 1)
           from unnest(%(xs)s::float8[], %(ys)s::float8[]) with ordinality as p(x, y, n)
           order by p.n""",
        xs=[point[0] for point in points],
        ys=[point[1] for point in points],
    )
    return [row[1] for row in rows]


async def outlines(work: Work, level: str, tolerance: float) -> list[Row]:
    """Outlines of a level as GeoJSON geometry text, simplified to a tolerance in degrees."""
    return await work.rows(
        """select code, no, name_zh, name_en, schematic,
                  st_asgeojson(st_simplifypreservetopology(place, %(tolerance)s), 5) as geometry
           from area where level = %(level)s and place is not null order by no""",
        level=level,
        tolerance=tolerance,
    )


async def add(work: Work, areas: Sequence[NewArea]) -> None:
    await work.run_each(
        """insert into area (code, no, no_end, level, name_zh, name_en, parent_code, schematic,
                             place, population)
           values (%(code)s, %(no)s, %(no_end)s, %(level)s, %(zh)s, %(en)s, %(parent)s,
                   %(schematic)s, st_multi(st_geomfromwkb(%(place)s, 4326)), %(population)s)""",
        [_values(area) for area in areas],
    )


async def change(work: Work, row: AreaRow, version: int) -> int:
    """Write an area where this version stands; a new outline is no schematic one."""
    return await work.run(
        """update area set name_zh = %(zh)s, name_en = %(en)s, population = %(population)s,
                  place = coalesce(st_multi(st_geomfromwkb(%(place)s, 4326)), place),
                  schematic = schematic and %(place)s::bytea is null, version = version + 1
           where code = %(code)s and version = %(version)s""",
        code=row.code,
        zh=row.name.zh,
        en=row.name.en,
        population=row.population,
        place=row.place,
        version=version,
    )


async def details(work: Work, codes: Sequence[str] | None = None) -> list[AreaDetail]:
    """Areas whole with their outlines, those of some codes or all, in the order of the tree."""
    rows = await work.rows(
        """select code, name_zh, name_en, schematic, version, population,
                  st_asbinary(place) as place
           from area where %(all)s or code = any(%(codes)s) order by no""",
        all=codes is None,
        codes=list(codes or ()),
    )
    return [
        AreaDetail(
            code=row["code"],
            name=Words(row["name_zh"], row["name_en"]),
            schematic=row["schematic"],
            version=row["version"],
            population=row["population"],
            place=bytes(row["place"]) if row["place"] is not None else None,
        )
        for row in rows
    ]


async def cells_near(work: Work, places: Sequence[bytes]) -> dict[str, bytes]:
    """The outlines of the grid cells whose boxes meet those of some places."""
    rows = await work.tuples(
        """select code, st_asbinary(place) from area a
           where level = 'grid' and exists (
               select 1 from unnest(%(places)s::bytea[]) as given (place)
               where a.place && st_geomfromwkb(given.place, 4326))""",
        places=list(places),
    )
    return {row[0]: bytes(row[1]) for row in rows}


async def cells_of(work: Work, low: int, high: int) -> list[Area]:
    """The grid cells with numbers in a range."""
    rows = await work.rows(
        """select code, no, level, name_zh, name_en, parent_code, schematic, population,
                  null::float8 as lon, null::float8 as lat
           from area where level = 'grid' and no >= %(low)s and no < %(high)s order by no""",
        low=low,
        high=high,
    )
    return [_area(row) for row in rows]


def _values(area: NewArea) -> dict[str, Any]:
    return {
        "code": area.code,
        "no": area_no(area.code),
        "no_end": area_span(area.code)[1],
        "level": area.level,
        "zh": area.name.zh,
        "en": area.name.en,
        "parent": area.parent_code,
        "schematic": area.schematic,
        "place": area.place,
        "population": area.population,
    }


async def add_features(work: Work, features: Sequence[MapFeature]) -> None:
    await work.run_each(
        """insert into map_feature (layer, code, name_zh, name_en, kind, min_zoom, synthetic, place)
           values (%(layer)s, %(code)s, %(zh)s, %(en)s, %(kind)s, %(min_zoom)s, %(synthetic)s,
                   st_transform(st_geomfromwkb(%(place)s, 4326), 3857))""",
        [
            {
                "layer": feature.layer,
                "code": feature.code,
                "zh": feature.name.zh,
                "en": feature.name.en,
                "kind": feature.kind,
                "min_zoom": feature.min_zoom,
                "synthetic": feature.synthetic,
                "place": feature.place,
            }
            for feature in features
        ],
    )


async def tile(
    work: Work, z: int, x: int, y: int, layers: Sequence[tuple[str, str | None]]
) -> bytes:
    """The vector tile: for each (layer, level of areas or None) one layer."""
    parts: list[bytes] = []
    for layer, level in layers:
        statement = _TILE_AREAS if level else _TILE_FEATURES
        found = await work.value(statement, z=z, x=x, y=y, layer=layer, level=level)
        parts.append(bytes(found or b""))
    return b"".join(parts)
