"""What a pack's `logic.py` is given to work with, and how its algorithms are found and run.

A pack reads no file itself: `table` and `model` read those of its own folder. An algorithm is
taught by the module `algorithms/<name>.py` of its pack, where that has `MODEL` (the name of the
file) and `teach(tables)`. `algorithms_in` needs no compiled packs.
"""

import csv
import importlib
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pengcheng.engines.algorithms import (
    Algorithm,
    Algorithms,
    Classifier,
    Lesson,
    Text,
    from_bytes,
    hash_of,
)
from pengcheng.kernel.errors import Refusal, ensure
from pengcheng.pack.faults import Faults, refusal
from pengcheng.pack.known import LIBRARIES
from pengcheng.pack.logic_file import module_in, read_logic

TABLE_LENGTH_MAX = 16 * 1024 * 1024
MODELS = "models"


def table(module: str, name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file of the pack that this module belongs to; pass `__name__`."""
    text = _own(module, name).read_text(encoding="utf-8-sig")
    ensure(len(text) <= TABLE_LENGTH_MAX, f"{name} is within limits")
    return tuple(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def model(module: str, name: str) -> Classifier:
    """A trained model of the pack that this module belongs to; pass `__name__`.

    A Refusal `algorithm.untrained` when the pack was never trained.
    """
    path = _own(module, f"{MODELS}/{name}")
    if not path.is_file():
        raise Refusal("algorithm.untrained", model=name)
    return from_bytes(path.read_bytes())


def algorithms_in(root: Path) -> Algorithms:
    """The declared algorithms of all packs beneath a folder, ready to run."""
    found: list[Algorithm] = []
    for path in sorted(root.glob("*/logic.py")):
        found += _of_pack(path.parent)
    return Algorithms(found)


def model_path(root: Path, name: str) -> Path | None:
    """Where the model of the algorithm "pack.name" stands; None when it has none."""
    pack, _, own = name.partition(".")
    taught = root / pack / "algorithms" / f"{own}.py"
    if not taught.is_file():
        return None
    module_in(root / pack)
    file = getattr(importlib.import_module(f"packs.{pack}.algorithms.{own}"), "MODEL", None)
    return root / pack / MODELS / file if isinstance(file, str) else None


def shipped(root: Path, name: str) -> tuple[str, Classifier]:
    """The version and the model of the algorithm "pack.name" as its pack brings it.

    A Refusal `algorithm.no_model` when it has none."""
    path = model_path(root, name)
    if path is None or not path.is_file():
        raise Refusal("algorithm.no_model", name=name)
    content = path.read_bytes()
    return hash_of(content), from_bytes(content)


def labelled_in(
    root: Path, name: str, tables: Mapping[str, list[dict[str, Any]]]
) -> list[tuple[Text, str]]:
    """The labelled texts of these tables, as the module of the algorithm "pack.name" reads them
    (`lesson_of`); none where it reads none. A Refusal `algorithm.no_model` when it has no model."""
    if model_path(root, name) is None:
        raise Refusal("algorithm.no_model", name=name)
    pack, _, own = name.partition(".")
    module = importlib.import_module(f"packs.{pack}.algorithms.{own}")
    if not hasattr(module, "lesson_of"):
        return []
    lesson: Lesson = module.lesson_of(tables)
    return list(zip(lesson.texts, lesson.labels, strict=True))


def _of_pack(folder: Path) -> list[Algorithm]:
    faults = Faults()
    declared = read_logic(folder, folder.name, LIBRARIES, faults)
    if faults:
        raise refusal(faults.found)
    loaded = module_in(folder)
    made = []
    for name, (told, _) in sorted(declared.items()):
        if not told.outputs:
            continue
        path = model_path(folder.parent, name)
        taught = f"packs.{folder.name}.algorithms.{told.function}"
        made.append(
            Algorithm(
                name=name,
                inputs=told.inputs,
                outputs=told.outputs,
                run=getattr(loaded, told.function),
                train=getattr(importlib.import_module(taught), "teach", None) if path else None,
                version=hash_of(path.read_bytes()) if path and path.is_file() else "",
            )
        )
    return made


def _own(module: str, name: str) -> Path:
    pack = ".".join(module.split(".")[:2])
    folder = Path(next(iter(sys.modules[pack].__path__))).resolve()
    path = (folder / name).resolve()
    ensure(path.is_relative_to(folder), "a pack reads its own files only")
    return path
