"""Areas in memory, places to areas, vector tiles."""

from collections.abc import Sequence
from typing import Any

from pengcheng.engines.areas import _store
from pengcheng.engines.areas.model import Area, MapFeature, NewArea
from pengcheng.ground.database import Database
from pengcheng.ground.signals import Signals, signal
from pengcheng.kernel.areas import ancestor, area_level
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.words import Words

ZOOM_MAX = 16
TILES_CACHED_MAX = 4000

_FEATURES: tuple[tuple[str, int], ...] = (("water", 0), ("green", 9), ("roads", 9), ("labels", 9))
_LEVELS: tuple[tuple[str, str, int], ...] = (
    ("districts", "district", 0),
    ("sub_districts", "sub_district", 10),
    ("communities", "community", 12),
    ("grid", "grid", 14),
)


class Areas:
    """The divisions of the city. Divisions are held in memory, grid cells stay in the database."""

    def __init__(self, database: Database, signals: Signals | None = None) -> None:
        self._database = database
        self._by_code: dict[str, Area] = {}
        self._tiles: dict[tuple[int, int, int], bytes] = {}
        self._is_stale = True
        if signals:
            signals.on("areas", self._forget)

    def _forget(self, _subject: str) -> None:
        self._is_stale = True
        self._tiles.clear()

    async def load(self) -> None:
        """Read the divisions again if they changed."""
        if self._is_stale:
            async with self._database.reading() as work:
                self._by_code = {area.code: area for area in await _store.everything(work)}
            self._is_stale = False

    def all(self) -> list[Area]:
        """Every division (no grid cells) in the order of codes."""
        return sorted(self._by_code.values(), key=lambda area: area.no)

    def of(self, code: str) -> Area:
        """A division by its code; a grid cell answers with its community."""
        found = self._by_code.get(code) or self._by_code.get(code[:12])
        if found is None:
            raise Absent("area.unknown", code=code)
        return found

    def children(self, code: str) -> list[Area]:
        """The divisions directly beneath one."""
        return [area for area in self.all() if area.parent_code == code]

    def name_of(self, code: str | None) -> Words:
        """District and sub-district as people say them ("福田区梅林街道"); the city's for None."""
        if code is None or area_level(code) == "city":
            city = next((area for area in self.all() if area.level == "city"), None)
            return city.name if city else Words("全市", "the whole city")
        district = self._by_code.get(ancestor(code, "district"))
        part = self._by_code.get(ancestor(code, "sub_district"))
        if district is None:
            return Words("全市", "the whole city")
        if part is None or part.code == district.code:
            return district.name
        return Words(f"{district.name.zh}{part.name.zh}", f"{part.name.en}, {district.name.en}")

    async def grid_at(self, longitude: float, latitude: float) -> str | None:
        """The grid cell of a point (WGS 84); None outside the city."""
        async with self._database.reading() as work:
            return await _store.grid_at(work, longitude, latitude)

    async def grids_at(self, points: Sequence[tuple[float, float]]) -> list[str | None]:
        """The grid cells of many points in one statement."""
        if not points:
            return []
        async with self._database.reading() as work:
            return await _store.grids_at(work, points)

    async def outlines(self, level: str, *, tolerance: float = 0.0005) -> list[dict[str, Any]]:
        """Outlines of a level with code, names and GeoJSON geometry text."""
        async with self._database.reading() as work:
            return await _store.outlines(work, level, tolerance)

    async def tile(self, z: int, x: int, y: int) -> bytes:
        """The base map's vector tile (Mapbox Vector Tile 2.1), kept until areas change."""
        if not (0 <= z <= ZOOM_MAX and 0 <= x < 2**z and 0 <= y < 2**z):
            raise Absent("tile.unknown", z=z, x=x, y=y)
        known = self._tiles.get((z, x, y))
        if known is not None:
            return known
        layers: list[tuple[str, str | None]] = [
            (layer, None) for layer, low in _FEATURES if z >= low
        ]
        layers += [(layer, level) for layer, level, low in _LEVELS if z >= low]
        async with self._database.reading() as work:
            made = await _store.tile(work, z, x, y, layers)
        if len(self._tiles) >= TILES_CACHED_MAX:
            self._tiles.clear()
        self._tiles[(z, x, y)] = made
        return made

    async def add(
        self, actor: Actor, areas: Sequence[NewArea], features: Sequence[MapFeature] = ()
    ) -> None:
        """Add areas (parents first) and what the base map draws; all or none."""
        async with self._database.transaction(actor) as work:
            await _store.add(work, areas)
            await _store.add_features(work, features)
            if areas:
                told = {"count": len(areas), "code": areas[0].code, "name": areas[0].name.zh}
                entry = Entry(
                    kind="area.added", subject_type="area", subject_id=new_id(), after=told
                )
                await work.append(entry)
            await signal(work, "areas")
        self._forget("")
        await self.load()
