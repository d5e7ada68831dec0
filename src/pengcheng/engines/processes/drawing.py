"""A process drawn as SVG for a page: the path taken is thick, the step that waits is flagged.

A file that brings its diagram is drawn as its author drew it; a process without one, or whose
diagram the city made itself for editors, is drawn as a storyline for readers.

The drawing carries no colour of its own: lines are `currentColor`, and a page styles the classes
(`bpmn-taken`, `bpmn-waiting`, ...) for light and dark; `DRAWING_CSS` is a style that does. What a
class says is also said by thickness, a mark and words, so that it is seen without colour; the
description tells the same to a screen reader.
"""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from itertools import pairwise

from pengcheng.engines.processes._drawing_story import WAITING, story
from pengcheng.engines.processes._lettering import wrapped
from pengcheng.engines.processes._strokes import (
    Ink,
    circle,
    diamond,
    rectangle,
    task_mark,
    text,
)
from pengcheng.engines.processes.diagram import (
    Edge,
    Picture,
    Point,
    Shape,
    is_laid_out,
    picture_of,
)
from pengcheng.engines.processes.model import (
    Activity,
    Definition,
    Event,
    Flow,
    FlowNode,
    Gateway,
    Lane,
    SubProcess,
)
from pengcheng.engines.processes.program import bodies
from pengcheng.engines.processes.storyline import name_of, storyline
from pengcheng.kernel.words import Language, Words

DRAWING_CSS = """
.bpmn { --paper: #ffffff; --soft: #f6f8fb; --mark: #1456a8; --flag: #a84300; color: #3d4a5c;
  font: 12.5px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
.bpmn text { fill: currentColor; stroke: none; }
.bpmn-body { fill: var(--paper); }
.bpmn-frame { fill: var(--soft); fill-opacity: .6; }
.bpmn-name { font-weight: 600; }
.bpmn-note, .bpmn-aside { font-size: 11.5px; opacity: .85; }
.bpmn-aside.bpmn-taken { opacity: 1; font-weight: 600; }
.bpmn-label text { font-size: 11.5px; paint-order: stroke; stroke: var(--paper);
  stroke-width: 4px; stroke-linejoin: round; }
.bpmn-taken { color: var(--mark); }
.bpmn-waiting { color: var(--flag); }
.bpmn-flag rect { fill: var(--flag); }
.bpmn-flag text { fill: var(--paper); font-size: 11px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .bpmn { --paper: #14191f; --soft: #1b222b; --mark: #7db4ff; --flag: #ffb066; color: #b8c4d6; }
}
"""

_MARGIN = 16.0
_LINES_MAX = 4
_WORDS = {
    "done": Words(zh="已完成步骤", en="Steps done"),
    "now": Words(zh="当前步骤", en="Now at"),
    "none": Words(zh="无", en="none"),
}


def draw(
    definition: Definition,
    path_taken: Sequence[str] = (),
    waiting: Collection[str] = (),
    *,
    language: Language = "zh",
    notes: Mapping[str, str] | None = None,
    style: str = "",
) -> str:
    """An SVG of the process; `path_taken` are ids of nodes and flows, `waiting` of nodes; `notes`
    (who has it, how long) are written into the steps of a storyline; `style` (`DRAWING_CSS`) goes
    into a drawing that stands alone, outside a page."""
    nodes = {node.id: node for _, body in bodies(definition) for node in body.nodes}
    flows = {flow.id: flow for _, body in bodies(definition) for flow in body.flows}
    ink = Ink(frozenset(path_taken), frozenset(waiting), language)
    if _own_diagram(definition, nodes):
        picture = _picture(definition, nodes)
        parts, size = _drawn(definition, picture, nodes, flows, ink), picture.size
    else:
        sheet = storyline(definition, language, notes)
        parts, size = story(sheet, nodes, ink), sheet.size
    dress = f"<style>{style}</style>" if style else ""
    return _sheet(definition, size, nodes, ink, path_taken, dress + parts)


def _own_diagram(definition: Definition, nodes: Collection[str]) -> bool:
    """Whether the file's author has drawn the process."""
    if is_laid_out(definition.document):
        return False
    return any(item.element in nodes for item in picture_of(definition.document).shapes)


def _drawn(
    definition: Definition, picture: Picture, nodes: Mapping[str, FlowNode],
    flows: Mapping[str, Flow], ink: Ink,
) -> str:  # fmt: skip
    lanes = {lane.id: lane for _, body in bodies(definition) for lane in _lanes(body.lane_sets)}
    parts = [_lane(shape, lanes[shape.element]) for shape in picture.shapes
             if shape.element in lanes]  # fmt: skip
    edges = sorted(picture.edges, key=lambda item: item.element in ink.taken)
    parts += [_edge(edge, flows.get(edge.element), ink) for edge in edges]
    by_area = sorted(picture.shapes, key=lambda item: -item.width * item.height)
    parts += [_node(item, nodes[item.element], ink) for item in by_area if item.element in nodes]
    return "".join(parts)


def _picture(definition: Definition, nodes: Collection[str]) -> Picture:
    found = picture_of(definition.document)
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
    definition: Definition, size: Point, nodes: Mapping[str, FlowNode], ink: Ink,
    path_taken: Sequence[str], parts: str,
) -> str:  # fmt: skip
    language = ink.language
    width, height = size
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
        ' font-family="sans-serif" font-size="12.5"'
        f' aria-labelledby="{ident}-title {ident}-desc">'
        f'<title id="{ident}-title">{escape(title)}</title>'
        f'<desc id="{ident}-desc">{escape(told)}</desc>'
        '<defs><marker id="bpmn-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8"'
        ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0 10 5 0 10z" fill="context-stroke" stroke="none"/></marker></defs>'
        f"{parts}</svg>"
    )


def _edge(edge: Edge, flow: Flow | None, ink: Ink) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in edge.points)
    dashes = "" if flow else ' stroke-dasharray="3 3"'
    arrow = ' marker-end="url(#bpmn-arrow)"' if flow else ""
    line = (
        f'<polyline points="{points}" fill="none" stroke="currentColor"'
        f' stroke-width="{ink.width(edge.element)}"{dashes}{arrow}/>'
    )
    name = ""
    if flow and (flow.name or flow.name_en) and len(edge.points) > 1:
        at = _label_at(edge)
        lines = text(at, wrapped(name_of(flow, ink.language), 120, 2), "start", step=13)
        name = f'<g class="bpmn-label">{lines}</g>'
    return f'<g class="{ink.classes("bpmn-edge", edge.element)}">{line}{name}</g>'


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
        f'<g class="bpmn-lane">{rectangle(shape, "1", 0)}'
        f'<text x="{shape.x + 6:g}" y="{shape.y + 16:g}">{escape(lane.name or lane.id)}</text></g>'
    )


def _node(shape: Shape, node: FlowNode, ink: Ink) -> str:
    width = ink.width(node.id)
    match node:
        case Event():
            body = circle(shape, node, width) + _below(shape, node, ink)
        case Gateway():
            body = diamond(shape, node, width) + _below(shape, node, ink)
        case SubProcess() if shape.expanded:
            at = (shape.x + 8, shape.y + 16)
            body = rectangle(shape, width, 8) + text(at, [name_of(node, ink.language)], "start")
        case _:
            body = rectangle(shape, width, 8) + _inside(shape, node, ink)
    mark = _waiting_mark(shape, ink) if node.id in ink.waiting else ""
    ident = escape(node.id, quote=True)
    return (
        f'<g class="{ink.classes("bpmn-node", node.id)}" data-node="{ident}">'
        f"<title>{escape(name_of(node, ink.language))}</title>{body}{mark}</g>"
    )


def _inside(shape: Shape, node: FlowNode, ink: Ink) -> str:
    x, y = shape.middle
    lines = wrapped(name_of(node, ink.language), shape.width - 12, _LINES_MAX)
    top = y - (len(lines) - 1) * 8 + 4
    mark = task_mark(node, shape.x + 5, shape.y + 5)
    again = "⟳" if isinstance(node, Activity) and node.loop else ""
    again += "＋" if isinstance(node, SubProcess) else ""
    low = text((x, shape.y + shape.height - 4), [again], "middle") if again else ""
    return mark + text((x, top), lines, "middle") + low


def _below(shape: Shape, node: FlowNode, ink: Ink) -> str:
    if not node.name and not node.name_en:
        return ""
    lines = wrapped(name_of(node, ink.language), 96, _LINES_MAX)
    return text((shape.middle[0], shape.y + shape.height + 14), lines, "middle")


def _waiting_mark(shape: Shape, ink: Ink) -> str:
    told = f"▶ {WAITING.in_(ink.language)}"
    return text((shape.middle[0], shape.y - 6), [told], "middle")
