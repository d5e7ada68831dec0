"""A definition compiled once for running: links resolved, expressions turned into functions."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from pengcheng.engines.processes._roles import lane_roles, resources
from pengcheng.engines.processes.data_flow import Carried, carried_by, names_of
from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Definition,
    Event,
    Flow,
    FlowNode,
    Gateway,
    Loop,
    Performer,
    SubProcess,
    Task,
    Trigger,
)
from pengcheng.engines.processes.times import first_due, parse_duration, parse_instant
from pengcheng.engines.processes.words import said
from pengcheng.kernel.errors import Absent, Refusal

Value = Callable[[Mapping[str, Any], datetime], Any]


class Conditions(Protocol):
    """The language of conditions; FEEL in the city, something smaller in a test."""

    def compile(self, text: str) -> Value:
        """A function of variables and the present instant; `Refusal` when the text is wrong."""
        ...


class Way(msgspec.Struct, frozen=True, eq=False):
    """A sequence flow, with its condition compiled."""

    id: str
    target: str
    condition: Value | None


class Listening(msgspec.Struct, frozen=True, eq=False):
    """A trigger of an event: what it listens for or throws, by the name the outside knows."""

    kind: str
    key: str
    timer: Literal["", "date", "duration", "cycle"] = ""
    value: Value | None = None
    literal: str = ""
    waits: bool = True


class Rule(msgspec.Struct, frozen=True, eq=False):
    """A loop, compiled."""

    loop: Loop
    cardinality: Value | None
    completion: Value | None
    condition: Value | None


class Place(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A flow node, with everything that running needs at hand."""

    id: str
    node: FlowNode
    body: str
    out: tuple[Way, ...]
    default: Way | None
    into: tuple[str, ...]
    boundary: tuple[str, ...]
    listens: tuple[Listening, ...]
    rule: Rule | None
    compensator: str
    role: str
    completion: Value | None
    before: Mapping[str, frozenset[str]]
    takes: tuple[tuple[str, Value], ...]
    gives: tuple[tuple[str, Value], ...]


class Interior(msgspec.Struct, frozen=True, eq=False):
    """What stands inside the process or one sub-process."""

    id: str
    starts: tuple[str, ...]
    event_starts: tuple[tuple[str, str], ...]
    links: Mapping[str, str]
    locals: tuple[str, ...]
    activities: tuple[str, ...]


class Program(msgspec.Struct, frozen=True, eq=False):
    """A definition ready to run. Make it once for each version and keep it."""

    definition: Definition
    process: str
    places: Mapping[str, Place]
    interiors: Mapping[str, Interior]

    def place(self, node: str) -> Place:
        """The place of a node; `Absent` when the definition has none."""
        found = self.places.get(node)
        if found is None:
            raise Absent("process.node_unknown", process=self.process, node=node)
        return found


def prepare(definition: Definition, conditions: Conditions) -> Program:
    """Compiles a definition. `Refusal` names the first expression that is wrong.

    Nothing is checked here beyond that: publish only what `check` finds no fault with.
    """
    process = definition.process
    keys = {item.id: item.key for item in definition.document.globals}
    compiling = _Compiling(definition, conditions, keys)
    compiling.interior(process.id, process.body, inherited={})
    return Program(definition, process.id, compiling.places, compiling.interiors)


def bodies(definition: Definition) -> Iterator[tuple[str, Body]]:
    """The body of the process and of each sub-process, by id."""
    heap: list[tuple[str, Body]] = [(definition.process_id, definition.process.body)]
    while heap:
        name, body = heap.pop()
        yield name, body
        heap += [(node.id, node.body) for node in body.nodes if isinstance(node, SubProcess)]


def target_of(reference: str) -> str:
    """A reference may carry the prefix of its namespace; ids of one file do not need it."""
    return reference.rpartition(":")[2]


class _Compiling:
    def __init__(
        self, definition: Definition, conditions: Conditions, keys: Mapping[str, str]
    ) -> None:
        self.places: dict[str, Place] = {}
        self.interiors: dict[str, Interior] = {}
        self._conditions = conditions
        self._keys = keys
        self._resources = resources(definition)
        self._document = definition.document
        self._names = names_of(definition)

    def interior(self, name: str, body: Body, inherited: Mapping[str, str]) -> None:
        roles = {**dict.fromkeys((node.id for node in body.nodes), "")}
        roles.update({node: role for node, role in inherited.items() if node in roles})
        for lanes in body.lane_sets:
            roles.update(lane_roles(lanes.lanes))
        into: dict[str, list[str]] = {node.id: [] for node in body.nodes}
        out: dict[str, list[Flow]] = {node.id: [] for node in body.nodes}
        for flow in body.flows:
            if flow.source not in out or flow.target not in into:
                raise Refusal("process.flow_across", element=flow.id)
            into[flow.target].append(flow.id)
            out[flow.source].append(flow)
        boundary: dict[str, list[str]] = {}
        for node in body.nodes:
            if isinstance(node, Event) and node.position == "boundary":
                boundary.setdefault(node.attached_to, []).append(node.id)
        compensators = _compensators(body)
        for node in body.nodes:
            self.places[node.id] = self._place(
                node, name, out[node.id], tuple(into[node.id]),
                tuple(boundary.get(node.id, ())), compensators.get(node.id, ""),
                roles[node.id], body,
            )  # fmt: skip
        self.interiors[name] = _interior(name, body, into)
        for node in body.nodes:
            if isinstance(node, SubProcess):
                role = roles[node.id]
                self.interior(node.id, node.body, {inner.id: role for inner in node.body.nodes})

    def _place(
        self, node: FlowNode, body: str, flows: list[Flow], into: tuple[str, ...],
        boundary: tuple[str, ...], compensator: str, role: str, inside: Body,
    ) -> Place:  # fmt: skip
        default = "" if isinstance(node, Event) else node.default
        ways = [
            Way(
                flow.id,
                flow.target,
                None
                if flow.id == default or flow.condition is None
                else self._value(flow.condition.text, flow.id),
            )
            for flow in flows
        ]
        carried = [
            (item.way, item.to, self._carry(item, node.id))
            for item in carried_by(node, self._document, self._names)
        ]
        joins = isinstance(node, Gateway) and node.kind == "inclusive" and len(into) > 1
        return Place(
            id=node.id,
            node=node,
            body=body,
            out=tuple(way for way in ways if way.id != default),
            default=next((way for way in ways if way.id == default), None),
            into=into,
            boundary=boundary,
            listens=self._listens(node),
            rule=self._rule(node),
            compensator=compensator,
            role=self._role(node, role),
            completion=(
                self._optional(node.completion.text if node.completion else "", node.id)
                if isinstance(node, SubProcess)
                else None
            ),
            before=_before(node.id, into, inside) if joins else {},
            takes=tuple((to, value) for way, to, value in carried if way == "in"),
            gives=tuple((to, value) for way, to, value in carried if way == "out"),
        )

    def _carry(self, carried: Carried, where: str) -> Value:
        if carried.expression:
            return self._value(carried.expression, where)
        return lambda variables, _now: variables.get(carried.source)

    def _value(self, text: str, where: str) -> Value:
        try:
            return self._conditions.compile(text)
        except Refusal as fault:
            raise Refusal("process.expression", where=where, text=text, said=said(fault)) from fault

    def _optional(self, text: str, where: str) -> Value | None:
        return self._value(text, where) if text else None

    def _rule(self, node: FlowNode) -> Rule | None:
        if not isinstance(node, Activity) or node.loop is None:
            return None
        loop = node.loop
        texts = (loop.cardinality, loop.completion, loop.condition)
        return Rule(loop, *(self._optional(item.text if item else "", node.id) for item in texts))

    def _listens(self, node: FlowNode) -> tuple[Listening, ...]:
        if isinstance(node, Event):
            return tuple(self._trigger(item, node) for item in node.triggers)
        if isinstance(node, Task) and node.kind in ("receive", "send"):
            return (Listening("message", self._key(node.message, node)),)
        return ()

    def _trigger(self, trigger: Trigger, node: Event) -> Listening:
        if trigger.timer:
            text = trigger.timer.expression.text
            literal = _is_iso(trigger.timer.kind, text)
            value = None if literal else self._value(text, node.id)
            return Listening(
                "timer", "", trigger.timer.kind, value, text if literal else "", trigger.waits
            )
        if trigger.kind == "conditional":
            text = trigger.condition.text if trigger.condition else ""
            return Listening("conditional", "", "", self._optional(text, node.id))
        if trigger.kind == "link":
            return Listening("link", trigger.link)
        if trigger.kind == "compensation":
            return Listening("compensation", target_of(trigger.ref), waits=trigger.waits)
        catches_all = trigger.kind in ("error", "escalation") and not trigger.ref
        return Listening(trigger.kind, "" if catches_all else self._key(trigger.ref, node))

    def _key(self, ref: str, node: FlowNode) -> str:
        """The name that the outside knows; a file that names none means the node's own."""
        name = target_of(ref)
        return self._keys.get(name, name) or node.name or node.id

    def _role(self, node: FlowNode, lane: str) -> str:
        if not isinstance(node, Activity):
            return ""
        if node.role:
            return node.role
        named = [self._performer(item) for item in node.performers]
        return next((name for name in named if name), lane)

    def _performer(self, performer: Performer) -> str:
        if performer.resource:
            ref = target_of(performer.resource)
            return self._resources.get(ref, ref)
        text = performer.expression.text if performer.expression else ""
        return text.strip('"')


def _interior(name: str, body: Body, into: Mapping[str, list[str]]) -> Interior:
    starts, links, event_starts = [], {}, []
    for node in body.nodes:
        if isinstance(node, Event) and node.position == "catch" and _link(node):
            links[_link(node)] = node.id
        if isinstance(node, SubProcess) and node.by_event:
            event_starts += [(node.id, start.id) for start in _start_events(node.body)]
    starts = [event.id for event in _start_events(body)] or [
        node.id for node in body.nodes if not into[node.id] and _may_begin(node)
    ]
    activities = tuple(
        node.id
        for node in body.nodes
        if isinstance(node, Activity) and not into[node.id] and _may_begin(node)
    )
    names = tuple(data.name for data in body.data if data.kind == "object" and data.name)
    return Interior(name, tuple(starts), tuple(event_starts), links, names, activities)


def _start_events(body: Body) -> list[Event]:
    return [node for node in body.nodes if isinstance(node, Event) and node.position == "start"]


def _link(event: Event) -> str:
    return next((item.link for item in event.triggers if item.kind == "link"), "")


def _may_begin(node: FlowNode) -> bool:
    """Without a start event, what no flow leads to begins by itself (BPMN 2.0, 10.5.2)."""
    if isinstance(node, Event):
        return node.position in ("throw", "end") or (node.position == "catch" and not _link(node))
    if isinstance(node, SubProcess) and node.by_event:
        return False
    return not (isinstance(node, Activity) and node.for_compensation)


def _compensators(body: Body) -> dict[str, str]:
    """Activity to the activity that compensates it, by its boundary event and association."""
    lines = {line.source: line.target for line in body.associations}
    lines |= {line.target: line.source for line in body.associations if line.target not in lines}
    undone_inside = {
        node.id: inner.id
        for node in body.nodes
        if isinstance(node, SubProcess)
        for inner in node.body.nodes
        if isinstance(inner, SubProcess) and inner.by_event and _undoes(inner)
    }
    return undone_inside | {
        node.attached_to: lines[node.id]
        for node in body.nodes
        if isinstance(node, Event)
        and node.position == "boundary"
        and any(item.kind == "compensation" for item in node.triggers)
        and node.id in lines
    }


def _undoes(sub: SubProcess) -> bool:
    """Whether an event sub-process begins when what is around it is compensated (10.5.6)."""
    starts = _start_events(sub.body)
    return any(item.kind == "compensation" for event in starts for item in event.triggers)


def _before(gateway: str, into: tuple[str, ...], body: Body) -> dict[str, frozenset[str]]:
    """For each flow into an inclusive join: the nodes from which it can still be reached without
    passing the join (BPMN 2.0, table 13.3)."""
    sources: dict[str, set[str]] = {}
    for flow in body.flows:
        sources.setdefault(flow.target, set()).add(flow.source)
    for node in body.nodes:
        if isinstance(node, Event) and node.attached_to:
            sources.setdefault(node.id, set()).add(node.attached_to)
    origin = {flow.id: flow.source for flow in body.flows}
    found = {}
    for flow_id in into:
        seen, heap = set[str](), [origin[flow_id]]
        while heap:
            node_id = heap.pop()
            if node_id not in seen and node_id != gateway:
                seen.add(node_id)
                heap += sources.get(node_id, ())
        found[flow_id] = frozenset(seen)
    return found


def _is_iso(kind: str, text: str) -> bool:
    if kind == "cycle":
        return text.startswith("R")
    reads = parse_duration if kind == "duration" else parse_instant
    try:
        reads(text)
    except Refusal as fault:
        # A timer too far off is a fault of the timer, not FEEL.
        return fault.code == "process.timer_too_far"
    return True


def due_of(listening: Listening, variables: Mapping[str, Any], now: datetime) -> Any:
    """When a timer is due, from its literal or its expression; see `first_due`."""
    value = listening.value(variables, now) if listening.value else listening.literal
    return first_due(listening.timer, value, now)
