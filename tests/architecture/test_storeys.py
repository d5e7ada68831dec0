"""Storeys import downward, engines keep their order, doors are respected; no circles."""

import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.architecture.house import PROGRAM, ROOT, imports, module, named, python_files, told

KERNEL_MAY_IMPORT = {*sys.stdlib_module_names, "msgspec", "pengcheng"}
KERNEL_NEVER = {"asyncio", "socket", "subprocess", "sqlite3", "threading", "http", "urllib"}
SQL_WORDS = {"sqlalchemy", "psycopg", "alembic"}


def test_storeys_and_engines_keep_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    code = lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_the_kernel_imports_only_the_standard_library_and_msgspec() -> None:
    faults = [
        f"{named(path, line)}: {name}: the kernel is pure; put what touches the world into ground/"
        for path in python_files("src/pengcheng/kernel")
        for line, name in imports(path)
        if name.split(".")[0] not in KERNEL_MAY_IMPORT - KERNEL_NEVER
    ]
    assert not faults, told(faults)


def test_sql_stands_only_in_stores_and_in_ground() -> None:
    faults = [
        f"{named(path, line)}: {name}: SQL belongs into a _store.py or _tables.py of its engine"
        for path in python_files("src/pengcheng")
        for line, name in imports(path)
        if name.split(".")[0] in SQL_WORDS and not _is_sql_room(path)
    ]
    assert not faults, told(faults)


def test_every_door_is_respected() -> None:
    faults = [
        f"{named(path, line)}: {name} is private to {keeper}; import what its door exports"
        for path in python_files("src/pengcheng")
        for line, name in imports(path)
        if name.startswith("pengcheng.")
        and (keeper := _owner(name)) is not None
        and not f"{module(path)}.".startswith(f"{keeper}.")
    ]
    assert not faults, told(faults)


def test_a_name_behind_a_door_has_that_door_as_its_owner() -> None:
    assert _owner("pengcheng.ground.settings.read") is None
    assert _owner("pengcheng.engines.objects") is None
    assert _owner("pengcheng.engines.objects._store.find") == "pengcheng.engines.objects"
    assert _owner("pengcheng.edge._limits") == "pengcheng.edge"


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = {module(path): path for path in python_files("src/pengcheng")}
    graph = {
        name: {target for _, told in imports(path) if (target := _module_of(told, known))} - {name}
        for name, path in known.items()
    }
    assert circles(graph) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules of which each reaches each other."""
    reach = {name: _reached(graph, name) for name in graph}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach.get(other, ())))
        for name in graph
        if name in reach[name]
    }
    return sorted(map(list, groups))


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    left = list(graph[start])
    while left:
        name = left.pop()
        left += graph.get(name, set()) - found if name not in found else ()
        found.add(name)
    return found


def _module_of(name: str, known: dict[str, Path]) -> str | None:
    return next((one for one in (name, name.rpartition(".")[0]) if one in known), None)


def _is_sql_room(path: Path) -> bool:
    """Stores and tables of an engine, the ground, and the command that looks after databases."""
    rooms = (PROGRAM / "ground", PROGRAM / "ops")
    is_store = path.name.startswith(("_store", "_tables"))
    return is_store or any(path.is_relative_to(room) for room in rooms)


def _owner(name: str) -> str | None:
    """The package that alone may import this name; None when the name is public."""
    package, private, _ = name.partition("._")
    if private:
        return package
    parts = name.split(".")
    if parts[1] != "engines" or len(parts) < 4:
        return None
    room = PROGRAM.joinpath(*parts[1:4])
    is_room = room.is_dir() or room.with_suffix(".py").exists()
    return ".".join(parts[:3]) if is_room else None
