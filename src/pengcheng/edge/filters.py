"""Query strings of lists: filters, sorting, field choice, boxes, cursors.

`status=open`, `opened_at.ge=2026-01-01T00:00:00Z`, `name.has=桥`, `sort=-changed_at`,
`fields=code,name`, `area=440304000000`, `bbox=113.9,22.5,114.1,22.7`, `limit=100`, `cursor=…`.
Of an attribute with many values one must be what is asked (`uses=dry`); of a table, a row must have
it in a column (`parts.kind=pipe`). What no index serves is refused.
"""

from datetime import date, datetime
from math import isfinite
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.edge.asking import AnyRequest, from_cursor, services_of
from pengcheng.engines.objects import FIXED, Filter, Query, Sort, unserved
from pengcheng.kernel.areas import area_span, is_area_code
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.registry import RecordType
from pengcheng.kernel.texts import natural

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "has", "empty")
LIMIT_MAX = 1000
TEXT_MAX = 1000
INTEGER_BITS = 63
_UNREAD = {
    "integer": "integer.kind",
    "number": "number.kind",
    "boolean": "boolean.kind",
    "date": "date.form",
    "instant": "instant.form",
    "reference": "reference.form",
}
_OWN = ("sort", "fields", "limit", "cursor", "bbox", "area", "format")


def query_of(request: AnyRequest, type_: RecordType) -> tuple[Query, str]:
    """The query of a list, and the purpose that its cursors are signed for."""
    asked = request.query_params
    faults: list[Fault] = []
    filters = [
        made
        for name, text in asked.multi_items()
        if name not in _OWN and (made := _filter(type_, name, text, faults))
    ]
    limit = asked.get("limit", "100")
    if not 1 <= natural(limit) <= LIMIT_MAX:
        faults.append(
            Fault(path="/limit", code="number.range", facts={"low": 1, "high": LIMIT_MAX})
        )
    area = asked.get("area")
    if area is not None and not is_area_code(area):
        faults.append(Fault(path="/area", code="area.code"))
    box = _box(asked.get("bbox"), faults)
    fields = _fields(type_, asked.get("fields"), faults)
    if faults:
        raise invalid(*faults)
    sort = _sort(asked.get("sort", "id"))
    purpose = f"records:{type_.name}:{sort.name}:{sort.descending}"
    cursor = asked.get("cursor")
    given = Query(filters=tuple(filters), sort=sort)
    if wrong := unserved(type_, given):
        raise invalid(*wrong)
    query = Query(
        filters=tuple(filters),
        sort=sort,
        limit=int(limit),
        after=_after(request, type_, sort, purpose, cursor) if cursor else None,
        fields=fields,
        box=box,
        area=area_span(area) if area else None,
    )
    return query, purpose


def _fields(type_: RecordType, text: str | None, faults: list[Fault]) -> tuple[str, ...] | None:
    """Which attributes are wanted; the head of a record always comes."""
    if not text:
        return None
    wanted = tuple(text.split(","))
    faults.extend(
        Fault(path="/fields", code="field.unknown", facts={"field": name})
        for name in wanted
        if type_.attribute(name) is None and name not in {*FIXED, "id", "place"}
    )
    return wanted


def _sort(text: str) -> Sort:
    return Sort(text.lstrip("-"), descending=text.startswith("-"))


def _after(
    request: AnyRequest, type_: RecordType, sort: Sort, purpose: str, cursor: str
) -> tuple[Any, UUID]:
    value, record_id = from_cursor(services_of(request), purpose, cursor, tuple[Any, UUID])
    if value is None:
        return None, record_id
    kind = _kind(type_, sort.name)
    return (value_of(kind, str(value)) if isinstance(value, str) else value), record_id


def _kind(type_: RecordType, name: str) -> str:
    item = type_.attribute(name)
    if item is not None:
        return item.kind
    if name in {"area_no", "organisation_no", "sensitivity"}:
        return "integer"
    if name in {"id", "owner_id"}:
        return "reference"
    return "instant" if name == "changed_at" else "text"


def _filter(type_: RecordType, name: str, text: str, faults: list[Fault]) -> Filter | None:
    field, _, operator = name.partition(".")
    item = type_.attribute(field)
    kind, is_list = _kind(type_, field), item is not None and item.is_list
    if item is not None and item.kind == "table" and operator not in {"", "empty"}:
        column, _, operator = operator.partition(".")
        cell = next((one for one in item.columns if one.name == column), None)
        field, item, kind = f"{field}.{column}", cell, cell.kind if cell else ""
    operator = operator or "eq"
    if (item is None and field not in FIXED) or operator not in OPERATORS:
        faults.append(Fault(path=f"/{name}", code="field.unknown", facts={"field": name}))
        return None
    told = {"field": name, "field_zh": name, "field_en": name}
    if len(text) > TEXT_MAX or not text.isprintable():
        faults.append(Fault(path=f"/{name}", code="query.text", facts=told))
        return None
    try:
        if operator == "empty":
            value: Any = text != "false"
        elif operator == "in":
            value = [value_of(kind, part) for part in text.split(",")]
        else:
            as_it_is = operator == "has" and not is_list
            value = text if as_it_is else value_of(kind, text)
    except ValueError:
        faults.append(Fault(path=f"/{name}", code=_UNREAD.get(kind, "shape.wrong"), facts=told))
        return None
    return Filter(field, msgspec.convert(operator, type=Any), value)


def value_of(kind: str, text: str) -> Any:
    """A text of a query string as a value of a kind; ValueError when it is none."""
    if kind == "integer":
        number = int(text)
        return number if number.bit_length() <= INTEGER_BITS else int("too large")
    if kind == "number":
        real = float(text)
        return real if isfinite(real) else int("not finite")
    if kind == "boolean":
        return {"true": True, "false": False}[text] if text in {"true", "false"} else int("x")
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "instant":
        found_at = datetime.fromisoformat(text)
        return found_at if found_at.tzinfo else int("no zone")
    if kind == "reference":
        found = to_id(text)
        return found if found else int("not an id")
    return text


def _box(text: str | None, faults: list[Fault]) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        faults.append(Fault(path="/bbox", code="bbox.form"))
        return None
    if not (-180 <= x0 <= x1 <= 180 and -90 <= y0 <= y1 <= 90):
        faults.append(Fault(path="/bbox", code="place.off_earth"))
        return None
    return x0, y0, x1, y1
