"""What the pages under a figure share: cuts to narrow by, what is narrowed, rows of cases."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from pengcheng.engines.cases import CaseLine
from pengcheng.kernel.areas import area_level, code_of
from pengcheng.kernel.registry import RecordType
from pengcheng.portals import kit
from pengcheng.portals.categories import last_text
from pengcheng.portals.shenzhihui.asked import NONE_AREA, Asked
from pengcheng.portals.shenzhihui.names import Names, area_code_of

ROWS_MAX = 60
CASES_SHOWN = 25
CLEARED: Mapping[str, Any] = {"cursor": None, "play": None, "screen": None, "layer": None,
                              "level": None}  # fmt: skip


def cuts_of(asked: Asked, cuts: Sequence[str]) -> list[str]:
    """The dimensions that still tell something: what is narrowed to one value is not cut by."""
    narrowed = asked.narrow
    level = area_level(narrowed.area) if narrowed.area and narrowed.area != NONE_AREA else ""
    gone = {
        "district": bool(narrowed.area),
        "area": narrowed.area == NONE_AREA or level in {"sub_district", "community", "grid"},
        "unit": bool(narrowed.unit),
        "category": narrowed.category is not None,
        "day": asked.first == asked.last,
        "hour": asked.first != asked.last,
    }
    return [cut for cut in cuts if not gone.get(cut)]


def tabs_of(asked: Asked, cuts: Sequence[str], names: Names) -> list[dict[str, str]]:
    """One tab for each dimension."""
    return [
        {"code": cut, "text": names.say(f"h.cut.{cut}"), "href": asked.address(by=cut, cursor=None)}
        for cut in cuts
    ]


def narrowing(asked: Asked, cut: str, key: Any, names: Names) -> str | None:
    """The address of the view narrowed to one row of a cut; None where there is no such view."""
    if cut == "day" and isinstance(key, date):
        return asked.address(**CLEARED, day=key.isoformat(), to=None, by=None)
    if cut in {"area", "district"} and isinstance(key, int):
        # A row of what is known only to the district is not the district.
        levels = {"district"} if cut == "district" else {"sub_district"}
        is_known = key <= 0 or area_level(code_of(key)) in levels
        return asked.address(**CLEARED, area=area_code_of(key), by=None) if is_known else None
    if cut == "unit":
        unit = names.unit_key(int(str(key)))
        return asked.address(**CLEARED, unit=unit, by=None) if unit else None
    if cut == "category":
        return asked.address(**CLEARED, category=str(key), by=None)
    return None


def head_of(cut: str, names: Names) -> str:
    """The head of the column that names the rows of a cut."""
    return names.say(f"h.column.{'area' if cut == 'district' else cut}") if cut else ""


def named(cut: str, key: Any, names: Names, type_: RecordType) -> str:
    """A row of a cut by name."""
    if cut == "day" and isinstance(key, date):
        return names.day(key)
    if cut == "hour":
        return f"{key}:00" if isinstance(key, int) and key >= 0 else names.say("h.none.hour")
    if cut == "unit":
        return names.unit(int(str(key)))
    if cut == "category":
        return names.category(type_, str(key))
    return names.area(int(str(key)), short=cut == "district")


def link(text: str, href: str | None) -> str | Markup:
    """A cell that opens, where it does."""
    return Markup('<a href="{}">{}</a>').format(href, text) if href else text


def chips_of(
    asked: Asked, names: Names, type_: RecordType,
    category: Callable[[Any, Names], str] | None = None,
) -> list[dict[str, str]]:  # fmt: skip
    """What the view is narrowed to, each with the way back; `category` names a category."""
    narrowed, found = asked.narrow, []
    if narrowed.area:
        number = int(f"{narrowed.area:0<15}") if narrowed.area != NONE_AREA else None
        found.append(
            {"text": names.area(number, short=False), "href": asked.address(area=None, cursor=None)}
        )
    if narrowed.unit:
        unit = names.services.organisations.by_key(narrowed.unit)
        text = unit.name.in_(names.language) if unit else narrowed.unit
        found.append({"text": text, "href": asked.address(unit=None, cursor=None)})
    if narrowed.category is not None:
        code = narrowed.category
        text = category(code, names) if category else names.category(type_, code)
        found.append({"text": text, "href": asked.address(category=None, cursor=None)})
    if asked.at is not None:
        text = names.say("h.as_of", hour=asked.at)
        found.append({"text": text, "href": asked.address(at=None, cursor=None)})
    return found


def case_row(line: CaseLine, kind: str, names: Names) -> list[Any]:
    """One case: number, matter, where, who, when, how its time stands."""
    services = names.services
    left: Any = names.say("left.done")
    if line.open and line.clock == "suspended":
        left = names.say("left.paused")
    elif line.open and line.due_at is not None:
        left = kit.remaining(line.due_at, services.clock.now())
    return [
        link(line.code, f"/e/case/{kind}/{line.code}"),
        line.title,
        names.area(line.area_no, short=False),
        names.unit(line.organisation_no),
        last_text(services.registry, kind, line.category, names.language)
        or names.say("h.none.category"),
        line.accepted_at,
        left,
    ]


def case_columns(names: Names) -> list[dict[str, str]]:
    """The heads of `case_row`."""
    heads = ("code", "title", "area", "unit", "category", "accepted", "time")
    return [{"text": names.say(f"h.column.{head}")} for head in heads]
