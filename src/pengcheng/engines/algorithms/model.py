"""The nouns of algorithms: lessons, what a judged row is, curves, and who is champion."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from pengcheng.engines.algorithms.classifier import Text

Row = dict[str, Any]
Rows = list[Row]


class Trained(msgspec.Struct, frozen=True):
    """A new model as the bytes of its file, and the figures by which it may be judged."""

    model: bytes
    notes: Mapping[str, Any]


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """One named algorithm: rows in, rows out; perhaps a model file and a way to train it anew.

    `train` takes tables by file name (rows of texts) and gives the new model.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    run: Callable[[Rows], Rows]
    train: Callable[[Mapping[str, Rows]], Trained] | None = None
    version: str = ""


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """What a classifier is taught: labelled texts, texts without labels, words with their classes.

    `background` holds no text of `texts`: who makes a lesson takes them out (`without`).
    """

    texts: tuple[Text, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    hints: Mapping[str, tuple[str, ...]]
    background: tuple[Text, ...] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a classifier is trained; the weights of its views were set once, not searched for."""

    grams: float = 0.7
    words: float = 0.8
    strength: float = 3.0
    grams_max: int = 20_000
    seed: int = 20260101


class HeldOut(msgspec.Struct, frozen=True):
    """One row as answered by a model that did not see it in training."""

    row: int
    seed: int
    label: str
    answer: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the answer is the label."""
        return self.answer == self.label


class CurvePoint(msgspec.Struct, frozen=True):
    """Of the answers at least this sure: which part of all they are, and how many are right."""

    confidence: float
    share: float
    precision: float


class Verdict(msgspec.Struct, frozen=True):
    """Who is champion after a comparison on rows that neither has seen, and by what figures."""

    winner: Literal["champion", "challenger"]
    rows: int
    champion_right: int
    challenger_right: int
    reason: Literal["better", "not_better", "too_few_rows", "worse_elsewhere"]


class TrainedModel(msgspec.Struct, frozen=True, kw_only=True):
    """One training in this city: from how many corrections and confirmed rows, how it was judged
    against which champion (the version; empty for the shipped model), and what became of it."""

    id: UUID
    algorithm: str
    version: str
    state: Literal["champion", "former", "refused", "undone"]
    corrections: int
    confirmed: int
    rows: int
    champion_right: int
    challenger_right: int
    reason: str
    against: str
    trained_by: str
    trained_at: datetime
    changed_at: datetime


Labelled = Sequence[tuple[Text, str]]
