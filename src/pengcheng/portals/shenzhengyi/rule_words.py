"""Decision tables as officials read them: declared names of columns, codes by their labels.

A table that declares no names, or a model that came as a DMN file, is shown as its author wrote it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pengcheng.engines.feel import feel_text
from pengcheng.engines.rules import revived
from pengcheng.kernel.registry import DecisionTable, Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.process_tab import lasted
from pengcheng.portals.shenzhengyi.texts import has, say

_QUOTED = re.compile(r'"([^"]*)"')
_LOGICAL = re.compile(r"\b(true|false)\b")
ANY = "-"
SHARES = {"confidence", "score"}
NUMBERS = (int, float, Decimal)


class RuleWords:
    """The words of one rule; `name` is that of its model."""

    def __init__(self, registry: Registry, name: str, language: Language) -> None:
        self._registry = registry
        self._table: DecisionTable | None = registry.tables.get(name)
        self.language = language

    @property
    def title(self) -> str:
        """What the rule is called; "" where nothing declares it."""
        return self._table.label.in_(self.language) if self._table else ""

    def column(self, name: str) -> str:
        """An input or output by its declared name, else by what every step calls it."""
        found = self._table.names.get(name) if self._table else None
        if found is not None:
            return found.in_(self.language)
        key = f"decision.kept.{name}"
        return say(key, self.language) if has(key) else name

    def value(self, name: str, value: Any) -> str:
        """A kept value in words: codes by their labels, shares in percent, parts by their names."""
        known = revived(value)
        if isinstance(known, Mapping):
            return self.sentence(known)
        if isinstance(known, list):
            parts = (self.value(name, item) for item in known)
            return say("comma", self.language).join(parts) or "—"
        if name in SHARES and isinstance(known, NUMBERS):
            return f"{known:.0%}"
        return self.cell(name, known if isinstance(known, str) else feel_text(known))

    def sentence(self, output: Any) -> str:
        """An outcome in one line: each part with its name."""
        if not isinstance(output, Mapping):
            return self.value("", output)
        colon, comma = say("colon", self.language), say("comma", self.language)
        return comma.join(
            f"{self.column(name)}{colon}{self.value(name, value)}" for name, value in output.items()
        )

    def columns(self, shown: Sequence[str]) -> list[str]:
        """The heads of a table's inputs, in the order of its declaration."""
        inputs = self._table.inputs if self._table else ()
        if len(inputs) != len(shown):
            return [self.column(name) for name in shown]
        return [self.column(name) for name, _ in inputs]

    def cell(self, column: str, text: str) -> str:
        """A cell or a value: codes by their labels, yes and no in words, a free cell as a dash."""
        if text in {"", ANY}:
            return "—"
        told = _QUOTED.sub(lambda found: self._code(column, found[1]), text)
        told = told if told != text else self._code(column, text)
        return _LOGICAL.sub(lambda found: self._yes_or_no(found[1]), told)

    def source(self, text: str) -> str:
        """Where an input came from: an algorithm or a type by its name, what follows as it is."""
        name, _, rest = text.partition(" ")
        known = self._registry.algorithms.get(name) or self._registry.types.get(name)
        return f"{known.label.in_(self.language)} {rest}".strip() if known else text

    def cells(self, texts: Sequence[str], *, outputs: bool = False) -> list[str]:
        """The cells of one row."""
        names: Sequence[str] = ()
        if self._table is not None:
            names = self._table.outputs if outputs else [name for name, _ in self._table.inputs]
        if len(names) != len(texts):
            names = [""] * len(texts)
        return [self.cell(name, text) for name, text in zip(names, texts, strict=True)]

    def _code(self, column: str, code: str) -> str:
        listed = self._table.lists.get(column) if self._table else None
        found = self._registry.code_lists.get(listed or "")
        label = found.label_of(code) if found else None
        return label.in_(self.language) if label else code

    def _yes_or_no(self, text: str) -> str:
        return say("e.yes" if text == "true" else "e.no", self.language)


def hit_text(policy: str, language: Language) -> str:
    """A hit policy of DMN in words."""
    key = f"decision.hit.{policy.lower().replace(' ', '_')}"
    return say(key, language) if has(key) else policy


def age_text(age: timedelta, language: Language) -> str:
    """A length of time as a person says it."""
    if age < timedelta(minutes=1):
        return say("decision.seconds", language, n=int(age.total_seconds()))
    if age == timedelta(days=1):
        return say("flow.hours", language, n=24)
    return lasted(age, language)
