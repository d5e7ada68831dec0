"""What the rules engine decided, readable by a deciding official and by an author of rules.

A decision's page has its inputs with their source and age, the table with the rows that fired, the
basis, why, what would have changed it, and runs it again by its own version on demand.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.feel import feel_text
from pengcheng.engines.rules import Counterfactual, Model, Record, RuleVersion, TableBox, revived
from pengcheng.kernel.errors import Absent, Forbidden
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.texts import has, say

ROWS_SHOWN_MAX = 200
OTHERWISE_SHOWN_MAX = 12
FINGERPRINT_SHOWN = 12

Values = dict[str, Any]


@get("/e/decisions/{decision:str}")
async def decision_page(request: AnyRequest, decision: str) -> Response[Any]:
    """One decision; `again=1` runs it again and says whether it comes out the same."""
    services, actor = services_of(request), official(request)
    record, code = await _readable(request, decision)
    language = actor.language
    values = _head(services, record, language) | {"code": code, "tables": [], "otherwise": []}
    if record.model_version is not None:
        model = await services.rules.model(record.model_version)
        version = await services.rules.version(record.model_version)
        values |= {
            "version": _version_line(version, language),
            "version_url": f"/e/rules/{version.id}",
            "tables": _tables(model, record),
            "otherwise": _otherwise(await services.rules.otherwise(record), language),
            "again_url": f"/e/decisions/{record.id}?again=1",
        }
    if request.query_params.get("again") == "1" and record.model_version is not None:
        found = await services.rules.run_again(record)
        values["again"] = {
            "equal": found.is_equal,
            "output": shown(found.output),
            "rows": ", ".join(str(row) for _, rows in found.rows for row in rows),
        }
    return render(request, "shenzhengyi/decision.html", await frame(request, ""), values)


async def _readable(request: AnyRequest, decision: str) -> tuple[Record, str]:
    """The record and the code of its case; `Absent` for who may not read the case."""
    services, actor = services_of(request), official(request)
    record_id = to_id(decision)
    if record_id is None:
        raise Absent("decision.unknown")
    kind, case_id = await services.rules.subject_of(record_id)
    if kind not in services.registry.case_kinds:
        raise Absent("decision.unknown")
    scope = services.rights.scope(actor, "read", kind)
    case = await services.cases.get(scope, case_id)
    return await services.rules.record(scope, record_id), case.code


def _head(services: Services, record: Record, language: Language) -> Values:
    """What every automatic step has, whether a table or an algorithm made it."""
    table = services.registry.tables.get(record.rule)
    step = f"e.step.{record.step}"
    return {
        "record": record,
        "title": table.label.in_(language) if table else _step_name(step, record),
        "case_url": f"/e/case/{record.subject_type}/{record.about.get('code', '')}",
        "inputs": _inputs(record),
        "output": _pairs(record.output),
        "why": str(record.why.get(language) or ""),
        "basis": record.basis,
        "undone": record.undone_at,
        "again": None,
        "again_url": "",
        "version": record.version,
        "version_url": "",
        "chain": {"seq": record.seq, "hash": record.hash.hex()[:FINGERPRINT_SHOWN]},
        "language": language,
    }


def _step_name(key: str, record: Record) -> str:
    return say(key, "zh") if has(key) else record.step


def _inputs(record: Record) -> list[Values]:
    """Each input with where it comes from and how old it was when it was decided by."""
    found = []
    for name, value in record.inputs.items():
        source: Mapping[str, Any] = record.sources.get(name) or {}
        at = source.get("at")
        found.append(
            {
                "name": name,
                "value": shown(value),
                "source": source.get("source") or "",
                "age": _age(record, str(at)) if at else "",
            }
        )
    return found


def _age(record: Record, at: str) -> str:
    """How long before the decision it was known, as a clock shows it."""
    known = type(record.at).fromisoformat(at)
    seconds = max(int((record.at - known) / timedelta(seconds=1)), 0)
    return str(timedelta(seconds=seconds))


def _pairs(output: Any) -> list[Values]:
    if isinstance(output, Mapping):
        return [{"label": name, "value": shown(value)} for name, value in output.items()]
    return [{"label": "", "value": shown(output)}]


def shown(value: Any) -> str:
    """A kept value as FEEL writes it; texts without their quotes."""
    known = revived(value)
    return known if isinstance(known, str) else feel_text(known)


def _tables(model: Model, record: Record) -> list[Values]:
    """The tables that ran, each with the rows that fired."""
    return [
        {"name": each.decision, **table_of(box, each.rows)}
        for each in record.fired
        if (box := _box(model, each.decision)) is not None
    ]


def _box(model: Model, name: str) -> TableBox | None:
    found = next((each for each in model.definitions.decisions if each.name == name), None)
    return found.logic if found is not None and isinstance(found.logic, TableBox) else None


def table_of(box: TableBox, fired: Sequence[int]) -> Values:
    """A table as columns and rows; of a long one the first rows, and those that fired."""
    numbers = sorted({*range(1, min(len(box.rules), ROWS_SHOWN_MAX) + 1), *fired})
    return {
        "hit": box.hit_policy,
        "inputs": [clause.label or clause.expression for clause in box.inputs],
        "outputs": [clause.name for clause in box.outputs],
        "rows": [
            {
                "number": number,
                "fired": number in fired,
                "inputs": [text or "-" for text in box.rules[number - 1].inputs],
                "outputs": box.rules[number - 1].outputs,
                "basis": box.rules[number - 1].description,
            }
            for number in numbers
        ],
        "more": len(box.rules) - len(numbers),
    }


def _otherwise(found: Sequence[Counterfactual], language: Language) -> list[str]:
    """What would have changed the outcome, each found by running it."""
    told = []
    for each in found[:OTHERWISE_SHOWN_MAX]:
        facts = {"name": each.name, "now": feel_text(each.now), "then": feel_text(each.then),
                 "output": feel_text(each.output)}  # fmt: skip
        if each.also:
            (second,) = each.also
            facts |= {"second": second.name, "second_now": feel_text(second.now),
                      "second_then": feel_text(second.then)}  # fmt: skip
        told.append(say("decision.if_both" if each.also else "decision.if_only", language, **facts))
    return told


def _version_line(version: RuleVersion, language: Language) -> str:
    return say(
        "decision.version_line",
        language,
        name=version.name,
        n=version.number,
        at=version.published_at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M"),
        mark=version.fingerprint[:FINGERPRINT_SHOWN],
    )


@get(["/e/rules", "/e/admin/rules"])
async def rules_page(request: AnyRequest) -> Response[Any]:
    """The published models with their versions."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", "rule")
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action="read", type="rule")
    versions = await services.rules.versions(scope)
    tables = services.registry.tables
    rows = [
        {
            "version": each,
            "label": tables[each.name].label.in_(actor.language) if each.name in tables else "",
            "mark": each.fingerprint[:FINGERPRINT_SHOWN],
        }
        for each in versions
    ]
    page = await frame(request, "rules")
    return render(request, "shenzhengyi/rules.html", page, {"rows": rows})


@get("/e/rules/{version:uuid}")
async def version_page(request: AnyRequest, version: UUID) -> Response[Any]:
    """One published version, its tables as its author wrote them."""
    services, actor = services_of(request), official(request)
    model = await services.rules.model(version)
    found = await services.rules.version(version)
    tables = [
        {"name": each.name, **table_of(each.logic, ())}
        for each in model.definitions.decisions
        if isinstance(each.logic, TableBox)
    ]
    values = {
        "title": found.name,
        "version": _version_line(found, actor.language),
        "tables": tables,
        "trial_url": f"/e/rules/{version}/trial",
        "ages": [
            {"label": name, "value": str(age)} for name, age in model.maximum_ages.items()
        ],
    }  # fmt: skip
    return render(request, "shenzhengyi/rule.html", await frame(request, "rules"), values)


HANDLERS = [decision_page, rules_page, version_page]
