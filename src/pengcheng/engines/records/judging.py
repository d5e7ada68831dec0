"""Is this whole a record of its type? Each value first, then what follows from them together."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from pengcheng.engines.feel import Expression, compile_expression, plain
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.records import (
    CodeLists,
    References,
    attribute_value,
    pointer,
    validate,
    validate_many,
)
from pengcheng.kernel.registry import Attribute, RecordRule, RecordType
from pengcheng.kernel.time import Clock, SystemClock

_compiled = lru_cache(maxsize=4096)(compile_expression)


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
    if not type_.rules and not _computed(type_):
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
    """The computed values of a record, in the order declared; None where a value that is needed is
    missing or (`wrong`: pointers) at fault."""
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for item in _computed(type_):
        expression = _compiled(item.computed or "")
        if any(pointer(name) in wrong for name in expression.inputs):
            found[item.name] = None
            continue
        value = _value(expression, {**standing, **found}, item)
        found[item.name], more = attribute_value(item, value, code_lists=code_lists)
        faults += more
    return found, faults


def given_by(text: str, facts: Mapping[str, Any], item: Attribute, clock: Clock) -> Any:
    """What FEEL over facts gives for an attribute, to be judged yet; a bare name gives its fact as
    it is."""
    return facts[text] if text in facts else _value(_compiled(text), facts, item, clock)


def is_true(text: str, facts: Mapping[str, Any], clock: Clock) -> bool:
    """Whether a condition over facts holds."""
    expression = _compiled(text)
    try:
        return expression.evaluate(_facts(facts, expression), clock=clock) is True
    except Refusal:
        return False


def _value(
    expression: Expression, standing: Mapping[str, Any], item: Attribute,
    clock: Clock | None = None,
) -> Any:  # fmt: skip
    try:
        made = plain(expression.evaluate(_facts(standing, expression), clock=clock))
    except Refusal:
        # Too long or too deep for these values: not known, as for any other that is missing.
        return None
    if isinstance(made, Decimal):
        whole = item.kind == "integer" and made == made.to_integral_value()
        return int(made) if whole else float(made)
    return made


def _broken(
    type_: RecordType, standing: Mapping[str, Any], wrong: set[str], clock: Clock
) -> list[Fault]:
    faults = []
    for rule in type_.rules:
        expression = _compiled(rule.holds)
        if any(pointer(name) in wrong for name in expression.inputs):
            continue
        if not _may_stand(expression, standing, clock):
            faults.append(_fault(rule, expression.inputs))
    return faults


def _may_stand(expression: Expression, standing: Mapping[str, Any], clock: Clock) -> bool:
    try:
        return expression.evaluate(_facts(standing, expression), clock=clock) is not False
    except Refusal:
        return False


def _fault(rule: RecordRule, fields: Sequence[str]) -> Fault:
    facts = {
        "rule": rule.name, "fields": list(fields), "message_zh": rule.message.zh,
        "message_en": rule.message.en,
    }  # fmt: skip
    return Fault(path=pointer(rule.at), code="rule.broken", facts=facts)


def _facts(standing: Mapping[str, Any], expression: Expression) -> dict[str, Any]:
    return {name: _told(standing.get(name)) for name in expression.inputs}


def _told(value: Any) -> Any:
    """A value as FEEL takes it: records and files are named by the texts of their ids."""
    if isinstance(value, UUID):
        return str(value)
    return [_told(one) for one in value] if isinstance(value, tuple) else value


def _computed(type_: RecordType) -> list[Attribute]:
    return [item for item in type_.attributes if item.computed is not None]
