"""Values that come as text (forms, CSV, XLSX) read as the kinds that a type declares.

`read_texts` only reads; `records.validate` then judges. A blank cell is "not known". Dates and
numbers are read as people here write them; a time without a zone is the city's.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from pengcheng.kernel.errors import Fault
from pengcheng.kernel.records import CodeLists, pointer
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
        if name == "place" and record_type.place is not None:
            value = None if blank else _place(text.strip())
        elif attribute is None or blank:
            value = None if blank else text
        else:
            value = _value(attribute, text.strip(), code_lists)
        if value is _UNREAD:
            faults.append(_unread(attribute, name))
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


def _unread(attribute: Attribute | None, name: str) -> Fault:
    if attribute is None:
        return Fault(path="/place", code="place.form")
    told = {"field": name, "field_zh": attribute.label.zh, "field_en": attribute.label.en}
    return Fault(path=pointer(name), code=_CODES[attribute.kind], facts=told)


def as_text(value: Any) -> str:
    """A clean value as a cell of an export shows it; reads back as the same value."""
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
