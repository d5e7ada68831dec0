"""Reading BPMN 2.0 XML.

A file from outside is not trusted: no document type, no entity, nothing fetched, and named limits
on size, depth and number of elements. What is well-formed BPMN 2.0 is read whole, also where it
cannot be run; a file of another standard is refused by that standard's name.
"""

from typing import Any

from lxml import etree

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes._reading_nodes import NODE_TAGS, read_process
from pengcheng.engines.processes._taking import Taking, to_text
from pengcheng.engines.processes.model import (
    Collaboration,
    Definition,
    Document,
    Global,
    MessageFlow,
    Participant,
)
from pengcheng.kernel.errors import Refusal, TooLarge

BYTES_MAX = 8 * 1024 * 1024
ELEMENTS_MAX = 100_000
DEPTH_MAX = 64

OTHER_STANDARDS = {
    "http://www.omg.org/spec/CMMN/": "CMMN",
    "http://www.omg.org/spec/DMN/": "DMN",
    "https://www.omg.org/spec/DMN/": "DMN",
    "http://www.wfmc.org/": "XPDL (BPMN 1.x)",
    "http://schema.omg.org/spec/BPMN/": "BPMN 1.x",
    "http://www.omg.org/bpmn": "BPMN 1.x",
    "http://stp.eclipse.org/bpmn": "BPMN 1.x",
    "http://docs.oasis-open.org/wsbpel/": "WS-BPEL",
}


def read(data: bytes) -> Document:
    """The document of a BPMN 2.0 file. `Refusal` says why a file is not one."""
    root = _parse(data)
    _check_standard(root)
    _check_bounds(root)
    _hoist_prefixes(root)
    _check_ids(root)
    return _read_document(root)


def definition_in(document: Document, process_id: str = "") -> Definition:
    """The process of a document to run: the one named, else the only executable or only one."""
    processes = document.processes
    if process_id:
        chosen = [item for item in processes if item.id == process_id]
    else:
        chosen = [item for item in processes if item.executable] or [
            item for item in processes if item.body.nodes
        ]
    if not processes:
        raise Refusal("process.none_in_file")
    if len(chosen) != 1:
        raise Refusal(
            "process.which",
            wanted=process_id,
            found=[item.id for item in processes],
        )
    return Definition(document, chosen[0].id)


def _parse(data: bytes) -> Any:
    if len(data) > BYTES_MAX:
        raise TooLarge("process.file_too_large", size_bytes=len(data), limit_bytes=BYTES_MAX)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refusal("process.document_type")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        if "Excessive depth" in (fault.msg or ""):
            raise TooLarge("process.too_deep", limit=DEPTH_MAX) from None
        raise Refusal("process.not_xml", line=fault.lineno or 0, said=fault.msg or "") from fault
    # An encoding such as UTF-16 can hide the words searched for above.
    if root.getroottree().docinfo.doctype:
        raise Refusal("process.document_type")
    return root


def _check_standard(root: Any) -> None:
    name = etree.QName(root)
    if name.namespace == ns.BPMN and name.localname == "definitions":
        return
    space = name.namespace or ""
    other = next((what for start, what in OTHER_STANDARDS.items() if space.startswith(start)), "")
    if other:
        raise Refusal("process.other_standard", standard=other)
    raise Refusal("process.not_bpmn", element=name.localname, namespace=space)


def _check_bounds(root: Any) -> None:
    level, count = [root], 0
    for _ in range(DEPTH_MAX):
        count += len(level)
        if count > ELEMENTS_MAX:
            raise TooLarge("process.too_many_elements", limit=ELEMENTS_MAX)
        level = [child for element in level for child in element]
        if not level:
            return
    raise TooLarge("process.too_deep", limit=DEPTH_MAX)


def _read_document(root: Any) -> Document:
    taking = Taking(root)
    processes = taking.each("process", read_process)
    return Document(
        namespace=taking.text("targetNamespace"),
        id=taking.text("id"),
        name=taking.text("name"),
        prefixes=tuple((prefix or "", space) for prefix, space in root.nsmap.items()),
        processes=processes,
        globals=tuple(_read_global(item) for item in taking.any_of(sorted(ns.GLOBAL_TAGS))),
        collaborations=taking.each("collaboration", _read_collaboration),
        diagrams=tuple(to_text(item) for item in root if item.tag == f"{{{ns.BPMNDI}}}BPMNDiagram"),
        kept=_without_diagrams(taking),
    )


def _without_diagrams(taking: Taking) -> Any:
    kept = taking.rest()
    diagrams = {to_text(i) for i in taking.element if i.tag == f"{{{ns.BPMNDI}}}BPMNDiagram"}
    return type(kept)(kept.attributes, tuple(x for x in kept.children if x not in diagrams))


def _hoist_prefixes(root: Any) -> None:
    """Declares every prefix at the root: names inside texts (xsi:type, references) lean on them."""
    found = dict(root.nsmap)
    for element in root.iter():
        for prefix, space in element.nsmap.items():
            if prefix:
                found.setdefault(prefix, space)
    if ns.OURS not in found.values():
        found.setdefault("pengcheng", ns.OURS)
    etree.cleanup_namespaces(root, top_nsmap=found, keep_ns_prefixes=[p for p in found if p])


def _read_global(element: Any) -> Global:
    taking = Taking(element)
    kind = ns.local(element.tag)
    return Global(
        kind=kind,  # type: ignore[arg-type]  # taken from GLOBAL_TAGS, which are the literals
        id=taking.text("id"),
        name=taking.text("name"),
        code=taking.text(ns.GLOBAL_CODES.get(kind, "code")),
        kept=taking.rest(),
    )


def _read_collaboration(element: Any) -> Collaboration:
    taking = Taking(element)
    return Collaboration(
        id=taking.text("id"),
        name=taking.text("name"),
        participants=taking.each("participant", _read_participant),
        flows=taking.each("messageFlow", _read_message_flow),
        kept=taking.rest(),
    )


def _read_participant(element: Any) -> Participant:
    taking = Taking(element)
    return Participant(
        id=taking.text("id"),
        name=taking.text("name"),
        process=taking.text("processRef"),
        kept=taking.rest(),
    )


def _read_message_flow(element: Any) -> MessageFlow:
    taking = Taking(element)
    return MessageFlow(
        id=taking.text("id"),
        name=taking.text("name"),
        source=taking.text("sourceRef"),
        target=taking.text("targetRef"),
        kept=taking.rest(),
    )


def _check_ids(root: Any) -> None:
    """Every process, node and flow has an id of its own, and a flow ends where it says."""
    seen: set[str] = set()
    for element in root.iter(*_IDENTIFIED):
        name = element.get("id", "")
        if not name or name in seen:
            code = "process.id_twice" if name else "process.id_missing"
            raise Refusal(code, id=name, line=element.sourceline)
        seen.add(name)
    nodes = {element.get("id") for element in root.iter(*_NODES)}
    for flow in root.iter(f"{{{ns.BPMN}}}sequenceFlow"):
        for end in ("sourceRef", "targetRef"):
            if flow.get(end) not in nodes:
                raise Refusal(
                    "process.flow_to_nowhere",
                    flow=flow.get("id", ""),
                    end=end,
                    missing=flow.get(end, ""),
                    line=flow.sourceline,
                )


_NODES = [f"{{{ns.BPMN}}}{name}" for name in NODE_TAGS]
_IDENTIFIED = [f"{{{ns.BPMN}}}process", f"{{{ns.BPMN}}}sequenceFlow", *_NODES]
