"""Small cases of expressions, each with the FEEL text of its value."""

import pytest

from tests.engines.feel.feel_check import value_of, written

ARITHMETIC = [
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("2 ** 3 ** 2", "64"),
    ("-2 ** 2", "4"),
    ("7 / 2", "3.5"),
    ("1 / 3", "0.3333333333333333333333333333333333"),
    ("1 / 0", "null"),
    ("0.1 + 0.2 = 0.3", "true"),
    ('1 + "1"', "null"),
    ('"深" + "圳"', '"深圳"'),
    ("-(-3)", "3"),
    ("1e3", "1000"),
    ("10 ** 7000", "null"),
    ("--4", "4"),
]
LOGIC = [
    ("true and null", "null"),
    ("false and null", "false"),
    ("null or true", "true"),
    ("null or false", "null"),
    ('"x" or false', "null"),
    ("not(null)", "null"),
    ("not(true)", "false"),
    ("null = null", "true"),
    ("null = 1", "false"),
    ('1 = "1"', "null"),
    ("1 < null", "null"),
    ("[1, 2] = [1, 2]", "true"),
    ("[1] = 1", "true"),
    ("{a: 1, b: 2} = {b: 2, a: 1}", "true"),
    ("5 between 1 and 5", "true"),
    ("null between 1 and 5", "null"),
    ("if null then 1 else 2", "2"),
    ("if 1 < 2 then 1 else 2", "1"),
]
RANGES = [
    ("3 in [1..5]", "true"),
    ("5 in [1..5)", "false"),
    ("1 in ]1..5]", "false"),
    ("1 in [1..5[", "true"),
    ("7 in (< 3, > 6)", "true"),
    ("7 in (!= 7)", "false"),
    ('"b" in ["a".."c"]', "true"),
    ("4 in [1, 4, 9]", "true"),
    ("[1..5].start", "1"),
    ("(< 5).start included", "false"),
    ("[2..4] = [2..4]", "true"),
    ("[2..4] = [2..4)", "false"),
    ("before(1, [2..3])", "true"),
    ("overlaps([1..5], [5..8])", "true"),
    ("overlaps([1..5), [5..8])", "false"),
    ("during([2..3], [1..5])", "true"),
    ("finished by([1..10], 10)", "true"),
    ("coincides([1..5], [1..5])", "true"),
    ("meets([1..5], [5..9])", "true"),
    ('range("[1..3)")', "[1..3)"),
    ('range("[3..1]")', "null"),
]
LISTS = [
    ("[1, 2, 3][2]", "2"),
    ("[1, 2, 3][-1]", "3"),
    ("[1, 2, 3][4]", "null"),
    ("[1, 2, 3][item > 1]", "[2, 3]"),
    ("[{n: 1}, {n: 2}][n > 1].n", "[2]"),
    ("[{n: 1}, {m: 2}].n", "[1, null]"),
    ("5[1]", "5"),
    ("for i in 1..3 return i * i", "[1, 4, 9]"),
    ("for i in 3..1 return i", "[3, 2, 1]"),
    ("for i in 1..4 return if i < 3 then 1 else partial[-1] + partial[-2]", "[1, 1, 2, 3]"),
    ("for a in [1, 2], b in [a, 10] return a * b", "[1, 10, 4, 20]"),
    ("some x in [1, 2] satisfies x > 1", "true"),
    ("every x in [] satisfies false", "true"),
    ("every x in [1, null] satisfies x > 0", "null"),
    ("sum([1, 2, 3])", "6"),
    ("sum([])", "null"),
    ("min(3, 1, 2)", "1"),
    ('max(["a", "c", "b"])', '"c"'),
    ("mean(1, 2)", "1.5"),
    ("median([1, 5, 3])", "3"),
    ("mode([1, 2, 2, 1])", "[1, 2]"),
    ("count(7)", "1"),
    ("concatenate([1], [2, 3])", "[1, 2, 3]"),
    ("union([1, 2], [2, 3])", "[1, 2, 3]"),
    ("flatten([1, [2, [3]]])", "[1, 2, 3]"),
    ("insert before([1, 3], 2, 2)", "[1, 2, 3]"),
    ("list replace([1, 2, 3], 2, 9)", "[1, 9, 3]"),
    ("list replace([1, 2, 3], function(item, newItem) item > 1, 9)", "[1, 9, 9]"),
    ("sublist([1, 2, 3], -2)", "[2, 3]"),
    ("sort([3, 1, 2], function(x, y) x < y)", "[1, 2, 3]"),
    ("index of([1, 2, 1], 1)", "[1, 3]"),
    ("distinct values([1, 1.0, 2])", "[1, 2]"),
    ("all([true, null])", "null"),
    ("any([false, true])", "true"),
]
TEXTS = [
    ('substring("foobar", 3, 2)', '"ob"'),
    ('substring("福田区", -1)', '"区"'),
    ('string length("🐎")', "1"),
    ('upper case("abc")', '"ABC"'),
    ('substring before("foobar", "bar")', '"foo"'),
    ('substring after("foobar", "o")', '"obar"'),
    ('replace("abc", "(b)", "[$1]")', '"a[b]c"'),
    ('matches("Ab1", "^[A-Z-[X]][a-z]\\d$")', "true"),
    ('matches("a", "(?=a)")', "null"),
    ('matches("x", "[")', "null"),
    ('split("a,b,,c", ",")', '["a", "b", "", "c"]'),
    ('string join(["a", null, "b"], "-")', '"a-b"'),
    ("string(1.50)", '"1.5"'),
    ('string([1, "a", {b: null}])', '"[1, \\"a\\", {b: null}]"'),
    ('number("1.234,5", ".", ",")', "1234.5"),
    ('number("1,2,3")', "null"),
]
CONTEXTS = [
    ("{a: 1, b: a + 1}.b", "2"),
    ('{"一 二": 1}.一 二', "1"),
    ('get value({a: 1}, "a")', "1"),
    ('get value({a: {b: 2}}, ["a", "b"])', "2"),
    ('context put({a: 1}, "b", 2)', "{a: 1, b: 2}"),
    ('context put({a: {b: 1}}, ["a", "b"], 2)', "{a: {b: 2}}"),
    ("context merge([{a: 1}, {a: 2, b: 3}])", "{a: 2, b: 3}"),
    ('context([{key: "a", value: 1}])', "{a: 1}"),
    ("get entries({a: 1})", '[{key: "a", value: 1}]'),
    ("{f: function(n) if n = 0 then 1 else n * f(n - 1), x: f(10)}.x", "3628800"),
    ("(function(a, b) a - b)(b: 1, a: 3)", "2"),
    ('(function(a: number) a)("x")', "null"),
]
NUMBERS = [
    ("decimal(2.345, 2)", "2.34"),
    ("round up(5.1, 0)", "6"),
    ("round half up(-2.5, 0)", "-3"),
    ("round half down(2.5, 0)", "2"),
    ("floor(-1.5)", "-2"),
    ("ceiling(1.21, 1)", "1.3"),
    ("modulo(-12, 5)", "3"),
    ('abs(@"-P1D")', '@"P1D"'),
    ("sqrt(-1)", "null"),
    ("odd(5)", "true"),
    ("even(5)", "false"),
]
TYPES = [
    ("1 instance of number", "true"),
    ("null instance of Any", "false"),
    ('{a: "x"} instance of context<a: string>', "true"),
    ("[1, 2] instance of list<number>", "true"),
    ("[1] instance of number", "false"),
    ("[1..2] instance of range<number>", "true"),
    ("(function(a: number) a) instance of function<number> -> Any", "true"),
]
CASES = [*ARITHMETIC, *LOGIC, *RANGES, *LISTS, *TEXTS, *CONTEXTS, *NUMBERS, *TYPES]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_an_expression_has_the_value_of_the_standard(text: str, expected: str) -> None:
    assert written(text) == expected


def test_names_with_spaces_and_signs_come_from_the_scope() -> None:
    context = {"Date-Time 2": 5, "Date": 7, "办件 数": 3}
    assert value_of("Date-Time 2 + Date - 办件 数", context) == 9


def test_the_longest_name_in_scope_wins() -> None:
    assert value_of("total cost", {"total": 1, "total cost": 2}) == 2


def test_a_name_in_scope_hides_a_built_in_function() -> None:
    assert value_of("count + 1", {"count": 4}) == 5


def test_python_values_become_feel_values_and_an_absent_name_is_null() -> None:
    given = {"n": 3, "f": 0.1, "items": (1, {"a": None}), "nan": float("nan")}
    assert written("{n: n, f: f, items: items, nan: nan}", given) == (
        "{n: 3, f: 0.1, items: [1, {a: null}], nan: null}"
    )


def test_comments_mean_nothing() -> None:
    assert value_of("1 /* one */ + // and\n 2") == 3
