"""How a built-in function is declared, and how arguments are fitted to it.

A form is written as the standard writes it: `"string:s, start position:n, length:n?"`. The letter
is the kind (s string, n number, b boolean, l list, c context, f function, r range, d date or date
and time, x anything but null, a anything), `?` an argument that may be absent or null. An argument
that does not fit makes the answer null (DMN 1.5 §10.3.4).
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from pengcheng.engines.feel.types import ANY, Simple
from pengcheng.engines.feel.values import Date, DateTime, Function, Range, Run, Value

Body = Callable[..., Value]
Call = Callable[[Run, list[Value]], Value]
_KINDS: dict[str, tuple[type, ...]] = {
    "s": (str,),
    "n": (Decimal,),
    "b": (bool,),
    "l": (list,),
    "c": (dict,),
    "f": (Function,),
    "r": (Range,),
    "d": (Date, DateTime),
}
_TYPES = {"s": "string", "n": "number", "b": "boolean", "l": "list", "c": "context"}


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a form."""

    name: str
    kind: str
    optional: bool


class Form(msgspec.Struct, frozen=True):
    """One way to call a built-in. `rest`: any number of arguments, taken as one list."""

    parameters: tuple[Parameter, ...]
    call: Call
    required: int
    rest: bool = False


class Accepted(msgspec.Struct, frozen=True):
    """How to call: what to call, and which argument stands for each parameter."""

    call: Call
    order: tuple[int | None, ...] | None = None


class BuiltIn(Function):
    """A built-in function of FEEL with all its forms."""

    __slots__ = ("forms", "name")

    def __init__(self, name: str, forms: tuple[Form, ...]) -> None:
        first = forms[0]
        super().__init__(
            tuple(parameter.name for parameter in first.parameters),
            first.call,
            parameters=tuple(_type(parameter) for parameter in first.parameters),
            result=ANY,
        )
        self.name = name
        self.forms = forms


def _type(parameter: Parameter) -> Simple:
    name = _TYPES.get(parameter.kind)
    return ANY if name is None else Simple(name)


def built_in(name: str, *forms: Form) -> BuiltIn:
    """A built-in function; the first form is what it is as a value."""
    return BuiltIn(name, forms)


def form(parameters: str, body: Body) -> Form:
    """A form whose body takes one value for each parameter."""
    return _form(parameters, lambda _, *values: body(*values))


def run_form(parameters: str, body: Body) -> Form:
    """A form whose body takes the `Run` first: what spends steps, calls back or asks the time."""
    return _form(parameters, body)


def rest_form(name: str, body: Body) -> Form:
    """A form that takes one list, or the items of it one by one; the body takes run and list."""

    def call(run: Run, values: list[Value]) -> Value:
        items = values[0] if len(values) == 1 else values
        if items is None:
            return None
        return _spending(run, body(run, items if type(items) is list else [items]))

    return Form((Parameter(name, "l", optional=False),), call, 1, rest=True)


def each_form(parameters: str, body: Body) -> Form:
    """A form whose last parameter repeats; the body takes the run and all values."""

    def call(run: Run, values: list[Value]) -> Value:
        return _spending(run, body(run, *values))

    declared = _parameters(parameters)
    return Form(declared, call, len(declared), rest=True)


def _parameters(text: str) -> tuple[Parameter, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [part.rpartition(":") for part in parts]
    return tuple(Parameter(name, kind[0], kind.endswith("?")) for name, _, kind in found)


def _form(text: str, body: Body) -> Form:
    parameters = _parameters(text)

    def call(run: Run, values: list[Value]) -> Value:
        for at, parameter in enumerate(parameters):
            fitted = _fitted(values[at], parameter)
            if fitted is None and parameter.kind != "a" and not parameter.optional:
                return None
            if fitted is None and values[at] is not None:
                return None
            values[at] = fitted
        try:
            return _spending(run, body(run, *values))
        except ArithmeticError:
            return None

    return Form(parameters, call, sum(not parameter.optional for parameter in parameters))


def _spending(run: Run, result: Value) -> Value:
    if type(result) is list or type(result) is str:
        run.spend(len(result) // 16)
    return result


def _fitted(value: Value, parameter: Parameter) -> Value:
    """The value as the parameter's kind, or null."""
    kinds = _KINDS.get(parameter.kind)
    if kinds is None or value is None or isinstance(value, kinds):
        return value
    if parameter.kind == "l":
        return [value]
    if type(value) is list and len(value) == 1 and isinstance(value[0], kinds):
        return value[0]
    return None


def accepts(function: BuiltIn, count: int, names: tuple[str, ...] | None) -> Accepted | None:
    """How to call with so many arguments, or with arguments of these names; null if not at all."""
    if names is not None:
        named = (_by_name(candidate, names) for candidate in function.forms)
        return next((accepted for accepted in named if accepted is not None), None)
    fitting = [each for each in function.forms if _by_position(each, count) is not None]
    if len(fitting) > 1 and all(len(each.parameters) == count for each in fitting):
        return Accepted(_by_kind(tuple(fitting)))
    return _by_position(fitting[0], count) if fitting else None


def _by_kind(candidates: tuple[Form, ...]) -> Call:
    """The first form whose kinds the arguments are, without any being brought to a kind."""

    def call(run: Run, values: list[Value]) -> Value:
        for candidate in candidates[:-1]:
            if all(map(_is_kind, values, candidate.parameters)):
                return candidate.call(run, values)
        last = candidates[-1]
        chosen = last if all(map(_is_kind, values, last.parameters)) else candidates[0]
        return chosen.call(run, values)

    return call


def _is_kind(value: Value, parameter: Parameter) -> bool:
    kinds = _KINDS.get(parameter.kind)
    return kinds is None or isinstance(value, kinds)


def _by_position(candidate: Form, count: int) -> Accepted | None:
    if candidate.rest:
        return Accepted(candidate.call) if count >= candidate.required else None
    if not candidate.required <= count <= len(candidate.parameters):
        return None
    if count == len(candidate.parameters):
        return Accepted(candidate.call)
    missing = len(candidate.parameters) - count
    return Accepted(candidate.call, (*range(count), *[None] * missing))


def _by_name(candidate: Form, names: tuple[str, ...]) -> Accepted | None:
    known = [parameter.name for parameter in candidate.parameters]
    if len(set(names)) != len(names) or not set(names) <= set(known):
        return None
    if any(not p.optional and p.name not in names for p in candidate.parameters):
        return None
    return Accepted(
        candidate.call, tuple(names.index(name) if name in names else None for name in known)
    )
