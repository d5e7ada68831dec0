"""What the address bar asks of a command screen: a link to a view is the view."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from pengcheng.edge.asking import YEARS, AnyRequest, services_of
from pengcheng.kernel.areas import area_level, area_span, is_area_code
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.time import CITY_ZONE, city_day

HOURS = 24
SPAN_DAYS_MAX = 92
NONE_AREA = "none"
"""The area of what has no known place."""
SCREENS = ("large", "middle", "small")


class Narrow(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure is narrowed to: an area by code, an organisation by key, a category."""

    area: str = ""
    unit: str = ""
    category: str | None = None

    @property
    def area_span(self) -> tuple[int, int] | None:
        """The numbers of the area and all beneath it."""
        if self.area == NONE_AREA:
            return -1, 0
        return area_span(self.area) if self.area else None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A view of the command portal: days [first, last], until which hour (None: now), narrowed."""

    path: str
    today: date
    hour_now: int
    first: date
    last: date
    at: int | None = None
    narrow: Narrow = Narrow()
    others: Mapping[str, str] = msgspec.field(default_factory=dict)

    def option(self, name: str, allowed: tuple[str, ...], otherwise: str = "") -> str:
        """A choice of the view; what is not among the allowed is the default."""
        found = self.others.get(name, otherwise)
        return found if found in allowed else otherwise

    @property
    def is_today(self) -> bool:
        return self.first == self.last == self.today

    @property
    def moment(self) -> datetime | None:
        """The moment that the view shows; None for now."""
        if self.at is None and self.is_today:
            return None
        midnight = datetime.combine(self.last, datetime.min.time(), CITY_ZONE)
        return midnight + timedelta(hours=self.until)

    @property
    def until(self) -> int:
        """The hour up to which the day is shown, exclusive."""
        return self.at if self.at is not None and self.first == self.last else HOURS

    @property
    def full_hours(self) -> int:
        """How many whole hours of the day are over in this view: what may be compared."""
        if self.at is not None:
            return min(self.at, self.hour_now) if self.last == self.today else self.at
        return self.hour_now if self.last == self.today else HOURS

    def address(self, path: str = "", **changes: Any) -> str:
        """The address of this view with some of it changed; None takes a part away."""
        parts: dict[str, Any] = dict(self.others)
        if not self.is_today:
            parts["day"] = self.first.isoformat()
            if self.last != self.first:
                parts["to"] = self.last.isoformat()
        parts |= {"at": self.at, "area": self.narrow.area or None, "unit": self.narrow.unit or None}
        parts |= {"category": self.narrow.category} | changes
        kept = {name: str(value) for name, value in parts.items() if value is not None}
        return (path or self.path) + (f"?{urlencode(kept)}" if kept else "")


_OTHERS = (
    "screen", "layer", "level", "by", "state", "met", "channel", "cursor", "play",
)  # fmt: skip


def asked_of(request: AnyRequest, *, keep: tuple[str, ...] = _OTHERS) -> Asked:
    """The view that a request asks for; every fault of it at once."""
    services, given = services_of(request), request.query_params
    now = services.clock.now()
    today = city_day(now)
    faults: list[Fault] = []
    first = _day(given.get("day"), "/day", today, faults)
    last = _day(given.get("to"), "/to", first, faults)
    if last < first or last - first > timedelta(days=SPAN_DAYS_MAX):
        faults.append(Fault(path="/to", code="date.form", facts={"field": "to"}))
    at = given.get("at")
    if at is not None and not (at.isdecimal() and len(at) <= 2 and int(at) <= HOURS):
        faults.append(Fault(path="/at", code="number.range", facts={"low": 0, "high": HOURS}))
    area, unit = given.get("area", ""), given.get("unit", "")
    if area and area != NONE_AREA and not is_area_code(area):
        faults.append(Fault(path="/area", code="area.code"))
    if unit and services.organisations.by_key(unit) is None:
        faults.append(Fault(path="/unit", code="reference.unknown", facts={"given": unit[:60]}))
    if faults:
        raise invalid(*faults)
    if area and area != NONE_AREA and area_level(area) == "city":
        area = ""
    category = given.get("category")
    narrow = Narrow(area=area, unit=unit, category=category[:60] if category else category)
    return Asked(
        path=request.scope["path"], today=today, hour_now=now.astimezone(CITY_ZONE).hour,
        first=first, last=last, at=int(at) if at is not None else None,
        narrow=narrow,
        others={name: given[name][:600] for name in keep if given.get(name)},
    )  # fmt: skip


def _day(text: str | None, path: str, otherwise: date, faults: list[Fault]) -> date:
    if not text:
        return otherwise
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        faults.append(Fault(path=path, code="date.form", facts={"field": path[1:]}))
        return otherwise
    return day
