"""Laws that hold for all values, and totality: nothing but a refusal ever comes out."""

from contextlib import suppress
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pengcheng.engines.feel import (
    Vocabulary,
    attempt_expression,
    attempt_unary_tests,
    compile_expression,
    compile_unary_tests,
    feel_text,
)
from pengcheng.kernel.errors import Refusal
from tests.engines.feel.feel_check import CLOCK, value_of

numbers = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=9
)
truths = st.sampled_from([True, False, None])
scalars = st.one_of(truths, numbers, st.text(max_size=8))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=5), inner, max_size=4),
    ),
    max_leaves=12,
)
WORDS = [
    *("1", "2.5", '"a"', "true", "null", "x", "y.a", "?", "item", '@"2024-05-01"', '@"P1D"'),
    *("+", "-", "*", "/", "**", "=", "<", ">=", "and", "or", "in", "between", "instance of"),
    *("(", ")", "[", "]", "{", "}", ",", ":", ".", "..", "if", "then", "else", "for", "return"),
    *("some", "every", "satisfies", "function", "number", "list<", ">", "sum", "date", "not"),
    *("\\", '"', "/*", "//", "'", "🐎", "深圳", "string join", "date and time"),
]


@given(values)
def test_a_value_written_as_feel_reads_as_itself(value: object) -> None:
    text = feel_text(value_of("v", {"v": value}))
    assert value_of("v = w", {"v": value, "w": value_of(text)}) is True


@given(truths, truths)
def test_and_and_or_are_dual(one: bool | None, other: bool | None) -> None:
    context = {"a": one, "b": other}
    assert value_of("not(a and b)", context) == value_of("not(a) or not(b)", context)


@given(truths, truths, truths)
def test_logic_neither_minds_order_nor_brackets(
    a: bool | None, b: bool | None, c: bool | None
) -> None:
    context = {"a": a, "b": b, "c": c}
    results = {value_of(text, context) for text in ("a and (b and c)", "(c and a) and b")}
    assert len(results) == 1


@given(numbers, numbers)
def test_order_is_total_on_numbers(one: Decimal, other: Decimal) -> None:
    context = {"a": one, "b": other}
    told = [value_of(f"a {sign} b", context) for sign in ("<", "=", ">")]
    assert told.count(True) == 1
    assert value_of("a <= b", context) is not value_of("a > b", context)


@given(numbers, numbers, numbers)
def test_a_range_holds_what_lies_between_its_ends(
    low: Decimal, high: Decimal, value: Decimal
) -> None:
    context = {"a": low, "b": high, "v": value}
    assert value_of("v in (a..b]", context) == value_of("v > a and v <= b", context)
    assert value_of("v in [a..b)", context) == value_of("v >= a and v < b", context)


@given(st.lists(numbers, max_size=8))
def test_sorting_keeps_the_items_and_orders_them(items: list[Decimal]) -> None:
    ordered = value_of("sort(l, function(x, y) x < y)", {"l": items})
    assert ordered == sorted(items)


@given(st.lists(scalars, max_size=6), st.lists(scalars, max_size=6))
def test_concatenation_adds_counts_and_union_has_no_repeats(
    one: list[object], other: list[object]
) -> None:
    context = {"a": one, "b": other}
    assert value_of("count(concatenate(a, b))", context) == len(one) + len(other)
    assert value_of("distinct values(union(a, b)) = union(a, b)", context) is True


@given(numbers, st.integers(-3, 8))
def test_rounding_moves_less_than_one_unit(value: Decimal, scale: int) -> None:
    context = {"v": value, "s": scale}
    for name in ("decimal", "round up", "round down", "round half up", "round half down"):
        assert value_of(f"abs({name}(v, s) - v) < 10 ** -s", context) is True


@given(st.lists(st.sampled_from(WORDS), max_size=14))
@settings(max_examples=400)
def test_any_text_gives_a_value_or_a_refusal(words: list[str]) -> None:
    text = " ".join(words)
    vocabulary = Vocabulary(names=frozenset({"x", "y"}))
    for expression in (
        attempt_expression(text, vocabulary),
        attempt_unary_tests(text, vocabulary)._expression,
    ):
        with suppress(Refusal):
            expression.evaluate({"x": 1, "y": {"a": [1, None]}, "?": 3}, clock=CLOCK)


@given(st.text(max_size=40))
def test_any_characters_are_read_to_the_end(text: str) -> None:
    attempt_expression(text, Vocabulary())


@given(numbers, numbers)
def test_unary_tests_are_comparisons(limit: Decimal, value: Decimal) -> None:
    for sign in ("<", "<=", ">", ">="):
        tests = compile_unary_tests(f"{sign} {limit:f}", [])
        assert tests.holds(value) is value_of(f"v {sign} {limit:f}", {"v": value})


@given(st.dictionaries(st.sampled_from("abc"), values))
def test_evaluation_repeats_itself_and_leaves_its_inputs_alone(context: dict[str, object]) -> None:
    expression = compile_expression("[a, b, c, {x: a}.x, count([a, b])]", ["a", "b", "c"])
    before = repr(context)
    assert feel_text(expression.evaluate(context)) == feel_text(expression.evaluate(context))
    assert repr(context) == before
