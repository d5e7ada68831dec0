"""What a list may be sorted, filtered and searched by: that for which its table has an index.

A type may have ten million records. Whatever else was asked would read them all, so it is refused,
with what may be asked and what the type would have to declare.
"""

from collections.abc import Mapping

from pengcheng.engines.objects._tables import SQL_TYPE
from pengcheng.engines.objects.model import Operator, Query
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.registry import Attribute, RecordType

_ORDERED: tuple[Operator, ...] = ("eq", "ne", "lt", "le", "gt", "ge", "in")
_KNOWN: tuple[Operator, ...] = ("eq", "lt", "le", "gt", "ge", "in")
"""Of an index that leaves out what has no value: what has none is found by no index."""
_OF_MANY: tuple[Operator, ...] = ("eq", "in", "has")
_FIXED: Mapping[str, tuple[Operator, ...]] = {
    "code": _ORDERED,
    "title": ("has",),
    "area_no": (*_ORDERED, "empty"),
    "organisation_no": _KNOWN,
    "owner_id": _KNOWN,
    "changed_at": _ORDERED,
}
_SORTED = ("id", "code", "changed_at")


def operators(type_: RecordType, name: str) -> tuple[Operator, ...]:
    """What may be asked of a fixed column, an attribute, or a column of a table ("parts.kind")."""
    field, _, cell = name.partition(".")
    item = type_.attribute(field)
    if item is None:
        return _FIXED.get(name, ())
    if cell or item.kind == "table":
        is_cell = any(one.name == cell for one in item.columns)
        return _OF_MANY if item.index and is_cell else ()
    if item.many:
        return _OF_MANY if item.index else ()
    known: tuple[Operator, ...] = (*_ORDERED, "empty") if item.index or item.unique else ()
    return (*known, "has") if is_searched(item) else known


def is_searched(item: Attribute) -> bool:
    """Whether there is an index for pieces of its text: one called like the title of every record
    stands before that."""
    return _is_text(item) and (item.search or item.name == "title")


def _is_text(item: Attribute) -> bool:
    return SQL_TYPE[item.kind] == "text" and not item.many


def filtered_by(type_: RecordType) -> tuple[str, ...]:
    """Everything that a list may be filtered by; a table by its columns."""
    cells = (f"{a.name}.{one.name}" for a in type_.attributes for one in a.columns)
    names = (*_FIXED, *(item.name for item in type_.attributes), *cells)
    return tuple(dict.fromkeys(name for name in names if operators(type_, name)))


def sorted_by(type_: RecordType) -> tuple[str, ...]:
    """Everything that a list may be sorted by."""
    own = (
        item.name for item in type_.attributes if (item.index or item.unique) and not item.is_list
    )
    return tuple(dict.fromkeys((*_SORTED, *own)))


def searched_in(type_: RecordType) -> tuple[str, ...]:
    """Everything in whose text a list may be searched for a piece."""
    own = (item.name for item in type_.attributes if is_searched(item))
    fixed = () if type_.attribute("title") else ("title",)
    return (*fixed, *own)


def unserved(type_: RecordType, query: Query) -> list[Fault]:
    """What no index of the type's table serves: each filter, and the order."""
    faults = []
    for item in query.filters:
        allowed = operators(type_, item.name)
        if item.operator in allowed:
            continue
        if item.operator == "has" and _has_text(type_, item.name):
            facts, code = ", ".join(searched_in(type_)), "query.unsearched"
        elif allowed:
            facts, code = ", ".join(allowed), "query.operator"
        else:
            facts, code = ", ".join(filtered_by(type_)), "query.unindexed"
        told = {"field": item.name, "allowed": facts}
        faults.append(Fault(path=f"/filter/{item.name}", code=code, facts=told))
    if query.sort.name not in sorted_by(type_):
        faults.append(unsorted(type_, query.sort.name))
    return faults


def unsorted(type_: RecordType, name: str) -> Fault:
    """That a list cannot be sorted by this."""
    told = {"field": name, "allowed": ", ".join(sorted_by(type_))}
    return Fault(path="/sort", code="query.sort", facts=told)


def _has_text(type_: RecordType, name: str) -> bool:
    item = type_.attribute(name)
    return name in {"code", "title"} if item is None else _is_text(item)
