"""Unary tests, as they stand in the cells of decision tables."""

from typing import Any

import pytest

from pengcheng.engines.feel import compile_unary_tests

CASES: list[tuple[str, Any, bool]] = [
    ("-", None, True),
    ("5", 5, True),
    ("5", 6, False),
    ("< 5", 4, True),
    ("< 5", "a", False),
    ("< 5", None, False),
    ("[1..5), > 9", 10, True),
    ("[1..5), > 9", 5, False),
    ('"a", "b"', "b", True),
    ('not("a", "b")', "c", True),
    ('not("a", "b")', "a", False),
    ("not(< 5)", 5, True),
    ("not(null)", 1, True),
    ("null", None, True),
    ("true", True, True),
    ("true", False, False),
    ("false", False, True),
    ("limit", 7, True),
    ("> limit", 8, True),
    ("? > limit and ? < 20", 10, True),
    ('starts with(?, "深")', "深圳", True),
    ("[1, 5, 9]", 5, True),
    ("even(?)", 4, True),
    ("x > 3", "anything", True),
    ('@"2024-01-01"', "2024-01-01", False),
    ("!= 5", 6, True),
    ("? in [1..3] or ? = 9", 9, True),
]


@pytest.mark.parametrize(("text", "value", "expected"), CASES)
def test_a_test_holds_for_what_the_standard_says(text: str, value: Any, expected: bool) -> None:
    tests = compile_unary_tests(text, ["limit", "x"])
    assert tests.holds(value, {"limit": 7, "x": 4}) is expected
