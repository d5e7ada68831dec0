"""Sheets of declared records: taken in by their codes, and given out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.record_places import located
from pengcheng.engines.objects import MergeRights, MergeRow, NewRecord, Query, Sort
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.records_text import as_text, read_texts
from pengcheng.kernel.registry import Attribute, RecordType, Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand, list_screen, object_type
from pengcheng.portals.shenzhengyi.taking import (
    Importing,
    SheetRow,
    Taken,
    flag_of,
    import_page,
    mode_with,
    sheet_response,
    take_in,
    told_with,
)
from pengcheng.portals.shenzhengyi.texts import say

EXPORT_MAX = 5_000
CODES_SHOWN = 6
ENDED = "ended"
HEAD = ("code", "area_code", ENDED)


@get("/e/records/{type_name:str}/import")
async def import_form(request: AnyRequest, type_name: str) -> Response[Any]:
    """What an import needs, with an empty sheet to fill in."""
    services = services_of(request)
    type_ = object_type(services, type_name)
    demand(services, official(request), "import", type_name)
    return await import_page(request, _of_type(request, type_), {})


def _of_type(request: AnyRequest, type_: RecordType) -> Importing:
    services, language = services_of(request), official(request).language
    screen = list_screen(services.registry, official(request), type_.name)
    columns = [
        {"name": item.name, "label": item.label.in_(language), "required": item.required,
         "hint": codes_hint(services.registry, item, language)}
        for item in type_.attributes
    ]  # fmt: skip
    code = {"name": "code", "label": say("e.column.code", language),
            "required": type_.code_pattern is None,
            "hint": say("a.import.code", language)}  # fmt: skip
    ended = {"name": ENDED, "label": say("e.column.ended", language), "required": False,
             "hint": say("a.import.ended", language)}  # fmt: skip
    return Importing(
        current=f"screen.{screen.name}" if screen else "",
        title=say("e.import.title", language, what=type_.label.in_(language)),
        back=f"/e/records/{type_.name}",
        action=f"/e/records/{type_.name}/import",
        sheet=f"/e/records/{type_.name}/sheet",
        done=f"/e/records/{type_.name}",
        columns=[code, *columns, *([ended] if type_.attribute(ENDED) is None else [])],
    )


def codes_hint(registry: Registry, item: Attribute, language: Language) -> str:
    """The first codes that a column takes, or how a table stands in a cell, as a hint."""
    if item.kind == "table":
        heads = " | ".join(one.name for one in item.columns if one.computed is None)
        return say("a.import.table", language, heads=heads)
    found = registry.code_lists.get(item.code_list or "")
    if found is None:
        return item.hint.in_(language) if item.hint else ""
    told = [f"{code.code} {code.label.in_(language)}" for code in found.codes[:CODES_SHOWN]]
    more = "…" if len(found.codes) > CODES_SHOWN else ""
    many = say("a.import.many", language) if item.many else ""
    return ("、" if language == "zh" else ", ").join(told) + more + many


@post("/e/records/{type_name:str}/import", status_code=200)
async def import_rows(request: AnyRequest, type_name: str) -> Response[Any]:
    """Take a sheet in: rows whose code stands change or retire it, others are added; all rows or
    none, or the right ones, with a report row by row."""
    services = services_of(request)
    type_ = object_type(services, type_name)
    demand(services, official(request), "import", type_name)
    return await take_in(request, _of_type(request, type_), partial(_taken, type_))


async def _taken(
    type_: RecordType, request: AnyRequest, rows: Sequence[SheetRow], mode: str
) -> Taken:
    services, actor = services_of(request), official(request)
    rights = MergeRights(
        add=services.rights.scope(actor, "import", type_.name),
        change=services.rights.scope(actor, "change", type_.name),
        retire=services.rights.scope(actor, "retire", type_.name),
    )
    good, bad = rows_of(services.registry, type_, rows)
    placed = await located(services, [row.record for _, row in good])
    merged = [MergeRow(one, row.ended) for one, (_, row) in zip(placed, good, strict=True)]
    told = await services.merging.merge(
        services.registry, rights, merged, mode=mode_with(mode, bad)
    )
    return Taken(told=told_with(mode, told, [number for number, _ in good], bad))


def rows_of(
    registry: Registry, type_: RecordType, rows: Sequence[SheetRow]
) -> tuple[list[tuple[int, MergeRow]], list[tuple[int, Fault]]]:
    """Rows as records with their numbers, and the faults of cells that cannot be read.

    A column may be called by its name or by its label in either language.
    """
    names: dict[str, str] = {}
    for item in type_.attributes:
        names |= {item.name: item.name, item.label.zh: item.name, item.label.en: item.name}
    head = [name for name in HEAD if type_.attribute(name) is None]
    good: list[tuple[int, MergeRow]] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        named = {names.get(key, key): value for key, value in row.items()}
        texts = {key: value for key, value in named.items() if key not in head}
        values, faults = read_texts(type_, texts, code_lists=registry.code_lists)
        ended = flag_of(named, ENDED, faults) is True if ENDED in head else False
        bad += [(number, fault) for fault in faults]
        if not faults:
            good.append((number, MergeRow(record=_record(named, values), ended=ended)))
    return good, bad


def _record(named: Mapping[str, str], values: dict[str, Any]) -> NewRecord:
    place = values.pop("place", None)
    return NewRecord(
        attributes=values, code=named.get("code") or None,
        area_code=named.get("area_code") or None, place=place,
    )  # fmt: skip


@get("/e/records/{type_name:str}/sheet/{kind:str}")
async def sheet(request: AnyRequest, type_name: str, kind: str) -> Response[bytes]:
    """The records as a sheet (`?rows=none`: its head only, to be filled in)."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    empty = request.query_params.get("rows") == "none"
    demand(services, actor, "import" if empty else "export", type_name)
    scope = services.rights.scope(actor, "export", type_name)
    heads = ["code", *(item.name for item in type_.attributes)]
    rows: list[list[Any]] = []
    after = None
    while not empty and len(rows) < EXPORT_MAX:
        query = Query(sort=Sort("code"), limit=500, after=after)
        page = await services.objects.page(services.registry, scope, query)
        rows += [[r.code, *(_cell(i, r.attributes.get(i.name)) for i in type_.attributes)]
                 for r in page.records]  # fmt: skip
        after = page.next
        if after is None:
            break
    return sheet_response(request, type_name, kind, heads, rows)


def _cell(item: Attribute, value: Any) -> Any:
    return as_text(value, item) if item.is_list else value


HANDLERS = [import_form, import_rows, sheet]
