"""Sheets as pages send and take them: one file at once, over what the edge reads and writes; and
GeoJSON (RFC 7946), whose features are rows with an outline."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pengcheng.edge import sheets
from pengcheng.kernel.errors import Fault, TooLarge, invalid

BYTES_MAX = 5_000_000
ROWS_MAX = 5_000
GEOJSON_BYTES_MAX = 20_000_000
GEOJSON_ROWS_MAX = 30_000
GEOJSON = "application/geo+json"
OUTLINE = "outline"
MEDIA: Mapping[str, str] = {"csv": sheets.CSV, "xlsx": sheets.XLSX, "geojson": GEOJSON}
WGS_84 = ("CRS84", "4326", "4490")
"""Longitude and latitude as GeoJSON has them; CGCS 2000 (4490) differs by less than a metre."""


class _Feature(msgspec.Struct):
    type: str
    properties: dict[str, Any] | None = None
    geometry: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    type: str
    features: list[_Feature]
    crs: Any = None


def written(kind: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A table as the bytes of a CSV (marked as UTF-8, for Excel), XLSX or GeoJSON file; cells that
    a spreadsheet would run are made harmless."""
    if kind == "csv":
        return sheets.MARK + sheets.csv_lines([heads, *rows])
    if kind == "geojson":
        return _geojson(heads, rows)
    book = sheets.Book(heads)
    book.add(rows)
    return book.content()


def _geojson(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as features; the cell of the outline is a GeoJSON geometry as text, or empty."""
    features = []
    for row in rows:
        cells = dict(zip(heads, row, strict=True))
        outline = cells.pop(OUTLINE, "")
        features.append(
            {"type": "Feature", "properties": cells,
             "geometry": msgspec.Raw(outline.encode()) if outline else None}
        )  # fmt: skip
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def read(content: bytes, name: str, kinds: Sequence[str]) -> list[Mapping[str, str]]:
    """The rows of a file of one of these kinds; refuses what is none."""
    if "geojson" in kinds and (name.endswith((".geojson", ".json")) or content[:1] == b"{"):
        return _features(content)
    if len(content) > BYTES_MAX:
        raise TooLarge("file.too_large", limit=f"{BYTES_MAX // 1_000_000} MB")
    kind = "xlsx" if content[:2] == b"PK" or name.endswith(".xlsx") else "csv"
    if "ndjson" in kinds and name.endswith((".ndjson", ".jsonl")):
        kind = "ndjson"
    rows = sheets.rows_of(content, kind)
    _bounded(len(rows), ROWS_MAX)
    return [
        {head: "" if cell is None else str(cell) for head, cell in row.items() if head}
        for _, row in rows
    ]


def _features(content: bytes) -> list[Mapping[str, str]]:
    if len(content) > GEOJSON_BYTES_MAX:
        raise TooLarge("file.too_large", limit=f"{GEOJSON_BYTES_MAX // 1_000_000} MB")
    try:
        found = msgspec.json.decode(content.removeprefix(sheets.MARK), type=_Collection)
    except (msgspec.DecodeError, RecursionError) as failure:
        raise invalid(Fault(path="/file", code="sheet.geojson")) from failure
    if found.type != "FeatureCollection":
        raise invalid(Fault(path="/file", code="sheet.geojson"))
    named = msgspec.json.encode(found.crs).decode()
    if found.crs is not None and not any(name in named for name in WGS_84):
        raise invalid(Fault(path="/file", code="sheet.crs"))
    _bounded(len(found.features), GEOJSON_ROWS_MAX)
    return [_row(feature) for feature in found.features]


def _row(feature: _Feature) -> Mapping[str, str]:
    """A feature as a row: its properties as texts, its geometry as the text of the outline."""
    row = {
        name: "" if value is None else str(value)
        for name, value in (feature.properties or {}).items()
        if isinstance(value, str | int | float | None)
    }
    outline = msgspec.json.encode(feature.geometry).decode() if feature.geometry else ""
    return {**row, OUTLINE: outline}


def _bounded(count: int, most: int) -> None:
    if count > most:
        raise invalid(Fault(path="/file", code="rows.too_many", facts={"limit": most}))
