"""FEEL in packs: compiled at load by the engine that will run it, its names resolved."""

from collections.abc import Iterable

from pengcheng.engines.feel import Vocabulary, attempt_expression, attempt_unary_tests
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.words import Words
from pengcheng.pack.names import Compiling

_WORDS = {
    "feel.expected": Words(
        "第 {column} 列应为 {expected}，写的是“{found}”",
        "column {column}: {expected} is expected, not “{found}”",
    ),
    "feel.ended": Words(
        "第 {column} 列应为 {expected}，但文字到此为止",
        "column {column}: {expected} is expected, but the text ends",
    ),
    "feel.unexpected": Words(
        "第 {column} 列不应有“{found}”", "column {column}: “{found}” is not expected"
    ),
    "feel.unknown_name": Words("没有名称“{name}”", "the name “{name}” is unknown"),
    "feel.wrong_arguments": Words("函数的参数不对", "the arguments do not fit the function"),
    "feel.repeated_key": Words("键“{key}”重复", "the key “{key}” is repeated"),
    "feel.pattern_too_slow": Words("正则表达式过于复杂", "the pattern may take too long"),
}
_OTHER = Words("{code}（第 {column} 列）", "{code} (column {column})")


def quoted(text: str) -> str:
    """A text as a FEEL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def expression_faults(
    compiling: Compiling, text: str, at: tuple[str, int], fields: Iterable[str] = ()
) -> None:
    """Note what is wrong with an expression, and each name that is not among the fields given."""
    found = attempt_expression(text, Vocabulary())
    _note(compiling, found.faults, at)
    known = tuple(fields)
    if known and not found.faults:
        for name in found.inputs:
            compiling.one_of("field", name, known, at)


def row_faults(
    compiling: Compiling, text: str, at: tuple[str, int], columns: Iterable[str]
) -> None:
    """Note what is wrong with an expression over the columns of a row."""
    known = tuple(columns)
    found = attempt_expression(text, Vocabulary(names=frozenset(known)))
    free = attempt_expression(text, Vocabulary())
    unknown = [name for name in free.inputs if name not in known]
    for name in unknown:
        compiling.one_of("column", name, known, at)
    if not unknown:
        _note(compiling, found.faults, at)


def tests_faults(compiling: Compiling, text: str, at: tuple[str, int]) -> None:
    """Note what is wrong with unary tests."""
    found = attempt_unary_tests(text, Vocabulary())
    _note(compiling, found.faults, at)


def _note(compiling: Compiling, faults: Iterable[Fault], at: tuple[str, int]) -> None:
    for fault in faults:
        words = _WORDS.get(fault.code, _OTHER)
        facts = {"code": fault.code, **fault.facts}
        compiling.faults.add(
            at,
            "feel.invalid",
            problem=words.fill("en", facts),
            problem_zh=words.fill("zh", facts),
        )
