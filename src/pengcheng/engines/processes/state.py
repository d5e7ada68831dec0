"""What a running instance is: scopes, positions and waits, and what may be told to it.

A `State` is a plain value that msgspec turns into JSON and back. Numbers of scopes, positions and
waits come from one counter and are never used twice in an instance: together with the instance's
id they are the idempotency keys of everything that happens outside.

Variables are JSON values. A date in them is ISO text; FEEL's `date(x)` reads it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

Variables = Mapping[str, Any]
Status = Literal["running", "ended", "failed", "cancelled"]
ROOT = 0


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where variables live: the process, a sub-process under way, one round of a loop.

    `owner` is the position that waits for the scope to empty; None for the process itself.
    """

    id: int
    node: str
    kind: Literal["process", "body", "round"]
    parent: int | None = None
    owner: int | None = None
    variables: dict[str, Any] = {}


class Rounds(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a loop is: `total` is None for a loop that ends by its condition."""

    total: int | None
    started: int = 0
    finished: int = 0
    items: tuple[Any, ...] = ()
    outputs: tuple[Any, ...] = ()


class Parked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a step is stuck, for the operator who mends it: a code of `words`, and its facts.

    `stage` is what a retry does again; "answer" keeps the outside call open under its `kind`.
    """

    code: str
    facts: dict[str, Any] = {}
    stage: Literal["arrive", "complete", "leave", "answer"] = "arrive"


class Done(msgspec.Struct, frozen=True):
    """A completed activity that can be compensated, in the order of completion.

    `inside` is the completed sub-process of this scope that held it, if one did. `variables` are
    those of a sub-process when it completed, for the event sub-process that undoes it.
    """

    scope: int
    node: str
    inside: str = ""
    variables: dict[str, Any] = {}


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A token that rests. A parked one remembers in `was` the kind that it had.

    `kind`: "task" (a person), "service", "rule", "call", "event" (a wait), "gateway" (the first
    of several events), "join", "scope" (a sub-process under way), "loop", "compensating",
    "parked". `via` is the flow by which it came.
    """

    id: int
    scope: int
    node: str
    kind: str
    via: str = ""
    since: datetime | None = None
    rounds: Rounds | None = None
    parked: Parked | None = None
    was: str = ""
    pending: tuple[Done, ...] = ()
    owner: int | None = None


class Wait(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event that is listened for: by a position, or (an event sub-process) by a scope."""

    id: int
    node: str
    kind: Literal["timer", "message", "signal", "conditional"]
    key: str = ""
    position: int | None = None
    scope: int | None = None
    due: datetime | None = None
    every: str = ""
    left: int = 0
    was: bool = False


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An instance, whole."""

    process: str
    status: Status = "running"
    outcome: str = ""
    serial: int = 1
    steps: int = 0
    scopes: dict[int, Scope] = {}
    positions: dict[int, Position] = {}
    waits: dict[int, Wait] = {}
    done: tuple[Done, ...] = ()

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the process itself; after the end, as they were then."""
        return self.scopes[ROOT].variables


# ── commands ─────────────────────────────────────────────────────────────────────────────────


class Complete(msgspec.Struct, frozen=True, tag="complete"):
    """A task, service call, decision or called process is done, with these results."""

    position: int
    variables: Variables = {}


class Fail(msgspec.Struct, frozen=True, tag="fail"):
    """A task, service call or called process ended with a business error of this code."""

    position: int
    code: str
    variables: Variables = {}


class Escalate(msgspec.Struct, frozen=True, tag="escalate"):
    """Whoever does this task escalates it; the task goes on unless a boundary event stops it."""

    position: int
    code: str


class MessageArrived(msgspec.Struct, frozen=True, tag="message"):
    """A message for this instance; `wait` says for which of several equal waits."""

    name: str
    variables: Variables = {}
    wait: int | None = None


class SignalArrived(msgspec.Struct, frozen=True, tag="signal"):
    """A signal, told to every instance; one that does not listen is not changed."""

    name: str
    variables: Variables = {}


class TimerDue(msgspec.Struct, frozen=True, tag="timer"):
    """The timer of this wait is due."""

    wait: int


class Change(msgspec.Struct, frozen=True, tag="change"):
    """Variables of the process change from outside; conditional events notice."""

    variables: Variables


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """Someone picks an activity of an ad-hoc sub-process that is under way."""

    position: int
    node: str


class Retry(msgspec.Struct, frozen=True, tag="retry"):
    """An operator has mended what a parked step was stuck on (perhaps these variables)."""

    position: int
    variables: Variables = {}


class Park(msgspec.Struct, frozen=True, tag="park"):
    """A call outside failed for good in the machine's sense: the step waits for an operator."""

    position: int
    code: str
    facts: Variables = {}


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """The whole instance is called off."""

    reason: str = ""


Command = (
    Complete | Fail | Escalate | MessageArrived | SignalArrived | TimerDue | Change | Begin
    | Retry | Park | Cancel
)  # fmt: skip


# ── effects ──────────────────────────────────────────────────────────────────────────────────


class Reached(msgspec.Struct, frozen=True, tag="reached"):
    """A token reached a node by a flow ("" at a start or boundary event)."""

    node: str
    via: str
    scope: int


class TaskCreated(msgspec.Struct, frozen=True, tag="task_created"):
    """A person or role must do this now."""

    position: int
    node: str
    role: str
    within: str


class TaskWithdrawn(msgspec.Struct, frozen=True, tag="task_withdrawn"):
    """A task, service call, decision or call is no longer wanted."""

    position: int
    node: str
    kind: str


class ServiceCalled(msgspec.Struct, frozen=True, tag="service_called"):
    """Call this operation; answer with `Complete`, `Fail` or `Park`. `variables`: what is carried
    into it; None: everything that the step sees."""

    position: int
    node: str
    operation: str
    variables: Variables | None = None


class DecisionAsked(msgspec.Struct, frozen=True, tag="decision_asked"):
    """Evaluate this decision; answer with `Complete`. `variables` as of a call."""

    position: int
    node: str
    decision: str
    variables: Variables | None = None


class ProcessCalled(msgspec.Struct, frozen=True, tag="process_called"):
    """Start this process; answer with `Complete` or `Fail` when it ends."""

    position: int
    node: str
    process: str
    variables: Variables


class MessageSent(msgspec.Struct, frozen=True, tag="message_sent"):
    """Send this message; `key` is unique in the instance."""

    node: str
    name: str
    key: int
    variables: Variables


class SignalThrown(msgspec.Struct, frozen=True, tag="signal_thrown"):
    """Tell every other instance; this one has heard it. `key` is unique in the instance."""

    node: str
    name: str
    key: int
    variables: Variables


class EscalationThrown(msgspec.Struct, frozen=True, tag="escalation_thrown"):
    """An escalation was thrown; `caught` by which event ("": by none)."""

    node: str
    code: str
    caught: str


class ErrorThrown(msgspec.Struct, frozen=True, tag="error_thrown"):
    """An error was thrown; `caught` by which event ("": by none)."""

    node: str
    code: str
    caught: str


class WaitStarted(msgspec.Struct, frozen=True, tag="wait_started"):
    """Listen for this: a timer until `due`, a message or a signal by `key`."""

    wait: int
    node: str
    kind: str
    key: str
    due: datetime | None


class WaitStopped(msgspec.Struct, frozen=True, tag="wait_stopped"):
    """Stop listening."""

    wait: int
    node: str
    kind: str


class ActivitiesOffered(msgspec.Struct, frozen=True, tag="activities_offered"):
    """An ad-hoc sub-process is under way: any of these may be begun, `Complete` closes it."""

    position: int
    node: str
    activities: tuple[str, ...]


class StepParked(msgspec.Struct, frozen=True, tag="step_parked"):
    """A step is stuck; it stays until an operator retries it or the instance is cancelled."""

    position: int
    node: str
    code: str
    facts: dict[str, Any]


class InstanceEnded(msgspec.Struct, frozen=True, tag="instance_ended"):
    """The instance is over; `outcome` is the last end event, error code or reason."""

    status: str
    outcome: str


Effect = (
    Reached | TaskCreated | TaskWithdrawn | ServiceCalled | DecisionAsked | ProcessCalled
    | MessageSent | SignalThrown | EscalationThrown | ErrorThrown | WaitStarted | WaitStopped
    | ActivitiesOffered | StepParked | InstanceEnded
)  # fmt: skip
