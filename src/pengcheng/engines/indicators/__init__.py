"""Indicators (体征指标): named measures, declared once, kept by day, area, unit and category.

Invariants: a figure is a numerator over a denominator, each the sum of what single cases count
for, so it can be opened down to them; what a case counts for follows from the case and the
declaration alone, so `rebuild` gives the same figures; a change of a case moves the difference.
"""

from pengcheng.engines.indicators.model import ANY, Counted, Figure, Share, Under
from pengcheng.engines.indicators.service import Indicators, is_met

HUB = "business"

__all__ = ["ANY", "HUB", "Counted", "Figure", "Indicators", "Share", "Under", "is_met"]
