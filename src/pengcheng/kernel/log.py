"""An entry of the log: the record of every change, and the city's event stream."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

SEALED = "@sealed"
"""In `after`: which of its values are sealed beside it, and gone once their key is destroyed."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What changed, to be appended in the transaction that changes it.

    `kind` is past tense, "case.accepted". `cause` says why: case, task, decision or file that led
    to it. `personal` holds values of one natural person: they enter the log encrypted under the
    key of `person_id` and vanish with it; those that `after` names under `SEALED` are read as a
    part of it while the key stands. `visibility`: who may read the entry on a timeline.
    """

    kind: str
    subject_type: str
    subject_id: UUID
    area_no: int | None = None
    organisation_no: int | None = None
    sensitivity: int = 2
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    cause: Mapping[str, Any] = msgspec.field(default_factory=dict)
    person_id: UUID | None = None
    personal: Mapping[str, Any] | None = None
    visibility: str = "internal"


class LoggedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands in the log."""

    seq: int
    at: datetime
    kind: str
    subject_type: str
    subject_id: UUID
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    area_no: int | None
    organisation_no: int | None
    sensitivity: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    cause: Mapping[str, Any]
    visibility: str
