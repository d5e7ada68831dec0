"""DMN 1.3, 1.4 and 1.5 files into `Definitions`; entities, network and huge trees are off."""

from lxml import etree

from pengcheng.engines.rules.model import (
    DECISIONS_MAX,
    ELEMENTS_MAX,
    FILE_BYTES_MAX,
    XML_DEPTH_MAX,
    Decision,
    DecisionService,
    Definitions,
    Import,
    InputData,
    ItemDefinition,
    KnowledgeModel,
)
from pengcheng.engines.rules.reading_boxes import BOXES, box_in, function_box
from pengcheng.engines.rules.xml import (
    DI,
    MODEL,
    XmlElement,
    children,
    extras,
    first,
    part,
    text,
)
from pengcheng.kernel.errors import Refusal

_MODELS = {
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    MODEL: "1.5",
}
_OTHER = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "DMN 1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "DMN 1.2",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "DMN 1.6",
    "http://www.omg.org/spec/CMMN/20151109/MODEL": "CMMN 1.1",
    "http://www.omg.org/spec/CMMN/20131201/MODEL": "CMMN 1.0",
    "http://www.omg.org/spec/BPMN/20100524/MODEL": "BPMN 2.0",
}
_DIAGRAMS = ("https://www.omg.org/spec/DMN/20191111/DMNDI/",)
_ELEMENTS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
_KNOWN_TOP = frozenset({*_ELEMENTS, "description", "import", "itemDefinition"})
_LOGIC = frozenset(BOXES)


def read_definitions(data: bytes) -> Definitions:
    """What a DMN file says; refuses one that is too large, unsafe, malformed or no DMN 1.3-1.5."""
    root = _root(data)
    decisions = tuple(_decision(node) for node in children(root, "decision"))
    if len(decisions) > DECISIONS_MAX:
        raise Refusal("rules.too_many_decisions", limit=DECISIONS_MAX, count=len(decisions))
    namespace = root.get("namespace", "")
    return Definitions(
        **part(root),
        name=root.get("name", ""),
        namespace=namespace,
        imports=tuple(_import(node) for node in children(root, "import")),
        types=tuple(_item(node) for node in children(root, "itemDefinition")),
        inputs=tuple(_input(node) for node in children(root, "inputData")),
        decisions=decisions,
        knowledge=tuple(_knowledge(node) for node in children(root, "businessKnowledgeModel")),
        services=tuple(_service(node) for node in children(root, "decisionService")),
        exporter=root.get("exporter", ""),
        expression_language=root.get("expressionLanguage", ""),
        type_language=root.get("typeLanguage", ""),
        extra=extras(root, _KNOWN_TOP),
    )


def _root(data: bytes) -> XmlElement:
    if len(data) > FILE_BYTES_MAX:
        raise Refusal("rules.too_large", limit=FILE_BYTES_MAX, size=len(data))
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refusal("rules.document_type_not_allowed")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        if "Excessive depth" in (fault.msg or ""):
            raise Refusal("rules.nested_too_deep", limit=XML_DEPTH_MAX) from None
        line, column = fault.position
        raise Refusal("rules.not_xml", line=line, column=column, reason=fault.msg or "") from None
    # An encoding such as UTF-16 can hide the words searched for above.
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refusal("rules.document_type_not_allowed")
    _check_size(root)
    return _as_latest(root)


def _check_size(root: XmlElement) -> None:
    count = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > XML_DEPTH_MAX:
            raise Refusal("rules.nested_too_deep", limit=XML_DEPTH_MAX)
        if count > ELEMENTS_MAX:
            raise Refusal("rules.too_many_elements", limit=ELEMENTS_MAX)


def _as_latest(root: XmlElement) -> XmlElement:
    """The tree with the names of DMN 1.5; 1.3 and 1.4 differ in nothing else that is read."""
    name = etree.QName(root)
    if name.namespace not in _MODELS or name.localname != "definitions":
        standard = _OTHER.get(name.namespace or "", name.namespace or "")
        raise Refusal(
            "rules.other_standard",
            found=standard,
            element=name.localname,
            allowed=["DMN 1.3", "DMN 1.4", "DMN 1.5"],
        )
    renamed = {name.namespace: MODEL, **dict.fromkeys(_DIAGRAMS, DI)}
    for node in root.iter("*"):
        old = etree.QName(node)
        if old.namespace in renamed:
            node.tag = f"{{{renamed[old.namespace]}}}{old.localname}"
    # The old names are declared still, and would hide the new ones in what is kept as XML.
    # Other prefixes stay: extensions may use them in values, where no one sees them used.
    kept = [prefix for prefix, uri in root.nsmap.items() if prefix and uri not in renamed]
    etree.cleanup_namespaces(root, keep_ns_prefixes=kept)
    return root


def _import(node: XmlElement) -> Import:
    return Import(
        name=node.get("name", ""),
        namespace=node.get("namespace", ""),
        kind=node.get("importType", ""),
        location=node.get("locationURI", ""),
        id=node.get("id", ""),
    )


def _item(node: XmlElement) -> ItemDefinition:
    function = first(node, "functionItem")
    return ItemDefinition(
        **part(node),
        name=node.get("name", ""),
        type=text(node, "typeRef"),
        is_collection=node.get("isCollection") in ("true", "1"),
        allowed_values=_tests(node, "allowedValues"),
        constraint=_tests(node, "typeConstraint"),
        components=tuple(_item(child) for child in children(node, "itemComponent")),
        is_function=function is not None,
        parameters=()
        if function is None
        else tuple(
            (child.get("name", ""), child.get("typeRef", ""))
            for child in children(function, "parameters")
        ),
        result="" if function is None else function.get("outputTypeRef", ""),
    )


def _tests(node: XmlElement, name: str) -> str:
    found = first(node, name)
    return "" if found is None else text(found, "text")


def _variable(node: XmlElement) -> dict[str, str]:
    variable = first(node, "variable")
    if variable is None:
        return {"name": node.get("name", "")}
    return {
        "name": node.get("name", ""),
        "type": variable.get("typeRef", ""),
        "variable_id": variable.get("id", ""),
    }


def _input(node: XmlElement) -> InputData:
    return InputData(
        **part(node), **_variable(node), extra=extras(node, {"variable", "description"})
    )


def _references(node: XmlElement, group: str, name: str) -> tuple[str, ...]:
    return tuple(
        target.get("href", "")
        for requirement in children(node, group)
        for target in children(requirement, name)
    )


def _hrefs(node: XmlElement, name: str) -> tuple[str, ...]:
    return tuple(child.get("href", "") for child in children(node, name))


def _decision(node: XmlElement) -> Decision:
    known = {"variable", "description", "question", "allowedAnswers", "informationRequirement"}
    return Decision(
        **part(node),
        **_variable(node),
        question=text(node, "question"),
        answers=text(node, "allowedAnswers"),
        inputs=_references(node, "informationRequirement", "requiredInput"),
        decisions=_references(node, "informationRequirement", "requiredDecision"),
        knowledge=_references(node, "knowledgeRequirement", "requiredKnowledge"),
        logic=box_in(node),
        extra=extras(node, {*known, "knowledgeRequirement", *_LOGIC}),
    )


def _knowledge(node: XmlElement) -> KnowledgeModel:
    logic = first(node, "encapsulatedLogic")
    known = {"variable", "description", "encapsulatedLogic", "knowledgeRequirement"}
    return KnowledgeModel(
        **part(node),
        **_variable(node),
        knowledge=_references(node, "knowledgeRequirement", "requiredKnowledge"),
        function=None if logic is None else function_box(logic),
        extra=extras(node, known),
    )


def _service(node: XmlElement) -> DecisionService:
    known = {"variable", "description", "outputDecision", "encapsulatedDecision"}
    return DecisionService(
        **part(node),
        **_variable(node),
        outputs=_hrefs(node, "outputDecision"),
        encapsulated=_hrefs(node, "encapsulatedDecision"),
        input_decisions=_hrefs(node, "inputDecision"),
        input_data=_hrefs(node, "inputData"),
        extra=extras(node, {*known, "inputDecision", "inputData"}),
    )
