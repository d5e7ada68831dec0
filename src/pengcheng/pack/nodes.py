"""Strict YAML 1.2: text to nodes that know their line.

Only the plain language: mappings, sequences and scalars of the core schema. Anchors, aliases,
merge keys, tags, duplicate keys, several documents and anything past the limits are refused, each
with its line; reading goes on after a refused node so that an author sees all faults at once.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from pengcheng.pack.faults import Faults

BYTES_MAX = 512 * 1024
DEPTH_MAX = 24
NODES_MAX = 60_000
NUMBER_LENGTH_MAX = 40
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONSTANTS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class Scalar(msgspec.Struct, frozen=True):
    """One value; `value` is str, int, float, bool or None, `text` what was written."""

    line: int
    value: Any
    text: str = ""


class Sequence(msgspec.Struct, frozen=True):
    """A list of nodes."""

    line: int
    items: list["Node"]


class Mapping(msgspec.Struct, frozen=True):
    """Keys to nodes, in the order written; `key_lines` says where each key stands."""

    line: int
    items: dict[str, "Node"]
    key_lines: dict[str, int]


Node = Scalar | Sequence | Mapping


class Document(msgspec.Struct, frozen=True):
    """One YAML file: its name as shown to authors, and its content."""

    file: str
    root: Node

    def at(self, *path: str | int) -> tuple[str, int]:
        """File and line of what stands at a path; of the deepest part that exists."""
        node, line = self.root, self.root.line
        for part in path:
            if isinstance(node, Mapping) and part in node.items:
                line, node = node.key_lines[str(part)], node.items[str(part)]
            elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
                line = node.line
            else:
                break
        return self.file, line

    def keys(self, *path: str) -> dict[str, int]:
        """The keys written at a path, with their lines; empty when there is no mapping."""
        node: Node = self.root
        for part in path:
            if not isinstance(node, Mapping) or part not in node.items:
                return {}
            node = node.items[part]
        return node.key_lines if isinstance(node, Mapping) else {}


def read_yaml(text: str, file: str, faults: Faults) -> Document | None:
    """The document of a file; None when it is empty or cannot be read at all."""
    if len(text.encode()) > BYTES_MAX:
        faults.add((file, 1), "file.too_large", limit=BYTES_MAX)
        return None
    try:
        root = _Reader(file, faults, YAML(pure=True, typ="safe").parse(text)).document()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        faults.add((file, mark.line + 1 if mark else 1), "yaml.syntax", problem=problem)
        return None
    return Document(file, root) if root is not None else None


def plain(node: Node) -> Any:
    """The node as plain dicts, lists and values."""
    if isinstance(node, Mapping):
        return {key: plain(item) for key, item in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


class _Reader:
    def __init__(self, file: str, faults: Faults, events: Iterator[Event]) -> None:
        self._file = file
        self._faults = faults
        self._events = events
        self._nodes = 0
        self._past_a_limit = False

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                continue
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fault(event, "yaml.documents")
                    return root
                if event.version not in {None, (1, 2)}:
                    self._fault(event, "yaml.version")
                continue
            root = self._node(event, 0)
        empty = isinstance(root, Scalar) and root.value is None
        return None if empty or self._past_a_limit else root

    def _node(self, event: Event, depth: int) -> Node:
        self._nodes += 1
        line = event.start_mark.line + 1
        if self._nodes > NODES_MAX:
            self._fault(event, "yaml.many", limit=NODES_MAX)
            self._past_a_limit = True
            return Scalar(line, None)
        if depth > DEPTH_MAX:
            self._fault(event, "yaml.deep", limit=DEPTH_MAX)
            self._past_a_limit = True
            return Scalar(line, None)
        self._plain_only(event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(line, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(line, depth)
        if isinstance(event, ScalarEvent):
            value = event.value if event.style or event.ctag else _resolved(event.value)
            return Scalar(line, value, event.value)
        return Scalar(line, None)

    def _mapping(self, line: int, depth: int) -> Mapping:
        items: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, depth)
            held = next(self._events, None)
            if held is None:
                break
            value = self._node(held, depth + 1)
            if key is None:
                continue
            if key in items:
                self._fault(event, "yaml.twice", given=key, first=lines[key])
                continue
            items[key], lines[key] = value, event.start_mark.line + 1
        return Mapping(line, items, lines)

    def _key(self, event: Event, depth: int) -> str | None:
        if not isinstance(event, ScalarEvent):
            self._fault(event, "yaml.key")
            self._node(event, depth + 1)
            return None
        self._plain_only(event)
        if event.value == "<<" and not event.style:
            self._fault(event, "yaml.merge")
            return None
        return str(event.value)

    def _sequence(self, line: int, depth: int) -> Sequence:
        items: list[Node] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, depth + 1))
        return Sequence(line, items)

    def _plain_only(self, event: Event) -> None:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            self._fault(event, "yaml.alias")
        tag = getattr(event, "ctag", None)
        if tag:
            self._fault(event, "yaml.tag", given=str(tag))

    def _fault(self, event: Event, code: str, **facts: Any) -> None:
        """Note a fault; past a limit nothing that follows is understood, so nothing is said."""
        if not self._past_a_limit:
            self._faults.add((self._file, event.start_mark.line + 1), code, **facts)


def _resolved(text: str) -> Any:
    """The value of a plain scalar by the core schema of YAML 1.2 (10.3.2)."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) > NUMBER_LENGTH_MAX:
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", "", 1) if _NOT_FINITE.fullmatch(text) else text)
    return text
