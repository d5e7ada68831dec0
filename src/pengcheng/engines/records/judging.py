"""Is this whole a record of its type? Each value first, then what follows from them together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.feel import Expression, compile_expression, plain
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.record_values import CodeLists, References, checked, in_row, pointer
from pengcheng.kernel.records import validate, validate_many
from pengcheng.kernel.registry import Attribute, RecordRule, RecordType
from pengcheng.kernel.time import Clock, SystemClock

_compiled = lru_cache(maxsize=4096)(compile_expression)
_TIMES: Mapping[str, Callable[[str], date]] = {
    "date": date.fromisoformat, "instant": datetime.fromisoformat,
}  # fmt: skip
"""How the times of a table's cells, which stand as JSON, become such."""


def judged(
    type_: RecordType,
    values: Any,
    *,
    code_lists: CodeLists,
    partial: bool = False,
    before: Mapping[str, Any] | None = None,
    references: References = "id",
    clock: Clock | None = None,
) -> tuple[dict[str, Any], list[Fault]]:
    """Clean values with those that follow from them, and every fault (see `kernel.records`).

    For a change (`partial`), `before` are all attributes as they stand: what changes by following
    stands in the result too. A rule is asked where none of its values is at fault.
    """
    clean, faults = validate(
        type_, values, code_lists=code_lists, partial=partial, references=references
    )
    wrong = {fault.path for fault in faults}
    found, more = following(
        type_, {**(before or {}), **clean}, code_lists=code_lists, wrong=wrong, clock=clock
    )
    for name, value in found.items():
        if not partial or value != (before or {}).get(name):
            clean[name] = value
    return clean, faults + more


def following(
    type_: RecordType,
    standing: Mapping[str, Any],
    *,
    code_lists: CodeLists,
    wrong: set[str] | frozenset[str] = frozenset(),
    clock: Clock | None = None,
) -> tuple[dict[str, Any], list[Fault]]:
    """What follows from all attributes of a record together: its computed values, and the faults
    of these and of its rules; what is at fault itself (`wrong`: pointers) is not asked."""
    found, faults = recomputed(type_, standing, code_lists=code_lists, wrong=wrong)
    bad = {*wrong, *(fault.path for fault in faults)}
    told = {**standing, **found}
    return found, faults + _broken(type_, told, bad, clock or SystemClock())


def judged_many(
    type_: RecordType,
    rows: Sequence[Mapping[str, Any]],
    *,
    code_lists: CodeLists,
    clock: Clock | None = None,
) -> tuple[dict[str, list[Any]], list[tuple[int, Fault]]]:
    """`judged` of many whole records: clean values by attribute, faults with row numbers from 0."""
    columns, faults = validate_many(type_, rows, code_lists=code_lists)
    if not type_.rules and not any(item.follows for item in type_.attributes):
        return columns, faults
    wrong: dict[int, set[str]] = {}
    for at, fault in faults:
        wrong.setdefault(at, set()).add(fault.path)
    for at in range(len(rows)):
        row = {name: column[at] for name, column in columns.items()}
        found, more = following(
            type_, row, code_lists=code_lists, wrong=wrong.get(at, set()), clock=clock
        )
        for name, value in found.items():
            columns[name][at] = value
        faults += [(at, fault) for fault in more]
    return columns, sorted(faults, key=lambda item: item[0])


def recomputed(
    type_: RecordType,
    standing: Mapping[str, Any],
    *,
    code_lists: CodeLists,
    wrong: set[str] | frozenset[str] = frozenset(),
) -> tuple[dict[str, Any], list[Fault]]:
    """The computed values of a record and the tables with computed columns, in the order declared;
    None where a value that is needed is missing or (`wrong`: pointers) at fault."""
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    bad = _roots(wrong)
    for item in type_.attributes:
        if item.follows and item.computed is None and pointer(item.name) not in bad:
            found[item.name], more = _rows(item, standing.get(item.name), code_lists)
            faults += more
    bad |= _roots(fault.path for fault in faults)
    for item in _computed(type_):
        expression = _compiled(item.computed or "")
        if any(pointer(name) in bad for name in expression.inputs):
            found[item.name] = None
            continue
        facts = facts_of(type_, {**standing, **found}, expression.inputs)
        found[item.name], more = checked(item, _value(expression, facts, item), code_lists, "id")
        faults += more
    return found, faults


def _rows(
    table: Attribute, rows: Sequence[Mapping[str, Any]] | None, code_lists: CodeLists
) -> tuple[list[dict[str, Any]] | None, list[Fault]]:
    """The rows of a table with the values of its computed columns."""
    faults: list[Fault] = []
    made: list[dict[str, Any]] = []
    for at, given in enumerate(rows or ()):
        row = dict(given)
        for column in (one for one in table.columns if one.computed is not None):
            # A column may be called like a function ("count"): within a row it is the column.
            expression = _compiled(column.computed or "", tuple(row))
            value = _value(expression, _row_facts(table, row), column)
            clean, more = checked(column, value, code_lists, "id")
            row[column.name] = msgspec.to_builtins(clean)
            faults += [in_row(table, at, column, fault) for fault in more]
        made.append(row)
    return made or None, faults


def _roots(paths: Iterable[str]) -> set[str]:
    """Pointers of the attributes in which these lie."""
    return {"/" + path.split("/")[1] for path in paths if path}


def facts_of(
    type_: RecordType, values: Mapping[str, Any], names: Iterable[str] | None = None
) -> dict[str, Any]:
    """Values (those of these names) as FEEL takes them: records and files are named by the texts
    of their ids; a table is a list of contexts, with days and instants as such."""
    found = {}
    for name in values if names is None else names:
        item, value = type_.attribute(name), values.get(name)
        if item is not None and item.kind == "table" and isinstance(value, list):
            found[name] = [_row_facts(item, row) for row in value]
        else:
            found[name] = _told(value)
    return found


def _row_facts(table: Attribute, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column.name: _TIMES[column.kind](value)
        if column.kind in _TIMES and isinstance(value := row.get(column.name), str)
        else row.get(column.name)
        for column in table.columns
    }


def given_by(text: str, facts: Mapping[str, Any], item: Attribute, clock: Clock) -> Any:
    """What FEEL over facts gives for an attribute, to be judged yet; a bare name gives its fact as
    it is."""
    if text in facts:
        return facts[text]
    expression = _compiled(text)
    return _value(expression, _named(facts, expression), item, clock)


def is_true(text: str, facts: Mapping[str, Any], clock: Clock) -> bool:
    """Whether a condition over facts holds."""
    expression = _compiled(text)
    try:
        return expression.evaluate(_named(facts, expression), clock=clock) is True
    except Refusal:
        return False


def _named(facts: Mapping[str, Any], expression: Expression) -> dict[str, Any]:
    return {name: _told(facts.get(name)) for name in expression.inputs}


def _value(
    expression: Expression, facts: Mapping[str, Any], item: Attribute, clock: Clock | None = None
) -> Any:
    try:
        return _native(plain(expression.evaluate(facts, clock=clock)), item)
    except Refusal:
        # Too long or too deep for these values: not known, as for any other that is missing.
        return None


def _native(made: Any, item: Attribute) -> Any:
    """What FEEL made as values of an attribute come: numbers as its kind has them."""
    match made:
        case Decimal():
            whole = item.kind == "integer" and made == made.to_integral_value()
            return int(made) if whole else float(made)
        case dict() if item.kind == "table":
            columns = {column.name: column for column in item.columns}
            return {name: _native(value, columns.get(name, item)) for name, value in made.items()}
        case list():
            return [_native(one, item) for one in made]
        case _:
            return made


def _broken(
    type_: RecordType, standing: Mapping[str, Any], wrong: set[str], clock: Clock
) -> list[Fault]:
    faults = []
    bad = _roots(wrong)
    for rule in type_.rules:
        expression = _compiled(rule.holds)
        if any(pointer(name) in bad for name in expression.inputs):
            continue
        if not _may_stand(expression, facts_of(type_, standing, expression.inputs), clock):
            faults.append(_fault(rule, expression.inputs))
    return faults


def _may_stand(expression: Expression, facts: Mapping[str, Any], clock: Clock) -> bool:
    try:
        return expression.evaluate(facts, clock=clock) is not False
    except Refusal:
        return False


def _fault(rule: RecordRule, fields: Sequence[str]) -> Fault:
    facts = {
        "rule": rule.name, "fields": list(fields), "message_zh": rule.message.zh,
        "message_en": rule.message.en,
    }  # fmt: skip
    return Fault(path=pointer(rule.at), code="rule.broken", facts=facts)


def _told(value: Any) -> Any:
    """A value as FEEL takes it: records and files are named by the texts of their ids."""
    if isinstance(value, UUID):
        return str(value)
    return [_told(one) for one in value] if isinstance(value, list | tuple) else value


def _computed(type_: RecordType) -> list[Attribute]:
    return [item for item in type_.attributes if item.computed is not None]
