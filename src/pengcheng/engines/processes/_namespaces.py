"""The XML namespaces of BPMN 2.0 files, and the one of our own extension attributes."""

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:pengcheng:processes:1"

STANDARD_PREFIXES: tuple[tuple[str, str], ...] = (
    ("bpmn", BPMN),
    ("bpmndi", BPMNDI),
    ("dc", DC),
    ("di", DI),
    ("xsi", XSI),
    ("pengcheng", OURS),
)

EVENT_TAGS = {
    "startEvent": "start",
    "endEvent": "end",
    "intermediateCatchEvent": "catch",
    "intermediateThrowEvent": "throw",
    "boundaryEvent": "boundary",
}
TASK_TAGS = {
    "task": "none",
    "userTask": "user",
    "manualTask": "manual",
    "serviceTask": "service",
    "businessRuleTask": "rule",
    "sendTask": "send",
    "receiveTask": "receive",
    "scriptTask": "script",
}
GATEWAY_TAGS = {
    "exclusiveGateway": "exclusive",
    "parallelGateway": "parallel",
    "inclusiveGateway": "inclusive",
    "eventBasedGateway": "event",
    "complexGateway": "complex",
}
SUBPROCESS_TAGS = {
    "subProcess": "embedded",
    "adHocSubProcess": "adhoc",
    "transaction": "transaction",
}
TRIGGER_TAGS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "linkEventDefinition": "link",
    "terminateEventDefinition": "terminate",
    "compensateEventDefinition": "compensation",
    "cancelEventDefinition": "cancel",
}
TRIGGER_REFS = {
    "message": "messageRef",
    "signal": "signalRef",
    "error": "errorRef",
    "escalation": "escalationRef",
    "compensation": "activityRef",
}
TIMER_TAGS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
DATA_TAGS = {
    "dataObject": "object",
    "dataObjectReference": "reference",
    "dataStoreReference": "store_reference",
}
DATA_REFS = {"reference": "dataObjectRef", "store_reference": "dataStoreRef"}
GLOBAL_TAGS = {"message", "signal", "error", "escalation"}
GLOBAL_CODES = {"error": "errorCode", "escalation": "escalationCode"}
PERFORMER_TAGS = {"resourceRole", "performer", "humanPerformer", "potentialOwner"}

# The order in which the BPMN 2.0 schema wants the children of an element; a name not listed
# (flow elements among themselves, foreign elements) stays where it was.
_ORDER = (
    "import", "documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef",
    "incoming", "outgoing", "ioSpecification", "property", "laneSet", "dataInput", "dataOutput",
    "dataInputAssociation", "dataOutputAssociation", "inputSet", "outputSet",
    "resourceRole", "performer", "humanPerformer", "potentialOwner",
    "multiInstanceLoopCharacteristics", "standardLoopCharacteristics",
    "participant", "messageFlow", "partitionElement", "flowNodeRef", "childLaneSet",
    "loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem",
)  # fmt: skip
RANK = {name: rank for rank, name in enumerate(_ORDER)}
FLOW_ELEMENT_RANK = len(_ORDER)
ARTIFACT_RANK = FLOW_ELEMENT_RANK + 1
AFTER_RANK = FLOW_ELEMENT_RANK + 2
ARTIFACTS = {"association", "group", "textAnnotation", "BPMNDiagram"}
LAST = {
    "correlationSubscription", "supports", "relationship", "completionCondition", "loopCondition",
    "eventDefinitionRef",
}  # fmt: skip


def local(tag: str) -> str:
    """The name of a "{namespace}name" without its namespace."""
    return tag.rpartition("}")[2]


def rank(tag: str, *, in_process: bool) -> int:
    """Where the schema wants a child of this name."""
    name = local(tag)
    if name in ARTIFACTS:
        return ARTIFACT_RANK
    if name in LAST:
        return AFTER_RANK
    if in_process and name in PERFORMER_TAGS:
        return AFTER_RANK
    return RANK.get(name, FLOW_ELEMENT_RANK)
