"""Sheets: checked first, then let in, with a report row by row; and sheets of declared records."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.problems import fault_of
from pengcheng.edge.services import Services
from pengcheng.engines.objects import Filter, NewRecord, Query, Record, Sort
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Conflict, Fault, Refusal
from pengcheng.kernel.records_text import read_texts
from pengcheng.kernel.registry import Attribute, RecordType, Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, go, render, texts_of, uploads_of
from pengcheng.portals.shenzhengyi import sheets
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.records import demand, list_screen, object_type
from pengcheng.portals.shenzhengyi.texts import say

EXPORT_MAX = 5_000
FAULTS_SHOWN_MAX = 200
ROWS_SHOWN = 5
CODES_SHOWN = 6
CODES_AT_ONCE = 200

Values = dict[str, Any]


class Importing(msgspec.Struct, frozen=True, kw_only=True):
    """One import page: which item of the navigation it belongs to, where it goes back to and
    sends to, where its empty sheet is, and its columns (name, label, required, hint)."""

    current: str
    title: str
    back: str
    action: str
    sheet: str
    columns: Sequence[Mapping[str, Any]]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent: its rows, and its content to be held on the page between check and import."""

    rows: list[Mapping[str, str]]
    held: str
    name: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or (`mode` "check") would do, and the faults by row number from 1."""

    mode: str
    added: int = 0
    changed: int = 0
    same: int = 0
    faults: Sequence[tuple[int, Fault]] = ()

    @property
    def done(self) -> int:
        """Rows that went in, or would."""
        return self.added + self.changed

    @property
    def status(self) -> int:
        """422 when nothing could go in for faults."""
        return 422 if self.faults and not self.done and self.mode != "check" else 200


async def import_page(
    request: AnyRequest, page: Importing, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    """The page of an import: choose a sheet, see what it would do, let it in."""
    values = {
        "importing": page, "outcome": None, "faults": [], "more": 0, "message": "", "made": (),
        "held": "", "held_name": "", "heads": (), "first": (),
    } | dict(more)  # fmt: skip
    shown = await frame(request, page.current)
    return render(request, "shenzhengyi/import.html", shown, values, status=status)


def mode_of(form: FormMultiDict) -> str:
    """What is to be done with a sheet: "check" it, let in "all" rows or none, or "partly" those
    that are right."""
    given = texts_of(form).get("mode", "")
    return given if given in {"check", "partly"} else "all"


def failed(request: AnyRequest, failure: Refusal | Conflict) -> Values:
    """What an import page says of a sheet that could not be read at all."""
    language = official(request).language
    faults = failure.faults if isinstance(failure, Refusal) else ()
    told = [str(fault_of(fault, language)["message"]) for fault in faults]
    return {
        "message": " ".join(told) or words_of(failure.code).detail.fill(language, failure.facts)
    }


def report(request: AnyRequest, outcome: Outcome, sheet: Sheet) -> Values:
    """What an import did or would do, with faults row by row, as a person reads them; the first
    line of a sheet is its head. After a check the sheet stays at hand."""
    language = official(request).language
    ordered = sorted(outcome.faults, key=lambda item: item[0])
    checked = outcome.mode == "check"
    heads = list(sheet.rows[0]) if sheet.rows else []
    return {
        "outcome": outcome,
        "faults": [
            {"row": number + 1, "field": fault.path.strip("/"),
             "text": str(fault_of(fault, language)["message"])}
            for number, fault in ordered[:FAULTS_SHOWN_MAX]
        ],
        "more": max(len(ordered) - FAULTS_SHOWN_MAX, 0),
        "held": sheet.held if checked and outcome.done else "",
        "held_name": sheet.name,
        "heads": [{"text": head} for head in heads] if checked else [],
        "first": [[row.get(head, "") for head in heads] for row in sheet.rows[:ROWS_SHOWN]]
        if checked else [],
    }  # fmt: skip


async def sheet_of(form: FormMultiDict) -> Sheet:
    """The uploaded sheet, or the one that the page has held since it was checked."""
    files = uploads_of(form, "file")
    if files:
        content, name = await files[0].read(), files[0].filename
    else:
        content, name = _held(form)
    rows = sheets.read(content, name.lower())
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
    kind = kind if kind in {"csv", "xlsx"} else "csv"
    empty = request.query_params.get("rows") == "none"
    return Response(
        sheets.written(kind, heads, [] if empty else rows),
        media_type=sheets.MEDIA[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"',
                 "Cache-Control": "no-store"},
    )  # fmt: skip


@get("/e/records/{type_name:str}/import")
async def import_form(request: AnyRequest, type_name: str) -> Response[Any]:
    """What an import needs, with an empty sheet to fill in."""
    services = services_of(request)
    type_ = object_type(services, type_name)
    demand(services, official(request), "import", type_name)
    return await import_page(request, _of_type(request, type_), {})


def _of_type(request: AnyRequest, type_: RecordType) -> Importing:
    services, actor = services_of(request), official(request)
    screen = list_screen(services.registry, actor, type_.name)
    columns = [
        {"name": item.name, "label": item.label.in_(actor.language), "required": item.required,
         "hint": _codes(services.registry, item, actor.language)}
        for item in type_.attributes
    ]  # fmt: skip
    code = {
        "name": "code",
        "label": say("e.column.code", actor.language),
        "required": type_.code_pattern is None,
        "hint": say("a.import.code", actor.language),
    }
    return Importing(
        current=f"screen.{screen.name}" if screen else "",
        title=say("e.import.title", actor.language, what=type_.label.in_(actor.language)),
        back=f"/e/records/{type_.name}",
        action=f"/e/records/{type_.name}/import",
        sheet=f"/e/records/{type_.name}/sheet",
        columns=[code, *columns],
    )


def _codes(registry: Registry, item: Attribute, language: Language) -> str:
    """The first codes that a column takes, as a hint."""
    found = registry.code_lists.get(item.code_list or "")
    if found is None:
        return item.hint.in_(language) if item.hint else ""
    told = [f"{code.code} {code.label.in_(language)}" for code in found.codes[:CODES_SHOWN]]
    more = "…" if len(found.codes) > CODES_SHOWN else ""
    return ("、" if language == "zh" else ", ").join(told) + more


@post("/e/records/{type_name:str}/import", status_code=200)
async def import_rows(request: AnyRequest, type_name: str) -> Response[Any]:
    """Take a sheet in: rows whose code stands are changed where they differ, others added; all
    rows or none, or the right ones, with a report row by row."""
    services, actor = services_of(request), official(request)
    type_ = object_type(services, type_name)
    demand(services, actor, "import", type_name)
    page = _of_type(request, type_)
    form = await form_of(request)
    try:
        sheet = await sheet_of(form)
        outcome = await _taken(services, actor, type_, sheet, mode_of(form))
    except (Refusal, Conflict) as failure:
        return await import_page(request, page, failed(request, failure), status=failure.status)
    if outcome.mode != "check" and not outcome.faults:
        return go(f"/e/records/{type_name}?said=imported&n={outcome.done}")
    return await import_page(request, page, report(request, outcome, sheet), status=outcome.status)


async def _taken(
    services: Services, actor: Actor, type_: RecordType, sheet: Sheet, mode: str
) -> Outcome:
    registry, scope = services.registry, services.rights.scope(actor, "import", type_.name)
    drafts, faults = drafts_of(registry, type_, sheet.rows)
    standing = await _standing(services, actor, type_, [new.code for _, new in drafts if new.code])
    new = [(number, one) for number, one in drafts if one.code not in standing]
    known = [(number, one) for number, one in drafts if one.code in standing]
    changes = [
        (number, standing[str(one.code)], differing)
        for number, one in known
        if (differing := _differing(standing[str(one.code)], one))
    ]
    numbers = [number for number, _ in new]
    found = await services.objects.faults_of_many(registry, scope, [one for _, one in new])
    wrong = {numbers[at - 1] for at, _ in found}
    faults = [*faults, *((numbers[at - 1], fault) for at, fault in found)]
    may_change = services.rights.scope(actor, "change", type_.name)
    told = Outcome(
        mode=mode, added=len(new) - len(wrong), changed=len(changes),
        same=len(known) - len(changes), faults=faults,
    )  # fmt: skip
    if mode == "check":
        return told
    if faults and mode != "partly":
        return Outcome(mode=mode, faults=faults)
    right = [one for number, one in new if number not in wrong]
    partly = mode == "partly"
    added, late = await services.objects.create_many(registry, scope, right, partly=partly)
    for _, record, values in changes:
        await services.objects.change(
            registry, may_change, record.id, values, version=record.version
        )
    return Outcome(
        mode=mode, added=added, changed=len(changes), same=told.same, faults=[*faults, *late]
    )


async def _standing(
    services: Services, actor: Actor, type_: RecordType, codes: Sequence[str]
) -> dict[str, Record]:
    """The records of these codes that the importer may change."""
    scope = services.rights.scope(actor, "change", type_.name)
    found: dict[str, Record] = {}
    if scope.is_empty:
        return found
    for at in range(0, len(codes), CODES_AT_ONCE):
        asked = Query(
            filters=(Filter("code", "in", list(codes[at : at + CODES_AT_ONCE])),),
            sort=Sort("code"), limit=CODES_AT_ONCE,
        )  # fmt: skip
        page = await services.objects.page(services.registry, scope, asked)
        found |= {record.code: record for record in page.records}
    return found


def _differing(record: Record, new: NewRecord) -> dict[str, Any]:
    return {
        name: value
        for name, value in new.attributes.items()
        if record.attributes.get(name) != value
    }


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
    return sheet_response(request, type_name, kind, heads, rows)


HANDLERS = [import_form, import_rows, sheet]
