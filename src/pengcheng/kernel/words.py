"""Text in two languages, Chinese first. Code carries facts; people read words."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Words(msgspec.Struct, frozen=True):
    """One text in both languages; neither is ever empty."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """The text in the reader's language."""
        return self.en if language == "en" else self.zh

    def fill(self, language: Language, facts: Mapping[str, Any]) -> str:
        """The text with `{name}` replaced by facts; an unknown name stays as it stands. A list is
        told with the commas of the language, `Words` in it."""
        told = {name: _told(value, language) for name, value in facts.items()}
        return self.in_(language).format_map(_Facts(told))


def _told(value: Any, language: Language) -> Any:
    if isinstance(value, Words):
        return value.in_(language)
    if isinstance(value, list | tuple | set | frozenset):
        return ("、" if language == "zh" else ", ").join(str(_told(one, language)) for one in value)
    return value


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
