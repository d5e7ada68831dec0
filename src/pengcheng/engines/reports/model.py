"""The nouns of reports."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

import msgspec

from pengcheng.kernel.authz import Post
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.words import Words


class Sum(msgspec.Struct, frozen=True, array_like=True):
    """What a figure is made of."""

    numerator: float = 0.0
    denominator: float = 0.0


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator through the period: by the hour of a day (24) or the day of a week (7); the
    period before; and, of a day, the same weekday of the week before."""

    now: tuple[Sum, ...]
    before: tuple[Sum, ...]
    week_before: tuple[Sum, ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An area or unit, with one sum for each indicator; `key` is its code or key, "" for none."""

    name: Words
    key: str
    sums: tuple[Sum | None, ...]


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with overdue cases of a kind."""

    name: Words
    key: str
    kind: str
    cases: int


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """A matter that many report."""

    type: str
    code: str
    title: str
    cases: int


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report tells. `runs` are of the indicators in their order; open, watch and late
    are counts of cases when the report was made."""

    label: Words
    place: Words
    indicators: tuple[Indicator, ...]
    runs: tuple[Run, ...]
    districts: tuple[Line, ...] = ()
    units: tuple[Line, ...] = ()
    open: int = 0
    watch: int = 0
    late: int = 0
    late_units: tuple[Late, ...] = ()
    matters: tuple[Matter, ...] = ()


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Which report it is: of a period [first, last] for a reach, and when it was made."""

    id: UUID
    name: str
    reach: str
    first: date
    last: date
    made_at: datetime


class Edition(Head, frozen=True, kw_only=True):
    """A report as it was made."""

    content: Content


class Kept(Head, frozen=True, kw_only=True):
    """A kept report in a list."""

    label: Words
    place: Words


def reach_of(post: Post) -> str:
    """What a post reaches, as reports are kept by it: stable while an organisation is moved."""
    return f"{post.role}|{post.organisation_id or ''}|{post.areas.multirange()}"


def summed(sums: Iterable[Sum]) -> Sum:
    """Several sums as one."""
    listed = list(sums)
    return Sum(sum(s.numerator for s in listed), sum(s.denominator for s in listed))
