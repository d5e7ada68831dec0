"""Files and functions stay as short as a person can hold in mind."""

import ast
from pathlib import Path

from tests.architecture.house import named, python_files, told, tracked, tree

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FOLDERS = ("src", "tests", "packs", "benches", "scripts")
WRITTEN_BY_HAND = {".py", ".mjs", ".js", ".scss", ".css", ".html", ".sh"}


def test_no_file_is_longer_than_400_lines() -> None:
    files = [
        path
        for path in tracked()
        if path.suffix in WRITTEN_BY_HAND and "node_modules" not in path.parts
    ]
    long = [(named(path, lines)) for path in files if (lines := _lines(path)) > FILE_LINES_MAX]
    assert not long, told(long, "divide each by what its parts are about")


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{named(path, node.lineno)}: {node.name} has {length} lines"
        for path in python_files(*FOLDERS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert not long, told(long, "name its steps and let them be functions")


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
