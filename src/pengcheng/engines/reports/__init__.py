"""Reports (报告): figures of a day or week as they were when the report was made, kept for ever.

A reach is a role in an organisation over an area: a report is made once for each, and read by
whoever holds such a post. Names and declarations are kept with the figures, in both languages, so
that a report reads the same after a unit was renamed or a target moved.
"""

from pengcheng.engines.reports.model import (
    Content,
    Edition,
    Kept,
    Late,
    Line,
    Matter,
    Run,
    Sum,
    reach_of,
    summed,
)
from pengcheng.engines.reports.service import Reports

HUB = "business"

__all__ = [
    "HUB",
    "Content",
    "Edition",
    "Kept",
    "Late",
    "Line",
    "Matter",
    "Reports",
    "Run",
    "Sum",
    "reach_of",
    "summed",
]
