"""Sheets taken in: checked first with what each row would change, then let in, with a report row by
row; and the same table given out. One way for everything that is administered."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.handlers import HTTPRouteHandler

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.problems import fault_of
from pengcheng.kernel.errors import Conflict, Fault, Refusal
from pengcheng.kernel.imports import Imported, RowChange, imported
from pengcheng.kernel.records_text import NO, YES
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, go, render, texts_of, uploads_of
from pengcheng.portals.shenzhengyi import sheets
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import has, say

SHOWN_MAX = 200

Values = dict[str, Any]
SheetRow = Mapping[str, str]
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


class Importing(msgspec.Struct, frozen=True, kw_only=True):
    """One import page: which item of the navigation it belongs to, where it goes back to and
    sends to, where its empty sheet is, its columns (name, label, required, hint), and the kinds of
    file that it takes. `done`: where one goes when every row went in."""

    current: str
    title: str
    back: str
    action: str
    sheet: str
    columns: Sequence[Mapping[str, Any]]
    kinds: tuple[str, ...] = ("csv", "xlsx")
    lead: str = ""
    done: str = ""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent: its rows, and its content to be held on the page between check and import."""

    rows: list[SheetRow]
    held: str
    name: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a sheet, and (user name, one-time password) of accounts that it made."""

    told: Imported
    made: Sequence[tuple[str, str]] = ()


Take = Callable[[AnyRequest, Sequence[SheetRow], str], Awaitable[Taken]]


class Administered(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the administration that comes in and goes out as a sheet. `take`: rows and a
    mode to what became of them; `give`: the table as a kind of file holds it."""

    page: str
    type: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    take: Take
    give: Callable[[AnyRequest, str], Awaitable[Table]]
    kinds: tuple[str, ...] = ("csv", "xlsx")


def handlers_of(item: Administered) -> list[HTTPRouteHandler]:
    """The import page, the import itself and the table given out."""
    root = f"/e/admin/{item.page}"

    @get(f"{root}/import")
    async def page(request: AnyRequest) -> Response[Any]:
        """What an import needs."""
        demand(services_of(request), official(request), "import", item.type)
        return await import_page(request, _importing(request, item), {})

    @post(f"{root}/import", status_code=200)
    async def taken(request: AnyRequest) -> Response[Any]:
        """Check a sheet, or let it in."""
        demand(services_of(request), official(request), "import", item.type)
        return await take_in(request, _importing(request, item), item.take)

    @get(f"{root}/sheet/{{kind:str}}")
    async def given(request: AnyRequest, kind: str) -> Response[bytes]:
        """The table in the columns of the import."""
        demand(services_of(request), official(request), "import", item.type)
        kind = kind if kind in item.kinds else "csv"
        heads, rows = await item.give(request, kind)
        return sheet_response(request, item.page, kind, heads, rows)

    return [page, taken, given]


def _importing(request: AnyRequest, item: Administered) -> Importing:
    language = official(request).language
    return Importing(
        current=item.page,
        title=say("e.import.title", language, what=say(f"e.nav.{item.page}", language)),
        back=f"/e/admin/{item.page}",
        action=f"/e/admin/{item.page}/import",
        sheet=f"/e/admin/{item.page}/sheet",
        columns=[
            {"name": name, "label": say(f"e.column.{name}", language),
             "required": name in item.required, "hint": _hint(item.page, name, language)}
            for name in item.columns
        ],
        kinds=item.kinds,
        lead=say(key, language) if has(key := f"a.import.lead_{item.page}") else "",
    )  # fmt: skip


def _hint(page: str, name: str, language: Language) -> str:
    keys = (f"a.column.{page}_{name}", f"a.column.{name}")
    return next((say(key, language) for key in keys if has(key)), "")


async def take_in(request: AnyRequest, page: Importing, take: Take) -> Response[Any]:
    """Read the sheet that was sent or held, have it taken, and tell what became of it."""
    form = await form_of(request)
    mode = _mode_of(form)
    try:
        sheet = await _sheet_of(form, page.kinds)
        taken = await take(request, sheet.rows, mode)
    except (Refusal, Conflict) as failure:
        return await import_page(request, page, _failed(request, failure), status=failure.status)
    count = len(taken.told.changes)
    if page.done and mode != "check" and not taken.told.faults:
        return go(f"{page.done}?said=imported&n={count}")
    # 422 when nothing could go in for faults.
    status = 422 if taken.told.faults and not taken.told.changes and mode != "check" else 200
    more = {**_report(request, page, taken.told, sheet, mode), "made": taken.made}
    return await import_page(request, page, more, status=status)


async def import_page(
    request: AnyRequest, page: Importing, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    """The page of an import: choose a sheet, see what it would do, let it in."""
    values = {
        "importing": page, "outcome": None, "faults": [], "more": 0, "message": "", "made": (),
        "held": "", "held_name": "", "changes": (), "more_changes": 0,
    } | dict(more)  # fmt: skip
    shown = await frame(request, page.current)
    return render(request, "shenzhengyi/import.html", shown, values, status=status)


def _mode_of(form: FormMultiDict) -> str:
    """What is to be done with a sheet: "check" it, let in "all" rows or none, or "partly" those
    that are right."""
    given = texts_of(form).get("mode", "")
    return given if given in {"check", "partly"} else "all"


def _failed(request: AnyRequest, failure: Refusal | Conflict) -> Values:
    """What an import page says of a sheet that could not be read or taken at all."""
    language = official(request).language
    faults = failure.faults if isinstance(failure, Refusal) else ()
    told = [str(fault_of(fault, language)["message"]) for fault in faults]
    return {
        "message": " ".join(told) or words_of(failure.code).detail.fill(language, failure.facts)
    }


def _report(
    request: AnyRequest, page: Importing, told: Imported, sheet: Sheet, mode: str
) -> Values:
    """What an import did or would do, as a person reads it; the first line of a sheet is its head.
    After a check the sheet stays at hand."""
    language = official(request).language
    counts = {name: told.count(name) for name in ("added", "changed", "ended")}
    labels = {str(item["name"]): str(item["label"]) for item in page.columns}
    return {
        "outcome": {"mode": mode, "done": sum(counts.values()), "same": told.same, **counts},
        "faults": [
            {"row": number + 1, "field": fault.path.strip("/"),
             "text": str(fault_of(fault, language)["message"])}
            for number, fault in told.faults[:SHOWN_MAX]
        ],
        "more": max(len(told.faults) - SHOWN_MAX, 0),
        "held": sheet.held if mode == "check" and told.changes else "",
        "held_name": sheet.name,
        "changes": [_shown(change, labels, language) for change in told.changes[:SHOWN_MAX]],
        "more_changes": max(len(told.changes) - SHOWN_MAX, 0),
    }  # fmt: skip


def _shown(change: RowChange, labels: Mapping[str, str], language: Language) -> Values:
    return {
        "row": change.number + 1,
        "act": change.act,
        "key": change.key,
        "values": [
            {"name": labels.get(one.field) or _label(one.field, language), "was": one.before,
             "now": one.after}
            for one in change.values
        ],
    }  # fmt: skip


def _label(field: str, language: Language) -> str:
    return say(f"e.column.{field}", language) if has(f"e.column.{field}") else field


async def _sheet_of(form: FormMultiDict, kinds: Sequence[str]) -> Sheet:
    """The uploaded sheet, or the one that the page has held since it was checked."""
    files = uploads_of(form, "file")
    if files:
        content, name = await files[0].read(), files[0].filename
    else:
        content, name = _held(form)
    rows = sheets.read(content, name.lower(), kinds)
    if not rows:
        raise Refusal("input.invalid", faults=[Fault(path="/file", code="sheet.no_rows")])
    return Sheet(rows=rows, held=b64encode(content).decode(), name=name)


def _held(form: FormMultiDict) -> tuple[bytes, str]:
    held, name = form.get("held", ""), form.get("held_name", "")
    try:
        content = b64decode(held, validate=True) if isinstance(held, str) else b""
    except binascii.Error:
        content = b""
    if not content:
        raise Refusal("input.invalid", faults=[Fault(path="/file", code="file.required")])
    return content, name if isinstance(name, str) else ""


def sheet_response(
    request: AnyRequest, name: str, kind: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Response[bytes]:
    """A table as a file; with `?rows=none` its head only, to be filled in."""
    kind = kind if kind in sheets.MEDIA else "csv"
    empty = request.query_params.get("rows") == "none"
    return Response(
        sheets.written(kind, heads, [] if empty else rows),
        media_type=sheets.MEDIA[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )


def flag_of(row: SheetRow, name: str, faults: list[Fault]) -> bool | None:
    """A yes or no of a row, None where nothing is said; what is neither is told."""
    given = row.get(name, "").strip().lower()
    if given and given not in YES | NO:
        faults.append(Fault(path=f"/{name}", code="boolean.form"))
    return given in YES if given in YES | NO else None


def mode_with(mode: str, bad: Sequence[tuple[int, Fault]]) -> str:
    """The mode in which the rows that could be read are taken: of a sheet that is to go in whole
    and does not, they are only checked, so that one look mends all."""
    return "check" if bad and mode == "all" else mode


def told_with(
    mode: str, told: Imported, numbers: Sequence[int], bad: Sequence[tuple[int, Fault]]
) -> Imported:
    """What became of the rows that could be read, by their numbers in the sheet, with the faults of
    those that could not."""
    changes = [msgspec.structs.replace(one, number=numbers[one.number - 1]) for one in told.changes]
    faults = [(numbers[number - 1], fault) for number, fault in told.faults]
    return imported(mode, changes, [*faults, *bad], told.same)
