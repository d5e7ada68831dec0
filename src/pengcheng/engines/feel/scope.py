"""What compiling knows: which slot of the frame holds which name, and what is wrong so far.

A compiled expression runs on a frame, a plain list: slot 0 holds the `Run`, then come the inputs,
then every variable that the expression itself introduces, each in a slot of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import msgspec

from pengcheng.engines.feel import tree
from pengcheng.engines.feel.built_in import BuiltIn
from pengcheng.engines.feel.builtins import BUILT_INS
from pengcheng.engines.feel.values import Value
from pengcheng.kernel.errors import Fault, ensure

Frame = list[Value]
Code = Callable[[Frame], Value]
Build = Callable[["Scope", Any], Code]
RUN = 0
ITEM = "item"


class Layer(msgspec.Struct):
    """Names of one scope; the members of a filter's item are names too, known only at run time."""

    slots: dict[str, int]
    item: int | None = None


class Scope:
    """Compiles nodes to closures within the names in scope."""

    def __init__(
        self,
        builders: Mapping[type, Build],
        names: Iterable[str] | None,
        fault: Callable[..., Fault],
    ) -> None:
        self._builders = builders
        self._declared = None if names is None else frozenset(names)
        self._fault = fault
        self._layers: list[Layer] = []
        self.inputs: dict[str, int] = {}
        self.size = 1
        self.faults: list[Fault] = []

    def code(self, node: tree.Node) -> Code:
        """The closure of a node."""
        return self._builders[type(node)](self, node)

    def blame(self, node: tree.Node, code: str, **facts: object) -> None:
        """Note a fault at a node; compiling goes on, so that all faults are told at once."""
        self.faults.append(self._fault(code, node.at, **facts))

    def slot(self) -> int:
        """A new slot of the frame."""
        self.size += 1
        return self.size - 1

    @contextmanager
    def layer(self, slots: dict[str, int], item: int | None = None) -> Iterator[Layer]:
        """Names that are in scope inside only."""
        added = Layer(slots, item)
        self._layers.append(added)
        yield added
        self._layers.pop()

    def built_in(self, node: tree.Node) -> BuiltIn | None:
        """The built-in function that this node names, unless something in scope hides it."""
        if not isinstance(node, tree.Name) or node.name not in BUILT_INS:
            return None
        hidden = any(
            node.name in layer.slots or layer.item is not None for layer in self._layers
        ) or (self._declared is not None and node.name in self._declared)
        return None if hidden else BUILT_INS[node.name]

    def name(self, node: tree.Name) -> Code:
        """The closure that reads a name."""
        items: list[int] = []
        for layer in reversed(self._layers):
            if layer.item is not None:
                items.append(layer.item)
            if node.name in layer.slots:
                return _after_items(node.name, items, _read(layer.slots[node.name]))
        return _after_items(node.name, items, self._outermost(node, dynamic=bool(items)))

    def _outermost(self, node: tree.Name, *, dynamic: bool) -> Code:
        name = node.name
        if self._declared is not None and name in self._declared:
            return _read(self._input(name))
        if name in BUILT_INS:
            return constant(BUILT_INS[name])
        if self._declared is None:
            return _read(self._input(name))
        if not dynamic:
            self.blame(node, "feel.unknown_name", name=name)
        return constant(None)

    def _input(self, name: str) -> int:
        if name not in self.inputs:
            self.inputs[name] = self.slot()
        return self.inputs[name]


def constant(value: Value) -> Code:
    """The closure that always gives this value."""
    return lambda _: value


def _read(slot: int) -> Code:
    ensure(slot > RUN, "slot 0 holds the run")
    return itemgetter(slot)


def _after_items(name: str, items: list[int], otherwise: Code) -> Code:
    """Look into the items of the filters around, the innermost first."""
    for slot in reversed(items):
        otherwise = _member_or(name, slot, otherwise)
    return otherwise


def _member_or(name: str, slot: int, otherwise: Code) -> Code:
    def read(frame: Frame) -> Value:
        item = frame[slot]
        if type(item) is dict and name in item:
            return item[name]
        return otherwise(frame)

    return read
