"""A new version of a rule, tried over past decisions before it is published: who gains, who loses,
what it costs, what each office gets to do, how it falls on each group, and each changed case."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.services import Services
from pengcheng.engines.rules import (
    Changed,
    Model,
    Order,
    Past,
    Report,
    RuleVersion,
    Tally,
    Trial,
    past_decisions,
    read_dmn,
    write_dmn,
)
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Forbidden, PengchengError, Refusal, TooLarge
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, render, texts_of, uploads_of
from pengcheng.portals.shenzhengyi.decisions import shown
from pengcheng.portals.shenzhengyi.navigation import frame, official

Values = dict[str, Any]
DMN_BYTES_MAX = 4_000_000
DECISIONS_MAX = 20_000
"""So many decisions are tried while one waits; the command tries them all."""
NAMED_MAX = 50
ROWS_MAX = 12
DAYS = (7, 30, 90, 365)


@get("/e/rules/{version:uuid}/trial")
async def blank(request: AnyRequest, version: UUID) -> Response[Any]:
    """The form: the version as a DMN file, to be changed and tried."""
    services, actor = services_of(request), official(request)
    _allowed(services, actor)
    found = await services.rules.version(version)
    model = await services.rules.model(version)
    text = write_dmn(model.definitions).decode()
    return await _page(request, found, model, {"text": text, "days": str(DAYS[1])})


@post("/e/rules/{version:uuid}/trial", status_code=200)
async def tried(request: AnyRequest, version: UUID) -> Response[Any]:
    """Run the changed version over past decisions; nothing is published or kept."""
    services, actor = services_of(request), official(request)
    _allowed(services, actor)
    found = await services.rules.version(version)
    standing = await services.rules.model(version)
    form = await form_of(request)
    typed = texts_of(form)
    text = typed.get("text", "")
    files = uploads_of(form, "file")
    if files:
        text = (await files[0].read()).decode("utf-8", "replace")
    if len(text.encode()) > DMN_BYTES_MAX:
        raise TooLarge("rules.too_large", limit=DMN_BYTES_MAX)
    days = next((n for n in DAYS if str(n) == typed.get("days")), DAYS[1])
    values: Values = {"text": text, "days": str(days), "better": typed.get("better", "")}
    try:
        model = _model(text, found.name)
        sink = _Sink()
        trial = Trial(model, found.name, sink.take, orders_of(values["better"]))
        since = services.clock.now() - timedelta(days=days)
        values["stopped"] = await _run(services, actor, found.name, trial, since)
        values["report"] = await _told(services, actor, trial.report, sink)
    except PengchengError as refused:
        values["refused"] = _said(refused, actor.language)
        return await _page(request, found, standing, values, status=422)
    return await _page(request, found, standing, values)


def _allowed(services: Services, actor: Actor) -> None:
    if services.rights.scope(actor, "read", "rule").is_empty:
        raise Forbidden("record.not_yours_to_do", action="read", type="rule")


def _model(text: str, decision: str) -> Model:
    model = read_dmn(text.encode())
    if model.faults:
        raise Refusal("rules.invalid", faults=model.faults, decision=decision)
    model.inputs_of(decision)
    return model


def orders_of(text: str) -> list[Order]:
    """What is better, a column a line: "by = at once, officer, expert", "days = -"."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        column, equals, said = (part.strip() for part in line.partition("="))
        if not (column and equals and said):
            raise Refusal("rules.better_not_understood", given=line)
        if said in {"+", "-"}:
            found.append(Order(column=column, less_is_better=said == "-"))
        else:
            values = tuple(value.strip() for value in said.split(","))
            found.append(Order(column=column, values=values))
    return found


class _Sink:
    """Keeps the first changed cases and counts the others."""

    def __init__(self) -> None:
        self.first: list[Changed] = []
        self.count = 0

    def take(self, changed: Changed) -> None:
        self.count += 1
        if len(self.first) < 4 * NAMED_MAX:
            self.first.append(changed)


async def _run(services: Services, actor: Actor, name: str, trial: Trial, since: datetime) -> bool:
    """Tries what there is, in another thread; whether there was more than one waits for."""
    scope = services.rights.scope(actor, "read", "rule")
    left = DECISIONS_MAX
    async for stretch in past_decisions(services.rules, scope, name, since):
        await asyncio.to_thread(_take, trial, stretch[:left])
        left -= len(stretch)
        if left <= 0:
            return True
    return False


def _take(trial: Trial, stretch: Sequence[Past]) -> None:
    for past in stretch:
        trial.take(past)


async def _told(services: Services, actor: Actor, report: Report, sink: _Sink) -> Values:
    """The report as tables; of the changed cases those that this reader may read, by name."""
    named: list[Values] = []
    for item in sink.first:
        if len(named) == NAMED_MAX:
            break
        url = await _case_url(services, actor, item.code)
        if url:
            named.append(
                {"code": item.code, "url": url, "effect": item.effect,
                 "before": shown(item.before), "after": item.fault or shown(item.after)}
            )  # fmt: skip
    return {
        "whole": report.whole, "failed": report.failed, "changed": sink.count, "named": named,
        "share": _share(report.whole),
        "moves": sorted(report.moves.items(), key=lambda item: -item[1])[:ROWS_MAX],
        "cost": [
            (column, _plain(cost.before), _plain(cost.after), _plain(cost.after - cost.before))
            for column, cost in report.cost.items()
        ],
        "load": [
            (office, row, load.before, load.after)
            for office, rows in report.load.items()
            for row, load in rows.items()
            if load.before != load.after
        ][: 4 * ROWS_MAX],
        "groups": [
            (dimension, [(group, tally, _share(tally)) for group, tally in _largest(groups)])
            for dimension, groups in report.groups.items()
        ],
    }  # fmt: skip


def _largest(groups: dict[str, Tally]) -> list[tuple[str, Tally]]:
    return sorted(groups.items(), key=lambda item: -item[1].decisions)[:ROWS_MAX]


def _share(tally: Tally) -> str:
    share = tally.changed / tally.decisions if tally.decisions else 0.0
    return f"{share:.1%}"


def _plain(number: Decimal) -> str:
    return f"{number:f}"


async def _case_url(services: Services, actor: Actor, code: str) -> str:
    """Where a case is read; "" for one that this reader may not know of."""
    for kind in services.registry.case_kinds.values():
        if not code.startswith(kind.code_prefix):
            continue
        try:
            await services.cases.get(services.rights.scope(actor, "read", kind.type), code)
        except Absent:
            continue
        return f"/e/case/{kind.type}/{code}"
    return ""


def _said(refused: PengchengError, language: Language) -> list[str]:
    told = [words_of(refused.code).detail.fill(language, refused.facts)]
    for fault in refused.faults if isinstance(refused, Refusal) else ():
        says = words_of(fault.code).detail.fill(language, fault.facts)
        told.append(f"{fault.path}: {says}")
    return told


async def _page(
    request: AnyRequest, found: RuleVersion, model: Model, values: Values, *, status: int = 200
) -> Response[Any]:
    known: Values = {
        "found": found, "refused": (), "report": None, "stopped": False, "better": "",
        "days_offered": DAYS, "limit": DECISIONS_MAX, "columns": _columns(model, found.name),
    }  # fmt: skip
    page = await frame(request, "rules")
    return render(request, "shenzhengyi/rule_trial.html", page, {**known, **values}, status=status)


def _columns(model: Model, name: str) -> list[str]:
    """The names of the outputs, for the hint of what is better."""
    decision = next((each for each in model.definitions.decisions if each.name == name), None)
    outputs = getattr(decision.logic, "outputs", ()) if decision else ()
    return [str(msgspec.structs.asdict(each)["name"]) for each in outputs]


HANDLERS = [blank, tried]
