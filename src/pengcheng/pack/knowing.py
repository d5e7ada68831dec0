"""Which knowledge article answers a question, and how surely. Pure."""

from collections.abc import Sequence
from datetime import date
from operator import add

import msgspec

from pengcheng.engines.search import tokens_of

WORDS_MIN = 2


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its answer and the words that go with it."""

    code: str
    question: str
    answer: str
    words: tuple[str, ...]
    valid_until: date | None = None

    def is_expired(self, today: date) -> bool:
        """Whether nobody vouches for the answer any more."""
        return self.valid_until is not None and self.valid_until < today


class Knowing:
    """The articles of a city, sought by their words and by likeness of the question."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = tuple(articles)
        self._pairs = [frozenset(tokens_of(article.question)) for article in self._articles]
        # By how a word begins: only those whose beginning stands in a text are looked for in it.
        self._by_start: dict[str, dict[str, list[int]]] = {}
        for at, article in enumerate(self._articles):
            for word in article.words:
                self._by_start.setdefault(word[:2], {}).setdefault(word, []).append(at)

    def best(self, subject: str, body: str) -> tuple[Article | None, float]:
        """The article that fits best, with a confidence of 0 to 1; None when none fits."""
        text = f"{subject}\n{body}"
        hits: dict[int, int] = {}
        for start in self._by_start.keys() & {*text, *map(add, text, text[1:])}:
            for word, places in self._by_start[start].items():
                if word in text:
                    for at in places:
                        hits[at] = hits.get(at, 0) + 1
        if not hits:
            return None, 0.0
        asked = frozenset(tokens_of(subject or body))
        scored = [(self._score(at, count, asked), -at) for at, count in hits.items()]
        score, at = max(scored)
        return self._articles[-at], score

    def _score(self, at: int, count: int, asked: frozenset[str]) -> float:
        """Half by the words that are there, half by how much of the question is asked."""
        needed = max(WORDS_MIN, min(len(self._articles[at].words), 4))
        pairs = self._pairs[at]
        shared = len(pairs & asked) / max(1, min(len(pairs), len(asked)))
        return round(0.5 * min(1.0, count / needed) + 0.5 * shared, 4)
