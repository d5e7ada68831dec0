"""What a case counts for, by the declaration. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.feel import compile_expression, plain
from pengcheng.engines.indicators.model import ANY, Figure, Share
from pengcheng.kernel.areas import area_at
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.time import CITY_ZONE

NAMES = (
    "step", "stage", "open", "outcome", "channel", "category", "urgency", "automatic",
    "accepted_at", "dispatched_at", "taken_at", "replied_at", "closed_at", "due_at", "was_late",
    "supervised", "dispatches", "returns", "extensions", "reopenings", "satisfaction", "clock",
)  # fmt: skip
"""The fields of any case that an indicator's conditions may speak of, beside the declared ones of
its kind."""

ACCEPTED = "accepted_at"
REMEMBERED_MAX = 10_000


class Verdict:
    """A condition or value, remembered by the facts that it reads: most cases are alike."""

    def __init__(self, text: str, declared: Sequence[str]) -> None:
        self._expression = compile_expression(text, names=(*NAMES, *declared))
        self._inputs = self._expression.inputs
        self.declared = tuple(name for name in self._inputs if name not in NAMES)
        # Every instant is another: those would be remembered in vain.
        self._keeps = not any(name.endswith("_at") for name in self._inputs)
        self._known: dict[tuple[Any, ...], Any] = {}

    def of(self, row: Mapping[str, Any]) -> Any:
        """The value for a case."""
        if self.declared:
            return self._of_declared(row)
        if not self._keeps:
            return self._expression.evaluate(row)
        # True is equal to 1: a key holds the kind of each value beside it.
        facts = [row.get(name) for name in self._inputs]
        key = (*facts, *map(type, facts))
        if key not in self._known:
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[key] = self._expression.evaluate(row)
        return self._known[key]

    def _of_declared(self, row: Mapping[str, Any]) -> Any:
        """The same where a field is read that people filled in: what cannot be told is null."""
        try:
            return self._expression.evaluate({name: told(row.get(name)) for name in self._inputs})
        except Refusal:
            return None


class Measure(msgspec.Struct, frozen=True):
    """A declared indicator with its conditions compiled."""

    declared: Indicator
    where: Verdict | None
    among: Verdict | None
    value: Verdict | None

    def numerator(self, row: Mapping[str, Any]) -> float | None:
        """What a case adds to the numerator; None when it does not count."""
        if not isinstance(row.get(self.declared.at or ACCEPTED), datetime):
            return None
        if self.among is not None and self.among.of(row) is not True:
            return None
        if self.value is not None:
            return number(self.value.of(row)) or 0.0
        return 1.0 if self.where is None or self.where.of(row) is True else 0.0


def measures(registry: Registry, kind: str) -> list[Measure]:
    """The indicators of a kind, compiled."""
    declared = tuple(item.name for item in registry.type_(kind).attributes)

    def compiled(text: str | None) -> Verdict | None:
        return Verdict(text, declared) if text else None

    return [
        Measure(item, compiled(item.where), compiled(item.among), compiled(item.value))
        for item in registry.indicators.values()
        if item.of == kind
    ]


def declared_fields(found: Sequence[Measure]) -> frozenset[str]:
    """The declared fields of a case that these measures read, beside those of any case."""
    names = {measure.declared.at for measure in found if measure.declared.at not in (None, *NAMES)}
    for measure in found:
        for verdict in (measure.where, measure.among, measure.value):
            names.update(verdict.declared if verdict else ())
    return frozenset(name for name in names if name)


def shares(found: Sequence[Measure], row: Mapping[str, Any]) -> list[Share]:
    """Everything that a case counts for."""
    area, unit = sub_district(row["area_no"]), row["organisation_no"]
    category = str(row["category"] or "").split("/")[0]
    times: dict[str, datetime] = {}
    made = []
    for item in found:
        numerator = item.numerator(row)
        if numerator is None:
            continue
        at = item.declared.at or ACCEPTED
        local = times.get(at)
        if local is None:
            local = times[at] = row[at].astimezone(CITY_ZONE)
        made.append(
            Share(
                indicator=item.declared.name, day=local.date(), hour=local.hour, area_no=area,
                organisation_no=unit, category=category, numerator=numerator, denominator=1.0,
            )
        )  # fmt: skip
    return made


def told(value: Any) -> Any:
    """A declared value as an expression reads it."""
    if isinstance(value, UUID):
        return str(value)
    return [told(one) for one in value] if isinstance(value, list | tuple) else value


def number(value: Any) -> float | None:
    """A number that an expression gave; None for anything else."""
    found = plain(value)
    is_number = found is not None and not isinstance(found, bool | str)
    return float(str(found)) if is_number else None


def sub_district(number: int | None) -> int:
    """The sub-district of an area: cells stay few, a figure still opens down to streets."""
    return ANY if number is None else area_at(number, "sub_district")


def figure(declared: Indicator, numerator: float, denominator: float, key: Any = None) -> Figure:
    """Sums as a figure in the indicator's unit."""
    value = declared.of_sums(numerator, denominator)
    return Figure(
        indicator=declared.name, value=value, numerator=numerator, denominator=denominator, key=key
    )
