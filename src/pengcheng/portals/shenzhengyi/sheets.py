"""Tables as files, both ways: CSV and XLSX out with formula cells made harmless, and rows in.

A cell that a spreadsheet would run as a formula is written as text behind an apostrophe (OWASP, CSV
injection). What comes in is text, whatever the sheet's types are.
"""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pengcheng.kernel.errors import Fault, TooLarge, invalid

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {"csv": CSV, "xlsx": XLSX}
BYTES_MAX = 5_000_000
UNPACKED_MAX = 60_000_000
ROWS_MAX = 5_000
COLUMNS_MAX = 100
_RUNS = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> str:
    """A cell's text that no spreadsheet runs; numbers and signs alone stay as they are."""
    text = "" if value is None else str(value)
    stripped = text.lstrip()
    if stripped.startswith(_RUNS) and not _is_number(stripped):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).replace("+", "", 1).isdecimal()


def written(kind: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A table as the bytes of a CSV (UTF-8 with a mark, for Excel) or XLSX file."""
    made = [[harmless(cell) for cell in row] for row in rows]
    if kind == "csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows([heads, *made])
        return text.getvalue().encode("utf-8-sig")
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [list(heads), *made]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(content: bytes, name: str) -> list[Mapping[str, str]]:
    """The rows of a CSV or XLSX file under its first line. Refuses what is neither."""
    if len(content) > BYTES_MAX:
        raise TooLarge("file.too_large", limit=f"{BYTES_MAX // 1_000_000} MB")
    lines = _xlsx(content) if content[:2] == b"PK" or name.endswith(".xlsx") else _csv(content)
    if not lines:
        raise invalid(Fault(path="/file", code="field.required"))
    heads = [head.strip() for head in lines[0]]
    if len(heads) > COLUMNS_MAX or len(set(heads)) != len(heads):
        raise invalid(Fault(path="/file", code="sheet.columns"))
    rows = [
        dict(zip(heads, [*line, *[""] * len(heads)], strict=False))
        for line in lines[1:]
        if any(cell.strip() for cell in line)
    ]
    if len(rows) > ROWS_MAX:
        raise invalid(Fault(path="/file", code="rows.too_many", facts={"limit": ROWS_MAX}))
    return [{name: value for name, value in row.items() if name} for row in rows]


def _csv(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
        except csv.Error as failure:
            raise invalid(
                Fault(path="/file", code="sheet.unreadable", facts={"why": str(failure)})
            ) from failure
    raise invalid(Fault(path="/file", code="sheet.unreadable", facts={"why": "encoding"}))


def _xlsx(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > UNPACKED_MAX:
                raise TooLarge("file.too_large", limit=f"{UNPACKED_MAX // 1_000_000} MB")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            [_text(cell) for cell in row[:COLUMNS_MAX]]
            for row in sheet.iter_rows(values_only=True, max_row=ROWS_MAX + 2)
            if any(cell is not None for cell in row)
        ]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as failure:
        raise invalid(
            Fault(path="/file", code="sheet.unreadable", facts={"why": type(failure).__name__})
        ) from failure


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        at_midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if at_midnight else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
