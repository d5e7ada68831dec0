"""A pack's Python: read as text and judged before it is run; only pure modules and named libraries.

`logic.py` holds the algorithms of a pack: public functions, each with its types stated. It has no
file, network, process or clock of its own; the rule is checked on the syntax tree at load. Packs
are installed by an administrator: this keeps honest authors to the contract, it is no sandbox.
"""

import ast
import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pengcheng.kernel.errors import Absent, ensure
from pengcheng.kernel.registry import Algorithm, Registry
from pengcheng.kernel.words import Words
from pengcheng.pack.faults import Faults, shown
from pengcheng.pack.known import LIBRARIES, PURE_MODULES
from pengcheng.pack.tables import read_text

LOGIC_LINES_MAX = 200
BYTES_MAX = 256 * 1024
REFUSED_CALLS = (
    "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "globals", "input",
    "locals", "open", "setattr", "vars",
)  # fmt: skip
DECORATOR = "algorithm"


F = TypeVar("F", bound=Callable[..., Any])


def algorithm(
    *, zh: str, en: str, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()
) -> Callable[[F], F]:
    """Tell what a function of logic.py is called, takes and gives; rows in, rows out.

    The loader reads these words from the text, without running it; here they change nothing.
    """
    ensure(zh and en, "an algorithm has a name in both languages")
    ensure(isinstance(inputs, tuple) and isinstance(outputs, tuple), "columns are tuples")

    def unchanged(function: F) -> F:
        return function

    return unchanged


def read_logic(
    folder: Path, pack: str, libraries: tuple[str, ...], faults: Faults
) -> dict[str, tuple[Algorithm, int]]:
    """The algorithms of a pack with their lines, by "pack.name"; every Python file is judged."""
    found: dict[str, tuple[Algorithm, int]] = {}
    for path in sorted([*folder.glob("*.py"), *folder.glob("algorithms/**/*.py")]):
        tree = _judged(path, folder, pack, libraries, faults)
        if tree is not None and path == folder / "logic.py":
            found = _algorithms(tree, pack, shown(path, folder), faults)
    return found


def logic_module(registry: Registry, pack: str) -> ModuleType | None:
    """The loaded `logic.py` of a pack as `packs.<pack>.logic`; None when it has none."""
    folder = Path(registry.packs[pack].folder)
    return module_in(folder) if (folder / "logic.py").is_file() else None


def module_in(folder: Path) -> ModuleType:
    """The loaded `logic.py` of the pack in this folder, as `packs.<pack>.logic`."""
    folder = folder.resolve()
    if not (folder / "logic.py").is_file():
        raise Absent("algorithm.pack_unknown", pack=folder.name)
    _package("packs", None)
    _package(f"packs.{folder.name}", folder)
    return importlib.import_module(f"packs.{folder.name}.logic")


def functions(registry: Registry) -> Mapping[str, Callable[..., Any]]:
    """The function of each declared algorithm, by its name "pack.name"."""
    made: dict[str, Callable[..., Any]] = {}
    for name, declared in registry.algorithms.items():
        module = logic_module(registry, declared.pack)
        if module is not None:
            made[name] = getattr(module, declared.function)
    return made


def forget(pack: str) -> None:
    """Drop the loaded code of a pack, so that a newer version of it is read."""
    for name in [one for one in sys.modules if f"{one}.".startswith(f"packs.{pack}.")]:
        del sys.modules[name]


def _package(name: str, folder: Path | None) -> None:
    paths = [str(folder)] if folder else []
    known = sys.modules.get(name)
    if known is not None and (folder is None or list(known.__path__) == paths):
        return
    if known is not None:
        forget(name.removeprefix("packs."))
    module = ModuleType(name, "Code of packs, read from their folders.")
    module.__path__ = paths
    sys.modules[name] = module


def _judged(
    path: Path, folder: Path, pack: str, libraries: tuple[str, ...], faults: Faults
) -> ast.Module | None:
    file = shown(path, folder)
    text = read_text(path, folder, faults, limit=BYTES_MAX)
    if text is None:
        return None
    limit = LOGIC_LINES_MAX if path.parent == folder else 400
    if len(text.splitlines()) > limit:
        faults.add((file, limit), "logic.too_long", limit=limit)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        faults.add((file, line), "logic.syntax", problem=getattr(error, "msg", str(error)))
        return None
    for node in tree.body:
        if not isinstance(node, _AT_LEVEL) and not _is_docstring(node):
            faults.add((file, node.lineno), "logic.level")
    for one in ast.walk(tree):
        _judge_node(one, file, pack, libraries, faults)
    return tree


_AT_LEVEL = (
    ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef,
)  # fmt: skip


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _judge_node(
    node: ast.AST, file: str, pack: str, libraries: tuple[str, ...], faults: Faults
) -> None:
    modules: list[str] = []
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [("." * node.level) + (node.module or "")]
    for module in modules:
        if not _may_import(module, pack, libraries):
            allowed = ("pengcheng.pack", f"packs.{pack}", *libraries, *PURE_MODULES)
            line = getattr(node, "lineno", 1)
            faults.add((file, line), "logic.import", given=module, allowed=allowed)
    if isinstance(node, ast.Name) and node.id in REFUSED_CALLS:
        faults.add((file, node.lineno), "logic.call", given=node.id)
    if isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr != "__name__":
        faults.add((file, node.lineno), "logic.call", given=node.attr)


def _may_import(module: str, pack: str, libraries: tuple[str, ...]) -> bool:
    root = module.partition(".")[0]
    if module == "pengcheng.pack" or f"{module}.".startswith(f"packs.{pack}."):
        return True
    return root in PURE_MODULES or (root in libraries and root in LIBRARIES)


def _algorithms(
    tree: ast.Module, pack: str, file: str, faults: Faults
) -> dict[str, tuple[Algorithm, int]]:
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if node.returns is None or any(one.annotation is None for one in arguments):
            faults.add((file, node.lineno), "logic.untyped", given=node.name)
        name = f"{pack}.{node.name}"
        found[name] = (_algorithm(node, name, pack), node.lineno)
    return found


def _algorithm(node: ast.FunctionDef, name: str, pack: str) -> Algorithm:
    told = _decorated(node)
    first = (ast.get_docstring(node) or node.name).splitlines()[0]
    return Algorithm(
        name=name,
        pack=pack,
        label=Words(str(told.get("zh") or first), str(told.get("en") or first)),
        function=node.name,
        inputs=_names(told.get("inputs")),
        outputs=_names(told.get("outputs")),
    )


def _decorated(node: ast.FunctionDef) -> dict[str, Any]:
    """The literal keywords of an `@algorithm(...)` above a function."""
    for decorator in node.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (
            isinstance(decorator, ast.Call)
            and isinstance(named, ast.Name)
            and named.id == DECORATOR
        ):
            return {
                one.arg: _literal(one.value) for one in decorator.keywords if one.arg is not None
            }
    return {}


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _names(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple | list) else ()
