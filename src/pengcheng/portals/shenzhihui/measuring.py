"""Figures of a view with what they are compared with: the same weekday last week, as far as the
hours that are over; how they run through the day; and by what they are made up."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.indicators import Figure, is_met
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.indicators import Indicator
from pengcheng.portals.shenzhihui.asked import HOURS, Asked, Narrow
from pengcheng.portals.shenzhihui.names import Names, count_text

WEEK = timedelta(days=7)


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison in words; `direction` up or down (none when equal or not comparable)."""

    text: str
    direction: str = ""
    state: str = ""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, the same one before, and how they ran hour by hour (24 each)."""

    declared: Indicator
    now: Figure
    before: Figure
    compared: Figure
    hours: tuple[tuple[float, float], ...] = ()
    hours_before: tuple[tuple[float, float], ...] = ()

    @property
    def state(self) -> str:
        """good, watch or late by target and warning; "" without a target or a figure."""
        return state_of(self.declared, self.now)


def state_of(declared: Indicator, figure: Figure) -> str:
    """How a figure stands to its target and its warning."""
    met = is_met(declared, figure)
    if not met:
        return ""
    if met.get("target"):
        return "good"
    return "watch" if met.get("warning", True) else "late"


class Measuring:
    """Reads figures for one reader and one view."""

    def __init__(self, services: Services, scope: Scope, asked: Asked, names: Names) -> None:
        self.services = services
        self.scope = scope
        self.asked = asked
        self.names = names

    def narrowed(self, narrow: Narrow | None = None) -> dict[str, Any]:
        """The narrowing as the engine takes it."""
        shown = narrow or self.asked.narrow
        unit = self.services.organisations.by_key(shown.unit) if shown.unit else None
        return {
            "area": shown.area_span,
            "unit": (unit.no, unit.no + 1) if unit else None,
            "category": shown.category,
        }

    def within(self) -> dict[str, Any]:
        """The narrowing by what one counts for: the very keys of the figure."""
        return {name: value for name, value in self.narrowed().items() if value is not None}

    @property
    def days(self) -> tuple[date, date]:
        return self.asked.first, self.asked.last

    @property
    def days_before(self) -> tuple[date, date]:
        """The same weekdays a week (or as many weeks as the span is long) before."""
        span = (self.asked.last - self.asked.first).days // 7 + 1
        return self.asked.first - span * WEEK, self.asked.last - span * WEEK

    async def by(
        self, declared: Indicator, cut: str, days: tuple[date, date] | None = None,
        hours: tuple[int, int] | None = None,
    ) -> list[Figure]:  # fmt: skip
        """An indicator by a dimension, in the view or in other days."""
        return await self.services.indicators.figures(
            self.scope, declared.name, days or self.days, cut,
            hours=hours or (0, self.asked.until), **self.narrowed(),
        )  # fmt: skip

    async def measure(self, declared: Indicator) -> Measured:
        """An indicator in the view, compared; one day in hours, more days as a whole."""
        if not declared.hourly:
            whole, former = await asyncio.gather(
                self._whole(declared, self.days), self._whole(declared, self.days_before)
            )
            return Measured(declared=declared, now=whole, compared=whole, before=former)
        hours, before = await asyncio.gather(
            self.by(declared, "hour", hours=(0, HOURS)),
            self.by(declared, "hour", self.days_before, (0, HOURS)),
        )
        made = _row(hours), _row(before)
        full = self.asked.full_hours if self.asked.first == self.asked.last else HOURS
        return Measured(
            declared=declared,
            now=_sum(declared, made[0][: self.asked.until]),
            compared=_sum(declared, made[0][:full]),
            before=_sum(declared, made[1][:full]),
            hours=made[0],
            hours_before=made[1],
        )

    async def _whole(self, declared: Indicator, days: tuple[date, date]) -> Figure:
        return await self.services.indicators.figure(
            self.scope, declared.name, days, **self.narrowed()
        )

    async def measure_all(self, shown: Sequence[Indicator]) -> dict[str, Measured]:
        """Several indicators at once, by name."""
        made = await asyncio.gather(*(self.measure(item) for item in shown))
        return {item.declared.name: item for item in made}

    def before_name(self) -> str:
        """上周六, last Friday; a longer span is compared with the one before."""
        if self.asked.first != self.asked.last:
            return self.names.say("h.before.span")
        return self.names.say("h.before.weekday", weekday=self.names.weekday(self.asked.first))

    def _day_before(self) -> str:
        """The same weekday a week ago, for what is told for whole days."""
        if self.asked.first != self.asked.last:
            return self.before_name()
        return self.names.say("h.record.before", weekday=self.names.weekday(self.asked.first))

    def trend(self, measured: Measured) -> Trend:
        """The comparison in words."""
        say, declared = self.names.say, measured.declared
        before = self.before_name() if declared.hourly else self._day_before()
        now, then = measured.compared.value, measured.before.value
        if then is None or now is None or measured.before.denominator == 0:
            return Trend(text=say("h.trend.none", before=before))
        difference = now - then
        is_share = declared.measure == "share"
        is_whole = declared.measure in {"count", "sum"}
        size = count_text(abs(difference)) if is_whole else f"{abs(difference):,.1f}"
        if float(size.replace(",", "")) == 0:
            return Trend(text=say("h.trend.same", before=before))
        direction = "up" if difference > 0 else "down"
        is_welcome = (difference > 0) == (declared.better == "higher")
        key = f"h.trend.{'points' if is_share else 'count'}.{direction}"
        return Trend(
            text=say(key, before=before, size=size, unit=self.names.measure(declared)),
            direction=direction,
            state="good" if is_welcome else "watch",
        )

    def running(self, measured: Measured) -> dict[str, Any]:
        """The chart of a share through the day: what it was at the end of each hour."""
        until = self.asked.until if self.asked.last != self.asked.today else self.asked.hour_now + 1
        until = min(until, self.asked.until)
        now = _running(measured.declared, measured.hours)[:until]
        before = _running(measured.declared, measured.hours_before)
        return self._chart(measured, now, before)

    def hourly(self, measured: Measured) -> dict[str, Any]:
        """The bars of a count by the hour; the hours to come as they were the week before."""
        until = min(self.asked.until, self.asked.hour_now + 1 if self.asked.is_today else HOURS)
        values = [round(n) for n, _ in measured.hours]
        series = [
            {"name": self.names.say("h.series.now"),
             "values": [v if hour < until else None for hour, v in enumerate(values)]}
        ]  # fmt: skip
        if any(n for n, _ in measured.hours_before[until:]):
            series.append(
                {"name": self.names.say("h.series.estimate", before=self.before_name()),
                 "style": "estimate",
                 "values": [round(n) if hour >= until else None
                            for hour, (n, _) in enumerate(measured.hours_before)]}
            )  # fmt: skip
        return {"labels": [f"{hour}:00" for hour in range(HOURS)], "stacked": True,
                "series": series}  # fmt: skip

    def _chart(
        self, measured: Measured, now: list[float | None], before: list[float | None]
    ) -> dict[str, Any]:
        declared = measured.declared
        series: list[dict[str, Any]] = [
            {"name": self.names.say("h.series.now"), "values": now, "style": "now"}
        ]
        if any(value is not None for value in before):
            series.append({"name": self.before_name(), "values": before, "style": "before"})
        shown: dict[str, Any] = {
            "labels": [f"{hour + 1}:00" for hour in range(HOURS)],
            "series": series,
        }
        known = [value for value in [*now, *before] if value is not None]
        if declared.target is not None:
            known.append(declared.target)
            shown["target"] = {
                "value": declared.target,
                "text": self.names.say("figure.target", target=f"{declared.target:g}"),
            }
        if known and declared.measure == "share":
            shown["to"] = 100
            shown["from"] = max(0, int(min(known) // 10 * 10) - (10 if min(known) >= 10 else 0))
        return shown


def _row(found: Sequence[Figure]) -> tuple[tuple[float, float], ...]:
    """Figures by hour as 24 pairs; what has no hour counts in the first."""
    row = [(0.0, 0.0)] * HOURS
    for item in found:
        hour = item.key if isinstance(item.key, int) and 0 <= item.key < HOURS else 0
        row[hour] = (row[hour][0] + item.numerator, row[hour][1] + item.denominator)
    return tuple(row)


def _sum(declared: Indicator, row: Sequence[tuple[float, float]]) -> Figure:
    return figure_of(declared, sum(n for n, _ in row), sum(d for _, d in row))


def _running(declared: Indicator, row: Sequence[tuple[float, float]]) -> list[float | None]:
    found: list[float | None] = []
    n = d = 0.0
    for more_n, more_d in row:
        n, d = n + more_n, d + more_d
        value = figure_of(declared, n, d).value
        found.append(None if value is None else round(value, 1))
    return found


def figure_of(declared: Indicator, numerator: float, denominator: float) -> Figure:
    """Sums as a figure in the indicator's unit."""
    value = declared.of_sums(numerator, denominator)
    return Figure(
        indicator=declared.name, value=value, numerator=numerator, denominator=denominator
    )


def together(
    declared: Indicator, found: Sequence[Figure], key: Callable[[Figure], Any]
) -> list[Figure]:
    """Figures that share a key, as one each, the largest first."""
    sums: dict[Any, tuple[float, float]] = {}
    for item in found:
        n, d = sums.get(key(item), (0.0, 0.0))
        sums[key(item)] = (n + item.numerator, d + item.denominator)
    made = [
        msgspec.structs.replace(figure_of(declared, n, d), key=name)
        for name, (n, d) in sums.items()
        if d or n
    ]
    return sorted(made, key=lambda item: (-item.denominator, str(item.key)))
