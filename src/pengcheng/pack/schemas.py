"""JSON Schemas of the files of a pack, for editors that complete and check while one types."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pengcheng.pack.loading import FILES
from pengcheng.pack.shapes_work import ProcessFile
from pengcheng.pack.stories import StoryFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OTHERS: Mapping[str, type[msgspec.Struct]] = {
    "processes/*.yaml": ProcessFile,
    "stories/*.yaml": StoryFile,
}


def json_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file, by its name or pattern; self-contained."""
    shapes = {**FILES, **OTHERS}
    return {
        name: {"$schema": DIALECT, **msgspec.json.schema(shape)} for name, shape in shapes.items()
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write each schema as a file, and `yaml-schemas.json`, which maps patterns to them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    patterns = {}
    for name, schema in json_schemas().items():
        stem = name.split("/")[0].removesuffix(".yaml")
        path = folder / f"{stem}.schema.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n")
        patterns[path.name] = f"packs/*/{name}"
        written.append(path)
    index = folder / "yaml-schemas.json"
    index.write_bytes(msgspec.json.format(msgspec.json.encode(patterns), indent=2) + b"\n")
    return [*written, index]
