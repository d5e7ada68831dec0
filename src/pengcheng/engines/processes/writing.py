"""Writing BPMN 2.0 XML: what was read is written back whole, in the order of the schema."""

from typing import Any

from lxml import etree

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes._writing_nodes import write_process
from pengcheng.engines.processes._xml import Sheet
from pengcheng.engines.processes.model import Collaboration, Document


def write(document: Document) -> bytes:
    """The document as a BPMN 2.0 file in UTF-8; `read(write(d))` equals `d`."""
    sheet = Sheet(dict(document.prefixes or ns.STANDARD_PREFIXES))
    root = sheet.root
    sheet.attribute(root, "id", document.id)
    sheet.attribute(root, "name", document.name)
    sheet.attribute(root, "targetNamespace", document.namespace)
    for item in document.globals:
        element = sheet.child(root, item.kind, item.id, item.name)
        sheet.attribute(element, ns.GLOBAL_CODES.get(item.kind, "code"), item.code)
        sheet.keep(element, item.kept)
    for collaboration in document.collaborations:
        _write_collaboration(sheet, root, collaboration)
    for process in document.processes:
        write_process(sheet, root, process)
    for diagram in document.diagrams:
        sheet.raw(root, diagram)
    sheet.keep(root, document.kept)
    sheet.indent()
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _write_collaboration(sheet: Sheet, root: Any, collaboration: Collaboration) -> None:
    element = sheet.child(root, "collaboration", collaboration.id, collaboration.name)
    for pool in collaboration.participants:
        item = sheet.child(element, "participant", pool.id, pool.name)
        sheet.attribute(item, "processRef", pool.process)
        sheet.keep(item, pool.kept)
    for flow in collaboration.flows:
        item = sheet.child(element, "messageFlow", flow.id, flow.name)
        sheet.attribute(item, "sourceRef", flow.source)
        sheet.attribute(item, "targetRef", flow.target)
        sheet.keep(item, flow.kept)
    sheet.keep(element, collaboration.kept)
