"""A light text classifier: grams and known words in, one of a list of classes out, with confidence.

It needs numpy only. Three views of a text are added up in one linear model: its one- and
two-character grams, the words that the duty list ties to classes, and the classes' scores by those
words. Classes without any labelled text are known by words alone: they win only clearly, and their
confidence is capped, since nothing has calibrated it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from pengcheng.engines.algorithms.terms import Floats, Ints, Terms, normalised

SUBJECT_WEIGHT = 3.0
UNSEEN_RATIO = 1.6
UNSEEN_SCORE_MIN = 25.0
UNSEEN_CONFIDENCE_MAX = 0.6
_SOFTENING = 5.0


class Text(msgspec.Struct, frozen=True):
    """What is classified: a short subject and a body."""

    subject: str
    body: str


class Answer(msgspec.Struct, frozen=True):
    """The class of a text, how sure that is (0-1, calibrated for classes with labels), and why."""

    label: str
    confidence: float
    second: str
    second_confidence: float
    words: tuple[str, ...]
    seen: bool


class Triples(msgspec.Struct, frozen=True):
    """A sparse matrix: rows (ascending), columns and values."""

    row: Ints
    column: Ints
    value: Floats
    rows: int


class Space(msgspec.Struct, frozen=True):
    """How texts become numbers: grams and words with their weight, words with their classes."""

    classes: tuple[str, ...]
    grams: Terms
    gram_weight: Floats
    words: Terms
    word_weight: Floats
    share: Floats


class Features(msgspec.Struct, frozen=True):
    """Three views of some texts; `scores` are the classes' sums of word weights."""

    grams: Triples
    words: Triples
    hints: Floats
    scores: Floats


class Fit(msgspec.Struct, frozen=True):
    """What training found: weights by seen class, and how steep confidence is."""

    seen: tuple[int, ...]
    gram: Floats
    word: Floats
    hint: Floats
    bias: Floats
    steepness: float


class Classifier(msgspec.Struct, frozen=True):
    """A trained model with the record of its making (`notes`: data names, rows, figures, seed)."""

    space: Space
    fit: Fit
    notes: Mapping[str, Any]

    def answers(self, texts: Sequence[Text]) -> list[Answer]:
        """One answer for each text, in order. Batches are about ten times as fast a text."""
        if not texts:
            return []
        features = features_of(self.space, texts)
        chance = self.chances(features)
        order = np.argsort(-chance, axis=1, kind="stable")
        best = order[:, 0]
        spoke = self._words_for(features, best)
        return [
            Answer(
                label=self.space.classes[best[row]],
                confidence=round(float(chance[row, best[row]]), 4),
                second=self.space.classes[order[row, 1]],
                second_confidence=round(float(chance[row, order[row, 1]]), 4),
                words=spoke[row],
                seen=int(best[row]) in self.fit.seen,
            )
            for row in range(len(texts))
        ]

    def chances(self, features: Features) -> Floats:
        """The chance of every class for every text."""
        seen = list(self.fit.seen)
        chance = np.zeros((len(features.scores), len(self.space.classes)))
        chance[:, seen] = softmax(logits(self.fit, features) * self.fit.steepness)
        unseen = [one for one in range(len(self.space.classes)) if one not in self.fit.seen]
        if unseen:
            _let_unseen_win(chance, features.scores, np.asarray(seen), np.asarray(unseen))
        return chance

    def _words_for(self, features: Features, best: Ints) -> list[tuple[str, ...]]:
        """Up to four words that spoke most for each answer, strongest first."""
        words = features.words
        weight = np.zeros((len(self.space.words.terms), len(self.space.classes)))
        weight[:, list(self.fit.seen)] = self.fit.word
        wanted = best[words.row]
        said = words.value * (weight[words.column, wanted] + self.space.share[words.column, wanted])
        order = np.lexsort((-said, words.row))
        spoke: list[list[str]] = [[] for _ in best]
        for one in order[said[order] > 0]:
            mine = spoke[words.row[one]]
            word = self.space.words.terms[words.column[one]]
            if len(mine) < 4 and not any(word in other for other in mine):
                mine.append(word)
        return [tuple(one) for one in spoke]


def features_of(space: Space, texts: Sequence[Text]) -> Features:
    """The three views of these texts."""
    parts = [normalised(part) for text in texts for part in (text.subject, text.body)]
    words, scores = _words(space, parts, len(texts))
    size = np.sqrt((scores**2).sum(axis=1, keepdims=True))
    return Features(
        grams=_grams(space, parts, len(texts)),
        words=words,
        hints=scores / (size + _SOFTENING),
        scores=scores,
    )


def logits(fit: Fit, features: Features) -> Floats:
    """The linear model: one number for each text and seen class."""
    total: Floats = features.hints @ fit.hint + fit.bias
    for view, weight in ((features.grams, fit.gram), (features.words, fit.word)):
        for column in range(weight.shape[1]):
            said = view.value * weight[view.column, column]
            total[:, column] += np.bincount(view.row, said, minlength=view.rows)
    return total


def softmax(values: Floats) -> Floats:
    """Chances from numbers, by row."""
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    chance: Floats = raised / raised.sum(axis=1, keepdims=True)
    return chance


def _grams(space: Space, parts: Sequence[str], rows: int) -> Triples:
    part, gram = space.grams.find(parts)
    worth = np.where(part % 2 == 0, SUBJECT_WEIGHT, 1.0)
    row, column, count = _gathered(part // 2, gram, worth, len(space.gram_weight))
    return _unit(Triples(row, column, count * space.gram_weight[column], rows))


def _words(space: Space, parts: Sequence[str], rows: int) -> tuple[Triples, Floats]:
    part, word = space.words.find(parts)
    many = len(space.word_weight)
    # One count of both parts: a body that repeats a word a thousand times stays below a subject.
    coded = np.where(part % 2 == 0, 1.0, 1.0 / 65536)
    row, column, both = _gathered(part // 2, word, coded, many)
    in_subject = np.floor(both)
    in_body = (both - in_subject) * 65536
    said = 2.0 * (in_subject > 0) + np.minimum(1.0, 0.5 * np.log2(1.0 + in_body))
    scores = np.zeros((rows, len(space.classes)))
    weighed = said * space.word_weight[column]
    for one in range(len(space.classes)):
        scores[:, one] = np.bincount(row, weighed * space.share[column, one], minlength=rows)
    return _unit(Triples(row, column, np.sqrt(said) * space.word_weight[column], rows)), scores


def _gathered(row: Ints, column: Ints, worth: Floats, columns: int) -> tuple[Ints, Ints, Floats]:
    keys, place = np.unique(row * max(columns, 1) + column, return_inverse=True)
    total: Floats = np.bincount(place, worth, minlength=len(keys)).astype(np.float64)
    return keys // max(columns, 1), keys % max(columns, 1), total


def _unit(view: Triples) -> Triples:
    size = np.sqrt(np.bincount(view.row, view.value**2, minlength=view.rows))
    size[size == 0] = 1.0
    return Triples(view.row, view.column, view.value / size[view.row], view.rows)


def _let_unseen_win(chance: Floats, scores: Floats, seen: Ints, unseen: Ints) -> None:
    """Give a class without labels the answer where its words speak far louder than the others'."""
    loudest = unseen[np.argmax(scores[:, unseen], axis=1)]
    rows = np.arange(len(scores))
    loud = scores[rows, loudest]
    other = scores[:, seen].max(axis=1)
    wins = (loud > UNSEEN_RATIO * other) & (loud > UNSEEN_SCORE_MIN)
    sure = UNSEEN_CONFIDENCE_MAX * loud / (loud + other + 1e-9)
    for row in np.flatnonzero(wins):
        chance[row] *= min(1 - sure[row], 0.99 * sure[row] / chance[row].max())
        chance[row, loudest[row]] = sure[row]
