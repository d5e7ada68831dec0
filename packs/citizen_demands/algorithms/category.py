"""Three levels of category: level 1 by the trained model, levels 2 and 3 by names and duty words.

Levels 2 and 3 have no labelled messages anywhere: their confidence says how far the words of one
category outweigh those of its neighbours, and below its threshold the level stays empty.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from math import log2

from packs.citizen_demands.algorithms.texts import (
    Rows,
    category_model,
    category_rows,
    duty_rows,
    english,
    text_of,
    why,
)
from pengcheng.pack import (
    Answer,
    Classifier,
    Explanation,
    Lesson,
    Settings,
    Terms,
    Text,
    Trained,
    judged,
    normalised,
    rows_of,
    threshold_for,
    to_bytes,
    train,
    without,
)

MODEL = "category.npz"
LEVEL2_MIN = 0.42
LEVEL3_MIN = 0.45
AUTO_PRECISION = 0.94
OTHER = "其他"
_WORD_WEIGHT = 6.0
_LITTLE = 6.0
_OWN_WORD = 1.5
LABELLED = "demands-labelled.csv"
BACKGROUND = ("demands-replied.csv", "demands-hot-topics.csv")

Scores = dict[tuple[str, str, str], float]


@cache
def _finder() -> tuple[Terms, tuple[tuple[tuple[str, str, str], ...], ...], tuple[float, ...]]:
    """All words with the categories that they speak for, and how telling each is."""
    meant: dict[str, set[tuple[str, str, str]]] = {}
    for row in duty_rows():
        for word in row["words"].split():
            meant.setdefault(normalised(word), set()).add(
                (row["level1"], row["level2"], row["level3"])
            )
    for row in category_rows():
        levels = (row["level1"], row["level2"], row["level3"])
        for depth in (2, 3):
            if levels[depth - 1] != OTHER:
                path = (row["level1"], row["level2"], row["level3"] if depth == 3 else "")
                meant.setdefault(levels[depth - 1], set()).add(path)
    space = category_model().space
    weight = dict(zip(space.words.terms, space.word_weight.tolist(), strict=True))
    words = sorted(word for word in meant if 2 <= len(word) <= 16)
    return (
        Terms(words),
        tuple(tuple(sorted(meant[word])) for word in words),
        tuple(float(weight.get(word, _WORD_WEIGHT)) for word in words),
    )


def duty_scores(texts: Sequence[Text]) -> list[Scores]:
    """For each text, how much each category (level 1, 2, 3; "" above) is spoken for."""
    terms, meant, weight = _finder()
    parts = [normalised(part) for text in texts for part in (text.subject, text.body)]
    counts: dict[tuple[int, int], list[int]] = {}
    owners, numbers = terms.find(parts)
    for owner, number in zip(owners.tolist(), numbers.tolist(), strict=True):
        counts.setdefault((owner // 2, number), [0, 0])[owner % 2] += 1
    scores: list[Scores] = [{} for _ in texts]
    for (row, number), (in_subject, in_body) in counts.items():
        said = 2.0 * (in_subject > 0) + min(1.0, 0.5 * log2(1 + in_body))
        for path in meant[number]:
            scores[row][path] = scores[row].get(path, 0.0) + said * weight[number]
    return scores


def best_below(scores: Scores, above: tuple[str, ...]) -> tuple[str, float]:
    """The category beneath a path that is spoken for most, with its confidence; "" for none."""
    depth = len(above)
    sums: dict[str, float] = {}
    for path, score in scores.items():
        if path[:depth] == above and path[depth]:
            sums[path[depth]] = sums.get(path[depth], 0.0) + score
    # Words of a category itself count more than those that only its own parts have.
    for name in sums:
        first, second, third, *_ = (*above, name, "", "")
        sums[name] += scores.get((first, second, third), 0.0) * (_OWN_WORD - 1)
    if not sums:
        return "", 0.0
    name = max(sorted(sums), key=lambda one: sums[one])
    share = sums[name] / sum(sums.values())
    return name, round(share * sums[name] / (sums[name] + _LITTLE), 4)


def categories(
    rows: Rows, scores: Sequence[Scores] | None = None, model: Classifier | None = None
) -> Rows:
    """Each row's category: the three levels, a confidence for each, and why."""
    texts = [text_of(row) for row in rows]
    answers = (model or category_model()).answers(texts)
    spoken = duty_scores(texts) if scores is None else scores
    return [_levels(answer, said) for answer, said in zip(answers, spoken, strict=True)]


def _levels(answer: Answer, scores: Scores) -> dict[str, object]:
    level2, sure2 = best_below(scores, (answer.label,))
    level3, sure3 = best_below(scores, (answer.label, level2)) if level2 else ("", 0.0)
    level2 = level2 if sure2 >= LEVEL2_MIN else ""
    level3 = level3 if level2 and sure3 >= LEVEL3_MIN else ""
    said = "、".join(answer.words) or "—"
    names = english()
    told = why(
        "category",
        f"一级类别“{answer.label}”，依据词：{said}；其次为“{answer.second}”",
        f"Level 1 “{names[answer.label]}” by the words {said}; next “{names[answer.second]}”",
        words=list(answer.words),
        second=answer.second,
        second_confidence=answer.second_confidence,
    )
    return {
        "level1": answer.label,
        "level2": level2 or None,
        "level3": level3 or None,
        "confidence": answer.confidence,
        "level2_confidence": sure2,
        "level3_confidence": sure3 if level2 else 0.0,
        "calibrated": answer.seen,
        "why": [told],
    }


def changed_by(told: Explanation) -> dict[str, str]:
    """What would have changed level 1, as words; verified by running the model without them."""
    if told.otherwise is None:
        return {
            "zh": "去掉哪几个依据词都不会改变一级类别，只有人工更正能改变",
            "en": "No words of the text alone decide it: only a person's word would change it",
        }
    words, label = "、".join(told.without), told.otherwise.label
    return {
        "zh": f"文中没有“{words}”，一级类别就是“{label}”",
        "en": f"Without “{words}” level 1 would be “{english()[label]}”",
    }


def auto_threshold(model: Classifier | None = None) -> float:
    """The confidence from which on a level 1 was right 95 times in 100 on held-out rows."""
    return float((model or category_model()).notes["auto_threshold"])


def hints() -> dict[str, tuple[str, ...]]:
    """The words that speak for level-1 classes: names of categories and words of duties."""
    meant: dict[str, set[str]] = {}
    for row in duty_rows():
        for word in row["words"].split():
            meant.setdefault(word, set()).add(row["level1"])
    for row in category_rows():
        for name in (row["level1"], row["level2"], row["level3"]):
            if name != OTHER:
                meant.setdefault(name, set()).add(row["level1"])
    return {word: tuple(sorted(classes)) for word, classes in meant.items()}


def lesson_of(tables: Mapping[str, Rows]) -> Lesson:
    """What the tables teach: labelled rows, and texts without labels that are none of them."""
    labelled = rows_of(tables, LABELLED, ("subject", "body", "category_level1"))
    texts = tuple(text_of(row) for row in labelled)
    background = [text_of(row) for name in BACKGROUND for row in tables.get(name, [])]
    return Lesson(
        texts=texts,
        labels=tuple(str(row["category_level1"]) for row in labelled),
        classes=tuple(dict.fromkeys(row["level1"] for row in category_rows())),
        hints=hints(),
        background=without(background, texts),
    )


def teach(tables: Mapping[str, Rows]) -> Trained:
    """A new model from these tables, with the figures by which it may be judged."""
    lesson = lesson_of(tables)
    settings = Settings()
    answers = judged(lesson, settings, (settings.seed,))
    notes = {
        "trained_from": sorted(name for name in (LABELLED, *BACKGROUND) if name in tables),
        "auto_threshold": threshold_for(answers, AUTO_PRECISION),
    }
    made = train(lesson, settings, notes)
    return Trained(to_bytes(made), made.notes)
