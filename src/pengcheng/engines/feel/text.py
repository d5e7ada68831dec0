"""Values as text: `string(from)`, and how a value is written in FEEL again."""

from decimal import Decimal

from pengcheng.engines.feel.lexer import tokens
from pengcheng.engines.feel.values import (
    TEXT_MAX,
    Date,
    DateTime,
    DaysDuration,
    Function,
    MonthsDuration,
    Range,
    Run,
    Time,
    Value,
)
from pengcheng.kernel.errors import Refusal

_DEPTH_MAX = 100
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def number_text(value: Decimal) -> str:
    """A number without exponent and without zeros that say nothing."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def string_of(run: Run, value: Value) -> str | None:
    """What `string(value)` gives; a string inside a list or context stands in quotes."""
    if value is None or type(value) is str:
        return value
    return _written(run, value, 0)


def feel_text(value: Value) -> str:
    """The value written as a FEEL expression that gives it again (functions excepted)."""
    return _written(Run(None), value, 0, literal=True)


def _written(run: Run, value: Value, depth: int, *, literal: bool = False) -> str:
    run.spend(1)
    if depth > _DEPTH_MAX:
        raise Refusal("feel.too_deep", limit=_DEPTH_MAX)
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number_text(value)
        case str():
            return f'"{value.translate(_ESCAPES)}"'
        case Date() | Time() | DateTime() | DaysDuration() | MonthsDuration():
            return f'@"{value}"' if literal else str(value)
        case Function():
            return f"function({', '.join(value.names)})"
        case _:
            return _compound(run, value, depth + 1, literal=literal)


def _compound(run: Run, value: Value, depth: int, *, literal: bool) -> str:
    def part(inner: Value) -> str:
        return _written(run, inner, depth, literal=literal)

    if isinstance(value, Range):
        return _range_text(value, part(value.start), part(value.end))
    if isinstance(value, list):
        parts = [part(item) for item in value]
        opening, closing = "[", "]"
    else:
        parts = [f"{_key_text(name)}: {part(item)}" for name, item in value.items()]
        opening, closing = "{", "}"
    size = sum(map(len, parts)) + 2 * len(parts)
    if size > TEXT_MAX:
        raise Refusal("feel.too_long", limit=TEXT_MAX, size=size)
    run.spend(size // 64)
    return opening + ", ".join(parts) + closing


def _key_text(name: str) -> str:
    first = tokens(name)[0]
    plain_name = first.kind == "name" and first.text == name
    return name if plain_name else f'"{name.translate(_ESCAPES)}"'


def _range_text(value: Range, start: str, end: str) -> str:
    if value.operator:
        return f"({value.operator} {end if value.operator in ('<', '<=') else start})"
    opening = "[" if value.start_included else "("
    return f"{opening}{start}..{end}{']' if value.end_included else ')'}"


def plain(value: Value) -> Value:
    """The value as JSON has it: numbers stay decimals, times and ranges become their text."""
    match value:
        case None | bool() | str() | Decimal():
            return value
        case list():
            return [plain(item) for item in value]
        case dict():
            return {name: plain(item) for name, item in value.items()}
        case Date() | Time() | DateTime() | DaysDuration() | MonthsDuration():
            return str(value)
        case _:
            return feel_text(value)
