"""Open cases of an earlier system, from a file: one row for each step of a case that the earlier
system tells; the first row of a number tells the case too. Docs: guide/taking-over.md.

`?mode=all` takes all or none, `valid` the cases that are right, `check` tells only what would be.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response, post

from pengcheng.edge import importing
from pengcheng.edge.asking import AnyRequest, services_of, signed_in
from pengcheng.edge.importing import mode_of, new_case, once_of, read_row, report_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import (
    EARLIER,
    Happened,
    PastCase,
    filed_under,
    promise_until,
    steps_open,
    take_over,
)
from pengcheng.engines.identity import Organisation
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Fault, Forbidden
from pengcheng.kernel.imports import RowFaults
from pengcheng.kernel.records import validate
from pengcheng.kernel.records_text import read_texts
from pengcheng.kernel.registry import Attribute, Kind, RecordType, Step
from pengcheng.kernel.words import Words

MODES = (*importing.MODES, "check")
ENGINE_MODES: Mapping[str, str] = {"all": "all", "valid": "partly", "check": "check"}
CODE_MAX, ACT_MAX, UNIT_MAX, NOTE_MAX = 60, 80, 120, 2000


def _column(name: str, kind: Kind, zh: str, en: str, **more: Any) -> Attribute:
    return Attribute(name=name, kind=kind, label=Words(zh, en), **more)


_STEP = (
    _column("happened_at", "instant", "经过时间", "When it happened"),
    _column("happened_act", "text", "做了什么", "What was done", length_max=ACT_MAX),
    _column("happened_unit", "text", "哪个单位", "By which unit", length_max=UNIT_MAX),
    _column("happened_note", "long_text", "说明", "Note", length_max=NOTE_MAX),
)
_CASE = (
    _column("earlier_code", "text", "原编号", "Earlier number", required=True, length_max=CODE_MAX),
    _column("step", "text", "现在的环节", "Step now", required=True),
    _column("organisation", "text", "承办单位", "Unit"),
    _column("accepted_at", "instant", "受理时间", "Accepted", required=True),
    _column("due_at", "instant", "截止时间", "Due"),
    _column("step_since", "instant", "到这个环节的时间", "At this step since"),
    _column("replied_at", "instant", "答复时间", "Answered"),
)
_BESIDE = (
    _column("channel", "text", "渠道", "Channel"),
    _column("category", "text", "类别", "Category"),
    _column("area_code", "text", "区划代码", "Area code"),
    _column("disclosure", "text", "是否保密", "Disclosure"),
)
_STEP_TYPE = RecordType(
    name="earlier_step", role="object", pack="", label=Words("经过", "Step"), attributes=_STEP
)
_CASE_TYPE = RecordType(
    name="earlier_case", role="object", pack="", label=Words("原系统的事项", "Earlier case"),
    attributes=_CASE,
)  # fmt: skip

_READ = {item.name for item in (*_CASE, *_STEP)}
_STEP_NAMES = {item.name for item in _STEP}


class _Rows(msgspec.Struct):
    """The rows of one case: the number of its first, which tells it, and all of them."""

    number: int
    first: Mapping[str, Any]
    all: list[tuple[int, Mapping[str, Any]]]


def columns_of(type_: RecordType) -> list[Attribute]:
    """The columns of a file, in their order."""
    own = [item for item in type_.attributes if item.computed is None and item.kind != "files"]
    return [*_CASE, *_BESIDE, *own, *_STEP]


async def read(
    services: Services, kind: str, rows: Sequence[tuple[int, Mapping[str, Any]]]
) -> tuple[list[tuple[int, PastCase]], RowFaults]:
    """Numbered rows as cases, each by the number of its first row, and what cannot be read. A
    column may be called by its name or by its label in either language."""
    declared = services.registry.case_kind(kind)
    type_ = services.registry.type_(declared.type)
    names = {
        told: item.name
        for item in columns_of(type_)
        for told in (item.name, item.label.zh, item.label.en)
    }
    operators = await services.cases.operators_of(declared)
    good: list[tuple[int, PastCase]] = []
    bad: RowFaults = []
    for group in _grouped(
        [(n, {names.get(key, key): cell for key, cell in row.items()}) for n, row in rows]
    ):
        found, faults = _case(services, type_, group, operators)
        bad += faults
        good += [(group.number, found)] if found is not None and not faults else []
    return good, bad


def _grouped(rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[_Rows]:
    """Rows of one number belong together, wherever they stand; each without one stands alone."""
    found: dict[str, _Rows] = {}
    for number, row in rows:
        code = str(row.get("earlier_code") or "").strip() or f"\n{number}"
        group = found.setdefault(code, _Rows(number, row, []))
        group.all.append((number, row))
    return list(found.values())


def _case(
    services: Services, type_: RecordType, group: _Rows, operators: Organisation
) -> tuple[PastCase | None, RowFaults]:
    told, faults = _told(_CASE_TYPE, group.first)
    rest = {name: cell for name, cell in group.first.items() if name not in _READ}
    values, head, more = read_row(services.registry, type_, rest, [one.name for one in _BESIDE])
    new, wrong = new_case(type_.name, values, head)
    faults += [*more, *wrong]
    step, unit = None, operators
    if told.get("step"):
        step, found = _step(services, type_.name, str(told["step"]))
        faults += found
    if told.get("organisation"):
        named = services.organisations.named(str(told["organisation"]))
        unit = named or operators
        if named is None:
            faults.append(Fault(path="/organisation", code="organisation.unknown"))
    accepted_at, due_at = told.get("accepted_at"), told.get("due_at")
    if accepted_at and due_at and due_at <= accepted_at:
        faults.append(Fault(path="/due_at", code="takeover.due"))
    happened, later = _happened(group)
    numbered = [*((group.number, fault) for fault in faults), *later]
    if numbered or step is None or accepted_at is None:
        return None, numbered
    filed = filed_under(type_, new.category or "", services.registry.code_lists)
    fields = {**filed, **{name: cell for name, cell in new.fields.items() if cell is not None}}
    return PastCase(
        new=msgspec.structs.replace(new, accepted_at=accepted_at, fields=fields),
        organisation_id=unit.id, step=step.id, earlier_code=str(told["earlier_code"]),
        since=told.get("step_since"), replied_at=told.get("replied_at"), automatic=None,
        promise=promise_until(accepted_at, due_at) if due_at else None, happened=happened,
    ), []  # fmt: skip


def _told(type_: RecordType, row: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of a row that belong to a type, and what is wrong with them."""
    names = {item.name for item in type_.attributes}
    cells = {name: cell for name, cell in row.items() if name in names}
    texts = {name: cell for name, cell in cells.items() if isinstance(cell, str)}
    values, unread = read_texts(type_, texts, code_lists={})
    rest = {name: cell for name, cell in cells.items() if not isinstance(cell, str)}
    missing = {fault.path for fault in unread}
    clean, faults = validate(type_, {**values, **rest}, code_lists={})
    return clean, [*unread, *(fault for fault in faults if fault.path not in missing)]


def _step(services: Services, kind: str, given: str) -> tuple[Step | None, list[Fault]]:
    registry = services.registry
    steps = steps_open(registry.processes[registry.case_kind(kind).process])
    for step in steps:
        if given in {step.id, step.label.zh, step.label.en}:
            return step, []
    facts = {"given": given, "allowed": ", ".join(step.id for step in steps)}
    return None, [Fault(path="/step", code="takeover.step", facts=facts)]


def _happened(group: _Rows) -> tuple[list[Happened], RowFaults]:
    """What the rows of a case tell of its past, in the order of time, and what is wrong with
    them: a later row may repeat what the first tells of the case, not tell it otherwise."""
    found: list[Happened] = []
    faults: RowFaults = []
    for number, row in group.all:
        told, wrong = _told(_STEP_TYPE, row)
        faults += [(number, fault) for fault in wrong]
        at, act = told.get("happened_at"), told.get("happened_act")
        if at and act:
            after = {
                "act": act, "unit": told.get("happened_unit") or "",
                "note": told.get("happened_note") or "",
            }  # fmt: skip
            found.append(Happened(EARLIER, at, after))
        elif not wrong and any(told.values()):
            path = "/happened_act" if at else "/happened_at"
            faults.append((number, Fault(path=path, code="takeover.act")))
        faults += [
            (number, Fault(path=f"/{name}", code="takeover.differs", facts={"row": group.number}))
            for name, cell in row.items()
            if name not in _STEP_NAMES and _is_other(cell, group.first.get(name))
        ]
    return sorted(found, key=lambda one: one.at), faults


def _is_other(cell: Any, first: Any) -> bool:
    return cell not in (None, "") and cell != first


@post("/api/v1/cases/{kind:str}/takeover", status_code=200)
async def cases_taken_over(request: AnyRequest, kind: str) -> Response[bytes]:
    """Take open cases of an earlier system over, with their history, from a CSV, XLSX or NDJSON
    file."""
    services = services_of(request)
    services.registry.case_kind(kind)
    scope = services.rights.scope(signed_in(request), "import", kind)
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="import", type=kind)
    mode = mode_of(request, MODES)
    once = await once_of(request, f"{kind}.takeover", MODES)
    if once.report is not None:
        return report_of(request, once.report)

    async def finish(work: Work, added: int, faults: RowFaults) -> None:
        await once.keep(work, once.told(added, faults))

    went, faults = await taken(services, scope, once.rows, ENGINE_MODES[mode], finish)
    return report_of(request, once.told(len(went), faults))


async def taken(
    services: Services, scope: Scope, rows: Sequence[tuple[int, Mapping[str, Any]]], mode: str,
    finish: Any = None,
) -> tuple[list[tuple[int, PastCase]], RowFaults]:  # fmt: skip
    """Read rows and take their cases over: those that went in or would, and every fault."""
    past, bad = await read(services, scope.type, rows)
    went, faults = await take_over(services.cases, scope, past, bad, mode=mode, finish=finish)
    numbers = set(went)
    return [item for item in past if item[0] in numbers], faults


HANDLERS = [cases_taken_over]
