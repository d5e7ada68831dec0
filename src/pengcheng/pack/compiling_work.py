"""rules, indicators, datasets, rights, screens and words become the registry's values."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from pengcheng.kernel.authz import Right
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import (
    CodeList,
    Dataset,
    DecisionTable,
    Process,
    RecordType,
    Registry,
    Screen,
)
from pengcheng.pack.compiling_attributes import single
from pengcheng.pack.expressions import expression_faults, quoted, tests_faults
from pengcheng.pack.known import (
    CASE_ACTIONS,
    ENGINE_ROLES,
    ENGINE_TYPES,
    FIELDS_BY_ROLE,
    TYPE_ACTIONS,
)
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes import SENSITIVITY
from pengcheng.pack.shapes_work import (
    Cell,
    DatasetsFile,
    InputShape,
    OutputShape,
    RightsFile,
    RightShape,
    RulesFile,
    ScreensFile,
    ScreenShape,
    TableShape,
)

SCREEN_NEEDS: Mapping[str, tuple[str, ...]] = {
    "list": ("of", "columns"),
    "form": ("of", "pages"),
    "board": ("of", "lanes"),
    "map": ("of",),
    "desk": ("of", "panels"),
    "page": ("of",),
    "card": ("question",),
    "report": ("of", "every", "at", "roles"),
}
"""What a screen of each kind cannot do without."""


def known_fields(types: Mapping[str, RecordType], name: str) -> tuple[str, ...]:
    """What may be named of a record of a type: its attributes and what engines give it."""
    found = types.get(name)
    if found is None:
        return ()
    own = tuple(attribute.name for attribute in found.attributes)
    return tuple(dict.fromkeys((*own, *FIELDS_BY_ROLE[found.role])))


def decision_tables(
    compiling: Compiling, document: Document, file: RulesFile, code_lists: Mapping[str, CodeList]
) -> dict[str, DecisionTable]:
    """The decision tables of rules.yaml, their cells as FEEL."""
    return {
        name: _table(compiling, document, name, shape, code_lists)
        for name, shape in file.tables.items()
    }


def _table(
    compiling: Compiling,
    document: Document,
    name: str,
    shape: TableShape,
    code_lists: Mapping[str, CodeList],
) -> DecisionTable:
    path = ("tables", name)
    inputs = {
        key: one if isinstance(one, InputShape) else InputShape(value=one)
        for key, one in shape.inputs.items()
    }
    for key, one in inputs.items():
        at = document.at(*path, "inputs", key)
        expression_faults(compiling, one.value, at)
        if one.list_ is not None:
            compiling.need("code list", one.list_, at)
    for key, output in shape.outputs.items():
        if output.list_ is not None:
            compiling.need("code list", output.list_, document.at(*path, "outputs", key, "list"))
    if not shape.rows:
        compiling.faults.add(document.at(*path, "rows"), "rule.no_rows")
    columns: dict[str, InputShape | OutputShape] = {**inputs, **shape.outputs}
    asked = {key: code_lists.get(one.list_ or "") for key, one in inputs.items()}
    given = {key: code_lists.get(one.list_ or "") for key, one in shape.outputs.items()}
    rows = []
    for index, row in enumerate(shape.rows):
        at_row = (*path, "rows", index)
        when = _cells(compiling, document, (*at_row, "when"), row.when, asked, _test)
        then = _cells(compiling, document, (*at_row, "then"), row.then, given, _output)
        rows.append({"when": when, "then": then, "basis": row.basis or ""})
    return DecisionTable(
        name=name,
        pack=compiling.pack,
        label=shape.name,
        hit=shape.hit,
        inputs=tuple((key, one.value) for key, one in inputs.items()),
        outputs=tuple(shape.outputs),
        rows=tuple(rows),
        version=shape.version,
        ages={key: _age(one.max_age) for key, one in inputs.items() if one.max_age},
        names={key: one.name for key, one in columns.items() if one.name},
        lists={key: one.list_ for key, one in columns.items() if one.list_},
    )


def _age(text: str) -> str:
    """The ISO 8601 text of "30 days"."""
    amount, _, unit = text.partition(" ")
    return {"m": f"PT{amount}M", "h": f"PT{amount}H", "d": f"P{amount}D"}[unit[0]]


def _cells(
    compiling: Compiling,
    document: Document,
    path: tuple[str | int, ...],
    cells: Mapping[str, Cell],
    lists: Mapping[str, CodeList | None],
    written: Callable[[Compiling, Cell, CodeList | None, tuple[str, int]], str],
) -> dict[str, str]:
    what = "input" if path[-1] == "when" else "output"
    made = {}
    for key, cell in cells.items():
        at = document.at(*path, key)
        if compiling.one_of(what, key, lists, at):
            made[key] = written(compiling, cell, lists[key], at)
    return made


def _test(compiling: Compiling, cell: Cell, listed: CodeList | None, at: tuple[str, int]) -> str:
    """A cell as FEEL unary tests: codes of the input's list, or FEEL as it stands."""
    if listed is not None or isinstance(cell, list):
        codes = cell if isinstance(cell, list) else [str(cell)]
        _check_codes(compiling, codes, listed, at)
        return ", ".join(quoted(code) for code in codes)
    text = _literal(cell)
    tests_faults(compiling, text, at)
    return text


def _output(compiling: Compiling, cell: Cell, listed: CodeList | None, at: tuple[str, int]) -> str:
    if isinstance(cell, list):
        _check_codes(compiling, cell, listed, at)
        return "[" + ", ".join(quoted(code) for code in cell) + "]"
    if listed is not None:
        _check_codes(compiling, [str(cell)], listed, at)
        return quoted(str(cell))
    text = _literal(cell)
    expression_faults(compiling, text, at)
    return text


def _literal(cell: Cell) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _check_codes(
    compiling: Compiling, codes: Iterable[str], listed: CodeList | None, at: tuple[str, int]
) -> None:
    if listed is None:
        return
    known = [code.code for code in listed.codes]
    for code in codes:
        compiling.one_of("code", code, known, at)


def datasets(
    compiling: Compiling, document: Document, file: DatasetsFile, types: Mapping[str, RecordType]
) -> dict[str, Dataset]:
    """The catalogue entries of datasets.yaml."""
    made = {}
    for name, shape in file.datasets.items():
        path = ("datasets", name)
        if compiling.need("type", shape.of, document.at(*path, "of")):
            fields = known_fields(types, shape.of)
            for index, field in enumerate(shape.fields):
                compiling.one_of("field", field, fields, document.at(*path, "fields", index))
        made[name] = Dataset(
            name=name,
            pack=compiling.pack,
            label=shape.name,
            of=shape.of,
            sharing=shape.sharing,
            opening=shape.opening,
            fields=tuple(shape.fields),
            basis=shape.basis,
        )
    return made


def rights(
    compiling: Compiling,
    document: Document,
    file: RightsFile,
    types: Mapping[str, RecordType],
    actions_by_type: Mapping[str, tuple[str, ...]],
) -> list[Right]:
    """The rows of rights.yaml."""
    rows: list[Right] = []
    for type_name, by_action in file.rights.items():
        at = document.at("rights", type_name)
        if type_name != "*":
            compiling.need("type", type_name, at, given_by_engines=ENGINE_TYPES)
        open_ended = type_name in ENGINE_TYPES
        for action, by_role in by_action.items():
            at = document.at("rights", type_name, action)
            allowed = (*actions_by_type.get(type_name, ()), *CASE_ACTIONS)
            if not open_ended and type_name in types and types[type_name].role != "case":
                allowed = TYPE_ACTIONS
            if not open_ended:
                compiling.one_of("action", action, allowed, at)
            for role, given in by_role.items():
                path = ("rights", type_name, action, role)
                role_at = document.at(*path)
                compiling.need("role", role, role_at, given_by_engines=ENGINE_ROLES)
                shapes = given if isinstance(given, list) else [given]
                fields = known_fields(types, type_name)
                rows += [
                    _right(compiling, document, path, one, type_name, fields) for one in shapes
                ]
                for name in {name for one in shapes for name in one.where}:
                    single(compiling, types.get(type_name), name, role_at)
    return rows


def _right(
    compiling: Compiling,
    document: Document,
    path: tuple[str, ...],
    shape: RightShape,
    type_name: str,
    fields: tuple[str, ...],
) -> Right:
    _, _, action, role = path
    if fields:
        for name in shape.where:
            compiling.one_of("field", name, fields, document.at(*path, "where", name))
    return Right(
        role=role,
        action=action,
        type=type_name,
        over=shape.over,
        sensitivity=SENSITIVITY[shape.sensitivity],
        where={name: tuple(values) for name, values in shape.where.items()},
        basis=shape.basis or "",
    )


def screens(
    compiling: Compiling,
    document: Document,
    file: ScreensFile,
    types: Mapping[str, RecordType],
    actions_by_type: Mapping[str, tuple[str, ...]],
    measures: Mapping[str, Indicator],
) -> dict[str, Screen]:
    """The screens of screens.yaml, every name on them resolved."""
    made = {}
    for name, shape in file.screens.items():
        path = ("screens", name)
        _check_screen(compiling, document, path, shape, types)
        measure = measures.get(shape.indicator or "")
        if measure is not None and shape.by is not None:
            compiling.one_of("dimension", shape.by, measure.by, document.at(*path, "by"))
        actions = (*actions_by_type.get(shape.of or "", ()), *CASE_ACTIONS)
        for key, listed in (("actions", shape.actions), ("batch", shape.batch)):
            for index, action in enumerate(listed):
                compiling.one_of("action", action, actions, document.at(*path, key, index))
        options = {
            key: value
            for key, value in msgspec.to_builtins(shape).items()
            if key not in {"portal", "kind", "name", "of"} and value not in (None, [], {})
        }
        made[name] = Screen(
            name=name,
            pack=compiling.pack,
            portal=shape.portal,
            kind=shape.kind,
            label=shape.name,
            of=shape.of,
            options=options,
        )
    return made


def filtered(
    types: Mapping[str, RecordType], screens: Mapping[str, Screen]
) -> dict[str, RecordType]:
    """The types, with an index for each attribute by which a list of records can be filtered."""
    asked: dict[str, set[str]] = {}
    for screen in screens.values():
        asked.setdefault(screen.of or "", set()).update(screen.options.get("filters", ()))
    return {
        name: msgspec.structs.replace(
            type_,
            attributes=tuple(
                msgspec.structs.replace(item, index=item.index or item.name in asked[name])
                for item in type_.attributes
            ),
        )
        if type_.role == "object" and name in asked
        else type_
        for name, type_ in types.items()
    }


def _check_screen(
    compiling: Compiling,
    document: Document,
    path: tuple[str, ...],
    shape: ScreenShape,
    types: Mapping[str, RecordType],
) -> None:
    for wanted in (name for name in SCREEN_NEEDS[shape.kind] if not getattr(shape, name)):
        compiling.faults.add(document.at(*path), "screen.needs", what_for=shape.kind, name=wanted)
    if shape.of is not None:
        compiling.need("type", shape.of, document.at(*path, "of"), given_by_engines=ENGINE_TYPES)
    if shape.indicator is not None:
        compiling.need("indicator", shape.indicator, document.at(*path, "indicator"))
    if shape.opens is not None:
        compiling.need("screen", shape.opens, document.at(*path, "opens"))
    for index, role in enumerate(shape.roles):
        at = document.at(*path, "roles", index)
        compiling.need("role", role, at, given_by_engines=ENGINE_ROLES)
    fields = known_fields(types, shape.of or "")
    if fields:
        for where, name in _fields_named(shape):
            at = document.at(*path, *where)
            if compiling.one_of("field", name, fields, at) and _ONE.intersection(where):
                single(compiling, types.get(shape.of or ""), name, at)


_ONE = frozenset({"sort", "lanes", "colour", "title"})
"""What a screen does by a field that has one value."""


def _fields_named(shape: ScreenShape) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Every field that a screen names, with where it stands."""
    for key in ("columns", "filters", "sort"):
        yield from _listed((key,), getattr(shape, key))
    for key in ("lanes", "colour", "title"):
        name = getattr(shape, key)
        if name is not None:
            yield (key,), name
    for index, page in enumerate(shape.pages):
        yield from _listed(("pages", index, "fields"), page.fields)
    for view, told in shape.views.items():
        yield from ((("views", view, "where", name), name) for name in told.where)
        yield from _listed(("views", view, "sort"), told.sort)


def _listed(
    path: tuple[str | int, ...], names: Iterable[str]
) -> Iterable[tuple[tuple[str | int, ...], str]]:
    for index, name in enumerate(names):
        yield (*path, index), name.removeprefix("-")


def actions_by_type(processes: Mapping[str, Process], registry: Registry) -> dict[str, Any]:
    """The actions that each case kind's process gives."""
    found = {}
    for name, kind in registry.case_kinds.items():
        process = processes.get(kind.process)
        if process is not None:
            steps = (action for step in process.steps for action in step.actions)
            found[name] = tuple(dict.fromkeys((*process.source["actions"], *steps)))
    return found
