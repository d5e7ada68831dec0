"""Regular expressions as XPath has them (XQuery and XPath Functions 3.1 §5.6), run in bounded time.

The pattern is read and written anew for the `regex` module, so that what XPath does not know is
refused (the function then gives null) and what it knows differently keeps its meaning.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import regex

from pengcheng.engines.feel.values import TEXT_MAX, Run, Value
from pengcheng.kernel.errors import Refusal

SECONDS_MAX = 0.25
# A search that takes longer than this pays for its time in steps.
SECONDS_FREE = 0.01
STEPS_PER_SECOND = 500_000
PATTERN_MAX = 4_000
_FLAGS = {"s": 0, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": 0, "q": 0}
_CLASSES = {
    "s": r"[\t\n\r ]",
    "S": r"[^\t\n\r ]",
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "w": r"[^\p{P}\p{Z}\p{C}]",
    "W": r"[\p{P}\p{Z}\p{C}]",
    "i": r"[\p{L}_:]",
    "I": r"[^\p{L}_:]",
    "c": r"[\p{L}\p{Nd}\p{M}_:.\-\u00b7]",
    "C": r"[^\p{L}\p{Nd}\p{M}_:.\-\u00b7]",
}
_CONTROLS = {"n": r"\n", "r": r"\r", "t": r"\t"}
_PLAIN_ESCAPES = frozenset("\\|.?*+(){}-[]^$")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d{1,4})(?:,(\d{0,4}))?\})\??", re.ASCII)
_PROPERTY = re.compile(r"[pP]\{([A-Za-z0-9\-]+)\}")
_REFERENCE = re.compile(r"\$(\d+)|\\([\\$])|([$\\])", re.ASCII)


def _malformed() -> Refusal:
    """The pattern is none; caught within this module."""
    return Refusal("feel.malformed_pattern")


class _Translation:
    """Reads an XPath pattern once, from left to right."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.every_character = "s" in flags
        self.multiline = "m" in flags
        self.groups = 0
        self.open_groups: list[int] = []

    def whole(self) -> str:
        """The pattern in the syntax of `regex`, version 1."""
        out: list[str] = []
        while self.at < len(self.pattern):
            out.append(self._piece())
        if self.open_groups:
            raise _malformed()
        return "".join(out)

    def _piece(self) -> str:
        sign = self.pattern[self.at]
        self.at += 1
        if sign == "|":
            return "|"
        if sign == "(":
            return self._opened()
        if sign in "^$":
            return self._anchor(sign)
        return self._atom(sign) + self._quantifier()

    def _opened(self) -> str:
        if self.pattern.startswith("?:", self.at):
            self.at += 2
            self.open_groups.append(0)
            return "(?:"
        self.groups += 1
        self.open_groups.append(self.groups)
        return "("

    def _anchor(self, sign: str) -> str:
        if self.multiline:
            return sign
        return r"\A" if sign == "^" else r"\Z"

    def _atom(self, sign: str) -> str:
        if sign == ")":
            if not self.open_groups:
                raise _malformed()
            self.open_groups.pop()
            return ")"
        if sign == ".":
            return r"[\s\S]" if self.every_character else r"[^\n\r]"
        if sign == "[":
            return self._set()
        if sign == "\\":
            return self._escape()
        if sign in "*+?{}]":
            raise _malformed()
        return str(regex.escape(sign, literal_spaces=True))

    def _quantifier(self) -> str:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return ""
        if found[1] and found[2] and int(found[1]) > int(found[2]):
            raise _malformed()
        self.at = found.end()
        if self.pattern[self.at : self.at + 1] in ("*", "+", "?", "{"):
            raise _malformed()
        return found[0]

    def _escape(self, *, in_set: bool = False) -> str:
        sign = self.pattern[self.at : self.at + 1]
        self.at += 1
        if sign in _CLASSES and sign:
            return _CLASSES[sign]
        if sign in _CONTROLS and sign:
            return _CONTROLS[sign]
        if sign in _PLAIN_ESCAPES and sign:
            return "\\" + sign
        if sign in ("p", "P"):
            return self._property()
        if sign.isdigit() and sign != "0" and not in_set:
            return self._back_reference(sign)
        raise _malformed()

    def _property(self) -> str:
        found = _PROPERTY.match(self.pattern, self.at - 1)
        if found is None:
            raise _malformed()
        self.at = found.end()
        name = found[1]
        block = f"In{name[2:]}" if name.startswith("Is") else name
        return f"\\{found[0][0]}{{{block}}}"

    def _back_reference(self, digits: str) -> str:
        while self.pattern[self.at : self.at + 1].isdigit() and (
            int(digits + self.pattern[self.at]) <= self.groups
        ):
            digits += self.pattern[self.at]
            self.at += 1
        if int(digits) > self.groups or int(digits) in self.open_groups:
            raise _malformed()
        return f"(?:\\{digits})"

    def _set(self) -> str:
        negated = self.pattern.startswith("^", self.at)
        self.at += negated
        members: list[str] = []
        while True:
            if self.at >= len(self.pattern):
                raise _malformed()
            if self.pattern[self.at] == "]" and members:
                self.at += 1
                return f"[{'^' * negated}{''.join(members)}]"
            if self.pattern.startswith("-[", self.at) and members:
                return self._subtraction(f"[{'^' * negated}{''.join(members)}]")
            members.append(self._member())

    def _subtraction(self, whole: str) -> str:
        self.at += 2
        taken = self._set()
        if not self.pattern.startswith("]", self.at):
            raise _malformed()
        self.at += 1
        return f"[{whole}--{taken}]"

    def _member(self) -> str:
        first = self._set_character()
        following = self.pattern[self.at : self.at + 2]
        if following[:1] == "-" and following[1:] not in ("]", "[", ""):
            self.at += 1
            last = self._set_character()
            if not _is_one(first) or not _is_one(last):
                raise _malformed()
            return f"{first}-{last}"
        return first

    def _set_character(self) -> str:
        sign = self.pattern[self.at]
        self.at += 1
        if sign == "\\":
            return self._escape(in_set=True)
        if sign == "[":
            raise _malformed()
        return "\\" + sign if not sign.isalnum() and sign.isascii() and sign > " " else sign


def _is_one(character: str) -> bool:
    return len(character) == 1 or (len(character) == 2 and character[0] == "\\")


@lru_cache(maxsize=2048)
def compiled(pattern: str, flags: str) -> "regex.Pattern[str] | None":
    """The pattern ready to run, or null when XPath would not have it."""
    if len(pattern) > PATTERN_MAX or any(flag not in _FLAGS for flag in flags):
        return None
    if "q" in flags:
        written = regex.escape(pattern)
    else:
        if "x" in flags:
            pattern = _without_spaces(pattern)
        try:
            written = _Translation(pattern, flags).whole()
        except (Refusal, RecursionError):
            return None
    options = regex.VERSION1
    for flag in flags:
        options |= _FLAGS[flag]
    try:
        return regex.compile(written, options)
    except (regex.error, RecursionError, OverflowError, MemoryError):
        return None


def _without_spaces(pattern: str) -> str:
    """Flag x: white space means nothing but in a set (XPath Functions 3.1 §5.6.2)."""
    out: list[str] = []
    depth = 0
    escaped = False
    for sign in pattern:
        if depth == 0 and sign in " \t\n\r":
            continue
        out.append(sign)
        depth += (sign == "[" and not escaped) - (sign == "]" and not escaped and depth > 0)
        escaped = sign == "\\" and not escaped
    return "".join(out)


def _prepared(run: Run, text: str, pattern: str, flags: str | None) -> "regex.Pattern[str] | None":
    run.spend(len(text) // 64 + 1)
    return compiled(pattern, flags or "")


def matches(run: Run, text: str, pattern: str, flags: str | None) -> bool | None:
    """Whether the pattern is found anywhere in the text."""
    ready = _prepared(run, text, pattern, flags)
    if ready is None:
        return None
    with _timed(run, pattern):
        return ready.search(text, timeout=SECONDS_MAX) is not None


def split(run: Run, text: str, delimiter: str) -> Value:
    """The parts between the places where the pattern is found."""
    ready = _prepared(run, text, delimiter, None)
    if ready is None:
        return None
    parts: list[str] = []
    start = 0
    with _timed(run, delimiter):
        for found in ready.finditer(text, timeout=SECONDS_MAX):
            if found.end() > found.start():
                parts.append(text[start : found.start()])
                start = found.end()
    return [*parts, text[start:]]


def replaced(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> str | None:
    """The text with each place where the pattern is found replaced; `$1` stands for a group."""
    ready = _prepared(run, text, pattern, flags)
    if ready is None:
        return None
    try:
        parts = [replacement] if "q" in (flags or "") else _parts(replacement, ready.groups)
    except Refusal:
        return None
    out: list[str] = []
    start = size = 0
    with _timed(run, pattern):
        for found in ready.finditer(text, timeout=SECONDS_MAX):
            new = "".join(part if isinstance(part, str) else found[part] or "" for part in parts)
            out += (text[start : found.start()], new)
            size += len(out[-1]) + len(out[-2])
            start = found.end()
            if size > TEXT_MAX:
                raise Refusal("feel.too_long", limit=TEXT_MAX, size=size)
    run.spend(size // 64)
    return "".join(out) + text[start:]


def _parts(replacement: str, groups: int) -> list[str | int]:
    """Plain pieces and group numbers of a replacement; a number takes as many digits as fit."""
    parts: list[str | int] = []
    start = 0
    for found in _REFERENCE.finditer(replacement):
        parts.append(replacement[start : found.start()])
        start = found.end()
        if found[3]:
            raise _malformed()
        if found[2]:
            parts.append(found[2])
            continue
        digits = found[1]
        while len(digits) > 1 and int(digits) > groups:
            digits = digits[:-1]
        parts.append(int(digits) if int(digits) <= groups else "")
        parts.append(found[1][len(digits) :])
    return [*parts, replacement[start:]]


@contextmanager
def _timed(run: Run, pattern: str) -> Iterator[None]:
    """Refuse what is too slow; many searches that are nearly so spend the run's steps."""
    start = time.perf_counter()
    try:
        yield
    except TimeoutError:
        raise Refusal("feel.pattern_too_slow", pattern=pattern[:100], seconds=SECONDS_MAX) from None
    spent = time.perf_counter() - start
    if spent > SECONDS_FREE:
        run.spend(int(spent * STEPS_PER_SECOND))
