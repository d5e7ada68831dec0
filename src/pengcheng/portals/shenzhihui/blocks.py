"""Cards of packs as blocks: a question in words, a figure, its trend, exceptions by name."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.cases import CaseQuery, EventLine, Flow, Standings, event_names
from pengcheng.engines.indicators import Figure
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import RecordType, Screen
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Words
from pengcheng.portals.shenzhihui.asked import Asked
from pengcheng.portals.shenzhihui.measuring import Measured, Measuring, state_of, together
from pengcheng.portals.shenzhihui.names import count_text
from pengcheng.portals.shenzhihui.record_rows import cut_name, key_name, of_cases
from pengcheng.portals.shenzhihui.seeing import case_scope

NAMED = 4
FLOW_UNITS, FLOW_CHANNELS = 6, 5
LINE_DAYS = 14
HOT_DAYS = 14


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What the template draws of one card."""

    name: str
    question: str
    value: str
    unit: str = ""
    href: str = ""
    trend: str = ""
    trend_direction: str = ""
    trend_state: str = ""
    target: str = ""
    note: str = ""
    exceptions: tuple[Mapping[str, str], ...] = ()
    bars: tuple[Mapping[str, Any], ...] = ()
    bars_label: str = ""
    chart: Mapping[str, Any] | None = None
    more: Mapping[str, str] | None = None


class Blocks:
    """Makes the blocks of one view for one reader."""

    def __init__(
        self, request: AnyRequest, actor: Actor, measuring: Measuring,
        standings: Mapping[str, Standings],
    ) -> None:  # fmt: skip
        self.request = request
        self.actor = actor
        self.m = measuring
        self.names = measuring.names
        self.registry = measuring.services.registry
        self.asked: Asked = measuring.asked
        self.standings = standings

    async def of(self, cards: Sequence[Screen]) -> list[Block]:
        """The blocks of cards, in their order."""
        return list(await asyncio.gather(*(self._of(card) for card in cards)))

    async def _of(self, card: Screen) -> Block:
        question = _words(card.options.get("question"), card.label).in_(self.names.language)
        if card.of in self.registry.event_kinds and not card.options.get("indicator"):
            return await self._events(card, question)
        declared = self.registry.indicators[str(card.options.get("indicator"))]
        measured = await self.m.measure(declared)
        trend = self.m.trend(measured)
        plain = Block(
            name=card.name,
            question=question,
            value=self.names.value(declared, measured.now.value),
            unit=self.names.measure(declared) if measured.now.value is not None else "",
            href=self.asked.address(f"/h/figures/{declared.name}", play=None, screen=None),
            trend=trend.text,
            trend_direction=trend.direction,
            trend_state=trend.state,
            target=f"{declared.target:g}{declared.unit}" if declared.target is not None else "",
        )
        drawn = {"flow": self._flow, "line": self._line, "bar": self._bar, "map": self._map}
        chosen = drawn.get(str(card.options.get("chart")), self._map)
        if not declared.hourly and chosen != self._bar:
            chosen = self._line
        more = await chosen(card, measured)
        if more.get("chart", {}).get("data", {}).get("target"):
            more["target"] = ""
        return msgspec.structs.replace(plain, **more)

    async def _map(self, card: Screen, measured: Measured) -> dict[str, Any]:
        """Through the day; by name the units that are late now."""
        is_live = self.asked.at is None and self.asked.is_today
        found = self.standings.get(measured.declared.of) if is_live else None
        late = sorted(found.unit.items(), key=lambda item: -item[1].late)[:3] if found else []
        return {
            "chart": self._drawn(card, "line", self.m.running(measured), measured.declared),
            "exceptions": tuple(
                {
                    "text": self.names.unit(number),
                    "note": self.names.say("h.late", n=standing.late),
                    "state": "late",
                    "href": self.asked.address(
                        f"/h/open/{measured.declared.of}", state="late", at=None, play=None,
                        screen=None, layer=None, unit=self.names.unit_key(number) or None,
                    ),
                }
                for number, standing in late
                if standing.late
            ),
        }  # fmt: skip

    async def _line(self, card: Screen, measured: Measured) -> dict[str, Any]:
        """Day by day for a fortnight."""
        declared, last = measured.declared, self.asked.last
        days = [last - timedelta(days=back) for back in reversed(range(LINE_DAYS))]
        found = {item.key: item for item in await self.m.by(declared, "day", (days[0], last))}
        values = [_rounded(found.get(day)) for day in days]
        data: dict[str, Any] = {
            "labels": [f"{day.month}/{day.day}" for day in days],
            "series": [{"name": declared.label.in_(self.names.language), "values": values,
                        "style": "now"}],
        }  # fmt: skip
        if (
            declared.measure == "share"
            and max((v for v in values if v is not None), default=0) > 50
        ):
            least = min(v for v in values if v is not None)
            data |= {"from": max(0, int(least // 10 * 10) - 10), "to": 100}
        if declared.target is not None:
            text = self.names.say("figure.target", target=f"{declared.target:g}")
            data["target"] = {"value": declared.target, "text": text}
        return {"chart": self._drawn(card, "line", data, declared)}

    async def _bar(self, card: Screen, measured: Measured) -> dict[str, Any]:
        """The worst by a dimension, with how many of how many."""
        declared = measured.declared
        if not of_cases(self.registry, declared) and declared.measure != "share":
            return await self._parts(card, measured)
        cut = str(card.options.get("by", "unit"))
        found = [item for item in await self.m.by(declared, cut) if item.denominator]
        found.sort(key=lambda item: (-_missed(declared, item), str(item.key)))
        worst = [item for item in found if _missed(declared, item)][:NAMED]
        if cut == "unit":
            return await self._line(card, measured) | {
                "exceptions": tuple(self._unit(declared, item) for item in worst),
                "note": self.names.say("h.worst.unit" if worst else "h.no_exceptions"),
            }
        bars = tuple(
            {
                "text": self._named(declared, cut, item),
                "value": f"{item.value or 0:,.0f}%" if declared.unit == "%" else item.value,
                "share": (item.value or 0) / 100,
                "note": f"{count_text(item.numerator)}/{count_text(item.denominator)}",
                "href": self._narrowing(declared, cut, item),
            }
            for item in worst
        )
        note = "" if bars else self.names.say("h.no_exceptions")
        label = cut_name(self.registry, declared, "category", self.names)
        label = label if cut == declared.category else self.names.say(f"h.worst.{cut}")
        return {"bars": bars, "bars_label": label, "note": note}

    async def _parts(self, card: Screen, measured: Measured) -> dict[str, Any]:
        """What is most among the parts of a figure of records, and how it went."""
        declared, cut = measured.declared, str(card.options.get("by", "district"))
        found = [item for item in await self.m.by(declared, cut) if item.value]
        found.sort(key=lambda item: (-(item.value or 0), str(item.key)))
        top = max((item.value or 0 for item in found), default=1)
        bars = tuple(
            {
                "text": self._named(declared, cut, item),
                "value": self.names.value(declared, item.value),
                "share": (item.value or 0) / top,
                "note": "",
                "href": self._narrowing(declared, cut, item),
            }
            for item in found[:NAMED]
        )
        note = "" if bars else self.names.say("h.none_yet")
        return {"bars": bars, "bars_label": "", "note": note}

    def _unit(self, declared: Indicator, item: Figure) -> dict[str, str]:
        """A unit's name is too long for a bar: its figure stands at the end of the line."""
        return {
            "text": self.names.unit(int(str(item.key))),
            "note": self.names.say(
                "h.share_of", value=f"{item.value or 0:,.0f}%", met=count_text(item.numerator),
                among=count_text(item.denominator),
            ),
            "state": state_of(declared, item),
            "href": self._narrowing(declared, "unit", item),
        }  # fmt: skip

    def _named(self, declared: Indicator, cut: str, item: Figure) -> str:
        if cut == "unit":
            return self.names.unit(int(str(item.key)))
        if cut in {"category", declared.category}:
            return key_name(declared, "category", item.key, self.names)
        return self.names.area(int(str(item.key)))

    def _narrowing(self, declared: Indicator, cut: str, item: Figure) -> str:
        changes: dict[str, Any] = {"play": None, "screen": None}
        if cut == "unit":
            changes["unit"] = self.names.unit_key(int(str(item.key))) or None
        if cut in {"category", declared.category}:
            changes["category"] = str(item.key)
        return self.asked.address(f"/h/figures/{declared.name}", **changes)

    async def _flow(self, card: Screen, measured: Measured) -> dict[str, Any]:
        """From channels to units; small ones are taken together, so that the sums agree."""
        kind = measured.declared.of
        type_ = self.registry.types[kind]
        query = self.arrivals(kind)
        scope = case_scope(self.request, self.actor, kind)
        found = await self.m.services.overseeing.flow(scope, query)
        data = flow_data(found, self.m, type_)
        if not data["links"]:
            return {"note": self.names.say("h.none_yet")}
        href = self.asked.address(f"/h/flow/{kind}", play=None, screen=None)
        more = {"text": self.names.say("h.flow.open"), "href": href}
        return {
            "chart": self._drawn(card, "flow", data, measured.declared, "normal"),
            "more": more,
        }

    def arrivals(self, kind: str) -> CaseQuery:
        """The cases that arrived within the view, narrowed as it is."""
        narrowed = self.m.narrowed()
        start = datetime.combine(self.asked.first, datetime.min.time(), CITY_ZONE)
        end = datetime.combine(self.asked.last, datetime.min.time(), CITY_ZONE)
        return CaseQuery(
            kind=kind,
            state="all",
            order="accepted",
            accepted=(start, end + timedelta(hours=self.asked.until)),
            area=narrowed["area"],
            unit=narrowed["unit"],
            category=narrowed["category"],
        )

    async def _events(self, card: Screen, question: str) -> Block:
        """Hot topics: what many report at once, and the categories that grew most."""
        event = self.registry.event_kinds[str(card.of)]
        kind = event.joins or ""
        services = self.m.services
        scope = services.rights.scope(self.actor, "read", event.type)
        kinds, since = (
            event_names(event.type, kind),
            services.clock.now() - timedelta(days=HOT_DAYS),
        )
        events, bars = await asyncio.gather(
            services.overseeing.events(scope, kinds, since, area=self.m.narrowed()["area"]),
            self._growing(kind),
        )
        grows = any(item["state"] for item in bars)
        many = [item for item in events if item.cases >= event.at_least]
        return Block(
            name=card.name,
            question=question,
            value=count_text(len(many)),
            unit=self.names.say("h.unit.events"),
            href=self.asked.address(f"/h/events/{event.type}", play=None, screen=None, at=None),
            trend=self.names.say("h.events.joined", n=sum(item.cases for item in many)),
            exceptions=tuple(self._event(event.type, item) for item in many[:3]),
            bars=bars,
            bars_label=self.names.say("h.growing" if grows else "h.most") if bars else "",
        )

    def _event(self, type_name: str, item: EventLine) -> dict[str, str]:
        street = self.names.area(_street(item.area_no)) if item.area_no else ""
        return {
            "text": self.names.say("comma").join(filter(None, (street, item.title))),
            "note": self.names.say("h.cases", n=item.cases),
            "state": "watch",
            "href": f"/h/events/{type_name}/{item.code}",
        }

    async def _growing(self, kind: str) -> tuple[Mapping[str, Any], ...]:
        """Categories of a kind with the greatest growth against the same weekday last week."""
        counts = [
            item for item in self.registry.indicators.values()
            if item.of == kind and item.measure == "count" and "category" in item.by
        ]  # fmt: skip
        if not counts:
            return ()
        declared, full = counts[0], self.asked.full_hours
        now, before = await asyncio.gather(
            self.m.by(declared, "category"),
            self.m.by(declared, "category", self.m.days_before, (0, full)),
        )
        compared = await self.m.by(declared, "category", hours=(0, full))
        then = {item.key: item.numerator for item in before}
        same = {item.key: item.numerator for item in compared}
        type_ = self.registry.types[kind]
        found = sorted(
            together(declared, now, lambda item: item.key),
            key=lambda item: (-(same.get(item.key, 0) - then.get(item.key, 0)), -item.numerator),
        )[:NAMED]
        top = max((item.numerator for item in found), default=1) or 1
        return tuple(
            {
                "text": self.names.category(type_, str(item.key)),
                "value": count_text(item.numerator),
                "share": item.numerator / top,
                "note": self._grown(same.get(item.key, 0) - then.get(item.key, 0)) if then else "",
                "state": "watch" if then and same.get(item.key, 0) > then.get(item.key, 0) else "",
                "href": self.asked.address(
                    f"/h/figures/{declared.name}", category=str(item.key), play=None, screen=None
                ),
            }
            for item in found
        )

    def _grown(self, difference: float) -> str:
        key = "h.more" if difference > 0 else "h.less" if difference < 0 else "h.same"
        return self.names.say(key, n=count_text(abs(difference)))

    def _drawn(
        self, card: Screen, kind: str, data: Mapping[str, Any], declared: Indicator,
        height: str = "short",
    ) -> dict[str, Any]:  # fmt: skip
        return {
            "title": declared.label.in_(self.names.language), "kind": kind, "data": data,
            "unit": self.names.measure(declared), "height": height, "id": f"chart-{card.name}",
        }  # fmt: skip


def flow_data(found: Sequence[Flow], measuring: Measuring, type_: RecordType) -> dict[str, Any]:
    """Nodes and links of a flow diagram: the largest channels and units, the rest together."""
    names = measuring.names
    channels = _largest((item.channel, item.count) for item in found)[:FLOW_CHANNELS]
    units = _largest((item.unit, item.count) for item in found)[:FLOW_UNITS]
    links: dict[tuple[str, str], int] = {}
    for item in found:
        source = (
            names.channel(type_, item.channel) if item.channel in channels
            else names.say("h.flow.other_channels")
        )  # fmt: skip
        target = names.unit(item.unit) if item.unit in units else names.say("h.flow.other_units")
        links[source, target] = links.get((source, target), 0) + item.count
    nodes = dict.fromkeys([pair[0] for pair in links] + [pair[1] for pair in links])
    ordered = sorted(links.items(), key=lambda item: -item[1])
    return {
        "nodes": list(nodes),
        "links": [{"from": a, "to": b, "value": n} for (a, b), n in ordered],
    }


def _largest(found: Any) -> list[Any]:
    sums: dict[Any, int] = {}
    for key, count in found:
        sums[key] = sums.get(key, 0) + count
    return sorted(sums, key=lambda key: -sums[key])


def _missed(declared: Indicator, item: Figure) -> float:
    """How many cases under a figure are not what one wants."""
    return item.denominator - item.numerator if declared.better == "higher" else item.numerator


def _rounded(found: Figure | None) -> float | None:
    return None if found is None or found.value is None else round(found.value, 1)


def _street(number: int | None) -> int | None:
    return None if number is None else number // 1_000_000 * 1_000_000


def _words(value: Any, otherwise: Words) -> Words:
    """A declared {zh, en}, or what stands for it."""
    if isinstance(value, Words):
        return value
    if isinstance(value, Mapping) and {"zh", "en"} <= set(value):
        return Words(str(value["zh"]), str(value["en"]))
    return otherwise
