"""Decision tables: hit policies, aggregators, and the index beside a plain reading of the cells."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.engines.feel import compile_unary_tests
from pengcheng.engines.rules import Column, Row, definitions_of, read_dmn, table, write_dmn
from pengcheng.kernel.errors import Refusal

ROWS = [
    Row(inputs=(">= 10",), outputs=("2",)),
    Row(inputs=(">= 5",), outputs=("3",)),
    Row(inputs=("[0..20]",), outputs=("1",)),
]
POLICIES: list[tuple[str, str | None, Any, Any]] = [
    ("UNIQUE", None, None, 1),
    ("FIRST", None, 2, 1),
    ("ANY", None, None, 1),
    ("PRIORITY", None, 3, 1),
    ("RULE ORDER", None, [2, 3, 1], [1]),
    ("OUTPUT ORDER", None, [3, 2, 1], [1]),
    ("COLLECT", None, [2, 3, 1], [1]),
    ("COLLECT", "SUM", 6, 1),
    ("COLLECT", "MIN", 1, 1),
    ("COLLECT", "MAX", 3, 1),
    ("COLLECT", "COUNT", 3, 1),
]


@pytest.mark.parametrize(("policy", "aggregation", "many", "single"), POLICIES)
def test_a_hit_policy_makes_one_answer_of_the_rows(
    policy: Any, aggregation: Any, many: Any, single: Any
) -> None:
    model = table(
        "d",
        inputs=["n"],
        outputs=[Column(name="r", values=("3", "2", "1"))],
        rows=ROWS,
        hit_policy=policy,
        aggregation=aggregation,
    )
    assert model.evaluate("d", {"n": 12}) == many
    assert model.evaluate("d", {"n": 2}) == single


def test_any_gives_the_answer_on_which_all_rows_agree() -> None:
    rows = [Row(inputs=("> 1",), outputs=('"x"',)), Row(inputs=("> 2",), outputs=('"x"',))]
    model = table("d", inputs=["n"], outputs=["r"], rows=rows, hit_policy="ANY")
    assert model.evaluate("d", {"n": 3}) == "x"


def test_without_a_row_the_default_stands_or_null() -> None:
    rows = [Row(inputs=("> 100",), outputs=("1",))]
    plain = table("d", inputs=["n"], outputs=["r"], rows=rows)
    given_default = Column(name="r", default='"none"')
    default = table("d", inputs=["n"], outputs=[given_default], rows=rows)
    assert plain.evaluate("d", {"n": 1}) is None
    assert default.evaluate("d", {"n": 1}) == "none"


def test_several_outputs_are_a_context() -> None:
    rows = [Row(inputs=("-",), outputs=('"a"', "n + 1"))]
    model = table("d", inputs=["n"], outputs=["word", "more"], rows=rows)
    assert model.evaluate("d", {"n": 1}) == {"word": "a", "more": 2}


def test_a_column_may_test_an_expression_and_a_cell_may_name_an_input() -> None:
    model = table(
        "d",
        inputs=[Column(name="total", expression="price * count * rate")],
        outputs=["r"],
        rows=[Row(inputs=("> limit",), outputs=('"over"',)), Row(inputs=("-",), outputs=("rate",))],
        names=["count", "limit"],
        hit_policy="FIRST",
    )
    assert model.evaluate("d", {"price": 4, "count": 3, "rate": 2, "limit": 20}) == "over"
    assert model.evaluate("d", {"price": 4, "count": 3, "rate": 2, "limit": 24}) == 2
    assert set(model.inputs_of("d")) == {"price", "count", "rate", "limit"}


def test_an_input_of_another_type_fits_no_row_of_constants() -> None:
    rows = [Row(inputs=("> 1",), outputs=("1",)), Row(inputs=("null",), outputs=("0",))]
    model = table("d", inputs=[Column(name="n", type="number")], outputs=["r"], rows=rows)
    assert model.evaluate("d", {"n": "many"}) == 0
    assert model.evaluate("d", {}) == 0


def test_all_faults_of_a_table_are_told_by_row_and_column() -> None:
    rows = [Row(inputs=("> ",), outputs=("1",)), Row(inputs=("> shade",), outputs=("2 +",))]
    with pytest.raises(Refusal) as refused:
        table("d", inputs=["n"], outputs=["r"], rows=rows)
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [
        ("/d/row 1/input 1", "feel.ended"),
        ("/d/row 2/input 1", "feel.unknown_name"),
        ("/d/row 2/output 1", "feel.ended"),
    ]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([Row(inputs=("1",), outputs=("1",))] * 10_000, "rules.too_many_rows"),
        ([Row(inputs=("1", "2"), outputs=("1",))], "rules.row_does_not_fit"),
        ([Row(inputs=("1",), outputs=())], "rules.row_does_not_fit"),
    ],
)
def test_a_table_past_its_limits_is_refused(rows: list[Row], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        table("d", inputs=["n"], outputs=["r"], rows=rows)
    assert refused.value.code == code


def test_the_largest_table_is_compiled_and_found_in() -> None:
    rows = [Row(inputs=(f"[{n}..{n + 1})",), outputs=(str(n),)) for n in range(5_000)]
    model = table("d", inputs=["n"], outputs=["r"], rows=rows)
    assert model.evaluate("d", {"n": Decimal("4321.5")}) == 4321


numbers = st.integers(-6, 6).map(str)
cells = st.one_of(
    st.just("-"),
    numbers,
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), numbers).map(" ".join),
    st.tuples(st.sampled_from("[("), numbers, numbers, st.sampled_from("])")).map(
        lambda part: f"{part[0]}{part[1]}..{part[2]}{part[3]}"
    ),
    st.sampled_from(['"a"', '"b"', "true", "false", "null", '@"2024-01-01"', "limit", "> limit"]),
    st.sampled_from(['not("a")', "not(1)", "not(true)", "not(< 2, 5)", 'not("a", 1)', "? = 2"]),
)
groups = st.lists(cells.filter(lambda cell: cell != "-" and "not" not in cell), max_size=3)
texts = st.one_of(cells, groups.filter(bool).map(", ".join))
subjects = st.one_of(
    st.integers(-8, 8), st.sampled_from(["a", "b", "c", True, False, None, "", Decimal("1.5")])
)


@given(st.lists(texts, min_size=1, max_size=12), subjects, st.integers(-3, 3))
def test_the_index_finds_the_rows_that_reading_each_cell_finds(
    cells: list[str], subject: Any, limit: int
) -> None:
    rows = [Row(inputs=(cell, "-"), outputs=(str(number),)) for number, cell in enumerate(cells)]
    model = table("d", inputs=["v", "limit"], outputs=["r"], rows=rows, hit_policy="RULE ORDER")
    context = {"limit": limit}
    expected = [
        number
        for number, cell in enumerate(cells)
        if compile_unary_tests(cell, ["limit"]).holds(subject, context)
    ]
    found = model.evaluate("d", {"v": subject, "limit": limit})
    assert (found or []) == expected


@given(st.lists(texts, min_size=1, max_size=6), subjects)
def test_a_table_written_as_dmn_and_read_again_decides_the_same(
    cells: list[str], subject: Any
) -> None:
    rows = [Row(inputs=(cell, "-"), outputs=(f'"r{n}"',)) for n, cell in enumerate(cells)]
    definitions = definitions_of(
        "d", inputs=["v", "limit"], outputs=["r"], rows=rows, hit_policy="COLLECT"
    )
    again = read_dmn(write_dmn(definitions))
    inputs = {"v": subject, "limit": 2}
    model = table("d", inputs=["v", "limit"], outputs=["r"], rows=rows, hit_policy="COLLECT")
    assert again.evaluate("d", inputs) == model.evaluate("d", inputs)
