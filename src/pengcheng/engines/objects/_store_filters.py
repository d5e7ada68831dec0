"""Filters of lists as SQL; each kind is asked in a form that its index serves."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pengcheng.engines.objects import _tables
from pengcheng.engines.objects.model import FIXED, Filter
from pengcheng.engines.objects.served import is_searched
from pengcheng.ground.database import json_text
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.registry import Attribute, RecordType

_OPERATORS: Mapping[str, str] = {
    "eq": "{c} = %({k})s",
    "ne": "({c} < %({k})s or {c} > %({k})s or {c} is null)",
    "lt": "{c} < %({k})s",
    "le": "{c} <= %({k})s",
    "gt": "{c} > %({k})s",
    "ge": "{c} >= %({k})s",
    "in": "{c} = any(%({k})s)",
    "has": "{c} ilike %({k})s",
}
_EMPTY: Mapping[Any, str] = {True: "{c} is null", False: "{c} is not null"}
_OF_MANY: Mapping[str, str] = {
    "eq": "{c} @> array[%({k})s]::{t}",
    "has": "{c} @> array[%({k})s]::{t}",
    "ne": "({c} @> array[%({k})s]::{t}) is not true",
    "in": "{c} && %({k})s::{t}",
    "empty": "({c} is null) = %({k})s",
}
"""Of an attribute with many values: whether one of them is this."""
_CELLS = ("eq", "has", "ne", "in")


def column_named(
    type_: RecordType, scope: Scope, name: str, path: str
) -> tuple[str, Attribute | None]:
    """The column that a filter or sort may use: fixed, or an attribute that the scope shows all
    of (else the order would tell what the value is not allowed to)."""
    item = type_.attribute(name)
    if item is None and name in {*FIXED, "id"}:
        return name, None
    if item is None or any(r.sensitivity < item.sensitivity for r in scope.regions):
        allowed = [*FIXED, *(a.name for a in type_.attributes)]
        raise invalid(
            Fault(path=path, code="field.unknown", facts={"field": name, "allowed": allowed})
        )
    return _tables.column_of(item), item


def conditions(
    type_: RecordType, scope: Scope, filters: Sequence[Filter]
) -> tuple[list[str], dict[str, Any]]:
    """Filters as SQL with parameters."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, item in enumerate(filters):
        path, key = f"/filter/{item.name}", f"filter_{number}"
        name, _, cell = item.name.partition(".")
        column, attribute = column_named(type_, scope, name, path)
        if cell:
            parts.append(_of_cells(item, column, attribute, cell, key, values, path))
        elif attribute is not None and attribute.is_list:
            known = _OF_MANY if attribute.many else {"empty": _OF_MANY["empty"]}
            test = known.get(item.operator)
            if test is None:
                raise _unfit(item, known, path)
            parts.append(test.format(c=column, k=key, t=_tables.sql_type(attribute)))
            values[key] = item.value
        else:
            test, value = _test(item, attribute)
            parts.append(test.format(c=column, k=key))
            values[key] = value
    return parts, values


def _test(item: Filter, attribute: Attribute | None) -> tuple[str, Any]:
    """A condition on one value, with its parameter."""
    if item.operator == "empty":
        return _EMPTY[bool(item.value)], None
    if item.operator != "has":
        return _OPERATORS[item.operator], item.value
    text = str(item.value)
    if item.name == "title" if attribute is None else is_searched(attribute):
        thrice = "".join(letter * 3 for letter in text)
        return f"{_tables.pieces_of('{c}')} ilike %({{k}})s", _like(thrice)
    return _OPERATORS["has"], _like(text)


def _of_cells(
    item: Filter, column: str, table: Attribute | None, name: str, key: str,
    values: dict[str, Any], path: str,
) -> str:  # fmt: skip
    """Whether a row of a table has this in one of its columns."""
    columns = [one.name for one in table.columns] if table else []
    if name not in columns:
        facts = {"field": item.name, "allowed": columns}
        raise invalid(Fault(path=path, code="field.unknown", facts=facts))
    if item.operator not in _CELLS:
        raise _unfit(item, _CELLS, path)
    wanted = item.value if item.operator == "in" else [item.value]
    tests = []
    for at, value in enumerate(wanted):
        values[f"{key}_{at}"] = json_text([{name: msgspec.to_builtins(value)}])
        tests.append(f"{column} @> %({key}_{at})s::jsonb")
    test = f"({' or '.join(tests) or 'false'})"
    return f"{test} is not true" if item.operator == "ne" else test


def _unfit(item: Filter, allowed: Sequence[str] | Mapping[str, str], path: str) -> Exception:
    facts = {"field": item.name, "allowed": ", ".join(allowed)}
    return invalid(Fault(path=path, code="query.operator", facts=facts))


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
