"""The nouns of indicators."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from pengcheng.engines.cases import CaseLine, EventLine
from pengcheng.engines.objects import Record

ANY = -1
"""The area or organisation of what has none."""


class Share(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What one case counts for in one indicator. It is kept as a list of its values, in the order
    of the fields; queries know the first."""

    indicator: str
    day: date
    hour: int
    area_no: int
    organisation_no: int
    category: str
    numerator: float
    denominator: float

    @property
    def key(self) -> tuple[str, date, int, int, int, str]:
        """The cell that it adds to."""
        return (
            self.indicator, self.day, self.hour, self.area_no, self.organisation_no, self.category
        )  # fmt: skip


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of an indicator: `value` in its unit (a share in percent), None without cases."""

    indicator: str
    value: float | None
    numerator: float
    denominator: float
    key: str | int | date | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A case under a figure, with what it counts for."""

    line: CaseLine
    numerator: float
    denominator: float


class CountedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one record or event counts for in one indicator. Of a figure that stands, `day` and `at`
    are since when it counts as it does."""

    record_id: UUID
    indicator: str
    at: datetime
    day: date
    hour: int
    area_no: int
    organisation_no: int
    category: str
    numerator: float
    denominator: float

    @property
    def counts_for(self) -> tuple[int, int, str, float, float]:
        """Where and how much it counts."""
        return (
            self.area_no, self.organisation_no, self.category, self.numerator, self.denominator
        )  # fmt: skip


class CountedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record under a figure, with what it counts for and since or on when."""

    record: Record
    numerator: float
    at: datetime


class CountedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event under a figure, with what it counts for."""

    event: EventLine
    numerator: float
    at: datetime


class RecordsUnder(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the records or events under a figure; `next` continues, None at the end."""

    records: tuple[CountedRecord, ...] = ()
    events: tuple[CountedEvent, ...] = ()
    next: tuple[datetime, UUID] | None = None


class Under(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the cases under a figure; `next` continues, None at the end."""

    cases: tuple[Counted, ...]
    next: tuple[datetime, UUID] | None = None
