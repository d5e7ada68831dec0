import csv
from collections import Counter
from datetime import date
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from pengcheng.ops import sample
from pengcheng.ops.sample._masks import unmasked
from pengcheng.ops.sample.model import Message, Messages
from pengcheng.ops.sample.templates import situations

SEED = 20261120
HEADER = ["message_id", "user_id", "subject", "created_at", "body", "against", "for"]
ROWS = [
    ["1", "A1", "A3区路灯不亮", "2019/2/28 11:25:05", "A市A3区联丰路的路灯不亮。", "0", "7"],
    ["2", "A2", "A市地铁几点收车", "2018-06-08 17:31:20", "想问一下。", "0", "0"],
    ["3", "A3", "", "2019/2/28", "没有标题", "0", "0"],
    ["4", "A4", "没有时间", "昨天", "没有时间", "0", "0"],
    ["5", "A5", "B4区积水", "2019/3/1 8:00", "水很深", "0", "1"],
]


@pytest.fixture(scope="module")
def synthetic(pack: Path, outlines: sample.Outlines) -> Messages:
    return sample.messages(None, pack=pack, outlines=outlines, seed=SEED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with (tmp_path / "demands-hot-topics.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *ROWS])
    return tmp_path


@pytest.fixture
def real(folder: Path, pack: Path, outlines: sample.Outlines) -> dict[str, Message]:
    found = sample.messages(folder, pack=pack, outlines=outlines, seed=SEED)
    assert found.source == "real"
    return {message.key: message for message in found.items}


@pytest.mark.parametrize(
    ("masked", "plain"),
    [
        ("A市A3区联丰路", "深圳市南山区联丰路"),
        ("A市市A2区", "深圳市福田区"),
        ("A市市民", "深圳市市民"),
        ("A8县市的路", "坪山区的路"),
        ("A5区区政府", "龙岗区区政府"),
        ("西地省A市", "广东省深圳市"),
        ("我家在A3栋，小区A区", "我家在A3栋，小区A区"),
    ],
)
def test_masks_become_names_of_the_city(pack: Path, masked: str, plain: str) -> None:
    districts = [division for division in sample.divisions(pack) if division.level == "district"]

    assert unmasked(masked, districts).text == plain


def test_the_nine_districts_of_the_first_city_are_told_apart(pack: Path) -> None:
    districts = [division for division in sample.divisions(pack) if division.level == "district"]
    named = {unmasked(f"A{number}区", districts).district for number in range(1, 10)}

    assert len(named) == 9


def test_a_point_is_drawn_in_the_district_that_the_text_names(
    real: dict[str, Message], outlines: sample.Outlines
) -> None:
    message = real["demands-hot-topics-1"]

    assert message.district == "440305000000"
    assert message.point is not None
    found = sample.Locator(outlines).locate(message.point) or ""
    assert found.startswith("440305")
    assert message.point_synthetic


def test_a_text_without_a_district_has_no_place(real: dict[str, Message]) -> None:
    message = real["demands-hot-topics-2"]

    assert (message.district, message.point) == (None, None)
    assert message.subject == "深圳市地铁几点收车"


def test_rows_without_a_subject_or_a_time_are_left_out(real: dict[str, Message]) -> None:
    assert sorted(real) == [f"demands-hot-topics-{number}" for number in (1, 2, 5)]


def test_times_are_those_of_the_city(real: dict[str, Message]) -> None:
    assert real["demands-hot-topics-1"].created_at.isoformat() == "2019-02-28T11:25:05+08:00"


def test_an_absent_folder_gives_synthetic_messages_that_say_so(
    tmp_path: Path, pack: Path, outlines: sample.Outlines, synthetic: Messages
) -> None:
    found = sample.messages(tmp_path / "nowhere", pack=pack, outlines=outlines, seed=SEED)

    assert found == synthetic
    assert found.source == "synthetic"
    assert {message.source for message in found.items} == {"synthetic"}


def test_synthetic_messages_are_many_and_no_two_alike(synthetic: Messages) -> None:
    assert len(synthetic.items) >= 300
    assert len({message.body for message in synthetic.items}) == len(synthetic.items)
    assert len({message.level1 for message in synthetic.items}) >= 14


def test_no_place_is_left_open_in_a_message(synthetic: Messages) -> None:
    assert not [one for one in synthetic.items if "{" in one.subject + one.body]


def test_some_matters_are_told_by_several(synthetic: Messages) -> None:
    counted = Counter(message.matter for message in synthetic.items)

    assert max(counted.values()) >= 3
    assert Counter(counted.values())[1] > len(counted) / 2


def test_each_situation_pairs_every_subject_with_a_body(pack: Path) -> None:
    known = situations(pack)

    assert all(len(one.subjects) == len(one.bodies) for one in known)
    assert len({(one.level1, one.level2) for one in known}) > 40


def test_arrivals_keep_the_rate_and_sleep_at_night(synthetic: Messages) -> None:
    stream = sample.arrivals(synthetic.items, seed=SEED, per_day=1000)
    found = list(islice(stream, 5000))
    hours = Counter(int(arrival.after_seconds / 3600 + 8) % 24 for arrival in found)

    assert found[-1].after_seconds / 86400 == pytest.approx(5, rel=0.15)
    assert hours[10] + hours[15] > 4 * (hours[3] + hours[4])
    assert all(a.after_seconds < b.after_seconds for a, b in pairwise(found))


def test_knowledge_is_marked_and_belongs_to_known_organisations(pack: Path) -> None:
    articles = sample.knowledge(pack)
    known = {organisation.organisation_key for organisation in sample.organisations(pack)}

    assert len(articles) >= 80
    assert {article.marked for article in articles} == {"示例知识"}
    assert {article.organisation_key for article in articles} <= known
    assert all(isinstance(article.updated, date) and article.words for article in articles)
    assert len({article.question for article in articles}) == len(articles)


def test_behaviour_is_the_same_for_the_same_stream(pack: Path) -> None:
    behaviour = sample.Behaviour(pack)

    def day(seed: int) -> list[object]:
        chance = np.random.default_rng(seed)
        return [
            behaviour.first_act(chance),
            behaviour.reply("路灯不亮", "福田区水务局", "complaint", chance),
            behaviour.rating("done", chance),
            sample.handling_share(chance),
        ]

    assert day(5) == day(5)
    assert day(5) != day(6)


def test_a_reply_names_the_unit_and_says_that_it_is_simulated(pack: Path) -> None:
    reply = sample.Behaviour(pack).reply(
        "路灯不亮", "福田区水务局", "complaint", np.random.default_rng(1)
    )

    assert "福田区水务局" in reply.text
    assert "{" not in reply.text
    assert reply.is_simulated


def test_a_returned_demand_is_not_returned_again(pack: Path) -> None:
    behaviour, chance = sample.Behaviour(pack), np.random.default_rng(2)
    acts = Counter(behaviour.first_act(chance, returns_so_far=1) for _ in range(2000))

    assert acts["return"] == 0
    assert acts["accept"] > 1700


def test_late_answers_please_less(pack: Path) -> None:
    behaviour, chance = sample.Behaviour(pack), np.random.default_rng(3)

    def pleased(*, is_late: bool) -> int:
        ratings = [behaviour.rating("done", chance, is_late=is_late) for _ in range(2000)]
        return sum(rating.grade in {"very_satisfied", "satisfied"} for rating in ratings if rating)

    assert pleased(is_late=True) < pleased(is_late=False)


def test_most_are_handled_in_time_and_some_are_not() -> None:
    chance = np.random.default_rng(4)
    late = sum(sample.handling_share(chance) > 1 for _ in range(5000))

    assert 100 < late < 350
