"""FEEL text into tokens (DMN 1.5 §10.3.1.2). Never fails: what is no token becomes a `bad` one."""

import re
from typing import Literal

import msgspec

Kind = Literal["number", "string", "at", "name", "sign", "bad", "end"]

_NAME_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_PART = _NAME_START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_TOKEN = re.compile(
    rf"""
    (?P<space>[\s\u0085\u180e\u200b\u2060\ufeff]+|//[^\n\r]*|/\*.*?\*/)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<at>@\s*"(?:[^"\\]|\\.)*")
    |(?P<name>[{_NAME_START}][{_NAME_PART}]*)
    |(?P<sign>\*\*|\.\.|->|<=|>=|!=|[()\[\]{{}},:.+\-*/<>=])
    |(?P<bad>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|([\"'\\nrt]))"
)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t"}


class Token(msgspec.Struct, frozen=True):
    """One token, where it starts and ends, and whether space stood before it."""

    kind: Kind
    text: str
    start: int
    end: int
    spaced: bool


def tokens(text: str) -> list[Token]:
    """All tokens of a text, closed by one of kind `end`."""
    found: list[Token] = []
    spaced = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "space":
            spaced = True
            continue
        found.append(Token(_kind(kind), match[0], match.start(), match.end(), spaced))
        spaced = False
    found.append(Token("end", "", len(text), len(text), spaced))
    return found


def _kind(group: str | None) -> Kind:
    match group:
        case "number" | "string" | "at" | "name" | "sign":
            return group
        case _:
            return "bad"


def unquoted(literal: str) -> str:
    """The string that a literal in quotes stands for."""
    return _ESCAPE.sub(_unescaped, literal[literal.index('"') + 1 : -1])


def _unescaped(found: re.Match[str]) -> str:
    high, low, short, long, plain = found.groups()
    if plain is not None:
        return _PLAIN.get(plain, plain)
    if high is not None:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
