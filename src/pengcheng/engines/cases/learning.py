"""What people put right in cases, as rows to learn from.

Anonymous, confidential and sensitive cases are never read; long numbers and e-mail addresses of the
others are hidden before anything learns from them.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from pengcheng.engines.cases import _store_learning
from pengcheng.engines.cases.matter import publicly
from pengcheng.engines.cases.service import Cases
from pengcheng.kernel.authz import SYSTEM

CORRECTED_MAX = 20_000
CONFIRMED_MAX = 1_500


class Taught(msgspec.Struct, frozen=True):
    """One row: the text of a case, and the first level of its category."""

    subject: str
    body: str
    label: str


class Learning:
    """Reads that only the program itself makes: they take no scope, and give no case away."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def rows(self, kind: str) -> tuple[list[Taught], list[Taught]]:
        """What was corrected (the last word on each case), and what was left as it was found."""
        registry = self._cases.registry()
        type_ = registry.type_(kind)
        body = type_.column(str(registry.case_kind(kind).settings.get("body", "body")))
        async with self._cases.database.reading(SYSTEM) as work:
            corrected = await _store_learning.corrected(work, type_, body, CORRECTED_MAX)
            confirmed = await _store_learning.confirmed(work, type_, body, CONFIRMED_MAX)
        return _taught(corrected), _taught(confirmed)

    async def corrections_since(self, kind: str, since: datetime | None) -> int:
        """How many cases were corrected after an instant."""
        type_ = self._cases.registry().type_(kind)
        async with self._cases.database.reading(SYSTEM) as work:
            return await _store_learning.corrections_since(work, type_, since)


def _taught(rows: Sequence[tuple[str, str, str]]) -> list[Taught]:
    return [
        Taught(publicly(title) or "", publicly(body) or "", category.split("/")[0])
        for title, body, category in rows
    ]
