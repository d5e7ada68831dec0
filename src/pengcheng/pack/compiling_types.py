"""objects.yaml, events.yaml and the fields of cases become record types and code lists."""

from pathlib import Path

from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.patterns import code_pattern
from pengcheng.kernel.registry import (
    Code,
    CodeList,
    EventKind,
    RecordType,
    Relation,
    Role,
)
from pengcheng.kernel.time import Promise, Unit
from pengcheng.kernel.words import Words
from pengcheng.pack import compiling_wholes
from pengcheng.pack.compiling_attributes import attribute, single
from pengcheng.pack.known import FIELDS_BY_ROLE, RESERVED_TYPES
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes import (
    SENSITIVITY,
    AttributeShape,
    CodeListShape,
    EventsFile,
    EventShape,
    ObjectsFile,
    TypeShape,
)
from pengcheng.pack.shapes_work import CaseShape
from pengcheng.pack.tables import read_table

_DAYS = {"day": 1, "month": 30, "year": 365}
_UNITS: dict[str, Unit] = {
    "minute": "minute", "hour": "hour", "day": "day", "working hour": "working_hour",
    "working day": "working_day",
}  # fmt: skip
_PATTERN_PROBLEMS = {
    "code_pattern.not_unique": (
        "须有且只有一个 {serial:N} 或 {random:N}",
        "it needs one {serial:N} or {random:N}, exactly one",
    ),
    "code_pattern.too_long": ("太长", "it is too long"),
    "code_pattern.literal": (
        "花括号外只可用字母、数字和 - _ . /",
        "outside braces only letters, digits and - _ . / may stand",
    ),
    "code_pattern.place": (
        "可用 {date} {year} {month} {area} {district} {serial:1-12} {random:6-32}",
        "the places are {date} {year} {month} {area} {district} {serial:1-12} {random:6-32}",
    ),
}


def promise(text: str) -> Promise:
    """The promise that "5 working days" states."""
    amount, _, unit = text.partition(" ")
    return Promise(int(amount), _UNITS[unit.removesuffix("s")])


def days(text: str | None) -> int | None:
    """How many days "10 years" are, as retention counts them."""
    if text is None:
        return None
    amount, _, unit = text.partition(" ")
    return int(amount) * _DAYS[unit.removesuffix("s")]


def object_types(
    compiling: Compiling, document: Document, file: ObjectsFile
) -> dict[str, RecordType]:
    """The object types of a pack."""
    made = {}
    for name, shape in file.types.items():
        relations = tuple(
            Relation(
                name=key, label=relation.name, to=relation.to, many=relation.many,
                inverse=relation.inverse, sensitivity=SENSITIVITY[relation.sensitivity],
            )
            for key, relation in shape.relations.items()
            if compiling.need(
                "object type", relation.to, document.at("types", name, "relations", key, "to")
            )
        )  # fmt: skip
        made[name] = _type(
            compiling, document, ("types", name), name, shape, "object", shape.attributes,
            history=shape.history, found_in=tuple(shape.found_in), relations=relations,
        )  # fmt: skip
    return made


def event_types(
    compiling: Compiling, document: Document, file: EventsFile
) -> tuple[dict[str, RecordType], dict[str, EventKind]]:
    """The kinds of event of a pack, and how reports join."""
    made, kinds = {}, {}
    for name, shape in file.events.items():
        path = ("events", name)
        made[name] = _type(
            compiling, document, path, name, shape, "event", shape.attributes,
            found_in=("list", "map"),
        )  # fmt: skip
        for key, one in shape.attributes.items():
            if one.computed is not None:
                at = document.at(*path, "attributes", key, "computed")
                compiling.faults.add(at, "computed.event")
        one_valued = [
            *([shape.severity] if shape.severity else []),
            *(shape.merge.same if shape.merge else []),
        ]
        for key in one_valued:
            single(compiling, made[name], key, document.at(*path))
        kinds[name] = _event_kind(compiling, document, name, shape)
    return made, kinds


def case_type(compiling: Compiling, document: Document, shape: CaseShape) -> RecordType:
    """The declared fields of a case kind, as a type."""
    return _type(
        compiling, document, ("case",), shape.type, shape, "case", shape.fields,
        history=shape.history, found_in=("list", "map", "search"), fields_key="fields",
    )  # fmt: skip


def code_lists(
    compiling: Compiling, document: Document, file: ObjectsFile, folder: Path
) -> dict[str, CodeList]:
    """The code lists of a pack, in the order written."""
    return {
        name: CodeList(
            name=name,
            label=shape.name,
            codes=_codes(compiling, document, name, shape, folder),
        )
        for name, shape in file.code_lists.items()
    }


def _type(
    compiling: Compiling,
    document: Document,
    path: tuple[str, ...],
    name: str,
    shape: TypeShape | EventShape | CaseShape,
    role: Role,
    shapes: dict[str, AttributeShape],
    *,
    history: bool = False,
    found_in: tuple[str, ...] = (),
    relations: tuple[Relation, ...] = (),
    fields_key: str = "attributes",
) -> RecordType:
    if name in RESERVED_TYPES:
        compiling.faults.add(document.at(*path), "name.reserved", given=name)
    attributes = tuple(
        attribute(compiling, document, (*path, fields_key, key), key, one)
        for key, one in shapes.items()
    )
    compiling_wholes.computed(compiling, document, (*path, fields_key), shapes, attributes)
    if shape.title is not None:
        allowed = (*shapes, *FIELDS_BY_ROLE[role])
        compiling.one_of("attribute", shape.title, allowed, document.at(*path, "title"))
    if shape.code is not None:
        _check_code_pattern(compiling, shape.code, document.at(*path, "code"))
    made = RecordType(
        name=name,
        role=role,
        pack=compiling.pack,
        label=shape.name,
        attributes=attributes,
        place=shape.place,
        code_pattern=shape.code,
        title=shape.title,
        history=history,
        retention_days=days(shape.keep),
        sensitivity=SENSITIVITY[shape.sensitivity],
        found_in=found_in,
        relations=relations,
        rules=()
        if isinstance(shape, EventShape)
        else compiling_wholes.rules(compiling, document, (*path, "rules"), shape.rules, attributes),
        rows=shape.rows if isinstance(shape, TypeShape) else None,
    )
    if shape.title is not None:
        single(compiling, made, shape.title, document.at(*path, "title"))
    return made


def _check_code_pattern(compiling: Compiling, text: str, at: tuple[str, int]) -> None:
    try:
        code_pattern(text)
    except Refusal as refusal:
        zh, en = _PATTERN_PROBLEMS[refusal.code]
        compiling.faults.add(at, "code.pattern", problem_zh=zh, problem=en, given=text)


def _event_kind(
    compiling: Compiling, document: Document, name: str, shape: EventShape
) -> EventKind:
    path = ("events", name)
    if shape.severity is not None:
        allowed = shape.attributes
        compiling.one_of("attribute", shape.severity, allowed, document.at(*path, "severity"))
    if shape.joins is not None:
        compiling.need("case kind", shape.joins, document.at(*path, "joins"))
    merge = shape.merge
    if merge is None:
        return EventKind(type=name, joins=shape.joins, severity=shape.severity)
    if merge.similar is not None:
        at = document.at(*path, "merge", "similar")
        compiling.need("algorithm", merge.similar, at)
    return EventKind(
        type=name,
        joins=shape.joins,
        severity=shape.severity,
        within=promise(merge.within),
        metres=merge.metres,
        same=tuple(merge.same),
        at_least=merge.at_least,
        similar=merge.similar,
        above=merge.above,
    )


def _codes(
    compiling: Compiling, document: Document, name: str, shape: CodeListShape, folder: Path
) -> tuple[Code, ...]:
    path = ("code_lists", name)
    if (shape.from_ is None) == (not shape.codes):
        compiling.faults.add(document.at(*path), "codes.source")
        return ()
    if shape.from_ is not None:
        codes = _codes_of_file(compiling, document, path, shape, folder)
    else:
        codes = [
            (
                document.at(*path, "codes", code),
                Code(code=code, label=Words(one.zh, one.en), parent=one.parent),
            )
            for code, one in shape.codes.items()
        ]
    _check_parents(compiling, codes)
    return tuple(code for _, code in codes)


def _codes_of_file(
    compiling: Compiling,
    document: Document,
    path: tuple[str, ...],
    shape: CodeListShape,
    folder: Path,
) -> list[tuple[tuple[str, int], Code]]:
    source = shape.from_
    if source is None:
        return []
    table = read_table(folder / source.file, folder, compiling.faults)
    if table is None:
        return []
    columns = [source.code, source.zh, source.en, source.parent]
    wanted = [column for column in columns if column is not None]
    at = document.at(*path, "from")
    known = [compiling.one_of("column", one, table.columns, at) for one in wanted]
    if not all(known):
        return []
    found: dict[str, tuple[tuple[str, int], Code]] = {}
    for line, row in table.rows:
        code = row[source.code].strip()
        if not code or code in found:
            continue
        zh = row[source.zh].strip() or code
        label = Words(zh, (row[source.en].strip() if source.en else "") or zh)
        parent = (row[source.parent].strip() if source.parent else "") or None
        found[code] = ((table.file, line), Code(code=code, label=label, parent=parent))
    return list(found.values())


def _check_parents(compiling: Compiling, codes: list[tuple[tuple[str, int], Code]]) -> None:
    parents = {code.code: code.parent for _, code in codes}
    for at, code in codes:
        if code.parent is not None and code.parent not in parents:
            compiling.faults.add(at, "codes.parent", given=code.parent, allowed=parents)
        elif _in_circle(code.code, parents):
            compiling.faults.add(at, "codes.circle", given=code.code)


def _in_circle(code: str, parents: dict[str, str | None]) -> bool:
    above = parents.get(code)
    for _ in range(len(parents)):
        if above is None or above == code:
            break
        above = parents.get(above)
    return above is not None
