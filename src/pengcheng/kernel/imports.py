"""What an import of rows did, or would do: row by row, with what each value was and becomes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from pengcheng.kernel.errors import Fault

RowFaults = list[tuple[int, Fault]]
"""Faults with the number of their row, from 1."""

Act = Literal["added", "changed", "ended"]


class Became(msgspec.Struct, frozen=True):
    """A value that a row changes, as texts; "" where there is none."""

    field: str
    before: str
    after: str


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one row does to the thing that its key names."""

    number: int
    act: Act
    key: str
    values: tuple[Became, ...] = ()


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or (checked only) would do; `same`: rows that stand as they are."""

    changes: tuple[RowChange, ...] = ()
    same: int = 0
    faults: tuple[tuple[int, Fault], ...] = ()

    def count(self, act: Act) -> int:
        """Rows that add, change or end something."""
        return sum(change.act == act for change in self.changes)


def imported(
    mode: str, changes: Iterable[RowChange], faults: Sequence[tuple[int, Fault]], same: int
) -> Imported:
    """The report of an import in a mode: "all" rows or none, "partly" those that are right,
    "check": what it would be."""
    told = tuple(sorted(faults, key=lambda item: item[0]))
    if told and mode == "all":
        return Imported(faults=told)
    return Imported(
        changes=tuple(sorted(changes, key=lambda item: item.number)), same=same, faults=told
    )


def writes(mode: str, faults: Sequence[tuple[int, Fault]]) -> bool:
    """Whether an import in this mode with these faults writes anything."""
    return mode == "partly" or (mode == "all" and not faults)


def became(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Became, ...]:
    """The values of `after` that differ from those of `before`."""
    return tuple(
        Became(name, _text(before.get(name)), _text(value))
        for name, value in after.items()
        if before.get(name) != value
    )


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return " ".join(str(item) for item in value)
        case _:
            return str(value)
