"""Small reading and writing of XML trees, all names in the DMN 1.5 namespace."""

from collections.abc import Iterable, Iterator, Set
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
    vendor: tuple[tuple[str, str], ...]


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
        "vendor": tuple(
            (name, value) for name, value in node.attrib.items() if name.startswith("{")
        ),
    }


def dress(node: XmlElement, vendor: Iterable[tuple[str, str]]) -> None:
    """Give an element back its attributes of other vocabularies."""
    for name, value in vendor:
        node.set(name, value)


def extras(node: XmlElement, known: Set[str]) -> tuple[str, ...]:
    """The children that are not interpreted, kept as XML (diagrams, extensions, annotations)."""
    return tuple(_kept(child) for child in node if local(child) not in known)


def _kept(node: XmlElement) -> str:
    """The XML of an element without the white space that only lays it out."""
    for each in node.iter("*"):
        if len(each) and not (each.text or "").strip():
            each.text = None
        if not (each.tail or "").strip():
            each.tail = None
    return str(etree.tostring(node, encoding="unicode", with_tail=False))


def added(
    parent: XmlElement, tag: str, /, *, text: str | None = None, **attributes: str
) -> XmlElement:
    """A new child with the attributes that are not empty (a name is written in any case)."""
    child = etree.SubElement(parent, f"{{{MODEL}}}{tag}")
    for attribute, value in attributes.items():
        if value or attribute == "name":
            child.set(attribute, value)
    if text is not None:
        child.text = text
    return child
