"""The nouns of search."""

from datetime import datetime
from uuid import UUID

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be found: its text, and what authorisation needs to know of it."""

    id: UUID
    type: str
    title: str
    text: str
    area_no: int | None
    organisation_no: int | None
    owner_id: UUID | None
    sensitivity: int
    open: bool
    at: datetime


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found."""

    id: UUID
    type: str
    title: str
    at: datetime
    open: bool
    rank: float
