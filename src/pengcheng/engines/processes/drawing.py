"""A process drawn as SVG for a page: the path taken is thick, the step that waits is marked.

The drawing carries no colour of its own: lines are `currentColor`, and a page styles the classes
(`bpmn-taken`, `bpmn-waiting`, ...) for light and dark; `DRAWING_CSS` is a style that does. What a
class says is also said by thickness, a mark and words, so that it is seen without colour; the
description tells the same to a screen reader.
"""

from collections.abc import Collection, Sequence
from html import escape
from itertools import pairwise

import msgspec

from pengcheng.engines.processes.diagram import Edge, Picture, Shape, picture_of
from pengcheng.engines.processes.layout import lay_out
from pengcheng.engines.processes.model import (
    Activity,
    Definition,
    Event,
    Flow,
    FlowNode,
    Gateway,
    Lane,
    SubProcess,
    Task,
)
from pengcheng.engines.processes.program import bodies
from pengcheng.kernel.words import Language, Words

DRAWING_CSS = """
.bpmn { color: #3d4a5c; font: 12px system-ui, sans-serif; max-width: 100%; height: auto; }
.bpmn text { fill: currentColor; stroke: none; }
.bpmn-node, .bpmn-edge { stroke: currentColor; }
.bpmn-taken { color: #1456a8; }
.bpmn-waiting { color: #a84300; }
.bpmn-waiting > .bpmn-body { fill: #fff3e6; }
@media (prefers-color-scheme: dark) {
  .bpmn { color: #b8c4d6; }
  .bpmn-taken { color: #7db4ff; }
  .bpmn-waiting { color: #ffb066; }
  .bpmn-waiting > .bpmn-body { fill: #3a2a14; }
}
"""

_MARGIN = 24.0
_LINES_MAX = 4
_WORDS = {
    "done": Words(zh="已完成步骤", en="Steps done"),
    "now": Words(zh="当前步骤", en="Now at"),
    "none": Words(zh="无", en="none"),
    "waiting": Words(zh="等待中", en="waiting"),
}
_EVENT_MARKS = {
    "message": "✉", "timer": "◷", "signal": "△", "error": "↯", "escalation": "⇧",
    "conditional": "☰", "link": "➜", "terminate": "●", "compensation": "◀◀", "cancel": "✕",
}  # fmt: skip
_TASK_MARKS = {
    "user": "☺", "manual": "☞", "service": "⚙", "rule": "▤", "send": "✉", "receive": "✉",
    "script": "≡", "none": "",
}  # fmt: skip
_GATEWAY_MARKS = {
    "exclusive": "✕",
    "parallel": "＋",
    "inclusive": "○",
    "event": "⬠",
    "complex": "✱",
}


class _Ink(msgspec.Struct, frozen=True):
    taken: frozenset[str]
    waiting: frozenset[str]
    language: Language

    def classes(self, element: str, kind: str) -> str:
        taken = " bpmn-taken" if element in self.taken else ""
        waiting = " bpmn-waiting" if element in self.waiting else ""
        return f"{kind}{taken}{waiting}"

    def width(self, element: str) -> str:
        return "3" if element in self.taken or element in self.waiting else "1.5"


def draw(
    definition: Definition,
    path_taken: Sequence[str] = (),
    waiting: Collection[str] = (),
    *,
    language: Language = "zh",
) -> str:
    """An SVG of the process; `path_taken` are ids of nodes and flows, `waiting` of nodes."""
    nodes = {node.id: node for _, body in bodies(definition) for node in body.nodes}
    flows = {flow.id: flow for _, body in bodies(definition) for flow in body.flows}
    picture = _picture(definition, nodes)
    ink = _Ink(frozenset(path_taken), frozenset(waiting), language)
    lanes = {lane.id: lane for _, body in bodies(definition) for lane in _lanes(body.lane_sets)}
    parts = [_lane(shape, lanes[shape.element]) for shape in picture.shapes
             if shape.element in lanes]  # fmt: skip
    parts += [_edge(edge, flows.get(edge.element), ink) for edge in picture.edges]
    by_area = sorted(picture.shapes, key=lambda item: -item.width * item.height)
    parts += [_node(item, nodes[item.element], ink) for item in by_area if item.element in nodes]
    return _sheet(definition, picture, nodes, ink, path_taken, parts)


def name_of(node: FlowNode | Flow, language: Language) -> str:
    """What a reader calls a node: its name in their language, else its id."""
    return (node.name_en if language == "en" else "") or node.name or node.id


def _picture(definition: Definition, nodes: Collection[str]) -> Picture:
    found = picture_of(definition.document)
    drawn = {item.element for item in found.shapes}
    if not any(node in drawn for node in nodes):
        return lay_out(definition)
    flows = {flow.id for _, body in bodies(definition) for flow in body.flows}
    lines = {line.id for _, body in bodies(definition) for line in body.associations}
    lanes = {lane.id for _, body in bodies(definition) for lane in _lanes(body.lane_sets)}
    kept = [item for item in found.shapes if item.element in nodes or item.element in lanes]
    edges = [item for item in found.edges if item.element in flows or item.element in lines]
    left = min([s.x for s in kept] + [x for e in edges for x, _ in e.points])
    top = min([s.y for s in kept] + [y for e in edges for _, y in e.points])
    return Picture(
        tuple(item.moved(-left, -top) for item in kept),
        tuple(item.moved(-left, -top) for item in edges),
    )


def _lanes(lane_sets: Sequence[object]) -> list[Lane]:
    found: list[Lane] = []
    for lane_set in lane_sets:
        for lane in getattr(lane_set, "lanes", ()):
            found.append(lane)
            found += _lanes((lane.child,)) if lane.child else []
    return found


def _sheet(
    definition: Definition, picture: Picture, nodes: dict[str, FlowNode], ink: _Ink,
    path_taken: Sequence[str], parts: list[str],
) -> str:  # fmt: skip
    language = ink.language
    width, height = picture.size
    steps = dict.fromkeys(item for item in path_taken if item in nodes)
    done = [name_of(nodes[item], language) for item in steps if item not in ink.waiting]
    now = [name_of(nodes[item], language) for item in nodes if item in ink.waiting]
    process = definition.process
    title = (process.name_en if language == "en" else "") or process.name or process.id
    none = _WORDS["none"].in_(language)
    told = (
        f"{_WORDS['done'].in_(language)}: {', '.join(done) or none}. "
        f"{_WORDS['now'].in_(language)}: {', '.join(now) or none}."
    )
    ident = escape(process.id, quote=True)
    box = f"{-_MARGIN:g} {-_MARGIN:g} {width + 2 * _MARGIN:g} {height + 2 * _MARGIN:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bpmn" role="img" viewBox="{box}"'
        f' width="{width + 2 * _MARGIN:g}" height="{height + 2 * _MARGIN:g}"'
        f' aria-labelledby="{ident}-title {ident}-desc">'
        f'<title id="{ident}-title">{escape(title)}</title>'
        f'<desc id="{ident}-desc">{escape(told)}</desc>'
        '<defs><marker id="bpmn-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8"'
        ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0 10 5 0 10z" fill="context-stroke" stroke="none"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def _edge(edge: Edge, flow: Flow | None, ink: _Ink) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in edge.points)
    dashes = "" if flow else ' stroke-dasharray="3 3"'
    arrow = ' marker-end="url(#bpmn-arrow)"' if flow else ""
    line = (
        f'<polyline points="{points}" fill="none" stroke="currentColor"'
        f' stroke-width="{ink.width(edge.element)}"{dashes}{arrow}/>'
    )
    name = ""
    if flow and (flow.name or flow.name_en) and len(edge.points) > 1:
        x, y = _label_at(edge)
        name = f'<text x="{x:g}" y="{y:g}">{escape(name_of(flow, ink.language))}</text>'
    return f'<g class="{ink.classes(edge.element, "bpmn-edge")}">{line}{name}</g>'


def _label_at(edge: Edge) -> tuple[float, float]:
    """Where a line first runs level after a turn, else where it begins."""
    pairs = list(pairwise(edge.points))
    level = [pair for pair in pairs if abs(pair[0][1] - pair[1][1]) < 1]
    turned = level[1:] if len(level) > 1 else level
    (x1, y1), (x2, _) = (turned or pairs)[0]
    back = x2 < x1
    return (x1 - 60 if back else x1 + 4, y1 - 4)


def _lane(shape: Shape, lane: Lane) -> str:
    return (
        f'<g class="bpmn-lane">{_rectangle(shape, "1", 0)}'
        f'<text x="{shape.x + 6:g}" y="{shape.y + 16:g}">{escape(lane.name or lane.id)}</text></g>'
    )


def _node(shape: Shape, node: FlowNode, ink: _Ink) -> str:
    width = ink.width(node.id)
    match node:
        case Event():
            body = _circle(shape, node, width) + _below(shape, node, ink)
        case Gateway():
            body = _diamond(shape, node, width) + _below(shape, node, ink)
        case SubProcess() if shape.expanded:
            at = (shape.x + 8, shape.y + 16)
            body = _rectangle(shape, width, 8) + _text(at, [name_of(node, ink.language)], "start")
        case _:
            body = _rectangle(shape, width, 8) + _inside(shape, node, ink)
    mark = _waiting_mark(shape, ink) if node.id in ink.waiting else ""
    ident = escape(node.id, quote=True)
    return (
        f'<g class="{ink.classes(node.id, "bpmn-node")}" data-node="{ident}">'
        f"<title>{escape(name_of(node, ink.language))}</title>{body}{mark}</g>"
    )


def _circle(shape: Shape, event: Event, width: str) -> str:
    x, y = shape.middle
    radius = shape.width / 2
    stroke = "4" if event.position == "end" else width
    dashes = "" if event.interrupting else ' stroke-dasharray="4 3"'
    outer = (
        f'<circle class="bpmn-body" cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="none"'
        f' stroke="currentColor" stroke-width="{stroke}"{dashes}/>'
    )
    inner = ""
    if event.position in ("catch", "throw", "boundary"):
        inner = (
            f'<circle cx="{x:g}" cy="{y:g}" r="{max(radius - 4, 1):g}" fill="none"'
            f' stroke="currentColor"{dashes}/>'
        )
    mark = "".join(_EVENT_MARKS[item.kind] for item in event.triggers[:1])
    return outer + inner + (_text((x, y + 5), [mark], "middle") if mark else "")


def _diamond(shape: Shape, gateway: Gateway, width: str) -> str:
    x, y = shape.middle
    corners = f"{x:g},{shape.y:g} {shape.x + shape.width:g},{y:g} "
    corners += f"{x:g},{shape.y + shape.height:g} {shape.x:g},{y:g}"
    return (
        f'<polygon class="bpmn-body" points="{corners}" fill="none" stroke="currentColor"'
        f' stroke-width="{width}"/>' + _text((x, y + 5), [_GATEWAY_MARKS[gateway.kind]], "middle")
    )


def _rectangle(shape: Shape, width: str, radius: int) -> str:
    return (
        f'<rect class="bpmn-body" x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}"'
        f' height="{shape.height:g}" rx="{radius}" fill="none" stroke="currentColor"'
        f' stroke-width="{width}"/>'
    )


def _inside(shape: Shape, node: FlowNode, ink: _Ink) -> str:
    x, y = shape.middle
    lines = _wrapped(name_of(node, ink.language), shape.width - 12)
    top = y - (len(lines) - 1) * 8 + 4
    kind = _TASK_MARKS[node.kind] if isinstance(node, Task) else ""
    mark = _text((shape.x + 6, shape.y + 15), [kind], "start") if kind else ""
    again = "⟳" if isinstance(node, Activity) and node.loop else ""
    again += "＋" if isinstance(node, SubProcess) else ""
    low = _text((x, shape.y + shape.height - 4), [again], "middle") if again else ""
    return mark + _text((x, top), lines, "middle") + low


def _below(shape: Shape, node: FlowNode, ink: _Ink) -> str:
    if not node.name and not node.name_en:
        return ""
    lines = _wrapped(name_of(node, ink.language), 96)
    return _text((shape.middle[0], shape.y + shape.height + 14), lines, "middle")


def _waiting_mark(shape: Shape, ink: _Ink) -> str:
    told = f"▶ {_WORDS['waiting'].in_(ink.language)}"
    return _text((shape.middle[0], shape.y - 6), [told], "middle")


def _text(at: tuple[float, float], lines: Sequence[str], anchor: str) -> str:
    spans = "".join(
        f'<tspan x="{at[0]:g}" dy="{0 if number == 0 else 16}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return f'<text x="{at[0]:g}" y="{at[1]:g}" text-anchor="{anchor}">{spans}</text>'


def _wrapped(text: str, width: float) -> list[str]:
    """Lines of at most this many pixels: a Chinese character counts 12, a Latin one 6.5."""
    words = text.replace("\n", " ").split(" ") if text.isascii() else list(text)
    gap = " " if text.isascii() else ""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]}{gap if lines[-1] else ''}{word}"
        if lines[-1] and _breadth(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines if len(lines) <= _LINES_MAX else [*lines[: _LINES_MAX - 1], "…"]


def _breadth(text: str) -> float:
    return sum(6.5 if character.isascii() else 12.0 for character in text)
