"""Whether a text asks what time it is."""

import re

_CLOCK = re.compile(r"\b(now|today)\s*\(")


def asks_clock(*texts: str | None) -> bool:
    """Whether one of these expressions calls `now()` or `today()`: its value may change while
    nothing else does."""
    return any(text is not None and _CLOCK.search(text) is not None for text in texts)
