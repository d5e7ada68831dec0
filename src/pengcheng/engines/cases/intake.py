"""The automatic steps between acceptance and dispatch: what was found, what follows. Pure.

Each step leaves a decision: what it found, how sure it is, why, and what would have changed it.
A person can undo each of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from pengcheng.engines.cases import logic
from pengcheng.engines.cases.model import Case
from pengcheng.engines.cases.viewing import entry_of
from pengcheng.engines.identity import Organisation
from pengcheng.engines.rules import Decided
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.areas import ancestor, area_no, code_of
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import CaseKind, Process
from pengcheng.kernel.time import Promise

AUTOMATIC_MIN = 0.6
RULE_STEP = "rule"
SAME_MATTER_DAYS = 30
URGENCY: Mapping[str, int] = {"normal": 0, "urgent": 1, "emergency": 2}


PLACED_BY: Mapping[str, Mapping[str, Any]] = {
    "point": {
        "zh": "按地图上的定位点所在的网格",
        "en": "By the grid cell in which the point on the map lies",
        "changed_by": {
            "zh": "定位点在别的网格里，或由人工更正",
            "en": "A point in another cell, or a person's correction",
        },
    },
    "given": {
        "zh": "按提交时选定的区域",
        "en": "By the area that was chosen when it was sent",
        "changed_by": {"zh": "选定别的区域，或由人工更正",
                       "en": "Another area chosen, or a person's correction"},
    },
}  # fmt: skip
"""Why a place that no text told is what it is."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind's algorithms found in a case's text.

    `fields` are declared fields to fill; `why` tells each step's reasons in both languages
    (`{step: {"zh": …, "en": …, "changed_by": …}}`). `decided` is the run of the kind's decision
    table that gave `action`; `refused`, in both languages, why it could not run.
    """

    category: str | None = None
    confidence: float = 0.0
    organisation_kind: str | None = None
    organisation_level: str = "district"
    promise: Promise | None = None
    urgency: str = "normal"
    hand_over_to: str | None = None
    sensitive: Sequence[str] = ()
    place: str | None = None
    place_point: tuple[float, float] | None = None
    similar_keys: Sequence[int] = ()
    fields: Mapping[str, Any] = msgspec.field(default_factory=dict)
    action: str | None = None
    answer: str | None = None
    answer_confidence: float = 0.0
    why: Mapping[str, Any] = msgspec.field(default_factory=dict)
    version: str = ""
    decided: Decided | None = None
    refused: Mapping[str, str] | None = None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An open case that may be about the same matter."""

    id: UUID
    title: str
    body: str
    category: str | None
    point: tuple[float, float] | None
    area_no: int | None
    accepted_at: datetime
    event_id: UUID | None
    organisation_id: UUID


class SameMatter(msgspec.Struct, frozen=True, kw_only=True):
    """Which candidate reports the same matter, how surely, and why."""

    id: UUID
    score: float
    why: Mapping[str, Any]


class Analyst(Protocol):
    """A kind's algorithms, as the composition root wires them."""

    def analyse(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Analysis]:
        """What is found in each row (id, fields, channel, area_code), in order."""
        ...

    def same(self, row: Mapping[str, Any], candidates: Sequence[Candidate]) -> SameMatter | None:
        """The candidate that reports the same matter; None when there is none."""
        ...


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known when a case's intake is decided."""

    analysis: Analysis
    grid: str | None
    area_source: str
    same: SameMatter | None
    lead: Candidate | None
    organisation: Organisation | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One automatic step's decision, as it is kept."""

    step: str
    rule: str
    version: str
    inputs: Mapping[str, Any]
    output: Mapping[str, Any]
    why: Mapping[str, Any]
    confidence: float | None = None
    decided: Decided | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A case after its intake, with what is written beside it."""

    case: Case
    fields: Mapping[str, Any]
    reply: str | None
    steps: Sequence[Step]
    entries: Sequence[Entry]
    about: Mapping[str, str] = msgspec.field(default_factory=dict)


def decide(
    case: Case, kind: CaseKind, process: Process, found: Found, now: datetime, calendar: Calendar
) -> Outcome:
    """Where the case goes: to the responsible organisation if the city is sure enough, to 110,
    119 or 120 in an emergency, else to an operator."""
    analysis = found.analysis
    case = msgspec.structs.replace(
        case,
        category=case.category or analysis.category,
        category_confidence=case.category_confidence or round(analysis.confidence, 4),
        urgency=URGENCY.get(analysis.urgency, 0),
        area_no=area_no(found.grid) if found.grid else case.area_no,
        area_source=found.area_source or case.area_source,
        point=case.point or analysis.place_point,
        sensitivity=3 if analysis.sensitive else case.sensitivity,
        event_id=found.lead.event_id if found.lead else case.event_id,
    )
    if analysis.promise is not None:
        case = logic.promised(case, analysis.promise, calendar)
    verb, to = _verb(case, kind, process, found)
    case = _sent(case, process, verb, to, now, calendar)
    entries = [_entry(case, verb, to, found)]
    return Outcome(
        case=case,
        fields=analysis.fields,
        reply=analysis.answer if verb == "answer" else None,
        steps=_steps(case, verb, to, found),
        entries=entries,
        about=_about(case, to or found.organisation),
    )


def _about(case: Case, organisation: Organisation | None) -> Mapping[str, str]:
    """Whom the decisions are about, so that a trial can tell offices and groups apart later."""
    return {
        "code": case.code,
        "area": ancestor(code_of(case.area_no), "district") if case.area_no is not None else "",
        "category": (case.category or "").split("/")[0],
        "channel": case.channel,
        "organisation": organisation.name.zh if organisation is not None else "",
    }


def _verb(
    case: Case, kind: CaseKind, process: Process, found: Found
) -> tuple[str, Organisation | None]:
    actions = process.step(case.step).actions
    analysis = found.analysis
    sure = float(kind.settings.get("automatic_confidence", AUTOMATIC_MIN))
    if analysis.hand_over_to and "hand_over" in actions:
        return "hand_over", None
    answer_sure = float(kind.settings.get("answer_confidence", 0.9))
    if analysis.answer and analysis.answer_confidence >= answer_sure and "answer" in actions:
        return "answer", None
    if analysis.action is not None:
        return _decided(analysis.action, actions, found)
    is_sure = analysis.confidence >= sure or found.same is not None
    if is_sure and found.organisation is not None and not analysis.sensitive:
        return "dispatch", found.organisation
    return "triage", None


def _decided(
    action: str, actions: Mapping[str, str], found: Found
) -> tuple[str, Organisation | None]:
    """What the kind's own decision table said; a report of a known matter joins it."""
    if action == "answer" and found.analysis.answer and "answer" in actions:
        return "answer", None
    joins = found.same is not None and found.analysis.urgency != "emergency"
    if (action == "dispatch" or joins) and found.organisation is not None:
        return "dispatch", found.organisation
    return "triage", None


def _sent(
    case: Case, process: Process, verb: str, to: Organisation | None, now: datetime,
    calendar: Calendar,
) -> Case:  # fmt: skip
    automatic = verb != "triage"
    case = msgspec.structs.replace(case, automatic=automatic)
    if to is not None:
        case = msgspec.structs.replace(
            case, organisation_id=to.id, organisation_no=to.no, dispatched_at=now,
            dispatches=case.dispatches + 1,
        )  # fmt: skip
    target = logic.target_of(process, case, verb)
    return logic.entered(case, target, verb, now, calendar)


def _entry(case: Case, verb: str, to: Organisation | None, found: Found) -> Entry:
    names = {"dispatch": "case.dispatched", "hand_over": "case.handed_over",
             "answer": "case.answered", "triage": "case.needs_operator"}  # fmt: skip
    facts: dict[str, Any] = {
        "step": case.step,
        "category": case.category,
        "confidence": case.category_confidence,
        "automatic": case.automatic,
        "due_at": case.due_at,
    }
    if to is not None:
        facts |= {"organisation": to.name.zh, "organisation_en": to.name.en,
                  "organisation_id": str(to.id)}  # fmt: skip
    if found.analysis.hand_over_to:
        facts["hand_over_to"] = found.analysis.hand_over_to
    if found.same is not None:
        facts["joined"] = str(found.same.id)
    return entry_of(case, names[verb], after=facts, visibility="parties")


def _steps(case: Case, verb: str, to: Organisation | None, found: Found) -> list[Step]:
    analysis = found.analysis
    why = analysis.why

    def step(name: str, output: Mapping[str, Any], confidence: float | None = None) -> Step:
        return Step(
            step=name, rule=f"{case.kind}.{name}", version=analysis.version,
            inputs={"case": str(case.id)}, output=output, why=why.get(name, {}),
            confidence=confidence,
        )  # fmt: skip

    made = [step("category", {"category": case.category}, case.category_confidence)]
    place = step("place", {"area_no": case.area_no, "source": case.area_source})
    told = PLACED_BY.get(case.area_source)
    made.append(msgspec.structs.replace(place, why=told) if told else place)
    if analysis.urgency != "normal" or analysis.sensitive:
        made.append(
            step("urgency", {"urgency": analysis.urgency, "sensitive": list(analysis.sensitive)})
        )
    if found.same is not None:
        output = {"same_as": str(found.same.id), "score": found.same.score}
        same = step("merge", output, found.same.score)
        made.append(msgspec.structs.replace(same, why=found.same.why))
    organisation = {"organisation": to.name.zh, "organisation_id": str(to.id)} if to else {}
    made += _rule_step(case, verb, analysis)
    made.append(step("route", {"verb": verb, **organisation}, case.category_confidence))
    return made


def _rule_step(case: Case, verb: str, analysis: Analysis) -> list[Step]:
    """The run of the kind's decision table; or that it refused, and a person decides instead."""
    if analysis.decided is not None:
        run = analysis.decided
        return [
            Step(
                step=RULE_STEP, rule=run.name, version=analysis.version, inputs=run.inputs,
                output=run.output, why={"zh": run.why.zh, "en": run.why.en}, decided=run,
            )
        ]  # fmt: skip
    if analysis.refused is None:
        return []
    return [
        Step(
            step=RULE_STEP, rule=f"{case.kind}.{RULE_STEP}", version=analysis.version,
            inputs={"case": str(case.id)}, output={"verb": verb, "refused": True},
            why=analysis.refused,
        )
    ]  # fmt: skip
