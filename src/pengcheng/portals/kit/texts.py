"""The kit's own texts and those a portal adds: key to both languages."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape
from ruamel.yaml import YAML

from pengcheng.kernel.errors import ensure
from pengcheng.kernel.words import Language, Words

KIT_WORDS = Path(__file__).parent / "words.yaml"


def load_words(files: Iterable[Path]) -> dict[str, Words]:
    """Read files of `section: {key: {zh, en}}` into dotted keys; a key said twice is our fault."""
    words: dict[str, Words] = {}
    for file in files:
        for key, text in _flat(YAML(typ="safe").load(file.read_text("utf-8")) or {}, ""):
            ensure(key not in words, f"{file}: the text {key} is already declared")
            words[key] = text
    return words


def _flat(tree: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Words]]:
    for key, value in tree.items():
        if isinstance(value, Mapping) and set(value) == {"zh", "en"}:
            yield f"{prefix}{key}", Words(zh=str(value["zh"]), en=str(value["en"]))
        else:
            ensure(isinstance(value, Mapping), f"{prefix}{key} is neither a text nor a section")
            yield from _flat(value, f"{prefix}{key}.")


def filled(text: Words, language: Language, facts: Mapping[str, Any]) -> str:
    """A text with its facts. A fact that is marked up stays so, and what stands around it is
    escaped."""
    if any(isinstance(fact, Markup) for fact in facts.values()):
        return escape(text.in_(language)).format_map(facts)
    return text.fill(language, facts)


def say(text: Any, language: Language) -> Any:
    """The text of a `Words` or a {zh, en} mapping in one language; anything else as it stands."""
    if isinstance(text, Words):
        return text.in_(language)
    if isinstance(text, Mapping) and set(text) == {"zh", "en"}:
        return text[language]
    return text


def say_all(value: Any, language: Language) -> Any:
    """Every text inside nested lists and mappings, in one language."""
    said = say(value, language)
    if isinstance(said, Mapping):
        return {key: say_all(inner, language) for key, inner in said.items()}
    if isinstance(said, list | tuple):
        return [say_all(inner, language) for inner in said]
    return said
