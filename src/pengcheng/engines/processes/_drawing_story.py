"""A storyline as SVG."""

from collections.abc import Mapping
from html import escape

from pengcheng.engines.processes._strokes import (
    Ink,
    circle,
    diamond,
    rectangle,
    task_mark,
    text,
)
from pengcheng.engines.processes.diagram import Point
from pengcheng.engines.processes.model import Activity, Event, FlowNode, Gateway, SubProcess
from pengcheng.engines.processes.storyline import (
    INSET,
    LINE,
    SMALL,
    Aside,
    Card,
    Label,
    Line,
    Sheet,
    name_of,
)
from pengcheng.kernel.words import Words

WAITING = Words(zh="等待中", en="waiting")
_ROUND = 9.0


def story(sheet: Sheet, nodes: Mapping[str, FlowNode], ink: Ink) -> str:
    """The parts of the drawing, what lies behind first; what was taken lies over what was not."""
    lines = sorted(sheet.lines, key=lambda item: any(flow in ink.taken for flow in item.flows))
    parts = [_frame(item, nodes[item.shape.element], ink) for item in sheet.frames]
    parts += [_line(item, ink) for item in lines]
    parts += [_card(item, nodes[item.shape.element], ink) for item in sheet.cards]
    parts += [_aside(item, ink) for item in sheet.asides]
    for shape in sheet.shapes:
        node, width = nodes[shape.element], ink.width(shape.element)
        drawn = ""
        if isinstance(node, Event):
            drawn = circle(shape, node, width)
        elif isinstance(node, Gateway):
            drawn = diamond(shape, node, width)
        parts.append(
            _group(node, drawn + _waits(shape.x + shape.width / 2, shape.y, node, ink), ink)
        )
    parts += [_label(item, ink) for item in sheet.labels]
    return "".join(parts)


def _group(node: FlowNode, drawn: str, ink: Ink) -> str:
    ident = escape(node.id, quote=True)
    return (
        f'<g class="{ink.classes("bpmn-node", node.id)}" data-node="{ident}">'
        f"<title>{escape(name_of(node, ink.language))}</title>{drawn}</g>"
    )


def _card(card: Card, node: FlowNode, ink: Ink) -> str:
    shape = card.shape
    x, y = shape.x + INSET, shape.y + INSET
    drawn = rectangle(shape, ink.width(node.id), _ROUND) + task_mark(node, x, y)
    inner = x + (22 if task_mark(node, x, y) else 0)
    drawn += text((inner, y + 13), card.name, "start", "bpmn-name", LINE)
    if card.note:
        at = (inner, y + 13 + LINE * len(card.name) - 1)
        drawn += text(at, [card.note], "start", "bpmn-note")
    if isinstance(node, Activity) and node.loop:
        drawn += _again(shape.x + shape.width - 20, shape.y + 10)
    if isinstance(node, SubProcess):
        at = (shape.x + shape.width / 2, shape.y + shape.height - 4)
        drawn += text(at, ["＋"], "middle", "bpmn-note")
    return _group(node, drawn + _waits(shape.x + shape.width - 40, shape.y, node, ink), ink)


def _frame(card: Card, node: FlowNode, ink: Ink) -> str:
    by_event = isinstance(node, SubProcess) and node.by_event
    dashes = ' stroke-dasharray="3 3"' if by_event else ""
    drawn = rectangle(card.shape, ink.width(node.id), _ROUND, dashes).replace(
        "bpmn-body", "bpmn-frame"
    )
    at = (card.shape.x + INSET, card.shape.y + 19)
    drawn += text(at, card.name, "start", "bpmn-name")
    right = card.shape.x + card.shape.width - 40
    return _group(node, drawn + _waits(right, card.shape.y, node, ink), ink)


def _waits(x: float, y: float, node: FlowNode, ink: Ink) -> str:
    """A flag over where a token rests: said in words, not by colour alone."""
    if node.id not in ink.waiting:
        return ""
    said = f"● {WAITING.in_(ink.language)}"
    wide = 26 + (13 * 3 if ink.language == "zh" else 7 * 7)
    return (
        f'<g class="bpmn-flag"><rect x="{x - wide / 2:g}" y="{y - 10:g}" width="{wide:g}"'
        ' height="20" rx="10" fill="none" stroke="currentColor"/>'
        + text((x, y + 4.5), [said], "middle")
        + "</g>"
    )


def _again(x: float, y: float) -> str:
    return (
        f'<path class="bpmn-mark" transform="translate({x:g} {y:g})" fill="none"'
        ' stroke="currentColor" stroke-width="1.4" d="M11 3.5A5 5 0 1 0 12 7M11 0v4H7"/>'
    )


def _line(line: Line, ink: Ink) -> str:
    dashes = ' stroke-dasharray="3 3"' if line.dashed else ' marker-end="url(#bpmn-arrow)"'
    ident = escape(" ".join(line.flows), quote=True)
    return (
        f'<g class="{ink.classes("bpmn-edge", *line.flows)}" data-flow="{ident}">'
        f'<path d="{_way(line.points)}" fill="none" stroke="currentColor"'
        f' stroke-width="{ink.width(*line.flows)}"{dashes}/></g>'
    )


def _way(points: tuple[Point, ...]) -> str:
    """A line with its corners rounded."""
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        near = min(7.0, _length(before, at) / 2, _length(at, after) / 2)
        first, last = _towards(at, before, near), _towards(at, after, near)
        parts.append(f"L{first[0]:g} {first[1]:g}Q{at[0]:g} {at[1]:g} {last[0]:g} {last[1]:g}")
    parts.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(parts)


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(at: Point, other: Point, by: float) -> Point:
    whole = _length(at, other) or 1.0
    return (
        round(at[0] + (other[0] - at[0]) * by / whole, 2),
        round(at[1] + (other[1] - at[1]) * by / whole, 2),
    )


def _aside(aside: Aside, ink: Ink) -> str:
    ident = escape(" ".join(aside.flows), quote=True)
    taken = any(flow in ink.taken for flow in aside.flows)
    first, *more = aside.lines
    x, y = aside.at
    lines = [f"✓ {first}" if taken else first, *more]
    return (
        f'<g class="{ink.classes("bpmn-aside", *aside.flows)}" data-flow="{ident}">'
        + "".join(
            text((x + (10 if number else 0), y + SMALL * number), [line], "start")
            for number, line in enumerate(lines)
        )
        + "</g>"
    )


def _label(label: Label, ink: Ink) -> str:
    return (
        f'<g class="{ink.classes("bpmn-label", label.of)}">'
        + text(label.at, label.lines, label.anchor, step=14)
        + "</g>"
    )
