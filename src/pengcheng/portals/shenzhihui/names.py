"""Numbers and codes as a reader knows them: areas, units, categories, channels, days, figures."""

from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from pengcheng.edge.services import Services
from pengcheng.engines.identity import Organisation
from pengcheng.kernel.areas import area_level, code_of
from pengcheng.kernel.errors import ensure
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import RecordType
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import environment
from pengcheng.portals.shenzhihui.asked import NONE_AREA


class Names:
    """Names in one reader's language."""

    def __init__(self, services: Services, language: Language) -> None:
        self.services = services
        self.language = language
        self._units = {item.no: item for item in services.organisations.all()}

    def say(self, key: str, **facts: Any) -> str:
        """A text of words.yaml by its key; a key that is not there is our fault."""
        words = environment().globals["words"]
        ensure(key in words, f"no text {key} in words.yaml")
        return str(words[key].fill(self.language, facts))

    def organisation(self, number: int) -> Organisation | None:
        return self._units.get(number)

    def unit(self, number: int) -> str:
        """An organisation by its number."""
        found = self._units.get(number)
        return found.name.in_(self.language) if found else self.say("h.none.unit")

    def unit_key(self, number: int) -> str:
        found = self._units.get(number)
        return found.key if found else ""

    def area(self, number: int | None, *, short: bool = True) -> str:
        """A district or sub-district; `short` leaves out what a map has no room for."""
        if number is None or number <= 0:
            return self.say("h.none.area")
        code = code_of(number)
        if area_level(code) == "city":
            return self.say("h.none.district")
        if short and area_level(code) in {"district", "sub_district"}:
            return self.services.areas.of(code).name.in_(self.language)
        return self.services.areas.name_of(code).in_(self.language)

    def label(self, number: int) -> str:
        """A name on a map: without 区 or 街道, which the level tells."""
        name = self.area(number)
        if self.language == "en":
            return name.removesuffix(" District").removesuffix(" Sub-district")
        short = name.removesuffix("街道").removesuffix("新区").removesuffix("区")
        return short if len(short) > 1 else name

    def category(self, type_: RecordType, code: str | None) -> str:
        """A category of cases of a type, by its path or its first level."""
        if not code:
            return self.say("h.none.category")
        first, *_ = code.split("/")
        for item in type_.attributes:
            found = self.services.registry.code_lists.get(item.code_list or "")
            label = found.label_of(first) if found else None
            if label is not None:
                return label.in_(self.language)
        return first

    def channel(self, type_: RecordType, code: str) -> str:
        """A channel by which cases arrive."""
        item = type_.attribute("channel")
        lists = self.services.registry.code_lists
        found = lists.get(item.code_list or "") if item else lists.get("channels")
        label = found.label_of(code) if found else None
        if label is not None:
            return label.in_(self.language)
        key = f"h.channel.{code}"
        return self.say(key) if key in environment().globals["words"] else code

    def weekday(self, day: date) -> str:
        """周六, Saturday."""
        return self.say(f"h.weekday.{day.isoweekday()}")

    def day(self, day: date) -> str:
        """11月21日 星期六 in short."""
        return self.say("h.day", month=day.month, day=day.day, weekday=self.weekday(day),
                        month_name=self.say(f"h.month.{day.month}"), year=day.year)  # fmt: skip

    def value(self, declared: Indicator, value: float | None) -> str:
        """A figure in its unit, without the unit."""
        if value is None:
            return self.say("number.none")
        if declared.measure in {"count", "sum"}:
            return count_text(value)
        return f"{value:,.1f}".removesuffix(".0")

    def measure(self, declared: Indicator) -> str:
        """The unit after a figure."""
        if declared.unit == "件":
            return self.say("h.unit.cases")
        return declared.unit


def count_text(value: float) -> str:
    """A count with its thousands."""
    return f"{round(value):,}"


def clock_of(moment: datetime) -> Markup:
    """A moment of today to the second, for how fresh a screen is."""
    local = moment.astimezone(CITY_ZONE)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), f"{local:%H:%M:%S}")


def area_code_of(number: int) -> str:
    """The code that an address narrows by; what has no place is asked for as such."""
    return code_of(number) if number > 0 else NONE_AREA
