"""Checks the nodes of a file against its shape and builds the shape's value.

msgspec stops at the first fault; an author wants them all. So the walk goes over the whole tree,
notes every fault with its line, leaves out what is faulty and builds what is left: references in
the sound parts are still checked. It reads the same structs that JSON Schema is made of.
"""

import math
import re
from functools import cache
from typing import Any, TypeVar

from msgspec import inspect

from pengcheng.kernel.words import Words
from pengcheng.pack.faults import Faults
from pengcheng.pack.nodes import Document, Mapping, Node, Scalar, Sequence, plain

T = TypeVar("T")

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")

WANTED = {
    inspect.StrType: ("文字", "a text"),
    inspect.IntType: ("整数", "a whole number"),
    inspect.FloatType: ("数", "a number"),
    inspect.BoolType: ("true 或 false", "true or false"),
    inspect.DictType: ("键和值", "keys and values"),
    inspect.StructType: ("键和值", "keys and values"),
    inspect.ListType: ("列表", "a list"),
    inspect.LiteralType: ("可选值之一", "one of the choices"),
    inspect.NoneType: ("空", "nothing"),
}


_TEXT = inspect.StrType(min_length=1)
"""What each language of `Words` is: neither is ever empty."""


class _Missing:
    """What stands in place of a value that had faults."""


MISSING = _Missing()


def walk(document: Document, shape: type[T], faults: Faults) -> T | None:
    """The file as its shape, without its faulty parts; None when nothing of it is sound."""
    walker = _Walker(document.file, faults)
    if not isinstance(document.root, Mapping):
        got_zh, got = _described(document.root)
        faults.add((document.file, document.root.line), "shape.root", got=got, got_zh=got_zh)
        return None
    value = walker.read(document.root, inspect.type_info(shape))
    return None if isinstance(value, _Missing) else value


class _Walker:
    def __init__(self, file: str, faults: Faults) -> None:
        self._file = file
        self._faults = faults

    def read(self, node: Node, kind: inspect.Type) -> Any:
        """The value of a node of this kind, or MISSING when it has faults."""
        match kind:
            case inspect.Metadata():
                return self.read(node, kind.type)
            case inspect.AnyType():
                return plain(node)
            case inspect.UnionType():
                return self._union(node, kind)
            case inspect.StructType():
                return self._struct(node, kind)
            case inspect.DictType():
                return self._dict(node, kind)
            case inspect.ListType():
                return self._list(node, kind)
            case inspect.LiteralType():
                return self._choice(node, kind)
            case _:
                return self._scalar(node, kind)

    def _union(self, node: Node, kind: inspect.UnionType) -> Any:
        fitting = [one for one in kind.types if _fits(node, _bare(one))]
        if fitting:
            return self.read(node, fitting[0])
        named = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return self._wrong(node, named[0] if named else kind.types[0])

    def _struct(self, node: Node, kind: inspect.StructType) -> Any:
        if not isinstance(node, Mapping):
            return self._wrong(node, kind)
        fields = {field.encode_name: field for field in kind.fields}
        for key, line in node.key_lines.items():
            if key not in fields:
                self._note(line, "shape.unknown_key", given=key, allowed=fields)
        values: dict[str, Any] = {}
        sound = True
        for name, field in fields.items():
            if name in node.items:
                kind_held = _TEXT if kind.cls is Words else field.type
                value = self.read(node.items[name], kind_held)
                if not isinstance(value, _Missing):
                    values[field.name] = value
                    continue
            elif field.required:
                self._note(node.line, "shape.missing_key", name=name)
            sound = sound and not field.required
        return kind.cls(**values) if sound else MISSING

    def _dict(self, node: Node, kind: inspect.DictType) -> Any:
        if not isinstance(node, Mapping):
            return self._wrong(node, kind)
        self._length(node.line, len(node.items), kind)
        found = {}
        for key, item in node.items.items():
            line = node.key_lines[key]
            named = self._scalar(Scalar(line, key, key), _bare(kind.key_type))
            value = self.read(item, kind.value_type)
            if not isinstance(named, _Missing) and not isinstance(value, _Missing):
                found[named] = value
            else:
                self._faults.unsound(key)
        return found

    def _list(self, node: Node, kind: inspect.ListType) -> Any:
        if not isinstance(node, Sequence):
            return self._wrong(node, kind)
        self._length(node.line, len(node.items), kind)
        values = [self.read(item, kind.item_type) for item in node.items]
        return [value for value in values if not isinstance(value, _Missing)]

    def _choice(self, node: Node, kind: inspect.LiteralType) -> Any:
        if not isinstance(node, Scalar):
            return self._wrong(node, kind)
        if node.value in kind.values:
            return node.value
        allowed = [str(value) for value in kind.values]
        self._note(node.line, "shape.choice", given=node.text, allowed=allowed)
        return MISSING

    def _scalar(self, node: Node, kind: inspect.Type) -> Any:
        kind = _bare(kind)
        if not _fits(node, kind) or not isinstance(node, Scalar):
            return self._wrong(node, kind)
        if isinstance(kind, inspect.StrType):
            return self._text(node, kind)
        if isinstance(kind, inspect.IntType | inspect.FloatType):
            return self._number(node, kind)
        return node.value

    def _text(self, node: Scalar, kind: inspect.StrType) -> Any:
        if kind.pattern is not None and re.search(kind.pattern, node.value) is None:
            example = _example(kind.pattern)
            self._note(node.line, "shape.pattern", given=node.value, example=example)
            return MISSING
        return node.value if self._length(node.line, len(node.value), kind) else MISSING

    def _number(self, node: Scalar, kind: inspect.IntType | inspect.FloatType) -> Any:
        if not math.isfinite(node.value):
            self._note(node.line, "shape.number")
            return MISSING
        low = -math.inf if kind.ge is None else kind.ge
        high = math.inf if kind.le is None else kind.le
        if not low <= node.value <= high:
            low_shown, high_shown = _bound(kind.ge), _bound(kind.le)
            self._note(node.line, "shape.range", given=node.text, low=low_shown, high=high_shown)
            return MISSING
        return node.value

    def _length(
        self, line: int, length: int, kind: inspect.StrType | inspect.DictType | inspect.ListType
    ) -> bool:
        low, high = kind.min_length or 0, kind.max_length
        if length < low or (high is not None and length > high):
            self._note(line, "shape.length", low=low, high=_bound(high))
            return False
        return True

    def _wrong(self, node: Node, kind: inspect.Type) -> _Missing:
        kind = _bare(kind)
        if isinstance(kind, inspect.StrType) and isinstance(node, Scalar) and node.text:
            self._note(node.line, "shape.quote", given=node.text)
            return MISSING
        wanted_zh, wanted = WANTED.get(type(kind), ("另一种值", "another kind of value"))
        got_zh, got = _described(node)
        self._note(
            node.line, "shape.kind", wanted=wanted, wanted_zh=wanted_zh, got=got, got_zh=got_zh
        )
        return MISSING

    def _note(self, line: int, code: str, **facts: Any) -> None:
        self._faults.add((self._file, line), code, **facts)


def _bare(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


def _fits(node: Node, kind: inspect.Type) -> bool:
    if isinstance(node, Mapping):
        return isinstance(kind, inspect.DictType | inspect.StructType | inspect.AnyType)
    if isinstance(node, Sequence):
        return isinstance(kind, inspect.ListType | inspect.AnyType)
    value = node.value
    match kind:
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case inspect.NoneType():
            return value is None
        case inspect.LiteralType():
            return isinstance(value, str)
        case _:
            return isinstance(kind, inspect.AnyType)


def _described(node: Node) -> tuple[str, str]:
    if isinstance(node, Mapping):
        return "键和值", "keys and values"
    if isinstance(node, Sequence):
        return "列表", "a list"
    return (f"“{node.text}”", f"“{node.text}”") if node.text else ("空", "nothing")


def _bound(value: float | None) -> str:
    return "∞" if value is None else str(value)


def _example(pattern: str) -> str:
    return _examples().get(pattern, pattern)


@cache
def _examples() -> dict[str, str]:
    """What a well-written text looks like, by pattern; a person reads examples more easily."""
    return {
        r"^[a-z][a-z0-9_]{0,47}$": "water_level",
        r"^[1-9][0-9]{0,4} (minute|hour|day|working hour|working day)s?$": "5 working days",
        r"^[1-9][0-9]{0,2} (day|month|year)s?$": "10 years",
        r"^([1-9][0-9]{0,2} )?(day|week|month|quarter|year)s?$": "15 days",
        r"^[0-9]+(\.[0-9]+){0,2}$": '"1.0"',
        r"^[a-z0-9][a-z0-9-]*$": "citizen-demands",
        r"^[a-z0-9][a-z0-9_/-]*\.csv$": "categories.csv",
        r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$": "greeting.day",
        r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$": "citizen_demands.category",
        r"^(\*|[a-z][a-z0-9_]{0,47})$": "demand",
        r"^-?[a-z][a-z0-9_]*$": "-due_at",
        r"^[a-z0-9-]+$": "message-report",
    }
