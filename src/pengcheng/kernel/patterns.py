"""How codes of records are made: "SQ{date}{serial:6}", "SZ-R-{district}-{serial:4}".

A pattern is literal text and places in braces. Places: `{date}` (YYYYMMDD), `{year}`, `{month}`
(YYYYMM), `{area}` (the whole area code), `{district}` (its first six digits, GB/T 2260),
`{serial:N}` (a running number of at least N digits) and `{random:N}` (N letters and digits that
cannot be guessed or misread). Exactly one of serial and random makes a code unique.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from pengcheng.kernel.errors import Refusal, ensure

CODE_LENGTH_MAX = 64
_PLACE = re.compile(r"\{([a-z]+)(?::([0-9]{1,2}))?\}")
_LITERAL = re.compile(r"[A-Za-z0-9_./-]*")
# Crockford's letters: no I, L, O, U, so that a code read aloud or copied by hand stays right.
_UNMISTAKABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORMS = {
    "date": r"[0-9]{8}", "year": r"[0-9]{4}", "month": r"[0-9]{6}", "area": r"[0-9]{6,15}",
    "district": r"[0-9]{6}",
}  # fmt: skip
CITY_WIDE = "000000"
"""What stands for a district where a record belongs to no area."""


class Part(msgspec.Struct, frozen=True):
    """A piece of a pattern: literal text, or a named place with its width."""

    kind: Literal["text", "date", "year", "month", "area", "district", "serial", "random"]
    text: str = ""
    width: int = 0


class CodePattern(msgspec.Struct, frozen=True):
    """A parsed pattern."""

    text: str
    parts: tuple[Part, ...]

    @property
    def prefix(self) -> str:
        """The literal text with which every code begins."""
        first = self.parts[0]
        return first.text if first.kind == "text" else ""

    def code(self, day: date, *, area: str = "", serial: int = 0) -> str:
        """The code of one record; a serial that outgrows its width makes the code longer."""
        made = [
            f"{serial:0{part.width}d}" if part.kind == "serial" else _filled(part, day, area)
            for part in self.parts
        ]
        return "".join(made)

    def codes(self, day: date, areas: Sequence[str], serials: Sequence[int]) -> list[str]:
        """`code` of many records, by their areas and serials."""
        own = {"area", "district", "random"}
        if any(part.kind in own for part in self.parts):
            pairs = zip(areas, serials, strict=True)
            return [self.code(day, area=area, serial=serial) for area, serial in pairs]
        at = next(n for n, part in enumerate(self.parts) if part.kind == "serial")
        before = "".join(_filled(part, day, "") for part in self.parts[:at])
        after = "".join(_filled(part, day, "") for part in self.parts[at + 1 :])
        width = self.parts[at].width
        return [f"{before}{serial:0{width}d}{after}" for serial in serials]

    def matches(self, code: str) -> bool:
        """Whether a code could have been made by the pattern."""
        form = "".join(_form(part) for part in self.parts)
        return len(code) <= CODE_LENGTH_MAX and re.fullmatch(form, code) is not None


def code_pattern(text: str) -> CodePattern:
    """The pattern that a text states; a Refusal `code_pattern.<why>` when it states none."""
    parts: list[Part] = []
    end = 0
    for found in _PLACE.finditer(text):
        parts += _literal(text[end : found.start()])
        parts.append(_place(found.group(1), found.group(2)))
        end = found.end()
    parts += _literal(text[end:])
    if sum(_unique(part) for part in parts) != 1:
        raise Refusal("code_pattern.not_unique", text=text)
    if len(text) > CODE_LENGTH_MAX:
        raise Refusal("code_pattern.too_long", text=text)
    return CodePattern(text, tuple(parts))


def _literal(text: str) -> list[Part]:
    if _LITERAL.fullmatch(text) is None:
        raise Refusal("code_pattern.literal", text=text)
    return [Part("text", text)] if text else []


def _place(name: str, width: str | None) -> Part:
    number = int(width or 0)
    if name == "serial" and 1 <= number <= 12:
        return Part("serial", width=number)
    if name == "random" and 6 <= number <= 32:
        return Part("random", width=number)
    if width is None and name == "date":
        return Part("date")
    if width is None and name == "year":
        return Part("year")
    if width is None and name == "month":
        return Part("month")
    if width is None and name == "area":
        return Part("area")
    if width is None and name == "district":
        return Part("district")
    raise Refusal("code_pattern.place", text=name)


def _unique(part: Part) -> bool:
    return part.kind in {"serial", "random"}


def _filled(part: Part, day: date, area: str) -> str:
    match part.kind:
        case "text":
            return part.text
        case "date":
            return f"{day.year:04d}{day.month:02d}{day.day:02d}"
        case "year":
            return f"{day.year:04d}"
        case "month":
            return f"{day.year:04d}{day.month:02d}"
        case "area":
            return area or CITY_WIDE
        case "district":
            return (area or CITY_WIDE)[:6].ljust(6, "0")
        case _:
            ensure(part.kind == "random", "a serial is filled by its caller")
            return "".join(secrets.choice(_UNMISTAKABLE) for _ in range(part.width))


def _form(part: Part) -> str:
    if part.kind == "text":
        return re.escape(part.text)
    if part.kind == "serial":
        return f"[0-9]{{{part.width},}}"
    if part.kind == "random":
        return f"[{_UNMISTAKABLE}]{{{part.width}}}"
    return _FORMS[part.kind]
