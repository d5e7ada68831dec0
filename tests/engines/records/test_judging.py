"""Whole records: values that follow from others, rules across attributes, one by one and many."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from pengcheng.engines.records import judged, judged_many
from pengcheng.kernel.registry import Attribute, RecordRule, RecordType
from pengcheng.kernel.words import Words


class At:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 6, 1, 4, tzinfo=UTC)


def attribute(name: str, kind: Any, **more: Any) -> Attribute:
    return Attribute(name=name, kind=kind, label=Words(name, name), **more)


def rule(name: str, holds: str, at: str) -> RecordRule:
    return RecordRule(name=name, holds=holds, message=Words(f"{name}！", f"{name}!"), at=at)


LEASE = RecordType(
    name="lease", role="object", pack="test", label=Words("租约", "Lease"),
    attributes=(
        attribute("begins", "date", required=True), attribute("ends", "date"),
        attribute("area", "number", low=0), attribute("price", "number"),
        attribute("rent", "number", computed="area * price", high=10_000),
        attribute("class", "text", computed='if rent > 5000 then "大" else "小"'),
        attribute("years", "integer", computed="years and months duration(begins, ends).years"),
    ),
    rules=(
        rule("in_order", "ends > begins", "ends"), rule("not_ahead", "begins <= today()", "begins"),
    ),
)  # fmt: skip


def judge(values: dict[str, Any], **more: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    clean, faults = judged(LEASE, values, code_lists={}, clock=At(), **more)
    return clean, [(fault.path, fault.code) for fault in faults]


def test_values_follow_from_others_in_the_order_declared() -> None:
    clean, faults = judge(
        {"begins": "2020-01-31", "ends": "2023-06-01", "area": 60.5, "price": 100}
    )
    assert not faults
    assert (clean["rent"], clean["class"], clean["years"]) == (6050.0, "大", 3)


def test_what_lacks_a_value_is_not_known_and_its_rule_forbids_nothing() -> None:
    clean, faults = judge({"begins": "2026-01-01"})
    assert not faults
    assert (clean["rent"], clean["years"]) == (None, None)


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"begins": "2026-01-01", "ends": "2026-01-01"}, [("/ends", "rule.broken")]),
        (
            {"begins": "2026-06-02", "ends": "2026-06-01"},
            [("/ends", "rule.broken"), ("/begins", "rule.broken")],
        ),
        ({"begins": "2026-06-01", "ends": "soon"}, [("/ends", "date.form")]),
        ({"begins": "2026-01-01", "rent": 1}, [("/rent", "field.computed")]),
        ({"begins": "2026-01-01", "area": 1000, "price": 11}, [("/rent", "number.too_high")]),
    ],
)
def test_every_fault_comes_at_once_at_its_field(
    values: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert judge(values)[1] == faults
    _, many = judged_many(LEASE, [{"begins": "2026-01-01"}, values], code_lists={}, clock=At())
    assert [(at, fault.path, fault.code) for at, fault in many] == [(1, *one) for one in faults]


def test_a_fault_of_a_rule_tells_its_fields_and_its_message() -> None:
    _, (fault,) = judged(
        LEASE, {"begins": "2026-01-02", "ends": "2026-01-01"}, code_lists={}, clock=At()
    )
    assert fault.facts["fields"] == ["ends", "begins"]
    assert (fault.facts["message_zh"], fault.facts["message_en"]) == ("in_order！", "in_order!")


def test_a_change_is_judged_with_what_stands() -> None:
    before, _ = judge({"begins": "2026-01-01", "ends": "2026-05-01", "area": 10, "price": 2})
    clean, faults = judge({"price": 3}, partial=True, before=before)
    _, wrong = judge({"begins": "2026-05-31"}, partial=True, before=before)

    assert (clean, faults) == ({"price": 3, "rent": 30.0}, [])
    assert wrong == [("/ends", "rule.broken")]


days = st.dates(date(2000, 1, 1), date(2050, 1, 1)).map(str)
leases = st.fixed_dictionaries(
    {"begins": days},
    optional={"ends": days, "area": st.integers(0, 300), "price": st.integers(-5, 60)},
)


@given(st.lists(leases, max_size=6))
def test_many_are_judged_as_one_by_one(rows: list[dict[str, Any]]) -> None:
    columns, faults = judged_many(LEASE, rows, code_lists={}, clock=At())
    for at, row in enumerate(rows):
        clean, own = judged(LEASE, row, code_lists={}, clock=At())
        assert {name: column[at] for name, column in columns.items()} == clean
        assert sorted(f.path for f in own) == sorted(f.path for row_, f in faults if row_ == at)


@given(leases, leases)
def test_what_is_changed_is_what_it_would_be_as_a_whole(
    first: dict[str, Any], then: dict[str, Any]
) -> None:
    before, _ = judged(LEASE, first, code_lists={}, clock=At())
    changed, faults = judged(LEASE, then, code_lists={}, partial=True, before=before, clock=At())
    whole, more = judged(LEASE, {**first, **then}, code_lists={}, clock=At())

    assert {**before, **changed} == whole
    assert [(f.path, f.code) for f in faults] == [(f.path, f.code) for f in more]


def test_a_formula_that_gives_what_the_attribute_cannot_take_is_told() -> None:
    wrong = attribute("rent", "text", computed="area")
    type_ = msgspec.structs.replace(LEASE, rules=(), attributes=(*LEASE.attributes[:4], wrong))
    _, (fault,) = judged(type_, {"begins": "2026-01-01", "area": Decimal(3)}, code_lists={})
    assert (fault.path, fault.code) == ("/area", "number.kind")
    _, (fault,) = judged(type_, {"begins": "2026-01-01", "area": 3}, code_lists={})
    assert (fault.path, fault.code) == ("/rent", "text.kind")


BILL = RecordType(
    name="bill", role="object", pack="test", label=Words("账单", "Bill"),
    attributes=(
        attribute(
            "lines", "table",
            columns=(
                attribute("what", "text", required=True), attribute("day", "date"),
                attribute("count", "integer", low=1), attribute("price", "number"),
                attribute("sum", "number", computed="count * price", high=1000),
            ),
        ),
        attribute("total", "number", computed="sum(lines.sum)"),
        attribute("last", "date", computed="max(lines.day)"),
        attribute("kinds", "text", many=True, computed="distinct values(lines.what)"),
    ),
    rules=(rule("not_ahead", "every line in lines satisfies line.day <= today()", "lines"),),
)  # fmt: skip


def judge_bill(lines: Any, **more: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    clean, faults = judged(BILL, {"lines": lines}, code_lists={}, clock=At(), **more)
    return clean, [(fault.path, fault.code) for fault in faults]


def test_rules_and_totals_see_a_table_as_a_list_of_contexts() -> None:
    clean, faults = judge_bill([
        {"what": "pipe", "day": "2026-05-01", "count": 3, "price": 2.5},
        {"what": "valve", "day": "2026-05-03", "count": 1, "price": 40, "sum": 99},
        {"what": "pipe", "count": 2, "price": 1},
    ])  # fmt: skip
    assert not faults
    assert [row["sum"] for row in clean["lines"]] == [7.5, 40.0, 2.0]
    assert (clean["total"], clean["kinds"]) == (49.5, ["pipe", "valve"])


def test_a_fault_within_a_table_is_told_once_and_what_follows_from_it_is_not_asked() -> None:
    clean, faults = judge_bill([{"what": "pipe", "count": 0, "price": 2}, {"count": 1}])
    assert faults == [("/lines/0/count", "number.too_low"), ("/lines/1/what", "field.required")]
    assert clean["total"] is None
    _, faults = judge_bill([{"what": "pipe", "count": 500, "price": 3}])
    assert faults == [("/lines/0/sum", "number.too_high")]
    _, faults = judge_bill([{"what": "pipe", "day": "2026-07-01"}])
    assert faults == [("/lines", "rule.broken")]


def test_a_total_follows_when_only_another_value_changes() -> None:
    before, _ = judge_bill([{"what": "pipe", "count": 2, "price": 3}])
    clean, faults = judged(BILL, {}, code_lists={}, partial=True, before=before, clock=At())
    assert (clean, faults) == ({}, [])
