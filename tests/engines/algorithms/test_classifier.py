"""A classifier is trained, judged on rows it never saw, kept as plain data, and explained."""

import io
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pengcheng.engines.algorithms import (
    Classifier,
    HeldOut,
    Lesson,
    Settings,
    Text,
    accuracy,
    calibration_error,
    challenge,
    compared,
    curve,
    explain,
    from_bytes,
    hash_of,
    judged,
    precision_of_surest,
    threshold_for,
    to_bytes,
    train,
    without,
)
from pengcheng.kernel.errors import Refusal
from tests.engines.algorithms.demands import CLASSES, SAID, lesson, message

SETTINGS = Settings(seed=7)


@pytest.fixture(scope="module")
def model() -> Classifier:
    return train(lesson(), SETTINGS, {"trained_from": ["made up"]})


def fresh(each: int = 30) -> list[tuple[Text, str]]:
    chance = random.Random(99)
    return [(message(label, chance), label) for label in SAID for _ in range(each)]


def test_messages_of_the_same_kind_are_known_again(model: Classifier) -> None:
    asked = fresh()
    answers = model.answers([text for text, _ in asked])
    assert [one.label for one in answers] == [label for _, label in asked]


def test_the_answer_to_a_text_does_not_depend_on_its_company(model: Classifier) -> None:
    texts = [text for text, _ in fresh(5)]
    together = model.answers(texts)
    alone = [model.answers([text])[0] for text in texts]
    assert together == alone


def test_a_class_without_labels_wins_by_many_of_its_words_and_is_never_sure(
    model: Classifier,
) -> None:
    text = Text("公园草坪湖边凉亭", "公园的草坪、湖边的凉亭")
    answer = model.answers([text])[0]
    assert (answer.label, answer.seen) == ("parks", False)
    assert answer.confidence <= 0.6


@settings(deadline=None)
@given(subject=st.text(max_size=300), body=st.text(max_size=300))
def test_any_text_gets_an_answer_with_a_confidence(
    model: Classifier, subject: str, body: str
) -> None:
    answer = model.answers([Text(subject, body)])[0]
    assert answer.label in CLASSES
    assert 0 <= answer.second_confidence <= answer.confidence <= 1


def test_no_text_has_no_answer_and_an_empty_text_has_an_unsure_one(model: Classifier) -> None:
    assert model.answers([]) == []
    assert model.answers([Text("", "")])[0].confidence < 0.8


def test_the_same_rows_and_seed_give_the_same_file() -> None:
    once, again = (to_bytes(train(lesson(), SETTINGS, {})) for _ in range(2))
    assert hash_of(once) == hash_of(again)


def test_a_model_read_from_its_file_answers_like_the_one_written(model: Classifier) -> None:
    read = from_bytes(to_bytes(model))
    texts = [text for text, _ in fresh(5)]
    for one, other in zip(model.answers(texts), read.answers(texts), strict=True):
        assert one.label == other.label
        assert one.confidence == pytest.approx(other.confidence, abs=0.01)
    assert read.notes["trained_from"] == ["made up"]


def test_a_file_that_is_no_model_is_refused(model: Classifier) -> None:
    sound = to_bytes(model)
    stranger = io.BytesIO()
    np.savez(stranger, told=np.zeros(3, dtype=np.uint8))
    objects = io.BytesIO()
    np.savez(objects, told=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    for data in (b"", b"PK", sound[: len(sound) // 2], stranger.getvalue(), objects.getvalue()):
        with pytest.raises(Refusal) as refused:
            from_bytes(data)
        assert refused.value.code == "algorithm.model_invalid"


def test_held_out_rows_are_answered_once_a_seed_by_a_model_that_never_saw_them() -> None:
    answers = judged(lesson(), SETTINGS, (1, 2))
    assert sorted((one.seed, one.row) for one in answers) == [
        (seed, row) for seed in (1, 2) for row in range(60)
    ]
    assert accuracy(answers) > 0.9


def test_labels_without_any_sense_cannot_be_foretold() -> None:
    # A leak of held-out labels would show here: labels drawn by lot, each text unlike the others.
    chance = random.Random(5)
    letters = [chr(0x4E00 + number) for number in range(3000)]
    texts = tuple(Text("".join(chance.sample(letters, 8)), "") for _ in range(90))
    labels = tuple(chance.choice(("roads", "schools", "water")) for _ in texts)
    drawn = Lesson(texts=texts, labels=labels, classes=("roads", "schools", "water"), hints={})
    assert accuracy(judged(drawn, SETTINGS, (1,))) < 0.6


def test_a_label_that_is_no_class_and_a_class_of_few_rows_are_refused() -> None:
    sound = lesson()
    with pytest.raises(Refusal) as refused:
        train(_changed(sound, ("bridges", *sound.labels[1:])), SETTINGS, {})
    assert refused.value.code == "algorithm.label_unknown"
    with pytest.raises(Refusal) as refused:
        train(_changed(sound, ("parks", *sound.labels[1:])), SETTINGS, {})
    assert refused.value.code == "algorithm.too_few_rows"


def _changed(sound: Lesson, labels: tuple[str, ...]) -> Lesson:
    return Lesson(texts=sound.texts, labels=labels, classes=sound.classes, hints=sound.hints)


def test_a_better_challenger_wins_and_a_draw_keeps_the_champion(model: Classifier) -> None:
    sound = lesson()
    turned = {"roads": "schools", "schools": "water", "water": "roads"}
    wrong = train(_changed(sound, tuple(turned[one] for one in sound.labels)), SETTINGS, {})
    assert compared(wrong, model, fresh()).winner == "challenger"
    assert compared(model, wrong, fresh()).winner == "champion"
    assert compared(model, model, fresh()).reason == "not_better"
    assert compared(wrong, model, fresh(2)).reason == "too_few_rows"


def _parks(count: int, seed: int) -> list[tuple[Text, str]]:
    """Corrections towards a class that has no labelled text, in words that speak for another."""
    chance = random.Random(seed)
    said = ("路面", "井盖", "坑洼")
    return [
        (Text(f"绿道{chance.randint(1, 999)}号{chance.choice(said)}", f"绿道旁{number}处"), "parks")
        for number in range(count)
    ]


def test_corrections_of_a_class_never_seen_change_the_answer(model: Classifier) -> None:
    asked = [text for text, _ in _parks(20, seed=8)]
    assert {one.label for one in model.answers(asked)} == {"roads"}

    verdict, winner = challenge(model, _parks(60, seed=3), fresh(30))

    assert (verdict.winner, verdict.reason) == ("challenger", "better")
    assert {one.label for one in winner.answers(asked)} == {"parks"}
    known = fresh(20)
    assert [one.label for one in winner.answers([text for text, _ in known])] == [
        label for _, label in known
    ]
    assert winner.space is model.space
    assert from_bytes(to_bytes(winner)).notes["corrections"] > 20


def test_corrections_that_contradict_each_other_leave_the_champion(model: Classifier) -> None:
    chance = random.Random(4)
    confused = [
        (message(label, chance), chance.choice(list(SAID))) for label in SAID for _ in range(40)
    ]

    verdict, winner = challenge(model, confused, fresh(30))

    assert (verdict.winner, winner) == ("champion", model)
    assert verdict.reason in {"not_better", "worse_elsewhere"}


def test_a_challenger_that_unlearns_what_was_right_is_refused(model: Classifier) -> None:
    chance = random.Random(6)
    turned = [(message("roads", chance), "water") for _ in range(120)]

    verdict, winner = challenge(
        model, turned, [(message("roads", chance), "roads") for _ in range(60)]
    )

    assert (verdict.reason, winner) == ("worse_elsewhere", model)
    assert verdict.challenger_right > verdict.champion_right


def test_what_the_first_model_was_taught_guards_it_where_no_case_was_closed_yet(
    model: Classifier,
) -> None:
    chance = random.Random(6)
    turned = [(message("roads", chance), "water") for _ in range(120)]
    taught = [(message("roads", chance), "roads") for _ in range(60)]

    alone, kept = challenge(model, turned)
    beside, stayed = challenge(model, turned, base=taught)
    verdict, winner = challenge(model, _parks(60, seed=3), base=fresh(30))

    assert (alone.reason, kept) == ("too_few_rows", model)
    assert (beside.reason, stayed) == ("worse_elsewhere", model)
    assert (verdict.winner, winner.space) == ("challenger", model.space)


def test_a_few_corrections_and_unknown_classes_train_nothing(model: Classifier) -> None:
    odd = [(message("roads", random.Random(1)), "bridges")] * 50
    for told in (_parks(2, seed=1), odd, []):
        verdict, winner = challenge(model, told, fresh(30))
        assert (verdict.reason, winner) == ("too_few_rows", model)


def test_an_explanation_is_verified_by_running_without_its_words(model: Classifier) -> None:
    text = Text("路面坑洼，停水三天", "路面和井盖没人管，自来水也停了")
    told = explain(model, text)
    assert told.words
    assert told.without
    less = Text(text.subject, text.body)
    for word in told.without:
        less = Text(less.subject.replace(word, "\n"), less.body.replace(word, "\n"))
    assert told.otherwise is not None
    assert model.answers([less])[0].label == told.otherwise.label != told.answer.label


def test_texts_of_the_labelled_set_are_taken_out_of_the_background() -> None:
    labelled = [Text("东门路口的路灯坏了", "路灯 不亮")]
    background = [
        Text("再说", "路灯不亮"),
        Text("东门路口的路灯坏了", "别的"),
        Text("甲", "乙"),
        Text("丙", "乙"),
    ]
    assert without(background, labelled) == (Text("甲", "乙"),)


def held_out(*pairs: tuple[float, bool]) -> list[HeldOut]:
    return [
        HeldOut(row, 0, "yes", "yes" if right else "no", sure)
        for row, (sure, right) in enumerate(pairs)
    ]


def test_the_threshold_is_the_least_from_which_on_every_higher_one_keeps_the_precision() -> None:
    answers = held_out((0.9, True), (0.8, True), (0.7, False), (0.6, True))
    assert threshold_for(answers, 1.0) == 0.71
    assert threshold_for(answers, 0.6) == 0.0
    assert threshold_for(held_out((0.9, False)), 0.5) == 1.01
    assert precision_of_surest(answers, 0.5) == 1.0
    assert [point.share for point in curve(answers, (0.75,))] == [0.5]


def test_confidence_that_means_what_it_says_has_no_calibration_error() -> None:
    honest = held_out(*[(0.75, number % 4 != 0) for number in range(8)])
    assert calibration_error(honest) == pytest.approx(0)
    assert calibration_error(held_out((0.95, False))) == pytest.approx(0.95)


def test_answering_needs_no_scikit_learn() -> None:
    program = (
        "import sys\n"
        "from pengcheng.engines import algorithms\n"
        "print([name for name in ('sklearn', 'scipy') if name in sys.modules])\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
