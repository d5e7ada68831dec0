"""A pack's Python: read as text, judged before it runs, loaded under its own name."""

from pathlib import Path

import pytest

from pengcheng.pack import check, forget, functions, load
from tests.pack.writing import write_pack

LOGIC = '''\
"""Depths."""

import math

from pengcheng.pack import algorithm
from packs.{name}.algorithms.steps import rounded

LIMIT = 3


@algorithm(zh="深度", en="Depth", inputs=("level",), outputs=("depth",))
def depth(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """Depths of levels."""
    return [{{"depth": rounded(math.sqrt(row["level"]))}} for row in rows]


def _private(x):
    return x
'''
STEPS = "def rounded(value: float) -> float:\n    return round(value, 2)\n"


def logic_pack(tmp_path: Path, name: str, text: str = LOGIC) -> Path:
    logic = text.replace("{name}", name).replace("{{", "{").replace("}}", "}")
    return write_pack(tmp_path, name, logic_as_py=logic, algorithms__steps_as_py=STEPS)


def test_public_functions_are_algorithms_told_without_running_them(tmp_path: Path) -> None:
    registry = load([logic_pack(tmp_path, "deep")])
    declared = registry.algorithms["deep.depth"]
    assert (declared.label.zh, declared.inputs, declared.outputs) == (
        "深度",
        ("level",),
        ("depth",),
    )
    assert list(registry.algorithms) == ["deep.depth"]


def test_functions_run_and_a_newer_version_is_read_after_forgetting(tmp_path: Path) -> None:
    folder = logic_pack(tmp_path, "newer")
    registry = load([folder])
    assert functions(registry)["newer.depth"]([{"level": 2.0}]) == [{"depth": 1.41}]
    (folder / "algorithms" / "steps.py").write_text(STEPS.replace("2)", "4)"), encoding="utf-8")
    forget("newer")
    assert functions(registry)["newer.depth"]([{"level": 2.0}]) == [{"depth": 1.4142}]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("import os", "logic.import"),
        ("import subprocess", "logic.import"),
        ("import numpy", "logic.import"),
        ("from pengcheng.kernel import errors", "logic.import"),
        ("from pengcheng.ground import database", "logic.import"),
        ("from packs.other import logic", "logic.import"),
        ("from . import x", "logic.import"),
        ("x = open('/etc/passwd')", "logic.call"),
        ("x = eval('1')", "logic.call"),
        ("x = ().__class__", "logic.call"),
        ("print('hello')", "logic.level"),
        ("for x in (): pass", "logic.level"),
        ("def f(a): return a", "logic.untyped"),
        ("def f(", "logic.syntax"),
        ("x = 1\n" * 220, "logic.too_long"),
    ],
)
def test_what_a_packs_code_may_not_do(tmp_path: Path, line: str, code: str) -> None:
    folder = write_pack(tmp_path, "bad", logic_as_py=f'"""Bad."""\n{line}\n')
    faults = check([folder]).faults
    assert code in {fault.code for fault in faults}
    assert {fault.file for fault in faults} == {"bad/logic.py"}


def test_a_serious_library_is_allowed_once_it_is_named(tmp_path: Path) -> None:
    text = '"""Sums."""\n\nimport numpy as np\n\nZERO = np.float64(0)\n'
    named = write_pack(tmp_path, "named", more="libraries: [numpy]\n", logic_as_py=text)
    assert check([named]).faults == ()
    strange = write_pack(tmp_path, "strange", more="libraries: [requests]\n")
    assert [fault.code for fault in check([strange]).faults] == ["name.unknown"]


def test_an_algorithm_that_is_not_there_is_a_fault_with_the_nearest(tmp_path: Path) -> None:
    story = """\
story: {zh: 算, en: Compute}
steps:
  - {when: {calls: deep.dept, rows: [{level: 4}]}, then: {gives: [{depth: 2}]}}
"""
    folder = logic_pack(tmp_path, "deep")
    (folder / "stories").mkdir()
    (folder / "stories" / "one.yaml").write_text(story, encoding="utf-8")
    fault = check([folder]).faults[0]
    assert (fault.code, fault.nearest) == ("name.unknown", "deep.depth")
    (folder / "stories" / "one.yaml").write_text(story.replace("dept,", "depth,"), "utf-8")
    assert check([folder]).faults == ()
    (folder / "stories" / "one.yaml").write_text(
        story.replace("dept,", "depth,").replace("depth: 2}", "depth: 3}"), "utf-8"
    )
    assert [one.code for one in check([folder]).faults] == ["story.failed"]
