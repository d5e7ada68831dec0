"""Whatever code is raised anywhere, a person reads what happened and what to do, in both
languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pengcheng
from pengcheng.edge.error_words import UNKNOWN, WORDS, words_of
from pengcheng.edge.problems import HTTP_CODES
from pengcheng.engines import feel, processes, rules
from pengcheng.kernel.fault_words import FAULT_WORDS
from pengcheng.ops.words import SENTENCES

SOURCE = Path(pengcheng.__file__).parent
RAISERS = frozenset(
    ["Refusal", "Conflict", "Absent", "Trouble", "Forbidden", "TooLarge", "TooMany",
     "Unauthenticated", "WrongMediaType"]
)  # fmt: skip
# The command says these on a terminal; no request can meet them.
COMMAND = ("ops", "pack")
# Told by the commands `rules`, `processes` and `algorithm`, each in its own report.
OWN_REPORTS = frozenset(
    [
        *("rules.no_tck", "rules.no_file", "rules.inputs_not_json", "process.not_yaml"),
        *("rules.no_such_table", "rules.order_not_understood", "rules.since_not_a_time"),
        *("process.file", "process.vars", "sample.content_absent"),
    ]
)
FAULTS_OF_COMMANDS = frozenset(
    ["not_an_object", "not_json", "not_text", "required", "too_long", "too_many", "unanswered"]
)


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def raised() -> list[tuple[str, str]]:
    """(code, first folder of the file) of everything raised with a code in its place."""
    return sorted(
        {
            (str(call.args[0].value), path.relative_to(SOURCE).parts[0])
            for path in SOURCE.rglob("*.py")
            for call in calls(path)
            if name_of(call) in RAISERS and call.args and isinstance(call.args[0], ast.Constant)
        }
    )


def faults() -> list[str]:
    return sorted(
        {
            str(keyword.value.value)
            for path in SOURCE.rglob("*.py")
            for call in calls(path)
            for keyword in call.keywords
            if name_of(call) == "Fault"
            and keyword.arg == "code"
            and isinstance(keyword.value, ast.Constant)
        }
    )


FOR_REQUESTS = sorted({code for code, folder in raised() if folder not in COMMAND})
FOR_TERMINALS = sorted({code for code, folder in raised() if folder in COMMAND} - OWN_REPORTS)


def test_codes_are_found() -> None:
    assert len(FOR_REQUESTS) > 80
    assert len(faults()) > 50


@pytest.mark.parametrize("code", [c for c in FOR_REQUESTS if c not in SENTENCES])
def test_what_a_request_can_raise_has_words(code: str) -> None:
    assert words_of(code) is not UNKNOWN


@pytest.mark.parametrize("code", FOR_TERMINALS)
def test_what_a_command_can_raise_has_words(code: str) -> None:
    assert code in SENTENCES or code in WORDS


@pytest.mark.parametrize("code", sorted({*HTTP_CODES.values(), "request.crashed"}))
def test_what_the_framework_refuses_has_words(code: str) -> None:
    assert words_of(code) is not UNKNOWN


@pytest.mark.parametrize("code", sorted(set(faults()) - FAULTS_OF_COMMANDS))
def test_every_fault_has_words(code: str) -> None:
    told = {**FAULT_WORDS, **processes.WORDS, **feel.WORDS, **rules.WORDS}
    assert code in told


@pytest.mark.parametrize("code", sorted(WORDS))
def test_words_are_in_both_languages_and_name_the_same_facts(code: str) -> None:
    words = WORDS[code]
    assert all((words.title.zh, words.title.en, words.detail.zh, words.detail.en))
    in_zh, in_en = (
        set(re.findall(r"{(\w+)}", text)) for text in (words.detail.zh, words.detail.en)
    )
    assert in_zh == in_en
