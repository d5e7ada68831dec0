"""The nouns of what a command screen counts."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How the time of open cases stands: every open case is in exactly one of the five.

    `good` and `watch` run (watch: under a fifth of the promise is left), `late` ran out without an
    answer, `suspended` waits for materials, `answered` waits for the author's rating.
    """

    open: int = 0
    good: int = 0
    watch: int = 0
    late: int = 0
    suspended: int = 0
    answered: int = 0


class Standings(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases in all and by each cut; areas and units by their numbers (0: no area known),
    categories by level 1 ("" where none is known)."""

    all: Standing = Standing()
    district: Mapping[int, Standing] = msgspec.field(default_factory=dict)
    sub_district: Mapping[int, Standing] = msgspec.field(default_factory=dict)
    unit: Mapping[int, Standing] = msgspec.field(default_factory=dict)
    category: Mapping[str, Standing] = msgspec.field(default_factory=dict)


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases went from a channel to an organisation (by its number)."""

    channel: str
    unit: int
    count: int


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """An event that cases join, in a list; `cases` is how many have joined."""

    id: UUID
    code: str
    kind: str
    title: str
    category: str | None
    area_no: int | None
    cases: int
    happened_at: datetime
