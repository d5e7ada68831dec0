"""`Definitions` into a DMN 1.5 file. What was kept uninterpreted (diagrams too) goes back."""

from lxml import etree

from pengcheng.engines.rules.model import (
    Decision,
    DecisionService,
    Definitions,
    Element,
    Import,
    ItemDefinition,
    KnowledgeModel,
    Part,
)
from pengcheng.engines.rules.writing_boxes import add_box, add_function
from pengcheng.engines.rules.xml import MODEL, XmlElement, added, dress, local

_FEEL = "https://www.omg.org/spec/DMN/20230324/FEEL/"


def write_definitions(definitions: Definitions) -> bytes:
    """The DMN 1.5 file of a model; reading it gives the same definitions."""
    root = etree.Element(f"{{{MODEL}}}definitions", nsmap={None: MODEL})
    attributes = {
        "name": definitions.name,
        "namespace": definitions.namespace,
        "exporter": definitions.exporter,
        "expressionLanguage": definitions.expression_language or _FEEL,
        "typeLanguage": definitions.type_language,
    }
    for name, value in attributes.items():
        if value or name in ("name", "namespace"):
            root.set(name, value)
    _part(root, definitions)
    for each in definitions.imports:
        _import(root, each)
    for item in definitions.types:
        _item(root, "itemDefinition", item)
    for data in definitions.inputs:
        node = _element(root, "inputData", data)
        _variable(node, data)
        _rest(node, data)
    for decision in definitions.decisions:
        _decision(root, decision)
    for knowledge in definitions.knowledge:
        _knowledge(root, knowledge)
    for service in definitions.services:
        _service(root, service)
    _rest(root, definitions)
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _part(node: XmlElement, part: Part) -> None:
    """Id, label and description, and the extensions that must come next."""
    if part.id:
        node.set("id", part.id)
    if part.label:
        node.set("label", part.label)
    dress(node, part.vendor)
    if part.description:
        added(node, "description", text=part.description)
    for kept in map(etree.fromstring, part.extra):
        if local(kept) == "extensionElements":
            node.append(kept)


def _rest(node: XmlElement, part: Part) -> None:
    for kept in map(etree.fromstring, part.extra):
        if local(kept) != "extensionElements":
            node.append(kept)


def _import(root: XmlElement, each: Import) -> None:
    added(
        root,
        "import",
        id=each.id,
        name=each.name,
        namespace=each.namespace,
        importType=each.kind,
        locationURI=each.location,
    )


def _item(parent: XmlElement, tag: str, item: ItemDefinition) -> None:
    node = added(parent, tag, name=item.name)
    _part(node, item)
    if item.is_collection:
        node.set("isCollection", "true")
    if item.type:
        added(node, "typeRef", text=item.type)
    for name, tests in (
        ("allowedValues", item.allowed_values),
        ("typeConstraint", item.constraint),
    ):
        if tests:
            added(added(node, name), "text", text=tests)
    for component in item.components:
        _item(node, "itemComponent", component)
    if item.is_function:
        function = added(node, "functionItem", outputTypeRef=item.result)
        for parameter, kind in item.parameters:
            added(function, "parameters", name=parameter, typeRef=kind)


def _element(root: XmlElement, tag: str, element: Element) -> XmlElement:
    node = added(root, tag, name=element.name)
    _part(node, element)
    return node


def _variable(node: XmlElement, element: Element) -> None:
    added(node, "variable", id=element.variable_id, name=element.name, typeRef=element.type)


def _requirements(
    node: XmlElement, group: str, wanted: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    for tag, references in wanted:
        for reference in references:
            added(added(node, group), tag, href=reference)


def _decision(root: XmlElement, decision: Decision) -> None:
    node = _element(root, "decision", decision)
    if decision.question:
        added(node, "question", text=decision.question)
    if decision.answers:
        added(node, "allowedAnswers", text=decision.answers)
    _variable(node, decision)
    wanted = (("requiredDecision", decision.decisions), ("requiredInput", decision.inputs))
    _requirements(node, "informationRequirement", wanted)
    knowledge = (("requiredKnowledge", decision.knowledge),)
    _requirements(node, "knowledgeRequirement", knowledge)
    _rest(node, decision)
    if decision.logic is not None:
        add_box(node, decision.logic)


def _knowledge(root: XmlElement, model: KnowledgeModel) -> None:
    node = _element(root, "businessKnowledgeModel", model)
    _variable(node, model)
    if model.function is not None:
        add_function(node, "encapsulatedLogic", model.function)
    _requirements(node, "knowledgeRequirement", (("requiredKnowledge", model.knowledge),))
    _rest(node, model)


def _service(root: XmlElement, service: DecisionService) -> None:
    node = _element(root, "decisionService", service)
    _variable(node, service)
    for tag, references in (
        ("outputDecision", service.outputs),
        ("encapsulatedDecision", service.encapsulated),
        ("inputDecision", service.input_decisions),
        ("inputData", service.input_data),
    ):
        for reference in references:
            added(node, tag, href=reference)
    _rest(node, service)
