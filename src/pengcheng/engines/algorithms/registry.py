"""Algorithms by name, and the one boundary at which a row of input meets one."""

import hashlib
import importlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from pengcheng.engines.algorithms.classifier import Classifier, Text
from pengcheng.engines.algorithms.judging import compared, threshold_for
from pengcheng.engines.algorithms.model import (
    Algorithm,
    HeldOut,
    Labelled,
    Lesson,
    Row,
    Rows,
    Settings,
    Verdict,
)
from pengcheng.engines.algorithms.terms import normalised
from pengcheng.kernel.errors import Absent, Fault, Refusal, ensure, invalid

ROWS_MAX = 10_000
TEXT_LENGTH_MAX = 100_000
OWN_SUBJECT_MIN = 8
CORRECTED_ASKED_MIN = 3
CONFIRMED_ASKED_MIN = 5
CONFIRMED_WEIGHT = 0.3
AUTO_PRECISION = 0.94


class Algorithms:
    """The algorithms that are known here, by "pack.name"."""

    def __init__(self, algorithms: Iterable[Algorithm]) -> None:
        self._known = {one.name: one for one in algorithms}

    def __iter__(self) -> Any:
        return iter(self._known[name] for name in sorted(self._known))

    def named(self, name: str) -> Algorithm:
        """The algorithm of a name; `Absent` with the names there are when it is unknown."""
        found = self._known.get(name)
        if found is None:
            raise Absent("algorithm.unknown", name=name, known=sorted(self._known))
        return found

    def run(self, name: str, rows: Rows) -> Rows:
        """One row out for each row in; a Refusal that names every unfit row and field."""
        algorithm = self.named(name)
        faults = [
            fault
            for number, row in enumerate(rows)
            for fault in faults_of(algorithm, row, f"/{number}")
        ]
        if len(rows) > ROWS_MAX:
            faults.append(Fault(path="", code="too_many", facts={"limit": ROWS_MAX}))
        if faults:
            raise invalid(*faults)
        said = algorithm.run(rows)
        ensure(len(said) == len(rows), f"{name}: one row out for each row in")
        return said


def faults_of(algorithm: Algorithm, row: object, path: str = "") -> list[Fault]:
    """What is wrong with one row: no object, a missing input, a text that is none or too long."""
    if not isinstance(row, dict):
        return [Fault(path=path, code="not_an_object", facts={})]
    faults = []
    for name in algorithm.inputs:
        value = row.get(name)
        if name not in row:
            faults.append(Fault(path=f"{path}/{name}", code="required", facts={}))
        elif name in {"subject", "body", "text"} and not isinstance(value, str):
            faults.append(Fault(path=f"{path}/{name}", code="not_text", facts={}))
        elif isinstance(value, str) and len(value) > TEXT_LENGTH_MAX:
            faults.append(
                Fault(path=f"{path}/{name}", code="too_long", facts={"limit": TEXT_LENGTH_MAX})
            )
    return faults


def text_of(row: Row) -> Text:
    """The subject and body of a row; an absent one is empty."""
    return Text(str(row.get("subject") or ""), str(row.get("body") or ""))


def rows_of(tables: Mapping[str, Rows], name: str, columns: Sequence[str]) -> Rows:
    """The rows of a table to train on; a Refusal that names the file or column that is missing."""
    if name not in tables:
        raise Refusal("algorithm.no_table", file=name)
    missing = [column for column in columns if tables[name] and column not in tables[name][0]]
    if missing:
        raise Refusal("algorithm.no_column", file=name, column=missing[0])
    return tables[name]


def without(background: Sequence[Text], labelled: Sequence[Text]) -> tuple[Text, ...]:
    """The texts that are neither in `labelled` nor twice: nothing held back is seen by a detour.

    A text is the same when its body is, or a subject long enough to be its own.
    """
    known = {mark for one in labelled for mark in _marks(one)}
    kept = []
    for one in background:
        if not _marks(one) & known:
            kept.append(one)
            known.add(_mark(one.body))
    return tuple(kept)


def train(lesson: Lesson, settings: Settings, notes: Mapping[str, Any]) -> Classifier:
    """A classifier trained on a lesson (needs scikit-learn; a few seconds)."""
    return _trainer().train(lesson, settings, notes)  # type: ignore[no-any-return]  # see _trainer


def challenge(
    champion: Classifier, corrected: Labelled, confirmed: Labelled = (), base: Labelled = ()
) -> tuple[Verdict, Classifier]:
    """Let a challenger learn from corrections, and both answer rows that neither was taught.

    `corrected`: what people put right; `confirmed`: what went through and was left as it was, so
    that learning the one does not unlearn the other; `base`: the rows that the first model was
    taught, where they are at hand, for the same. Without enough of these two nothing would show
    what a challenger unlearned, and the champion stays. A third of each is held back (the same rows
    whenever asked) and judges; a text that stands on both sides only judges. The winner of the
    verdict is the model to use. Needs scipy; seconds for thousands of rows.
    """
    corrected = [row for row in corrected if row[1] in champion.space.classes]
    confirmed = [row for row in confirmed if row[1] in champion.space.classes]
    base = [row for row in base if row[1] in champion.space.classes]
    confirmed = [*confirmed, *base]
    taught, asked = _parted(corrected)
    kept, kept_asked = _parted(confirmed)
    known = {mark for text, _ in (*asked, *kept_asked) for mark in _marks(text)}
    taught = [row for row in taught if not _marks(row[0]) & known]
    kept = [row for row in kept if not _marks(row[0]) & known]
    is_little = len(asked) < CORRECTED_ASKED_MIN or len(kept_asked) < CONFIRMED_ASKED_MIN
    if not taught or is_little:
        right = _right(champion, [*asked, *kept_asked])
        rows = len(asked) + len(kept_asked)
        return Verdict("champion", rows, right, right, "too_few_rows"), champion
    weights = [1.0] * len(taught) + [CONFIRMED_WEIGHT] * len(kept)
    challenger = _trainer("_adapting").adapted(champion, [*taught, *kept], weights)
    verdict = compared(champion, challenger, [*asked, *kept_asked])
    if verdict.winner == "challenger" and _lost(champion, challenger, kept_asked):
        verdict = msgspec.structs.replace(verdict, winner="champion", reason="worse_elsewhere")
    if verdict.winner == "champion":
        return verdict, champion
    notes = {**champion.notes, "auto_threshold": _threshold(challenger, [*asked, *kept_asked])}
    notes["corrections"] = int(champion.notes.get("corrections", 0)) + len(taught)
    return verdict, msgspec.structs.replace(challenger, notes=notes)


def _parted(rows: Labelled) -> tuple[list[tuple[Text, str]], list[tuple[Text, str]]]:
    """Two thirds to learn from, one to be judged by; by the text, so that it is always the same."""
    sides: tuple[list[tuple[Text, str]], list[tuple[Text, str]]] = ([], [])
    for text, label in rows:
        sides[_mark(text.subject + text.body)[0] % 3 == 0].append((text, label))
    return sides


def _right(model: Classifier, rows: Labelled) -> int:
    answers = model.answers([text for text, _ in rows])
    return sum(one.label == label for one, (_, label) in zip(answers, rows, strict=True))


def _lost(champion: Classifier, challenger: Classifier, confirmed: Labelled) -> bool:
    """Whether more than a hundredth of what was right is no longer so."""
    return _right(challenger, confirmed) < _right(champion, confirmed) - len(confirmed) / 100


def _threshold(model: Classifier, rows: Labelled) -> float:
    """From which confidence on no person need look: never below that of the model before."""
    answers = model.answers([text for text, _ in rows])
    held = [
        HeldOut(number, 0, label, one.label, one.confidence)
        for number, (one, (_, label)) in enumerate(zip(answers, rows, strict=True))
    ]
    before = float(model.notes.get("auto_threshold", 0.0))
    return max(before, threshold_for(held, AUTO_PRECISION))


def judged(lesson: Lesson, settings: Settings, seeds: Sequence[int]) -> list[HeldOut]:
    """Each row of a lesson answered, once a seed, by a model that never saw it (5 folds)."""
    return _trainer().judged(lesson, settings, seeds)  # type: ignore[no-any-return]  # see _trainer


def plain_svm(lesson: Lesson, seeds: Sequence[int]) -> float:
    """The reference: accuracy of a plain linear SVM on character n-grams, same rows and folds."""
    return _trainer().plain_svm(lesson, seeds)  # type: ignore[no-any-return]  # see _trainer


def _trainer(name: str = "_training") -> Any:
    # scikit-learn costs 100 MB and a second of start-up: a web process never pays for it.
    return importlib.import_module(f"pengcheng.engines.algorithms.{name}")


def _marks(text: Text) -> set[bytes]:
    own = len(normalised(text.subject)) >= OWN_SUBJECT_MIN
    return {_mark(text.body), *([_mark(text.subject)] if own else [])}


def _mark(text: str) -> bytes:
    return hashlib.blake2b(normalised(text).encode("utf-8", "replace"), digest_size=16).digest()
