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
from pengcheng.engines.rules import Counterfactual, Model, Record, RuleVersion, TableBox
from pengcheng.kernel.errors import Absent, Forbidden
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language
from pengcheng.portals.categories import path_text
from pengcheng.portals.pages import render
from pengcheng.portals.shenzhengyi.case_view import area_text, organisation_text
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.rule_words import RuleWords, age_text, hit_text
from pengcheng.portals.shenzhengyi.texts import has, say

ROWS_SHOWN_MAX = 200
OTHERWISE_SHOWN_MAX = 12
FINGERPRINT_SHOWN = 12
UNSAID = {"organisation_id", "same_as"}
"""Identities that a step keeps beside the name, or beside the reason that tells what they are."""
KEPT_CODES = {
    "verb": "e.automatic.{}", "source": "e.fact.by_{}", "urgency": "e.urgency_of.{}",
}  # fmt: skip
"""The texts of what the steps of intake keep as codes."""

Values = dict[str, Any]


@get("/e/decisions/{decision:str}")
async def decision_page(request: AnyRequest, decision: str) -> Response[Any]:
    """One decision; `again=1` runs it again and says whether it comes out the same."""
    services, actor = services_of(request), official(request)
    record, code = await _readable(request, decision)
    language = actor.language
    words = RuleWords(services.registry, record.rule, language)
    values = _head(services, record, language) | {"code": code, "tables": [], "otherwise": []}
    is_there = record.erased_at is None
    if record.model_version is not None and is_there:
        model = await services.rules.model(record.model_version)
        version = await services.rules.version(record.model_version)
        values |= {
            "version": _version_line(version, language),
            "version_url": f"/e/rules/{version.id}",
            "tables": _tables(model, record, words),
            "otherwise": _otherwise(await services.rules.otherwise(record), words),
            "again_url": f"/e/decisions/{record.id}?again=1",
        }
    is_asked = request.query_params.get("again") == "1" and record.model_version is not None
    if is_asked and is_there:
        found = await services.rules.run_again(record)
        values["again"] = {
            "equal": found.is_equal,
            "output": words.sentence(found.output),
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
    words = RuleWords(services.registry, record.rule, language)
    step = f"e.step.{record.step}"
    return {
        "record": record,
        "title": words.title or _step_name(step, record, language),
        "case_url": f"/e/case/{record.subject_type}/{record.about.get('code', '')}",
        "inputs": _inputs(services, record, words),
        "output": _pairs(services, record, words),
        "why": _why(record, words, language),
        "basis": record.basis,
        "undone": record.undone_at,
        "again": None,
        "again_url": "",
        "version": record.version,
        "version_url": "",
        "chain": {"seq": record.seq, "hash": record.hash.hex()[:FINGERPRINT_SHOWN]},
        "language": language,
    }


def _step_name(key: str, record: Record, language: Language) -> str:
    return say(key, language) if has(key) else record.step


def _why(record: Record, words: RuleWords, language: Language) -> str:
    """The reason in words; of a declared table, the row that held and what it leads to."""
    rows = [str(number) for each in record.fired for number in each.rows]
    if rows and words.title and isinstance(record.output, Mapping):
        does = words.sentence(record.output)
        return say("e.why.by_rows", language, rows=", ".join(rows), does=does)
    return str(record.why.get(language) or "")


def _inputs(services: Services, record: Record, words: RuleWords) -> list[Values]:
    """Each input with where it comes from and how old it was when it was decided by."""
    found = []
    for name, value in record.inputs.items():
        source: Mapping[str, Any] = record.sources.get(name) or {}
        at = source.get("at")
        found.append(
            {
                "name": words.column(name),
                "value": _told(services, record, words, name, value),
                "source": words.source(str(source.get("source") or "")),
                "age": _age(record, str(at), words.language) if at else "",
            }
        )
    return found


def _age(record: Record, at: str, language: Language) -> str:
    """How long before the decision it was known."""
    known = type(record.at).fromisoformat(at)
    return age_text(max(record.at - known, timedelta()), language)


def _pairs(services: Services, record: Record, words: RuleWords) -> list[Values]:
    output = record.output
    if not isinstance(output, Mapping):
        return [{"label": "", "value": words.value("", output)}]
    return [
        {"label": words.column(name), "value": _told(services, record, words, name, value)}
        for name, value in output.items()
        if name not in UNSAID
    ]


def _told(services: Services, record: Record, words: RuleWords, name: str, value: Any) -> str:
    """A kept value as people say it: what is known by number, key or path, by its name."""
    language = words.language
    by_code = KEPT_CODES.get(name, "").format(value)
    if by_code and has(by_code):
        return say(by_code, language)
    if name == "case":
        return str(record.about.get("code") or value)
    if name == "category":
        return path_text(services.registry, record.subject_type, value, language)
    if name == "area_no" and isinstance(value, int):
        return area_text(services, value, language)
    unit = (
        to_id(str((record.output or {}).get("organisation_id"))) if name == "organisation" else None
    )
    return organisation_text(services, unit, language) if unit else words.value(name, value)


def _tables(model: Model, record: Record, words: RuleWords) -> list[Values]:
    """The tables that ran, each with the rows that fired."""
    return [
        {"name": words.title or each.decision, **table_of(box, each.rows, words)}
        for each in record.fired
        if (box := _box(model, each.decision)) is not None
    ]


def _box(model: Model, name: str) -> TableBox | None:
    found = next((each for each in model.definitions.decisions if each.name == name), None)
    return found.logic if found is not None and isinstance(found.logic, TableBox) else None


def table_of(box: TableBox, fired: Sequence[int], words: RuleWords) -> Values:
    """A table as columns and rows; of a long one the first rows, and those that fired."""
    numbers = sorted({*range(1, min(len(box.rules), ROWS_SHOWN_MAX) + 1), *fired})
    return {
        "hit": hit_text(box.hit_policy, words.language),
        "inputs": words.columns([clause.label or clause.expression for clause in box.inputs]),
        "outputs": [words.column(clause.name) for clause in box.outputs],
        "rows": [
            {
                "number": number,
                "fired": number in fired,
                "inputs": words.cells(box.rules[number - 1].inputs),
                "outputs": words.cells(box.rules[number - 1].outputs, outputs=True),
                "basis": box.rules[number - 1].description,
            }
            for number in numbers
        ],
        "more": len(box.rules) - len(numbers),
    }


def _otherwise(found: Sequence[Counterfactual], words: RuleWords) -> list[str]:
    """What would have changed the outcome, each found by running it."""
    told = []
    language = words.language
    for each in found[:OTHERWISE_SHOWN_MAX]:
        facts = {
            "name": words.column(each.name), "now": words.value(each.name, each.now),
            "then": words.value(each.name, each.then), "output": words.sentence(each.output),
        }  # fmt: skip
        if each.also:
            (second,) = each.also
            facts |= {
                "second": words.column(second.name),
                "second_now": words.value(second.name, second.now),
                "second_then": words.value(second.name, second.then),
            }
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
    words = RuleWords(services.registry, found.name, actor.language)
    tables = [
        {"name": words.title or each.name, **table_of(each.logic, (), words)}
        for each in model.definitions.decisions
        if isinstance(each.logic, TableBox)
    ]
    values = {
        "title": words.title or found.name,
        "version": _version_line(found, actor.language),
        "tables": tables,
        "trial_url": f"/e/rules/{version}/trial",
        "ages": [
            {"label": words.column(name), "value": age_text(age, actor.language)}
            for name, age in model.maximum_ages.items()
        ],
    }  # fmt: skip
    return render(request, "shenzhengyi/rule.html", await frame(request, "rules"), values)


HANDLERS = [decision_page, rules_page, version_page]
