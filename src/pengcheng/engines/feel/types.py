"""Types of FEEL values: conformance (`instance of`) and coercion (DMN 1.5 §10.3.2.9)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from pengcheng.engines.feel.values import (
    Date,
    DateTime,
    DaysDuration,
    Function,
    MonthsDuration,
    Range,
    Time,
    Value,
)


class Type(msgspec.Struct, frozen=True):
    """A type of FEEL."""


class Simple(Type, frozen=True):
    """One of the named types of FEEL, `Any` and `Null` among them."""

    name: str


class ListOf(Type, frozen=True):
    """`list<item>`"""

    item: Type


class RangeOf(Type, frozen=True):
    """`range<item>`"""

    item: Type


class ContextOf(Type, frozen=True):
    """`context<name: type, ...>`: at least these members."""

    members: tuple[tuple[str, Type], ...]


class FunctionOf(Type, frozen=True):
    """`function<parameters> -> result`"""

    parameters: tuple[Type, ...]
    result: Type


class Restricted(Type, frozen=True):
    """A type of which only the values that pass a test are meant; null always passes."""

    of: Type
    allows: Callable[[Value], bool]
    text: str = ""


ANY = Simple("Any")
NULL = Simple("Null")
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "days and time duration": DaysDuration,
    "years and months duration": MonthsDuration,
    "context": dict,
    "list": list,
    "function": Function,
    "range": Range,
    "Null": type(None),
}
_OTHER_NAMES = {
    "dateTime": "date and time",
    "date time": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "days and time": "days and time duration",
    "years and months": "years and months duration",
    "any": "Any",
}
SIMPLE_NAMES = frozenset({*_KINDS, "Any"})


def simple(name: str) -> Type | None:
    """The built-in type of this name, or null."""
    name = _OTHER_NAMES.get(name, name)
    return Simple(name) if name in SIMPLE_NAMES else None


def conforms(value: Value, kind: Type) -> bool:
    """Whether the value belongs to the type; null belongs to every type but says so nowhere.

    (`null instance of T` is false, yet a member or argument of type T may be null.)
    """
    match kind:
        case Simple(name):
            return name == "Any" or isinstance(value, _KINDS[name])
        case Restricted(of):
            return conforms(value, of)
        case ListOf(item):
            return isinstance(value, list) and all(_fits(each, item) for each in value)
        case ContextOf(members):
            return isinstance(value, dict) and all(
                name in value and _fits(value[name], of) for name, of in members
            )
        case RangeOf(item):
            return isinstance(value, Range) and _fits(value.start, item) and _fits(value.end, item)
        case FunctionOf():
            return isinstance(value, Function) and _function_fits(value, kind)
        case _:
            return False


def is_instance(value: Value, kind: Type) -> bool:
    """`value instance of kind`: false for null, but for the type Null itself."""
    return (value is not None or kind == NULL) and conforms(value, kind)


def _fits(value: Value, kind: Type) -> bool:
    return value is None or conforms(value, kind)


def _function_fits(function: Function, kind: FunctionOf) -> bool:
    if len(function.names) != len(kind.parameters):
        return False
    declared: tuple[Any, ...] = function.parameters or (ANY,) * len(function.names)
    parameters = zip(declared, kind.parameters, strict=True)
    result = function.result or ANY
    return all(specialises(theirs, ours) for ours, theirs in parameters) and (
        specialises(result, kind.result) or result == ANY
    )


def specialises(narrow: Type, wide: Type) -> bool:
    """Whether every value of the narrow type belongs to the wide one."""
    match narrow, wide:
        case _, Simple("Any"):
            return True
        case Restricted(of), _:
            return narrow == wide or specialises(of, wide)
        case _, Restricted(of):
            return specialises(narrow, of)
        case (ListOf(a), ListOf(b)) | (RangeOf(a), RangeOf(b)):
            return specialises(a, b)
        case ContextOf(mine), ContextOf(theirs):
            have = dict(mine)
            return all(name in have and specialises(have[name], of) for name, of in theirs)
        case FunctionOf(), FunctionOf():
            return (
                len(narrow.parameters) == len(wide.parameters)
                and all(map(specialises, wide.parameters, narrow.parameters))
                and specialises(narrow.result, wide.result)
            )
        case _:
            return narrow == wide


class Misfit(msgspec.Struct, frozen=True):
    """What `coerced` gives for a value that cannot be brought to the type."""


MISFIT = Misfit()


def coerced(value: Value, kind: Type) -> Value:
    """The value brought to the type, or `MISFIT`.

    A list of one becomes its item, one item a list, a date the date and time of its midnight in
    UTC (DMN 1.5 §10.3.2.9.4). Restrictions hold.
    """
    if value is None or kind is ANY:
        return value
    if type(kind) is Simple and type(value) is _KINDS.get(kind.name):
        return value
    if isinstance(kind, Restricted):
        inner = coerced(value, kind.of)
        return inner if inner is MISFIT or inner is None or kind.allows(inner) else MISFIT
    if isinstance(kind, ListOf):
        return _coerced_list(value, kind)
    if isinstance(value, list) and len(value) == 1 and not conforms(value, kind):
        return MISFIT if isinstance(value[0], list) else coerced(value[0], kind)
    if isinstance(kind, ContextOf):
        return _coerced_context(value, kind)
    if conforms(value, kind):
        return value
    if isinstance(value, Date) and kind == Simple("date and time"):
        return DateTime(value, Time(0, 0, 0, 0, 0))
    return MISFIT


def _coerced_list(value: Value, kind: ListOf) -> Value:
    items = value if isinstance(value, list) else [value]
    if kind.item is ANY:
        return items
    brought = [coerced(item, kind.item) for item in items]
    return MISFIT if any(item is MISFIT for item in brought) else brought


def _coerced_context(value: Value, kind: ContextOf) -> Value:
    if not isinstance(value, dict):
        return MISFIT
    brought = dict(value)
    for name, of in kind.members:
        if name not in value:
            return MISFIT
        brought[name] = coerced(value[name], of)
        if brought[name] is MISFIT:
            return MISFIT
    return brought
