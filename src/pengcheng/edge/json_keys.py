"""A key that stands twice in one object of a JSON text: readers differ about which of its values
counts (RFC 8259 §4), so neither is taken."""

import json
from typing import Any

import msgspec

from pengcheng.kernel.record_values import pointer

COLON_WRITTEN_OUT = b"\\u003"
"""How a colon within a string may begin (`\\u003a`) where it does not stand for itself."""


class _Members(list[tuple[str, Any]]):
    """An object as its members, in their order."""


def twice_in(text: bytes, value: Any) -> str | None:
    """The pointer of a key that stands twice in its object, in a text and the value that was read
    from it; None where there is none."""
    # Each member has its colon, and each colon of a string is one on both sides: the value written
    # anew has as many as the text, unless a member was lost. Nearly every body ends here.
    written = msgspec.json.encode(value)
    if text.count(b":") == written.count(b":") and COLON_WRITTEN_OUT not in text:
        return None
    # Numbers stay texts: their digits are of no use here, and may be too many to read.
    return _twice(
        json.loads(text.decode(), object_pairs_hook=_Members, parse_int=str, parse_float=str)
    )


def _twice(whole: Any) -> str | None:
    waiting: list[tuple[str, Any]] = [("", whole)]
    while waiting:
        place, value = waiting.pop()
        if not isinstance(value, list):
            continue
        if not isinstance(value, _Members):
            waiting += [(place + pointer(at), part) for at, part in enumerate(value)]
        elif (name := _repeated(value)) is not None:
            return place + pointer(name)
        else:
            waiting += [(place + pointer(key), part) for key, part in value]
    return None


def _repeated(members: _Members) -> str | None:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            return name
        seen.add(name)
    return None
