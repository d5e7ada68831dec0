"""Judging answers: accuracy, the curve of precision over confidence, and champion against
challenger. Pure."""

from collections.abc import Sequence

from pengcheng.engines.algorithms.classifier import Classifier
from pengcheng.engines.algorithms.model import CurvePoint, HeldOut, Labelled, Verdict

HELD_BACK_MIN = 50


def accuracy(answers: Sequence[HeldOut]) -> float:
    """The part of the answers that is right; 0 when there are none."""
    return sum(one.right for one in answers) / len(answers) if answers else 0.0


def precision_of_surest(answers: Sequence[HeldOut], part: float) -> float:
    """The accuracy on the surest part of the answers, seed by seed."""
    kept: list[HeldOut] = []
    for seed in sorted({one.seed for one in answers}):
        mine = sorted((one for one in answers if one.seed == seed), key=lambda a: -a.confidence)
        kept += mine[: int(len(mine) * part)]
    return accuracy(kept)


def curve(answers: Sequence[HeldOut], steps: Sequence[float]) -> list[CurvePoint]:
    """Share and precision of the answers at least as sure as each step."""
    points = []
    for step in steps:
        kept = [one for one in answers if one.confidence >= step]
        share = len(kept) / len(answers) if answers else 0.0
        points.append(CurvePoint(step, round(share, 4), round(accuracy(kept), 4)))
    return points


def threshold_for(answers: Sequence[HeldOut], precision: float) -> float:
    """The least confidence (in steps of 0.01) from which on answers are right this often.

    Every higher threshold keeps it too. 1.01, which no answer reaches, when there is none.
    """
    least = 1.01
    for step in range(100, -1, -1):
        kept = [one for one in answers if one.confidence >= step / 100]
        if kept and accuracy(kept) < precision:
            break
        least = step / 100 if kept else least
    return least


def calibration_error(answers: Sequence[HeldOut], bins: int = 10) -> float:
    """The mean distance between confidence and accuracy, over equal bins of confidence."""
    apart = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        mine = [a for a in answers if low <= a.confidence < high or (high == 1 == a.confidence)]
        if mine:
            sure = sum(one.confidence for one in mine) / len(mine)
            apart += abs(sure - accuracy(mine)) * len(mine)
    return apart / len(answers) if answers else 0.0


def compared(champion: Classifier, challenger: Classifier, held_back: Labelled) -> Verdict:
    """Who is right more often on rows that neither was trained on; a draw keeps the champion."""
    texts = [text for text, _ in held_back]
    right = [
        sum(
            answer.label == label
            for answer, (_, label) in zip(model.answers(texts), held_back, strict=True)
        )
        for model in (champion, challenger)
    ]
    if len(held_back) < HELD_BACK_MIN:
        return Verdict("champion", len(held_back), right[0], right[1], "too_few_rows")
    if right[1] > right[0]:
        return Verdict("challenger", len(held_back), right[0], right[1], "better")
    return Verdict("champion", len(held_back), right[0], right[1], "not_better")
