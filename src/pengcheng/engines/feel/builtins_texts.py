"""Built-in functions on strings (DMN 1.5 §10.3.4.3). Positions count characters from 1."""

import unicodedata
from decimal import Decimal

from pengcheng.engines.feel.built_in import BuiltIn, built_in, form, run_form
from pengcheng.engines.feel.regexes import matches, replaced, split
from pengcheng.engines.feel.text import string_of
from pengcheng.engines.feel.values import TEXT_MAX, Run, Value, number
from pengcheng.kernel.errors import Refusal

_GROUPING = (" ", ",", ".", None)
_POINT = (",", ".", None)


def span(size: int, start: Decimal, length: Decimal | None) -> slice | None:
    """Where a part of something of this size lies; null when it begins outside."""
    begin = int(start)
    if begin == 0 or abs(begin) > size:
        return None
    first = begin - 1 if begin > 0 else size + begin
    if length is None:
        return slice(first, size)
    count = int(min(length, Decimal(size)))
    return slice(first, first + count) if count >= 1 else None


def _substring(text: str, start: Decimal, length: Decimal | None) -> str | None:
    part = span(len(text), start, length)
    return None if part is None else text[part]


def _before(text: str, match: str) -> str:
    head, found, _ = text.partition(match) if match else ("", "", "")
    return head if found else ""


def _after(text: str, match: str) -> str:
    if not match:
        return text
    return text.partition(match)[2]


def _join(run: Run, items: list[Value], delimiter: str | None) -> str | None:
    if any(item is not None and not isinstance(item, str) for item in items):
        return None
    told = [item for item in items if item is not None]
    between = delimiter or ""
    size = sum(map(len, told)) + len(between) * len(told)
    if size > TEXT_MAX:
        raise Refusal("feel.too_long", limit=TEXT_MAX, size=size)
    run.spend(size // 64)
    return between.join(told)


def _number(text: str, grouping: str | None, point: str | None) -> Decimal | None:
    if grouping not in _GROUPING or point not in _POINT or (grouping and grouping == point):
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    plain = text.removeprefix("-").removeprefix("+")
    allowed = plain.replace(".", "", 1).replace("e", "", 1).replace("E", "", 1)
    allowed = allowed.replace("-", "", 1).replace("+", "", 1)
    if not allowed.isascii() or not allowed.isdigit():
        return None
    try:
        return number(Decimal(text))
    except ArithmeticError:
        return None


def _length(text: str) -> Decimal:
    return Decimal(len(text))


def _upper(text: str) -> str:
    return unicodedata.normalize("NFC", text.upper()) if not text.isascii() else text.upper()


FUNCTIONS: tuple[BuiltIn, ...] = (
    built_in("string", run_form("from:a", string_of)),
    built_in(
        "number",
        form("from:s, grouping separator:a, decimal separator:a", _number),
        form("from:s", lambda text: _number(text, None, None)),
    ),
    built_in("substring", form("string:s, start position:n, length:n?", _substring)),
    built_in("string length", form("string:s", _length)),
    built_in("upper case", form("string:s", _upper)),
    built_in("lower case", form("string:s", str.lower)),
    built_in("substring before", form("string:s, match:s", _before)),
    built_in("substring after", form("string:s, match:s", _after)),
    built_in("contains", form("string:s, match:s", lambda text, match: match in text)),
    built_in("starts with", form("string:s, match:s", str.startswith)),
    built_in("ends with", form("string:s, match:s", str.endswith)),
    built_in("matches", run_form("input:s, pattern:s, flags:s?", matches)),
    built_in("replace", run_form("input:s, pattern:s, replacement:s, flags:s?", replaced)),
    built_in("split", run_form("string:s, delimiter:s", split)),
    built_in("string join", run_form("list:l, delimiter:s?", _join)),
)
