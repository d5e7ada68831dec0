"""The shape of the files that say what is measured and what comes again: indicators, recurring.

See `shapes` for what a shape is.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pengcheng.kernel.indicators import Measure
from pengcheng.kernel.recurring import Who
from pengcheng.kernel.words import Words
from pengcheng.pack.shapes import Feel, Name, Span, Text

Period = Annotated[
    str,
    Meta(
        pattern=r"^([1-9][0-9]{0,2} )?(day|week|month|quarter|year)s?$",
        examples=["15 days", "quarter"],
    ),
]


class IndicatorShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named, computed measure (体征指标) of cases, events or records of objects; or (`ratio`) one
    figure, `upper`, for every `per` of another, `lower`."""

    name: Words
    question: Words
    of: Name | None = None
    measure: Measure
    value: Feel | None = None
    where: Feel | None = None
    among: Feel | None = None
    at: Name | None = None
    by: list[Name] = []
    upper: Name | None = None
    lower: Name | None = None
    per: Annotated[float, Meta(gt=0)] = 1.0
    unit: str = ""
    target: float | None = None
    warning: float | None = None
    better: Literal["higher", "lower"] = "higher"
    definition: Words | None = None
    basis: Text | None = None


class IndicatorsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """indicators.yaml: measures with targets and warnings."""

    indicators: dict[Name, IndicatorShape] = {}


class RecurringShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case of a kind for each record of an object type, again and again: `every` so often from
    its date `since`, or `on` a day of each week, month, quarter or year."""

    name: Words
    of: Name
    where: Feel | None = None
    every: Period
    since: Name | None = None
    on: Annotated[int, Meta(ge=1, le=366)] | None = None
    early: Annotated[int, Meta(ge=0, le=366)] = 0
    opens: Name
    link: Name
    set: Annotated[dict[Name, Feel], Meta(max_length=120)] = {}
    within: Span | None = None
    who: Who = "operators"
    basis: Text | None = None


class RecurringFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """recurring.yaml: work that comes again for each object."""

    recurring: dict[Name, RecurringShape] = {}
