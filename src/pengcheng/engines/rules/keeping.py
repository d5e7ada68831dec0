"""Values as a decision record keeps them: JSON that gives the same value again, to the bit.

Numbers stay decimals with their digits; what JSON has no kind for stands as `{"@": text}` (dates,
times, durations) or `{"@feel": text}` (ranges). What `from_text` gives, `to_hash` writes in one
way only, so that its hash is the same before and after a database that reorders keys and rewrites
numbers; `canonical` compares by value, so that 1 and 1.0 are the same.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from pengcheng.engines.feel import (
    Date,
    DateTime,
    DaysDuration,
    Function,
    MonthsDuration,
    Range,
    Time,
    Value,
    compile_expression,
    feel_text,
    from_python,
    parse_temporal,
)

TEMPORAL, WRITTEN, PAIRS = "@", "@feel", "@pairs"
# What a decision keeps, as JSON has it.
Json = Any

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SORTED = msgspec.json.Encoder(decimal_format="number", order="sorted")


def _as_stored(text: str) -> Decimal:
    """A number as PostgreSQL writes it in jsonb: no zero below zero, no exponent above zero."""
    number = Decimal(text)
    if not number:
        number = number.copy_abs()
    exponent = number.as_tuple().exponent
    return Decimal(format(number, "f")) if isinstance(exponent, int) and exponent > 0 else number


_DECODER = msgspec.json.Decoder(float_hook=_as_stored)


def kept(value: Value) -> Json:
    """The JSON of a FEEL value; functions, which nothing can bring back, become null."""
    match value:
        case None | bool() | str() | Decimal():
            return value
        case list():
            return [kept(item) for item in value]
        case dict():
            inner = {name: kept(item) for name, item in value.items()}
            is_plain = not any(name.startswith("@") for name in inner)
            return inner if is_plain else {PAIRS: [[name, item] for name, item in inner.items()]}
        case Date() | Time() | DateTime() | DaysDuration() | MonthsDuration():
            return {TEMPORAL: str(value)}
        case Range():
            return {WRITTEN: feel_text(value)}
        case Function():
            return None
        case _:
            return kept(from_python(value))


def revived(value: Json) -> Value:
    """The FEEL value that was kept."""
    match value:
        case {"@": str(text)} if len(value) == 1:
            return parse_temporal(text)
        case {"@feel": str(text)} if len(value) == 1:
            return compile_expression(text, ()).evaluate({})
        case {"@pairs": list(pairs)} if len(value) == 1:
            return {name: revived(item) for name, item in pairs}
        case dict():
            return {name: revived(item) for name, item in value.items()}
        case list():
            return [revived(item) for item in value]
        case _:
            return from_python(value)


def to_text(value: Json) -> str:
    """What was kept, as the text of a jsonb parameter."""
    return _encoded(_ENCODER, value).decode()


def from_text(text: str) -> Json:
    """What was kept, from the text of a jsonb column: numbers as decimals."""
    return _DECODER.decode(text)


def to_hash(value: Json) -> bytes:
    """The one text of what `from_text` gives: keys in order, numbers as they are stored."""
    return _encoded(_SORTED, value)


def _encoded(encoder: msgspec.json.Encoder, value: Json) -> bytes:
    """JSON of any whole number; the encoder itself knows those of 64 bits."""
    try:
        return encoder.encode(value)
    except OverflowError:
        return encoder.encode(_with_decimals(value))


def _with_decimals(value: Json) -> Json:
    match value:
        case bool() | str() | None:
            return value
        case int():
            return Decimal(value)
        case Mapping():
            return {name: _with_decimals(item) for name, item in value.items()}
        case list() | tuple():
            return [_with_decimals(item) for item in value]
        case _:
            return value


def canonical(value: Json) -> str:
    """The one text of a JSON value: keys in order, numbers by their value alone."""
    match value:
        case None | bool() | str():
            return _ENCODER.encode(value).decode()
        case int() | float() | Decimal():
            return _number(value)
        case Mapping():
            parts = (f"{_text(name)}:{canonical(value[name])}" for name in sorted(value))
            return "{" + ",".join(parts) + "}"
        case _:
            return "[" + ",".join(map(canonical, value)) + "]"


def _text(name: str) -> str:
    return _ENCODER.encode(name).decode()


def _number(value: float | Decimal) -> str:
    """A number without what does not change it: trailing zeros, exponents, the sign of zero."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    text = format(exact, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
