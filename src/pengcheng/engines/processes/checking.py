"""What is wrong with a definition, before it is published to run. Pure.

A `fault` forbids publication; a `warning` is shown to the author. Everything is reported at once,
each with the node or flow it is about; texts are looked up by code in `words`.
"""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Literal

import msgspec

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes._expressions import compiles, expressions_of, language_of
from pengcheng.engines.processes._soundness import explore
from pengcheng.engines.processes.data_flow import carried_by, names_of
from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Call,
    Definition,
    Event,
    Flow,
    FlowNode,
    Gateway,
    SubProcess,
    Task,
)
from pengcheng.engines.processes.program import Conditions, bodies
from pengcheng.engines.processes.supported import Finding, supported
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.words import Words

_INNER_STARTS = ("error", "escalation", "compensation")


def check(definition: Definition, conditions: Conditions | None = None) -> tuple[Finding, ...]:
    """Every finding, faults first. With `conditions`, each expression is compiled too."""
    found: list[Finding] = []
    found += _undoes_nothing(definition)
    names = names_of(definition)
    for name, body in bodies(definition):
        found += supported(body)
        found += _mappings(definition, body, names, conditions)
        found += _shape(name, body, _kind_of(definition, name))
        found += expressions_of(body, conditions, language_of(definition))
    if not any(item.grade == "fault" for item in found):
        for name, body in bodies(definition):
            if _kind_of(definition, name) != "adhoc":
                found += [Finding(*item) for item in explore(body, name)]
    return tuple(sorted(found, key=lambda item: item.grade != "fault"))


def must_run(definition: Definition, conditions: Conditions | None = None) -> None:
    """`Refusal("process.cannot_run")` with every fault, unless the definition may be published."""
    faults = [item for item in check(definition, conditions) if item.grade == "fault"]
    if faults:
        raise Refusal(
            "process.cannot_run",
            process=definition.process_id,
            said=Words(
                "".join(one.says.zh for one in faults), " ".join(one.says.en for one in faults)
            ),
            found=[item.says for item in faults],
            findings=[msgspec.to_builtins(item) for item in faults],
        )


def _undoes_nothing(definition: Definition) -> Iterator[Finding]:
    """An event sub-process that undoes stands in the sub-process that it undoes (10.5.6)."""
    for node in definition.process.body.nodes:
        starts = node.body.nodes if isinstance(node, SubProcess) and node.by_event else ()
        triggers = [item for start in starts if isinstance(start, Event) for item in start.triggers]
        if any(item.kind == "compensation" for item in triggers):
            construct = "compensation event sub-process of a process"
            yield Finding("fault", "process.not_supported", node.id, {"construct": construct})


def _mappings(
    definition: Definition, body: Body, names: Mapping[str, str], conditions: Conditions | None
) -> Iterator[Finding]:
    """The expressions of data associations."""
    for node in body.nodes if conditions is not None else ():
        for item in carried_by(node, definition.document, names):
            if item.expression and conditions is not None:
                yield from compiles(node.id, item.expression, conditions)


def _kind_of(definition: Definition, name: str) -> str:
    for _, body in bodies(definition):
        for node in body.nodes:
            if isinstance(node, SubProcess) and node.id == name:
                return "event" if node.by_event else node.kind
    return "process"


# ── shape ────────────────────────────────────────────────────────────────────────────────────


def _shape(name: str, body: Body, kind: str) -> Iterator[Finding]:
    into: dict[str, list[Flow]] = {}
    out: dict[str, list[Flow]] = {}
    for flow in body.flows:
        out.setdefault(flow.source, []).append(flow)
        into.setdefault(flow.target, []).append(flow)
    inside = {node.id for node in body.nodes}
    across = [flow.id for flow in body.flows if not {flow.source, flow.target} <= inside]
    if across:
        yield from (Finding("fault", "process.flow_across", flow) for flow in across)
        return
    if not body.nodes and kind == "process":
        yield Finding("fault", "process.empty", name)
    for node in body.nodes:
        yield from _links(node, body)
        yield from _ends(node, into.get(node.id, []), out.get(node.id, []))
        if isinstance(node, Activity | Gateway):
            yield from _choices(node, out.get(node.id, []))
        if isinstance(node, Gateway) and node.kind == "event":
            yield from _awaited(node, out.get(node.id, []), body)
    if kind != "adhoc":
        yield from _reachability(name, body)
        yield from _hot_loops(body)
    yield from _starts(name, body, kind)


def _starts(name: str, body: Body, kind: str) -> Iterator[Finding]:
    starts = [n for n in body.nodes if isinstance(n, Event) and n.position == "start"]
    if kind == "event":
        if len(starts) != 1 or not starts[0].triggers:
            yield Finding("fault", "process.event_start", name, {"starts": len(starts)})
    elif kind not in ("process",):
        for start in starts:
            if start.triggers:
                yield Finding("fault", "process.inner_start_triggered", start.id)
    else:
        for start in starts:
            if any(item.kind in _INNER_STARTS for item in start.triggers):
                kinds = start.triggers[0].kind
                yield Finding(
                    "fault", "process.not_supported", start.id,
                    {"construct": f"{kinds} start event of a process"},
                )  # fmt: skip


def _links(node: FlowNode, body: Body) -> Iterator[Finding]:
    if not isinstance(node, Event):
        return
    catches = {
        item.link
        for other in body.nodes
        if isinstance(other, Event) and other.position == "catch"
        for item in other.triggers
    }
    for trigger in node.triggers:
        if trigger.kind == "link" and node.position == "throw" and trigger.link not in catches:
            yield Finding("fault", "process.link_to_nowhere", node.id, {"link": trigger.link})
    if node.position == "boundary":
        hosts = [n for n in body.nodes if n.id == node.attached_to and isinstance(n, Activity)]
        if not hosts or not node.triggers:
            yield Finding("fault", "process.boundary_on_nothing", node.id)
        if any(isinstance(h, Task) and h.kind in ("none", "manual", "send") for h in hosts):
            yield Finding("warning", "process.boundary_never", node.id, {"on": node.attached_to})


def _ends(node: FlowNode, into: list[Flow], out: list[Flow]) -> Iterator[Finding]:
    event = node if isinstance(node, Event) else None
    if event and event.position in ("start", "boundary") and into:
        yield Finding("fault", "process.flow_into_event", node.id)
    if event and event.position == "end" and out:
        yield Finding("fault", "process.flow_out_of_end", node.id)
    link = event and event.position == "throw" and any(t.kind == "link" for t in event.triggers)
    compensation = event and any(t.kind == "compensation" for t in event.triggers)
    if out or (event and event.position == "end") or link:
        return
    if event and event.position == "boundary" and compensation:
        return
    if isinstance(node, Activity):
        inner = node.for_compensation or (isinstance(node, SubProcess) and node.by_event)
        if not inner:
            yield Finding("warning", "process.ends_without_event", node.id)
        return
    yield Finding("fault", "process.dead_end", node.id)


def _choices(node: Activity | Gateway, out: list[Flow]) -> Iterator[Finding]:
    if node.default and node.default not in {flow.id for flow in out}:
        yield Finding("fault", "process.default_elsewhere", node.id, {"flow": node.default})
    choosing = isinstance(node, Gateway) and node.kind in ("exclusive", "inclusive")
    if not choosing or len(out) < 2:
        return
    bare = [flow.id for flow in out if flow.condition is None and flow.id != node.default]
    for flow in bare:
        yield Finding("fault", "process.condition_missing", flow, {"gateway": node.id})
    closed = (f"{{{ns.OURS}}}closed", "true") in node.kept.attributes
    if not node.default and not bare and not closed:
        yield Finding("warning", "process.default_missing", node.id)


def _awaited(gateway: Gateway, out: list[Flow], body: Body) -> Iterator[Finding]:
    """After an event-based gateway stand only events that can be waited for (10.6.6)."""
    nodes = {node.id: node for node in body.nodes}
    for flow in out:
        match nodes[flow.target]:
            case Task(kind="receive"):
                continue
            case Event(position="catch", triggers=triggers) if triggers and all(
                item.kind in ("message", "timer", "signal", "conditional") for item in triggers
            ):
                continue
        yield Finding("fault", "process.not_awaited", flow.target, {"gateway": gateway.id})


def _next(body: Body) -> dict[str, set[str]]:
    """What can follow each node: by flow, by boundary event, by link."""
    follows: dict[str, set[str]] = {node.id: set() for node in body.nodes}
    for flow in body.flows:
        follows[flow.source].add(flow.target)
    catches = {
        trigger.link: node.id
        for node in body.nodes
        if isinstance(node, Event) and node.position == "catch"
        for trigger in node.triggers
        if trigger.kind == "link"
    }
    for node in body.nodes:
        if isinstance(node, Event) and node.attached_to in follows:
            follows[node.attached_to].add(node.id)
        if isinstance(node, Event) and node.position == "throw":
            links = {t.link for t in node.triggers if t.kind == "link"} & set(catches)
            follows[node.id] |= {catches[link] for link in links}
    for line in body.associations:
        if line.source in follows and line.target in follows:
            follows[line.source].add(line.target)
    return follows


def _reach(begin: set[str], follows: Mapping[str, set[str]]) -> set[str]:
    seen, heap = set[str](), list(begin)
    while heap:
        node = heap.pop()
        if node not in seen:
            seen.add(node)
            heap += follows.get(node, ())
    return seen


def _reachability(name: str, body: Body) -> Iterator[Finding]:
    follows = _next(body)
    targets = {target for follow in follows.values() for target in follow}
    starts = {n.id for n in body.nodes if isinstance(n, Event) and n.position == "start"}
    aside = {
        n.id
        for n in body.nodes
        if isinstance(n, Activity)
        and (n.for_compensation or (isinstance(n, SubProcess) and n.by_event))
    }
    begin = starts or {node.id for node in body.nodes if node.id not in targets}
    if body.nodes and not begin - aside:
        yield Finding("fault", "process.no_start", name)
    reached = _reach(begin | aside, follows)
    for node in body.nodes:
        if node.id not in reached:
            yield Finding("fault", "process.unreachable", node.id)
    ends = {node for node, follow in follows.items() if not follow}
    before: dict[str, set[str]] = {}
    for node_id, follow in follows.items():
        for target in follow:
            before.setdefault(target, set()).add(node_id)
    finishing = _reach(ends, before)
    for node in body.nodes:
        if node.id in reached and node.id not in finishing:
            yield Finding("fault", "process.end_unreachable", node.id)


_Rest = Literal["no", "call", "yes"]
_LONGEST_FIRST: tuple[_Rest, ...] = ("yes", "call")


def _rests(node: FlowNode) -> _Rest:
    """Whether a token rests at a node until the world says something."""
    match node:
        case Task(kind="user" | "receive") | Call() | SubProcess(kind="adhoc"):
            return "yes"
        case SubProcess(body=body):
            within = {_rests(inner) for inner in body.nodes}
            return next((rest for rest in _LONGEST_FIRST if rest in within), "no")
        case Task(kind="service"):
            return "call"
        case Event(position="catch", triggers=triggers):
            return "no" if any(trigger.kind == "link" for trigger in triggers) else "yes"
        case Gateway(kind="event"):
            return "yes"
    return "no"


def _hot_loops(body: Body) -> Iterator[Finding]:
    """Loops without a wait. With a service call in them they are only suspicious: it takes time."""
    ways = _next(body)
    for grade, stops in (("fault", ("yes", "call")), ("warning", ("yes",))):
        moving = {node.id for node in body.nodes if _rests(node) not in stops}
        loop = _circle({node: follow & moving for node, follow in ways.items() if node in moving})
        if loop:
            code = "process.loop_without_wait" if grade == "fault" else "process.loop_of_calls"
            first = min(loop, key=[node.id for node in body.nodes].index)
            at = loop.index(first)
            way = [*loop[at:], *loop[:at], first]
            yield Finding(
                "fault" if grade == "fault" else "warning", code, first, {"nodes": " → ".join(way)}
            )
            return


def _circle(follows: Mapping[str, set[str]]) -> list[str]:
    """The nodes of one circle in the order in which a token goes through them; [] for none."""
    try:
        TopologicalSorter(follows).prepare()
    except CycleError as found:
        circle: list[str] = found.args[1]
        return circle[:0:-1]
    return []
