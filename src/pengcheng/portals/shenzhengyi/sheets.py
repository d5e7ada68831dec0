"""Sheets as pages send and take them: one file at once, over what the edge reads and writes."""

from collections.abc import Mapping, Sequence
from typing import Any

from pengcheng.edge import sheets
from pengcheng.edge.sheets import MEDIA
from pengcheng.kernel.errors import Fault, TooLarge, invalid

BYTES_MAX = 5_000_000
ROWS_MAX = 5_000

__all__ = ["BYTES_MAX", "MEDIA", "ROWS_MAX", "read", "written"]


def written(kind: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A table as the bytes of a CSV (marked as UTF-8, for Excel) or XLSX file; cells that a
    spreadsheet would run are made harmless."""
    if kind == "csv":
        return sheets.MARK + sheets.csv_lines([heads, *rows])
    book = sheets.Book(heads)
    book.add(rows)
    return book.content()


def read(content: bytes, name: str) -> list[Mapping[str, str]]:
    """The rows of a CSV or XLSX file under its first line. Refuses what is neither."""
    if len(content) > BYTES_MAX:
        raise TooLarge("file.too_large", limit=f"{BYTES_MAX // 1_000_000} MB")
    kind = "xlsx" if content[:2] == b"PK" or name.endswith(".xlsx") else "csv"
    rows = sheets.rows_of(content, kind)
    if len(rows) > ROWS_MAX:
        raise invalid(Fault(path="/file", code="rows.too_many", facts={"limit": ROWS_MAX}))
    return [{head: str(cell) for head, cell in row.items() if head} for _, row in rows]
