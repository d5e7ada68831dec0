"""Built-in functions on numbers, and `not` (DMN 1.5 §10.3.4.2, .5)."""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    InvalidOperation,
)

from pengcheng.engines.feel.built_in import BuiltIn, Form, built_in, form
from pengcheng.engines.feel.values import NUMBERS, DaysDuration, MonthsDuration, Value

SCALE_MIN, SCALE_MAX = -6111, 6176
# Wide enough to round any number of 34 digits to any scale that is allowed.
_WIDE = Context(prec=14_000, Emin=-20_000, Emax=20_000, traps=[InvalidOperation])


def rounded(value: Decimal, scale: Decimal, mode: str) -> Decimal | None:
    """The number with at most so many decimals; null when the scale is out of bounds."""
    if not SCALE_MIN <= scale <= SCALE_MAX:
        return None
    digits = int(scale)
    if -int(value.as_tuple().exponent) <= digits:
        return value
    unit = Decimal((0, (1,), -digits))
    return NUMBERS.plus(value.quantize(unit, rounding=mode, context=_WIDE))


def _rounding(mode: str) -> Callable[[Decimal, Decimal], Decimal | None]:
    return lambda value, scale: rounded(value, scale, mode)


def _whole(mode: str) -> Form:
    return form("n:n", lambda value: rounded(value, Decimal(0), mode))


def _abs(value: Value) -> Value:
    match value:
        case Decimal():
            return value.copy_abs()
        case DaysDuration(nanos):
            return DaysDuration(abs(nanos))
        case MonthsDuration(months):
            return MonthsDuration(abs(months))
        case _:
            return None


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """`dividend - divisor * floor(dividend / divisor)`"""
    if divisor == 0:
        return None
    wide = _WIDE.remainder(dividend, divisor)
    if wide != 0 and (wide < 0) != (divisor < 0):
        wide = _WIDE.add(wide, divisor)
    return NUMBERS.plus(wide)


def _sqrt(value: Decimal) -> Decimal | None:
    return None if value < 0 else NUMBERS.sqrt(value)


def _log(value: Decimal) -> Decimal | None:
    return None if value <= 0 else NUMBERS.ln(value)


def _even(value: Decimal) -> bool | None:
    half = _WIDE.remainder(value, Decimal(2))
    return half == 0 if half == half.to_integral_value() else False


def _odd(value: Decimal) -> bool | None:
    return abs(_WIDE.remainder(value, Decimal(2))) == 1


def _not(value: Value) -> bool | None:
    return (not value) if type(value) is bool else None


def _scaled(mode: str) -> Form:
    return form("n:n, scale:n", _rounding(mode))


FUNCTIONS: tuple[BuiltIn, ...] = (
    built_in("not", form("negand:a", _not)),
    built_in("decimal", _scaled(ROUND_HALF_EVEN)),
    built_in("floor", _whole(ROUND_FLOOR), _scaled(ROUND_FLOOR)),
    built_in("ceiling", _whole(ROUND_CEILING), _scaled(ROUND_CEILING)),
    built_in("round up", _scaled(ROUND_UP)),
    built_in("round down", _scaled(ROUND_DOWN)),
    built_in("round half up", _scaled(ROUND_HALF_UP)),
    built_in("round half down", _scaled(ROUND_HALF_DOWN)),
    built_in("abs", form("n:x", _abs)),
    built_in("modulo", form("dividend:n, divisor:n", _modulo)),
    built_in("sqrt", form("number:n", _sqrt)),
    built_in("log", form("number:n", _log)),
    built_in("exp", form("number:n", NUMBERS.exp)),
    built_in("even", form("number:n", _even)),
    built_in("odd", form("number:n", _odd)),
)
