"""Work that comes again for each object (周期性工作), as packs declare it."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from pengcheng.kernel.words import Words

Every = Literal["day", "week", "month", "quarter", "year"]


class Recurring(msgspec.Struct, frozen=True, kw_only=True):
    """For each record of the object type `of` (for which `where`, FEEL over it, is true) a case of
    `opens` comes in every period.

    A period is `amount` of `unit`: counted from the record's date `since` (from the day on which
    the duty began where it has none), or, with `on`, from the first day of each such unit of the
    calendar; `on` is the day within it on which the case is opened (1 is the first). `early` days
    before that the case is opened. `link` is the field of the case that names the record; `set`
    gives others by FEEL over the record. What cannot be opened because the last one is still open
    is not opened a second time.
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
    values: Mapping[str, str] = msgspec.field(default_factory=dict)
    basis: str = ""
