"""The nouns of areas."""

import msgspec

from pengcheng.kernel.areas import Level
from pengcheng.kernel.words import Words


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A division or grid cell; `center` is (longitude, latitude) in WGS 84."""

    code: str
    no: int
    level: Level
    name: Words
    parent_code: str | None
    schematic: bool
    center: tuple[float, float] | None = None
    population: int | None = None


class NewArea(msgspec.Struct, frozen=True, kw_only=True):
    """An area to be added; `place` is WKB of a MultiPolygon in WGS 84."""

    code: str
    level: Level
    name: Words
    parent_code: str | None
    schematic: bool
    place: bytes | None = None
    population: int | None = None


class AreaDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An area as it stands, grid cells too; `place` is WKB in WGS 84, None where none is known."""

    code: str
    name: Words
    schematic: bool
    version: int
    place: bytes | None = None
    population: int | None = None


class AreaRow(msgspec.Struct, frozen=True, kw_only=True):
    """An area as a sheet or a form tells of it. Without a `place` (WKB in WGS 84) its outline
    stays; of a population that is UNSET nothing is said."""

    code: str
    name: Words
    population: int | msgspec.UnsetType | None = msgspec.UNSET
    place: bytes | None = None


class MapFeature(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the base map draws; `place` is WKB in WGS 84."""

    layer: str
    kind: str
    name: Words
    min_zoom: int
    place: bytes
    code: str | None = None
    synthetic: bool = False
