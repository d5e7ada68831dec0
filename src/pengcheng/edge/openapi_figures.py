"""What `/openapi.json` tells of the routes of figures and of kept reports."""

from collections.abc import Mapping

from pengcheng.edge.figures_api import CUTS
from pengcheng.edge.openapi_operations import AREA, TEXT, Operation, items, json, query
from pengcheng.edge.reports_api import FORMATS
from pengcheng.edge.schemas import Schema, referred

_DATE: Schema = {"type": "string", "format": "date"}
_NARROW = (
    query("day", _DATE, "The first day; today without."),
    query("to", _DATE, "The last day; without it the first alone. At most 92 days later."),
    query("area", AREA, "An area and all beneath it."),
    query("unit", TEXT, "The key of an organisation."),
    query("category", TEXT, "A first category, or a code of the attribute that it is cut by."),
)
_CUTS = f"Its parts: by {', '.join(CUTS)}, or the code attribute that it declares."

FIGURES: Mapping[str, Operation] = {
    "GET /api/v1/figures": Operation(
        tag="figures", answers={200: json(items(referred("DeclaredFigure")))}, parameters=_NARROW
    ),
    "GET /api/v1/figures/{name}": Operation(
        tag="figures", answers={200: json(referred("CutFigure"))},
        parameters=(*_NARROW, query("by", TEXT, _CUTS)),
    ),
    "GET /api/v1/reports": Operation(
        tag="reports", answers={200: json(items(referred("Kept")))},
        parameters=(
            query("first", _DATE, "Periods that begin on this day or later; a month ago without."),
            query("last", _DATE, "Or earlier; today without."),
        ),
    ),
    "GET /api/v1/reports/{key}": Operation(
        tag="reports", answers={200: json(referred("Edition"))},
        parameters=(query("format", {"type": "string", "enum": list(FORMATS)}),),
        also={"200": {"text/csv": TEXT}},
    ),
}  # fmt: skip
