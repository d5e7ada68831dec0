"""Named, computed measures (体征指标), as packs declare them."""

from typing import Literal

import msgspec

from pengcheng.kernel.words import Words

Measure = Literal["count", "share", "mean", "sum", "latest", "ratio"]


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """A named, computed measure.

    `of` is a case kind, an event kind or an object type; `among` (FEEL over the fields of a row)
    says which rows count at all. `where` is the numerator of a share; any other measure of records
    takes only the rows for which it is true. `by` are the dimensions it is kept by: of records
    `category` is the code attribute that is one of them.

    A row counts on the day of its instant or date `at`. Records without `at` count as they stand:
    such a figure is that of the end of a day, not of what happened on it. "latest" is the `value`
    of the newest row by `at`. A "ratio" is the figure `upper` for every `per` of the figure
    `lower`, and its `of` is that of `upper`.
    """

    name: str
    pack: str
    label: Words
    question: Words
    of: str
    measure: Measure
    value: str | None = None
    where: str | None = None
    among: str | None = None
    at: str | None = "accepted_at"
    by: tuple[str, ...] = ()
    category: str | None = None
    upper: str | None = None
    lower: str | None = None
    per: float = 1.0
    hourly: bool = True
    unit: str = ""
    target: float | None = None
    warning: float | None = None
    better: Literal["higher", "lower"] = "higher"
    definition: Words | None = None
    basis: str = ""

    @property
    def stands(self) -> bool:
        """Whether it is the figure at the end of a day: days do not add up."""
        return self.at is None or self.measure == "latest"

    def of_sums(self, numerator: float, denominator: float) -> float | None:
        """Sums as a figure in the unit; None where there is nothing to divide by."""
        if self.measure in {"count", "sum"}:
            return numerator
        if denominator == 0:
            return None
        scale = {"share": 100.0, "ratio": self.per}.get(self.measure, 1.0)
        return numerator / denominator * scale
