"""Writing what stands inside a process."""

from typing import Any

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes._xml import Sheet
from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Call,
    Event,
    Flow,
    FlowNode,
    Gateway,
    LaneSet,
    Loop,
    Node,
    Performer,
    Process,
    SubProcess,
    Task,
    Trigger,
)


def _turned(tags: dict[str, str]) -> dict[str, str]:
    return {kind: tag for tag, kind in tags.items()}


_EVENTS = _turned(ns.EVENT_TAGS)
_TASKS = _turned(ns.TASK_TAGS)
_GATEWAYS = _turned(ns.GATEWAY_TAGS)
_SUBPROCESSES = _turned(ns.SUBPROCESS_TAGS)
_TRIGGERS = _turned(ns.TRIGGER_TAGS)
_TIMERS = _turned(ns.TIMER_TAGS)
_DATA = _turned(ns.DATA_TAGS)


def write_process(sheet: Sheet, root: Any, process: Process) -> None:
    """A process with all that stands in it."""
    element = sheet.child(root, "process", process.id, process.name)
    sheet.ours(element, "nameEn", process.name_en)
    sheet.flag(element, "isExecutable", value=process.executable, default=False)
    _write_body(sheet, element, process.body)
    sheet.keep(element, process.kept)


def _write_body(sheet: Sheet, parent: Any, body: Body) -> None:
    for lanes in body.lane_sets:
        _write_lane_set(sheet, parent, lanes)
    for node in body.nodes:
        _write_node(sheet, parent, node)
    for flow in body.flows:
        _write_flow(sheet, parent, flow)
    for data in body.data:
        element = sheet.child(parent, _DATA[data.kind], data.id, data.name)
        sheet.attribute(element, ns.DATA_REFS.get(data.kind, "ref"), data.ref)
        sheet.flag(element, "isCollection", value=data.is_collection, default=False)
        sheet.keep(element, data.kept)
    for line in body.associations:
        element = sheet.child(parent, "association", line.id)
        sheet.attribute(element, "sourceRef", line.source)
        sheet.attribute(element, "targetRef", line.target)
        sheet.keep(element, line.kept)


def _write_node(sheet: Sheet, parent: Any, node: FlowNode) -> None:
    element = sheet.child(parent, _tag(node), node.id, node.name)
    sheet.ours(element, "nameEn", node.name_en)
    for flow in node.incoming:
        sheet.text(element, "incoming", flow)
    for flow in node.outgoing:
        sheet.text(element, "outgoing", flow)
    if isinstance(node, Activity):
        _write_activity(sheet, element, node)
    match node:
        case Event():
            _write_event(sheet, element, node)
        case Task():
            sheet.attribute(element, "messageRef", node.message)
            sheet.ours(element, "operation", node.operation)
            sheet.ours(element, "decision", node.decision)
            sheet.flag(element, "instantiate", value=node.instantiate, default=False)
        case Gateway():
            sheet.attribute(element, "default", node.default)
            sheet.flag(element, "instantiate", value=node.instantiate, default=False)
        case Call():
            sheet.attribute(element, "calledElement", node.called)
        case SubProcess():
            _write_subprocess(sheet, element, node)
    sheet.keep(element, node.kept)


def _tag(node: Node) -> str:
    match node:
        case Event():
            return _EVENTS[node.position]
        case Task():
            return _TASKS[node.kind]
        case Gateway():
            return _GATEWAYS[node.kind]
        case SubProcess():
            return _SUBPROCESSES[node.kind]
    return "callActivity"


def _write_activity(sheet: Sheet, element: Any, node: Activity) -> None:
    sheet.attribute(element, "default", node.default)
    sheet.flag(element, "isForCompensation", value=node.for_compensation, default=False)
    sheet.ours(element, "within", node.within)
    sheet.ours(element, "role", node.role)
    for performer in node.performers:
        _write_performer(sheet, element, performer)
    if node.loop:
        _write_loop(sheet, element, node.loop)


def _write_performer(sheet: Sheet, parent: Any, performer: Performer) -> None:
    element = sheet.child(parent, performer.tag, performer.id, performer.name)
    sheet.text(element, "resourceRef", performer.resource)
    if performer.expression is not None:
        assignment = sheet.child(element, "resourceAssignmentExpression")
        sheet.expression(assignment, "formalExpression", performer.expression)
    sheet.keep(element, performer.kept)


def _write_loop(sheet: Sheet, parent: Any, loop: Loop) -> None:
    multi = loop.kind == "multi"
    tag = "multiInstanceLoopCharacteristics" if multi else "standardLoopCharacteristics"
    element = sheet.child(parent, tag, loop.id)
    sheet.flag(element, "isSequential", value=loop.sequential, default=False)
    sheet.flag(element, "testBefore", value=loop.test_before, default=False)
    sheet.attribute(element, "loopMaximum", "" if loop.maximum is None else str(loop.maximum))
    sheet.expression(element, "loopCardinality", loop.cardinality)
    sheet.text(element, "loopDataInputRef", loop.collection)
    sheet.text(element, "loopDataOutputRef", loop.outputs)
    kept = {ns.local(_first_tag(xml)) for xml in loop.kept.children}
    if loop.item and "inputDataItem" not in kept:
        sheet.child(element, "inputDataItem", name=loop.item)
    if loop.output_item and "outputDataItem" not in kept:
        sheet.child(element, "outputDataItem", name=loop.output_item)
    sheet.expression(element, "completionCondition", loop.completion)
    sheet.expression(element, "loopCondition", loop.condition)
    sheet.keep(element, loop.kept)


def _first_tag(xml: str) -> str:
    name = xml.lstrip().removeprefix("<").split(None, 1)[0].rstrip("/>").split(">")[0]
    return name.rpartition(":")[2]


def _write_event(sheet: Sheet, element: Any, event: Event) -> None:
    sheet.attribute(element, "attachedToRef", event.attached_to)
    alone = "isInterrupting" if event.position == "start" else "cancelActivity"
    sheet.flag(element, alone, value=event.interrupting, default=True)
    sheet.flag(element, "parallelMultiple", value=event.parallel_multiple, default=False)
    for trigger in event.triggers:
        _write_trigger(sheet, element, trigger)
    for ref in event.trigger_refs:
        sheet.text(element, "eventDefinitionRef", ref)


def _write_trigger(sheet: Sheet, parent: Any, trigger: Trigger) -> None:
    element = sheet.child(parent, _TRIGGERS[trigger.kind], trigger.id)
    sheet.attribute(element, ns.TRIGGER_REFS.get(trigger.kind, "ref"), trigger.ref)
    sheet.attribute(element, "name", trigger.link)
    sheet.flag(element, "waitForCompletion", value=trigger.waits, default=True)
    if trigger.timer:
        sheet.expression(element, _TIMERS[trigger.timer.kind], trigger.timer.expression)
    sheet.expression(element, "condition", trigger.condition)
    sheet.keep(element, trigger.kept)


def _write_subprocess(sheet: Sheet, element: Any, node: SubProcess) -> None:
    sheet.flag(element, "triggeredByEvent", value=node.by_event, default=False)
    sheet.flag(element, "cancelRemainingInstances", value=node.cancels_rest, default=True)
    if node.ordering == "sequential":
        sheet.attribute(element, "ordering", "Sequential")
    _write_body(sheet, element, node.body)
    sheet.expression(element, "completionCondition", node.completion)


def _write_flow(sheet: Sheet, parent: Any, flow: Flow) -> None:
    element = sheet.child(parent, "sequenceFlow", flow.id, flow.name)
    sheet.ours(element, "nameEn", flow.name_en)
    sheet.attribute(element, "sourceRef", flow.source)
    sheet.attribute(element, "targetRef", flow.target)
    sheet.expression(element, "conditionExpression", flow.condition)
    sheet.keep(element, flow.kept)


def _write_lane_set(sheet: Sheet, parent: Any, lanes: LaneSet) -> None:
    element = sheet.child(parent, lanes.tag, lanes.id, lanes.name)
    for lane in lanes.lanes:
        item = sheet.child(element, "lane", lane.id, lane.name)
        for node in lane.nodes:
            sheet.text(item, "flowNodeRef", node)
        if lane.child:
            _write_lane_set(sheet, item, lane.child)
        sheet.keep(item, lane.kept)
    sheet.keep(element, lanes.kept)
