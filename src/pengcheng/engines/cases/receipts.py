"""What one who holds a receipt code learns besides the case itself: why, and who has read it."""

from collections.abc import Sequence

import msgspec

from pengcheng.engines.cases import _store, _store_intake
from pengcheng.engines.cases.service import Cases
from pengcheng.ground.database import Row
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent


class ByReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What automatic steps decided about a case, and who read it, newest first."""

    decisions: Sequence[Row]
    accesses: Sequence[Row]


async def told_by_receipt(cases: Cases, code: str, receipt: str) -> ByReceipt:
    """What an author with an account could ask for, by the receipt code instead of the account;
    a code that does not open the case is as if there were none."""
    async with cases.database.reading(SYSTEM) as work:
        case = await _store.by_receipt(work, code, _store.receipt_hash(receipt))
        if case is None:
            raise Absent("case.unknown", code_given=code)
        return ByReceipt(
            decisions=await _store_intake.decisions(work, case.id),
            accesses=await _store.accesses(work, case.id),
        )
