"""A simple layered layout, so that any process can be shown: from left to right in the order of
the flows, returns below, sub-processes around what they hold, boundary events on their activity.
"""

from collections.abc import Mapping, Sequence

import msgspec

from pengcheng.engines.processes._namespaces import STANDARD_PREFIXES
from pengcheng.engines.processes.diagram import Edge, Picture, Point, Shape, to_xml
from pengcheng.engines.processes.model import (
    Body,
    Definition,
    Event,
    Flow,
    FlowNode,
    Gateway,
    SubProcess,
)

EVENT_SIZE = 36.0
GATEWAY_SIZE = 50.0
TASK_WIDTH, TASK_HEIGHT = 120.0, 80.0
GAP_X, GAP_Y = 90.0, 40.0
PADDING = 30.0
CHANNEL = 16.0
_BEND = "\0"


def lay_out(definition: Definition) -> Picture:
    """Every shape and edge of the process, from (0, 0) to the right and down."""
    return _body(definition.process.body)


def with_diagram(definition: Definition) -> Definition:
    """The definition with a diagram; one that has a diagram already is given back as it is."""
    if definition.document.diagrams:
        return definition
    prefixes = definition.document.prefixes or STANDARD_PREFIXES
    xml = to_xml(lay_out(definition), definition.process_id, prefixes)
    return Definition(
        msgspec.structs.replace(definition.document, diagrams=(xml,)), definition.process_id
    )


class _Grid(msgspec.Struct):
    """Nodes, and the bends of long flows, in columns from left to right."""

    columns: list[list[str]]
    sizes: dict[str, Point]
    chains: dict[str, list[str]]
    before: dict[str, list[str]]
    depths: dict[str, int]
    back: list[Flow]
    bounds: dict[str, Point]


def _body(whole: Body) -> Picture:
    here = {node.id for node in whole.nodes}
    flows = tuple(flow for flow in whole.flows if {flow.source, flow.target} <= here)
    body = msgspec.structs.replace(whole, flows=flows)
    inner = {node.id: _body(node.body) for node in body.nodes if isinstance(node, SubProcess)}
    sizes = {node.id: _size(node, inner) for node in body.nodes}
    hosts = {
        node.id: node.attached_to
        for node in body.nodes
        if isinstance(node, Event) and node.position == "boundary"
    }
    grid = _columns(body, sizes, hosts)
    shapes = _place(grid)
    _attach(body, shapes)
    edges = _edges(body, grid, shapes, hosts)
    placed = list(shapes.values())
    for node_id, picture in inner.items():
        home = shapes[node_id]
        placed += [item.moved(home.x + PADDING, home.y + PADDING) for item in picture.shapes]
        edges += [item.moved(home.x + PADDING, home.y + PADDING) for item in picture.edges]
    visible = [item for item in placed if not item.element.startswith(_BEND)]
    return Picture(tuple(visible), tuple(edges))


def _size(node: FlowNode, inner: Mapping[str, Picture]) -> Point:
    if isinstance(node, Event):
        return (EVENT_SIZE, EVENT_SIZE)
    if isinstance(node, Gateway):
        return (GATEWAY_SIZE, GATEWAY_SIZE)
    if isinstance(node, SubProcess):
        width, height = inner[node.id].size
        return (max(width + 2 * PADDING, TASK_WIDTH), max(height + 2 * PADDING, TASK_HEIGHT))
    return (TASK_WIDTH, TASK_HEIGHT)


def _columns(body: Body, sizes: dict[str, Point], hosts: Mapping[str, str]) -> _Grid:
    nodes = [node.id for node in body.nodes if node.id not in hosts]
    flows = [(hosts.get(flow.source, flow.source), flow) for flow in body.flows]
    back = _back_flows(nodes, flows)
    forward = [(source, flow) for source, flow in flows if flow.id not in back]
    ranks = _ranks(nodes, forward)
    columns: list[list[str]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    for node in nodes:
        columns[ranks[node]].append(node)
    chains: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for source, flow in forward:
        previous, chain = source, []
        for rank in range(ranks[source] + 1, ranks[flow.target]):
            bend = f"{_BEND}{flow.id}@{rank}"
            sizes[bend] = (0.0, 0.0)
            columns[rank].append(bend)
            before[bend] = [previous]
            previous = bend
            chain.append(bend)
        before.setdefault(flow.target, []).append(previous)
        chains[flow.id] = chain
    turned = [(flow.target, Flow(id="", source="", target=source)) for source, flow in forward]
    returning = [flow for _, flow in flows if flow.id in back]
    return _Grid(columns, sizes, chains, before, _ranks(nodes, turned), returning, {})


def _back_flows(nodes: Sequence[str], flows: list[tuple[str, Flow]]) -> set[str]:
    """The flows that lead back: to a node that is listed earlier and from which they can be
    reached again. Authors list steps in their usual order, so this is what they call a return."""
    out: dict[str, list[str]] = {}
    for source, flow in flows:
        out.setdefault(source, []).append(flow.target)
    number = {node: at for at, node in enumerate(nodes)}
    return {
        flow.id
        for source, flow in flows
        if number[flow.target] <= number[source] and _reaches(flow.target, source, out)
    }


def _reaches(begin: str, goal: str, out: Mapping[str, list[str]]) -> bool:
    seen: set[str] = set()
    heap = [begin]
    while heap:
        node = heap.pop()
        if node == goal:
            return True
        if node not in seen:
            seen.add(node)
            heap += out.get(node, ())
    return False


def _ranks(nodes: list[str], forward: list[tuple[str, Flow]]) -> dict[str, int]:
    """The longest way from a beginning, in steps."""
    waiting = dict.fromkeys(nodes, 0)
    out: dict[str, list[str]] = {}
    for source, flow in forward:
        waiting[flow.target] += 1
        out.setdefault(source, []).append(flow.target)
    ranks = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not waiting[node]]
    while ready:
        node = ready.pop()
        for target in out.get(node, ()):
            ranks[target] = max(ranks[target], ranks[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ranks


def _place(grid: _Grid) -> dict[str, Shape]:
    """Columns side by side; each node as near to the height of what leads to it as there is room.

    Where several want one height, the longest way onward has it: the main line is straight.
    """
    shapes: dict[str, Shape] = {}
    x = 0.0
    for column in grid.columns:
        width = max(grid.sizes[node][0] for node in column) if column else 0.0
        wanted = {node: _wanted(node, grid, shapes) for node in column}
        bottom = None
        for node in sorted(column, key=lambda item: (wanted[item], -grid.depths.get(item, -1))):
            w, h = grid.sizes[node]
            w = width if node.startswith(_BEND) else w
            grid.bounds[node] = (x, x + width)
            y = wanted[node] - h / 2
            if bottom is not None:
                y = max(y, bottom + GAP_Y)
            shapes[node] = Shape(element=node, x=x + (width - w) / 2, y=y, width=w, height=h)
            bottom = y + h
        x += width + GAP_X
    top = min((item.y for item in shapes.values()), default=0.0)
    return {name: item.moved(0, PADDING - top) for name, item in shapes.items()}


def _wanted(node: str, grid: _Grid, shapes: Mapping[str, Shape]) -> float:
    sources = [shapes[item].middle[1] for item in grid.before.get(node, ()) if item in shapes]
    return min(sources, default=0.0)


def _attach(body: Body, shapes: dict[str, Shape]) -> None:
    """Boundary events stand on the lower edge of their activity, from the right."""
    count: dict[str, int] = {}
    for node in body.nodes:
        if not isinstance(node, Event) or node.attached_to not in shapes:
            continue
        host, number = shapes[node.attached_to], count.get(node.attached_to, 0)
        count[node.attached_to] = number + 1
        x = host.x + host.width - EVENT_SIZE * 1.25 * (number + 1)
        y = host.y + host.height - EVENT_SIZE / 2
        shapes[node.id] = Shape(element=node.id, x=x, y=y, width=EVENT_SIZE, height=EVENT_SIZE)


def _edges(
    body: Body, grid: _Grid, shapes: Mapping[str, Shape], hosts: Mapping[str, str]
) -> list[Edge]:
    lowest = max((item.y + item.height for item in shapes.values()), default=0.0)
    back = {flow.id: number for number, flow in enumerate(grid.back)}
    edges = []
    for flow in body.flows:
        source, target = shapes[flow.source], shapes[flow.target]
        if flow.id in back:
            right = grid.bounds[hosts.get(flow.source, flow.source)][1]
            left = grid.bounds[flow.target][0]
            points = _returning(source, target, (left, right), lowest, back[flow.id])
        else:
            bends = [shapes[bend] for bend in grid.chains[flow.id]]
            left = grid.bounds[flow.target][0]
            points = _onward(source, bends, target, left, below=flow.source in hosts)
        edges.append(Edge(element=flow.id, points=tuple(_plain(points))))
    for line in body.associations:
        if line.source in shapes and line.target in shapes:
            ends = (shapes[line.source].middle, shapes[line.target].middle)
            edges.append(Edge(element=line.id, points=ends))
    return edges


def _onward(
    source: Shape, bends: list[Shape], target: Shape, left: float, *, below: bool
) -> list[Point]:
    """From the right (a boundary event: from below) along the bends to the left of the target.

    A line changes its height only in the gap before a column, where no node stands.
    """
    points = [(source.x + source.width, source.middle[1])]
    if below:
        low = source.y + source.height
        points = [(source.middle[0], low), (source.middle[0], low + CHANNEL / 2)]
    for bend in bends:
        y = bend.middle[1]
        points += [(bend.x - GAP_X / 2, points[-1][1]), (bend.x - GAP_X / 2, y)]
        points.append((bend.x + bend.width, y))
    goal = target.middle[1]
    points += [(left - GAP_X / 2, points[-1][1]), (left - GAP_X / 2, goal)]
    return [*points, (target.x, goal)]


def _returning(
    source: Shape, target: Shape, columns: Point, lowest: float, number: int
) -> list[Point]:
    """Out to the right, down, back along a channel below everything, up, and in from the left."""
    aside = 6 + 5 * (number % 5)
    down, up = columns[1] + aside, columns[0] - aside
    channel = lowest + CHANNEL * (number + 1)
    return [
        (source.x + source.width, source.middle[1]), (down, source.middle[1]), (down, channel),
        (up, channel), (up, target.middle[1]), (target.x, target.middle[1]),
    ]  # fmt: skip


def _plain(points: list[Point]) -> list[Point]:
    """Without points that repeat, or that lie on a straight line between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept.pop()
        kept.append(point)
    return kept
