"""Terms, places, likeness, word rules and the boundary of rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pengcheng.engines.algorithms import (
    Algorithm,
    Algorithms,
    Gazetteer,
    Place,
    Rarity,
    Terms,
    alike,
    keys_of,
    masked,
    rules_of,
    trace,
)
from pengcheng.kernel.errors import Absent, Refusal

TERMS = ("灯", "路灯", "路灯杆", "公积金", "积金", "aab", "ab", "😀")
PLACES = [
    Place("440300000000", "深圳市", "city"),
    Place("440303000000", "罗湖区", "district"),
    Place("440305000000", "南山区", "district"),
    Place("440303001000", "桂园街道", "sub_district"),
    Place("440305002000", "粤海街道", "sub_district"),
    Place("440303001001", "和平社区", "community"),
    Place("440305002001", "和平社区", "community"),
    Place("E1", "海月花园", "estate", 113.93, 22.5, "440305002000"),
]
RARITY = Rarity({"我们": 1.0, "问题": 1.0, "小区": 1.5}, unknown=6.0)
RULES = [
    {"rule": "urgency", "result": "119", "words": "着火 着火了", "unless": "演练 曾"},
    {"rule": "privacy", "result": "telephone", "words": r"re:(?<!\d)1[3-9]\d{9}(?!\d)"},
]


@settings(deadline=None)
@given(st.lists(st.text(alphabet="路灯杆公积金ab😀\0x", max_size=40), max_size=6))
def test_terms_are_found_exactly_where_a_plain_search_finds_them(texts: list[str]) -> None:
    owners, numbers = Terms(TERMS).find(texts)
    found = sorted(zip(owners.tolist(), numbers.tolist(), strict=True))
    expected = [
        (owner, number)
        for owner, text in enumerate(texts)
        for number, term in enumerate(TERMS)
        for at in range(len(text))
        if text.startswith(term, at)
    ]
    assert found == sorted(expected)


def test_the_finest_sure_place_comes_first_with_its_span() -> None:
    text = "我住南山区粤海街道海月花园3栋"
    found = Gazetteer(PLACES).find(text)
    assert [one.place.name for one in found] == ["海月花园", "粤海街道", "南山区"]
    assert text[found[0].start : found[0].end] == "海月花园"


def test_a_name_that_two_places_bear_is_decided_by_the_place_named_beside_it() -> None:
    gazetteer = Gazetteer(PLACES)
    beside = gazetteer.find("罗湖区和平社区的路灯不亮")
    assert beside[0].place.code == "440303001001"
    assert beside[0].confidence > 0.9
    alone = gazetteer.find("和平社区的路灯不亮")
    assert [one.confidence < 0.5 for one in alone] == [True, True]


def test_a_short_form_is_less_sure_and_an_everyday_word_is_no_place() -> None:
    gazetteer = Gazetteer(PLACES)
    assert gazetteer.find("桂园那边")[0].confidence < gazetteer.find("桂园街道")[0].confidence
    assert gazetteer.find("世界和平") == []
    assert gazetteer.find("") == []


def test_a_message_told_again_is_alike_and_shares_a_key() -> None:
    body = "东门老街的烧烤店每天营业到凌晨。油烟直接排到楼上。孩子没法睡觉。多次投诉无人处理。"
    again = "领导您好，孩子没法睡觉。东门老街的烧烤店每天营业到凌晨。油烟直接排到楼上。"
    one, other = ("东门老街烧烤店油烟扰民", body), ("再次反映东门老街烧烤店油烟扰民", again)
    stranger = ("建议增设图书馆自习座位", "大学城图书馆周末座位不够，希望延长开放时间。")
    assert set(keys_of(*one, RARITY)) & set(keys_of(*other, RARITY))
    assert not set(keys_of(*one, RARITY)) & set(keys_of(*stranger, RARITY))
    near = alike(trace(*one, RARITY), trace(*other, RARITY))
    far = alike(trace(*one, RARITY), trace(*stranger, RARITY))
    assert near.whole > 0.5 > 0.1 > far.whole


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_symmetric_and_keys_fit_a_bigint(head: str, body: str, other: str) -> None:
    one, two = trace(head, body, RARITY), trace(other, body, RARITY)
    there, back = alike(one, two), alike(two, one)
    assert there.whole == pytest.approx(back.whole)
    assert 0 <= there.whole <= 1.0001
    assert all(-(1 << 63) <= key < 1 << 63 for key in keys_of(head, body, RARITY))
    assert len(keys_of(head, body, RARITY)) <= 36


def test_a_rule_fires_unless_a_word_near_takes_it_back() -> None:
    rules = rules_of(RULES)
    assert [hit.text for hit in rules.hits("楼上着火了，快来")] == ["着火了"]
    assert rules.hits("明天消防演练，模拟着火") == []
    assert len(rules.hits("曾" + "很久以前的一件旧事情说来话长" + "现在着火了")) == 1


def test_personal_data_is_masked_and_a_rule_that_is_no_pattern_is_refused() -> None:
    text = "电话13800138000，请回电"
    spans = [(hit.start, hit.end) for hit in rules_of(RULES).hits(text)]
    assert masked(text, spans) == "电话1********00，请回电"
    with pytest.raises(Refusal) as refused:
        rules_of([{"rule": "x", "result": "y", "words": "re:("}])
    assert refused.value.code == "algorithm.rules_invalid"


def test_every_unfit_row_is_named_and_none_is_run() -> None:
    ran: list[int] = []
    known = Algorithms(
        [
            Algorithm(
                name="town.count",
                inputs=("subject",),
                outputs=("length",),
                run=lambda rows: [
                    {"length": len(row["subject"])} for row in rows if ran.append(1) is None
                ],
            )
        ]
    )
    assert known.run("town.count", [{"subject": "路灯"}]) == [{"length": 2}]
    ran.clear()
    with pytest.raises(Refusal) as refused:
        known.run("town.count", [{"subject": "路灯"}, {}, {"subject": 3}])
    assert [fault.path for fault in refused.value.faults] == ["/1/subject", "/2/subject"]
    assert ran == []
    with pytest.raises(Absent):
        known.named("town.weigh")
