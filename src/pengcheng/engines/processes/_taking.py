"""One XML element being read: what the model understands is taken, the rest is kept.

A boolean or number is taken only when it is not the default or is spelled as we would write it;
otherwise it stays among the kept attributes, and writing gives back what was there.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from xml.sax.saxutils import unescape

from lxml import etree

from pengcheng.engines.processes._namespaces import BPMN, OURS
from pengcheng.engines.processes.model import Expression, Kept

T = TypeVar("T")


class Taking:
    """An element, less what has been taken from it."""

    def __init__(self, element: Any) -> None:
        self.element = element
        self._attributes: dict[str, str] = dict(element.attrib)
        self._children = [child for child in element if isinstance(child.tag, str)]

    def text(self, name: str) -> str:
        """An attribute that is taken when it says something."""
        value = self._attributes.get(name, "")
        if value:
            del self._attributes[name]
        return str(value)

    def ours(self, name: str) -> str:
        """An attribute of our own namespace."""
        return self.text(f"{{{OURS}}}{name}")

    def flag(self, name: str, default: str) -> bool:
        """A boolean attribute; `default` is "true" or "false"."""
        spelled = self._attributes.get(name, default)
        value = spelled.strip() in ("true", "1")
        other = "false" if default == "true" else "true"
        if spelled == other:
            del self._attributes[name]
        return value

    def children(self, name: str) -> list[Any]:
        """Every child of this BPMN name."""
        return self.any_of((name,))

    def any_of(self, names: Iterable[str]) -> list[Any]:
        """Every child whose BPMN name is among these, in the order of the file."""
        wanted = {f"{{{BPMN}}}{name}" for name in names}
        found = [child for child in self._children if child.tag in wanted]
        self._children = [child for child in self._children if child.tag not in wanted]
        return found

    def each(self, name: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        """Every child of this name, read."""
        return tuple(read(child) for child in self.children(name))

    def refs(self, name: str) -> tuple[str, ...]:
        """The texts of plain reference children (incoming, outgoing, flowNodeRef)."""
        return tuple((child.text or "").strip() for child in self.children(name))

    def one_text(self, name: str) -> str:
        """The text of the only child of this name, if it is plain and says something."""
        plain = [c for c in self._children if c.tag == f"{{{BPMN}}}{name}"]
        if len(plain) != 1 or len(plain[0]) or plain[0].attrib or not (plain[0].text or "").strip():
            return ""
        self._children.remove(plain[0])
        return str(plain[0].text).strip()

    def expression(self, name: str) -> Expression | None:
        """The first child of this name as an expression."""
        found = next((c for c in self._children if c.tag == f"{{{BPMN}}}{name}"), None)
        if found is None:
            return None
        self._children.remove(found)
        return read_expression(found)

    def rest(self) -> Kept:
        """Everything not taken."""
        return Kept(
            attributes=tuple(self._attributes.items()),
            children=tuple(to_text(child) for child in self._children),
        )


def read_expression(element: Any) -> Expression:
    """A formal expression; its written type (tFormalExpression) is kept."""
    taking = Taking(element)
    language = taking.text("language")
    return Expression(text=(element.text or "").strip(), language=language, kept=taking.rest())


def to_text(element: Any) -> str:
    """An element as XML text; prefixes that the whole file declares are not declared again."""
    text = str(etree.tostring(element, encoding="unicode", with_tail=False))
    known = element.getroottree().getroot().nsmap
    head, tail = _HEAD.match(text), ""
    if head is None:
        return text
    tail = text[head.end() :]
    return (
        _DECLARED.sub(lambda m: "" if known.get(m[1]) == unescape(m[2]) else m[0], head[0]) + tail
    )


_HEAD = re.compile(r"<[^>]*>")
_DECLARED = re.compile(r' xmlns(?::([^=\s]+))?="([^"]*)"')
