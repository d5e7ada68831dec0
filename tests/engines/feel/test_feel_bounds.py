"""Texts made to be endless, deep or large are refused by name, and soon."""

import time

import pytest

from pengcheng.engines.feel import compile_expression
from pengcheng.kernel.errors import Refusal
from tests.engines.feel.feel_check import value_of

DOUBLING = "for i in 1..60 return if i = 1 then {} else {}"
ENDLESS = {
    "a loop of a thousand million": "for i in 1..1000000000 return i",
    "two loops inside each other": "for i in 1..9999, j in 1..9999 return i * j",
    "a text that doubles": DOUBLING.format('"aaaaaaaaaa"', "partial[-1] + partial[-1]"),
    "a list that doubles": DOUBLING.format("[1, 2]", "concatenate(partial[-1], partial[-1])"),
    "a value that shares itself": DOUBLING.format("[1]", "[partial[-1], partial[-1]]"),
    "a comparison of it": (
        f"{{a: {DOUBLING.format('[1]', '[partial[-1], partial[-1]]')}, b: a = a}}.b"
    ),
    "a function that calls itself": "{f: function(n) f(n + 1), x: f(1)}.x",
    "a function that calls its argument": "(function(x) x(x))(function(x) x(x))",
    "all days of all years": 'count(for d in @"-999999999-01-01"..@"999999999-12-31" return d)',
}
MALFORMED = {
    "a hundred brackets": ("(" * 100 + "1" + ")" * 100, "feel.nested_too_deep"),
    "three thousand lists": ("[" * 3000 + "]" * 3000, "feel.nested_too_deep"),
    "five thousand minus signs": ("-" * 5000 + "1", "feel.nested_too_deep"),
    "ten thousand additions": ("+".join(["1"] * 10_000), "feel.too_long"),
    "sixty thousand characters": ('"' + "a" * 60_000 + '"', "feel.too_long"),
    "brackets left open": ("[1..a" * 40, "feel.unexpected"),
    "nothing": ("", "feel.ended"),
    "a string left open": ('"abc', "feel.expected"),
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS.keys())
def test_an_endless_evaluation_is_refused_soon(text: str) -> None:
    start = time.process_time()
    with pytest.raises(Refusal) as refused:
        value_of(text)
    assert refused.value.code in ("feel.too_many_steps", "feel.too_deep", "feel.too_long")
    assert time.process_time() - start < 10


@pytest.mark.parametrize(("text", "code"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_monstrous_text_is_refused_with_its_fault(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        compile_expression(text)
    assert code in [fault.code for fault in refused.value.faults]


def test_a_pattern_that_explodes_is_refused_or_answered_soon() -> None:
    start = time.process_time()
    text = 'for i in 1..30 return if i = 1 then "ab" else replace(partial[-1], ".", "$0$0$0$0")'
    with pytest.raises(Refusal):
        value_of(text)
    assert time.process_time() - start < 10


def test_numbers_of_any_size_give_a_value() -> None:
    for text in ("9 ** 9 ** 9 ** 9", "modulo(1e6000, 7)", "exp(1e10)", "decimal(1/3, 6176)"):
        value_of(text)


def test_every_fault_is_told_with_its_place() -> None:
    with pytest.raises(Refusal) as refused:
        compile_expression("amount > limit and\n  colour = shade", ["amount", "colour"])
    faults = refused.value.faults
    assert [(fault.code, fault.facts["name"]) for fault in faults] == [
        ("feel.unknown_name", "limit"),
        ("feel.unknown_name", "shade"),
    ]
    assert [(fault.facts["line"], fault.facts["column"]) for fault in faults] == [(1, 10), (2, 12)]


def test_a_built_in_with_wrong_arguments_is_a_fault() -> None:
    with pytest.raises(Refusal) as refused:
        compile_expression('substring("a")', [])
    assert [fault.code for fault in refused.value.faults] == ["feel.wrong_arguments"]


def test_a_foreign_python_value_is_refused_by_its_type() -> None:
    with pytest.raises(Refusal) as refused:
        value_of("v", {"v": object()})
    assert refused.value.facts == {"type": "object"}
