"""Rules by words and patterns, held as data: what was found, where, and which rule said so.

A rule has words (separated by spaces) or one regular expression (`re:` before it), and words that
take it back when they stand near (`unless`: 演练 beside 着火). Expressions come from packs that an
administrator installed; texts are cut to `TEXT_MAX` before they meet one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pengcheng.engines.algorithms.terms import TEXT_MAX
from pengcheng.kernel.errors import Refusal

NEAR = 12
HITS_MAX = 50


class WordRule(msgspec.Struct, frozen=True):
    """One row: a result that its words speak for with a weight, and the reason in two languages."""

    rule: str
    result: str
    words: str
    unless: str = ""
    weight: float = 1.0
    zh: str = ""
    en: str = ""


class Hit(msgspec.Struct, frozen=True):
    """A rule that fired: at these characters of the text."""

    rule: WordRule
    start: int
    end: int
    text: str


class WordRules:
    """Compiled rules, in the order given."""

    def __init__(self, rules: Iterable[WordRule]) -> None:
        self.rules = tuple(rules)
        self._compiled = [
            (rule, _pattern(rule.words), _pattern(rule.unless) if rule.unless else None)
            for rule in self.rules
        ]

    def hits(self, text: str) -> list[Hit]:
        """What fires in a text, by rule and place; at most `HITS_MAX`."""
        text = text[:TEXT_MAX]
        found: list[Hit] = []
        for rule, pattern, unless in self._compiled:
            for match in pattern.finditer(text):
                start, end = match.span()
                if start == end:
                    continue
                near = text[max(0, start - NEAR) : end + NEAR]
                if unless is None or not unless.search(near):
                    found.append(Hit(rule, start, end, match.group()))
                if len(found) >= HITS_MAX:
                    return found
        return found


def rules_of(rows: Iterable[Mapping[str, str]]) -> WordRules:
    """The rules of a table with the columns of `WordRule`."""
    made = []
    for number, row in enumerate(rows, start=2):
        try:
            made.append(_rule(row))
        except (TypeError, ValueError) as error:
            raise Refusal("algorithm.rules_invalid", line=number, problem=str(error)) from error
    return WordRules(made)


def masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with these spans hidden but for the first character and, if long, the last two."""
    letters = list(text)
    for start, end in spans:
        keep_end = 2 if end - start >= 8 else 0
        for at in range(start + 1, min(end - keep_end, len(letters))):
            letters[at] = "*"
    return "".join(letters)


def _rule(row: Mapping[str, str]) -> WordRule:
    told = {name: row.get(name) or "" for name in ("rule", "result", "words", "unless", "zh", "en")}
    return WordRule(**told, weight=float(row.get("weight") or 1))


def _pattern(words: str) -> re.Pattern[str]:
    try:
        if words.startswith("re:"):
            return re.compile(words[3:])
        longest_first = sorted(words.split(), key=lambda word: (-len(word), word))
        return re.compile("|".join(re.escape(word) for word in longest_first) or r"(?!)")
    except re.error as error:
        raise Refusal("algorithm.rules_invalid", words=words, problem=str(error)) from error
