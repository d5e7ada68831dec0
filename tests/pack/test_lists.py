"""Many values and tables in packs: what may be declared, and what each mistake is told."""

from pathlib import Path

import pytest

from pengcheng.pack import load
from tests.pack.writing import COVER, told, write_pack

LISTED = COVER.replace(
    "code_lists:",
    """\
      uses: {is: code, list: states, many: true, min: 1, max: 3, index: true,
        name: {zh: 用途, en: Uses}}
      parts:
        is: table
        name: {zh: 部件, en: Parts}
        max: 9
        columns:
          part: {is: text, required: true, name: {zh: 名称, en: Part}}
          count: {is: integer, min: 1, default: 1, name: {zh: 数量, en: Count}}
          price: {is: number, name: {zh: 单价, en: Price}, unit: yuan}
          sum: {is: number, computed: count * price, name: {zh: 金额, en: Sum}}
      total: {is: number, computed: sum(parts.sum), name: {zh: 合计, en: Total}}
code_lists:""",
    1,
)


def test_lists_and_tables_become_the_type(tmp_path: Path) -> None:
    type_ = load([write_pack(tmp_path, objects=LISTED)]).type_("cover")
    uses, parts = type_.attribute("uses"), type_.attribute("parts")
    assert uses is not None
    assert parts is not None
    assert (uses.many, uses.low, uses.high) == (True, 1, 3)
    assert [(one.name, one.kind) for one in parts.columns] == [
        ("part", "text"), ("count", "integer"), ("price", "number"), ("sum", "number"),
    ]  # fmt: skip
    assert (parts.high, parts.columns[3].computed, parts.follows) == (9, "count * price", True)


def test_a_table_with_a_telephone_is_personal(tmp_path: Path) -> None:
    objects = LISTED.replace("price: {is: number", "price: {is: telephone").replace(
        ", unit: yuan", ""
    )
    objects = objects.replace("computed: count * price", "computed: count")
    objects = objects.replace("sum(parts.sum),", "sum(parts.sum), sensitivity: personal,")
    parts = load([write_pack(tmp_path, objects=objects)]).type_("cover").attribute("parts")
    assert parts is not None
    assert parts.sensitivity == 3


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "is: code, list: states, many: true",
            "is: date, many: true",
            "many does not suit an attribute with is: date",
        ),
        (
            "many: true, min: 1",
            "many: true, unique: true, min: 1",
            "unique does not suit an attribute with many: true",
        ),
        (
            "many: true, min: 1",
            "many: true, min: 1.5",
            "here min and max are numbers of entries: whole, from 0 to 100",
        ),
        (
            "max: 9",
            "max: 1000",
            "here min and max are numbers of entries: whole, from 0 to 100",
        ),
        (
            "is: table",
            "is: text",
            "columns does not suit an attribute with is: text",
        ),
        (
            "many: true, min: 1, max: 3, index: true",
            "columns: {a: {is: text, name: {zh: 甲, en: A}}}",
            "columns does not suit an attribute with is: code",
        ),
        (
            "is: integer, min: 1",
            "is: integer, unique: true, min: 1",
            "there is no key “unique” here",
        ),
        (
            "price: {is: number",
            "price: {is: json",
            "“json” is not possible here",
        ),
        (
            "computed: count * price",
            "computed: counted * price",
            "no column “counted” is declared; allowed: part, count, price; did you mean",
        ),
        (
            "computed: count * price",
            "computed: now().year * price",
            "it cannot ask now() or today()",
        ),
        (
            "is: integer, min: 1, default: 1",
            "is: integer, min: 1, default: 0",
            "default",
        ),
        (
            "    name: {zh: 井盖, en: Cover}\n",
            "    name: {zh: 井盖, en: Cover}\n    title: uses\n",
            "an attribute with one value is needed here; “uses” has many",
        ),
    ],
)  # fmt: skip
def test_what_does_not_suit_is_told(tmp_path: Path, before: str, after: str, fault: str) -> None:
    assert before in LISTED
    faults = told(tmp_path, objects=LISTED.replace(before, after, 1))
    assert any(fault in one for one in faults), faults


def test_a_table_needs_columns_and_one_that_people_fill_in(tmp_path: Path) -> None:
    bare = "      parts: {is: table, name: {zh: 部件, en: Parts}}\ncode_lists:"
    (fault,) = told(tmp_path, objects=COVER.replace("code_lists:", bare, 1))
    assert fault.endswith("an attribute with is: table must have columns")


def test_rights_do_not_speak_of_lists(tmp_path: Path) -> None:
    rights = """\
roles:
  clerk: {zh: 经办员, en: Clerk}
rights:
  cover:
    read: {clerk: {over: area, where: {uses: [good]}}}
"""
    (fault,) = told(tmp_path, objects=LISTED, rights=rights)
    assert fault.endswith("an attribute with one value is needed here; “uses” has many")
