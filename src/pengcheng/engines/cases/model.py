"""The nouns of cases."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from pengcheng.engines.deadlines import Deadline

Disclosure = Literal["open", "anonymous", "confidential"]
ClockState = Literal["running", "suspended", "stopped"]
TaskState = Literal["open", "taken", "done", "returned", "withdrawn"]
Visibility = Literal["public", "parties", "internal"]

TITLE_MAX = 200
MESSAGE_MAX = 5000
FILES_MAX = 12
REASONS_MAX = 10
LIST_MAX = 500
NO_AREA = (-1, 0)
"""The `area` of a query for cases whose place is not known."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case (办件, 诉求, 案件): one piece of work with an owner, a clock and an outcome.

    `earlier_code`: its number in the system from which it was taken over. `retention_ended_at`:
    when what was said in it, and by whom, was erased.
    """

    id: UUID
    code: str
    kind: str
    title: str
    step: str
    stage: str
    open: bool
    channel: str
    organisation_id: UUID
    organisation_no: int
    deadline: Deadline
    accepted_at: datetime
    step_since: datetime
    process_version: int = 1
    outcome: str | None = None
    category: str | None = None
    category_confidence: float | None = None
    urgency: int = 0
    area_no: int | None = None
    area_source: str = ""
    account_id: UUID | None = None
    author_id: UUID | None = None
    author_account_id: UUID | None = None
    disclosure: Disclosure = "open"
    is_public: bool = False
    sensitivity: int = 2
    event_id: UUID | None = None
    parent_id: UUID | None = None
    point: tuple[float, float] | None = None
    automatic: bool | None = None
    clock: ClockState = "running"
    dispatched_at: datetime | None = None
    taken_at: datetime | None = None
    replied_at: datetime | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    watch_at: datetime | None = None
    suspended_until: datetime | None = None
    next_at: datetime | None = None
    warned: int = 0
    supervised: int = 0
    escalated_to: int = 0
    dispatches: int = 0
    returns: int = 0
    extensions: int = 0
    reopenings: int = 0
    satisfaction: int | None = None
    was_late: bool | None = None
    earlier_code: str | None = None
    retention_ended_at: datetime | None = None
    version: int = 1


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list: one line, no personal value."""

    id: UUID
    code: str
    kind: str
    title: str
    step: str
    stage: str
    open: bool
    channel: str
    category: str | None
    urgency: int
    area_no: int | None
    organisation_id: UUID
    organisation_no: int
    account_id: UUID | None
    clock: ClockState
    accepted_at: datetime
    due_at: datetime | None
    watch_at: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None
    supervised: int
    event_id: UUID | None
    satisfaction: int | None
    category_confidence: float | None
    dispatches: int
    returns: int
    version: int


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it arrives: declared fields as they came, and what the channel knows. `receipt`:
    the code for an author without account, a random one unless the channel made it."""

    kind: str
    channel: str
    fields: Mapping[str, Any]
    point: tuple[float, float] | None = None
    area_code: str | None = None
    disclosure: Disclosure = "open"
    is_public: bool = False
    category: str | None = None
    author_id: UUID | None = None
    author_account_id: UUID | None = None
    submission_key: str | None = None
    receipt: str | None = None
    files: tuple[UUID, ...] = ()
    accepted_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class PublicCase(msgspec.Struct, frozen=True, kw_only=True):
    """What anyone may know of a case. `subject` and `body` are the masked text, and only there
    where the author made it public; `center` is the middle of the grid cell, never the point, and
    of the address there is nothing: it would say more than the cell."""

    id: UUID
    code: str
    open: bool
    step: str
    stage: str
    outcome: str | None
    category: str | None
    area_no: int | None
    organisation_id: UUID
    accepted_at: datetime
    changed_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    subject: str | None
    body: str | None
    center: tuple[float, float] | None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What a sender gets: the number to quote, and a receipt code that opens it without account."""

    id: UUID
    code: str
    receipt: str | None
    accepted_at: datetime
    due_at: datetime
    is_repeat: bool = False


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What one organisation, role or person must do for a case now (任务)."""

    id: UUID
    case_id: UUID
    kind: str
    title: str
    role: str | None
    organisation_id: UUID
    organisation_no: int
    area_no: int | None
    account_id: UUID | None
    state: TaskState
    request: Mapping[str, Any]
    result: Mapping[str, Any] | None
    created_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    version: int


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task to be opened."""

    kind: str
    title: str
    organisation_id: UUID
    organisation_no: int
    role: str | None = None
    account_id: UUID | None = None
    area_no: int | None = None
    due_at: datetime | None = None
    request: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Something said in a case. `purpose`: report, addition, reply, interim_reply, note, basis."""

    id: UUID
    case_id: UUID
    author_kind: str
    author_id: UUID | None
    organisation_id: UUID | None
    purpose: str
    visibility: Visibility
    body: str
    files: tuple[UUID, ...]
    channel: str
    at: datetime


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A rating in five grades with reasons (GB/T 39735), 5 the best."""

    source: Literal["author", "call_back", "supervisor"]
    grade: int
    reasons: tuple[str, ...] = ()
    comment: str = ""
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to do with a case. Which fields count depends on the verb."""

    verb: str
    version: int
    organisation_id: UUID | None = None
    reason: str = ""
    body: str = ""
    files: tuple[UUID, ...] = ()
    grade: int | None = None
    reasons: tuple[str, ...] = ()
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    amount: int | None = None
    unit: str | None = None
    details: Mapping[str, Any] = msgspec.field(default_factory=dict)


class CaseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of cases. `order`: due (least time left first), accepted, replied, closed.

    `state`: open, late, watch, suspended, closed, all, triage. `after` continues a page.
    `arrived_after` holds those that came into their step since; `followed_by` a person's own list;
    `returned` those that a unit has sent back.
    """

    kind: str
    state: str = "open"
    order: Literal["due", "accepted", "replied", "closed"] = "due"
    mine: UUID | None = None
    unit: tuple[int, int] | None = None
    area: tuple[int, int] | None = None
    step: str | None = None
    stage: str | None = None
    channel: str | None = None
    category: str | None = None
    event_id: UUID | None = None
    accepted: tuple[datetime | None, datetime | None] = (None, None)
    replied: tuple[datetime | None, datetime | None] = (None, None)
    closed: tuple[datetime | None, datetime | None] = (None, None)
    supervised: bool = False
    returned: bool = False
    urgency: int | None = None
    arrived_after: datetime | None = None
    followed_by: UUID | None = None
    text: str | None = None
    limit: int = 100
    after: tuple[datetime, UUID] | None = None


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """Cases in order; `next` continues, None at the end."""

    cases: tuple[CaseLine, ...]
    next: tuple[datetime, UUID] | None = None
