"""A case's process drawn with the path it took, and what the panel's selects offer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Case, CaseLine, CaseView, passed
from pengcheng.engines.identity import Rosters
from pengcheng.engines.processes import Definition, compile_declared, draw
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.registry import Process, Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.texts import say
from pengcheng.portals.shenzhengyi.verbs import Verb, declared_asks

CATEGORIES_MAX = 60
KEPT_MAX = 64
Values = dict[str, Any]

_kept: dict[tuple[str, int], Definition] = {}


def drawn(services: Services, view: CaseView, language: Language, holder: str) -> Mapping[str, Any]:
    """The drawing with the steps taken thick and the present one marked, each with whose it is and
    how long it took, the present one with who has it (`holder`); the same as a list."""
    registry = services.registry
    process = registry.law(view.case.kind, view.case.process_version)
    definition = _compiled(process, registry.version)
    steps = path_of(process, view)
    waiting = [view.case.step] if view.case.open else []
    waited: dict[str, str] = {}
    for row in case_steps(services, view, language):
        waited[row["id"]] = row["waited"]
    if view.case.open and holder:
        here = waited.get(view.case.step, "")
        waited[view.case.step] = " · ".join(filter(None, (holder, here)))
    notes = notes_of(registry, process, language, waited)
    svg = draw(definition, passed(process, steps), waiting, language=language, notes=notes)
    # The drawing is made by the engine from declarations alone, and escapes every text itself.
    labels = [process.step(step).label.in_(language) for step in steps]
    return {"svg": Markup(svg), "steps": labels}  # noqa: S704 - see above


def notes_of(
    registry: Registry, process: Process, language: Language, waited: Mapping[str, str]
) -> dict[str, str]:
    """Under the name of each step: its role, and how long it has taken."""
    notes = {}
    for step in process.steps:
        role = registry.roles.get(step.role or "")
        told = (role.in_(language) if role else "", waited.get(step.id, ""))
        notes[step.id] = " · ".join(filter(None, told))
    return notes


def case_steps(services: Services, view: CaseView, language: Language) -> list[Values]:
    """The steps of a case in their order: when each began and how long it lasted or has lasted."""
    process = services.registry.law(view.case.kind, view.case.process_version)
    known = {step.id for step in process.steps}
    came: list[tuple[datetime, str]] = [(view.case.accepted_at, process.start)]
    for entry in view.timeline:
        step = entry.facts.get("to") or entry.facts.get("step")
        if step in known and step != came[-1][1]:
            came.append((entry.at, step))
    if came[-1][1] != view.case.step:
        came.append((view.case.step_since, view.case.step))
    until = view.case.closed_at or services.clock.now()
    ends = [*(after[0] for _, after in pairwise(came)), until]
    return [
        {"at": at, "id": step, "step": process.step(step).label.in_(language),
         "waited": "" if process.step(step).kind == "end" else lasted(end - at, language)}
        for (at, step), end in zip(came, ends, strict=True)
    ]  # fmt: skip


def lasted(time: timedelta, language: Language) -> str:
    """A length of time in its largest fitting unit."""
    seconds = max(int(time.total_seconds()), 0)
    if seconds >= 2 * 86400:
        return say("flow.days", language, n=seconds // 86400)
    if seconds >= 2 * 3600:
        return say("flow.hours", language, n=seconds // 3600)
    return say("flow.minutes", language, n=seconds // 60)


async def holder_of(services: Services, actor: Actor, case: Case) -> str:
    """The name of who has the case in hand."""
    if case.account_id is None:
        return ""
    if case.account_id == actor.account_id:
        return say("e.fact.mine", actor.language)
    return (await Rosters(services.database).names([case.account_id])).get(case.account_id, "")


def path_of(process: Process, view: CaseView) -> list[str]:
    """The steps that a case went through, in order, the present one last."""
    known = {step.id for step in process.steps}
    found = [process.start]
    for entry in view.timeline:
        step = entry.facts.get("to") or entry.facts.get("step")
        if isinstance(step, str) and step in known and step != found[-1]:
            found.append(step)
    if found[-1] != view.case.step and view.case.step in known:
        found.append(view.case.step)
    return found


def _compiled(process: Process, version: int) -> Definition:
    """The compiled process; made once for each version of the registry."""
    key = (f"{process.name}@{process.version}", version)
    if key not in _kept:
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        _kept[key] = compile_declared(process)
    return _kept[key]


def took(line: CaseLine, language: Language) -> str:
    """How long a similar case took, or that it is still open."""
    if line.closed_at is None:
        return say("e.similar.open", language)
    days = max((line.closed_at - line.accepted_at).days, 1)
    return say("e.similar.closed", language, n=days)


def categories(registry: Registry, kind: str, language: Language) -> list[Mapping[str, str]]:
    """The first-level categories of a kind, as options."""
    for item in registry.type_(kind).attributes:
        if item.name == "category_level1" and item.code_list:
            codes = registry.code_lists[item.code_list].codes
            return [
                {"value": code.code, "text": code.label.in_(language)}
                for code in codes[:CATEGORIES_MAX]
            ]
    return []


def options_of(
    registry: Registry, kind: str, verb: Verb | None, language: Language
) -> Mapping[str, Any]:
    """The label and the options of each declared field that a verb asks for."""
    if verb is None:
        return {}
    found: dict[str, Any] = {}
    for name in declared_asks(registry, kind, verb):
        item = registry.type_(kind).attribute(name)
        if item is None:
            continue
        codes: Sequence[Any] = ()
        if item.code_list:
            codes = registry.code_lists[item.code_list].codes
        found[name] = {
            "label": item.label.in_(language),
            "options": [{"value": c.code, "text": c.label.in_(language)} for c in codes],
        }
    return found
