"""Work that comes again for each object (周期性工作), as packs declare it."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from pengcheng.kernel.time import Promise
from pengcheng.kernel.words import Words

Every = Literal["day", "week", "month", "quarter", "year"]
Who = Literal["operators", "owner"]

RECURRING_FACTS = ("code", "title")
"""What recurring work may say of a record beside its own attributes."""


class Recurring(msgspec.Struct, frozen=True, kw_only=True):
    """For each record of the object type `of` (for which `where`, FEEL over it, is true) a case of
    the kind `opens` comes in every period of `amount` `unit`s.

    Periods are counted from the record's date `since`, from the day on which its duty began where
    there is none; with `on` they are those of the calendar, and `on` is the day of each, from 1, on
    which the work is due. The case is opened `early` days before, names the record in its field
    `link`, takes `values` (FEEL over the record), is to be done `within` (the kind's own promise if
    unsaid), and belongs to the organisation of the record ("owner") or that of its kind. While the
    last one is open, no other is opened.
    """

    name: str
    pack: str
    label: Words
    of: str
    opens: str
    link: str
    amount: int
    unit: Every
    where: str | None = None
    since: str | None = None
    on: int | None = None
    early: int = 0
    within: Promise | None = None
    who: Who = "operators"
    values: Mapping[str, str] = msgspec.field(default_factory=dict)
    basis: str = ""
