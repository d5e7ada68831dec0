"""Training a classifier and judging it fairly. Only who trains pays for scikit-learn.

Texts without labels give the vocabulary and the rarity of grams and words; labels of a held-out
fold are never seen. Everything follows from the rows and the seed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from pengcheng.engines.algorithms.classifier import (
    Classifier,
    Features,
    Fit,
    Space,
    Triples,
    features_of,
    logits,
    softmax,
)
from pengcheng.engines.algorithms.model import HeldOut, Lesson, Settings
from pengcheng.engines.algorithms.terms import LENGTH_MAX, Floats, Ints, Terms, normalised
from pengcheng.kernel.errors import Refusal, ensure

FOLDS = 5
STEEPNESS = np.linspace(0.5, 6.0, 56)
GRAM_ROWS_MIN = 3
GRAM_TEXTS_MIN = 8
LABEL_ROWS_MIN = 5


def train(lesson: Lesson, settings: Settings, notes: Mapping[str, Any]) -> Classifier:
    """The model of all rows of a lesson; its steepness is set on held-out folds."""
    taught = _Taught(lesson, settings)
    held_out = taught.held_out(settings.seed)
    steepness = _steepness(held_out, taught.targets)
    fit = taught.fit(np.arange(len(taught.targets)), steepness)
    told = {
        "rows": len(lesson.labels),
        "texts_without_labels": len(lesson.background),
        "seed": settings.seed,
        "accuracy_held_out": round(float((held_out.argmax(axis=1) == taught.targets).mean()), 4),
        **notes,
    }
    return Classifier(space=taught.space, fit=fit, notes=told)


def judged(lesson: Lesson, settings: Settings, seeds: Sequence[int]) -> list[HeldOut]:
    """What models that never saw a row say of it: one answer for each row and seed.

    The whole path is judged, classes without labels included; the steepness of each fold is set
    on folds inside its own training rows.
    """
    taught = _Taught(lesson, settings)
    answers: list[HeldOut] = []
    for seed in seeds:
        for learn, ask in _folds(taught.targets, seed):
            inner = taught.held_out(seed, learn)
            steepness = _steepness(inner, taught.targets[learn])
            model = Classifier(space=taught.space, fit=taught.fit(learn, steepness), notes={})
            said = model.answers([lesson.texts[row] for row in ask])
            answers += [
                HeldOut(int(row), seed, lesson.labels[row], one.label, one.confidence)
                for row, one in zip(ask, said, strict=True)
            ]
    return answers


def plain_svm(lesson: Lesson, seeds: Sequence[int]) -> float:
    """The accuracy of a linear SVM on one- and two-character TF-IDF of the same rows and folds."""
    texts = [f"{text.subject}\n{text.body}" for text in lesson.texts]
    targets = np.unique(np.asarray(lesson.labels), return_inverse=True)[1]
    right = []
    for seed in seeds:
        for learn, ask in _folds(targets, seed):
            grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 2))
            model = LinearSVC().fit(
                grams.fit_transform([texts[row] for row in learn]), targets[learn]
            )
            said = model.predict(grams.transform([texts[row] for row in ask]))
            right += list(said == targets[ask])
    return float(np.mean(right))


class _Taught:
    """The features of a lesson, made once; fits of any part of its rows."""

    def __init__(self, lesson: Lesson, settings: Settings) -> None:
        _check(lesson)
        self._settings = settings
        self.space = _space(lesson, settings)
        self.features = features_of(self.space, lesson.texts)
        seen = sorted({lesson.classes.index(label) for label in lesson.labels})
        self.seen = tuple(seen)
        self.targets: Ints = np.asarray(
            [seen.index(lesson.classes.index(label)) for label in lesson.labels], dtype=np.int64
        )
        self._matrix = _stacked(self.space, self.features, settings)

    def fit(self, rows: Ints, steepness: float = 1.0) -> Fit:
        """The weights learnt from these rows."""
        model = LogisticRegression(C=self._settings.strength, max_iter=1000)
        model.fit(self._matrix[rows], self.targets[rows])
        weight = np.zeros((self._matrix.shape[1], len(self.seen)))
        bias = np.zeros(len(self.seen))
        told = np.asarray(model.coef_), np.asarray(model.intercept_)
        if len(model.classes_) == 2:
            told = np.vstack([-told[0], told[0]]) / 2, np.array([-told[1][0], told[1][0]]) / 2
        weight[:, model.classes_] = told[0].T
        bias[model.classes_] = told[1]
        grams, words = len(self.space.gram_weight), len(self.space.word_weight)
        return Fit(
            seen=self.seen,
            gram=weight[:grams] * self._settings.grams,
            word=weight[grams : grams + words] * self._settings.words,
            hint=weight[grams + words :],
            bias=bias,
            steepness=steepness,
        )

    def held_out(self, seed: int, among: Ints | None = None) -> Floats:
        """For each row, what a fit that never saw it says (linear values by seen class)."""
        rows = np.arange(len(self.targets)) if among is None else among
        said = np.zeros((len(rows), len(self.seen)))
        for learn, ask in _folds(self.targets[rows], seed):
            fit = self.fit(rows[learn])
            said[ask] = logits(fit, _rows_of(self.features, rows[ask]))
        return said


def _check(lesson: Lesson) -> None:
    ensure(len(lesson.texts) == len(lesson.labels), "a label for each text")
    unknown = sorted(set(lesson.labels) - set(lesson.classes))
    if unknown:
        raise Refusal("algorithm.label_unknown", labels=unknown[:5])
    count = Counter(lesson.labels)
    few = sorted(label for label, rows in count.items() if rows < LABEL_ROWS_MIN)
    if few or len(count) < 2:
        raise Refusal("algorithm.too_few_rows", labels=few[:5], at_least=LABEL_ROWS_MIN)


def _space(lesson: Lesson, settings: Settings) -> Space:
    labelled = [normalised(text.subject + "\n" + text.body) for text in lesson.texts]
    every = labelled + [normalised(t.subject + "\n" + t.body) for t in lesson.background]
    in_labelled, in_every = _gram_texts(labelled), _gram_texts(every)
    enough = min(GRAM_TEXTS_MIN, GRAM_ROWS_MIN if not lesson.background else GRAM_TEXTS_MIN)
    kept = [
        gram
        for gram, rows in in_labelled.items()
        if rows >= GRAM_ROWS_MIN and in_every[gram] >= enough
    ]
    kept = sorted(sorted(kept, key=lambda gram: (-in_every[gram], gram))[: settings.grams_max])
    rarity = [np.log((1 + len(every)) / (1 + in_every[gram])) + 1 for gram in kept]
    words = sorted(word for word in map(normalised, lesson.hints) if 2 <= len(word) <= LENGTH_MAX)
    words = list(dict.fromkeys(words))
    terms = Terms(words)
    text, word = terms.find(every)
    pairs = np.unique(text * max(len(words), 1) + word)
    with_word = np.bincount(pairs % max(len(words), 1), minlength=len(words))
    return Space(
        classes=lesson.classes,
        grams=Terms(kept),
        gram_weight=np.asarray(rarity).astype(np.float16).astype(np.float64),
        words=terms,
        word_weight=np.log((1 + len(every)) / (1 + with_word)).astype(np.float16).astype(float),
        share=_shares(lesson, words),
    )


def _shares(lesson: Lesson, words: Sequence[str]) -> Floats:
    meant: dict[str, set[str]] = {}
    for word, classes in lesson.hints.items():
        meant.setdefault(normalised(word), set()).update(classes)
    share = np.zeros((len(words), len(lesson.classes)))
    for number, word in enumerate(words):
        for one in meant[word]:
            share[number, lesson.classes.index(one)] = 1 / len(meant[word])
    return share.astype(np.float16).astype(np.float64)


def _gram_texts(texts: Sequence[str]) -> Counter[str]:
    """In how many texts each one- and two-character gram stands."""
    count: Counter[str] = Counter()
    for text in texts:
        count.update({*text, *(text[at : at + 2] for at in range(len(text) - 1))})
    return count


def _stacked(space: Space, features: Features, settings: Settings) -> Any:
    parts = [
        settings.grams * _matrix(features.grams, len(space.gram_weight)),
        settings.words * _matrix(features.words, len(space.word_weight)),
        sparse.csr_matrix(features.hints),
    ]
    return sparse.hstack(parts).tocsr()


def _matrix(view: Triples, columns: int) -> Any:
    return sparse.csr_matrix((view.value, (view.row, view.column)), shape=(view.rows, columns))


def _rows_of(features: Features, rows: Ints) -> Features:
    return Features(
        grams=_some(features.grams, rows),
        words=_some(features.words, rows),
        hints=features.hints[rows],
        scores=features.scores[rows],
    )


def _some(view: Triples, rows: Ints) -> Triples:
    place = np.full(view.rows, -1)
    place[rows] = np.arange(len(rows))
    kept = place[view.row] >= 0
    return Triples(place[view.row[kept]], view.column[kept], view.value[kept], len(rows))


def _folds(targets: Ints, seed: int) -> list[tuple[Ints, Ints]]:
    folds = min(FOLDS, int(np.bincount(targets).min()))
    if folds < 2:
        raise Refusal("algorithm.too_few_rows", labels=[], at_least=LABEL_ROWS_MIN)
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(split.split(np.zeros(len(targets)), targets))


def _steepness(said: Floats, targets: Ints) -> float:
    """The factor under which held-out chances are likeliest: confidence then means what it says."""
    rows = np.arange(len(targets))
    loss = [-np.log(softmax(said * one)[rows, targets] + 1e-9).mean() for one in STEEPNESS]
    return round(float(STEEPNESS[int(np.argmin(loss))]), 3)
