"""Objects (对象): records of declared types, each type a real table in schema `city`.

Invariants: no code here knows a type by name; every read takes a `Scope`, and an attribute more
sensitive than the part of the scope that holds the record is absent from it; every change appends
to the log in its transaction; a superseded version goes to `city_history` where the type declares
history; a change of a declaration becomes online DDL that is planned and shown before it runs; an
edge of a relation is read by who reaches both its ends, and stands for the time that it was true.
"""

from pengcheng.engines.objects.changing import facts_of
from pengcheng.engines.objects.counting import counted, ids_after, of_ids
from pengcheng.engines.objects.drafting import Draft, draft
from pengcheng.engines.objects.edges import (
    Edge,
    EdgeQuery,
    Joined,
    JoinedPage,
    NewEdge,
    Related,
    RelatedPage,
)
from pengcheng.engines.objects.effecting import add_within, change_within
from pengcheng.engines.objects.ending import over, remove_over, with_records
from pengcheng.engines.objects.merging import MergeRights, MergeRow, Merging
from pengcheng.engines.objects.model import (
    FIXED,
    Change,
    Filter,
    NewRecord,
    Page,
    Query,
    Record,
    Sort,
)
from pengcheng.engines.objects.recomputing import RECOMPUTE, recompute, restated
from pengcheng.engines.objects.relations import Relations
from pengcheng.engines.objects.schema import SWITCH_SECONDS, Planned, Schema
from pengcheng.engines.objects.served import filtered_by, operators, sorted_by, unserved
from pengcheng.engines.objects.service import Objects

HUB = "business"

__all__ = [
    "FIXED",
    "HUB",
    "RECOMPUTE",
    "SWITCH_SECONDS",
    "Change",
    "Draft",
    "Edge",
    "EdgeQuery",
    "Filter",
    "Joined",
    "JoinedPage",
    "MergeRights",
    "MergeRow",
    "Merging",
    "NewEdge",
    "NewRecord",
    "Objects",
    "Page",
    "Planned",
    "Query",
    "Record",
    "Related",
    "RelatedPage",
    "Relations",
    "Schema",
    "Sort",
    "add_within",
    "change_within",
    "counted",
    "draft",
    "facts_of",
    "filtered_by",
    "ids_after",
    "of_ids",
    "operators",
    "over",
    "recompute",
    "remove_over",
    "restated",
    "sorted_by",
    "unserved",
    "with_records",
]
