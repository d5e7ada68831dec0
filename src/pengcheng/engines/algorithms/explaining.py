"""Why an answer was given, and what would have changed it: found by search, verified by running."""

from collections.abc import Sequence

import msgspec

from pengcheng.engines.algorithms.classifier import Answer, Classifier, Text

WORDS_TRIED_MAX = 16
WORDS_TAKEN_MAX = 8


class Weight(msgspec.Struct, frozen=True):
    """A word of the text, and how much confidence the answer loses without it."""

    word: str
    worth: float


class Explanation(msgspec.Struct, frozen=True):
    """The words that spoke for an answer; the words without which it would have been another.

    `without` is empty when no search within its bounds found such words.
    """

    answer: Answer
    words: tuple[Weight, ...]
    without: tuple[str, ...]
    otherwise: Answer | None


def explain(model: Classifier, text: Text) -> Explanation:
    """Run the model again without each telling word, then without more and more of them."""
    answer = model.answers([text])[0]
    words = _candidates(model, text)
    if not words:
        return Explanation(answer, (), (), None)
    tried = model.answers([_less(text, [word]) for word in words])
    weights = sorted(
        (
            Weight(word, round(answer.confidence - _sureness(one, answer.label), 4))
            for word, one in zip(words, tried, strict=True)
        ),
        key=lambda weight: (-weight.worth, weight.word),
    )
    ordered = [weight.word for weight in weights if weight.worth > 0][:WORDS_TAKEN_MAX]
    without, otherwise = _smallest(model, text, answer, ordered)
    told = tuple(weight for weight in weights if weight.worth > 0)
    return Explanation(answer, told, without, otherwise)


def _candidates(model: Classifier, text: Text) -> list[str]:
    """The longest words of the model that stand in the text, the rarest first."""
    both = (text.subject, text.body)
    plain = ["".join(part.split()) for part in both]
    _, found = model.space.words.find(plain)
    weight = model.space.word_weight
    numbers = sorted(set(found.tolist()), key=lambda one: -weight[one])
    words = [model.space.words.terms[one] for one in numbers]
    whole = [word for word in words if not any(word != other and word in other for other in words)]
    present = [word for word in whole if any(word in part for part in both)]
    return present[:WORDS_TRIED_MAX]


def _smallest(
    model: Classifier, text: Text, answer: Answer, ordered: Sequence[str]
) -> tuple[tuple[str, ...], Answer | None]:
    """The fewest first words of the order whose absence changes the answer, then none in vain."""
    if not ordered:
        return (), None
    steps = [list(ordered[: size + 1]) for size in range(len(ordered))]
    said = model.answers([_less(text, step) for step in steps])
    flips = [
        (step, one) for step, one in zip(steps, said, strict=True) if one.label != answer.label
    ]
    if not flips:
        return (), None
    kept, other = flips[0]
    for word in tuple(kept):
        fewer = [one for one in kept if one != word]
        again = model.answers([_less(text, fewer)])[0] if fewer else answer
        if again.label != answer.label:
            kept, other = fewer, again
    return tuple(kept), other


def _less(text: Text, words: Sequence[str]) -> Text:
    subject, body = text.subject, text.body
    for word in words:
        subject, body = subject.replace(word, "\n"), body.replace(word, "\n")
    return Text(subject, body)


def _sureness(one: Answer, label: str) -> float:
    if one.label == label:
        return one.confidence
    return one.second_confidence if one.second == label else 0.0
