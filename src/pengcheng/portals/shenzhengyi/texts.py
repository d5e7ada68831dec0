"""The portal's texts for what is put together before a template sees it."""

from collections.abc import Mapping
from typing import Any

from pengcheng.kernel.errors import ensure
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.pages import environment


def _words() -> Mapping[str, Words]:
    found: Mapping[str, Words] = environment().globals["words"]
    return found


def say(key: str, language: Language, **facts: Any) -> str:
    """A text of the portals by its key; a key that is not there is our fault."""
    found = _words()
    ensure(key in found, f"no text {key} in words.yaml")
    return found[key].fill(language, facts)


def has(key: str) -> bool:
    """Whether there is such a text (for kinds of log entries, which may be newer than we)."""
    return key in _words()
