"""What a case counts for, by the declaration. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from pengcheng.engines.feel import Expression, compile_expression
from pengcheng.engines.indicators.model import ANY, Figure, Share
from pengcheng.kernel.areas import ancestor, area_level, area_no, code_of
from pengcheng.kernel.registry import Indicator, Registry
from pengcheng.kernel.time import CITY_ZONE

NAMES = (
    "step", "stage", "open", "outcome", "channel", "category", "urgency", "automatic",
    "accepted_at", "dispatched_at", "taken_at", "replied_at", "closed_at", "due_at", "was_late",
    "supervised", "dispatches", "returns", "extensions", "reopenings", "satisfaction", "clock",
)  # fmt: skip
"""The fields of a case that an indicator's conditions may speak of."""


class Measure(msgspec.Struct, frozen=True):
    """A declared indicator with its conditions compiled."""

    declared: Indicator
    where: Expression | None
    among: Expression | None
    value: Expression | None

    def share(self, row: Mapping[str, Any], facts: Mapping[str, Any]) -> Share | None:
        """What a case counts for; None when it does not count."""
        at = row.get(self.declared.at)
        if not isinstance(at, datetime):
            return None
        if self.among is not None and self.among.evaluate(facts) is not True:
            return None
        numerator = 1.0
        if self.where is not None:
            numerator = 1.0 if self.where.evaluate(facts) is True else 0.0
        if self.value is not None:
            found = self.value.evaluate(facts)
            numerator = float(str(found)) if found is not None else 0.0
        local = at.astimezone(CITY_ZONE)
        return Share(
            indicator=self.declared.name,
            day=local.date(),
            hour=local.hour,
            area_no=_area(row["area_no"]),
            organisation_no=row["organisation_no"],
            category=str(row["category"] or "").split("/")[0],
            numerator=numerator,
            denominator=1.0,
        )


def measures(registry: Registry, kind: str) -> list[Measure]:
    """The indicators of a kind, compiled."""
    return [
        Measure(item, _compiled(item.where), _compiled(item.among), _compiled(item.value))
        for item in registry.indicators.values()
        if item.of == kind
    ]


def _compiled(text: str | None) -> Expression | None:
    return compile_expression(text, names=NAMES) if text else None


def shares(found: Sequence[Measure], row: Mapping[str, Any]) -> list[Share]:
    """Everything that a case counts for."""
    facts = {name: row.get(name) for name in NAMES}
    made = (item.share(row, facts) for item in found)
    return [share for share in made if share is not None]


def _area(number: int | None) -> int:
    """The sub-district of an area: cells stay few, a figure still opens down to streets."""
    if number is None:
        return ANY
    code = code_of(number)
    if area_level(code) in {"city", "district"}:
        return number
    return area_no(ancestor(code, "sub_district"))


def figure(declared: Indicator, numerator: float, denominator: float, key: Any = None) -> Figure:
    """Sums as a figure in the indicator's unit."""
    value: float | None
    if declared.measure in {"count", "sum"}:
        value = numerator
    elif denominator == 0:
        value = None
    else:
        value = numerator / denominator * (100 if declared.measure == "share" else 1)
    return Figure(
        indicator=declared.name, value=value, numerator=numerator, denominator=denominator, key=key
    )
