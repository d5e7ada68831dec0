"""The value of one attribute: clean, or what is wrong with it.

A kind has one check. An attribute that takes many values is checked value by value, a table cell by
cell: a fault's pointer leads to the place ("/materials/2", "/household/0/born").
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from pengcheng.kernel import codes
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.registry import Attribute, CodeList
from pengcheng.kernel.texts import clean_text, is_blank, text_fault

TEXT_LENGTH_MAX = 500
LONG_TEXT_LENGTH_MAX = 20_000
CODE_LENGTH_MAX = 64
INTEGER_MAX = 2**63 - 1
FILES_MAX = 20
MANY_MAX = 100
"""How many values an attribute takes at most, whatever is declared."""
TABLE_ROWS_MAX = 100
TABLE_COLUMNS_MAX = 20
JSON_BYTES_MAX = 65_536
"""How long JSON is at most, a table too."""
JSON_DEPTH_MAX = 12
YEAR_MIN, YEAR_MAX = 1000, 9990

CodeLists = Mapping[str, CodeList]
References = Literal["id", "code"]
_Checked = tuple[Any, str | None, dict[str, Any]]


def pointer(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) of a field, or of a place within it."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def fault_at(attribute: Attribute, code: str, *place: str | int, **facts: Any) -> Fault:
    """A fault of an attribute, or of a place within its value; counted from 0 in the pointer and
    from 1 for people."""
    told = {
        "field": attribute.name,
        "field_zh": attribute.label.zh,
        "field_en": attribute.label.en,
        **facts,
    }
    if place and isinstance(place[0], int):
        number = place[0] + 1
        zh, en = ("行", "row") if attribute.kind == "table" else ("项", "entry")
        told["at_zh"] = f"{attribute.label.zh}第 {number} {zh}"
        told["at_en"] = f"{attribute.label.en}, {en} {number}"
    return Fault(path=pointer(attribute.name, *place), code=code, facts=told)


def checked(
    attribute: Attribute, value: Any, code_lists: CodeLists | None, references: References
) -> tuple[Any, list[Fault]]:
    """The clean value of an attribute (None: not known), and every fault.

    Many values are a list without repetition; a table is a list of contexts with a value, perhaps
    None, for each column, as JSON has it.
    """
    if isinstance(value, str) and is_blank(value):
        value = None
    if value is None or value == []:
        missing = [fault_at(attribute, "field.required")] if attribute.required else []
        return None, missing
    if attribute.many:
        return _many(attribute, value, code_lists, references)
    if attribute.kind == "table":
        return _table(attribute, value, code_lists, references)
    clean, code, facts = _one(attribute, value, code_lists, references)
    return clean, [] if code is None else [fault_at(attribute, code, **facts)]


def _one(
    attribute: Attribute, value: Any, code_lists: CodeLists | None, references: References
) -> _Checked:
    if attribute.kind == "code":
        return _code(attribute, value, code_lists)
    if attribute.kind == "reference" and references == "code":
        return _reference_code(attribute, value)
    return _CHECKS[attribute.kind](attribute, value)


def _many(
    attribute: Attribute, value: Any, code_lists: CodeLists | None, references: References
) -> tuple[Any, list[Fault]]:
    if not isinstance(value, list | tuple):
        return None, [fault_at(attribute, "list.kind")]
    faults = _count_faults(attribute, len(value), MANY_MAX)
    clean: list[Any] = []
    for at, given in enumerate(value[:MANY_MAX]):
        found, code, facts = _one(attribute, given, code_lists, references)
        if code is None and not found:
            code = "list.blank"
        elif code is None and found in clean:
            code, facts = "list.twice", {"given": str(found)}
        if code is not None:
            faults.append(fault_at(attribute, code, at, **facts))
        clean.append(found)
    return clean, faults


def _table(
    attribute: Attribute, value: Any, code_lists: CodeLists | None, references: References
) -> tuple[Any, list[Fault]]:
    if not isinstance(value, list | tuple):
        return None, [fault_at(attribute, "list.kind")]
    faults = _count_faults(attribute, len(value), TABLE_ROWS_MAX)
    rows: list[dict[str, Any]] = []
    for at, given in enumerate(value[:TABLE_ROWS_MAX]):
        row, found = _row(attribute, at, given, code_lists, references)
        rows.append(row)
        faults += found
    # A row stands as JSON has it, so that it is the same before it is kept and after.
    plain = msgspec.to_builtins(rows)
    if not faults and len(msgspec.json.encode(plain)) > JSON_BYTES_MAX:
        faults.append(fault_at(attribute, "table.too_large", limit=JSON_BYTES_MAX))
    return plain, faults


def _row(
    table: Attribute, at: int, given: Any, code_lists: CodeLists | None, references: References
) -> tuple[dict[str, Any], list[Fault]]:
    if not isinstance(given, Mapping):
        return {}, [fault_at(table, "record.kind", at)]
    known = {column.name for column in table.columns}
    faults = [
        fault_at(table, "field.unknown", at, str(name), field=str(name)[:100])
        for name in given
        if name not in known
    ]
    row: dict[str, Any] = {}
    for column in table.columns:
        # A row is sent whole: what was computed comes back with it and is computed again.
        value = given.get(column.name, column.default) if column.computed is None else None
        row[column.name], found = checked(column, value, code_lists, references)
        faults += [in_row(table, at, column, fault) for fault in found]
    if not faults and all(value is None for value in row.values()):
        faults.append(fault_at(table, "list.blank", at))
    return row, faults


def _count_faults(attribute: Attribute, count: int, most: int) -> list[Fault]:
    """Too few or too many; `low` and `high` of such an attribute are bounds of the number."""
    low, high = int(attribute.low or 0), int(min(attribute.high or most, most))
    if count < low:
        return [fault_at(attribute, "list.too_few", low=low)]
    return [fault_at(attribute, "list.too_many", high=high)] if count > high else []


def in_row(table: Attribute, at: int, column: Attribute, fault: Fault) -> Fault:
    """A fault of a cell with its place: row and column, as people read them."""
    place = {
        "at_zh": f"{table.label.zh}第 {at + 1} 行“{column.label.zh}”",
        "at_en": f"{table.label.en}, row {at + 1}, “{column.label.en}”",
    }
    return msgspec.structs.replace(
        fault, path=f"{pointer(table.name)}/{at}{fault.path}", facts={**fault.facts, **place}
    )


def _text(attribute: Attribute, value: Any) -> _Checked:
    long = attribute.kind == "long_text"
    limit = attribute.length_max or (LONG_TEXT_LENGTH_MAX if long else TEXT_LENGTH_MAX)
    if not isinstance(value, str):
        return None, "text.kind", {}
    clean = clean_text(value)
    why = text_fault(clean, lines=long)
    if why is not None:
        return None, why, {}
    if len(clean) > limit:
        return None, "text.too_long", {"limit": limit, "length": len(clean)}
    if attribute.pattern is not None and re.fullmatch(attribute.pattern, clean) is None:
        return None, "text.pattern", {"pattern": attribute.pattern}
    return clean, None, {}


def _integer(attribute: Attribute, value: Any) -> _Checked:
    if not isinstance(value, int) or isinstance(value, bool):
        return None, "integer.kind", {}
    if abs(value) > INTEGER_MAX:
        return None, "integer.too_large", {}
    return _in_range(attribute, value)


def _number(attribute: Attribute, value: Any) -> _Checked:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None, "number.kind", {}
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        return None, "integer.too_large", {}
    if not math.isfinite(value):
        return None, "number.not_finite", {}
    return _in_range(attribute, value)


def _in_range(attribute: Attribute, value: float) -> _Checked:
    if attribute.low is not None and value < attribute.low:
        return None, "number.too_low", {"low": _bound(attribute.low)}
    if attribute.high is not None and value > attribute.high:
        return None, "number.too_high", {"high": _bound(attribute.high)}
    return value, None, {}


def _bound(number: float) -> float:
    """A bound as people write it: 1, not 1.0."""
    return int(number) if float(number).is_integer() else number


def _boolean(_: Attribute, value: Any) -> _Checked:
    return (value, None, {}) if isinstance(value, bool) else (None, "boolean.kind", {})


def _date(_: Attribute, value: Any) -> _Checked:
    if isinstance(value, date) and not isinstance(value, datetime):
        found = value
    elif not isinstance(value, str) or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
        return None, "date.form", {}
    else:
        try:
            found = date.fromisoformat(value)
        except ValueError:
            return None, "date.unreal", {"given": value}
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        return None, "date.unreal", {"given": str(found)}
    return found, None, {}


def _instant(_: Attribute, value: Any) -> _Checked:
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value) if "T" in value else None
        except ValueError:
            found = None
    if not isinstance(found, datetime):
        return None, "instant.form", {}
    if found.tzinfo is None:
        return None, "instant.no_zone", {}
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        return None, "date.unreal", {"given": str(found)[:10]}
    return found.astimezone(UTC), None, {}


def _code(attribute: Attribute, value: Any, code_lists: CodeLists | None) -> _Checked:
    if not isinstance(value, str) or len(value) > CODE_LENGTH_MAX:
        return None, "code.kind", {}
    listed = (code_lists or {}).get(attribute.code_list or "")
    if listed is not None and listed.label_of(value) is None:
        known = ", ".join(code.code for code in listed.codes[:12])
        return None, "code.unknown", {"given": value, "allowed": known}
    return value, None, {}


def _reference(_: Attribute, value: Any) -> _Checked:
    found = value if isinstance(value, UUID) else to_id(value)
    return (found, None, {}) if found else (None, "reference.form", {})


def _reference_code(_: Attribute, value: Any) -> _Checked:
    if not isinstance(value, str) or len(value) > CODE_LENGTH_MAX or text_fault(value, lines=False):
        return None, "reference.form", {}
    return value, None, {}


def _identity_number(_: Attribute, value: Any) -> _Checked:
    if not isinstance(value, str):
        return None, "identity_number.length", {}
    clean = value.strip().upper()
    why = codes.identity_number_fault(clean)
    return (clean, None, {}) if why is None else (None, f"identity_number.{why}", {})


def _social_credit_code(_: Attribute, value: Any) -> _Checked:
    if not isinstance(value, str):
        return None, "social_credit_code.length", {}
    clean = value.strip().upper()
    why = codes.social_credit_code_fault(clean)
    return (clean, None, {}) if why is None else (None, f"social_credit_code.{why}", {})


def _telephone(_: Attribute, value: Any) -> _Checked:
    clean = codes.telephone(value) if isinstance(value, str) and len(value) < 64 else None
    return (clean, None, {}) if clean else (None, "telephone.form", {})


def _email(_: Attribute, value: Any) -> _Checked:
    clean = codes.email(value) if isinstance(value, str) else None
    return (clean, None, {}) if clean else (None, "email.form", {})


def _files(_: Attribute, value: Any) -> _Checked:
    if not isinstance(value, list | tuple):
        return None, "files.kind", {}
    if len(value) > FILES_MAX:
        return None, "files.too_many", {"limit": FILES_MAX}
    found = [one if isinstance(one, UUID) else to_id(one) for one in value]
    if None in found:
        return None, "files.form", {}
    return tuple(dict.fromkeys(one for one in found if one)), None, {}


def _json(_: Attribute, value: Any) -> _Checked:
    why = _json_fault(value, JSON_DEPTH_MAX)
    if why is None and len(msgspec.json.encode(value)) > JSON_BYTES_MAX:
        why = "json.too_large"
    facts = {"depth": JSON_DEPTH_MAX, "limit": JSON_BYTES_MAX}
    return (value, None, {}) if why is None else (None, why, facts)


def _json_fault(value: Any, depth: int) -> str | None:
    if depth == 0:
        return "json.too_deep"
    if isinstance(value, float) and not math.isfinite(value):
        return "number.not_finite"
    if isinstance(value, str):
        return text_fault(value, lines=True)
    if isinstance(value, Mapping):
        named = all(isinstance(key, str) and text_fault(key, lines=False) is None for key in value)
        parts: list[Any] = list(value.values())
        if not named:
            return "json.kind"
    elif isinstance(value, list | tuple):
        parts = list(value)
    else:
        return None if value is None or isinstance(value, bool | int | float) else "json.kind"
    return next((why for part in parts if (why := _json_fault(part, depth - 1))), None)


_CHECKS: Mapping[str, Callable[[Attribute, Any], _Checked]] = {
    "text": _text,
    "long_text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "instant": _instant,
    "reference": _reference,
    "identity_number": _identity_number,
    "social_credit_code": _social_credit_code,
    "telephone": _telephone,
    "email": _email,
    "files": _files,
    "json": _json,
}
