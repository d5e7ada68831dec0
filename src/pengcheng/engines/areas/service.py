"""Areas in memory, places to areas, vector tiles."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from pengcheng.engines.areas import _store, sheets
from pengcheng.engines.areas.model import Area, AreaDetail, AreaRow, MapFeature, NewArea
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import Signals, signal
from pengcheng.kernel.areas import ancestor, area_level, area_no, area_span
from pengcheng.kernel.authz import Actor, Facts, Scope
from pengcheng.kernel.errors import Absent, Conflict, Fault, Forbidden, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.imports import Imported, imported, writes
from pengcheng.kernel.log import Entry
from pengcheng.kernel.words import Words

ZOOM_MAX = 16
TILES_CACHED_MAX = 4000
ROWS_MAX = 30_000
"""Rows of one import; a city has some thousand cells a district."""

AREAS = UUID("5f0b7d2e-2c41-5d0a-8a3e-7f6f0c9d1b52")

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
            await self._added(work, areas)
            await _store.add_features(work, features)
            await signal(work, "areas")
        self._forget("")
        await self.load()

    async def cells(self, code: str) -> list[Area]:
        """The grid cells of a community or any area above."""
        low, high = area_span(code)
        async with self._database.reading() as work:
            return await _store.cells_of(work, low, high)

    async def details(self, scope: Scope, codes: Sequence[str] | None = None) -> list[AreaDetail]:
        """Areas with outlines, grid cells too, those above first: these codes, or all that the
        scope holds."""
        _demand(scope)
        async with self._database.reading(scope.actor) as work:
            found = await _store.details(work, codes)
        return [one for one in found if scope.holds(Facts(area_no=area_no(one.code)))]

    async def change(self, scope: Scope, row: AreaRow, version: int) -> None:
        """Rename an area, give it another population or outline, where `version` still stands;
        points are located by a new outline from then on, cases keep the area that they have."""
        _demand(scope)
        async with self._database.transaction(scope.actor) as work:
            found = await _store.details(work, [row.code])
            if not found or not scope.holds(Facts(area_no=area_no(row.code))):
                raise Absent("area.unknown", code=row.code)
            if faults := sheets.faults_of(row):
                raise invalid(*faults)
            after = sheets.completed(row, found[0])
            drawn = {row.code: (1, after.place)} if after.place is not None else {}
            if wrong := await self._overlapping(work, drawn):
                raise invalid(*wrong.values())
            await self._changed(work, found[0], after, version)
            await signal(work, "areas")
        self._forget("")
        await self.load()

    async def import_rows(
        self, scope: Scope, may_change: Scope, rows: Sequence[AreaRow], *, mode: str
    ) -> Imported:
        """Add areas, those above before those beneath, and change those that stand. `mode`: "all"
        rows or none, "partly" those that are right, "check": nothing is written."""
        _demand(scope)
        if len(rows) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        async with self._database.transaction(scope.actor) as work:
            codes = {area.code for area in await _store.everything(work)}
            found = await _store.details(work, [row.code for row in rows])
            standing = {one.code: one for one in found}
            plan = sheets.planned(scope, standing, codes, rows)
            wrong = await self._overlapping(work, plan.drawn())
            wrong |= {
                number: Fault(path="/code", code="area.not_yours")
                for number, _, row in plan.changed
                if not may_change.holds(Facts(area_no=area_no(row.code)))
            }
            plan = plan.without(wrong)
            if writes(mode, plan.faults):
                await self._import(work, plan)
                await signal(work, "areas")
        self._forget("")
        await self.load()
        return imported(mode, plan.changes(), plan.faults, plan.same)

    async def _import(self, work: Work, plan: sheets.Plan) -> None:
        made = [
            NewArea(
                code=row.code, level=area_level(row.code), name=row.name,
                parent_code=sheets.parent_of(row.code), schematic=False, place=row.place,
                population=row.population if isinstance(row.population, int) else None,
            )
            for _, row in plan.new
        ]  # fmt: skip
        await self._added(work, made)
        for _, before, after in plan.changed:
            await self._changed(work, before, after, before.version)

    async def _overlapping(
        self, work: Work, drawn: Mapping[str, tuple[int, bytes]]
    ) -> dict[int, Fault]:
        places = [place for code, (_, place) in drawn.items() if area_level(code) == "grid"]
        near = await _store.cells_near(work, places) if places else {}
        return sheets.overlapping(drawn, near)

    async def _added(self, work: Work, areas: Sequence[NewArea]) -> None:
        await _store.add(work, areas)
        if areas:
            told = {"count": len(areas), "code": areas[0].code, "name": areas[0].name.zh}
            entry = Entry(kind="area.added", subject_type="area", subject_id=new_id(), after=told)
            await work.append(entry)

    async def _changed(self, work: Work, before: AreaDetail, after: AreaRow, version: int) -> None:
        if not await _store.change(work, after, version):
            raise Conflict("record.changed", version=before.version)
        change = sheets.told_change(before, after)
        await work.append(
            Entry(
                kind="area.changed", subject_type="area", subject_id=subject_of(before.code),
                area_no=area_no(before.code), before=change[0], after=change[1],
            )
        )  # fmt: skip


def subject_of(code: str) -> UUID:
    """The subject of the log entries about an area: the same for the same code."""
    return uuid5(AREAS, code)


def _demand(scope: Scope) -> None:
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action=scope.action, type=scope.type)
