"""The page of one case for its author: where it is, who has it, by when, what to do."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.cases import ByReceipt, CaseView, told_by_receipt
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import Attribute
from pengcheng.portals import categories
from pengcheng.portals.applicant import telling
from pengcheng.portals.applicant.opening import Opened, elsewhere, opened
from pengcheng.portals.applicant.side import Side, paths, show, side_of
from pengcheng.portals.typed import round_off

NOT_SHOWN = frozenset({"public_subject", "public_body"})
READERS_MAX = 20


@get(paths("/cases/{kind:str}/{code:str}"))
async def one(request: AnyRequest, kind: str, code: str) -> Response[Any]:
    """The page of a case."""
    side = side_of(request)
    kind = side.case_kind(kind)
    found = await opened(request, side, kind, code)
    if found is None:
        return elsewhere(side, code)
    return await case_page(request, side, found)


async def case_page(
    request: AnyRequest,
    side: Side,
    found: Opened,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response[str]:
    """The page, perhaps with what was wrong with a rating that was sent from it."""
    view = found.view
    case = view.case
    calendar = await side.services.calendars.current()
    need, need_kind = telling.needed(side, case, telling.asked_for(view))
    rows = await _told(side, found)
    values = {
        "view": view,
        "case": case,
        "name": side.services.registry.type_(case.kind).label.in_(side.language),
        "own": f"{side.prefix}/cases/{case.kind}/{case.code}",
        "sentence": telling.sentence(side, case),
        "need": need,
        "need_kind": need_kind,
        "steps": telling.steps_with_moments(side, case),
        "unit": side.unit(case.organisation_id),
        "left": telling.left_of(side, case, calendar),
        "status": telling.status_of(side, case),
        "replies": await telling.replies(side, view),
        "said_more": await telling.additions(side, view),
        "entries": telling.timeline(side, view),
        "verbs": verbs_of(side, view),
        "reasons": reasons_of(side, case.kind),
        "place": await _place(side, view),
        "facts": facts_of(side, view),
        "texts": texts_of_case(side, view),
        "files": await telling.pictures(side, files_of(side, view)),
        "whys": _whys(side, case.kind, rows.decisions),
        "readers": _readers(side, case.kind, rows.accesses),
        "evaluation": next((e for e in reversed(view.evaluations) if e["source"] == "author"),
                           None),
        "is_linked": bool(found.receipt),
        "faults": faults or {},
        "typed": typed or {},
    }  # fmt: skip
    status = 422 if faults else 200
    return await show(request, side, "applicant/case.html", values, current="mine", status=status)


def verbs_of(side: Side, view: CaseView) -> list[dict[str, str]]:
    """What the author may do now, of what the screen declares, with the process's own names."""
    screen = side.screen_of(view.case.kind, "page")
    wanted = screen.options.get("actions", ()) if screen else ()
    source: Mapping[str, Any] = telling.process_of(side, view.case.kind).source.get("actions", {})
    found = []
    for verb in wanted:
        if verb in view.actions:
            name = (source.get(verb) or {}).get("name")
            label = name[side.language] if name else side.say(f"applicant.verb.{verb}")
            found.append({"verb": str(verb), "label": label})
    return found


def reasons_of(side: Side, kind: str) -> list[dict[str, str]]:
    """The declared reasons of a rating."""
    registry = side.services.registry
    listed = registry.code_lists.get(registry.case_kind(kind).evaluation or "")
    codes = listed.codes if listed else ()
    return [{"value": code.code, "text": code.label.in_(side.language)} for code in codes]


def _own(side: Side, view: CaseView) -> list[tuple[Attribute, Any]]:
    """The declared fields that its author filled, in their order."""
    type_ = side.services.registry.type_(view.case.kind)
    return [
        (item, view.fields[item.name])
        for item in type_.attributes
        if view.fields.get(item.name) not in (None, "", (), []) and item.name not in NOT_SHOWN
    ]


def texts_of_case(side: Side, view: CaseView) -> list[str]:
    """What the author wrote."""
    return [str(value) for item, value in _own(side, view) if item.kind == "long_text"]


def files_of(side: Side, view: CaseView) -> list[Any]:
    """The files that the author sent with it."""
    found = [one for item, value in _own(side, view) if item.kind == "files" for one in value]
    return list(dict.fromkeys(found))


def facts_of(side: Side, view: CaseView) -> list[dict[str, Any]]:
    """The other declared fields as label and value."""
    title = side.services.registry.type_(view.case.kind).title
    found = []
    for item, value in _own(side, view):
        if item.kind in {"long_text", "files", "json"} or item.name in {title, "address"}:
            continue
        if item.is_list:
            called = item.label.in_(side.language)
            found.append({"label": called, "value": "", **telling.listed_as(side, item, value)})
            continue
        listed = side.services.registry.code_lists.get(item.code_list or "")
        label = listed.label_of(str(value)) if listed else None
        plain = _named(side, view.case.kind, str(round_off(value)))
        text = label.in_(side.language) if label else f"{plain} {item.unit or ''}".strip()
        if item.kind == "boolean":
            text = side.say("applicant.form.yes" if value else "applicant.form.no")
        found.append({
            "label": item.label.in_(side.language), "value": text,
            "masked": item.kind in {"telephone", "identity_number"},
        })  # fmt: skip
    return found


async def _place(side: Side, view: CaseView) -> dict[str, Any]:
    case = view.case
    area = code_of(case.area_no) if case.area_no is not None else None
    return {
        "point": case.point,
        "address": view.fields.get("address") or "",
        "area": side.services.areas.name_of(area).in_(side.language) if area else "",
    }


async def _told(side: Side, found: Opened) -> ByReceipt:
    """Why automatic steps decided as they did, and who read the case: the author may know, by
    account or by receipt code."""
    case, cases = found.view.case, side.services.cases
    if found.receipt:
        return await told_by_receipt(cases, case.code, found.receipt)
    decisions = await side.services.tasking.decisions(side.scope("read", case.kind), case.id)
    try:
        accesses = await cases.accesses(side.scope("read_log", case.kind), case.id)
    except Absent:
        accesses = []
    return ByReceipt(decisions=decisions, accesses=accesses)


def _whys(side: Side, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The reasons of automatic steps that still stand, in plain words."""
    told = []
    for row in rows:
        if row["undone_at"] is not None or row["step"] not in DECIDED:
            continue
        text = str((row["why"] or {}).get(side.language) or "")
        if row["step"] == "rule":
            text = _by_rule(side, kind, row)
        if text:
            text = QUOTED.sub(lambda found: f"“{_path(side, kind, found[1])}”", text)
            told.append({"step": side.say(f"applicant.decision.{row['step']}"), "text": text})
    return told


def _by_rule(side: Side, kind: str, row: Mapping[str, Any]) -> str:
    """What a table of rules led to; its rows and values are for those who write the rules."""
    source: Mapping[str, Any] = telling.process_of(side, kind).source.get("actions", {})
    verb = str((row["output"] or {}).get("action") or "")
    name = (source.get(verb) or {}).get("name")
    return side.say("applicant.decision.by_rule", act=name[side.language]) if name else ""


def _path(side: Side, kind: str, category: str) -> str:
    return categories.path_text(side.services.registry, kind, category, side.language)


def _named(side: Side, kind: str, text: str) -> str:
    """A level of a category by its name in the reader's language; any other text as it is."""
    levels = categories.levels_of(side.services.registry, kind, text, side.language)
    return levels[0] if len(levels) == 1 else text


QUOTED = re.compile("“([^“”/]+(?:/[^“”/]+)+)”")
"""A category with its levels, as the reasons of automatic steps quote it."""

DECIDED = frozenset({"category", "place", "urgency", "merge", "route", "rule"})


def _readers(
    side: Side, kind: str, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]] | None:
    """Who read the case; None where its page does not declare that panel."""
    screen = side.screen_of(kind, "page")
    if screen is None or "readers" not in screen.options.get("panels", ()):
        return None
    return [
        {
            "unit": (row["name_en"] if side.language == "en" else row["name_zh"]) or "",
            "at": row["at"],
            "unsealed": row["action"] == "unseal",
        }
        for row in rows[:READERS_MAX]
    ]


HANDLERS = [one]
