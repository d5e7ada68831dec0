"""What a case is after a person undid an automatic step of it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from pengcheng.engines import deadlines
from pengcheng.engines.cases import _store, logic
from pengcheng.engines.cases.flow import flow_of
from pengcheng.engines.cases.intake import URGENCY
from pengcheng.engines.cases.model import Action, Case
from pengcheng.engines.identity import Organisation
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.authz import INTERNAL
from pengcheng.kernel.errors import Fault, Refusal, invalid
from pengcheng.kernel.registry import CodeList, Process, RecordType

UNDOABLE = ("category", "merge", "place", "urgency", "route")
"""Every automatic step; a decision table only says where a case goes, so undoing `route` undoes
what it said."""

TO_A_PERSON = "triage"
LEVEL_BREAK = "/"
CATEGORY_FIELDS = ("category_level1", "category_level2", "category_level3")


def undone(case: Case, step: str, action: Action) -> Case:
    """The case without what `category`, `merge`, `place` or `urgency` found; the person's own word
    in its place (`details`)."""
    if step == "category":
        category = action.details.get("category")
        if not isinstance(category, str) or not category:
            raise invalid(Fault(path="/details/category", code="field.required"))
        return msgspec.structs.replace(case, category=category, category_confidence=1.0)
    if step == "merge":
        return msgspec.structs.replace(case, event_id=None)
    if step == "urgency":
        urgency = URGENCY.get(str(action.details.get("urgency", "normal")))
        if urgency is None:
            known = {"allowed": ", ".join(URGENCY)}
            raise invalid(Fault(path="/details/urgency", code="code.unknown", facts=known))
        return msgspec.structs.replace(case, urgency=urgency, sensitivity=INTERNAL)
    if step == "place":
        number = _store.area_number(action.details.get("area_code"))
        if number is None:
            raise invalid(Fault(path="/details/area_code", code="area.code"))
        return msgspec.structs.replace(case, area_no=number, area_source="person")
    facts = {"given": step, "allowed": ", ".join(UNDOABLE)}
    raise invalid(Fault(path="/details/step", code="code.unknown", facts=facts))


def filed_under(
    type_: RecordType, category: str, code_lists: Mapping[str, CodeList]
) -> dict[str, str | None]:
    """The declared fields that tell a category by its levels, where a kind has them."""
    parts = category.split(LEVEL_BREAK)
    found: dict[str, str | None] = {}
    for depth, name in enumerate(CATEGORY_FIELDS):
        item = type_.attribute(name)
        if item is not None:
            part = parts[depth] if depth < len(parts) else None
            known = code_lists.get(item.code_list or "")
            is_known = known is None or part in {one.code for one in known.codes}
            found[name] = part if is_known else None
    return found


def unsent(
    case: Case, process: Process, decisions: Sequence[Mapping[str, Any]], operators: Organisation,
    now: datetime, calendar: Calendar,
) -> Case:  # fmt: skip
    """The case back with the operators, as if it had not been dispatched, answered or handed over
    by itself; its promise counts on from acceptance. Refused once a person has acted on that."""
    verb = _sent_by(decisions)
    start = process.step(process.start)
    if verb is None or verb == TO_A_PERSON or TO_A_PERSON not in start.actions:
        raise Refusal("case.nothing_to_undo", code=case.code)
    flow = flow_of(process)
    is_untouched = (
        case.step == flow.next_step(start.id, verb)
        and case.taken_at is None
        and case.dispatches <= 1
        and case.returns == case.reopenings == 0
    )
    if not is_untouched:
        raise Refusal("case.acted_since", code=case.code)
    deadline = case.deadline
    if deadline.stopped_at is not None:
        deadline = deadlines.start(deadline.promise, case.accepted_at, calendar)
    back = msgspec.structs.replace(
        case, automatic=False, organisation_id=operators.id, organisation_no=operators.no,
        account_id=None, dispatched_at=None, open=True, outcome=None, closed_at=None,
        replied_at=None, was_late=None, satisfaction=None, deadline=deadline,
    )  # fmt: skip
    target = process.step(flow.next_step(start.id, TO_A_PERSON))
    return logic.entered(back, target, TO_A_PERSON, now, calendar)


def _sent_by(decisions: Sequence[Mapping[str, Any]]) -> str | None:
    """The verb by which the city sent the case on, unless that is undone already."""
    last = [row for row in decisions if row["step"] == "route"][-1:]
    standing = [row for row in last if row["undone_at"] is None]
    return str(standing[0]["output"].get("verb")) if standing else None


def shown(case: Case, step: str) -> dict[str, Any]:
    """What the log tells of a step's finding."""
    values = {"category": case.category, "merge": case.event_id, "place": case.area_no,
              "urgency": case.urgency, "route": case.step}  # fmt: skip
    return {"value": values.get(step)}
