"""Names and calls that the house refuses; each message says what stands in their place."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.house import PROGRAM, ROOT, imports, named, python_files, told, tree

EMPTY_NAMES = {"common", "utils", "util", "helpers", "helper", "core", "base", "misc", "contrib"}
EMPTY_CLASSES = re.compile(r"(Manager|Handler|Helper|Util|Utils|Impl|Base)$|^(Abstract|Base)[A-Z]")
# What a framework's own contract names; ours never do.
BOUNDARIES = {
    "edge": "request",
    "ground/subscriptions.py": "subscriber",
    "ground/timers.py": "task",
    "ops": "command",
}
BANNED_CALLS = {
    "eval": "the FEEL engine evaluates what authors write",
    "exec": "declare it, or write a function",
    "breakpoint": "write a test",
    "os.system": "subprocess with a list of arguments",
    "datetime.now": "take a Clock as a parameter (pengcheng.kernel.time)",
    "datetime.utcnow": "take a Clock as a parameter (pengcheng.kernel.time)",
    "datetime.today": "take a Clock as a parameter (pengcheng.kernel.time)",
    "date.today": "take a Clock as a parameter (pengcheng.kernel.time)",
}
BANNED_IMPORTS = {
    "pickle": "models ship as data (JSON, ONNX, skops)",
    "marshal": "models ship as data (JSON, ONNX, skops)",
    "logging": "structlog",
    "unittest": "pytest, and no stand-ins for our own code",
    "typing.cast": "msgspec.convert, or a type that tells the truth",
    "typing.TYPE_CHECKING": "move what is shared below both modules",
    "requests": "httpx",
    "yaml": "ruamel.yaml, which knows the line of every node",
}
# The one place that brings the log lines of libraries into ours.
MAY_IMPORT = {"logging": {PROGRAM / "ground" / "telemetry.py"}}
TIME_ROOMS = {"kernel/time.py", "ground/clock.py", "ops"}
UNDONE = re.compile(r"\b(TODO|FIXME)\b")
SILENCED = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?P<rest>.*)$")
CODE = r"(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[a-z, -]+\])"
WITH_CODE_AND_REASON = re.compile(rf"^{CODE}\s+[-#\s]*\w+")


def in_room(path: Path, rooms: set[str] | dict[str, str]) -> bool:
    return any(path.is_relative_to(PROGRAM / room) for room in rooms)


def test_no_module_or_folder_has_an_empty_name() -> None:
    faults = [
        f"{path.relative_to(ROOT)}: call it by what it is about"
        for path in python_files("src", "packs", "benches", "tests")
        if EMPTY_NAMES & {part.removesuffix(".py").lstrip("_") for part in _own_parts(path)}
    ]
    assert not faults, told(faults)


def test_no_class_has_an_empty_name() -> None:
    faults = [
        f"{named(path, node.lineno)}: {node.name}: a noun of the field"
        for path in python_files("src", "packs", "benches")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and EMPTY_CLASSES.search(node.name)
    ]
    assert not faults, told(faults)


def test_only_our_own_errors_are_raised() -> None:
    ours = "Refusal, Conflict, Absent, Trouble or ensure() of pengcheng.kernel.errors"
    faults = [
        f"{named(path, node.lineno)}: raise {name}: use {ours}"
        for path in python_files("src")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Raise) and (name := _raised(node)) in _builtin_errors(path)
    ]
    assert not faults, told(faults)


def test_no_assert_stands_in_the_program() -> None:
    faults = [
        f"{named(path, node.lineno)}: use ensure() of pengcheng.kernel.errors, which -O keeps"
        for path in python_files("src")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert)
    ]
    assert not faults, told(faults)


def test_everything_is_caught_only_at_the_four_boundaries() -> None:
    faults = [
        f"{named(path, node.lineno)}: catch what can happen here, and let the rest reach a boundary"
        for path in python_files("src")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or _dotted(node.type) in {"Exception", "BaseException"})
        and not in_room(path, BOUNDARIES)
        and not _raises_again(node)
    ]
    assert not faults, told(faults)


@pytest.mark.parametrize("call", sorted(BANNED_CALLS))
def test_no_banned_call(call: str) -> None:
    clock = "Clock" in BANNED_CALLS[call]
    faults = [
        f"{named(path, line)}: {call}: {BANNED_CALLS[call]}"
        for path in python_files("src", "packs")
        for line in _calls(path, call)
        if not (clock and in_room(path, TIME_ROOMS))
    ]
    assert not faults, told(faults)


def test_no_banned_import() -> None:
    faults = [
        f"{named(path, line)}: {name}: {BANNED_IMPORTS[banned]}"
        for path in python_files("src", "packs")
        for line, name in imports(path)
        for banned in BANNED_IMPORTS
        if f"{name}.".startswith(f"{banned}.") and path not in MAY_IMPORT.get(banned, ())
    ]
    assert not faults, told(faults)


def test_nothing_is_left_to_do() -> None:
    faults = [
        f"{where}: do it, or write it into an issue"
        for where, line in _lines("src", "packs", "benches")
        if UNDONE.search(line)
    ]
    assert not faults, told(faults)


def test_nothing_is_silenced_without_a_code_and_a_reason() -> None:
    faults = [
        f"{where}: say which rule and why, as in `# noqa: S104 - only compared`"
        for where, line in _lines("src", "packs", "benches", "tests")
        for silenced in SILENCED.finditer(line)
        if not WITH_CODE_AND_REASON.match(silenced["rest"]) and '"' not in silenced["rest"]
    ]
    assert not faults, told(faults)


@pytest.mark.parametrize(
    ("comment", "is_fit"),
    [
        (": S104 - only compared", True),
        ("[attr-defined]  # the wheel has no types", True),
        (": S104", False),
        ("", False),
        ("[misc]", False),
    ],
)
def test_a_reason_is_told_from_its_absence(comment: str, *, is_fit: bool) -> None:
    assert bool(WITH_CODE_AND_REASON.match(comment)) is is_fit


def _own_parts(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).parts


def _builtin_errors(path: Path) -> set[str]:
    """The built-in exceptions; the one place of AssertionError is `kernel.errors`."""
    every = {
        name
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and issubclass(kind, BaseException)
    }
    # What Python itself asks an iterator or `__getattr__` to raise.
    allowed = {"StopIteration", "StopAsyncIteration", "AttributeError"}
    may_crash = path == PROGRAM / "kernel" / "errors.py"
    return every - allowed - ({"AssertionError"} if may_crash else set())


def _raised(node: ast.Raise) -> str:
    what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return _dotted(what)


def _raises_again(node: ast.ExceptHandler) -> bool:
    return any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))


def _calls(path: Path, call: str) -> Iterator[int]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            name = _dotted(node.func)
            if name == call or ("." in call and name.endswith(f".{call}")):
                yield node.lineno


def _dotted(node: ast.AST | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def _lines(*folders: str) -> Iterator[tuple[str, str]]:
    this = Path(__file__)
    for path in python_files(*folders):
        lines = [] if path == this else path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            yield named(path, number), line
