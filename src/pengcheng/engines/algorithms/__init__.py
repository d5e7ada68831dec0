"""Algorithms: what packs call from their `logic.py`, and how a model is trained, judged, replaced.

HUB = capability. Pure but for `Champions`, which keeps what a city trained itself. Models are data
(npz and JSON), never pickles; a version is the SHA-256 of its file. A champion is replaced only by
a challenger that is right more often on rows that neither has seen. Inference needs numpy only;
`train`, `judged`, `plain_svm` and `challenge` load scikit-learn or scipy when first called.
"""

from pengcheng.engines.algorithms.champions import Champions
from pengcheng.engines.algorithms.classifier import Answer, Classifier, Text
from pengcheng.engines.algorithms.explaining import Explanation, Weight, explain
from pengcheng.engines.algorithms.gazetteer import Found, Gazetteer, Place
from pengcheng.engines.algorithms.judging import (
    accuracy,
    calibration_error,
    compared,
    curve,
    precision_of_surest,
    threshold_for,
)
from pengcheng.engines.algorithms.likeness import Likeness, Rarity, Trace, alike, keys_of, trace
from pengcheng.engines.algorithms.model import (
    Algorithm,
    CurvePoint,
    HeldOut,
    Lesson,
    Row,
    Rows,
    Settings,
    Trained,
    TrainedModel,
    Verdict,
)
from pengcheng.engines.algorithms.model_file import from_bytes, hash_of, to_bytes
from pengcheng.engines.algorithms.registry import (
    Algorithms,
    challenge,
    faults_of,
    judged,
    plain_svm,
    rows_of,
    text_of,
    train,
    without,
)
from pengcheng.engines.algorithms.terms import Terms, normalised
from pengcheng.engines.algorithms.word_rules import Hit, WordRule, WordRules, masked, rules_of

HUB = "capability"

__all__ = [
    "HUB",
    "Algorithm",
    "Algorithms",
    "Answer",
    "Champions",
    "Classifier",
    "CurvePoint",
    "Explanation",
    "Found",
    "Gazetteer",
    "HeldOut",
    "Hit",
    "Lesson",
    "Likeness",
    "Place",
    "Rarity",
    "Row",
    "Rows",
    "Settings",
    "Terms",
    "Text",
    "Trace",
    "Trained",
    "TrainedModel",
    "Verdict",
    "Weight",
    "WordRule",
    "WordRules",
    "accuracy",
    "alike",
    "calibration_error",
    "challenge",
    "compared",
    "curve",
    "explain",
    "faults_of",
    "from_bytes",
    "hash_of",
    "judged",
    "keys_of",
    "masked",
    "normalised",
    "plain_svm",
    "precision_of_surest",
    "rows_of", "rules_of",
    "text_of",
    "threshold_for",
    "to_bytes",
    "trace",
    "train",
    "without",
]  # fmt: skip
