"""The files of the house as these tests read them: what is tracked by git, parsed once."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
PROGRAM = SOURCE / "pengcheng"


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track; without git, every file outside built folders."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True)
    names = done.stdout.decode().split("\0")
    return tuple(sorted(ROOT / name for name in names if name and (ROOT / name).is_file()))


def python_files(*folders: str) -> list[Path]:
    """The Python files below these folders of the repository."""
    above = [ROOT / folder for folder in folders]
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in above)
    ]


@functools.cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module(path: Path) -> str:
    """The dotted name of a file of the program."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(node: ast.AST) -> list[str]:
    """The dotted names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a file imports."""
    for node in ast.walk(tree(path)):
        for name in imported(node):
            yield getattr(node, "lineno", 0), name


def named(path: Path, line: int) -> str:
    """A place as a person finds it."""
    return f"{path.relative_to(ROOT)}:{line}"


def told(faults: list[str], way_out: str = "") -> str:
    """Every fault on a line of its own, as the message of a failed test."""
    return "\n".join(["", *faults, way_out])
