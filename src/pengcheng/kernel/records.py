"""Is this a record of its declared type? One pure answer for the API, forms, imports and engines.

`validate` returns clean values and EVERY fault, each with a JSON pointer and a code whose sentence
stands in `fault_words`. Types are strict: a number is not a text, "1" is not a number; what comes
as text (forms, CSV) is first read by `records_text`. Nothing here knows a type by name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pengcheng.kernel.errors import Fault
from pengcheng.kernel.places import place_faults
from pengcheng.kernel.record_values import CodeLists, References, checked, fault_at, pointer
from pengcheng.kernel.registry import Attribute, RecordType

PATTERN_LENGTH_MAX = 200


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
        clean[attribute.name], found = checked(attribute, value, code_lists, references)
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
        made, found = checked(attribute, value, code_lists, references)
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
    return checked(attribute, value, code_lists, "id")


def attribute_faults(
    attribute: Attribute, value: Any, *, code_lists: CodeLists | None
) -> list[Fault]:
    """Every fault of one attribute's value; without code lists, codes are not looked up."""
    return checked(attribute, value, code_lists, "id")[1]


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
    return [fault_at(attribute, "field.computed")] if is_given else []


def _unknown(record_type: RecordType, values: Mapping[str, Any]) -> list[Fault]:
    known = {attribute.name for attribute in record_type.attributes}
    if record_type.place is not None:
        known.add("place")
    return [
        Fault(path=pointer(str(name)), code="field.unknown", facts={"field": str(name)[:100]})
        for name in values
        if name not in known
    ]


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
