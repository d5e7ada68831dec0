"""Identifiers: sortable by time, opaque to their readers (UUID version 7, RFC 9562)."""

import os
import time
from uuid import UUID

_VERSION_7 = 0x7000
_VARIANT = 0x8000_0000_0000_0000
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_id() -> UUID:
    """A fresh identifier; later ones sort after earlier ones to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = (milliseconds << 16) | _VERSION_7 | (random >> 68)
    low = _VARIANT | (random & 0x3FFF_FFFF_FFFF_FFFF)
    return UUID(int=(high << 64) | low)


def new_id_texts(how_many: int) -> list[str]:
    """So many fresh identifiers of one instant, ascending, as 32 digits: what COPY takes."""
    head = f"{time.time_ns() // 1_000_000:012x}7"
    drawn = os.urandom(10 * how_many).hex()
    starts = range(0, 20 * how_many, 20)
    return sorted(
        f"{head}{drawn[at : at + 3]}{_VARIANTS[drawn[at + 3]]}{drawn[at + 4 : at + 19]}"
        for at in starts
    )


def to_id(text: object) -> UUID | None:
    """The identifier that a text from outside names; None when it is not one."""
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        found = UUID(text)
    except ValueError:
        return None
    # The parser also takes braces, underscores and misplaced hyphens.
    return found if str(found) == text.lower() else None
