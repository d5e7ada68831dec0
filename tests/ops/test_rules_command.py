"""`pengcheng rules`: a decision from a file, and the conformance kit."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pengcheng.ops.command import main
from tests.engines.rules.rules_check import data, decision, dmn, literal

CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>m.dmn</modelName>
<testCase id="1"><inputNode name="a"><value xsi:type="xsd:decimal">2</value></inputNode>
<resultNode name="d"><expected><value xsi:type="xsd:decimal">{expected}</value></expected>
</resultNode></testCase></testCases>"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run_with(words: list[str], stdin: str = "") -> tuple[int, str, str]:
        source = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", source)
        code = main(["rules", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run_with


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "m.dmn"
    path.write_bytes(dmn(data("a") + decision("d", literal("a * 1.50"), inputs=["a"])))
    return path


def test_a_decision_is_printed_as_json(run: Any, file: Path) -> None:
    code, out, _ = run(["evaluate", str(file), "--decision", "d"], '{"a": 0.1}')
    assert (code, out.strip()) == (0, "0.150")


def test_an_explanation_names_each_step(run: Any, file: Path) -> None:
    _, out, _ = run(["evaluate", str(file), "--decision", "d", "--explain"], '{"a": 2}')
    assert json.loads(out)["steps"][0]["inputs"] == {"a": 2}


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (["evaluate", "none.dmn", "--decision", "d"], "{}", "none.dmn"),
        (["evaluate", "{file}", "--decision", "e"], "{}", "no such decision: e"),
        (["evaluate", "{file}", "--decision", "d"], "[1", "JSON"),
        (["tck", "{folder}"], "", "conformance kit"),
    ],
)
def test_what_is_wrong_is_said_plainly(
    run: Any, file: Path, words: list[str], stdin: str, told: str
) -> None:
    filled = [word.format(file=file, folder=file.parent) for word in words]
    code, out, err = run(filled, stdin)
    assert (code, out) == (1, "")
    assert told in err


def test_faults_of_a_file_are_told_with_their_place(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "f.dmn"
    path.write_bytes(dmn(decision("d", literal("1 +"))))
    code, out, err = run(["evaluate", str(path), "--decision", "d"], "")
    assert (code, out.strip()) == (1, "null")
    assert "Line 1, column 4" in err


@pytest.mark.parametrize(("expected", "code", "passed"), [("3", 0, 1), ("4", 1, 0)])
def test_the_kit_is_counted_by_level_and_group(
    run: Any, file: Path, tmp_path: Path, expected: str, code: int, passed: int
) -> None:
    group = tmp_path / "TestCases" / "compliance-level-2" / "0001-group"
    group.mkdir(parents=True)
    (group / "m.dmn").write_bytes(file.read_bytes())
    (group / "0001-test-01.xml").write_text(CASES.format(expected=expected))
    figures = tmp_path / "figures.json"
    assert run(["tck", str(tmp_path), "--json", str(figures)])[0] == code
    told = json.loads(figures.read_text())
    assert told["levels"]["compliance-level-2"] == {"passed": passed, "failed": 1 - passed}
    assert told["groups"]["compliance-level-2/0001-group"]["passed"] == passed
