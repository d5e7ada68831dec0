"""Values that come as text (forms, CSV, XLSX) read as the kinds that a type declares.

`read_texts` only reads; `records.validate` then judges. A blank cell is "not known". Dates and
numbers are read as people here write them; a time without a zone is the city's.

Many values are separated by `;` (on the way in also `；` or a line break); such a mark within a
value has `\\` before it. A table is a line of column names (or labels) and a line for each row, the
cells separated by ` | ` (`\\|` is the mark itself).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from pengcheng.kernel.errors import Fault
from pengcheng.kernel.record_values import CodeLists, fault_at, in_row
from pengcheng.kernel.registry import Attribute, RecordType
from pengcheng.kernel.time import CITY_ZONE

YES = frozenset({"true", "1", "yes", "y", "on", "是", "对", "有"})
NO = frozenset({"false", "0", "no", "n", "off", "否", "不", "无"})
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_UNREAD = object()


def read_texts(
    record_type: RecordType, texts: Mapping[str, str], *, code_lists: CodeLists
) -> tuple[dict[str, Any], list[Fault]]:
    """Values for `validate`, and a fault for each text that cannot be read as its kind.

    `place` is read from "longitude,latitude" or GeoJSON, or from columns `lon` and `lat`.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in _with_place(record_type, texts).items():
        attribute = record_type.attribute(name)
        blank = not text.strip()
        if attribute is not None and attribute.is_list and not blank:
            values[name], found = _list_of(attribute, text, code_lists)
            faults += found
            continue
        if name == "place" and record_type.place is not None:
            value = None if blank else _place(text.strip())
        elif attribute is None or blank:
            value = None if blank else text
        else:
            value = _value(attribute, text.strip(), code_lists)
        if value is _UNREAD:
            faults.append(_unread(attribute))
        else:
            values[name] = value
    return values, faults


def _with_place(record_type: RecordType, texts: Mapping[str, str]) -> Mapping[str, str]:
    columns = {"lon", "lat"}
    if record_type.place != "point" or not columns <= set(texts) or "place" in texts:
        return texts
    rest = {name: text for name, text in texts.items() if name not in columns}
    given = [texts["lon"].strip(), texts["lat"].strip()]
    return {**rest, "place": ",".join(given) if any(given) else ""}


def _list_of(
    attribute: Attribute, text: str, code_lists: CodeLists
) -> tuple[list[Any] | None, list[Fault]]:
    if attribute.many:
        return [_value(attribute, part, code_lists) for part in parts_of(text)] or None, []
    read = rows_of(attribute, text)
    if read is None:
        return None, [fault_at(attribute, "table.form")]
    rows: list[Any] = []
    faults: list[Fault] = []
    for at, texts in enumerate(read):
        row: dict[str, Any] = {name: text for name, text in texts.items() if text}
        for column in attribute.columns:
            if column.name not in row:
                continue
            row[column.name] = _value(column, row[column.name], code_lists)
            if row[column.name] is _UNREAD:
                row[column.name] = None
                faults.append(in_row(attribute, at, column, _unread(column)))
        rows.append(row)
    return rows or None, faults


def parts_of(text: str) -> list[str]:
    """Many values as they stand in one text; blank ones are passed over."""
    return [part for part in _split(text, ";；\n") if part]


def joined(parts: Sequence[str]) -> str:
    """Many values as one text that reads back as them."""
    return ";".join(re.sub(r"([\\;；\n])", r"\\\1", part) for part in parts)


def rows_of(table: Attribute, text: str) -> list[dict[str, str]] | None:
    """A table as it stands in one text: the text of each cell by the name of its column; None when
    it has no form. Blank lines are passed over."""
    lines = [_split(line, "|") for line in text.split("\n") if line.strip()]
    if not lines or any(any(line[len(lines[0]) :]) for line in lines):
        return None
    named = {item.label.zh: item.name for item in table.columns}
    named |= {item.label.en: item.name for item in table.columns}
    named |= {item.name: item.name for item in table.columns}
    heads = [named.get(head, head) for head in lines[0]]
    if len(set(heads)) < len(heads):
        return None
    return [dict(zip(heads, line, strict=False)) for line in lines[1:]]


def table_text(table: Attribute, rows: Sequence[Mapping[str, str]]) -> str:
    """Rows of texts as one text that reads back as them; without a row it is blank."""
    heads = [item.name for item in table.columns if item.computed is None]
    lines = [
        " | ".join(re.sub(r"([\\|])", r"\\\1", _one_line(row.get(head, ""))) for head in heads)
        for row in rows
    ]
    # A row of one blank column would be a blank line.
    return "\n".join([" | ".join(heads), *(line or "|" for line in lines)]) if lines else ""


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _split(text: str, marks: str) -> list[str]:
    """A text in parts at the marks that have no `\\` before them, without blanks around them."""
    parts, at = [""], 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
            parts[-1] += text[at]
        elif text[at] in marks:
            parts.append("")
        else:
            parts[-1] += text[at]
        at += 1
    return [part.strip() for part in parts]


def _value(attribute: Attribute, text: str, code_lists: CodeLists) -> Any:
    match attribute.kind:
        case "integer":
            plain = unicodedata.normalize("NFKC", text).replace(",", "")
            return int(plain) if re.fullmatch(r"[-+]?[0-9]{1,19}", plain) else _UNREAD
        case "number":
            plain = unicodedata.normalize("NFKC", text).replace(",", "")
            form = r"[-+]?[0-9]{1,19}(\.[0-9]{1,19})?([eE][-+]?[0-9]{1,3})?"
            return float(plain) if re.fullmatch(form, plain) else _UNREAD
        case "boolean":
            low = text.lower()
            return low in YES if low in YES | NO else _UNREAD
        case "date":
            return _date(text)
        case "instant":
            return _instant(text)
        case "code":
            return _code(attribute, text, code_lists)
        case "files":
            return [part.strip() for part in text.split(";") if part.strip()]
        case "json":
            return _json(text)
        case _:
            return text


def _date(text: str) -> Any:
    found = _DATE.fullmatch(text)
    if found is None:
        return _UNREAD
    return f"{int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}"


def _instant(text: str) -> Any:
    try:
        found = datetime.fromisoformat(text.replace("/", "-").replace(" ", "T", 1))
    except ValueError:
        return _UNREAD
    return found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)


def _code(attribute: Attribute, text: str, code_lists: CodeLists) -> Any:
    """A code, or the one code whose label in either language this is."""
    listed = code_lists.get(attribute.code_list or "")
    if listed is None or listed.label_of(text) is not None:
        return text
    named = [code.code for code in listed.codes if text in {code.label.zh, code.label.en}]
    return named[0] if len(named) == 1 else text


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _UNREAD


def _place(text: str) -> Any:
    if text.startswith("{"):
        return _json(text)
    parts = [part.strip() for part in re.split(r"[,，\s]+", text)]
    numbers = [part for part in parts if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", part)]
    if len(parts) != 2 or len(numbers) != 2:
        return _UNREAD
    return {"type": "Point", "coordinates": [float(part) for part in numbers]}


_CODES = {
    "integer": "integer.kind", "number": "number.kind", "boolean": "boolean.kind",
    "date": "date.form", "instant": "instant.form", "json": "json.kind",
}  # fmt: skip


def _unread(attribute: Attribute | None) -> Fault:
    if attribute is None:
        return Fault(path="/place", code="place.form")
    return fault_at(attribute, _CODES[attribute.kind])


def as_text(value: Any, attribute: Attribute | None = None) -> str:
    """A clean value (of an attribute) as a cell of an export shows it; reads back as the same."""
    if attribute is not None and attribute.is_list and isinstance(value, list | tuple):
        if attribute.many:
            return joined([as_text(one) for one in value])
        cells = [{key: as_text(cell) for key, cell in row.items()} for row in value]
        return table_text(attribute, cells)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case tuple():
            return ";".join(str(part) for part in value)
        case dict() | list():
            return msgspec.json.encode(value).decode()
        case _:
            return str(value)
