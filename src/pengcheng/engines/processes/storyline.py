"""How a process without a diagram of its own is laid out for readers: from above to below, the main
line straight down in the first column, what happens beside it in the columns after. A step is a
card; a gateway that only chooses after a step hangs under it; a way that leads back, that leaps far
ahead or that many steps share (calling off) is written on the card instead of drawn as a line, so
that few lines are left and none lies on a word. Pure: the same process gives the same sheet.
"""

from collections.abc import Mapping, Sequence

import msgspec

from pengcheng.engines.processes._lettering import breadth, wrapped
from pengcheng.engines.processes.diagram import Point, Shape
from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Definition,
    Event,
    Flow,
    FlowNode,
    Gateway,
    SubProcess,
)
from pengcheng.engines.processes.storyline_order import order_of
from pengcheng.kernel.words import Language

CARD = 220.0
INSET = 12.0
LINE, SMALL = 17.0, 16.0
EVENT, GATEWAY, HANGING, BOUNDARY = 32.0, 40.0, 22.0, 28.0
STEM = 9.0
GAP_X, GAP_Y, LANE = 52.0, 46.0, 17.0
HEAD = 28.0
LABEL = 104.0
NAME_LINES, ASIDE_LINES = 3, 2


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """A way that is written on its step's card: the flows, what is written, where."""

    flows: tuple[str, ...]
    lines: tuple[str, ...]
    at: Point


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """The words at a line or beside a small shape; `of` is a flow or a node."""

    of: str
    lines: tuple[str, ...]
    at: Point
    anchor: str = "start"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn line for all flows between the same two steps."""

    flows: tuple[str, ...]
    points: tuple[Point, ...]
    dashed: bool = False


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is written in a step: its name in lines, a note (who, how long)."""

    shape: Shape
    name: tuple[str, ...]
    note: str = ""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything to be drawn, from (0, 0) to the right and down."""

    size: Point
    cards: tuple[Card, ...] = ()
    frames: tuple[Card, ...] = ()
    shapes: tuple[Shape, ...] = ()
    lines: tuple[Line, ...] = ()
    asides: tuple[Aside, ...] = ()
    labels: tuple[Label, ...] = ()


def name_of(node: FlowNode | Flow, language: Language) -> str:
    """What a reader calls a node: its name in their language, else its id."""
    return (node.name_en if language == "en" else "") or node.name or node.id


def storyline(
    definition: Definition, language: Language, notes: Mapping[str, str] | None = None
) -> Sheet:
    """The sheet of a process; `notes` are written under the names of steps."""
    return _Sheet(definition.process.body, language, notes or {}).sheet()


class _Unit(msgspec.Struct, kw_only=True):
    """A node with what hangs on it. Its port is where lines come in from above; `left` and
    `right` are how far it reaches from there."""

    node: FlowNode
    left: float
    right: float
    height: float
    body: float
    name: tuple[str, ...] = ()
    asides: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    inner: Sheet | None = None
    x: float = 0.0
    y: float = 0.0

    @property
    def below(self) -> float:
        return self.y + self.height


class _Sheet:
    """One body being laid out."""

    def __init__(self, body: Body, language: Language, notes: Mapping[str, str]) -> None:
        self._language = language
        self._notes = notes
        self._nodes = {node.id: node for node in body.nodes}
        self._body = body
        self._order = order_of(body)
        self._units = {name: self._unit(self._nodes[name]) for name in self._order.units}
        self._lanes: dict[tuple[int, str], float] = {}
        self._gutters: dict[str, float] = {}
        self._shapes: list[Shape] = []
        self._lines: list[Line] = []
        self._labels: list[Label] = []

    def sheet(self) -> Sheet:
        """The whole sheet."""
        self._place()
        for name, unit in self._units.items():
            self._small(name, unit)
        for flows in self._order.lines:
            self._draw(flows)
        self._associations()
        parts = [self._card(unit) for unit in self._units.values() if _is_card(unit)]
        inner = [unit for unit in self._units.values() if unit.inner is not None]
        sheets = [_moved(unit.inner, unit.x - unit.left + INSET, unit.y + HEAD)
                  for unit in inner if unit.inner is not None]  # fmt: skip
        right = [unit.x + unit.right for unit in self._units.values()]
        low = [unit.below for unit in self._units.values()]
        xs = [x for line in self._lines for x, _ in line.points]
        ys = [y for line in self._lines for _, y in line.points]
        return Sheet(
            size=(max([*right, *xs], default=0.0), max([*low, *ys], default=0.0)),
            cards=tuple(parts) + tuple(item for one in sheets for item in one.cards),
            frames=tuple(self._frame(unit) for unit in inner)
            + tuple(item for one in sheets for item in one.frames),
            shapes=tuple(self._shapes) + tuple(item for one in sheets for item in one.shapes),
            lines=tuple(self._lines) + tuple(item for one in sheets for item in one.lines),
            asides=tuple(item for unit in self._units.values() for item in _asides(unit))
            + tuple(item for one in sheets for item in one.asides),
            labels=tuple(self._labels) + tuple(item for one in sheets for item in one.labels),
        )  # fmt: skip

    # ── what stands where ────────────────────────────────────────────────────────────────

    def _unit(self, node: FlowNode) -> _Unit:
        name = name_of(node, self._language)
        if isinstance(node, Event | Gateway):
            size = EVENT if isinstance(node, Event) else GATEWAY
            lines = wrapped(name, LABEL, NAME_LINES) if node.name or node.name_en else ()
            wide = max(map(breadth, lines), default=0.0)
            return _Unit(node=node, left=size / 2, right=size / 2 + (6 + wide if wide else 0),
                         height=size, body=size, name=lines)  # fmt: skip
        if isinstance(node, SubProcess) and node.body.nodes:
            inner = _Sheet(node.body, self._language, self._notes).sheet()
            width = max(inner.size[0] + 2 * INSET, breadth(name) + 2 * INSET + 20)
            tall = inner.size[1] + HEAD + INSET
            return self._hung(_Unit(node=node, left=width / 2, right=width / 2, height=tall,
                                    body=tall, name=(name,), inner=inner))  # fmt: skip
        lines = wrapped(name, (CARD - 2 * INSET - 22) * 0.93, NAME_LINES)
        asides = [self._written(flows) for flows in self._order.asides.get(node.id, ())]
        tall = INSET + LINE * len(lines) + (SMALL if self._notes.get(node.id) else 0) + 8
        tall += (8 + SMALL * sum(len(text) for _, text in asides)) if asides else 0
        unit = _Unit(node=node, left=CARD / 2, right=CARD / 2, height=tall, body=tall, name=lines)
        unit.asides = asides
        return self._hung(unit)

    def _hung(self, unit: _Unit) -> _Unit:
        """With room for the boundary events at its side and the gateway under it."""
        beside = len(self._order.boundary.get(unit.node.id, ()))
        if beside:
            unit.body = max(unit.body, HEAD + beside * (BOUNDARY + 8))
            unit.right += BOUNDARY
        unit.height = unit.body
        if unit.node.id in self._order.hanging:
            unit.height += STEM + HANGING
        return unit

    def _written(self, flows: Sequence[Flow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A way as it is written: "return → triage"."""
        target = self._nodes[self._order.owner(flows[0].target)]
        said = self._said(flows)
        text = f"{said} → {name_of(target, self._language)}".strip()
        return tuple(flow.id for flow in flows), wrapped(
            text, (CARD - 2 * INSET) * 1.06, ASIDE_LINES
        )

    def _said(self, flows: Sequence[Flow]) -> str:
        names = [name_of(flow, self._language) for flow in flows if flow.name or flow.name_en]
        return " / ".join(dict.fromkeys(names))

    def _place(self) -> None:
        """Columns side by side, rows one under another, with room between for the lines."""
        order, rows = self._order, self._order.rows
        turns: dict[int, int] = {}
        beside: dict[int, int] = {}
        for flows in order.lines:
            source, target = order.owner(flows[0].source), order.owner(flows[0].target)
            if not self._is_straight(flows[0]):
                row = rows[source]
                self._lanes[row, flows[0].id] = turns[row] = turns.get(row, 0) + 1
            if self._by_gutter(source, target):
                column = order.columns[target]
                beside[column] = beside.get(column, 0) + 1
                self._gutters[flows[0].id] = beside[column]
        x = 0.0
        for column in range(max(order.columns.values(), default=0) + 1):
            inside = [self._units[name] for name, at in order.columns.items() if at == column]
            x += 22 + LANE * beside[column] if column in beside else 0
            port = x + max((unit.left for unit in inside), default=0.0)
            for unit in inside:
                unit.x = port
            x = port + max((unit.right for unit in inside), default=0.0) + GAP_X
        y = 0.0
        for row in range(max(rows.values(), default=0) + 1):
            across = [self._units[name] for name, at in rows.items() if at == row]
            for unit in across:
                unit.y = y
            low = max((unit.below for unit in across), default=y)
            for key in [key for key in self._lanes if key[0] == row]:
                self._lanes[key] = low + 22 + LANE * self._lanes[key]
            y = low + GAP_Y + LANE * turns.get(row, 0)

    def _is_straight(self, flow: Flow) -> bool:
        """Whether a line goes straight down: same column, nothing between."""
        source, target = self._order.owner(flow.source), self._order.owner(flow.target)
        if flow.source in self._order.hosts:
            return False
        same = self._order.columns[source] == self._order.columns[target]
        return same and not self._by_gutter(source, target)

    def _by_gutter(self, source: str, target: str) -> bool:
        """Whether another step stands in the target's column on the way to it."""
        order = self._order
        first, last = order.rows[source], order.rows[target]
        column = order.columns[target]
        return any(
            order.columns[name] == column and first < order.rows[name] < last
            for name in order.columns
        ) or (last <= first and source != target)

    # ── lines ────────────────────────────────────────────────────────────────────────────

    def _draw(self, flows: Sequence[Flow]) -> None:
        first = flows[0]
        source = self._units[self._order.owner(first.source)]
        target = self._units[self._order.owner(first.target)]
        points, label, anchor = self._route(flows, source, target)
        ids = tuple(flow.id for flow in flows)
        self._lines.append(Line(flows=ids, points=_plain(points)))
        said = self._said(flows)
        if said:
            straight = self._is_straight(first)
            lines = wrapped(said, 190 if straight else 250, 2 if straight else 1)
            self._labels.append(Label(of=first.id, lines=lines, at=label, anchor=anchor))

    def _route(
        self, flows: Sequence[Flow], source: _Unit, target: _Unit
    ) -> tuple[list[Point], Point, str]:
        key = flows[0].id
        begin, down = self._begins(flows[0], source)
        if self._is_straight(flows[0]):
            return [begin, (target.x, target.y)], (begin[0] + 7, begin[1] + 15), "start"
        lane = self._lanes[self._order.rows[source.node.id], key]
        onward = 1.0 if target.x >= source.x else -1.0
        points = [begin, (down, begin[1]), (down, lane)]
        if key in self._gutters:
            x = target.x - self._widest(target) - 8 - LANE * self._gutters[key]
            y = target.y + min(target.body / 2, 22 + 8 * (self._gutters[key] - 1))
            points += [(x, lane), (x, y), (target.x - target.left, y)]
            onward = 1.0 if x >= down else -1.0
        else:
            port = self._port(target, onward)
            points += [(port, lane), (port, target.y)]
        return points, (down + 8 * onward, lane - 5), "start" if onward > 0 else "end"

    def _begins(self, flow: Flow, source: _Unit) -> tuple[Point, float]:
        """Where a line begins, and the height line by which it goes down."""
        if flow.source not in self._order.hosts:
            return (source.x, source.below), source.x
        place = next(item for item in self._shapes if item.element == flow.source)
        x, y = place.middle
        return (x + BOUNDARY / 2, y), x + BOUNDARY / 2 + 12

    def _widest(self, unit: _Unit) -> float:
        column = self._order.columns[unit.node.id]
        return max(
            item.left for name, item in self._units.items() if self._order.columns[name] == column
        )

    def _port(self, target: _Unit, onward: float) -> float:
        """Lines from aside come in beside the middle, unless nothing else comes in."""
        coming = [
            flows for flows in self._order.lines
            if self._order.owner(flows[0].target) == target.node.id
        ]  # fmt: skip
        if len(coming) == 1 or target.left <= EVENT:
            return target.x
        return target.x - onward * 34

    def _associations(self) -> None:
        for line in self._body.associations:
            begin = next((s for s in self._shapes if s.element == line.source), None)
            if begin is None or line.target not in self._units:
                continue
            target = self._units[line.target]
            x, y = begin.middle
            low = (x, target.y + target.body / 2)
            self._lines.append(Line(
                flows=(line.id,), dashed=True,
                points=((x, y + BOUNDARY / 2), low, (target.x - target.left, low[1])),
            ))  # fmt: skip

    # ── shapes ───────────────────────────────────────────────────────────────────────────

    def _small(self, name: str, unit: _Unit) -> None:
        """Events and gateways, those that hang on a step too."""
        if isinstance(unit.node, Event | Gateway):
            size = unit.body
            self._shapes.append(_square(name, unit.x - size / 2, unit.y, size))
            if unit.name:
                at = (unit.x + size / 2 + 6, unit.y + size / 2 + 4 - 7 * (len(unit.name) - 1))
                self._labels.append(Label(of=name, lines=unit.name, at=at))
            return
        gateway = self._order.hanging.get(name)
        if gateway:
            y = unit.y + unit.body + STEM
            self._shapes.append(_square(gateway, unit.x - HANGING / 2, y, HANGING))
        for number, event in enumerate(self._order.boundary.get(name, ())):
            x = unit.x + unit.right - BOUNDARY * 1.5
            y = unit.y + unit.body - 6 - (number + 1) * (BOUNDARY + 8)
            self._shapes.append(_square(event, x, y, BOUNDARY))
            node = self._nodes[event]
            if node.name or node.name_en:
                said = wrapped(name_of(node, self._language), LABEL, 1)
                at = (x + BOUNDARY + 16, y + 10)
                self._labels.append(Label(of=event, lines=said, at=at))

    def _card(self, unit: _Unit) -> Card:
        shape = Shape(element=unit.node.id, x=unit.x - unit.left, y=unit.y,
                      width=2 * unit.left, height=unit.body)  # fmt: skip
        return Card(shape=shape, name=unit.name, note=self._notes.get(unit.node.id, ""))

    def _frame(self, unit: _Unit) -> Card:
        return msgspec.structs.replace(self._card(unit), note="")


def _is_card(unit: _Unit) -> bool:
    return isinstance(unit.node, Activity) and unit.inner is None


def _asides(unit: _Unit) -> list[Aside]:
    found, y = [], unit.y + unit.body - 8 - SMALL * sum(len(lines) for _, lines in unit.asides)
    for flows, lines in unit.asides:
        at = (unit.x - unit.left + INSET, y + 12)
        found.append(Aside(flows=flows, lines=lines, at=at))
        y += SMALL * len(lines)
    return found


def _square(element: str, x: float, y: float, size: float) -> Shape:
    return Shape(element=element, x=x, y=y, width=size, height=size)


def _plain(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that repeat."""
    return tuple(point for at, point in enumerate(points) if at == 0 or points[at - 1] != point)


def _moved(sheet: Sheet, dx: float, dy: float) -> Sheet:
    def at(point: Point) -> Point:
        return (point[0] + dx, point[1] + dy)

    change = msgspec.structs.replace
    return Sheet(
        size=sheet.size,
        cards=tuple(change(item, shape=item.shape.moved(dx, dy)) for item in sheet.cards),
        frames=tuple(change(item, shape=item.shape.moved(dx, dy)) for item in sheet.frames),
        shapes=tuple(item.moved(dx, dy) for item in sheet.shapes),
        lines=tuple(change(item, points=tuple(map(at, item.points))) for item in sheet.lines),
        asides=tuple(change(item, at=at(item.at)) for item in sheet.asides),
        labels=tuple(change(item, at=at(item.at)) for item in sheet.labels),
    )
