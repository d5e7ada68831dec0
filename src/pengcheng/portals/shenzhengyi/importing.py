"""Sheets of declared records: import with a report row by row, all rows or the valid; export."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.problems import fault_of
from pengcheng.engines.objects import NewRecord, Query, Sort
from pengcheng.kernel.errors import Conflict, Fault, Refusal
from pengcheng.kernel.records_text import read_texts
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.portals.pages import form_of, go, render, texts_of, uploads_of
from pengcheng.portals.shenzhengyi import sheets
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.records import demand, object_type
from pengcheng.portals.shenzhengyi.texts import say

EXPORT_MAX = 5_000
FAULTS_SHOWN_MAX = 200

Values = dict[str, Any]


@get("/e/records/{type_name:str}/import")
async def import_form(request: AnyRequest, type_name: str) -> Response[Any]:
    """What an import needs, with an empty sheet to fill in."""
    services = services_of(request)
    type_ = object_type(services, type_name)
    demand(services, official(request), "import", type_name)
    return await import_page(request, type_, {})


async def import_page(
    request: AnyRequest, type_: RecordType, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    actor = official(request)
    values = {
        "title": say("e.import.title", actor.language, what=type_.label.in_(actor.language)),
        "back": f"/e/records/{type_.name}",
        "action": f"/e/records/{type_.name}/import",
        "sheet": f"/e/records/{type_.name}/sheet",
        "columns": [
            {"name": item.name, "label": item.label.in_(actor.language), "required": item.required}
            for item in type_.attributes
        ],
        "faults": [], "more": 0, "message": "", "made": (), "added": None,
    } | dict(more)  # fmt: skip
    return render(
        request, "shenzhengyi/import.html", await frame(request, ""), values, status=status
    )


@post("/e/records/{type_name:str}/import", status_code=200)
async def import_rows(request: AnyRequest, type_name: str) -> Response[Any]:
    """Take a sheet in: all rows or none, or the valid ones, with a report row by row."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    demand(services, actor, "import", type_name)
    form = await form_of(request)
    try:
        rows = await sheet_of(form)
        drafts, read_faults = drafts_of(services.registry, type_, rows)
        partly = texts_of(form).get("mode") == "partly"
        scope = services.rights.scope(actor, "import", type_name)
        if read_faults and not partly:
            added, faults = 0, read_faults
        else:
            numbers = [number for number, _ in drafts]
            added, found = await services.objects.create_many(
                services.registry, scope, [new for _, new in drafts], partly=partly
            )
            faults = [*read_faults, *((numbers[at - 1], fault) for at, fault in found)]
    except (Refusal, Conflict) as failure:
        return await import_page(request, type_, failed(request, failure), status=failure.status)
    if faults:
        more = report(request, faults, added)
        return await import_page(request, type_, more, status=200 if added else 422)
    return go(f"/e/records/{type_name}?said=imported&n={added}")


def failed(request: AnyRequest, failure: Refusal | Conflict) -> Values:
    """What an import page says of a sheet that could not be read at all."""
    language = official(request).language
    faults = failure.faults if isinstance(failure, Refusal) else ()
    told = [str(fault_of(fault, language)["message"]) for fault in faults]
    return {
        "message": " ".join(told) or words_of(failure.code).detail.fill(language, failure.facts)
    }


def report(request: AnyRequest, faults: Sequence[tuple[int, Fault]], added: int) -> Values:
    """Faults row by row, as a person reads them; the first line of a sheet is its head."""
    language = official(request).language
    ordered = sorted(faults, key=lambda item: item[0])
    return {
        "faults": [
            {"row": number + 1, "field": fault.path.strip("/"),
             "text": str(fault_of(fault, language)["message"])}
            for number, fault in ordered[:FAULTS_SHOWN_MAX]
        ],
        "more": max(len(ordered) - FAULTS_SHOWN_MAX, 0),
        "added": added,
    }  # fmt: skip


async def sheet_of(form: FormMultiDict) -> list[Mapping[str, str]]:
    """The rows of the uploaded sheet."""
    files = uploads_of(form, "file")
    if not files:
        raise Refusal("input.invalid", faults=[Fault(path="/file", code="file.required")])
    return sheets.read(await files[0].read(), files[0].filename.lower())


def drafts_of(
    registry: Registry, type_: RecordType, rows: Sequence[Mapping[str, str]]
) -> tuple[list[tuple[int, NewRecord]], list[tuple[int, Fault]]]:
    """Rows as new records with their numbers, and the faults of cells that cannot be read.

    A column may be called by its name or by its label in either language.
    """
    names: dict[str, str] = {}
    for item in type_.attributes:
        names |= {item.name: item.name, item.label.zh: item.name, item.label.en: item.name}
    good: list[tuple[int, NewRecord]] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        named = {names.get(key, key): value for key, value in row.items()}
        texts = {key: value for key, value in named.items() if key not in {"code", "area_code"}}
        values, faults = read_texts(type_, texts, code_lists=registry.code_lists)
        bad += [(number, fault) for fault in faults]
        if not faults:
            place = values.pop("place", None)
            good.append(
                (number, NewRecord(attributes=values, code=named.get("code") or None,
                                   area_code=named.get("area_code") or None, place=place))
            )  # fmt: skip
    return good, bad


@get("/e/records/{type_name:str}/sheet/{kind:str}")
async def sheet(request: AnyRequest, type_name: str, kind: str) -> Response[bytes]:
    """The records as a sheet (`?rows=none`: its head only, to be filled in)."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    kind = kind if kind in {"csv", "xlsx"} else "csv"
    empty = request.query_params.get("rows") == "none"
    demand(services, actor, "import" if empty else "export", type_name)
    scope = services.rights.scope(actor, "export", type_name)
    heads = ["code", *(item.name for item in type_.attributes)]
    rows: list[list[Any]] = []
    after = None
    while not empty and len(rows) < EXPORT_MAX:
        query = Query(sort=Sort("code"), limit=500, after=after)
        page = await services.objects.page(services.registry, scope, query)
        rows += [[r.code, *(r.attributes.get(i.name) for i in type_.attributes)]
                 for r in page.records]  # fmt: skip
        after = page.next
        if after is None:
            break
    return Response(
        sheets.written(kind, heads, rows),
        media_type=sheets.MEDIA[kind],
        headers={"Content-Disposition": f'attachment; filename="{type_name}.{kind}"',
                 "Cache-Control": "no-store"},
    )  # fmt: skip


HANDLERS = [import_form, import_rows, sheet]
