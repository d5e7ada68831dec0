"""What an official should know: of the cases of their unit, of reports, of what they keep
themselves. Notices of one case stand together under its title, as far as the reader may read it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseLine
from pengcheng.engines.notices import Notice
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.words import Language
from pengcheng.portals.categories import last_text
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi.navigation import forget_counts, frame, official
from pengcheng.portals.shenzhengyi.rows import remaining_of, short_area
from pengcheng.portals.shenzhengyi.texts import has, say

PAGE = "messages"
HOME = f"/e/{PAGE}"
SHOWN = 100
Values = dict[str, Any]
Lines = Mapping[UUID, CaseLine]


@get(HOME)
async def messages(request: AnyRequest) -> Response[Any]:
    """The newest notices, those that were not read marked; ?show=unread leaves the others out."""
    services, actor = services_of(request), official(request)
    is_narrow = request.query_params.get("show") == "unread"
    found = await services.notices.newest(actor, limit=SHOWN)
    known = [item for item in found if has(f"e.notice.{item.kind}")]
    unread = [item for item in found if item.read_at is None]
    shown = [item for item in known if item.read_at is None] if is_narrow else known
    lines = await _lines(services, actor, shown)
    calendar = await services.calendars.current()
    values = {
        "rows": [
            _group(services, actor, group, lines, calendar) for group in _grouped(shown)
        ],
        "unread": [str(item.id) for item in unread],
        "show": "unread" if is_narrow else "all",
        "tabs": [
            {"code": code, "text": say(f"e.messages.show.{code}", actor.language, n=len(listed)),
             "href": HOME if code == "all" else f"{HOME}?show={code}"}
            for code, listed in (("all", known), ("unread", unread))
        ],
    }  # fmt: skip
    page = await frame(request, PAGE)
    return render(request, "shenzhengyi/messages.html", page, values)


async def _lines(services: Services, actor: Actor, found: Sequence[Notice]) -> Lines:
    """The cases that notices are of, as far as the reader may read them."""
    by_kind: dict[str, list[UUID]] = {}
    for item in found:
        kind = str(item.facts.get("case_kind", ""))
        if kind in services.registry.case_kinds and item.subject_id is not None:
            by_kind.setdefault(kind, []).append(item.subject_id)
    lines: dict[UUID, CaseLine] = {}
    for kind, ids in by_kind.items():
        scope = services.rights.scope(actor, "read", kind)
        if not scope.is_empty:
            wanted = list(dict.fromkeys(ids))
            lines |= {line.id: line for line in await services.cases.lines(scope, wanted)}
    return lines


def _grouped(found: Sequence[Notice]) -> list[list[Notice]]:
    """Notices of one case together, newest first, in the order of the newest of each."""
    groups: dict[object, list[Notice]] = {}
    for item in found:
        groups.setdefault(item.subject_id if "code" in item.facts else item.id, []).append(item)
    return list(groups.values())


def _group(
    services: Services, actor: Actor, group: Sequence[Notice], lines: Lines, calendar: Any
) -> Values:
    """What happened to one case: its title, the newest, what is expected and until when, the rest
    under it; of anything else its one sentence."""
    newest, language = group[0], actor.language
    line = lines.get(newest.subject_id) if newest.subject_id else None
    told = _told(newest, language)
    values: Values = {
        "ids": ",".join(str(item.id) for item in group if item.read_at is None),
        "is_new": any(item.read_at is None for item in group),
        "at": newest.at,
        "what": told["text"],
        "expected": told["expected"],
        "href": told["href"],
        "earlier": [{"text": _told(item, language)["text"], "at": item.at} for item in group[1:]],
        "title": told["text"], "code": told["code"], "left": None, "where": "", "due_at": None,
    }  # fmt: skip
    if not told["code"]:
        return values
    values["title"] = _title(services, newest, line, language)
    if line is None:
        # Given to another unit since: nothing is expected of this one.
        return values | {"expected": "", "due_at": _moment(newest.facts.get("due_at"))}
    is_due = line.open and line.replied_at is None and line.clock != "suspended"
    return values | {
        "left": remaining_of(line, services.clock.now(), calendar),
        "where": short_area(services, line.area_no, language),
        "due_at": line.due_at if is_due else None,
        "expected": told["expected"] if line.open else "",
    }


def _title(services: Services, notice: Notice, line: CaseLine | None, language: Language) -> str:
    """What a case is called here. One whose author is anonymous or protected goes by its category:
    a list that stands open on a desk is read by others too."""
    kind, code = str(notice.facts.get("case_kind", "")), str(notice.facts["code"])
    if line is None:
        return code
    disclosure = str(notice.facts.get("disclosure", "confidential"))
    if disclosure == "open":
        return line.title or code
    category = last_text(services.registry, kind, line.category, language)
    told = category or say("e.messages.protected.unfiled", language)
    return say(f"e.messages.protected.{disclosure}", language, category=told)


def _told(notice: Notice, language: Language) -> Values:
    """A notice as a sentence, with the way to what it is about."""
    facts = dict(notice.facts)
    if language == "en":
        facts |= {name: facts[f"{name}_en"] for name in ("unit", "label", "place")
                  if f"{name}_en" in facts}  # fmt: skip
    kind, code = facts.get("case_kind", ""), str(facts.get("code", ""))
    href = f"/e/case/{kind}/{code}" if code else ""
    if notice.kind == "webhook_disabled":
        href = f"/e/admin/webhooks/{notice.subject_id}"
    if notice.kind == "report_made":
        href = f"/h/reports/{facts['report']}?day={facts['first']}"
        facts["span"] = _span(facts, language)
    expected = f"e.expected.{notice.kind}"
    return {
        "text": say(f"e.notice.{notice.kind}", language, **facts),
        "expected": say(expected, language, **facts) if has(expected) else "",
        "code": code,
        "href": href,
    }


def _span(facts: Mapping[str, Any], language: Language) -> str:
    """The day or days of a report."""
    first, last = (date.fromisoformat(facts[name]) for name in ("first", "last"))
    days = [
        say("e.messages.day", language, month=day.month, day=day.day, month_name=f"{day:%b}")
        for day in dict.fromkeys((first, last))
    ]
    return days[0] if len(days) == 1 else say("h.span", language, first=days[0], last=days[1])


def _moment(text: object) -> datetime | None:
    """An instant as the facts of a notice keep it."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


@post(f"{HOME}/read", status_code=200)
async def read(request: AnyRequest) -> Response[bytes]:
    """Mark what was shown as read."""
    services, actor = services_of(request), official(request)
    form = texts_of(await form_of(request))
    ids = [to_id(part) for part in form.get("ids", "").split(",")[:SHOWN]]
    await services.notices.read(actor, [one for one in ids if one is not None])
    forget_counts(actor)
    return go(f"{HOME}?show=unread" if form.get("show") == "unread" else HOME)


HANDLERS = [messages, read]
