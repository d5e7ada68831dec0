"""The base map: our own vector tiles, and outlines of areas as GeoJSON."""

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.replies import json_response
from pengcheng.kernel.areas import LEVELS
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.texts import natural

KEEP_SECONDS = 3600


@get("/tiles/{z:int}/{x:int}/{y:str}")
async def tile(request: AnyRequest, z: int, x: int, y: str) -> Response[bytes]:
    """A vector tile of the base map: `/tiles/{z}/{x}/{y}.mvt`."""
    name, _, ending = y.partition(".")
    if ending != "mvt" or natural(name) < 0:
        raise Absent("tile.unknown")
    content = await services_of(request).areas.tile(z, x, int(name))
    return Response(
        content,
        media_type="application/vnd.mapbox-vector-tile",
        headers={"Cache-Control": f"public, max-age={KEEP_SECONDS}"},
    )


@get("/api/v1/areas/{level:str}/outlines")
async def outlines(request: AnyRequest, level: str) -> Response[bytes]:
    """The outlines of a level with code, name and whether they are schematic, as GeoJSON."""
    if level not in LEVELS[:-1]:
        raise Absent("area.level_unknown", level=level)
    rows = await services_of(request).areas.outlines(level)
    features = ",".join(
        '{"type":"Feature","id":%s,"properties":%s,"geometry":%s}'  # noqa: UP031 - JSON braces
        % (
            row["no"],
            json_response(
                {"code": row["code"], "name": row["name_zh"], "name_en": row["name_en"],
                 "schematic": row["schematic"]}
            ).content.decode(),
            row["geometry"],
        )
        for row in rows
    )  # fmt: skip
    return Response(
        f'{{"type":"FeatureCollection","features":[{features}]}}'.encode(),
        media_type="application/geo+json",
        headers={"Cache-Control": f"public, max-age={KEEP_SECONDS}"},
    )


HANDLERS = [tile, outlines]
