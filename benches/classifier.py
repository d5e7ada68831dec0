"""`./bench classifier`: how right, sure and fast the demands' algorithms are, on real messages.

Needs the folder of real messages (PENGCHENG_SHARED_DATA, or `shared/data` beside the checkout).
Every accuracy is of rows that the answering model did not see: 5 folds, stratified, by seed. The
reference is a plain linear SVM on character n-grams, same rows and folds, in the same run.
"""

import collections
import csv
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benches import _merging
from packs.citizen_demands import logic
from packs.citizen_demands.algorithms.category import (
    AUTO_PRECISION,
    LEVEL2_MIN,
    MODEL,
    best_below,
    duty_scores,
    lesson_of,
)
from packs.citizen_demands.algorithms.texts import duty_rows
from pengcheng.engines.algorithms import (
    HeldOut,
    Lesson,
    Settings,
    accuracy,
    calibration_error,
    curve,
    judged,
    plain_svm,
    precision_of_surest,
    threshold_for,
)
from pengcheng.kernel.errors import Absent

ROOT = Path(__file__).resolve().parents[1]
SEEDS = (0, 1, 2)
Row = dict[str, Any]


def run(quick: bool) -> list[Row]:  # noqa: FBT001 - the signature of every bench
    """The figures; `quick` takes one seed and fewer planted repeats."""
    tables = {path.name: _read(path) for path in sorted(data_folder().glob("demands-*.csv"))}
    lesson = lesson_of(tables)
    seeds = SEEDS[:1] if quick else SEEDS
    answers = judged(lesson, Settings(), seeds)
    messages = [_row(row) for row in tables["demands-hot-topics.csv"]]
    return [
        *_accuracy(lesson, answers, seeds),
        *_automatic(lesson, answers),
        _passing(messages),
        *_speed(messages),
        *_merging.figures(tables["demands-hot-topics.csv"], 100 if quick else 400),
    ]


def data_folder() -> Path:
    """Where the real messages are."""
    told = os.environ.get("PENGCHENG_SHARED_DATA")
    folder = Path(told) if told else ROOT.parent / "shared" / "data"
    if not (folder / "demands-labelled.csv").is_file():
        raise Absent("bench.no_messages", folder=str(folder))
    return folder


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _row(row: Row) -> Row:
    return {"subject": row["subject"], "body": row["body"]}


def _figure(name: str, value: float, unit: str, **more: Any) -> Row:
    return {"name": name, "value": round(value, 4), "unit": unit, **more}


def _accuracy(lesson: Lesson, answers: list[HeldOut], seeds: tuple[int, ...]) -> list[Row]:
    plain = plain_svm(lesson, seeds)
    rows = [
        _figure(
            "level 1, held out", accuracy(answers), "share right",
            reference=round(plain, 4), goal="ratio >= 1",
        ),
        _figure(
            "level 1, surest half", precision_of_surest(answers, 0.5), "share right", goal=">= 0.9"
        ),
        _figure("calibration error", calibration_error(answers), "share"),
    ]  # fmt: skip
    for seed in seeds:
        mine = [one for one in answers if one.seed == seed]
        rows.append(_figure(f"level 1, seed {seed}", accuracy(mine), "share right"))
    for point in curve(answers, (0.5, 0.6, 0.7, 0.8, 0.9)):
        name = f"sure by {point.confidence}: share of all {point.share}"
        rows.append(_figure(name, point.precision, "share right"))
    return rows


def _automatic(lesson: Lesson, answers: list[HeldOut]) -> list[Row]:
    """What goes through with no operator, each row judged at a threshold set without its class."""
    texts = [{"subject": text.subject, "body": text.body} for text in lesson.texts]
    scores = duty_scores(lesson.texts)
    acceptable: dict[str, set[str]] = collections.defaultdict(set)
    for duty in duty_rows():
        acceptable[duty["level1"]].add(duty["organisation_key"])
    passed, right, routed = 0, 0, 0
    least_organisation = logic.AUTO_ORGANISATION_MIN
    for one in answers:
        # The threshold comes from the other rows: this row has no say in whether it passes.
        least = _least(answers)[one.row % 2]
        level2, sure2 = best_below(scores[one.row], (one.answer,))
        level2 = level2 if sure2 >= LEVEL2_MIN else ""
        asked = {**texts[one.row], "level1": one.answer, "level2": level2}
        to = logic.responsible([asked])[0]
        fits = to["organisation_key"] in acceptable[one.label]
        routed += fits
        needed = least if level2 else max(least, logic.AUTO_WITHOUT_LEVEL2_MIN)
        if one.confidence >= needed and to["organisation_confidence"] >= least_organisation:
            passed += 1
            right += one.right and fits
    many = len(answers)
    return [
        _figure("routed to a fitting organisation, held out", routed / many, "share right"),
        _figure("with no operator, held out", passed / many, "share of all", goal=">= 0.5"),
        _figure("of those right", right / max(passed, 1), "share right", goal=">= 0.9"),
    ]


def _passing(messages: list[Row]) -> Row:
    """The share of messages without labels, of every kind, that the shipped model lets through."""
    sample = random.Random(2).sample(messages, 1000)
    said = [one for at in range(0, 1000, 100) for one in logic.analyse(sample[at : at + 100])]
    return _figure("with no operator, any message", sum(o["auto"] for o in said) / 1000, "share")


_THRESHOLDS: dict[int, tuple[float, float]] = {}


def _least(answers: list[HeldOut]) -> tuple[float, float]:
    """The threshold for even rows, found on odd ones, and the reverse."""
    if id(answers) not in _THRESHOLDS:
        halves = [[one for one in answers if one.row % 2 != half] for half in (0, 1)]
        found = [threshold_for(half, AUTO_PRECISION) for half in halves]
        _THRESHOLDS[id(answers)] = (found[0], found[1])
    return _THRESHOLDS[id(answers)]


def _speed(messages: list[Row]) -> list[Row]:
    sample = messages[:400]
    model = ROOT / "packs" / "citizen_demands" / "models" / MODEL
    known = logic.gazetteer(_divisions())
    return [
        _figure(
            "category, batches of 50", _cost(logic.category, sample, 50), "ms a row", goal="< 1"
        ),
        _figure("category, one row", _cost(logic.category, sample[:100], 1), "ms", goal="< 5"),
        _figure("analyse, batches of 50", _cost(logic.analyse, sample, 50), "ms a row"),
        _figure("explain, one row", _cost(logic.explain, sample[:40], 1), "ms"),
        _figure(
            "place, 877 names", _cost(lambda rows: logic.place(rows, known), sample, 50),
            "ms a row", goal="< 0.3",
        ),
        _figure("model file", model.stat().st_size / 1e6, "MB", goal="< 3"),
        _figure("memory of category", _memory(), "MB", goal="< 120"),
    ]  # fmt: skip


def _cost(ask: Callable[[list[Row]], Any], rows: list[Row], size: int) -> float:
    """Processor milliseconds a row, the best of three: other work on the machine does not count."""
    ask(rows[:size])
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for at in range(0, len(rows), size):
            ask(rows[at : at + size])
        best = min(best, (time.process_time() - began) / len(rows) * 1000)
    return best


def _memory() -> float:
    """What a fresh process needs more once it has loaded the pack's code and answered."""
    program = (
        "import json, pengcheng.kernel.registry\n"
        "def now(): return int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6\n"
        "before = now()\n"
        "from packs.citizen_demands import logic\n"
        "logic.analyse([{'subject': '路灯不亮', 'body': '小区门口的路灯坏了一个月'}] * 50)\n"
        "print(json.dumps(now() - before))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return float(json.loads(told.stdout))


def _divisions() -> list[Row]:
    kinds = {6: "district", 9: "sub_district", 12: "community"}
    rows = _read(ROOT / "packs" / "sample_city" / "divisions.csv")
    return [
        {**row, "kind": kinds[max(6, -(-len(row["code"].rstrip("0")) // 3) * 3)]} for row in rows
    ]
