"""Data associations of activities: what goes into a call, a decision, a service or a message, and
what comes back out of it (BPMN 2.0, 10.4.2). Without any, everything that the step sees goes in,
and every result comes back under its own name.

They stay XML in the model, as the file wrote them; here they are read for running: a copy of one
data object, an assignment, or a transformation, whose expressions are FEEL.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from lxml import etree

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes.model import Body, Definition, Document, FlowNode, SubProcess

Way = Literal["in", "out"]
_WAYS: Mapping[str, Way] = {"dataInputAssociation": "in", "dataOutputAssociation": "out"}


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is carried into or out of an activity: `to` is the name that it gets there;
    it is the variable `source`, or what `expression` gives."""

    way: Way
    to: str
    source: str = ""
    expression: str = ""


def carried_by(node: FlowNode, document: Document, names: Mapping[str, str]) -> list[Carried]:
    """What the associations of an activity carry, in the order of the file; `names` are those of
    the data objects around it, by id."""
    kept = [xml for xml in node.kept.children if "Association" in xml or "ioSpecification" in xml]
    if not kept:
        return []
    elements = [_parsed(xml, document) for xml in kept]
    own = {
        str(item.get("id")): str(item.get("name") or item.get("id"))
        for element in elements
        for tag in ("dataInput", "dataOutput")
        for item in element.iter(f"{{{ns.BPMN}}}{tag}")
    }
    known = {**names, **own}
    return [
        carried
        for element in elements
        if ns.local(element.tag) in _WAYS
        for carried in _read(element, known)
    ]


def names_of(definition: Definition) -> dict[str, str]:
    """The variable that each data object, reference and property of a process stands for, by id."""
    found: dict[str, str] = {}
    heap: list[Body] = [definition.process.body]
    refs: dict[str, str] = {}
    while heap:
        body = heap.pop()
        for data in body.data:
            found[data.id] = data.name or data.id
            if data.ref:
                refs[data.id] = data.ref.rpartition(":")[2]
        heap += [node.body for node in body.nodes if isinstance(node, SubProcess)]
    found |= {name: found[to] for name, to in refs.items() if to in found and found[to] != to}
    for xml in definition.process.kept.children:
        if "property" in xml.partition(">")[0]:
            element = _parsed(xml, definition.document)
            found[str(element.get("id"))] = str(element.get("name") or element.get("id"))
    return found


def _read(element: Any, names: Mapping[str, str]) -> Iterator[Carried]:
    way = _WAYS[ns.local(element.tag)]
    sources = _texts(element, "sourceRef")
    target = next(iter(_texts(element, "targetRef")), "")
    assignments = element.findall(f"{{{ns.BPMN}}}assignment")
    for item in assignments:
        told = {tag: next(iter(_texts(item, tag)), "") for tag in ("from", "to")}
        to = told["to"] or target
        yield Carried(way=way, to=names.get(to, to), expression=told["from"])
    if assignments:
        return
    changed = next(iter(_texts(element, "transformation")), "")
    source = names.get(sources[0], sources[0]) if sources else ""
    yield Carried(way=way, to=names.get(target, target), source=source, expression=changed)


def _texts(element: Any, tag: str) -> list[str]:
    found = element.findall(f"{{{ns.BPMN}}}{tag}")
    return [(item.text or "").strip().rpartition(":")[2] if tag.endswith("Ref")
            else (item.text or "").strip() for item in found]  # fmt: skip


def _parsed(xml: str, document: Document) -> Any:
    declared = " ".join(
        f'xmlns{":" if prefix else ""}{prefix}="{space}"'
        for prefix, space in document.prefixes or ns.STANDARD_PREFIXES
    )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(f"<kept {declared}>{xml}</kept>", parser)[0]
