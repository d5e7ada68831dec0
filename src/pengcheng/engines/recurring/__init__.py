"""Recurring work (周期性工作): cases that come again for each object, as packs declare it.

Invariants: a record within the filter has one duty with its next period, and a timer for it; one
that leaves the filter has none; a case is opened once for a record and period, in the transaction
that takes the timer away; after a pause each record gets the work of the newest period that was
missed, not of every one; while the last case is open, no other is opened.
"""

from pengcheng.engines.recurring.model import Duty, OpenedCase
from pengcheng.engines.recurring.service import RecurringWork

HUB = "business"

__all__ = ["HUB", "Duty", "OpenedCase", "RecurringWork"]
