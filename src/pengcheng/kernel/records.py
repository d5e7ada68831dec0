"""Is this a record of its declared type? One pure answer for the API, forms, imports and engines.

`validate` returns clean values and EVERY fault, each with a JSON pointer and a code whose sentence
stands in `fault_words`. Types are strict: a number is not a text, "1" is not a number; what comes
as text (forms, CSV) is first read by `records_text`. Nothing here knows a type by name.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from pengcheng.kernel import codes
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.places import place_faults
from pengcheng.kernel.registry import Attribute, CodeList, RecordType
from pengcheng.kernel.texts import clean_text, text_fault

TEXT_LENGTH_MAX = 500
LONG_TEXT_LENGTH_MAX = 20_000
CODE_LENGTH_MAX = 64
INTEGER_MAX = 2**63 - 1
FILES_MAX = 20
JSON_BYTES_MAX = 65_536
JSON_DEPTH_MAX = 12
YEAR_MIN, YEAR_MAX = 1000, 9990
PATTERN_LENGTH_MAX = 200

CodeLists = Mapping[str, CodeList]
References = Literal["id", "code"]
_Checked = tuple[Any, str | None, dict[str, Any]]


def validate(
    record_type: RecordType,
    values: Any,
    *,
    code_lists: CodeLists,
    partial: bool = False,
    references: References = "id",
) -> tuple[dict[str, Any], list[Fault]]:
    """Clean values by attribute, and every fault; with any fault the values are not to be used.

    `partial` is a change: what is absent stays as it is, but a required attribute may not be
    emptied. Otherwise defaults are filled in and each attribute stands in the result (None: not
    known). `references` says whether references are identifiers or codes of records (imports).
    """
    if not isinstance(values, Mapping):
        return {}, [Fault(path="", code="record.kind")]
    clean: dict[str, Any] = {}
    faults = _unknown(record_type, values)
    for attribute in record_type.attributes:
        if attribute.name not in values and partial:
            continue
        given = values.get(attribute.name)
        value = attribute.default if attribute.name not in values else given
        clean[attribute.name], found = _checked(attribute, value, code_lists, references)
        faults += found or _computed(attribute, given)
    if record_type.place is not None and "place" in values:
        clean["place"] = values["place"]
        faults += place_faults(values["place"], record_type.place)
    return clean, faults


def validate_many(
    record_type: RecordType,
    rows: Sequence[Mapping[str, Any]],
    *,
    code_lists: CodeLists,
    references: References = "id",
) -> tuple[dict[str, list[Any]], list[tuple[int, Fault]]]:
    """`validate` of many whole records at once: clean values by attribute in the order of the
    rows, and every fault with the number of its row, from 0. A text that many rows share is
    judged once."""
    faults: list[tuple[int, Fault]] = []
    known = {attribute.name for attribute in record_type.attributes}
    if record_type.place is not None:
        known.add("place")
    for at, row in enumerate(rows):
        if not row.keys() <= known:
            faults += [(at, fault) for fault in _unknown(record_type, row)]
        if record_type.place is not None and "place" in row:
            faults += [(at, fault) for fault in place_faults(row["place"], record_type.place)]
    clean: dict[str, list[Any]] = {}
    for attribute in record_type.attributes:
        name, default = attribute.name, attribute.default
        column = [row.get(name, default) for row in rows]
        clean[name], found = _checked_column(attribute, column, code_lists, references)
        faults += found
        if attribute.computed is not None:
            faults += [(at, one) for at, row in enumerate(rows)
                       for one in _computed(attribute, row.get(name))]  # fmt: skip
    return clean, sorted(faults, key=lambda item: item[0])


def _checked_column(
    attribute: Attribute, column: Sequence[Any], code_lists: CodeLists, references: References
) -> tuple[list[Any], list[tuple[int, Fault]]]:
    clean: list[Any] = []
    faults: list[tuple[int, Fault]] = []
    known: dict[str | None, Any] = {}
    for at, value in enumerate(column):
        is_judged = value is None or type(value) is str
        if is_judged and value in known:
            clean.append(known[value])
            continue
        made, found = _checked(attribute, value, code_lists, references)
        clean.append(made)
        faults += [(at, fault) for fault in found]
        if is_judged and not found:
            known[value] = made
    return clean, faults


def attribute_value(
    attribute: Attribute, value: Any, *, code_lists: CodeLists | None
) -> tuple[Any, list[Fault]]:
    """The clean value of one attribute, and every fault; without code lists, codes are not looked
    up."""
    return _checked(attribute, value, code_lists, "id")


def attribute_faults(
    attribute: Attribute, value: Any, *, code_lists: CodeLists | None
) -> list[Fault]:
    """Every fault of one attribute's value; without code lists, codes are not looked up."""
    return _checked(attribute, value, code_lists, "id")[1]


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern is refused: it is no regular expression, or one that may take for ever."""
    if len(pattern) > PATTERN_LENGTH_MAX:
        return f"longer than {PATTERN_LENGTH_MAX}"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    if re.search(r"\\[1-9]|\(\?", pattern):
        return "no groups that begin with ?, no references back"
    return "no repetition within a repetition" if _nests(pattern) else None


def _computed(attribute: Attribute, given: Any) -> list[Fault]:
    """A computed value is not to be given."""
    is_given = attribute.computed is not None and given is not None
    return [_fault(attribute, "field.computed")] if is_given else []


def _unknown(record_type: RecordType, values: Mapping[str, Any]) -> list[Fault]:
    known = {attribute.name for attribute in record_type.attributes}
    if record_type.place is not None:
        known.add("place")
    return [
        Fault(path=pointer(str(name)), code="field.unknown", facts={"field": str(name)[:100]})
        for name in values
        if name not in known
    ]


def _checked(
    attribute: Attribute, value: Any, code_lists: CodeLists | None, references: References
) -> tuple[Any, list[Fault]]:
    if isinstance(value, str) and not value.strip():
        value = None
    if value is None or value == []:
        missing = [_fault(attribute, "field.required")] if attribute.required else []
        return None, missing
    if attribute.kind == "code":
        clean, code, facts = _code(attribute, value, code_lists)
    elif attribute.kind == "reference" and references == "code":
        clean, code, facts = _reference_code(attribute, value)
    else:
        clean, code, facts = _CHECKS[attribute.kind](attribute, value)
    return clean, [] if code is None else [_fault(attribute, code, **facts)]


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
        return None, "number.too_low", {"low": attribute.low}
    if attribute.high is not None and value > attribute.high:
        return None, "number.too_high", {"high": attribute.high}
    return value, None, {}


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


def pointer(name: str) -> str:
    """The JSON pointer (RFC 6901) of a field."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _fault(attribute: Attribute, code: str, **facts: Any) -> Fault:
    told = {
        "field": attribute.name,
        "field_zh": attribute.label.zh,
        "field_en": attribute.label.en,
        **facts,
    }
    return Fault(path=pointer(attribute.name), code=code, facts=told)


def _nests(pattern: str) -> bool:
    """Whether a repeated group repeats something itself (the shape that backtracks for ever)."""
    bare = re.sub(r"\\.", "x", pattern)
    bare = re.sub(r"\[[^\]]*\]", "x", bare)
    inner: list[bool] = [False]
    for at, letter in enumerate(bare):
        if letter == "(":
            inner.append(False)
        elif letter == ")" and len(inner) > 1:
            repeated = inner.pop()
            after = bare[at + 1 : at + 2]
            if after in {"*", "+", "{"}:
                if repeated:
                    return True
                inner[-1] = True
            inner[-1] = inner[-1] or repeated
        elif letter in "*+{|":
            inner[-1] = True
    return False
