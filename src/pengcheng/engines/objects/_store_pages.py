"""SQL of pages of records, in the order of an index however deep a page lies."""

from typing import Any

import msgspec

from pengcheng.engines.objects import _tables
from pengcheng.engines.objects._store import Selection, scoped, selection, to_record
from pengcheng.engines.objects._store_filters import column_named, conditions
from pengcheng.engines.objects.model import Query, Record
from pengcheng.engines.objects.served import unsorted
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import invalid
from pengcheng.kernel.registry import RecordType

_ALWAYS_KNOWN = frozenset({"id", "code", "title", "sensitivity", "version", "changed_at"})


class _Asked(msgspec.Struct, frozen=True):
    """What each statement of a page shares."""

    chosen: Selection
    tests: tuple[str, ...]
    values: dict[str, Any]


async def page(work: Work, type_: RecordType, scope: Scope, query: Query) -> list[Record]:
    """One record more than the limit tells that there is a next page.

    What lacks the value that sorts stands last, whichever the direction. It is asked for apart:
    an index gives either direction of what has one, with what lacks one at a fixed end.
    """
    asked = _asked(type_, scope, query)
    column, item = column_named(type_, scope, query.sort.name, "/sort")
    if item is not None and item.is_list:
        raise invalid(unsorted(type_, item.name))
    direction, than = ("desc", "<") if query.sort.descending else ("asc", ">")
    by_id = f"id {direction}"
    after_id = [f"id {than} %(after_id)s"]
    if column == "id":
        after = after_id if query.after else []
        return await _read(work, type_, asked, after, by_id, query.limit + 1)
    found: list[Record] = []
    is_beyond = query.after is not None and query.after[0] is None
    if not is_beyond:
        tests = [] if column in _ALWAYS_KNOWN else [f"{column} is not null"]
        if query.after is not None:
            tests.append(f"({column}, id) {than} (%(after_value)s, %(after_id)s)")
        # No two have one code: with the id its index would no longer give the whole order.
        order = f"{column} {direction}" + ("" if column == "code" else f", {by_id}")
        found = await _read(work, type_, asked, tests, order, query.limit + 1)
    left = query.limit + 1 - len(found)
    if left and column not in _ALWAYS_KNOWN:
        tests = [f"{column} is null", *(after_id if is_beyond else ())]
        found += await _read(work, type_, asked, tests, by_id, left)
    return found


async def _read(
    work: Work, type_: RecordType, asked: _Asked, more: list[str], order: str, limit: int
) -> list[Record]:
    rows = await work.tuples(
        f"select {asked.chosen.columns} from {_tables.table(type_)} "
        f"where {' and '.join([*asked.tests, *more])} order by {order} limit {limit}",
        **asked.values,
    )
    return [to_record(type_, row, asked.chosen.names) for row in rows]


def _asked(type_: RecordType, scope: Scope, query: Query) -> _Asked:
    chosen = selection(type_, scope, query.fields)
    where, values = scoped(type_, scope)
    parts, more = conditions(type_, scope, query.filters)
    if query.after is not None:
        more.update(after_value=query.after[0], after_id=query.after[1])
    if query.area is not None:
        parts.append("area_no >= %(area_low)s and area_no < %(area_high)s")
        more.update(area_low=query.area[0], area_high=query.area[1])
    if query.box is not None and type_.place:
        parts.append("place && st_makeenvelope(%(x0)s, %(y0)s, %(x1)s, %(y1)s, 4326)")
        more.update(zip(("x0", "y0", "x1", "y1"), query.box, strict=True))
    return _Asked(
        chosen, ("retired_at is null", where, *parts), {**values, **chosen.values, **more}
    )
