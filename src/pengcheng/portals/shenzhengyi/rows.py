"""Cases as lines of a list: time left, where, what is urgent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Case, CaseLine
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.areas import area_level, code_of
from pengcheng.kernel.words import Language
from pengcheng.portals import kit
from pengcheng.portals.kit import Remaining
from pengcheng.portals.shenzhengyi.texts import say


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list, as the template draws it."""

    code: str
    title: str
    href: str
    left: Remaining | None
    note: str
    where: str
    badge: str
    sub: str
    current: bool
    value: str


def remaining_of(case: Case | CaseLine, now: datetime, calendar: Calendar) -> Remaining | None:
    """What is left of a case's clock, in the unit that a person would say."""
    if not case.open:
        return Remaining(state="done")
    if case.clock == "suspended":
        return Remaining(state="paused")
    if case.due_at is None or case.replied_at is not None:
        # Once answered, the clock is the author's time to rate; no official is late of it.
        return None
    days = calendar.working_days_between(now, case.due_at) if case.due_at > now else None
    found = kit.remaining(case.due_at, now, working_days=days)
    if found.state == "good" and case.watch_at is not None and case.watch_at <= now:
        return msgspec.structs.replace(found, state="watch")
    return found


def short_area(services: Services, number: int | None, language: Language) -> str:
    """The last part of where a case is: the sub-district, else the district; "" if unknown."""
    if number is None:
        return ""
    code = code_of(number)
    if area_level(code) in {"grid", "community"}:
        code = f"{code[:9]}000"
    name = services.areas.of(code).name.in_(language)
    return name.removesuffix("街道" if language == "zh" else " Sub-district")


def rows_of(
    services: Services, lines: Sequence[CaseLine], language: Language, calendar: Calendar,
    *, href: Any, current: str = "",
) -> list[Row]:  # fmt: skip
    """The lines of a page. `href` gives the address of a code."""
    now = services.clock.now()
    return [
        Row(
            code=line.code,
            title=line.title,
            href=href(line.code),
            left=remaining_of(line, now, calendar),
            note=say("e.row.answered", language) if line.open and line.replied_at else "",
            where=short_area(services, line.area_no, language),
            badge=_badge(line, language),
            sub="",
            current=line.code == current,
            value=f"{line.code}:{line.version}",
        )
        for line in lines
    ]


def _badge(line: CaseLine, language: Language) -> str:
    if line.supervised:
        return say("e.row.supervised", language)
    if line.urgency:
        return say(f"e.urgency.{min(line.urgency, 2)}", language)
    return ""
