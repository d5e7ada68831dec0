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
from pengcheng.kernel.errors import Absent, Fault, Refusal, TooLarge, invalid
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


class _Cells(msgspec.Struct, frozen=True):
    """How the values of a type become cells of a file in a format."""

    type: RecordType
    hidden: frozenset[str]
    format: str

    def of(self, name: str, value: Any) -> Any:
        """A cell: NDJSON has lists and tables as such, the others as one text."""
        item = self.type.attribute(name)
        if name in self.hidden and value:
            return MASK
        is_json = self.format == "ndjson" and item is not None and item.is_list
        return value if is_json else as_text(value, item)


async def records_file(
    services: Services, actor: Actor, type_: RecordType, query: Query, kind: str
) -> Response[Any]:
    """The records of a query as a file."""
    scope = export_scope(services, actor, type_.name)
    heads = _heads(RECORD_HEAD, type_, query.fields, *(["place"] if type_.place else []))
    names = [item.name for item in type_.attributes if item.name in heads]
    hidden = {i.name for i in type_.attributes if i.sensitivity >= PERSONAL}
    cells = _Cells(type_, frozenset(hidden if scope.action != "export" else ()), kind)

    async def pages() -> Pages:
        asked = msgspec.structs.replace(query, limit=PAGE, fields=None)
        while True:
            page = await services.objects.page(services.registry, scope, asked)
            if scope.action == "export" and hidden & set(names):
                taken = [_only(record, names) for record in page.records]
                await services.objects.note_export(services.registry, scope, taken)
            yield [_record_row(record, heads, cells) for record in page.records]
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


def _heads(
    own: Sequence[str], type_: RecordType, wanted: Sequence[str] | None, *more: str
) -> list[str]:
    """The columns of a file: those that are wanted, in that order; all when none are named."""
    known = list(dict.fromkeys((*own, *(item.name for item in type_.attributes), *more)))
    if not wanted:
        return known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise invalid(
            *(Fault(path="/fields", code="field.unknown", facts={"field": n}) for n in unknown)
        )
    return list(dict.fromkeys(wanted))


def _only(record: Record, names: Sequence[str]) -> Record:
    """A record with no more attributes than these."""
    kept = {name: value for name, value in record.attributes.items() if name in names}
    return msgspec.structs.replace(record, attributes=kept)


def _record_row(record: Record, heads: Sequence[str], cells: _Cells) -> list[Any]:
    own = {
        "id": record.id,
        "code": record.code,
        "title": record.title,
        "area_code": code_of(record.area_no) if record.area_no is not None else "",
        "version": record.version,
        "changed_at": record.changed_at.isoformat(),
        "place": record.place or "",
    }
    return _row(own, record.attributes, heads, cells)


def _row(
    own: Mapping[str, Any], values: Mapping[str, Any], heads: Sequence[str], cells: _Cells
) -> list[Any]:
    """A row in the order of its heads: what the city keeps itself, else declared values."""
    return [own[name] if name in own else cells.of(name, values.get(name)) for name in heads]


async def cases_file(
    services: Services, actor: Actor, type_: RecordType, query: CaseQuery, kind: str,
    wanted: Sequence[str] | None = None,
) -> Response[Any]:  # fmt: skip
    """The cases of a query as a file, with the columns that are wanted (all when none are)."""
    scope = export_scope(services, actor, type_.name)
    heads = _heads(CASE_HEAD, type_, wanted)
    names = [item.name for item in type_.attributes if item.name in heads]
    hidden = {i.name for i in type_.attributes if i.sensitivity >= PERSONAL}
    cells = _Cells(type_, frozenset(hidden if scope.action != "export" else ()), kind)

    async def pages() -> Pages:
        asked = msgspec.structs.replace(query, limit=PAGE)
        while True:
            page = await services.bulk.page(scope, asked, fields=names)
            yield [
                _row(_case_head(services, case), fields, heads, cells) for case, fields in page.rows
            ]
            if page.next is None:
                return
            asked = msgspec.structs.replace(asked, after=page.next)

    return await _file(kind, type_.name, heads, pages)


def _case_head(services: Services, case: Any) -> dict[str, str]:
    told = {
        "area_code": code_of(case.area_no) if case.area_no is not None else None,
        "organisation": services.organisations.of(case.organisation_id).key,
    }
    return {
        name: as_text(told[name] if name in told else getattr(case, name))
        if name != "id" else str(case.id)
        for name in CASE_HEAD
    }  # fmt: skip


async def _file(
    kind: str, name: str, heads: Sequence[str], pages: Callable[[], Pages]
) -> Response[Any]:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
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
