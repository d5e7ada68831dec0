"""Checks packs whole: loading, samples, processes, tables, stories, grades. All offline."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from pengcheng.engines import processes
from pengcheng.engines.processes import Finding
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import Registry
from pengcheng.pack.faults import Faults, PackFault
from pengcheng.pack.grades import Grade, Missing, grade_of, missing
from pengcheng.pack.loading import Loaded, Source, compiling_of, read_packs, read_source
from pengcheng.pack.logic_file import functions
from pengcheng.pack.process_files import findings_of, note_findings
from pengcheng.pack.samples import first_rows, sample_rows
from pengcheng.pack.stories import Story, read_stories
from pengcheng.pack.story_trial import try_story
from pengcheng.pack.tables_run import model_of


class PackReport(msgspec.Struct, frozen=True, kw_only=True):
    """What checking found of one pack."""

    pack: str
    grade: Grade
    missing: tuple[Missing, ...]
    faults: tuple[PackFault, ...]
    stories: int
    rows: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What checking found of all packs; `registry` holds the sound parts."""

    packs: tuple[PackReport, ...]
    faults: tuple[PackFault, ...]
    registry: Registry

    @property
    def holds(self) -> bool:
        """Whether there is no fault at all."""
        return not self.faults


def check(folders: Sequence[Path], *, only: Sequence[str] = ()) -> Report:
    """Check packs that are loaded together; `only` names those to report on (all, if empty)."""
    loaded = read_packs(folders)
    faults = loaded.faults
    registry = loaded.registry

    @cache
    def called() -> Mapping[str, Callable[..., Any]]:
        return functions(registry)

    told = [
        _checked(source, loaded, called)
        for source in loaded.sources
        if not only or source.name in only
    ]
    found = faults.found
    reports = tuple(
        _report(source, registry, stories, rows, found) for source, stories, rows in told
    )
    return Report(packs=reports, faults=found, registry=registry)


def with_needs(folders: Sequence[Path]) -> list[Path]:
    """These packs and, from beside them, all that they need."""
    found = {folder.resolve(): None for folder in folders}
    waiting = list(found)
    while waiting:
        folder = waiting.pop()
        source = read_source(folder, Faults())
        for needed in source.head.needs if source and source.head else ():
            beside = folder.parent / needed
            if beside.is_dir() and beside not in found:
                found[beside] = None
                waiting.append(beside)
    return list(found)


def _checked(
    source: Source, loaded: Loaded, called: Callable[[], Mapping[str, Callable[..., Any]]]
) -> tuple[Source, list[Story], int]:
    registry, faults = loaded.registry, loaded.faults
    if source.name not in registry.packs:
        return source, [], 0
    rows = len(sample_rows(registry, source.name, faults))
    for type_ in registry.types.values():
        if type_.pack == source.name and type_.rows is not None:
            rows += len(first_rows(registry, type_.name, faults))
    stories = read_stories(source.folder, compiling_of(source, loaded))
    if not faults:
        _check_engines(source, registry, faults)
    if not faults:
        for story in stories:
            for failure in try_story(story, registry, called):
                at = story.at(failure.index, "then")
                faults.add(at, "story.failed", wanted=failure.wanted, got=failure.got)
    return source, stories, rows


def _check_engines(source: Source, registry: Registry, faults: Faults) -> None:
    """What the engines say that will run the pack's processes and tables."""
    for name, document, file in source.processes():
        try:
            definition = processes.compile_declared(registry.processes[name])
        except Refusal as refusal:
            told = (Finding("fault", one.code, one.path, dict(one.facts)) for one in refusal.faults)
            note_findings(faults, (document.file, 1), told)
            continue
        found = findings_of(definition, of_case=file.case is not None)
        note_findings(faults, (document.file, 1), found)
    for table in registry.tables.values():
        if table.pack == source.name:
            at = source.documents["rules.yaml"].at("tables", table.name)
            for fault in model_of(table).faults:
                faults.add(at, "dmn.invalid", problem=f"{fault.code} {fault.path}")


def _report(
    source: Source,
    registry: Registry,
    stories: list[Story],
    rows: int,
    found: tuple[PackFault, ...],
) -> PackReport:
    own = tuple(fault for fault in found if fault.file.startswith(f"{source.folder.name}/"))
    lacking: list[Missing] = []
    if not own and source.name in registry.packs:
        lacking = missing(registry, source.name, stories)
    return PackReport(
        pack=source.name,
        grade="faulty" if own else grade_of(lacking),
        missing=tuple(lacking),
        faults=own,
        stories=len(stories),
        rows=rows,
    )
