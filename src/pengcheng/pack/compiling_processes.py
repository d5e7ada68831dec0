"""processes/*.yaml become processes and case kinds; a process that could strand a case is refused.

Checked at load: every step is reached, from every step an end is reached, every open step has a
clock and every user step a role, and no circle of automatic steps turns without a person or wait.
"""

from collections.abc import Mapping

import msgspec

from pengcheng.kernel.areas import LEVELS
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.patterns import code_pattern
from pengcheng.kernel.registry import CaseKind, Process, Step
from pengcheng.pack.compiling_types import promise
from pengcheng.pack.known import (
    BOUNDS,
    DISTRICT,
    ENGINE_ROLES,
    EXPIRE,
    INTAKE,
    SETTINGS,
    TABLES,
)
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes_work import CaseShape, ProcessShape


def process(
    compiling: Compiling, document: Document, name: str, shape: ProcessShape,
    case: CaseShape | None, bpmn: str = "",
) -> Process:  # fmt: skip
    """The process of a file; with `bpmn`, the text of the BPMN file that said its steps, it runs
    by that."""
    at_start = document.at("process", "start")
    compiling.one_of("step", shape.start, shape.steps, at_start)
    for step_id in shape.steps:
        _check_step(compiling, document, step_id, shape)
    for action, told in shape.actions.items():
        path = ("process", "actions", action)
        if told.counts is not None:
            compiling.one_of("bound", told.counts, BOUNDS, document.at(*path, "counts"))
        for index, asked in enumerate(told.asks):
            fields = (*(case.fields if case else ()), *ASKED)
            compiling.one_of("field", asked, fields, document.at(*path, "asks", index))
    for index, declared in enumerate(shape.upgrades):
        for old, new in declared.steps.items():
            at = document.at("process", "upgrades", index, "steps", old)
            compiling.one_of("step", new, shape.steps, at)
    _check_ways(compiling, document, shape)
    return Process(
        name=name,
        label=shape.name,
        version=shape.version,
        start=shape.start,
        steps=tuple(
            Step(
                id=step_id,
                label=step.name,
                stage=step.stage,
                kind=step.kind,
                role=step.role,
                within=promise(step.within) if step.within else None,
                actions=dict(step.actions),
            )
            for step_id, step in shape.steps.items()
        ),
        stages=tuple(shape.stages.items()),
        source={
            "actions": {key: msgspec.to_builtins(told) for key, told in shape.actions.items()},
            "basis": list(shape.basis),
            "upgrades": [msgspec.to_builtins(told) for told in shape.upgrades],
            **({"bpmn": bpmn} if bpmn else {}),
        },
    )


ASKED = (
    "reason", "basis", "unit", "files", "note", "until", "days", "parts", "place", "grade",
    "call_back",
)  # fmt: skip
"""What an action may ask for beside the case's own fields."""


def case_kind(
    compiling: Compiling, document: Document, process_name: str, shape: CaseShape
) -> CaseKind:
    """The case kind of a file: how cases of it run by the file's process."""
    for step, algorithm in shape.intake.items():
        at = document.at("case", "intake", step)
        compiling.one_of("intake step", step, INTAKE, at)
        compiling.need("algorithm", algorithm, at)
    for bound in shape.bounds:
        compiling.one_of("bound", bound, BOUNDS, document.at("case", "bounds", bound))
    for setting in shape.settings:
        at = document.at("case", "settings", setting)
        compiling.one_of("setting", setting, SETTINGS, at)
    level = shape.settings.get("level", DISTRICT)
    compiling.one_of("level", str(level), LEVELS, document.at("case", "settings", "level"))
    for use, type_name in shape.tables.items():
        at = document.at("case", "tables", use)
        compiling.one_of("duty table", use, TABLES, at)
        compiling.need("type", type_name, at)
    if shape.evaluation is not None:
        compiling.need("code list", shape.evaluation, document.at("case", "evaluation"))
    return CaseKind(
        type=shape.type,
        process=process_name,
        code_prefix=_prefix(shape.code),
        intake=dict(shape.intake),
        bounds=dict(shape.bounds),
        tables=dict(shape.tables),
        channels=tuple(shape.channels),
        evaluation=shape.evaluation,
        settings=dict(shape.settings),
    )


def _prefix(pattern: str) -> str:
    try:
        return code_pattern(pattern).prefix
    except Refusal:
        return ""  # already told as a fault of the type's code


def _check_step(
    compiling: Compiling, document: Document, step_id: str, shape: ProcessShape
) -> None:
    step = shape.steps[step_id]
    path = ("process", "steps", step_id)
    at = document.at(*path)
    compiling.one_of("stage", step.stage, shape.stages, document.at(*path, "stage"))
    if step.role is not None:
        role_at = document.at(*path, "role")
        compiling.need("role", step.role, role_at, given_by_engines=ENGINE_ROLES)
    for action, target in step.actions.items():
        action_at = document.at(*path, "actions", action)
        compiling.one_of("step", target, document.keys("process", "steps"), action_at)
        written = document.keys("process", "actions")
        if written:
            known = (*written, *shape.actions, EXPIRE)
            compiling.one_of("action", action, known, action_at)
    if step.kind == "end":
        if step.actions:
            compiling.faults.add(at, "process.end_acts", given=step_id)
        return
    if not step.actions:
        compiling.faults.add(at, "process.no_action", given=step_id)
    if step.kind == "user" and step.role is None:
        compiling.faults.add(at, "process.no_role", given=step_id)
    if step.kind == "wait" and EXPIRE not in step.actions:
        compiling.faults.add(at, "process.no_expiry", given=step_id)
    if step.within is None and step.kind in {"user", "wait"}:
        compiling.faults.add(at, "process.no_clock", given=step_id)


def _check_ways(compiling: Compiling, document: Document, shape: ProcessShape) -> None:
    ways = {
        name: tuple(target for target in step.actions.values() if target in shape.steps)
        for name, step in shape.steps.items()
    }
    ends = {name for name, step in shape.steps.items() if step.kind == "end"}
    reached = _reached({shape.start} & set(ways), ways)
    back: dict[str, tuple[str, ...]] = {
        name: tuple(one for one, targets in ways.items() if name in targets) for name in ways
    }
    leading = _reached(ends, back)
    for name in shape.steps:
        at = document.at("process", "steps", name)
        if shape.start in ways and name not in reached:
            compiling.faults.add(at, "process.unreachable", given=name)
        elif name not in leading:
            compiling.faults.add(at, "process.endless", given=name)
    _check_automatic_circles(compiling, document, shape, ways)


def _check_automatic_circles(
    compiling: Compiling,
    document: Document,
    shape: ProcessShape,
    ways: Mapping[str, tuple[str, ...]],
) -> None:
    automatic = {name for name, step in shape.steps.items() if step.kind in {"service", "rule"}}
    among = {name: tuple(one for one in ways[name] if one in automatic) for name in automatic}
    for name in sorted(automatic):
        if name in _reached(set(among[name]), among):
            circle = ", ".join(sorted(_reached({name}, among)))
            at = document.at("process", "steps", name)
            compiling.faults.add(at, "process.loop", circle=circle)
            return


def _reached(starts: set[str], ways: Mapping[str, tuple[str, ...]]) -> set[str]:
    found, waiting = set(starts), list(starts)
    while waiting:
        for name in ways[waiting.pop()]:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found
