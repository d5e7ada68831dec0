"""BPMN 2.0 files of a pack, and what the processes engine says of a process before it may run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pengcheng.engines import processes
from pengcheng.engines.processes import Definition, FeelConditions, Finding
from pengcheng.kernel.errors import PengchengError
from pengcheng.pack.faults import Faults, shown
from pengcheng.pack.tables import read_text

BPMN_BYTES_MAX = 4_000_000


def read_process_files(folder: Path, faults: Faults) -> dict[str, str]:
    """The text of each processes/*.bpmn that may be published, by the file's name."""
    found = {}
    for path in sorted(folder.glob("processes/*.bpmn")):
        text = read_text(path, folder, faults, limit=BPMN_BYTES_MAX)
        if text is not None and _is_sound(text, shown(path, folder), faults):
            found[path.stem] = text
    return found


def note_findings(faults: Faults, at: tuple[str, int], found: Iterator[Finding]) -> bool:
    """Note every finding that forbids a process to run; whether there is none."""
    sound = True
    for item in found:
        if item.grade == "fault":
            sound = False
            _note(faults, at, item.code, item.facts, item.element)
    return sound


def findings_of(definition: Definition, *, of_case: bool = False) -> Iterator[Finding]:
    """What the engine finds in a process; the one of a case may have a single token only."""
    if of_case:
        yield from processes.one_token(definition)
    yield from processes.check(definition, FeelConditions())


def _is_sound(text: str, file: str, faults: Faults) -> bool:
    try:
        definition = processes.definition_in(processes.read(text.encode()))
    except PengchengError as refused:
        _note(faults, (file, int(refused.facts.get("line", 1))), refused.code, refused.facts, "")
        return False
    return note_findings(faults, (file, 1), findings_of(definition))


def _note(
    faults: Faults, at: tuple[str, int], code: str, facts: dict[str, Any], element: str
) -> None:
    words = processes.WORDS.get(f"fault.{code}") or processes.WORDS[code]
    told = {**facts, "element": element}
    where = "" if not element or "{element}" in words.en else f"{element}: "
    faults.add(
        at, "bpmn.finding", problem=where + words.fill("en", told),
        problem_zh=where + words.fill("zh", told),
    )  # fmt: skip
