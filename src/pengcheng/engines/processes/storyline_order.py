"""Which row and column a step has in a storyline, which ways are lines and which are written."""

from collections.abc import Mapping, Sequence

import msgspec

from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Event,
    Flow,
    FlowNode,
    Gateway,
    SubProcess,
)

LEAP = 2
"""How many rows a choice's line may span before it is written instead."""


class Order(msgspec.Struct, kw_only=True):
    """The plan of a body. `hanging`: gateways by the step that they hang under; `hosts`: boundary
    events by their step; `lines` and `asides`: flows between the same two steps, together."""

    units: tuple[str, ...]
    hanging: Mapping[str, str]
    hosts: Mapping[str, str]
    boundary: Mapping[str, tuple[str, ...]]
    rows: dict[str, int]
    columns: dict[str, int]
    lines: list[list[Flow]]
    asides: dict[str, list[list[Flow]]]

    def owner(self, node: str) -> str:
        """The unit that a node belongs to."""
        return self.hosts.get(node) or _turned(self.hanging).get(node) or node


def order_of(body: Body) -> Order:
    """The plan of a body."""
    nodes = {node.id: node for node in body.nodes}
    flows = [flow for flow in body.flows if {flow.source, flow.target} <= set(nodes)]
    hosts = {
        node.id: node.attached_to
        for node in body.nodes
        if isinstance(node, Event) and node.position == "boundary" and node.attached_to in nodes
    }
    hanging = _hanging(nodes, flows)
    hung = _turned(hanging)
    units = tuple(name for name in nodes if name not in hosts and name not in hung)
    boundary: dict[str, tuple[str, ...]] = {}
    for event, host in hosts.items():
        boundary[host] = (*boundary.get(host, ()), event)
    order = Order(
        units=units, hanging=hanging, hosts=hosts, boundary=boundary, rows={}, columns={},
        lines=[], asides={},
    )  # fmt: skip
    between = [flow for flow in flows if hung.get(flow.target) != flow.source]
    _sort(order, body, nodes, between)
    return order


def _hanging(nodes: Mapping[str, FlowNode], flows: Sequence[Flow]) -> dict[str, str]:
    """Steps with the exclusive gateway that only chooses after them."""
    into: dict[str, list[Flow]] = {}
    out: dict[str, list[Flow]] = {}
    for flow in flows:
        into.setdefault(flow.target, []).append(flow)
        out.setdefault(flow.source, []).append(flow)
    found = {}
    for name, node in nodes.items():
        coming = into.get(name, [])
        if isinstance(node, Gateway) and node.kind == "exclusive" and len(coming) == 1:
            source = nodes[coming[0].source]
            if isinstance(source, Activity) and len(out[source.id]) == 1:
                found[source.id] = name
    return found


def _sort(order: Order, body: Body, nodes: Mapping[str, FlowNode], flows: Sequence[Flow]) -> None:
    number = {name: at for at, name in enumerate(order.units)}
    ways: dict[str, list[str]] = {}
    for flow in flows:
        ways.setdefault(order.owner(flow.source), []).append(order.owner(flow.target))
    forward: list[Flow] = []
    written: list[Flow] = []
    for flow in flows:
        source, target = order.owner(flow.source), order.owner(flow.target)
        back = number[target] <= number[source] and _reaches(target, source, ways)
        (written if back else forward).append(flow)
    rows = _ranks(order, forward)
    for flow in _shared(order, nodes, forward, rows) + _leaps(order, nodes, forward, rows):
        if flow in forward:
            forward.remove(flow)
            written.append(flow)
    order.rows.update(_ranks(order, forward))
    _rest_below(order, body, forward)
    _columns(order, nodes, forward)
    lines = forward + [flow for flow in written if not _may_be_written(order, nodes, flow)]
    order.lines.extend(_together(order, lines))
    kept = {flow.id for flow in lines}
    aside = sorted((flow for flow in written if flow.id not in kept), key=body.flows.index)
    for group in _together(order, aside):
        order.asides.setdefault(order.owner(group[0].source), []).append(group)


def _may_be_written(order: Order, nodes: Mapping[str, FlowNode], flow: Flow) -> bool:
    """Only a card has room for words."""
    owner = nodes[order.owner(flow.source)]
    card = isinstance(owner, Activity) and not (isinstance(owner, SubProcess) and owner.body.nodes)
    return card and flow.source not in order.hosts


def _chooses(order: Order, nodes: Mapping[str, FlowNode], flow: Flow) -> bool:
    return _may_be_written(order, nodes, flow) and order.owner(flow.source) != flow.source


def _shared(
    order: Order, nodes: Mapping[str, FlowNode], flows: Sequence[Flow], rows: Mapping[str, int]
) -> list[Flow]:
    """Choices that end the process, but the last one of each end: several steps share them."""
    found = []
    for name, node in nodes.items():
        if not (isinstance(node, Event) and node.position == "end"):
            continue
        coming = [flow for flow in flows if flow.target == name]
        last = max((rows[order.owner(flow.source)] for flow in coming), default=0)
        found += [
            flow for flow in coming
            if rows[order.owner(flow.source)] < last and _chooses(order, nodes, flow)
        ]  # fmt: skip
    return found


def _leaps(
    order: Order, nodes: Mapping[str, FlowNode], flows: Sequence[Flow], rows: Mapping[str, int]
) -> list[Flow]:
    """Choices that leap over rows to where a nearer step leads too."""
    found = []
    for flow in flows:
        source, target = order.owner(flow.source), order.owner(flow.target)
        nearer = any(
            order.owner(other.target) == target and rows[order.owner(other.source)] > rows[source]
            for other in flows
        )
        if rows[target] - rows[source] > LEAP and nearer and _chooses(order, nodes, flow):
            found.append(flow)
    return found


def _ranks(order: Order, flows: Sequence[Flow]) -> dict[str, int]:
    """The longest way from a beginning, in rows."""
    waiting = dict.fromkeys(order.units, 0)
    out: dict[str, list[str]] = {}
    for flow in flows:
        waiting[order.owner(flow.target)] += 1
        out.setdefault(order.owner(flow.source), []).append(order.owner(flow.target))
    ranks = dict.fromkeys(order.units, 0)
    ready = [name for name in order.units if not waiting[name]]
    while ready:
        name = ready.pop()
        for target in out.get(name, ()):
            ranks[target] = max(ranks[target], ranks[name] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ranks


def _rest_below(order: Order, body: Body, flows: Sequence[Flow]) -> None:
    """What no flow touches stands below, what undoes a step beside it."""
    touched = {order.owner(end) for flow in flows for end in (flow.source, flow.target)}
    low = max((order.rows[name] for name in touched), default=-1) + 1
    for name in order.units:
        if name not in touched and touched:
            order.rows[name] = low
    for line in body.associations:
        if line.target in order.rows and line.source in order.hosts:
            order.rows[line.target] = order.rows[order.hosts[line.source]]


def _columns(order: Order, nodes: Mapping[str, FlowNode], flows: Sequence[Flow]) -> None:
    """The main line in the first column, the others beside it."""
    out: dict[str, list[str]] = {}
    came: dict[str, str] = {}
    for flow in flows:
        source, target = order.owner(flow.source), order.owner(flow.target)
        if flow.source not in order.hosts:
            out.setdefault(source, []).append(target)
        came.setdefault(target, source)
    beginnings = [name for name in order.units if not order.rows[name]]
    plain = [name for name in beginnings if isinstance(nodes[name], Event)]
    at: str | None = next(iter(plain or beginnings), None)
    taken: set[tuple[int, int]] = set()
    while at is not None and at not in order.columns:
        order.columns[at] = 0
        taken.add((order.rows[at], 0))
        at = _onward([name for name in out.get(at, ()) if name not in order.columns], out)
    for name in sorted(order.units, key=lambda item: order.rows[item]):
        if name in order.columns:
            continue
        column = max(order.columns.get(came.get(name, ""), 0), 1)
        while (order.rows[name], column) in taken:
            column += 1
        order.columns[name] = column
        taken.add((order.rows[name], column))


def _onward(targets: Sequence[str], out: Mapping[str, Sequence[str]]) -> str | None:
    """How the main line goes on: past a detour, which leads to where another way leads at once;
    then to where most steps are still ahead. Not by the order in which ways are declared: a
    database keeps none."""
    past = [
        name for name in targets
        if not any(other != name and _reaches(name, other, out) for other in targets)
    ]  # fmt: skip
    return max(past or targets, key=lambda name: len(_ahead(name, out)), default=None)


def _ahead(begin: str, out: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    heap = [begin]
    while heap:
        name = heap.pop()
        if name not in seen:
            seen.add(name)
            heap += out.get(name, ())
    return seen


def _together(order: Order, flows: Sequence[Flow]) -> list[list[Flow]]:
    """Flows between the same two steps (a boundary event's apart), in their order."""
    groups: dict[tuple[str, str], list[Flow]] = {}
    for flow in flows:
        source = flow.source if flow.source in order.hosts else order.owner(flow.source)
        groups.setdefault((source, order.owner(flow.target)), []).append(flow)
    return list(groups.values())


def _reaches(begin: str, goal: str, ways: Mapping[str, Sequence[str]]) -> bool:
    seen: set[str] = set()
    heap = [begin]
    while heap:
        node = heap.pop()
        if node == goal:
            return True
        if node not in seen:
            seen.add(node)
            heap += ways.get(node, ())
    return False


def _turned(mapping: Mapping[str, str]) -> dict[str, str]:
    return {value: key for key, value in mapping.items()}
