"""BPMN 2.0 as frozen values (OMG formal/2013-12-09, ISO/IEC 19510).

What the engine understands stands in named fields; everything else that a file said (extension
elements, constructs that are not run, annotations, the diagram) is kept as XML text in `Kept`, so
that reading and writing a file loses nothing. The names are those of the standard.
"""

from typing import Literal

import msgspec

TriggerKind = Literal[
    "message", "timer", "signal", "error", "escalation", "conditional", "link", "terminate",
    "compensation", "cancel",
]  # fmt: skip
EventPosition = Literal["start", "end", "catch", "throw", "boundary"]
TaskKind = Literal["none", "user", "manual", "service", "rule", "send", "receive", "script"]
GatewayKind = Literal["exclusive", "parallel", "inclusive", "event", "complex"]
SubProcessKind = Literal["embedded", "adhoc", "transaction"]
GlobalKind = Literal["message", "signal", "error", "escalation"]
DataKind = Literal["object", "reference", "store_reference"]


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a file said beyond the named fields: attributes ("{namespace}name") and child XML."""

    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[str, ...] = ()


NOTHING = Kept()


class Expression(msgspec.Struct, frozen=True, omit_defaults=True):
    """An expression as written; FEEL unless `language` names another."""

    text: str
    language: str = ""
    kept: Kept = NOTHING


class Timer(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a timer event is due: ISO 8601 text, or FEEL that yields it."""

    kind: Literal["date", "duration", "cycle"]
    expression: Expression


class Trigger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event definition; `ref` names the message, signal, error, escalation or activity."""

    kind: TriggerKind
    id: str = ""
    ref: str = ""
    timer: Timer | None = None
    condition: Expression | None = None
    link: str = ""
    waits: bool = True
    kept: Kept = NOTHING


class Loop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often an activity is done: `standard` loop, or multi-instance over a number or list."""

    kind: Literal["standard", "multi"]
    id: str = ""
    sequential: bool = False
    cardinality: Expression | None = None
    collection: str = ""
    item: str = ""
    outputs: str = ""
    output_item: str = ""
    completion: Expression | None = None
    condition: Expression | None = None
    test_before: bool = False
    maximum: int | None = None
    kept: Kept = NOTHING


class Performer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who may do a task: a resource of the file, or an expression; `tag` as the file says it."""

    tag: str
    id: str = ""
    name: str = ""
    resource: str = ""
    expression: Expression | None = None
    kept: Kept = NOTHING


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every flow node has. `name_en` is the English of a name whose first text is Chinese."""

    id: str
    name: str = ""
    name_en: str = ""
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    kept: Kept = NOTHING


class Event(Node, frozen=True, kw_only=True, tag="event", omit_defaults=True):
    """A start, end, intermediate or boundary event; without triggers it is a none event."""

    position: EventPosition
    triggers: tuple[Trigger, ...] = ()
    trigger_refs: tuple[str, ...] = ()
    attached_to: str = ""
    interrupting: bool = True
    parallel_multiple: bool = False


class Gateway(Node, frozen=True, kw_only=True, tag="gateway", omit_defaults=True):
    """A gateway; `default` is the flow taken when no condition holds."""

    kind: GatewayKind
    default: str = ""
    instantiate: bool = False


class Activity(Node, frozen=True, kw_only=True, omit_defaults=True):
    """What tasks, sub-processes and call activities share."""

    default: str = ""
    loop: Loop | None = None
    performers: tuple[Performer, ...] = ()
    for_compensation: bool = False
    within: str = ""
    role: str = ""


class Task(Activity, frozen=True, kw_only=True, tag="task", omit_defaults=True):
    """A task. `decision` names what a rule task evaluates, `operation` what a service task calls,
    `within` the promise ("3 working days") that the deadline of a user task is counted from."""

    kind: TaskKind
    message: str = ""
    operation: str = ""
    decision: str = ""
    instantiate: bool = False


class Call(Activity, frozen=True, kw_only=True, tag="call", omit_defaults=True):
    """A call activity: another process, by id."""

    called: str = ""


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str = ""
    name_en: str = ""
    condition: Expression | None = None
    kept: Kept = NOTHING


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A data object, or a reference to one or to a data store."""

    id: str
    kind: DataKind
    name: str = ""
    ref: str = ""
    is_collection: bool = False
    kept: Kept = NOTHING


class Association(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dotted line; from a compensation event to the activity that compensates it is run."""

    id: str
    source: str
    target: str
    kept: Kept = NOTHING


class Lane(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lane: the role that does the tasks in it, unless a task names another."""

    id: str
    name: str = ""
    nodes: tuple[str, ...] = ()
    child: "LaneSet | None" = None
    kept: Kept = NOTHING


class LaneSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lanes beside each other."""

    id: str = ""
    name: str = ""
    lanes: tuple[Lane, ...] = ()
    tag: str = "laneSet"
    kept: Kept = NOTHING


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands inside a process or sub-process."""

    nodes: tuple["FlowNode", ...] = ()
    flows: tuple[Flow, ...] = ()
    data: tuple[Data, ...] = ()
    associations: tuple[Association, ...] = ()
    lane_sets: tuple[LaneSet, ...] = ()


class SubProcess(Activity, frozen=True, kw_only=True, tag="subprocess", omit_defaults=True):
    """An embedded, ad-hoc or event (`by_event`) sub-process, or a transaction."""

    kind: SubProcessKind = "embedded"
    by_event: bool = False
    body: Body = Body()
    completion: Expression | None = None
    cancels_rest: bool = True
    ordering: Literal["parallel", "sequential"] = "parallel"


FlowNode = Event | Gateway | Task | Call | SubProcess


class Process(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A process of a file."""

    id: str
    name: str = ""
    name_en: str = ""
    executable: bool = False
    body: Body = Body()
    kept: Kept = NOTHING


class Global(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message, signal, error or escalation that events of the file refer to."""

    kind: GlobalKind
    id: str
    name: str = ""
    code: str = ""
    kept: Kept = NOTHING

    @property
    def key(self) -> str:
        """What the outside knows it by: its code, else its name, else its id."""
        return self.code or self.name or self.id


class Participant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pool; `process` is empty for one that is only a counterpart."""

    id: str
    name: str = ""
    process: str = ""
    kept: Kept = NOTHING


class MessageFlow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one pool tells another."""

    id: str
    source: str
    target: str
    name: str = ""
    kept: Kept = NOTHING


class Collaboration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Pools and the messages between them."""

    id: str
    name: str = ""
    participants: tuple[Participant, ...] = ()
    flows: tuple[MessageFlow, ...] = ()
    kept: Kept = NOTHING


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole BPMN 2.0 file; `diagrams` are its BPMNDiagram elements as XML text."""

    namespace: str
    id: str = ""
    name: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()
    processes: tuple[Process, ...] = ()
    globals: tuple[Global, ...] = ()
    collaborations: tuple[Collaboration, ...] = ()
    diagrams: tuple[str, ...] = ()
    kept: Kept = NOTHING


class Definition(msgspec.Struct, frozen=True):
    """One process of a document, as it is checked, published, run and drawn."""

    document: Document
    process_id: str

    @property
    def process(self) -> Process:
        """The process itself; there is always one (ensured where definitions are made)."""
        return next(item for item in self.document.processes if item.id == self.process_id)
