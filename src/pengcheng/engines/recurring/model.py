"""The nouns of recurring work."""

from datetime import date, datetime
from uuid import UUID

import msgspec


class OpenedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that was opened for a record: for the period that is due on that day."""

    period: date
    case_id: UUID
    opened_at: datetime


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Work that comes again for one record: since when, due next on which day, and when that case
    is opened."""

    recurring: str
    began_on: date
    period: date
    opens_at: datetime
