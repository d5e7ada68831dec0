"""Reading what stands inside a process: flow nodes, flows, data and lanes."""

from collections.abc import Callable
from typing import Any

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes._taking import Taking, read_expression
from pengcheng.engines.processes.model import (
    Association,
    Body,
    Call,
    Data,
    Event,
    Flow,
    FlowNode,
    Gateway,
    Lane,
    LaneSet,
    Loop,
    Performer,
    Process,
    SubProcess,
    Task,
    Timer,
    Trigger,
)


def read_process(element: Any) -> Process:
    """A process with all that stands in it."""
    taking = Taking(element)
    return Process(
        id=taking.text("id"),
        name=taking.text("name"),
        name_en=taking.ours("nameEn"),
        executable=taking.flag("isExecutable", "false"),
        body=_read_body(taking),
        kept=taking.rest(),
    )


def _read_body(taking: Taking) -> Body:
    return Body(
        nodes=tuple(_NODES[ns.local(item.tag)](item) for item in taking.any_of(_NODES)),
        flows=taking.each("sequenceFlow", _read_flow),
        data=tuple(_read_data(item) for item in taking.any_of(ns.DATA_TAGS)),
        associations=taking.each("association", _read_association),
        lane_sets=taking.each("laneSet", _read_lane_set),
    )


def _node(taking: Taking) -> dict[str, Any]:
    return {
        "id": taking.text("id"),
        "name": taking.text("name"),
        "name_en": taking.ours("nameEn"),
        "incoming": taking.refs("incoming"),
        "outgoing": taking.refs("outgoing"),
    }


def _activity(taking: Taking) -> dict[str, Any]:
    loops = taking.any_of(("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"))
    return {
        **_node(taking),
        "default": taking.text("default"),
        "loop": _read_loop(loops[0]) if loops else None,
        "performers": tuple(_read_performer(item) for item in taking.any_of(ns.PERFORMER_TAGS)),
        "for_compensation": taking.flag("isForCompensation", "false"),
        "within": taking.ours("within"),
        "role": taking.ours("role"),
    }


def _read_event(element: Any) -> Event:
    taking = Taking(element)
    position: Any = ns.EVENT_TAGS[ns.local(element.tag)]
    alone = "isInterrupting" if position == "start" else "cancelActivity"
    return Event(
        **_node(taking),
        position=position,
        triggers=tuple(_read_trigger(item) for item in taking.any_of(ns.TRIGGER_TAGS)),
        trigger_refs=taking.refs("eventDefinitionRef"),
        attached_to=taking.text("attachedToRef"),
        interrupting=taking.flag(alone, "true"),
        parallel_multiple=taking.flag("parallelMultiple", "false"),
        kept=taking.rest(),
    )


def _read_trigger(element: Any) -> Trigger:
    taking = Taking(element)
    kind: Any = ns.TRIGGER_TAGS[ns.local(element.tag)]
    timers = taking.any_of(ns.TIMER_TAGS) if kind == "timer" else []
    return Trigger(
        kind=kind,
        id=taking.text("id"),
        ref=taking.text(ns.TRIGGER_REFS[kind]) if kind in ns.TRIGGER_REFS else "",
        timer=_read_timer(timers[0]) if timers else None,
        condition=taking.expression("condition"),
        link=taking.text("name") if kind == "link" else "",
        waits=taking.flag("waitForCompletion", "true"),
        kept=taking.rest(),
    )


def _read_timer(element: Any) -> Timer:
    kind: Any = ns.TIMER_TAGS[ns.local(element.tag)]
    return Timer(kind, read_expression(element))


def _read_task(element: Any) -> Task:
    taking = Taking(element)
    kind: Any = ns.TASK_TAGS[ns.local(element.tag)]
    return Task(
        **_activity(taking),
        kind=kind,
        message=taking.text("messageRef"),
        operation=taking.ours("operation"),
        decision=taking.ours("decision"),
        instantiate=taking.flag("instantiate", "false"),
        kept=taking.rest(),
    )


def _read_call(element: Any) -> Call:
    taking = Taking(element)
    return Call(**_activity(taking), called=taking.text("calledElement"), kept=taking.rest())


def _read_gateway(element: Any) -> Gateway:
    taking = Taking(element)
    kind: Any = ns.GATEWAY_TAGS[ns.local(element.tag)]
    return Gateway(
        **_node(taking),
        kind=kind,
        default=taking.text("default"),
        instantiate=taking.flag("instantiate", "false"),
        kept=taking.rest(),
    )


def _read_subprocess(element: Any) -> SubProcess:
    taking = Taking(element)
    kind: Any = ns.SUBPROCESS_TAGS[ns.local(element.tag)]
    ordering: Any = taking.text("ordering") if element.get("ordering") == "Sequential" else ""
    return SubProcess(
        **_activity(taking),
        kind=kind,
        by_event=taking.flag("triggeredByEvent", "false"),
        body=_read_body(taking),
        completion=taking.expression("completionCondition"),
        cancels_rest=taking.flag("cancelRemainingInstances", "true"),
        ordering="sequential" if ordering else "parallel",
        kept=taking.rest(),
    )


def _read_loop(element: Any) -> Loop:
    taking = Taking(element)
    multi = ns.local(element.tag) == "multiInstanceLoopCharacteristics"
    maximum = taking.text("loopMaximum") if element.get("loopMaximum", "").isdecimal() else ""
    return Loop(
        kind="multi" if multi else "standard",
        id=taking.text("id"),
        sequential=taking.flag("isSequential", "false"),
        cardinality=taking.expression("loopCardinality"),
        collection=taking.one_text("loopDataInputRef"),
        item=_read_item(taking, "inputDataItem"),
        outputs=taking.one_text("loopDataOutputRef"),
        output_item=_read_item(taking, "outputDataItem"),
        completion=taking.expression("completionCondition"),
        condition=taking.expression("loopCondition"),
        test_before=taking.flag("testBefore", "false"),
        maximum=int(maximum) if maximum else None,
        kept=taking.rest(),
    )


def _read_item(taking: Taking, name: str) -> str:
    """The variable that holds one item; its element is kept, for it may say more."""
    found = taking.element.find(f"{{{ns.BPMN}}}{name}")
    return "" if found is None else str(found.get("name") or found.get("id") or "")


def _read_performer(element: Any) -> Performer:
    taking = Taking(element)
    assignments = taking.children("resourceAssignmentExpression")
    formal = assignments[0].find(f"{{{ns.BPMN}}}formalExpression") if assignments else None
    if formal is None:
        formal = assignments[0].find(f"{{{ns.BPMN}}}expression") if assignments else None
    plain = formal is not None and len(assignments[0]) == 1 and not assignments[0].attrib
    kept_whole = Taking(element)
    return Performer(
        tag=ns.local(element.tag),
        id=taking.text("id"),
        name=taking.text("name"),
        resource=taking.one_text("resourceRef"),
        expression=read_expression(formal) if plain else None,
        kept=taking.rest() if plain or not assignments else _less(kept_whole),
    )


def _less(taking: Taking) -> Any:
    taking.text("id")
    taking.text("name")
    taking.one_text("resourceRef")
    return taking.rest()


def _read_flow(element: Any) -> Flow:
    taking = Taking(element)
    return Flow(
        id=taking.text("id"),
        source=taking.text("sourceRef"),
        target=taking.text("targetRef"),
        name=taking.text("name"),
        name_en=taking.ours("nameEn"),
        condition=taking.expression("conditionExpression"),
        kept=taking.rest(),
    )


def _read_data(element: Any) -> Data:
    taking = Taking(element)
    kind: Any = ns.DATA_TAGS[ns.local(element.tag)]
    return Data(
        id=taking.text("id"),
        kind=kind,
        name=taking.text("name"),
        ref=taking.text(ns.DATA_REFS[kind]) if kind in ns.DATA_REFS else "",
        is_collection=taking.flag("isCollection", "false"),
        kept=taking.rest(),
    )


def _read_association(element: Any) -> Association:
    taking = Taking(element)
    return Association(
        id=taking.text("id"),
        source=taking.text("sourceRef"),
        target=taking.text("targetRef"),
        kept=taking.rest(),
    )


def _read_lane_set(element: Any) -> LaneSet:
    taking = Taking(element)
    return LaneSet(
        id=taking.text("id"),
        name=taking.text("name"),
        lanes=taking.each("lane", _read_lane),
        tag=ns.local(element.tag),
        kept=taking.rest(),
    )


def _read_lane(element: Any) -> Lane:
    taking = Taking(element)
    children = taking.children("childLaneSet")
    return Lane(
        id=taking.text("id"),
        name=taking.text("name"),
        nodes=taking.refs("flowNodeRef"),
        child=_read_lane_set(children[0]) if children else None,
        kept=taking.rest(),
    )


_NODES: dict[str, Callable[[Any], FlowNode]] = {
    **dict.fromkeys(ns.EVENT_TAGS, _read_event),
    **dict.fromkeys(ns.TASK_TAGS, _read_task),
    **dict.fromkeys(ns.GATEWAY_TAGS, _read_gateway),
    **dict.fromkeys(ns.SUBPROCESS_TAGS, _read_subprocess),
    "callActivity": _read_call,
}

NODE_TAGS = tuple(_NODES)
