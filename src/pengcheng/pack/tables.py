"""CSV files of a pack: read strictly, each cell with its line."""

import csv
import io
from pathlib import Path

import msgspec

from pengcheng.pack.faults import Faults, shown

BYTES_MAX = 8 * 1024 * 1024
ROWS_MAX = 50_000


class Table(msgspec.Struct, frozen=True):
    """A CSV file: its columns, and rows with the line on which each begins."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_table(path: Path, folder: Path, faults: Faults) -> Table | None:
    """The table of a file in a pack; None when it cannot be read, with the faults noted."""
    file = shown(path, folder)
    text = read_text(path, folder, faults, limit=BYTES_MAX)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    columns: tuple[str, ...] = ()
    line = 1
    try:
        for cells in reader:
            if not columns:
                columns = _head(cells, file, faults)
            elif any(cells):
                _row(cells, columns, (file, line), faults, rows)
            line = reader.line_num + 1
    except csv.Error as error:
        faults.add((file, line), "yaml.syntax", problem=str(error))
        return None
    if not columns:
        faults.add((file, 1), "file.empty")
        return None
    if len(rows) > ROWS_MAX:
        faults.add((file, ROWS_MAX), "csv.rows", limit=ROWS_MAX)
        return None
    return Table(file, columns, tuple(rows))


def read_text(path: Path, folder: Path, faults: Faults, *, limit: int) -> str | None:
    """The text of a file in a pack; None, with the fault noted, when there is none to read."""
    file = shown(path, folder)
    if path.is_symlink():
        faults.add((file, 1), "file.link")
        return None
    if not path.is_file():
        faults.add((file, 1), "csv.absent", given=path.name)
        return None
    if path.stat().st_size > limit:
        faults.add((file, 1), "file.too_large", limit=limit)
        return None
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.add((file, 1), "file.not_text")
        return None


def _head(cells: list[str], file: str, faults: Faults) -> tuple[str, ...]:
    columns = tuple(cell.strip() for cell in cells)
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        faults.add((file, 1), "csv.twice", given=name)
    return columns


def _row(
    cells: list[str],
    columns: tuple[str, ...],
    at: tuple[str, int],
    faults: Faults,
    rows: list[tuple[int, dict[str, str]]],
) -> None:
    if len(cells) != len(columns):
        faults.add(at, "csv.width", got=len(cells), wanted=len(columns))
        return
    rows.append((at[1], dict(zip(columns, cells, strict=True))))
