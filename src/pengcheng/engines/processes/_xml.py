"""The sheet on which a document is written: elements, attributes, and what was kept."""

from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes.model import Expression, Kept


class Sheet:
    """An XML tree being written, with the prefixes of its document."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        spaces = {prefix or None: space for prefix, space in prefixes.items()}
        declared = " ".join(
            f"xmlns{':' if prefix else ''}{prefix or ''}={quoteattr(space)}"
            for prefix, space in spaces.items()
        )
        self._wrapper = (f"<kept {declared}>", "</kept>")
        self._raws: list[Any] = []
        self.root: Any = etree.Element(f"{{{ns.BPMN}}}definitions", nsmap=spaces)

    def child(self, parent: Any, tag: str, id_: str = "", name: str = "") -> Any:
        """A new child in the namespace of BPMN."""
        element = etree.SubElement(parent, f"{{{ns.BPMN}}}{tag}")
        self.attribute(element, "id", id_)
        self.attribute(element, "name", name)
        return element

    def attribute(self, element: Any, name: str, value: str) -> None:
        """An attribute, if it says something."""
        if value:
            element.set(name, value)

    def ours(self, element: Any, name: str, value: str) -> None:
        """An attribute of our own namespace."""
        self.attribute(element, f"{{{ns.OURS}}}{name}", value)

    def flag(self, element: Any, name: str, *, value: bool, default: bool) -> None:
        """A boolean that is not the default."""
        if value != default:
            element.set(name, "true" if value else "false")

    def text(self, parent: Any, tag: str, value: str) -> None:
        """A child that holds a text, if there is one."""
        if value:
            self.child(parent, tag).text = value

    def expression(self, parent: Any, tag: str, expression: Expression | None) -> None:
        """An expression; a new one is written as a formal expression."""
        if expression is None:
            return
        element = self.child(parent, tag)
        self.attribute(element, "language", expression.language)
        element.text = expression.text
        self.keep(element, expression.kept)

    def raw(self, parent: Any, xml: str) -> None:
        """A kept child."""
        wrapped = etree.fromstring(xml.join(self._wrapper), _PARSER)
        self._raws.append(wrapped[0])
        parent.append(wrapped[0])

    def indent(self) -> None:
        """Lays out what we wrote; what was kept is not touched, white space may matter there."""
        kept = {id(element) for element in self._raws}
        _indent(self.root, "\n", kept)

    def keep(self, element: Any, kept: Kept) -> None:
        """Gives back what was kept, then puts the children in the order of the schema."""
        for name, value in kept.attributes:
            element.set(name, value)
        for xml in kept.children:
            self.raw(element, xml)
        in_process = ns.local(element.tag) == "process"
        ordered = sorted(element, key=lambda child: ns.rank(child.tag, in_process=in_process))
        element[:] = ordered


# Kept texts were read under the limits of `reading`; the same care costs nothing here.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _indent(element: Any, margin: str, kept: set[int]) -> None:
    if id(element) in kept or not len(element):
        return
    element.text = f"{margin}  "
    for child in element:
        _indent(child, f"{margin}  ", kept)
        child.tail = f"{margin}  "
    element[-1].tail = margin
