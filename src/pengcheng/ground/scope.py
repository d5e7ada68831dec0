"""A `Scope` as a predicate of a statement.

The number of its terms is the number of the scope's regions, which does not grow with the grants:
areas and organisations enter as one multirange parameter each, searched in logarithmic time.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from pengcheng.kernel.authz import Region, Scope
from pengcheng.kernel.ranges import EVERYTHING, Ranges


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which SQL expressions of a statement carry what a scope speaks of.

    None: rows of this table have no such thing, and a region that demands it holds none of them.
    `attributes` are columns by the name that a right's `where` uses, with or without an alias
    ("c.channel" carries "channel"); `renamed` are those whose column is called otherwise.
    """

    area: str | None = "area_no"
    organisation: str | None = "organisation_no"
    owner: str | None = None
    assignee: str | None = None
    sensitivity: str | None = "sensitivity"
    attributes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = msgspec.field(default_factory=dict)


def predicate(scope: Scope, columns: Columns, prefix: str = "scope") -> tuple[str, dict[str, Any]]:
    """A boolean SQL expression and its parameters; an empty scope is `false`."""
    terms: list[str] = []
    values: dict[str, Any] = {}
    for number, region in enumerate(scope.regions):
        term = _term(region, columns, f"{prefix}_{number}", values)
        if term == "true":
            return "true", {}
        if term is not None:
            terms.append(f"({term})")
    return (f"({' or '.join(terms)})" if terms else "false"), values


def _term(region: Region, columns: Columns, name: str, values: dict[str, Any]) -> str | None:
    """What a region demands, or None when these rows cannot meet it."""
    named = [
        (columns.area, region.areas, f"{name}_areas"),
        (columns.organisation, region.organisations, f"{name}_orgs"),
    ]
    ranged = [item for item in named if item[1] != EVERYTHING]
    persons = [
        (columns.owner, region.owner, f"{name}_owner"),
        (columns.assignee, region.assignee, f"{name}_assignee"),
    ]
    personal = [item for item in persons if item[1] is not None]
    expressions = {_bare(column): column for column in columns.attributes} | dict(columns.renamed)
    known = {attribute for attribute, _ in region.where} <= set(expressions)
    if not known or any(column is None for column, _, _ in [*ranged, *personal]):
        return None
    parts = [_within(str(column), allowed, key, values) for column, allowed, key in ranged]
    for column, who, key in personal:
        parts.append(f"{column} = %({key})s")
        values[key] = who
    for number, (attribute, allowed_values) in enumerate(region.where):
        column = _quoted(expressions[attribute])
        parts.append(f"{column}::text = any(%({name}_where_{number})s)")
        values[f"{name}_where_{number}"] = list(allowed_values)
    if columns.sensitivity is not None:
        parts.append(f"{columns.sensitivity} <= {int(region.sensitivity)}")
    return " and ".join(parts) or "true"


def _bare(column: str) -> str:
    return column.rpartition(".")[2]


def _quoted(column: str) -> str:
    """An attribute may be called like a word of SQL ("order")."""
    alias, dot, name = column.rpartition(".")
    return f'{alias}{dot}"{name}"'


def _within(column: str, allowed: Ranges, key: str, values: dict[str, Any]) -> str:
    """One range is a plain interval that an index serves; several are one multirange."""
    if len(allowed.spans) == 1:
        low, high = allowed.spans[0]
        values[f"{key}_low"], values[f"{key}_high"] = low, high
        return f"{column} >= %({key}_low)s and {column} < %({key}_high)s"
    values[key] = allowed.multirange()
    # Nothing is known of how many rows many ranges hold, and the planner would take it for a few
    # and sort them all; of an expression it assumes half, and reads a list in its order.
    return f"coalesce({column} <@ %({key})s::int8multirange, false)"
