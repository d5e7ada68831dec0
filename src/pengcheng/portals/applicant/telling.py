"""A case in words that its author understands: where it is, who has it, by when, what is asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup

from pengcheng.edge import files_api
from pengcheng.engines.cases import Case, CaseLine, CaseView, TimelineEntry
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.registry import Attribute, Process, Step
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Words
from pengcheng.portals.applicant.side import Side
from pengcheng.portals.kit import Remaining, remaining
from pengcheng.portals.kit.filters import spoken
from pengcheng.portals.pages import environment
from pengcheng.portals.typed import shown_list

STEPS_MAX = 5
REPLIES = frozenset({"reply", "interim_reply"})
NOT_TOLD = frozenset({"case.reply_approved"})


def process_of(side: Side, kind: str) -> Process:
    """The declared process of a case kind."""
    registry = side.services.registry
    return registry.processes[registry.case_kind(kind).process]


def step_of(process: Process, step_id: str) -> Step | None:
    """The step where a case stands; None when a newer process no longer has it."""
    return next((step for step in process.steps if step.id == step_id), None)


def steps_of(side: Side, case: Case | CaseLine) -> list[dict[str, Any]]:
    """The stages of a case as a step bar; times where they are known."""
    process = process_of(side, case.kind)
    stages = list(process.stages[:STEPS_MAX])
    if not case.open:
        stages = _walked(process, case.step, stages)
    codes = [code for code, _ in stages]
    here = codes.index(case.stage) if case.stage in codes else 0
    return [
        {"text": label.in_(side.language), "state": _state(at, here, is_open=case.open), "at": ""}
        for at, (_, label) in enumerate(stages)
    ]


def steps_with_moments(side: Side, case: Case) -> list[dict[str, Any]]:
    """The step bar of one case: when it came to each stage, and when the reply is promised."""
    stages = [code for code, _ in process_of(side, case.kind).stages[:STEPS_MAX]]
    known = {"dispatched": case.dispatched_at, "handling": case.taken_at,
             "replied": case.replied_at}  # fmt: skip
    steps = steps_of(side, case)
    if len(steps) == len(stages):
        for step, code in zip(steps, stages, strict=True):
            moment = known.get(code)
            if step["state"] != "todo" and moment is not None:
                step["at"] = brief(side, moment)
            elif code == "replied" and _is_promised(case) and case.due_at is not None:
                step["at"] = side.say("applicant.by_brief", due=brief(side, case.due_at))
    steps[0]["at"] = brief(side, case.accepted_at)
    if case.closed_at is not None:
        steps[-1]["at"] = brief(side, case.closed_at)
    return steps


def _is_promised(case: Case) -> bool:
    """Whether a reply is awaited by a day that stands: not while the clock does."""
    return case.open and case.replied_at is None and case.clock != "suspended"


def brief(side: Side, moment: datetime) -> str:
    """A moment where there is little room: the hour only when it is near."""
    local, now = moment.astimezone(CITY_ZONE), side.now.astimezone(CITY_ZONE)
    is_near = abs((local.date() - now.date()).days) <= 1
    text = spoken(local if is_near else local.date(), now, side.language, style="near")
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), text)


def _walked(process: Process, end: str, stages: list[tuple[str, Words]]) -> list[tuple[str, Words]]:
    """The stages of a closed case under the name of its end; one that ended before its last stage
    (withdrawn, not accepted) did not go through those between."""
    step = step_of(process, end)
    last = (stages[-1][0], step.label) if step else stages[-1]
    before = stages[-2][0] if len(stages) > 1 else ""
    leads = {to for one in process.steps if one.stage == before for to in one.actions.values()}
    return [*stages[:-1], last] if end in leads else [stages[0], last]


def _state(at: int, here: int, *, is_open: bool) -> str:
    if at < here or (at == here and not is_open):
        return "done"
    return "current" if at == here else "todo"


def near(side: Side, moment: datetime | None) -> str:
    """A moment as a person says it, marked as a moment; "" for None."""
    if moment is None:
        return ""
    local = moment.astimezone(CITY_ZONE)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(), near_text(side, moment)
    )


def near_text(side: Side, moment: datetime) -> str:
    """A moment as a person says it, as plain text."""
    local = moment.astimezone(CITY_ZONE)
    return spoken(local, side.now.astimezone(CITY_ZONE), side.language, style="near")


def waits_for_author(side: Side, case: Case | CaseLine) -> bool:
    """Whether the case waits for its author's word on the reply."""
    step = side.services.registry.step_of(case.kind, case.step)
    return case.open and step is not None and step.kind == "wait"


def status_of(side: Side, case: Case) -> str:
    """The name of the state that a case is in for its author."""
    if not case.open:
        return "closed"
    if waits_for_author(side, case):
        return "answered"
    named = (
        ("suspended", case.clock == "suspended"),
        ("followed_up", case.replied_at is not None),
        ("handling", case.taken_at is not None),
        ("dispatched", case.dispatched_at is not None),
    )
    return next((name for name, holds in named if holds), "received")


def sentence(side: Side, case: Case) -> str:
    """Where it is, who has it and by when, in one sentence."""
    status = status_of(side, case)
    if status == "closed":
        step = side.services.registry.step_of(case.kind, case.outcome or case.step)
        outcome = step.label.in_(side.language) if step else ""
        return side.say("applicant.status.closed", outcome=outcome, at=near(side, case.closed_at))
    return side.say(
        f"applicant.status.{status}",
        unit=side.unit(case.organisation_id),
        due=near(side, case.due_at),
    )


def asked_for(view: CaseView) -> str:
    """What its author was asked to add, while the case waits for it."""
    asked = [entry for entry in view.timeline if entry.kind == "case.suspended"]
    return str(asked[-1].facts.get("reason") or "") if asked else ""


def needed(side: Side, case: Case, asked: str = "") -> tuple[str, str]:
    """What the author must do now, and how the page colours it; `asked`: what they should add."""
    status = status_of(side, case)
    kinds = {"answered": "info", "suspended": "watch"}
    key = status if status in {"answered", "suspended", "closed"} else "nothing"
    if status == "suspended" and asked:
        return side.say("applicant.need.asked", asked=asked), "watch"
    return side.say(f"applicant.need.{key}"), kinds.get(status, "good")


def left_of(side: Side, case: Case | CaseLine, calendar: Calendar) -> Remaining | None:
    """How much of the promise is left."""
    if not case.open or case.due_at is None:
        return None
    if case.clock == "suspended":
        return Remaining(state="paused")
    days = calendar.working_days_between(side.now, case.due_at)
    return remaining(case.due_at, side.now, started=case.accepted_at, working_days=days)


def summary(side: Side, line: CaseLine, calendar: Calendar) -> dict[str, Any]:
    """One of the author's cases in a list."""
    waiting = waits_for_author(side, line)
    # While materials are awaited the clock stands, and so does what was promised.
    stands = line.open and line.clock == "suspended"
    return {
        "title": line.title or line.code,
        "code": line.code,
        "href": f"{side.prefix}/cases/{line.kind}/{line.code}",
        "steps": steps_of(side, line),
        "who": side.unit(line.organisation_id),
        "due": near(side, line.due_at) if line.open and not waiting and not stands else "",
        "left": None if waiting else left_of(side, line, calendar),
        "waiting": waiting,
        "suspended": stands,
        "closed_at": line.closed_at,
        "accepted_at": line.accepted_at,
        "open": line.open,
        "version": line.version,
        "kind": line.kind,
    }


def timeline(side: Side, view: CaseView) -> list[dict[str, Any]]:
    """What happened, newest first; what is promised stands above it."""
    words: Mapping[str, Any] = environment().globals["words"]
    case = view.case
    entries: list[dict[str, Any]] = []
    if _is_promised(case) and case.due_at is not None:
        due = near(side, case.due_at)
        entries.append(
            {"state": "future", "at": side.say("applicant.by", due=due),
             "title": side.say("applicant.timeline.promised")}
        )  # fmt: skip
    told = [
        entry
        for entry in reversed(view.timeline)
        if entry.kind not in NOT_TOLD and f"applicant.timeline.{entry.kind}" in words
    ]
    for at, entry in enumerate(told):
        entries.append(_told(side, entry, state="now" if at == 0 and case.open else "past"))
    return entries


def _told(side: Side, entry: TimelineEntry, *, state: str) -> dict[str, Any]:
    facts = entry.facts
    english = side.language == "en"
    unit = facts.get("organisation_en" if english else "organisation") or facts.get("to") or ""
    reason = str(facts.get("reason") or "")
    return {
        "state": state,
        "at": near(side, entry.at),
        "title": side.say(f"applicant.timeline.{entry.kind}", unit=unit),
        "text": side.say("applicant.reason", reason=reason) if reason else "",
    }


async def pictures(side: Side, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Files as the page shows them, with links for this reader only."""
    return [
        {
            "is_picture": file.is_picture,
            "is_sound": file.is_sound,
            "src": files_api.link(side.services, side.actor, file.id, "small"),
            "href": files_api.link(side.services, side.actor, file.id),
            "alt": side.say("applicant.photo_alt", at=near_text(side, file.created_at)),
            "text": near_text(side, file.created_at),
            "name": file.name,
        }
        for file in await side.services.uploads.all_of(list(ids))
    ]


async def replies(side: Side, view: CaseView) -> list[dict[str, Any]]:
    """What authorities answered, newest first, with their evidence."""
    found = []
    for message in reversed(view.messages):
        if message.purpose not in REPLIES:
            continue
        unit = message.organisation_id or view.case.organisation_id
        found.append(
            {
                "unit": side.unit(unit),
                "at": message.at,
                "text": message.body,
                "kind": side.say(f"applicant.message.{message.purpose}"),
                "files": await pictures(side, message.files),
            }
        )
    return found


async def additions(side: Side, view: CaseView) -> list[dict[str, Any]]:
    """What was said besides, by either side, oldest first."""
    found = []
    for message in view.messages:
        if message.purpose in REPLIES or message.purpose == "report":
            continue
        mine = message.author_kind in {"citizen", "enterprise", "guest"}
        unit = message.organisation_id or view.case.organisation_id
        found.append(
            {
                "mine": mine,
                "who": side.say("applicant.you") if mine else side.unit(unit),
                "at": message.at,
                "text": message.body,
                "files": await pictures(side, message.files),
            }
        )
    return found


def moment_of(text: object) -> datetime | None:
    """An instant as the log keeps it; None when it is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def listed_as(side: Side, item: Attribute, value: Any) -> dict[str, Any]:
    """A list for where there is room: `chips`, or a `table`; nothing for other values."""
    if not item.is_list:
        return {}
    return shown_list(side.services.registry, item, value, side.language, yes_no(side))


def yes_no(side: Side) -> tuple[str, str]:
    """What a yes and a no are called."""
    return side.say("applicant.form.yes"), side.say("applicant.form.no")
