"""Diagram interchange: where the shapes and edges of a process stand, in pixels.

A document keeps its BPMNDiagram elements as they were; here they are read for drawing, and
written for a process that has none (`layout` places it).
"""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import msgspec
from lxml import etree

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes.model import Document

Point = tuple[float, float]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Where the shape of an element stands."""

    element: str
    x: float
    y: float
    width: float
    height: float
    expanded: bool = True
    horizontal: bool = True

    @property
    def middle(self) -> Point:
        return (self.x + self.width / 2, self.y + self.height / 2)

    def moved(self, dx: float, dy: float) -> "Shape":
        return msgspec.structs.replace(self, x=self.x + dx, y=self.y + dy)


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """The line of a flow or association."""

    element: str
    points: tuple[Point, ...]

    def moved(self, dx: float, dy: float) -> "Edge":
        return Edge(element=self.element, points=tuple((x + dx, y + dy) for x, y in self.points))


class Picture(msgspec.Struct, frozen=True):
    """Every shape and edge of one or more diagrams."""

    shapes: tuple[Shape, ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def size(self) -> Point:
        """The right and bottom ends."""
        xs = [s.x + s.width for s in self.shapes] + [x for e in self.edges for x, _ in e.points]
        ys = [s.y + s.height for s in self.shapes] + [y for e in self.edges for _, y in e.points]
        return (max(xs, default=0.0), max(ys, default=0.0))


def picture_of(document: Document) -> Picture:
    """What the diagrams of a document say; empty when it has none."""
    shapes: list[Shape] = []
    edges: list[Edge] = []
    for xml in document.diagrams:
        root = _parse(xml, document)
        shapes += [_shape(item) for item in root.iter(f"{{{ns.BPMNDI}}}BPMNShape")]
        edges += [_edge(item) for item in root.iter(f"{{{ns.BPMNDI}}}BPMNEdge")]
    return Picture(tuple(shapes), tuple(edges))


_DRAWN = (("bpmndi", ns.BPMNDI), ("dc", ns.DC), ("di", ns.DI))
LAID_OUT = "urn:pengcheng:processes:laid-out"


def is_laid_out(document: Document) -> bool:
    """Whether every diagram was made by `to_xml`, none by an author."""
    return all(LAID_OUT in xml.partition(">")[0] for xml in document.diagrams)


def to_xml(picture: Picture, plane_of: str, prefixes: Sequence[tuple[str, str]] = ()) -> str:
    """A BPMNDiagram element with the standard prefixes, those that a file does not declare among
    its `prefixes` declared here; `plane_of` is the process or pool id. It says of itself that no
    author drew it: an editor that writes the file anew drops that."""
    missing = [(name, space) for name, space in _DRAWN if (name, space) not in set(prefixes)]
    declared = "".join(f" xmlns:{name}={quoteattr(space)}" for name, space in missing)
    shapes = "".join(
        f"<bpmndi:BPMNShape id={quoteattr(f'{item.element}_di')}"
        f" bpmnElement={quoteattr(item.element)}"
        f"{_collapsed(item)}>"
        f'<dc:Bounds x="{item.x:g}" y="{item.y:g}" width="{item.width:g}"'
        f' height="{item.height:g}"/></bpmndi:BPMNShape>'
        for item in picture.shapes
    )
    edges = "".join(
        f"<bpmndi:BPMNEdge id={quoteattr(f'{item.element}_di')}"
        f" bpmnElement={quoteattr(item.element)}>"
        + "".join(f'<di:waypoint x="{x:g}" y="{y:g}"/>' for x, y in item.points)
        + "</bpmndi:BPMNEdge>"
        for item in picture.edges
    )
    return (
        f"<bpmndi:BPMNDiagram id={quoteattr(f'{plane_of}_diagram')}"
        f' documentation="{LAID_OUT}"{declared}>'
        f"<bpmndi:BPMNPlane id={quoteattr(f'{plane_of}_plane')} bpmnElement={quoteattr(plane_of)}>"
        f"{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )


def _parse(xml: str, document: Document) -> Any:
    declared = " ".join(
        f"xmlns{':' if prefix else ''}{prefix}={quoteattr(space)}"
        for prefix, space in document.prefixes or ns.STANDARD_PREFIXES
    )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(f"<kept {declared}>{xml}</kept>", parser)


def _shape(element: Any) -> Shape:
    bounds = element.find(f"{{{ns.DC}}}Bounds")
    numbers = {} if bounds is None else dict(bounds.attrib)
    return Shape(
        element=_reference(element),
        x=_number(numbers.get("x")),
        y=_number(numbers.get("y")),
        width=_number(numbers.get("width")),
        height=_number(numbers.get("height")),
        expanded=element.get("isExpanded", "true") in ("true", "1"),
        horizontal=element.get("isHorizontal", "true") in ("true", "1"),
    )


def _edge(element: Any) -> Edge:
    points = element.findall(f"{{{ns.DI}}}waypoint")
    return Edge(
        element=_reference(element),
        points=tuple((_number(item.get("x")), _number(item.get("y"))) for item in points),
    )


def _reference(element: Any) -> str:
    return str(element.get("bpmnElement", "")).rpartition(":")[2]


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _collapsed(shape: Shape) -> str:
    return "" if shape.expanded else ' isExpanded="false"'
