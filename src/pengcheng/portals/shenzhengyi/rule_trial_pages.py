"""A new version of a rule, tried over past decisions before it is published: who gains, who loses,
what it costs, what each office gets to do, how it falls on each group, and each changed case.

The worker runs it, over a million decisions if there are so many; the page tells how far it is.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import WORDS, words_of
from pengcheng.edge.services import Services
from pengcheng.engines.rules import (
    AskedTrial,
    Model,
    Order,
    Report,
    RuleVersion,
    Tally,
    Trials,
    write_dmn,
)
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Forbidden, PengchengError, Refusal, TooLarge
from pengcheng.kernel.texts import natural
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, go, render, texts_of, uploads_of
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.rule_words import RuleWords
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
DMN_BYTES_MAX = 4_000_000
NAMED_MAX = 50
ROWS_MAX = 12
ARROW = " → "
DAYS = (7, 30, 90, 365)


@get("/e/rules/{version:uuid}/trial")
async def blank(request: AnyRequest, version: UUID) -> Response[Any]:
    """The form: the version as a DMN file, to be changed and tried; and the last trials."""
    services, actor = services_of(request), official(request)
    _allowed(services, actor)
    found = await services.rules.version(version)
    model = await services.rules.model(version)
    text = write_dmn(model.definitions).decode()
    return await _page(request, found, model, {"text": text, "days": str(DAYS[1])})


@post("/e/rules/{version:uuid}/trial", status_code=200)
async def tried(request: AnyRequest, version: UUID) -> Response[Any]:
    """Let the worker run the changed version over past decisions; nothing is published."""
    services, actor = services_of(request), official(request)
    _allowed(services, actor)
    found = await services.rules.version(version)
    form = await form_of(request)
    typed = texts_of(form)
    text = typed.get("text", "")
    files = uploads_of(form, "file")
    if files:
        text = (await files[0].read()).decode("utf-8", "replace")
    if len(text.encode()) > DMN_BYTES_MAX:
        raise TooLarge("rules.too_large", limit=DMN_BYTES_MAX, size=len(text.encode()))
    days = next((n for n in DAYS if str(n) == typed.get("days")), DAYS[1])
    since = services.clock.now() - timedelta(days=days)
    try:
        orders = orders_of(typed.get("better", ""))
        trial = await Trials(services.rules).ask(actor, found, text, since, orders)
    except PengchengError as refused:
        values = {"text": text, "days": str(days), "better": typed.get("better", ""),
                  "refused": _said(refused, actor.language)}  # fmt: skip
        standing = await services.rules.model(version)
        return await _page(request, found, standing, values, status=422)
    return go(f"/e/rules/{version}/trials/{trial}")


@get("/e/rules/{version:uuid}/trials/{trial:uuid}")
async def looked_at(request: AnyRequest, version: UUID, trial: UUID) -> Response[Any]:
    """How far a trial is, or what it found; `after` leads on through the changed cases."""
    services, actor = services_of(request), official(request)
    _allowed(services, actor)
    asked = await _asked(services, version, trial)
    values: Values = {"text": asked.content, "better": text_of(asked.orders), "trial": asked}
    days = (asked.asked_at - asked.since).days
    values["days"] = str(days)
    if asked.fault:
        values["refused"] = [words_of(asked.fault).detail.in_(actor.language)]
    if asked.report is not None:
        after = request.query_params.get("after", "0")
        start = max(natural(after), 0)
        values["report"] = _told(services, actor.language, asked.report) | {
            "changed": asked.changed
        }
        values["named"], values["next"] = await _named(services, actor, asked, start)
    found = await services.rules.version(version)
    return await _page(request, found, await services.rules.model(version), values)


@post("/e/rules/{version:uuid}/trials/{trial:uuid}/stop", status_code=200)
async def stopped(request: AnyRequest, version: UUID, trial: UUID) -> Response[Any]:
    """Stop a trial that is under way."""
    services, actor = services_of(request), official(request)
    _allowed(services, actor)
    asked = await _asked(services, version, trial)
    await Trials(services.rules).stop(actor, asked.id)
    return go(f"/e/rules/{version}/trials/{trial}")


async def _asked(services: Services, version: UUID, trial: UUID) -> AskedTrial:
    found = await Trials(services.rules).asked(trial)
    if found.version_id != version:
        raise Absent("rules.trial_unknown")
    return found


def _allowed(services: Services, actor: Actor) -> None:
    if services.rights.scope(actor, "read", "rule").is_empty:
        raise Forbidden("record.not_yours_to_do", action="read", type="rule")


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


def text_of(orders: Sequence[Order]) -> str:
    """Orders as they are typed, a line each."""
    told = [
        f"{one.column} = {', '.join(one.values) or ('-' if one.less_is_better else '+')}"
        for one in orders
    ]
    return "\n".join(told)


def _told(services: Services, language: Language, report: Report) -> Values:
    """The report as tables."""
    words = RuleWords(services.registry, report.decision, language)
    return {
        "whole": report.whole, "failed": report.failed, "share": _share(report.whole),
        "moves": [
            (_move(move, words), count)
            for move, count in sorted(report.moves.items(), key=lambda item: -item[1])[:ROWS_MAX]
        ],
        "cost": [
            (words.column(name), *map(_plain, (cost.before, cost.after, cost.after - cost.before)))
            for name, cost in report.cost.items()
        ],
        "load": [
            (office, _row(row, words), load.before, load.after)
            for office, rows in report.load.items()
            for row, load in rows.items()
            if load.before != load.after
        ][: 4 * ROWS_MAX],
        "groups": [
            (
                dimension,
                [
                    (_group(services, language, dimension, group), tally, _share(tally))
                    for group, tally in _largest(groups)
                ],
            )
            for dimension, groups in report.groups.items()
        ],
    }  # fmt: skip


async def _named(
    services: Services, actor: Actor, asked: AskedTrial, after: int
) -> tuple[list[Values], int]:
    """The next changed cases that this reader may read, and the number to go on from (0: none)."""
    words = RuleWords(
        services.registry, asked.report.decision if asked.report else "", actor.language
    )
    found = await Trials(services.rules).changes(asked.id, after, 4 * NAMED_MAX)
    named: list[Values] = []
    for number, item in found:
        url = await _case_url(services, actor, item.code)
        if url:
            named.append(
                {"code": item.code, "url": url, "effect": item.effect, "decision": item.id,
                 "before": words.sentence(item.before),
                 "after": _fault(item.fault, words) if item.fault else words.sentence(item.after)}
            )  # fmt: skip
        if len(named) == NAMED_MAX:
            return named, number if number < asked.changed else 0
    last = found[-1][0] if found else asked.changed
    return named, last if last < asked.changed else 0


def _move(move: str, words: RuleWords) -> str:
    """From which outcome to which, in words; what was cut short stands as it was kept."""
    return ARROW.join(_outcome(part, words) for part in move.split(ARROW))


def _outcome(text: str, words: RuleWords) -> str:
    try:
        return words.sentence(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return _fault(text, words)


def _fault(text: str, words: RuleWords) -> str:
    """Why a case could not be decided anew; any other text as it is."""
    return words_of(text).title.in_(words.language) if text in WORDS else words.value("", text)


def _row(row: str, words: RuleWords) -> str:
    """A column with its value, in words."""
    column, equals, value = row.partition(" = ")
    if not equals:
        return row
    return f"{words.column(column)}{say('colon', words.language)}{words.value(column, value)}"


def _group(services: Services, language: Language, dimension: str, group: str) -> str:
    """What a group is called: an area by its name, anything else as it is kept."""
    if dimension == "area" and group.isdecimal():
        return services.areas.name_of(group).in_(language)
    return group


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
        "found": found, "name": _name(request, found), "refused": (), "report": None,
        "better": "", "trial": None, "named": (),
        "next": 0, "days_offered": DAYS, "columns": _columns(model, found.name),
        "latest": await Trials(services_of(request).rules).latest(found.id),
    }  # fmt: skip
    page = await frame(request, "rules")
    return render(request, "shenzhengyi/rule_trial.html", page, {**known, **values}, status=status)


def _name(request: AnyRequest, found: RuleVersion) -> str:
    words = RuleWords(services_of(request).registry, found.name, official(request).language)
    return words.title or found.name


def _columns(model: Model, name: str) -> list[str]:
    """The names of the outputs, for the hint of what is better."""
    decision = next((each for each in model.definitions.decisions if each.name == name), None)
    outputs = getattr(decision.logic, "outputs", ()) if decision else ()
    return [str(msgspec.structs.asdict(each)["name"]) for each in outputs]


HANDLERS = [blank, tried, looked_at, stopped]
