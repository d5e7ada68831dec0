"""Tables as files: CSV (UTF-8 or GB 18030), XLSX and NDJSON, in and out.

A cell that a spreadsheet would run as a formula goes out as text behind an apostrophe (OWASP, CSV
injection), and comes in again without it. What comes in is text, whatever the sheet's types are;
NDJSON keeps its values. Every limit has a name.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pengcheng.edge.json_keys import twice_in
from pengcheng.kernel.errors import Refusal, TooLarge, WrongMediaType

BYTES_MAX = 20_000_000
UNPACKED_MAX = 200_000_000
ROWS_MAX = 20_000
COLUMNS_MAX = 200
LINE_BYTES_MAX = 200_000
FORMATS = ("csv", "xlsx", "ndjson")
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NDJSON = "application/x-ndjson"
MEDIA: Mapping[str, str] = {"csv": CSV, "xlsx": XLSX, "ndjson": NDJSON}
MARK = b"\xef\xbb\xbf"
"""At the head of a CSV file, so that Excel reads it as UTF-8."""

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_TAKEN = {
    "text/csv": "csv",
    "application/csv": "csv",
    XLSX: "xlsx",
    NDJSON: "ndjson",
    "application/jsonl": "ndjson",
    "application/ndjson": "ndjson",
}
Sheet = list[tuple[int, dict[str, Any]]]


def format_of(media_type: str) -> str:
    """The format of a body by its media type."""
    plain = media_type.partition(";")[0].strip().lower()
    found = _TAKEN.get(plain)
    if found is None:
        raise WrongMediaType("import.format", given=plain, allowed=", ".join(sorted(_TAKEN)))
    return found


def rows_of(content: bytes, kind: str) -> Sheet:
    """(row number from 1, values by column) of a file; blank rows are passed over."""
    if kind == "ndjson":
        return _ndjson(content)
    lines = _csv(content) if kind == "csv" else _xlsx(content)
    heads = [head.strip() for head in next(lines, [])]
    if not any(heads):
        raise _unreadable("没有表头。 There is no line of column names.")
    if len(heads) > COLUMNS_MAX or len(set(filter(None, heads))) != len(list(filter(None, heads))):
        raise _unreadable("表头有重复或太多。 Column names repeat, or are too many.")
    rows: Sheet = []
    for number, line in enumerate(lines, start=1):
        _room(number)
        if any(cell.strip() for cell in line[len(heads) :]):
            raise _unreadable(f"第 {number} 行的列比表头多。 Row {number} is wider than the head.")
        padded = [*line, *[""] * len(heads)]
        if any(cell.strip() for cell in line):
            values = {n: plain(cell) for n, cell in zip(heads, padded, strict=False) if n}
            rows.append((number, values))
    return rows


def _room(number: int) -> None:
    if number > ROWS_MAX:
        raise TooLarge("import.too_many_rows", max=ROWS_MAX)


def _unreadable(why: str) -> Refusal:
    return Refusal("import.unreadable", why=why)


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _text_of(content)
    if "\x00" in text:
        raise _unreadable("含有空字符。 It holds zero bytes.")
    try:
        yield from (row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row)
    except csv.Error as failure:
        raise _unreadable(f"CSV: {failure}") from failure


def _text_of(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable("既不是 UTF-8 也不是 GB 18030。 It is neither UTF-8 nor GB 18030.")


def _xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > UNPACKED_MAX:
                raise TooLarge("request.too_large", max=UNPACKED_MAX)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        lines = [
            [_cell(cell) for cell in row[: COLUMNS_MAX + 1]]
            for row in book.worksheets[0].iter_rows(values_only=True, max_row=ROWS_MAX + 2)
        ]
    except (
        zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, IndexError,
        SyntaxError, NotImplementedError, EOFError,
    ) as failure:  # fmt: skip
        raise _unreadable(f"XLSX: {type(failure).__name__}") from failure
    yield from lines


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            at_midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
            return value.date().isoformat() if at_midnight else value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _ndjson(content: bytes) -> Sheet:
    rows: Sheet = []
    for number, line in enumerate(content.splitlines(), start=1):
        _room(number)
        if not line.strip():
            continue
        if len(line) > LINE_BYTES_MAX:
            raise TooLarge("request.too_large", max=LINE_BYTES_MAX)
        try:
            values = msgspec.json.decode(line, type=dict[str, Any])
            twice = twice_in(line, values)
        except (msgspec.DecodeError, RecursionError) as failure:
            raise _unreadable(
                f"第 {number} 行不是 JSON 对象。 Row {number} is no JSON object."
            ) from (failure)
        if twice is not None:
            raise _unreadable(f"第 {number} 行重复写了 {twice}。 Row {number} has {twice} twice.")
        rows.append((number, values))
    return rows


def harmless(value: Any) -> str:
    """A cell's text that no spreadsheet runs; a number keeps its sign."""
    text = "" if value is None else str(value)
    bare = text.lstrip(" ")
    return f"'{text}" if bare.startswith(_RUNS) and not _is_number(bare) else text


def plain(text: str) -> str:
    """A cell as it was before `harmless`."""
    inner = text[1:]
    return inner if text.startswith("'") and inner.lstrip(" ").startswith(_RUNS) else text


def _is_number(text: str) -> bool:
    unsigned = text[1:] if text[:1] in "+-" else text
    return unsigned.isascii() and unsigned.replace(".", "", 1).isdecimal()


def csv_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as lines of CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def ndjson_lines(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as lines of NDJSON."""
    made = [dict(zip(heads, row, strict=True)) for row in rows]
    return b"".join(msgspec.json.encode(row, enc_hook=str) + b"\n" for row in made)


class Book:
    """An XLSX file that is written row by row."""

    def __init__(self, heads: Sequence[str]) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet()
        self._sheet.append(list(heads))

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """More rows, as texts."""
        for row in rows:
            self._sheet.append([harmless(cell) for cell in row])

    def content(self) -> bytes:
        """The file; nothing can be added after."""
        out = io.BytesIO()
        self._book.save(out)
        return out.getvalue()
