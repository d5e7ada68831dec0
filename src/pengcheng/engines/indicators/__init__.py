"""Indicators (体征指标): named measures, declared once, kept by day, area, unit and category.

Invariants: a figure is a numerator over a denominator, each the sum of what single cases, events or
records count for, so it can be opened down to them; what one counts for follows from it and the
declaration alone, so `rebuild` gives the same figures; a change moves the difference. A figure of
records as they stand keeps the differences by day, so it can be told for the end of each.
"""

from pengcheng.engines.indicators.model import (
    ANY,
    Counted,
    CountedEvent,
    CountedRecord,
    Figure,
    RecordsUnder,
    Share,
    Under,
)
from pengcheng.engines.indicators.service import Indicators, is_met

HUB = "business"

__all__ = [
    "ANY",
    "HUB",
    "Counted",
    "CountedEvent",
    "CountedRecord",
    "Figure",
    "Indicators",
    "RecordsUnder",
    "Share",
    "Under",
    "is_met",
]
