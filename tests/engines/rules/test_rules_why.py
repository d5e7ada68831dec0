"""Why a decision came out, and what would have changed it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pengcheng.engines.rules import Column, Row, counterfactuals, table, why
from tests.engines.rules.rules_check import data, decision, literal, model

ROWS = [
    Row(inputs=(">= 18", "< 1000", '"low","middle"'), outputs=('"grant"',), basis="办法第三条"),
    Row(inputs=(">= 18", "[1000..5000]", '"low"'), outputs=('"review"',)),
    Row(inputs=("-", "-", "-"), outputs=('"refuse"',)),
]
MODEL = table(
    "result",
    inputs=["age", "amount", Column(name="risk", type="string")],
    outputs=["answer"],
    rows=ROWS,
    hit_policy="FIRST",
)


def test_the_reason_names_row_cells_values_and_basis_in_both_languages() -> None:
    told = why(MODEL.explain("result", {"age": 20, "amount": 800, "risk": "low"}))
    assert [words.zh for words in told] == [
        (
            "“result”：第1行成立（age为20，满足 >= 18，amount为800，满足 < 1000，"
            'risk为"low"，满足 "low","middle"），依据：办法第三条，结果为"grant"。'
        )
    ]
    assert told[0].en.startswith("“result”: row 1 applies (age is 20, which meets >= 18;")
    assert "on the basis of 办法第三条" in told[0].en


def test_a_formula_and_a_table_without_a_row_are_told_too() -> None:
    formula = model(data("a") + decision("d", literal("a + 1"), inputs=["a"]))
    assert why(formula.explain("d", {"a": 1}))[0].en == "“d” follows from its formula: 2 (a = 1)."
    empty = table("t", inputs=["n"], outputs=["r"], rows=[Row(inputs=("> 5",), outputs=("1",))])
    assert why(empty.explain("t", {"n": 1}))[0].zh == "“t”：没有一行成立，结果为null。"


def test_the_smallest_change_that_would_have_mattered_comes_first() -> None:
    found = counterfactuals(MODEL, "result", {"age": 17, "amount": 800, "risk": "low"})
    singles = [each for each in found if not each.also]
    assert [(each.name, each.now, each.then, each.output) for each in singles] == [
        ("age", 17, 18, "grant")
    ]


def test_where_one_change_is_not_enough_the_nearest_pair_is_told() -> None:
    found = counterfactuals(MODEL, "result", {"age": 17, "amount": 800, "risk": "low"})
    (pair,) = [each for each in found if each.also]
    (second,) = pair.also

    assert (pair.name, pair.then) == ("age", 18)
    assert (second.name, second.now, second.then) == ("amount", 800, 1000)
    assert pair.output == "review"


def test_each_other_outcome_within_reach_is_told_once_for_each_input() -> None:
    found = counterfactuals(MODEL, "result", {"age": 20, "amount": 800, "risk": "low"})
    assert [(each.name, each.then, each.output) for each in found] == [
        ("age", 17, "refuse"),
        ("amount", 1000, "review"),
        ("amount", 5001, "refuse"),
    ]


def test_changes_are_found_through_a_graph_and_inside_contexts() -> None:
    graph = model(
        data("person")
        + decision("is adult", literal("person.age >= 18"), inputs=["person"])
        + decision(
            "d", literal('if is adult and person.kind = "x" then 1 else 0'), decisions=["is adult"]
        ).replace(
            "<literalExpression>",
            '<informationRequirement><requiredInput href="#person"/></informationRequirement>'
            "<literalExpression>",
        )
    )
    found = counterfactuals(graph, "d", {"person": {"age": 18, "kind": "y"}})
    assert [(each.name, each.then, each.output) for each in found] == [("person.kind", "x", 1)]


inputs = st.fixed_dictionaries(
    {
        "age": st.integers(0, 40),
        "amount": st.integers(0, 6000),
        "risk": st.sampled_from(["low", "middle", "high"]),
    }
)


@given(inputs)
def test_every_finding_is_true_and_changes_one_input_or_two(given_inputs: dict[str, Any]) -> None:
    outcome = MODEL.evaluate("result", given_inputs)
    for each in counterfactuals(MODEL, "result", given_inputs):
        changed = {**given_inputs, each.name: each.then}
        changed |= {second.name: second.then for second in each.also}
        assert each.then != given_inputs[each.name]
        assert MODEL.evaluate("result", changed) == each.output != outcome


@given(inputs)
def test_explaining_decides_as_evaluating_does(given_inputs: dict[str, Any]) -> None:
    told = MODEL.explain("result", given_inputs)
    assert told.output == MODEL.evaluate("result", given_inputs)
    fired = told.steps[0].tables[0]
    assert fired.table.rules[fired.rows[0] - 1].outputs == (f'"{told.output}"',)
