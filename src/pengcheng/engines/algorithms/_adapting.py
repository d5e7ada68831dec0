"""Teaching a trained classifier a little more: its weights move towards rows that contradict them.

The vocabulary stays as it was: nothing of a text that is taught can enter the model but the weight
of grams and words that it already had. Only who adapts pays for scipy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.optimize as optimize
import scipy.sparse as sparse

from pengcheng.engines.algorithms.classifier import (
    Classifier,
    Features,
    Fit,
    Triples,
    features_of,
    softmax,
)
from pengcheng.engines.algorithms.model import Labelled
from pengcheng.engines.algorithms.terms import Floats, Ints

HOLD = 1.0
"""How strongly the old weights are held; that of the square of their change."""

NEW_CLASS_BELOW = 1.0
ROUNDS_MAX = 120


def adapted(champion: Classifier, rows: Labelled, weights: Sequence[float]) -> Classifier:
    """The champion after these rows, each with its weight. A class that it never saw labelled is
    seen from then on, if a row has it."""
    classes = champion.space.classes
    wanted = np.asarray([classes.index(label) for _, label in rows], dtype=np.int64)
    seen = tuple(sorted({*champion.fit.seen, *wanted.tolist()}))
    features = features_of(champion.space, [text for text, _ in rows])
    table = _table(features, champion)
    old = _weights(champion, seen)
    targets = np.searchsorted(np.asarray(seen), wanted)
    worth = np.asarray(weights, dtype=np.float64)
    steep = champion.fit.steepness

    def loss(flat: Floats) -> tuple[float, Floats]:
        new = flat.reshape(old.shape)
        chance = softmax(np.asarray(table @ new) * steep)
        picked = np.clip(chance[np.arange(len(targets)), targets], 1e-12, None)
        moved = new - old
        total = -(worth * np.log(picked)).sum() + HOLD / 2 * float((moved**2).sum())
        chance[np.arange(len(targets)), targets] -= 1.0
        slope = np.asarray(table.T @ (chance * worth[:, None])) * steep + HOLD * moved
        return float(total), slope.ravel()

    found = optimize.minimize(
        loss, old.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS_MAX}
    )
    return Classifier(
        space=champion.space,
        fit=_fit(champion, seen, np.asarray(found.x).reshape(old.shape)),
        notes=dict(champion.notes),
    )


def _table(features: Features, model: Classifier) -> Any:
    """All views beside each other, and a column of ones for the bias."""
    grams = _sparse(features.grams, len(model.space.gram_weight))
    words = _sparse(features.words, len(model.space.word_weight))
    hints = sparse.csr_matrix(features.hints)
    ones = sparse.csr_matrix(np.ones((features.grams.rows, 1)))
    return sparse.hstack([grams, words, hints, ones], format="csr")


def _sparse(view: Triples, columns: int) -> Any:
    return sparse.csr_matrix((view.value, (view.row, view.column)), shape=(view.rows, columns))


def _weights(model: Classifier, seen: tuple[int, ...]) -> Floats:
    """The weights of a model by view and class, with columns for classes that are new to it."""
    fit, columns = model.fit, len(seen)
    known: Ints = np.searchsorted(np.asarray(seen), np.asarray(fit.seen))

    def wide(view: Floats, below: float = 0.0) -> Floats:
        made = np.full((view.shape[0], columns), below)
        made[:, known] = view
        return made

    lowest = float(fit.bias.min()) - NEW_CLASS_BELOW
    bias = wide(fit.bias[None, :], lowest)
    return np.vstack([wide(fit.gram), wide(fit.word), wide(fit.hint), bias])


def _fit(model: Classifier, seen: tuple[int, ...], weights: Floats) -> Fit:
    grams, words, hints = (len(part) for part in (model.fit.gram, model.fit.word, model.fit.hint))
    ends = (grams, grams + words, grams + words + hints)
    return Fit(
        seen=seen,
        gram=weights[: ends[0]],
        word=weights[ends[0] : ends[1]],
        hint=weights[ends[1] : ends[2]],
        bias=weights[ends[2]],
        steepness=model.fit.steepness,
    )
