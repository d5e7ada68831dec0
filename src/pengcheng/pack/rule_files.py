"""DMN files of a pack: decision models as the browser editors write them."""

from pathlib import Path

from pengcheng.engines.rules import read_dmn
from pengcheng.kernel.errors import Refusal
from pengcheng.pack.faults import Faults, shown
from pengcheng.pack.tables import read_text

DMN_BYTES_MAX = 4_000_000


def read_rule_files(folder: Path, faults: Faults) -> dict[str, str]:
    """The text of each rules/*.dmn that may be published, by the file's name."""
    found = {}
    for path in sorted(folder.glob("rules/*.dmn")):
        text = read_text(path, folder, faults, limit=DMN_BYTES_MAX)
        if text is not None and _is_sound(text, (shown(path, folder), 1), faults):
            found[path.stem] = text
    return found


def _is_sound(text: str, at: tuple[str, int], faults: Faults) -> bool:
    try:
        model = read_dmn(text.encode())
    except Refusal as refusal:
        faults.add(at, "dmn.invalid", problem=str(refusal)[:400])
        return False
    for fault in model.faults:
        faults.add(at, "dmn.invalid", problem=f"{fault.code} {fault.path}")
    return not model.faults
