"""The records that values of a record name: by an attribute, one of many, or a cell of a table.
Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.kernel.ids import to_id
from pengcheng.kernel.record_values import pointer
from pengcheng.kernel.registry import Attribute, RecordType


class Named(msgspec.Struct, frozen=True):
    """A record that is named: where, of which type, and by what."""

    path: str
    type: str
    value: Any

    @property
    def id(self) -> UUID | None:
        """The identifier by which it is named; None when it is named otherwise."""
        return self.value if isinstance(self.value, UUID) else to_id(self.value)


def references(type_: RecordType, values: Mapping[str, Any]) -> Iterator[Named]:
    """Every record that is named, in the order declared."""
    for item in type_.attributes:
        value = values.get(item.name)
        if item.kind == "table":
            columns = [column for column in item.columns if column.kind == "reference"]
            for at, row in enumerate(_list(value) if columns else ()):
                for column in columns:
                    cell = row.get(column.name) if isinstance(row, Mapping) else None
                    yield from _named(column, cell, item.name, at, column.name)
        elif item.kind == "reference" and item.many:
            for at, one in enumerate(_list(value)):
                yield from _named(item, one, item.name, at)
        elif item.kind == "reference":
            yield from _named(item, value, item.name)


def renamed(
    type_: RecordType, values: Mapping[str, Any], become: Callable[[str, Any], Any]
) -> dict[str, Any]:
    """Values with each name of a record replaced: `become(type, value)`."""
    made = dict(values)
    for item in type_.attributes:
        value = made.get(item.name)
        if item.kind == "reference" and item.to and value is not None:
            many = item.many and isinstance(value, list | tuple)
            made[item.name] = (
                [become(item.to, one) for one in value] if many else become(item.to, value)
            )
        elif item.kind == "table" and any(column.to for column in item.columns):
            made[item.name] = [_row(item, row, become) for row in _list(value)] or value
    return made


def _row(table: Attribute, row: Any, become: Callable[[str, Any], Any]) -> Any:
    if not isinstance(row, Mapping):
        return row
    named = {column.name: column.to for column in table.columns if column.kind == "reference"}
    return {
        name: become(to, value) if (to := named.get(name)) and value is not None else value
        for name, value in row.items()
    }


def _named(item: Attribute, value: Any, *place: str | int) -> Iterator[Named]:
    if value is not None and item.to is not None:
        yield Named(pointer(*place), item.to, value)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
