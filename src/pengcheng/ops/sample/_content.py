"""Reads the content of `packs/sample_city`: the only file of the generator that opens files."""

import csv
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pengcheng.kernel.errors import Absent


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file with a header line."""
    with _existing(folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def features(folder: Path, name: str) -> list[Mapping[str, Any]]:
    """The features of a GeoJSON file."""
    found: list[Mapping[str, Any]] = json.loads(_existing(folder / name).read_text("utf-8"))[
        "features"
    ]
    return found


def document(folder: Path, name: str) -> Any:
    """A YAML document of `content/`, read once in a process: it does not change while it runs."""
    return _document(_existing(folder / "content" / name))


@lru_cache(maxsize=32)
def _document(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise Absent("sample.content_absent", path=str(path))
    return path
