"""Folders become a registry: read, name everything, compile, and tell every fault at once."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pengcheng.kernel.registry import Algorithm, Pack, Registry, RuleFile
from pengcheng.pack import (
    compiling_effects,
    compiling_figures,
    compiling_processes,
    compiling_recurring,
    compiling_types,
    compiling_wholes,
    compiling_work,
    shapes,
)
from pengcheng.pack import shapes_figures as figures
from pengcheng.pack import shapes_work as work
from pengcheng.pack.bpmn_cases import BpmnDocument, with_steps
from pengcheng.pack.faults import Faults, nearest, shown
from pengcheng.pack.known import LIBRARIES
from pengcheng.pack.logic_file import read_logic
from pengcheng.pack.names import Compiling, Names, declare_keys
from pengcheng.pack.nodes import BYTES_MAX, Document, read_yaml
from pengcheng.pack.parts import Parts
from pengcheng.pack.process_files import read_process_files
from pengcheng.pack.rule_files import read_rule_files
from pengcheng.pack.tables import read_text
from pengcheng.pack.walk import walk

T = TypeVar("T")

LINES_MAX = 1200
FILES: Mapping[str, type[msgspec.Struct]] = {
    "pack.yaml": shapes.PackFile,
    "objects.yaml": shapes.ObjectsFile,
    "events.yaml": shapes.EventsFile,
    "rules.yaml": work.RulesFile,
    "indicators.yaml": figures.IndicatorsFile,
    "recurring.yaml": figures.RecurringFile,
    "datasets.yaml": work.DatasetsFile,
    "rights.yaml": work.RightsFile,
    "screens.yaml": work.ScreensFile,
    "words.yaml": shapes.WordsFile,
}
"""The files of a pack and their shapes; processes/*.yaml have `ProcessFile`."""
SECTIONS = {
    "objects.yaml": (("type", "types"), ("object type", "types"), ("code list", "code_lists")),
    "events.yaml": (("type", "events"),),
    "rules.yaml": (("table", "tables"),),
    "indicators.yaml": (("indicator", "indicators"),),
    "recurring.yaml": (("recurring work", "recurring"),),
    "datasets.yaml": (("dataset", "datasets"),),
    "screens.yaml": (("screen", "screens"),),
    "words.yaml": (("word", "words"),),
}
"""Which sections declare which kinds of names."""
KEPT_FOLDERS = {
    "processes": {".yaml", ".bpmn"}, "rules": {".dmn"}, "sample": {".csv"}, "stories": {".yaml"},
}  # fmt: skip


class Source(msgspec.Struct, kw_only=True):
    """One pack as read: its head, its documents and their sound parts."""

    folder: Path
    name: str
    head: shapes.PackFile | None
    documents: dict[str, Document]
    files: dict[str, Any]
    algorithms: dict[str, tuple[Algorithm, int]]
    process_files: dict[str, str] = {}
    rule_files: dict[str, str] = {}

    def file(self, name: str, shape: type[T]) -> tuple[Document, T] | None:
        """A document and its value; None when the file is absent or wholly unsound."""
        value = self.files.get(name)
        return (self.documents[name], value) if isinstance(value, shape) else None

    def own_process_files(self) -> dict[str, str]:
        """The BPMN files that are processes of their own: those that no case kind runs by."""
        used = {file.process.file for _, _, file in self.processes()}
        return {
            name: text for name, text in self.process_files.items() if f"{name}.bpmn" not in used
        }

    def processes(self) -> Iterable[tuple[str, Document, work.ProcessFile]]:
        """The processes of the pack, each named by its file."""
        for name, value in self.files.items():
            if isinstance(value, work.ProcessFile):
                yield Path(name).stem, self.documents[name], value


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What loading gave: a registry of all sound parts, the sources, and the faults."""

    registry: Registry
    sources: tuple[Source, ...]
    names: Names
    faults: Faults


def read_packs(folders: Sequence[Path]) -> Loaded:
    """Read and compile packs together; the faults may be many, or none."""
    faults = Faults()
    sources = [read_source(folder, faults) for folder in folders]
    ordered = _in_order([source for source in sources if source is not None], faults)
    names = Names(faults)
    for source in ordered:
        _declare(source, names)
    for source in ordered:
        _declare_rules(source, names)
    registry = _compiled(ordered, names, faults)
    return Loaded(registry=registry, sources=tuple(ordered), names=names, faults=faults)


def compiling_of(source: Source, loaded: Loaded) -> Compiling:
    """What is needed to compile more of a pack that was loaded: its stories."""
    return _room(source, loaded.names, loaded.faults)


def read_source(folder: Path, faults: Faults) -> Source | None:
    """One pack as read; None when there is no folder or no pack.yaml."""
    folder = folder.resolve()
    if not folder.is_dir():
        faults.add((folder.name, 1), "folder.absent", given=str(folder))
        return None
    for required in ("pack.yaml", "README.md"):
        if not (folder / required).is_file():
            faults.add((f"{folder.name}/{required}", 1), "file.missing", name=required)
    _check_files(folder, faults)
    documents: dict[str, Document] = {}
    files: dict[str, Any] = {}
    lines = 0
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("processes/*.yaml")]):
        name = path.relative_to(folder).as_posix()
        shape = work.ProcessFile if path.parent != folder else FILES.get(name)
        text = read_text(path, folder, faults, limit=BYTES_MAX) if shape else None
        if shape is None or text is None:
            continue
        lines += sum(1 for line in text.splitlines() if line.strip() and line.strip()[0] != "#")
        document = read_yaml(text, shown(path, folder), faults)
        if document is not None:
            documents[name] = document
            files[name] = walk(document, shape, faults)
    if lines > LINES_MAX:
        at = (f"{folder.name}/pack.yaml", 1)
        faults.add(at, "pack.too_long", lines=lines, limit=LINES_MAX)
    return _source(folder, documents, files, faults)


def _source(
    folder: Path, documents: dict[str, Document], files: dict[str, Any], faults: Faults
) -> Source | None:
    head = files.get("pack.yaml")
    if not isinstance(head, shapes.PackFile):
        file = folder / "pack.yaml"
        if "pack.yaml" not in documents and file.is_file() and not file.stat().st_size:
            faults.add((f"{folder.name}/pack.yaml", 1), "file.empty")
        head = None
    if head is not None and head.name != folder.name:
        at = documents["pack.yaml"].at("name")
        faults.add(at, "folder.name", given=folder.name, allowed=(head.name,))
    libraries = tuple(head.libraries) if head else LIBRARIES
    return Source(
        folder=folder,
        name=head.name if head else folder.name,
        head=head,
        documents=documents,
        files=files,
        algorithms=read_logic(folder, folder.name, libraries, faults),
        process_files=read_process_files(folder, faults),
        rule_files=read_rule_files(folder, faults),
    )


def _check_files(folder: Path, faults: Faults) -> None:
    for path in sorted(folder.iterdir()):
        kept = KEPT_FOLDERS.get(path.name) if path.is_dir() else None
        if path.is_dir() and kept is None and nearest(path.name, KEPT_FOLDERS):
            at = (shown(path, folder), 1)
            faults.add(at, "file.unknown", given=path.name, allowed=KEPT_FOLDERS)
        for inner in sorted(path.iterdir()) if kept else ():
            if inner.suffix not in (kept or ()) and not inner.name.startswith((".", "__")):
                faults.add((shown(inner, folder), 1), "file.unknown", given=inner.name)
        unknown = path.suffix in {".yaml", ".yml"} and path.name not in FILES
        unknown = unknown or (path.suffix == ".py" and path.name != "logic.py")
        if path.is_file() and (unknown or path.suffix in {".pickle", ".pkl", ".joblib"}):
            at = (shown(path, folder), 1)
            faults.add(at, "file.unknown", given=path.name, allowed=(*FILES, "logic.py"))


def _in_order(sources: list[Source], faults: Faults) -> list[Source]:
    """The packs, each after those that it needs."""
    by_name: dict[str, Source] = {}
    for source in sources:
        if source.name in by_name:
            faults.add((f"{source.folder.name}/pack.yaml", 1), "pack.twice", given=source.name)
        by_name.setdefault(source.name, source)
    for source in by_name.values():
        for index, needed in enumerate(source.head.needs if source.head else ()):
            if needed not in by_name:
                at = source.documents["pack.yaml"].at("needs", index)
                faults.add(at, "pack.needs_unknown", given=needed, allowed=by_name)
    ordered: list[Source] = []
    waiting = dict(by_name)
    while waiting:
        ready = [one for one in waiting.values() if not _needs(one) & set(waiting)]
        if not ready:
            circle = ", ".join(sorted(waiting))
            first = next(iter(waiting.values()))
            at = first.documents["pack.yaml"].at("needs")
            faults.add(at, "pack.needs_circle", circle=circle)
            ready = list(waiting.values())
        for source in sorted(ready, key=lambda one: one.name):
            ordered.append(source)
            del waiting[source.name]
    return ordered


def _needs(source: Source) -> set[str]:
    return set(source.head.needs if source.head else ()) - {source.name}


def _declare(source: Source, names: Names) -> None:
    pack = source.name
    for file, sections in SECTIONS.items():
        for what, section in sections:
            declare_keys(names, what, source.documents.get(file), pack, section)
    for name, (_, line) in source.algorithms.items():
        names.declare("algorithm", name, pack, (f"{source.folder.name}/logic.py", line))
    for process in source.own_process_files():
        at = (f"{source.folder.name}/processes/{process}.bpmn", 1)
        names.declare("process", process, pack, at)
    for process, document, held in source.processes():
        names.declare("process", process, pack, (document.file, 1))
        if held.case is not None:
            at = document.at("case", "type")
            names.declare("type", held.case.type, pack, at)
            names.declare("case kind", held.case.type, pack, at)


def _declare_rules(source: Source, names: Names) -> None:
    """DMN files: published by name beside the tables of all packs."""
    for rule in source.rule_files:
        at = (f"{source.folder.name}/rules/{rule}.dmn", 1)
        names.declare("table" if names.declared("table", rule) else "rule", rule, source.name, at)


def _compiled(sources: list[Source], names: Names, faults: Faults) -> Registry:
    """Compile in two rounds: first types and processes of all, then what speaks of them."""
    parts = Parts()
    rooms = {source.name: _room(source, names, faults) for source in sources}
    for source in sources:
        _declare_roles(source, names, parts)
    for source in sources:
        if source.head is not None:
            parts.packs[source.name] = _pack(source, source.head, faults)
        _compile_types(source, rooms[source.name], parts)
    actions = compiling_work.actions_by_type(parts.processes, parts.registry())
    for source in sources:
        _compile_work(source, rooms[source.name], parts, actions)
    return parts.registry()


def _room(source: Source, names: Names, faults: Faults) -> Compiling:
    head = source.head
    needs = tuple(head.needs) if head else ()
    return Compiling(source.name, needs, names, faults, head.libraries if head else ())


def _declare_roles(source: Source, names: Names, parts: Parts) -> None:
    """A role may be declared by several packs if they call it the same."""
    found = source.file("rights.yaml", work.RightsFile)
    if found is None:
        declare_keys(names, "role", source.documents.get("rights.yaml"), source.name, "roles")
        return
    document, file = found
    for role, words in file.roles.items():
        at = document.at("roles", role)
        if parts.roles.get(role) == words:
            names.share("role", role, source.name)
        else:
            names.declare("role", role, source.name, at)
        parts.roles.setdefault(role, words)


def _pack(source: Source, head: shapes.PackFile, faults: Faults) -> Pack:
    for index, library in enumerate(head.libraries):
        if library not in LIBRARIES:
            at = source.documents["pack.yaml"].at("libraries", index)
            faults.add(
                at, "name.unknown", what="library", what_zh="库", given=library, allowed=LIBRARIES
            )
    return Pack(
        name=head.name,
        label=head.label,
        version=head.version,
        owner=head.owner,
        hub=head.hub,
        systems=tuple(head.systems),
        basis=tuple(head.basis),
        needs=tuple(head.needs),
        libraries=tuple(head.libraries),
        summary=head.summary,
        folder=str(source.folder),
    )


def _compile_types(source: Source, room: Compiling, parts: Parts) -> None:
    if objects := source.file("objects.yaml", shapes.ObjectsFile):
        parts.types |= compiling_types.object_types(room, *objects)
        parts.code_lists |= compiling_types.code_lists(room, *objects, source.folder)
    if events := source.file("events.yaml", shapes.EventsFile):
        types, kinds = compiling_types.event_types(room, *events)
        parts.types |= types
        parts.event_kinds |= kinds
    for name, yaml, file in source.processes():
        document, shape, text = _steps_of(source, yaml, file.process, room.faults)
        if shape is not None:
            made = compiling_processes.process(room, document, name, shape, file.case, text)
            parts.processes[name] = made
        if file.case is not None:
            parts.types[file.case.type] = compiling_types.case_type(room, document, file.case)
            kind = compiling_processes.case_kind(room, document, name, file.case)
            parts.case_kinds[file.case.type] = kind
    parts.process_files |= source.own_process_files()
    parts.rule_files |= {
        name: RuleFile(pack=source.name, text=text) for name, text in source.rule_files.items()
    }
    parts.algorithms |= {name: one for name, (one, _) in source.algorithms.items()}


def _steps_of(
    source: Source, document: Document, shape: work.ProcessShape, faults: Faults
) -> tuple[Document, work.ProcessShape | None, str]:
    """A process with its steps: of the short form, or of the BPMN file that it names."""
    if bool(shape.steps and shape.start) == (shape.file is not None):
        faults.add(document.at("process"), "process.steps_or_file")
        return document, None, ""
    if shape.file is None:
        return document, shape, ""
    text = source.process_files.get(shape.file.removesuffix(".bpmn"))
    if text is None:
        if not (source.folder / "processes" / shape.file).is_file():
            faults.add(document.at("process", "file"), "process.file_absent", given=shape.file)
        return document, None, ""
    beside = f"{source.folder.name}/processes/{shape.file}"
    read = BpmnDocument(file=document.file, root=document.root, bpmn=beside, text=text)
    return read, with_steps(shape, read, faults), text


def _compile_work(
    source: Source, room: Compiling, parts: Parts, actions: Mapping[str, tuple[str, ...]]
) -> None:
    for name, document, held in source.processes():
        if held.case is not None and held.case.effects:
            kind = parts.case_kinds[held.case.type]
            made = compiling_effects.effects(
                room, document, held.case, parts.processes.get(name), parts.types
            )
            parts.case_kinds[held.case.type] = msgspec.structs.replace(kind, effects=made)
    if rules := source.file("rules.yaml", work.RulesFile):
        parts.tables |= compiling_work.decision_tables(room, *rules, parts.code_lists)
    if measures := source.file("indicators.yaml", figures.IndicatorsFile):
        parts.indicators |= compiling_figures.indicators(
            room, *measures, parts.types, parts.indicators
        )
    if again := source.file("recurring.yaml", figures.RecurringFile):
        parts.recurring |= compiling_recurring.recurring(room, *again, parts.types)
    if entries := source.file("datasets.yaml", work.DatasetsFile):
        parts.datasets |= compiling_work.datasets(room, *entries, parts.types)
    if rights := source.file("rights.yaml", work.RightsFile):
        parts.rights += compiling_work.rights(room, *rights, parts.types, actions)
    if shown_ := source.file("screens.yaml", work.ScreensFile):
        parts.screens |= compiling_work.screens(
            room, *shown_, parts.types, actions, parts.indicators
        )
        parts.types = compiling_work.filtered(parts.types, parts.screens)
        compiling_wholes.forms(room, *shown_, parts.types)
    if told := source.file("words.yaml", shapes.WordsFile):
        parts.words |= told[1].words
