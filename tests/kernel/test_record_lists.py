"""Many values and tables: every fault with its place, clean values, texts that read back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.kernel.fault_words import FAULT_WORDS, fault_text
from pengcheng.kernel.record_values import MANY_MAX, TABLE_ROWS_MAX
from pengcheng.kernel.records import validate, validate_many
from pengcheng.kernel.records_text import as_text, joined, parts_of, read_texts, rows_of, table_text
from pengcheng.kernel.registry import Attribute, Code, CodeList, RecordType
from pengcheng.kernel.texts import clean_text, is_blank, text_fault
from pengcheng.kernel.words import Words

LISTS = {
    "means": CodeList(
        name="means",
        label=Words("设施", "Means"),
        codes=(
            Code(code="lift", label=Words("电梯", "Lift")),
            Code(code="ramp", label=Words("坡道", "Ramp")),
            Code(code="rail", label=Words("扶手", "Handrail")),
        ),
    )
}


def attribute(name: str, kind: Any, zh: str, en: str, **more: Any) -> Attribute:
    return Attribute(name=name, kind=kind, label=Words(zh, en), **more)


PERSON = (
    attribute("name", "text", "姓名", "Name", required=True),
    attribute("born", "date", "出生日期", "Born"),
    attribute("tie", "code", "设施", "Means", code_list="means"),
    attribute("pay", "number", "收入", "Pay", low=0),
    attribute("double", "number", "两倍", "Twice", computed="pay * 2"),
)
HOUSE = RecordType(
    name="house", role="object", pack="test", label=Words("房屋", "House"),
    attributes=(
        attribute("means", "code", "无障碍设施", "Access", many=True, code_list="means", high=2),
        attribute("tags", "text", "标签", "Tags", many=True, length_max=9),
        attribute("people", "table", "同住人", "Household", columns=PERSON, low=1, high=3),
    ),
)  # fmt: skip


def checked(values: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    clean, faults = validate(HOUSE, values, code_lists=LISTS)
    assert all(fault.code in FAULT_WORDS for fault in faults)
    return clean, [(fault.path, fault.code) for fault in faults]


def test_many_values_are_a_list_as_it_was_given() -> None:
    clean, faults = checked({"means": ["rail", "lift"], "tags": [" 老 ", "新"]})
    assert (clean["means"], clean["tags"], clean["people"]) == (
        ["rail", "lift"],
        ["老", "新"],
        None,
    )
    assert faults == []


@pytest.mark.parametrize(
    ("given_", "faults"),
    [
        ({"means": "lift"}, [("/means", "list.kind")]),
        ({"means": ["lift", "lift"]}, [("/means/1", "list.twice")]),
        ({"means": ["lift", "ramp", "rail"]}, [("/means", "list.too_many")]),
        ({"means": ["lift", "stairs"]}, [("/means/1", "code.unknown")]),
        ({"means": [3, None]}, [("/means/0", "code.kind"), ("/means/1", "code.kind")]),
        ({"tags": ["", "x" * 10]}, [("/tags/0", "list.blank"), ("/tags/1", "text.too_long")]),
        ({"tags": [str(n) for n in range(MANY_MAX + 1)]}, [("/tags", "list.too_many")]),
        ({"people": {}}, [("/people", "list.kind")]),
        ({"people": ["x"]}, [("/people/0", "record.kind")]),
        ({"people": [{"name": "甲"}] * 4}, [("/people", "list.too_many")]),
        ({"people": [{"name": "甲", "age": 3}]}, [("/people/0/age", "field.unknown")]),
        (
            {"people": [{"name": "甲", "pay": -1}, {"born": "2020-02-31"}]},
            [
                ("/people/0/pay", "number.too_low"),
                ("/people/1/name", "field.required"),
                ("/people/1/born", "date.unreal"),
            ],
        ),
    ],
)  # fmt: skip
def test_every_fault_has_its_place(given_: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert checked(given_)[1] == faults


def test_a_fault_of_a_cell_is_told_with_row_and_column_in_both_languages() -> None:
    _, faults = validate(HOUSE, {"people": [{"name": "甲"}, {}]}, code_lists=LISTS)
    assert fault_text(faults[0], "zh") == "同住人第 2 行“姓名”：请填写姓名"
    assert fault_text(faults[0], "en") == "Household, row 2, “Name”: Enter: Name"
    _, faults = validate(HOUSE, {"means": ["lift", "lift"]}, code_lists=LISTS)
    assert fault_text(faults[0], "en") == "Access, entry 2: “lift” stands twice: remove one of them"


def test_rows_stand_as_json_with_a_value_for_each_column() -> None:
    clean, faults = checked({"people": [{"name": " 甲", "born": "1950-01-02", "double": 4}]})
    row = {"name": "甲", "born": "1950-01-02", "tie": None, "pay": None, "double": None}
    assert (clean["people"], faults) == ([row], [])


def test_a_table_is_bounded_in_rows_and_in_size() -> None:
    wide = RecordType(
        name="wide", role="object", pack="test", label=Words("表", "Table"),
        attributes=(attribute("rows", "table", "行", "Rows", columns=(
            attribute("a", "text", "甲", "A"), attribute("b", "text", "乙", "B"))),),
    )  # fmt: skip
    row = {"a": "字" * 500}
    _, faults = validate(wide, {"rows": [row] * (TABLE_ROWS_MAX + 1)}, code_lists={})
    assert [fault.code for fault in faults] == ["list.too_many"]
    _, faults = validate(wide, {"rows": [row] * TABLE_ROWS_MAX}, code_lists={})
    assert [fault.code for fault in faults] == ["table.too_large"]
    _, faults = validate(wide, {"rows": [row, {}]}, code_lists={})
    assert [(fault.path, fault.code) for fault in faults] == [("/rows/1", "list.blank")]


def test_texts_name_codes_by_their_labels_and_columns_by_theirs() -> None:
    texts = {
        "means": "电梯；ramp\nHandrail",
        "people": "姓名 | Born | 设施\n甲 | 1950/1/2 | 坡道\n",
    }
    values, faults = read_texts(HOUSE, texts, code_lists=LISTS)
    assert values == {
        "means": ["lift", "ramp", "rail"],
        "people": [{"name": "甲", "born": "1950-01-02", "tie": "ramp"}],
    }
    assert faults == []


def test_a_cell_that_cannot_be_read_is_told_with_its_place() -> None:
    texts = {"people": "name | pay | born\n甲 | much | 1950-01-02\n乙 | 3 | soon"}
    values, faults = read_texts(HOUSE, texts, code_lists=LISTS)
    assert [(fault.path, fault.code) for fault in faults] == [
        ("/people/0/pay", "number.kind"),
        ("/people/1/born", "date.form"),
    ]
    assert values["people"][1] == {"name": "乙", "pay": 3.0, "born": None}


@pytest.mark.parametrize("text", ["name\n甲 | 乙", "name | 姓名\n甲 | 乙"])
def test_a_text_that_is_no_table_is_told_how_to_write_one(text: str) -> None:
    _, faults = read_texts(HOUSE, {"people": text}, code_lists=LISTS)
    assert [(fault.path, fault.code) for fault in faults] == [("/people", "table.form")]


PLAIN = (
    st.text(max_size=12)
    .map(clean_text)
    .filter(lambda text: not is_blank(text) and not text_fault(text, lines=False))
)
TAGS = st.lists(PLAIN.filter(lambda text: len(text) <= 9), unique=True, max_size=6)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"name": PLAIN, "tie": st.none() | st.sampled_from(["lift", "ramp"])},
        optional={
            "born": st.dates().map(str).filter(lambda day: "1000" <= day < "9990"),
            "pay": st.floats(0, 1e9) | st.integers(0, 10**9),
        },
    ),
    max_size=3,
)


@given(TAGS, ROWS)
def test_what_is_written_as_text_reads_back_the_same(tags: list[str], rows: list[Any]) -> None:
    clean, faults = validate(HOUSE, {"tags": tags, "people": rows}, code_lists=LISTS)
    assert faults == []
    texts = {item.name: as_text(clean[item.name], item) for item in HOUSE.attributes}
    values, unread = read_texts(HOUSE, texts, code_lists=LISTS)
    again, wrong = validate(HOUSE, values, code_lists=LISTS)
    assert (again, unread, wrong) == (clean, [], [])


@given(st.lists(st.text(st.sampled_from(";；\\| \nab")).map(str.strip)))
def test_parts_read_back_whatever_marks_they_hold(parts: list[str]) -> None:
    whole = [part for part in parts if part]
    assert [part.strip() for part in parts_of(joined(whole))] == whole


@given(st.lists(st.fixed_dictionaries({"name": st.text("|\\ ab"), "pay": st.text("|\\ 1")})))
def test_texts_of_a_form_read_back_cell_by_cell(rows: list[dict[str, str]]) -> None:
    people = HOUSE.attributes[2]
    found = rows_of(people, table_text(people, rows)) or []
    assert [(row["name"], row["pay"]) for row in found] == [
        (row["name"].strip(), row["pay"].strip()) for row in rows
    ]


@given(st.lists(st.fixed_dictionaries({"tags": TAGS, "people": ROWS}), max_size=4))
def test_many_records_are_judged_as_each_by_itself(rows: list[dict[str, Any]]) -> None:
    columns, faults = validate_many(HOUSE, rows, code_lists=LISTS)
    each = [validate(HOUSE, row, code_lists=LISTS)[0] for row in rows]
    assert faults == []
    assert [
        {name: column[at] for name, column in columns.items()} for at in range(len(rows))
    ] == each
