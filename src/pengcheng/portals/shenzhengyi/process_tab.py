"""A case's process drawn with the path it took, and what the panel's selects offer."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from pengcheng.engines.cases import CaseLine, CaseView, passed
from pengcheng.engines.processes import Definition, compile_declared, draw
from pengcheng.kernel.registry import Process, Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.texts import say
from pengcheng.portals.shenzhengyi.verbs import Verb, declared_asks

CATEGORIES_MAX = 60
KEPT_MAX = 64

_kept: dict[tuple[str, int], Definition] = {}


def drawn(
    registry: Registry, view: CaseView, language: Language, waited: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """The drawing with the steps taken thick and the present one marked, each with whose it is and
    how long it took (`waited`, by step); the same as a list."""
    process = registry.law(view.case.kind, view.case.process_version)
    definition = _compiled(process, registry.version)
    steps = path_of(process, view)
    waiting = [view.case.step] if view.case.open else []
    notes = notes_of(registry, process, language, waited or {})
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


def categories(registry: Registry, kind: str) -> list[Mapping[str, str]]:
    """The first-level categories of a kind, as options."""
    for item in registry.type_(kind).attributes:
        if item.name == "category_level1" and item.code_list:
            codes = registry.code_lists[item.code_list].codes
            return [{"value": code.code, "text": code.label.zh} for code in codes[:CATEGORIES_MAX]]
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
