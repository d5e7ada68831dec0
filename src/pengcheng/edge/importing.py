"""Bulk import of records and cases from files, with a report of every fault of every row.

`?mode=all` (the default) adds all rows or none; `?mode=valid` adds the rows that are right. The
report is JSON, or CSV where `Accept` asks for it. The same `Idempotency-Key` with the same rows
gives the same report and adds nothing twice: the report is kept with what it tells of.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response, post

from pengcheng.edge import sheets
from pengcheng.edge.asking import AnyRequest, actor_of, body_of, services_of, signed_in
from pengcheng.edge.cases_api import submission_key
from pengcheng.edge.exporting import EDGE_HEAD, OWN_COLUMNS
from pengcheng.edge.record_places import located
from pengcheng.edge.records_api import record_type
from pengcheng.edge.replies import json_response
from pengcheng.engines.cases import NewCase
from pengcheng.engines.objects import NewEdge, NewRecord
from pengcheng.ground import kept_answers
from pengcheng.ground.database import Work
from pengcheng.kernel.errors import Fault, Forbidden, invalid
from pengcheng.kernel.fault_words import fault_text
from pengcheng.kernel.records import validate
from pengcheng.kernel.records_text import read_texts
from pengcheng.kernel.registry import Attribute, RecordType, Registry
from pengcheng.kernel.words import Language, Words

MODES = ("all", "valid")
FAULTS_TOLD_MAX = 2_000
CHANNEL = "import"
RECORD_COLUMNS = ("code", "area_code")
CASE_COLUMNS = ("channel", "category", "area_code", "disclosure", "code")
RowFaults = list[tuple[int, Fault]]
_EDGE = RecordType(
    name="edge", role="object", pack="", label=Words("关系", "Relation"),
    attributes=tuple(
        Attribute(
            name=name, kind="instant" if name.startswith("valid") else "text",
            label=Words(name, name), required=name in {"from", "to"},
        )
        for name in EDGE_HEAD
    ),
)  # fmt: skip
"""The columns of a file of edges."""


@post("/api/v1/{type_name:str}/import", status_code=200)
async def records_in(request: AnyRequest, type_name: str) -> Response[bytes]:
    """Add many records from a CSV, XLSX or NDJSON file."""
    services, actor = services_of(request), signed_in(request)
    type_ = record_type(services.registry, type_name)
    scope = services.rights.scope(actor, "import", type_name)
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="import", type=type_name)
    once = await once_of(request, type_name)
    if once.report is not None:
        return report_of(request, once.report)
    partly, rows = _partly(request), once.rows
    good: list[tuple[int, NewRecord]] = []
    bad: RowFaults = []
    for number, row in rows:
        values, head, faults = read_row(services.registry, type_, row, RECORD_COLUMNS)
        place = values.pop("place", None)
        bad += [(number, fault) for fault in faults]
        if not faults:
            new = NewRecord(
                attributes=values, code=head["code"], area_code=head["area_code"], place=place
            )
            good.append((number, new))
    placed = await located(services, [new for _, new in good])
    good = [(number, new) for (number, _), new in zip(good, placed, strict=True)]
    if bad and not partly:
        # What the engine would find in the rest is told with it, so that one look mends all.
        more = await services.objects.faults_of_many(
            services.registry, scope, [new for _, new in good]
        )
        return report_of(request, once.told(0, [*bad, *_renumbered(more, good)]))

    async def finish(work: Work, added: int, found: Sequence[tuple[int, Fault]]) -> None:
        await once.keep(work, once.told(added, [*bad, *_renumbered(found, good)]))

    added, found = await services.objects.create_many(
        services.registry, scope, [new for _, new in good], partly=partly, finish=finish
    )
    return report_of(request, once.told(added, [*bad, *_renumbered(found, good)]))


@post("/api/v1/{type_name:str}/relations/{relation:str}/import", status_code=200)
async def edges_in(request: AnyRequest, type_name: str, relation: str) -> Response[bytes]:
    """Add many edges of a relation from a CSV, XLSX or NDJSON file: `from` and `to` (codes or
    ids), `valid_from`, `valid_to`."""
    services, actor = services_of(request), signed_in(request)
    declared = record_type(services.registry, type_name).relation(relation)
    scope = services.rights.scope(actor, "import", type_name)
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="import", type=type_name)
    once = await once_of(request, f"{type_name}.{relation}")
    if once.report is not None:
        return report_of(request, once.report)
    partly = _partly(request)
    good: list[tuple[int, NewEdge]] = []
    bad: RowFaults = []
    for number, row in once.rows:
        edge, faults = _new_edge(row)
        bad += [(number, fault) for fault in faults]
        good += [] if edge is None else [(number, edge)]
    if bad and not partly:
        return report_of(request, once.told(0, bad))

    async def finish(work: Work, added: int, found: Sequence[tuple[int, Fault]]) -> None:
        await once.keep(work, once.told(added, [*bad, *_renumbered(found, good)]))

    other = services.rights.scope(actor, "read", declared.to)
    added, found = await services.relations.add_many(
        services.registry, scope, relation, other, [new for _, new in good],
        partly=partly, finish=finish,
    )  # fmt: skip
    return report_of(request, once.told(added, [*bad, *_renumbered(found, good)]))


def _new_edge(row: Mapping[str, Any]) -> tuple[NewEdge | None, list[Fault]]:
    """A row as an edge, or what is wrong with it; titles are for people and passed over."""
    clean, faults = validate(_EDGE, row, code_lists={})
    if faults:
        return None, faults
    times = {name: clean[name] for name in ("valid_from", "valid_to")}
    return NewEdge(from_=clean["from"], to=clean["to"], **times), []


def _renumbered(found: Sequence[tuple[int, Fault]], rows: Sequence[tuple[int, Any]]) -> RowFaults:
    return [(rows[at - 1][0], fault) for at, fault in found]


@post("/api/v1/cases/{kind:str}/import", status_code=200)
async def cases_in(request: AnyRequest, kind: str) -> Response[bytes]:
    """Accept many cases from a CSV, XLSX or NDJSON file."""
    services, actor = services_of(request), signed_in(request)
    type_ = services.registry.type_(services.registry.case_kind(kind).type)
    scope = services.rights.scope(actor, "import", kind)
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="import", type=kind)
    once = await once_of(request, kind)
    if once.report is not None:
        return report_of(request, once.report)
    partly, rows = _partly(request), once.rows
    good: list[NewCase] = []
    bad: RowFaults = []
    for number, row in rows:
        values, head, faults = read_row(services.registry, type_, row, CASE_COLUMNS)
        new, more = new_case(kind, values, head)
        faults += more or services.bulk.faults_of(new)
        bad += [(number, fault) for fault in faults]
        good += [] if faults else [new]
    if not good or (bad and not partly):
        return report_of(request, once.told(0, bad))
    report = once.told(len(good), bad)
    await services.cases.accept_many(scope, good, lambda work: once.keep(work, report))
    return report_of(request, report)


def new_case(
    kind: str, values: dict[str, Any], head: Mapping[str, str | None]
) -> tuple[NewCase, list[Fault]]:
    """A row as a case that arrives, and what is wrong with its place or disclosure."""
    place = values.pop("place", None)
    point: tuple[float, float] | None = None
    faults: list[Fault] = []
    if place is not None:
        point, faults = _point(place)
    disclosure: Any = head["disclosure"] or "open"
    if disclosure not in {"open", "anonymous", "confidential"}:
        facts = {"given": disclosure, "allowed": "open, anonymous, confidential"}
        faults.append(Fault(path="/disclosure", code="code.unknown", facts=facts))
    new = NewCase(
        kind=kind,
        channel=head["channel"] or CHANNEL,
        fields=values,
        point=point,
        area_code=head["area_code"],
        category=head["category"],
        disclosure=disclosure,
    )
    return new, faults


def _point(place: Any) -> tuple[tuple[float, float] | None, list[Fault]]:
    wrong = [Fault(path="/place", code="place.form")]
    if not isinstance(place, Mapping) or place.get("type") != "Point":
        return None, wrong
    found: Any = place.get("coordinates")
    if not isinstance(found, list) or [type(part) in {int, float} for part in found] != [True] * 2:
        return None, wrong
    return (float(found[0]), float(found[1])), []


def read_row(
    registry: Registry, type_: RecordType, row: Mapping[str, Any], columns: Sequence[str]
) -> tuple[dict[str, Any], dict[str, str | None], list[Fault]]:
    """The attributes of a row, its head columns, and what cannot be read of them."""
    faults: list[Fault] = []
    own = {item.name for item in type_.attributes}
    head: dict[str, str | None] = {}
    for name in columns:
        given = row.get(name) if name not in own else None
        if given is not None and not isinstance(given, str):
            faults.append(Fault(path=f"/{name}", code="text.kind", facts=_named(name)))
        head[name] = given.strip() or None if isinstance(given, str) else None
    computed = {item.name for item in type_.attributes if item.computed}
    skipped = ({*columns, *OWN_COLUMNS} - own) | computed
    rest = {name: value for name, value in row.items() if name not in skipped}
    texts = {name: value for name, value in rest.items() if isinstance(value, str)}
    kept = {name: value for name, value in rest.items() if not isinstance(value, str)}
    values, unread = read_texts(type_, texts, code_lists=registry.code_lists)
    return {**values, **kept}, head, [*faults, *unread]


def _named(name: str) -> dict[str, str]:
    return {"field": name, "field_zh": name, "field_en": name}


def mode_of(request: AnyRequest, modes: Sequence[str] = MODES) -> str:
    """How an import is asked for."""
    mode = request.query_params.get("mode", "all")
    if mode not in modes:
        facts = {"given": mode, "allowed": ", ".join(modes)}
        raise invalid(Fault(path="/mode", code="code.unknown", facts=facts))
    return mode


def _partly(request: AnyRequest) -> bool:
    return mode_of(request) == "valid"


class Report(msgspec.Struct, frozen=True):
    """What became of an import: how many rows there were and went in, and each fault by row."""

    rows: int
    added: int
    faults: RowFaults


class Once(msgspec.Struct, frozen=True):
    """The rows of an import, and how what became of them is kept; `report` is that of the same
    import, when it was done before."""

    rows: sheets.Sheet
    keeping: kept_answers.Keep | None
    report: Report | None = None

    def told(self, added: int, faults: RowFaults) -> Report:
        """The report, in the order of the file."""
        return Report(len(self.rows), added, sorted(faults, key=lambda item: item[0]))

    async def keep(self, work: Work, report: Report) -> None:
        """Keep the report in the transaction of what it tells."""
        if self.keeping is not None:
            await self.keeping(work, report)


async def once_of(request: AnyRequest, name: str, modes: Sequence[str] = MODES) -> Once:
    """What was sent, and whether the same was sent before under the same key."""
    services = services_of(request)
    kind = sheets.format_of(request.headers.get("content-type", ""))
    content = await body_of(request, sheets.BYTES_MAX)
    key = submission_key(request)
    keeping: kept_answers.Keep | None = None
    if key is not None:
        purpose = f"import:{name}:{key}"
        asked = f"{mode_of(request, modes)}\0{kind}\0".encode() + content
        known = await kept_answers.recalled(services.database, purpose, asked)
        if known is not None:
            return Once([], None, msgspec.convert(known, Report))
        keeping = kept_answers.keeping(purpose, asked)
    rows = sheets.rows_of(content, kind)
    if not rows:
        raise invalid(Fault(path="", code="file.required"))
    return Once(rows, keeping)


def report_of(request: AnyRequest, report: Report) -> Response[bytes]:
    """How many rows went in, and what is wrong with the others, in the order of the file."""
    language = actor_of(request).language
    faults = report.faults
    status = 200 if report.added or not faults else 422
    if request.headers.get("accept", "").startswith("text/csv"):
        table = [_told(number, fault, language) for number, fault in faults]
        content = sheets.MARK + sheets.csv_lines([("row", "field", "code", "message"), *table])
        return Response(content, media_type=sheets.CSV, status_code=status)
    told = [
        {"row": number, "path": fault.path, "code": fault.code,
         "message": fault_text(fault, language)}
        for number, fault in faults[:FAULTS_TOLD_MAX]
    ]  # fmt: skip
    wrong = len({number for number, _ in faults})
    body = {"rows": report.rows, "added": report.added, "wrong_rows": wrong, "faults": told,
            "faults_left_off": max(0, len(faults) - FAULTS_TOLD_MAX)}  # fmt: skip
    return json_response(body, status=status)


def _told(number: int, fault: Fault, language: Language) -> tuple[int, str, str, str]:
    return number, fault.path.removeprefix("/"), fault.code, fault_text(fault, language)


HANDLERS = [records_in, edges_in, cases_in]
