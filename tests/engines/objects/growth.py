"""A type that grows in a running database, beside a model of what must then be so.

The model keeps values by (attribute, generation of its column): what the engine may forget of them
is nothing, and what it shows is the newest generation.
"""

import itertools
import re
from asyncio import Runner
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import pytest

from pengcheng.engines.areas import Areas
from pengcheng.engines.objects import Filter, NewRecord, Objects, Query, Schema
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import Attribute, RecordType, Registry
from pengcheng.kernel.time import SystemClock
from pengcheng.kernel.words import Words

NAMES = ("order", "a_b")
VALUES: Mapping[str, tuple[Any, ...]] = {
    "text": ("7", "x", "2026-02-28", "2026-02-30", "true", "", None),
    "integer": (7, -3, 0, None),
    "number": (7.0, 1.5, None),
    "boolean": (True, False, None),
    "date": (date(2026, 2, 28), None),
}
KINDS = tuple(VALUES)
POINTS = ([114.05, 22.57], [113.9, 22.5], None)
EVERYTHING = Region(sensitivity=4)
_numbers = itertools.count(1)


class Item(msgspec.Struct):
    """A record as it must be."""

    code: str
    values: dict[str, Any]
    place: Any
    retired: bool = False
    version: int = 1
    superseded: list[tuple[int, dict[str, Any]]] = []


def carried(value: Any, kind: str) -> Any:
    """A value of any kind as one of another, or None where that would lose something."""
    if value is None or kind == "text":
        return None if value is None else as_text(value)
    of = type(value)
    if kind == "integer":
        whole = of is float and value == int(value)
        return int(value) if whole or (of is str and re.fullmatch(r"-?\d+", value)) else None
    if kind == "number":
        number = of is int or (of is str and re.fullmatch(r"-?\d+(\.\d+)?", value))
        return float(value) if number else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(value) if of is str else None
    return date(2026, 2, 28) if value == "2026-02-28" else None


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0")


class Town:
    """One type in one database, and what must be so of it."""

    def __init__(self, runner: Runner, database: Database) -> None:
        self.name = f"thing_{next(_numbers)}"
        self.runner = runner
        self.database = database
        self.schema = Schema(database, switch_seconds=0)
        self.objects = Objects(database, Areas(database), SystemClock())
        self.type = RecordType(
            name=self.name, role="object", pack="test", label=Words("物", "Thing"),
            attributes=(attribute("street", "text"),),
        )  # fmt: skip
        self.items: list[Item] = []
        self.registry = Registry()
        self.declare()

    def scope(self) -> Scope:
        return Scope(action="read", type=self.name, regions=(EVERYTHING,), actor=SYSTEM)

    def declare(self, **more: Any) -> None:
        """Declare the type otherwise; the city goes on with the old one if that cannot be."""
        wanted = msgspec.structs.replace(self.type, **more)
        registry = Registry(types={self.name: wanted})
        before = {item.name: item.kind for item in self.type.attributes}
        if self.doubles(wanted):
            planned = self.runner.run(self.schema.plan(registry))
            assert {fault.code for fault in planned.faults} == {"schema.duplicates"}
            with pytest.raises(Refusal):
                self.runner.run(self.schema.apply(registry))
            return
        self.runner.run(self.schema.apply(registry))
        newest = self.runner.run(self.schema.newest())
        assert newest is not None
        self.registry = msgspec.json.decode(newest[1], type=Registry)
        self.type = wanted
        for item in wanted.attributes:
            self.carry(item, before)
        assert self.runner.run(self.schema.plan(registry)).changes == ()

    def doubles(self, wanted: RecordType) -> bool:
        """Whether something is to be unique that is not."""
        was = {item.name for item in self.type.attributes if item.unique}
        for item in wanted.attributes:
            values = (self.seen_as(one.values, item) for one in self.items)
            many = Counter(value for value in values if value is not None)
            if item.unique and item.name not in was and any(n > 1 for n in many.values()):
                return True
        return False

    def seen_as(self, values: Mapping[str, Any], item: Attribute) -> Any:
        held = values.get(item.name)
        return held if is_of(held, item.kind) else carried(held, item.kind)

    def carry(self, item: Attribute, before: Mapping[str, str]) -> None:
        """A changed kind changes the values; also where the attribute was away meanwhile."""
        for one in self.items:
            one.values[item.name] = self.seen_as(one.values, item)
            for _, values in one.superseded:
                if item.name in values:
                    values[item.name] = self.seen_as(values, item)

    def add(self, values: dict[str, Any], place: Any) -> None:
        given = {item.name: values[item.kind] for item in self.type.attributes}
        taken = any(
            item.unique and given[item.name] is not None
            and given[item.name] in [one.values.get(item.name) for one in self.items]
            for item in self.type.attributes
        )  # fmt: skip
        given = {name: value for name, value in given.items() if value != ""}
        new = NewRecord(
            code=f"C{len(self.items)}", attributes=given, place=place if self.type.place else None
        )
        added, faults = self.runner.run(
            self.objects.create_many(self.registry, self.scope(), [new], partly=True)
        )
        assert (added, {fault.code for _, fault in faults}) == (
            (0, {"value.taken"}) if taken else (1, set())
        )
        if not taken:
            shown = place if self.type.place else None
            self.items.append(Item(code=f"C{len(self.items)}", values=given, place=shown))

    def change(self, item: Item, name: str, value: Any) -> None:
        others = [one.values.get(name) for one in self.items if one is not item]
        declared = next(one for one in self.type.attributes if one.name == name)
        changing = self.objects.change(
            self.registry, self.scope(), item.code, {name: value}, version=item.version
        )
        if declared.unique and value is not None and value in others:
            with pytest.raises(Refusal) as refused:
                self.runner.run(changing)
            assert [fault.code for fault in refused.value.faults] == ["value.taken"]
            return
        self.runner.run(changing)
        self.supersede(item)
        item.values[name] = value
        item.version += 1

    def retire(self, item: Item) -> None:
        self.runner.run(
            self.objects.retire(self.registry, self.scope(), item.code, version=item.version)
        )
        self.supersede(item)
        item.retired = True

    def supersede(self, item: Item) -> None:
        if self.type.history:
            names = [one.name for one in self.type.attributes]
            kept = {name: item.values.get(name) for name in names}
            item.superseded.append((item.version, kept))

    def holds(self) -> None:
        """Every record reads, filters and remembers as the model says."""
        page = self.runner.run(self.objects.page(self.registry, self.scope(), Query(limit=1000)))
        alive = {item.code: item for item in self.items if not item.retired}
        assert {record.code for record in page.records} == set(alive)
        for record in page.records:
            item = alive[record.code]
            wanted = {one.name: item.values.get(one.name) for one in self.type.attributes}
            assert dict(record.attributes) == wanted
            shown = msgspec.json.decode(record.place)["coordinates"] if record.place else None
            assert shown == (item.place if self.type.place else None)
            self.remembers(record.id, item)
        for one in self.type.attributes:
            self.finds(one, alive)
            self.is_indexed(one)

    def remembers(self, record_id: Any, item: Item) -> None:
        rows = self.runner.run(self.objects.versions(self.registry, self.scope(), record_id))
        names = [one.name for one in self.type.attributes]
        told = [(row["version"], {name: row[name] for name in names}) for row in rows]
        wanted = [
            (at, {name: values.get(name) for name in names}) for at, values in item.superseded
        ]
        assert told == (wanted[::-1] if self.type.history else [])

    def finds(self, one: Attribute, alive: Mapping[str, Item]) -> None:
        for value in {item.values.get(one.name) for item in alive.values()} - {None}:
            query = Query(filters=(Filter(one.name, "eq", value),), limit=1000)
            page = self.runner.run(self.objects.page(self.registry, self.scope(), query))
            wanted = {code for code, item in alive.items() if item.values.get(one.name) == value}
            assert {record.code for record in page.records} == wanted

    def is_indexed(self, one: Attribute) -> None:
        column = self.registry.types[self.name].column(one.name)
        found = self.runner.run(self.indexes(column))
        wanted = [True] if one.unique else [False] if one.index else []
        assert found == wanted

    async def column(self, name: str) -> list[Any]:
        """What stands in a column, whatever the declaration says of it."""
        async with self.database.reading() as work:
            rows = await work.tuples(f'select "{name}" from city."{self.name}" order by code')
        return [row[0] for row in rows]

    async def indexes(self, column: str) -> list[bool]:
        """Of each index that begins with a column: whether it is unique."""
        async with self.database.reading() as work:
            rows = await work.tuples(
                """select x.indisunique from pg_index x
                   join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
                   where x.indrelid = ('city.' || %(name)s)::regclass and a.attname = %(column)s
                     and x.indisvalid""",
                name=self.name,
                column=column,
            )
        return [row[0] for row in rows]


def attribute(name: str, kind: Any, **more: Any) -> Attribute:
    return Attribute(name=name, kind=kind, label=Words(name, name), **more)


def is_of(value: Any, kind: str) -> bool:
    wanted = {"text": str, "integer": int, "number": float, "boolean": bool, "date": date}[kind]
    return type(value) is wanted
