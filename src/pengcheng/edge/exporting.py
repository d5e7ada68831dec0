"""Lists as files, streamed page by page.

What goes out is what the asker may read. Personal attributes go out only by the right `export`, and
then who took them is recorded; without it they are masked.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response
from litestar.response import Stream

from pengcheng.edge import sheets
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseQuery
from pengcheng.engines.objects import EdgeQuery, Joined, Query, Record
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.authz import PERSONAL, Actor, Scope
from pengcheng.kernel.errors import Absent, Refusal, TooLarge
from pengcheng.kernel.records_text import as_text
from pengcheng.kernel.registry import RecordType

PAGE = 500
XLSX_ROWS_MAX = 100_000
MASK = "***"
Rows = list[list[Any]]
Pages = AsyncIterator[Rows]
RECORD_HEAD = ("id", "code", "title", "area_code", "version", "changed_at")
EDGE_HEAD = ("from", "to", "valid_from", "valid_to", "from_title", "to_title")
CASE_HEAD = (
    "id", "code", "title", "step", "stage", "channel", "category", "area_code", "organisation",
    "accepted_at", "due_at", "closed_at", "version",
)  # fmt: skip
OWN_COLUMNS = frozenset(
    [
        *("id", "title", "version", "changed_at", "step", "stage", "organisation", "due_at"),
        *("accepted_at", "closed_at", "type"),
    ]
)
"""Columns of an export that the city keeps itself: an import passes over them."""


def export_scope(services: Services, actor: Actor, name: str) -> Scope:
    """By the right `export` where the asker has it, else by `read`; `Absent` for neither."""
    for action in ("export", "read"):
        scope = services.rights.scope(actor, action, name)
        if not scope.is_empty:
            return scope
    raise Absent("type.unknown", type=name)


def checked_format(kind: str) -> str:
    """A format that there is."""
    if kind not in sheets.FORMATS:
        raise Refusal("export.format", given=kind)
    return kind


async def records_file(
    services: Services, actor: Actor, type_: RecordType, query: Query, kind: str
) -> Response[Any]:
    """The records of a query as a file."""
    scope = export_scope(services, actor, type_.name)
    names = [item.name for item in type_.attributes]
    heads = [*RECORD_HEAD, *names, *(["place"] if type_.place else [])]
    hidden = {i.name for i in type_.attributes if i.sensitivity >= PERSONAL}
    personal = hidden if scope.action != "export" else set()

    async def pages() -> Pages:
        asked = msgspec.structs.replace(query, limit=PAGE, fields=None)
        while True:
            page = await services.objects.page(services.registry, scope, asked)
            if scope.action == "export":
                await services.objects.note_export(services.registry, scope, page.records)
            yield [_record_row(type_, record, names, personal) for record in page.records]
            if page.next is None:
                return
            asked = msgspec.structs.replace(asked, after=page.next)

    return await _file(kind, type_.name, heads, pages)


async def edges_file(
    services: Services, read: Scope, relation: str, other: Scope, query: EdgeQuery, kind: str
) -> Response[Any]:
    """The edges of a relation as a file that an import takes again."""

    async def pages() -> Pages:
        asked = msgspec.structs.replace(query, limit=PAGE)
        while True:
            page = await services.relations.page(services.registry, read, relation, other, asked)
            yield [_edge_row(edge) for edge in page.items]
            if page.next is None:
                return
            asked = msgspec.structs.replace(asked, after=page.next)

    return await _file(kind, f"{read.type}.{relation}", EDGE_HEAD, pages)


def _edge_row(edge: Joined) -> list[str]:
    return [
        edge.from_code, edge.to_code, edge.valid_from.isoformat(),
        edge.valid_to.isoformat() if edge.valid_to else "", edge.from_title, edge.to_title,
    ]  # fmt: skip


def _record_row(
    type_: RecordType, record: Record, names: Sequence[str], hidden: set[str]
) -> list[Any]:
    area = code_of(record.area_no) if record.area_no is not None else ""
    head = [record.id, record.code, record.title, area, record.version]
    place = [record.place or ""] if type_.place else []
    values = _values(record.attributes, names, hidden)
    return [*head, record.changed_at.isoformat(), *values, *place]


def _values(values: Mapping[str, Any], names: Sequence[str], hidden: set[str]) -> list[str]:
    return [
        MASK if name in hidden and values.get(name) else as_text(values.get(name))
        for name in names
    ]  # fmt: skip


async def cases_file(
    services: Services, actor: Actor, type_: RecordType, query: CaseQuery, kind: str
) -> Response[Any]:
    """The cases of a query as a file."""
    scope = export_scope(services, actor, type_.name)
    names = [item.name for item in type_.attributes]
    hidden = {i.name for i in type_.attributes if i.sensitivity >= PERSONAL}
    personal = hidden if scope.action != "export" else set()

    async def pages() -> Pages:
        asked = msgspec.structs.replace(query, limit=PAGE)
        while True:
            page = await services.bulk.page(scope, asked)
            yield [
                [*_case_head(services, case), *_values(fields, names, personal)]
                for case, fields in page.rows
            ]
            if page.next is None:
                return
            asked = msgspec.structs.replace(asked, after=page.next)

    return await _file(kind, type_.name, [*CASE_HEAD, *names], pages)


def _case_head(services: Services, case: Any) -> list[str]:
    told = {
        "area_code": code_of(case.area_no) if case.area_no is not None else None,
        "organisation": services.organisations.of(case.organisation_id).key,
    }
    return [
        as_text(told[name] if name in told else getattr(case, name))
        if name != "id" else str(case.id)
        for name in CASE_HEAD
    ]  # fmt: skip


async def _file(
    kind: str, name: str, heads: Sequence[str], pages: Callable[[], Pages]
) -> Response[Any]:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        "Cache-Control": "no-store",
    }
    if kind == "xlsx":
        content = await _book(heads, pages())
        return Response(content, media_type=sheets.XLSX, headers=headers)
    # The first page is read before the answer begins, so that a refusal can still be told.
    source = pages()
    first = await anext(source)
    encode: Callable[[Rows], bytes] = (
        sheets.csv_lines if kind == "csv" else lambda rows: sheets.ndjson_lines(heads, rows)
    )

    async def stream() -> AsyncIterator[bytes]:
        if kind == "csv":
            yield sheets.MARK + sheets.csv_lines([heads])
        yield encode(first)
        async for rows in source:
            yield encode(rows)

    return Stream(stream(), media_type=sheets.MEDIA[kind], headers=headers)


async def _book(heads: Sequence[str], pages: Pages) -> bytes:
    book, count = sheets.Book(heads), 0
    async for rows in pages:
        count += len(rows)
        if count > XLSX_ROWS_MAX:
            raise TooLarge("import.too_many_rows", max=XLSX_ROWS_MAX)
        book.add(rows)
    return book.content()
