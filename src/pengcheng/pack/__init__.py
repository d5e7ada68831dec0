"""The pack language: folders of declarations in, a registry or every fault out.

`load` gives the registry that engines, edge and portals read, or one Refusal with all faults.
Loading reads files and nothing else; the Python of a pack runs only when `functions` is asked for.
"""

from collections.abc import Sequence
from pathlib import Path

from pengcheng.kernel.registry import Registry
from pengcheng.pack.faults import PackFault, refusal
from pengcheng.pack.loading import read_packs
from pengcheng.pack.logic_file import forget, functions

__all__ = ["PackFault", "find", "forget", "functions", "load"]


def find(root: Path) -> list[Path]:
    """The pack folders beneath a folder, by name."""
    return sorted(path.parent for path in root.glob("*/pack.yaml"))


def load(folders: Sequence[Path]) -> Registry:
    """The registry of these packs together; a Refusal `pack.invalid` that carries every fault."""
    loaded = read_packs(folders)
    if loaded.faults:
        raise refusal(loaded.faults.found)
    return loaded.registry
