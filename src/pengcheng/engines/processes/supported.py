"""What is kept but not run, by the name that the standard gives it."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Event,
    FlowNode,
    Gateway,
    SubProcess,
    Task,
)
from pengcheng.engines.processes.words import WORDS
from pengcheng.kernel.words import Words


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong; `facts` fill the sentence of `code`."""

    grade: Literal["fault", "warning"]
    code: str
    element: str
    facts: dict[str, Any] = {}

    @property
    def says(self) -> Words:
        """The finding as a sentence."""
        words = WORDS.get(self.code) or Words(self.code, self.code)
        facts = {**self.facts, "element": self.element}
        return Words(words.fill("zh", facts), words.fill("en", facts))


def supported(body: Body) -> Iterator[Finding]:
    """A fault for each construct that cannot be run."""
    for node in body.nodes:
        for construct in _unsupported(node):
            yield Finding("fault", "process.not_supported", node.id, {"construct": construct})


def _unsupported(node: FlowNode) -> Iterator[str]:
    match node:
        case Task(kind="script"):
            yield "script task"
        case Task(instantiate=True):
            yield "instantiating receive task"
        case Gateway(kind="complex"):
            yield "complex gateway"
        case Gateway(instantiate=True):
            yield "instantiating event-based gateway"
        case SubProcess(kind="transaction"):
            yield "transaction"
        case Event():
            yield from _unsupported_event(node)
    for xml in node.kept.children:
        name = xml.lstrip("<").partition(" ")[0].partition(">")[0].rstrip("/").rpartition(":")[2]
        if name.endswith("EventDefinition"):
            yield name


def _unsupported_event(event: Event) -> Iterator[str]:
    if event.trigger_refs:
        yield "event definition reference"
    if event.parallel_multiple:
        yield "parallel multiple event"
    allowed = {
        "start": (
            "message", "timer", "signal", "conditional", "error", "escalation", "compensation",
        ),
        "catch": ("message", "timer", "signal", "conditional", "link"),
        "throw": ("message", "signal", "escalation", "link", "compensation"),
        "end": ("message", "signal", "escalation", "error", "terminate", "compensation"),
        "boundary": (
            "message", "timer", "signal", "conditional", "error", "escalation", "compensation",
        ),
    }[event.position]  # fmt: skip
    for trigger in event.triggers:
        if trigger.kind not in allowed:
            yield f"{trigger.kind} {event.position} event"


def called(node: FlowNode) -> str:
    """What the standard calls a node: "parallel gateway", "timer boundary event"."""
    match node:
        case Event():
            kinds = " ".join(item.kind for item in node.triggers) or "plain"
            named = {"catch": "intermediate catch", "throw": "intermediate throw"}
            return f"{kinds} {named.get(node.position, node.position)} event"
        case Gateway():
            return f"{'event-based' if node.kind == 'event' else node.kind} gateway"
        case Task():
            return f"{'' if node.kind == 'none' else f'{node.kind} '}task{_looped(node)}"
        case SubProcess():
            kind = "event" if node.by_event else node.kind
            return f"{kind} sub-process"
    return f"call activity{_looped(node)}"


def _looped(activity: Activity) -> str:
    return " done several times (a loop)" if activity.loop else ""
