"""The nouns of objects: records, queries over them, planned changes of their tables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from pengcheng.kernel.words import Words

Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "has", "empty"]

FIXED = ("code", "title", "area_no", "organisation_no", "owner_id", "sensitivity", "changed_at")
"""Columns that every record has and a query may filter and sort by."""

PAGE_MAX = 1000


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The current version of a record. `place` is GeoJSON text; `attributes` those the scope
    shows (one that is too sensitive is not there at all)."""

    id: UUID
    type: str
    code: str
    title: str
    area_no: int | None
    organisation_no: int | None
    owner_id: UUID | None
    sensitivity: int
    version: int
    changed_at: datetime
    attributes: Mapping[str, Any]
    place: str | None = None


class NewRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record to be added: values as they came, to be checked against the declaration.

    `place` is a GeoJSON geometry (WGS 84) or, for a point, (longitude, latitude).
    """

    attributes: Mapping[str, Any]
    code: str | None = None
    area_code: str | None = None
    organisation_no: int | None = None
    owner_id: UUID | None = None
    place: Any = None


class Filter(msgspec.Struct, frozen=True):
    """One condition on an attribute or fixed column."""

    name: str
    operator: Operator
    value: Any


class Sort(msgspec.Struct, frozen=True):
    """An order; the id breaks ties, so that pages never overlap."""

    name: str = "id"
    descending: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list. `after` is (value of the sort column, id) of the last record read."""

    filters: tuple[Filter, ...] = ()
    sort: Sort = Sort()
    limit: int = 100
    after: tuple[Any, UUID] | None = None
    fields: tuple[str, ...] | None = None
    box: tuple[float, float, float, float] | None = None
    area: tuple[int, int] | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Records in order; `next` continues after the last one, None at the end."""

    records: tuple[Record, ...]
    next: tuple[Any, UUID] | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One planned statement on a declared type's tables, and why it is needed.

    `concurrently`: reading and writing go on while it runs. `in_parts`: run again and again until
    it touches no row any more, so that no row is locked for long.
    """

    type: str
    statement: str
    why: Words
    concurrently: bool = False
    in_parts: bool = False
