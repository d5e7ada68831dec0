"""The nouns of notices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class NewNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice to one person, one account or one organisation's number."""

    kind: str
    subject_id: UUID | None = None
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)
    person_id: UUID | None = None
    account_id: UUID | None = None
    organisation_no: int | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as its reader sees it."""

    id: UUID
    kind: str
    subject_id: UUID | None
    facts: Mapping[str, Any]
    at: datetime
    read_at: datetime | None
