"""Validation: every fault at once, strict kinds, clean values; never an exception."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.kernel.fault_words import FAULT_WORDS, fault_text
from pengcheng.kernel.records import attribute_faults, pattern_fault, validate, validate_many
from pengcheng.kernel.records_text import as_text, read_texts
from pengcheng.kernel.registry import Attribute, Code, CodeList, Kind, RecordType
from pengcheng.kernel.words import Words

NAME = Words("名", "name")
ID = UUID("01890000-0000-7000-8000-000000000001")
LISTS = {
    "states": CodeList(
        name="states",
        label=NAME,
        codes=(
            Code(code="good", label=Words("完好", "Good")),
            Code(code="bad", label=Words("损坏", "Bad")),
        ),
    )
}


def attribute(kind: Kind, **told: Any) -> Attribute:
    return Attribute(name="a", kind=kind, label=Words("甲", "A"), **told)


def of_type(*attributes: Attribute, **told: Any) -> RecordType:
    return RecordType(
        name="thing", role="object", pack="p", label=NAME, attributes=attributes, **told
    )


def check(kind: Kind, value: Any, **told: Any) -> tuple[Any, list[str]]:
    """The clean value and the codes of the faults of one attribute."""
    code_list = "states" if kind == "code" else None
    record_type = of_type(attribute(kind, code_list=code_list, **told))
    clean, faults = validate(record_type, {"a": value}, code_lists=LISTS)
    assert all(fault.code in FAULT_WORDS for fault in faults)
    return clean["a"], [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("kind", "given_", "clean"),
    [
        ("text", "  井盖 ", "井盖"),
        ("text", "e\u0301", "é"),
        ("long_text", "一\r\n二", "一\n二"),
        ("integer", 12, 12),
        ("number", 12, 12),
        ("number", -0.5, -0.5),
        ("boolean", False, False),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", date(2024, 2, 29), date(2024, 2, 29)),
        ("instant", "2026-03-01T09:00:00+08:00", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("instant", "2026-03-01T01:00:00Z", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("code", "good", "good"),
        ("reference", str(ID), ID),
        ("telephone", "+86 138-0000-0000", "13800000000"),
        ("email", "a@B.cn", "a@b.cn"),
        ("files", [str(ID), str(ID)], (ID,)),
        ("json", {"a": [1, None, "x"]}, {"a": [1, None, "x"]}),
        ("text", "   ", None),
        ("text", None, None),
    ],
)
def test_good_values_become_clean(kind: Kind, given_: Any, clean: Any) -> None:
    assert check(kind, given_) == (clean, [])


@pytest.mark.parametrize(
    ("kind", "given_", "code"),
    [
        ("text", 12, "text.kind"),
        ("text", True, "text.kind"),
        ("text", ["a"], "text.kind"),
        ("text", "a\x00b", "text.control"),
        ("text", "a\u202eb", "text.control"),
        ("text", "\ud800", "text.control"),
        ("text", "a\nb", "text.one_line"),
        ("text", "x" * 501, "text.too_long"),
        ("long_text", "x" * 20_001, "text.too_long"),
        ("integer", "12", "integer.kind"),
        ("integer", 1.0, "integer.kind"),
        ("integer", True, "integer.kind"),
        ("integer", 2**63, "integer.too_large"),
        ("number", float("nan"), "number.not_finite"),
        ("number", float("inf"), "number.not_finite"),
        ("number", "1.5", "number.kind"),
        ("number", 10**400, "integer.too_large"),
        ("boolean", 1, "boolean.kind"),
        ("boolean", "true", "boolean.kind"),
        ("date", "2026-02-30", "date.unreal"),
        ("date", "2026-2-3", "date.form"),
        ("date", "0001-01-01", "date.unreal"),
        ("date", datetime(2026, 1, 1, tzinfo=UTC), "date.form"),
        ("date", 20260101, "date.form"),
        ("instant", "2026-03-01T09:00:00", "instant.no_zone"),
        ("instant", "9999-12-31T23:59:59-12:00", "date.unreal"),
        ("instant", "2026-03-01", "instant.form"),
        ("instant", "soon", "instant.form"),
        ("code", "broken", "code.unknown"),
        ("code", 1, "code.kind"),
        ("code", "x" * 65, "code.kind"),
        ("reference", "x", "reference.form"),
        ("reference", 1, "reference.form"),
        ("identity_number", 440305199001011234, "identity_number.length"),
        ("identity_number", "440305199001011234", "identity_number.check"),
        ("social_credit_code", "91440300", "social_credit_code.length"),
        ("telephone", "12", "telephone.form"),
        ("telephone", 13800000000, "telephone.form"),
        ("email", "a", "email.form"),
        ("files", "x", "files.kind"),
        ("files", ["x"], "files.form"),
        ("files", [str(ID)] * 21, "files.too_many"),
        ("json", {"a": float("nan")}, "number.not_finite"),
        ("json", {1: 2}, "json.kind"),
        ("json", object(), "json.kind"),
        ("json", ["x" * 70_000], "json.too_large"),
    ],
)
def test_bad_values_are_refused_with_a_code(kind: Kind, given_: Any, code: str) -> None:
    assert check(kind, given_) == (None, [code])


def test_json_that_is_nested_too_deep_is_refused() -> None:
    value: Any = 1
    for _ in range(50):
        value = [value]
    assert check("json", value) == (None, ["json.too_deep"])


def test_bounds_pattern_and_length_are_kept() -> None:
    assert check("integer", 3, low=4.0)[1] == ["number.too_low"]
    assert check("number", 5.5, high=5.0)[1] == ["number.too_high"]
    assert check("text", "ab", pattern="[0-9]+")[1] == ["text.pattern"]
    assert check("text", "abc", length_max=2)[1] == ["text.too_long"]


def test_every_fault_is_told_at_once_with_its_pointer() -> None:
    record_type = of_type(
        Attribute(name="title", kind="text", label=NAME, required=True),
        Attribute(name="size", kind="integer", label=NAME),
        place="point",
    )
    values = {"size": "x", "a/b~c": 1, "place": {"type": "Point", "coordinates": [200, 0]}}
    _, faults = validate(record_type, values, code_lists={})
    told = {fault.path: fault.code for fault in faults}
    assert told == {
        "/a~1b~0c": "field.unknown",
        "/title": "field.required",
        "/size": "integer.kind",
        "/place": "place.off_earth",
    }


def test_a_change_may_leave_out_but_not_empty_what_is_required() -> None:
    record_type = of_type(Attribute(name="title", kind="text", label=NAME, required=True))
    assert validate(record_type, {}, code_lists={}, partial=True) == ({}, [])
    _, faults = validate(record_type, {"title": " "}, code_lists={}, partial=True)
    assert [fault.code for fault in faults] == ["field.required"]


def test_a_default_fills_what_is_absent_but_not_what_is_emptied() -> None:
    record_type = of_type(attribute("boolean", default=False))
    assert validate(record_type, {}, code_lists={})[0] == {"a": False}
    assert validate(record_type, {"a": None}, code_lists={})[0] == {"a": None}


@pytest.mark.parametrize("body", [None, [], "x", 3])
def test_what_is_no_mapping_is_one_fault(body: Any) -> None:
    assert [fault.code for fault in validate(of_type(), body, code_lists={})[1]] == ["record.kind"]


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("point", {"type": "Point", "coordinates": [114.0, 22.5]}, None),
        ("point", {"type": "Point", "coordinates": ["114", 22.5]}, "place.coordinates"),
        ("point", {"type": "Point", "coordinates": [float("nan"), 2]}, "place.off_earth"),
        ("point", {"type": "Polygon", "coordinates": []}, "place.geometry"),
        ("point", {"type": "Point", "coordinates": [1, 2], "crs": 3}, "place.geometry"),
        ("point", "114,22", "place.kind"),
        ("line", {"type": "LineString", "coordinates": [[1, 2]]}, "place.short_line"),
        ("polygon", {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, None),
        (
            "polygon",
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]},
            "place.open_ring",
        ),
        ("line", {"type": "LineString", "coordinates": [[0, 0]] * 20_001}, "place.too_many"),
    ],
)
def test_places(kind: Any, value: Any, code: str | None) -> None:
    _, faults = validate(of_type(place=kind), {"place": value}, code_lists={})
    assert [fault.code for fault in faults] == [code] * (code is not None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KINDS: list[Kind] = [
    "text", "long_text", "integer", "number", "boolean", "date", "instant", "code", "reference",
    "identity_number", "social_credit_code", "telephone", "email", "files", "json",
]  # fmt: skip


@given(st.sampled_from(KINDS), JSON)
def test_validation_is_total_and_what_it_returns_is_valid(kind: Kind, value: Any) -> None:
    clean, codes = check(kind, value)
    again = check(kind, clean)
    assert codes or again == (clean, [])


@given(st.text())
def test_a_text_that_passes_holds_nothing_unseen(text: str) -> None:
    clean, codes = check("text", text)
    shown = (clean or "").replace(" ", "")
    assert codes or all(letter.isprintable() or ord(letter) > 0x9F for letter in shown)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "1,200", 1200),
        ("integer", "１２", 12),
        ("number", "12.50", 12.5),
        ("boolean", "是", True),
        ("boolean", "no", False),
        ("date", "2026/3/1", date(2026, 3, 1)),
        ("date", "2026年3月1日", date(2026, 3, 1)),
        ("instant", "2026-03-01 09:00", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("code", "完好", "good"),
        ("code", "Bad", "bad"),
        ("json", '{"a": 1}', {"a": 1}),
        ("files", f"{ID}; {ID}", (ID,)),
        ("text", "12", "12"),
        ("text", "", None),
    ],
)
def test_texts_of_forms_and_tables_are_read(kind: Kind, text: str, value: Any) -> None:
    code_list = "states" if kind == "code" else None
    record_type = of_type(attribute(kind, code_list=code_list))
    values, faults = read_texts(record_type, {"a": text}, code_lists=LISTS)
    assert faults == []
    assert validate(record_type, values, code_lists=LISTS) == ({"a": value}, [])


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("integer", "1.5", "integer.kind"),
        ("integer", "9" * 30, "integer.kind"),
        ("number", "nan", "number.kind"),
        ("boolean", "maybe", "boolean.kind"),
        ("date", "tomorrow", "date.form"),
        ("instant", "noon", "instant.form"),
        ("json", "{", "json.kind"),
    ],
)
def test_texts_that_cannot_be_read_are_faults(kind: Kind, text: str, code: str) -> None:
    _, faults = read_texts(of_type(attribute(kind)), {"a": text}, code_lists=LISTS)
    assert [fault.code for fault in faults] == [code]


def test_a_place_is_read_from_two_columns_or_one() -> None:
    record_type = of_type(place="point")
    point = {"type": "Point", "coordinates": [114.05, 22.5]}
    two, _ = read_texts(record_type, {"lon": "114.05", "lat": "22.5"}, code_lists={})
    one, _ = read_texts(record_type, {"place": "114.05，22.5"}, code_lists={})
    assert two == one == {"place": point}
    _, faults = read_texts(record_type, {"lon": "114.05", "lat": ""}, code_lists={})
    assert [fault.code for fault in faults] == ["place.form"]


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 Hypothesis wants naive bounds
def test_an_instant_written_out_reads_back(at: datetime) -> None:
    zoned = at.replace(tzinfo=timezone(timedelta(hours=8)))
    record_type = of_type(attribute("instant"))
    values, _ = read_texts(record_type, {"a": as_text(zoned)}, code_lists={})
    clean, _ = validate(record_type, values, code_lists={})
    assert clean["a"] == zoned


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|b)*(", r"(.*)\1", "(?=a)", "(x*)*", "a" * 300, "((a)|b+)*"]
)
def test_patterns_that_may_take_for_ever_are_refused(pattern: str) -> None:
    assert pattern_fault(pattern) is not None


@pytest.mark.parametrize("pattern", ["[a-z]+", r"SZ-[0-9]{4}", "(ab)+", r"\d{3}(-\d{4})?"])
def test_plain_patterns_are_accepted(pattern: str) -> None:
    assert pattern_fault(pattern) is None


def test_a_fault_is_told_in_both_languages_with_the_name_of_the_field() -> None:
    fault = attribute_faults(attribute("integer", low=4.0), 3, code_lists=None)[0]
    assert fault_text(fault, "zh") == "甲不可小于 4"
    assert fault_text(fault, "en") == "A must be at least 4"


def test_every_sentence_fills_alike_in_both_languages() -> None:
    def places(text: str) -> set[str]:
        found = {part.split("}")[0] for part in text.split("{")[1:]}
        return {name.removesuffix("_zh").removesuffix("_en") for name in found}

    uneven = [code for code, words in FAULT_WORDS.items() if places(words.zh) != places(words.en)]
    assert uneven == []


MANY = of_type(
    attribute("text", required=True, length_max=5),
    Attribute(name="b", kind="instant", label=NAME),
    Attribute(name="c", kind="code", label=NAME, code_list="states", default="good"),
    place="point",
)
VALUES = st.one_of(
    st.none(), st.just(""), st.text(max_size=7), st.integers(), st.booleans(),
    st.sampled_from(["good", "井盖", " 井盖 ", "2026-02-03T04:05:06+08:00", "2026-02-03"]),
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c", "d", "place"]), VALUES)))
def test_many_are_judged_as_each_of_them_alone(rows: list[dict[str, Any]]) -> None:
    clean, faults = validate_many(MANY, rows, code_lists=LISTS)

    for at, row in enumerate(rows):
        alone, wrong = validate(MANY, row, code_lists=LISTS)
        alone.pop("place", None)
        assert {name: column[at] for name, column in clean.items()} == alone
        assert sorted(f.code for n, f in faults if n == at) == sorted(f.code for f in wrong)
