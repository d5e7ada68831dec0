"""Whether a body can always end: its token game is played through, whatever the data say.

Every choice is tried: which way at an exclusive gateway, which set at an inclusive one, which
boundary event. A marking in which tokens rest only at joins is a deadlock (van der Aalst,
"soundness", 1997). The game is bounded; a body too wide to be played through is reported as such,
never as sound.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import Any

from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Event,
    FlowNode,
    Gateway,
    SubProcess,
)

MARKINGS_MAX = 4_000
WAYS_MAX = 8
TOKENS_MAX = 2

Marking = tuple[tuple[str, int], ...]
Found = tuple[Any, str, str, dict[str, Any]]


def explore(body: Body, name: str) -> Iterator[Found]:
    """Deadlocks, and flows on which tokens pile up, as (grade, code, element, facts)."""
    net = _Net(body)
    seen: set[Marking] = set()
    heap = list(net.beginnings())
    stuck: set[str] = set()
    piled: set[str] = set()
    while heap:
        marking = heap.pop()
        if marking in seen:
            continue
        seen.add(marking)
        if len(seen) > MARKINGS_MAX:
            yield ("warning", "process.not_proven", name, {"limit": MARKINGS_MAX})
            break
        heavy = [place for place, count in marking if count > TOKENS_MAX]
        if heavy:
            piled.update(heavy)
            continue
        following = list(net.following(marking))
        if marking and not following:
            stuck.update(net.target[place] for place, _ in marking if place in net.target)
        heap += following
    for node in sorted(stuck):
        yield ("fault", "process.deadlock", node, {})
    for flow in sorted(piled):
        yield ("warning", "process.tokens_pile_up", flow, {})


class _Net:
    """The body as a net: its places are the flows."""

    def __init__(self, body: Body) -> None:
        self.nodes: dict[str, FlowNode] = {node.id: node for node in body.nodes}
        self.target = {flow.id: flow.target for flow in body.flows}
        self.into: dict[str, list[str]] = {node: [] for node in self.nodes}
        self.out: dict[str, list[str]] = {node: [] for node in self.nodes}
        self.conditional: set[str] = set()
        for flow in body.flows:
            self.into[flow.target].append(flow.id)
            self.out[flow.source].append(flow.id)
            if flow.condition is not None:
                self.conditional.add(flow.id)
        self.boundary: dict[str, list[Event]] = {}
        self.catches: dict[str, str] = {}
        for node in body.nodes:
            if isinstance(node, Event):
                if node.position == "boundary":
                    self.boundary.setdefault(node.attached_to, []).append(node)
                for trigger in node.triggers:
                    if trigger.kind == "link" and node.position == "catch":
                        self.catches[trigger.link] = node.id
        self._upstream = {
            node: self._before(node)
            for node, item in self.nodes.items()
            if isinstance(item, Gateway) and item.kind == "inclusive"
        }

    def beginnings(self) -> Iterator[Marking]:
        starts = [n for n in self.nodes.values() if isinstance(n, Event) and n.position == "start"]
        triggered = [item for item in starts if item.triggers]
        plain: list[FlowNode] = [item for item in starts if not item.triggers]
        if not starts:
            plain = [n for n in self.nodes.values() if not self.into[n.id] and _begins(n)]
        for start in triggered:
            yield from (_pack(put) for put in self._emitted(start))
        if plain:
            markings: list[dict[str, int]] = [{}]
            for node in plain:
                markings = [_add(m, put) for m in markings for put in self._through(node)]
            yield from (_pack(marking) for marking in markings)

    def following(self, marking: Marking) -> Iterator[Marking]:
        held = dict(marking)
        touched = {self.target[place] for place in held}
        for name in sorted(touched):
            node = self.nodes[name]
            filled = [flow for flow in self.into[name] if held.get(flow)]
            if isinstance(node, Gateway) and node.kind == "parallel":
                takes = [filled] if len(filled) == len(self.into[name]) else []
            elif isinstance(node, Gateway) and node.kind == "inclusive":
                takes = [filled] if self._may_open(name, held, set(filled)) else []
            else:
                takes = [[flow] for flow in filled]
            for taken in takes:
                rest = _add(held, dict.fromkeys(taken, -1))
                for put in self._through(node):
                    if put.get(_STOP):
                        yield ()
                    else:
                        yield _pack(_add(rest, put))

    def _through(self, node: FlowNode) -> Iterator[dict[str, int]]:
        """Every way in which a node can let a token go on."""
        yield from self._emitted(node)
        for event in self.boundary.get(node.id, ()):
            if any(item.kind == "compensation" for item in event.triggers):
                continue
            for put in self._emitted(event):
                if event.interrupting:
                    yield put
                else:
                    yield from (_add(put, own) for own in self._emitted(node))

    def _emitted(self, node: FlowNode) -> Iterator[dict[str, int]]:
        out = self.out[node.id]
        if isinstance(node, Event):
            kinds = {item.kind: item for item in node.triggers}
            if node.position == "end":
                yield {_STOP: 1} if kinds.keys() & {"terminate", "error"} else {}
                return
            if node.position == "throw" and "link" in kinds:
                target = self.catches.get(kinds["link"].link, "")
                yield dict.fromkeys(self.out.get(target, ()), 1)
                return
        if not out:
            yield {}
        elif isinstance(node, Gateway) and node.kind in ("exclusive", "event"):
            yield from ({flow: 1} for flow in out)
        elif isinstance(node, Gateway) and node.kind == "inclusive":
            yield from (dict.fromkeys(some, 1) for some in _subsets(out))
        else:
            free = [flow for flow in out if flow in self.conditional or flow == _default(node)]
            fixed = [flow for flow in out if flow not in free]
            subsets = _subsets(free) if not fixed else [(), *_subsets(free)]
            if not free:
                yield dict.fromkeys(fixed, 1)
            else:
                yield from (dict.fromkeys((*fixed, *some), 1) for some in subsets)

    def _may_open(self, name: str, held: Mapping[str, int], filled: set[str]) -> bool:
        for place in held:
            if self.target[place] == name:
                continue
            reaches = {flow for flow, nodes in self._upstream[name].items()
                       if self.target[place] in nodes}  # fmt: skip
            if reaches - filled and not reaches & filled:
                return False
        return True

    def _before(self, gateway: str) -> dict[str, set[str]]:
        sources: dict[str, set[str]] = {node: set() for node in self.nodes}
        for node, flows in self.out.items():
            host = self.nodes[node]
            name = host.attached_to if isinstance(host, Event) and host.attached_to else node
            for flow in flows:
                sources[self.target[flow]].add(name)
        found = {}
        for node, flows in self.out.items():
            for flow in flows:
                if self.target[flow] == gateway:
                    seen, heap = set[str](), [node]
                    while heap:
                        item = heap.pop()
                        if item not in seen and item != gateway:
                            seen.add(item)
                            heap += sources.get(item, ())
                    found[flow] = seen
        return found


_STOP = "\0stop"


def _begins(node: FlowNode) -> bool:
    if isinstance(node, Activity):
        by_event = isinstance(node, SubProcess) and node.by_event
        return not node.for_compensation and not by_event
    return not isinstance(node, Event) or node.position in ("throw", "end")


def _default(node: FlowNode) -> str:
    return "" if isinstance(node, Event) else node.default


def _subsets(flows: list[str]) -> list[tuple[str, ...]]:
    """Every set of ways but the empty one; of very many ways, one each and all together."""
    if len(flows) > WAYS_MAX:
        return [*((flow,) for flow in flows), tuple(flows)]
    sizes = range(1, len(flows) + 1)
    return list(chain.from_iterable(combinations(flows, size) for size in sizes))


def _add(held: Mapping[str, int], put: Mapping[str, int]) -> dict[str, int]:
    total = dict(held)
    for place, count in put.items():
        total[place] = total.get(place, 0) + count
    return {place: count for place, count in total.items() if count}


def _pack(held: Mapping[str, int]) -> Marking:
    return () if _STOP in held else tuple(sorted(held.items()))
