"""Rows of declared types in CSV files: `sample/<type>.csv`, and the `rows` a type begins with.

A file's columns are attributes of its type and, where they make sense, `code`, `area` (a division
code), `organisation` (its key), `lon` and `lat` or `place`. References are codes of other records.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pengcheng.engines.records import judged, references
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.fault_words import fault_text
from pengcheng.kernel.records_text import read_texts
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.pack.faults import Faults, shown
from pengcheng.pack.tables import read_table

OWN_COLUMNS = ("code", "area", "organisation")
CASE_COLUMNS = ("channel", "disclosure", "accepted_at", "author")
PLACE_COLUMNS = {
    "point": ("lon", "lat", "place"), "line": ("place",), "polygon": ("place",), None: (),
}  # fmt: skip
FOLDER = "sample"


class SampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row, clean: declared values, and what stands beside them as it was written."""

    type: str
    values: Mapping[str, Any]
    beside: Mapping[str, str]
    place: Mapping[str, Any] | None = None
    file: str = ""
    line: int = 0


def sample_files(folder: Path) -> list[Path]:
    """The sample files of a pack, by name."""
    return sorted((folder / FOLDER).glob("*.csv"))


def sample_rows(registry: Registry, pack: str, faults: Faults | None = None) -> list[SampleRow]:
    """Every sound sample row of a pack, types in the order of their files."""
    noted = faults if faults is not None else Faults()
    folder = Path(registry.packs[pack].folder)
    found: list[SampleRow] = []
    for path in sample_files(folder):
        type_ = registry.types.get(path.stem)
        if type_ is None or type_.pack != pack:
            own = sorted(one.name for one in registry.types.values() if one.pack == pack)
            noted.add(
                (shown(path, folder), 1), "name.unknown", what="type", what_zh="类型",
                given=path.stem, allowed=own,
            )  # fmt: skip
            continue
        found += _rows(registry, type_, path, folder, noted)
    _check_references(registry, found, noted)
    return found


def first_rows(registry: Registry, type_name: str, faults: Faults | None = None) -> list[SampleRow]:
    """The rows with which a new city begins for a type; empty when it declares none."""
    noted = faults if faults is not None else Faults()
    type_ = registry.type_(type_name)
    if type_.rows is None:
        return []
    folder = Path(registry.packs[type_.pack].folder)
    return _rows(registry, type_, folder / type_.rows, folder, noted)


def _rows(
    registry: Registry, type_: RecordType, path: Path, folder: Path, faults: Faults
) -> list[SampleRow]:
    table = read_table(path, folder, faults)
    if table is None:
        return []
    beside = (*OWN_COLUMNS, *(CASE_COLUMNS if type_.role == "case" else ()))
    own = tuple(one.name for one in type_.attributes if one.computed is None)
    of_type = (*own, *PLACE_COLUMNS[type_.place])
    allowed = (*of_type, *beside)
    for name in table.columns:
        if name not in allowed:
            faults.add((table.file, 1), "csv.column", given=name, allowed=allowed)
    found: list[SampleRow] = []
    for line, cells in table.rows:
        texts = {name: text for name, text in cells.items() if name in of_type}
        values, unread = read_texts(type_, texts, code_lists=registry.code_lists)
        clean, wrong = judged(type_, values, code_lists=registry.code_lists, references="code")
        place = clean.pop("place", None)
        for fault in (*unread, *wrong):
            _note(fault, (table.file, line), faults)
        if not unread and not wrong:
            told = {name: cells[name].strip() for name in beside if cells.get(name, "").strip()}
            row = SampleRow(type=type_.name, values=clean, beside=told, place=place)
            found.append(msgspec.structs.replace(row, file=table.file, line=line))
    return found


def _note(fault: Fault, at: tuple[str, int], faults: Faults) -> None:
    faults.add(
        at, "csv.value", name=fault.path.removeprefix("/"), problem=fault_text(fault, "en"),
        problem_zh=fault_text(fault, "zh"),
    )  # fmt: skip


def _check_references(registry: Registry, rows: Iterable[SampleRow], faults: Faults) -> None:
    """A reference to a type that has samples must name one of them."""
    kept = list(rows)
    codes: dict[str, set[str]] = {}
    for row in kept:
        codes.setdefault(row.type, set()).add(row.beside.get("code", ""))
    for row in kept:
        for one in references(registry.type_(row.type), row.values):
            known = codes.get(one.type)
            if known and one.value not in known:
                faults.add(
                    (row.file, row.line), "csv.reference", name=one.path.removeprefix("/"),
                    to=one.type, given=str(one.value), allowed=sorted(known - {""}),
                )  # fmt: skip
