"""Small reading and writing of XML trees, all names in the DMN 1.5 namespace."""

from collections.abc import Iterator, Set
from typing import Any, TypedDict

from lxml import etree

# lxml carries no types; this names what its elements are here.
XmlElement = Any

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"
DI = "https://www.omg.org/spec/DMN/20230324/DMNDI/"


class PartFields(TypedDict):
    """The fields that every element has."""

    id: str
    label: str
    description: str


def local(node: XmlElement) -> str:
    """The name of an element of DMN, or "" for one of another vocabulary."""
    if not isinstance(node.tag, str):
        return ""
    name = etree.QName(node)
    return name.localname if name.namespace == MODEL else ""


def children(node: XmlElement, name: str) -> Iterator[XmlElement]:
    """The direct children of this name."""
    yield from node.iterchildren(f"{{{MODEL}}}{name}")


def first(node: XmlElement, name: str) -> XmlElement | None:
    """The first direct child of this name."""
    return next(children(node, name), None)


def text(node: XmlElement, name: str) -> str:
    """The text of the first child of this name, without the space around it."""
    child = first(node, name)
    return "" if child is None else "".join(child.itertext()).strip()


def part(node: XmlElement) -> PartFields:
    """What every element may say of itself."""
    return {
        "id": node.get("id", ""),
        "label": node.get("label", ""),
        "description": text(node, "description"),
    }


def extras(node: XmlElement, known: Set[str]) -> tuple[str, ...]:
    """The children that are not interpreted, kept as XML (diagrams, extensions, annotations)."""
    return tuple(
        etree.tostring(child, encoding="unicode", with_tail=False)
        for child in node
        if local(child) not in known
    )
