"""What an official should know: of the cases of their unit, and of what they keep themselves."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.notices import Notice
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.ids import to_id
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi.navigation import forget_counts, frame, official
from pengcheng.portals.shenzhengyi.texts import has, say

PAGE = "messages"
HOME = f"/e/{PAGE}"
SHOWN = 100


@get(HOME)
async def messages(request: AnyRequest) -> Response[Any]:
    """The newest notices, those that were not read marked."""
    services, actor = services_of(request), official(request)
    found = await services.notices.newest(actor, limit=SHOWN)
    values = {
        "rows": [_told(actor, item) for item in found if has(f"e.notice.{item.kind}")],
        "unread": [str(item.id) for item in found if item.read_at is None],
    }
    page = await frame(request, PAGE)
    return render(request, "shenzhengyi/messages.html", page, values)


def _told(actor: Actor, notice: Notice) -> dict[str, Any]:
    """A notice as a sentence with the way to what it is about. Of a case only its number is told:
    what it says is read by those who may read the case."""
    facts = dict(notice.facts)
    kind, code = facts.get("case_kind", ""), str(facts.get("code", ""))
    href = f"/e/case/{kind}/{code}" if code else ""
    if notice.kind == "webhook_disabled":
        href, code = f"/e/admin/webhooks/{notice.subject_id}", ""
    return {
        "title": say(f"e.notice.{notice.kind}", actor.language, **facts),
        "code": code,
        "due_at": _moment(facts.get("due_at")),
        "at": notice.at,
        "href": href,
        "is_new": notice.read_at is None,
    }


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
    return go(HOME)


HANDLERS = [messages, read]
