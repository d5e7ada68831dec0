"""A stored instance, and what is stored beside it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.processes.state import State, Variables
from pengcheng.ground.database import Work


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A published version of a process; it never changes."""

    id: UUID
    name: str
    number: int
    process_id: str
    content: str
    published_at: datetime


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What is published: a file, which process of it, and the digest of both."""

    process_id: str
    content: str
    digest: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an instance is about, and where it lies for the rights of those who look."""

    subject_type: str = ""
    subject_id: UUID | None = None
    area_no: int | None = None
    organisation_no: int | None = None
    sensitivity: int = 2


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A stored instance. `revision` counts its steps."""

    id: UUID
    version_id: UUID
    about: About
    revision: int
    state: State
    parent_id: UUID | None = None
    parent_position: int | None = None


class PublishedProcess(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of a process, with how many instances of any version run or are stuck."""

    id: UUID
    name: str
    number: int
    process_id: str
    published_at: datetime
    running: int
    parked: int


class InstanceLine(msgspec.Struct, frozen=True, kw_only=True):
    """An instance in a list; `nodes` are the places where its tokens rest."""

    id: UUID
    name: str
    version: int
    status: str
    subject_type: str
    subject_id: UUID | None
    started_at: datetime
    changed_at: datetime
    nodes: tuple[str, ...]
    is_parked: bool


class ParkedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A stuck step, for the operator who mends it; `process` is the name of its process."""

    instance_id: UUID
    position: int
    node: str
    code: str
    facts: Mapping[str, Any]
    at: datetime
    process: str = ""


class OpenTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task that someone of a role must do."""

    instance_id: UUID
    position: int
    node: str
    role: str
    within: str
    created_at: datetime
    taken_by: UUID | None


class OutsideCall(msgspec.Struct, frozen=True, kw_only=True):
    """Something asked of the world. The same `key` may be asked again, never with another
    meaning: whoever answers must do its work once for each key."""

    instance_id: UUID
    number: int
    kind: str
    node: str
    operation: str
    variables: Variables
    tries: int

    @property
    def key(self) -> str:
        """The idempotency key."""
        return f"{self.instance_id}/{self.number}"


class Answered(msgspec.Struct, frozen=True):
    """What a call gave; with `error` it failed in the sense of the business, by that code."""

    variables: Variables = {}
    error: str = ""


Answer = Callable[[OutsideCall], Awaitable[Answered]]
"""Calls a service or sends a message. `Trouble` is tried again later, a `Refusal` parks."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that a rule task asks for, with what it may read. `key` is asked once only."""

    instance_id: UUID
    position: int
    node: str
    decision: str
    variables: Variables
    about: About

    @property
    def key(self) -> str:
        """What the decision belongs to."""
        return f"{self.instance_id}/{self.position}"


Decide = Callable[[Work, Asked], Awaitable[Variables]]
"""Evaluates a decision inside the transaction of the step. What it refuses parks the step."""
