"""What would have changed an automatic step, where telling takes a run of its algorithm.

Most steps tell it when they are taken. For the category the model must run again without one word
and another; that is done when somebody asks.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pengcheng import pack
from pengcheng.edge.services import Services
from pengcheng.ground.database import Row
from pengcheng.pack.analysing import learning_of

ASKED = "category"


async def with_otherwise(
    services: Services, kind_name: str, fields: Mapping[str, Any], decisions: Sequence[Row]
) -> list[Row]:
    """The decisions of a case; that of its category with `why.changed_by`, where the model that
    counts now answers as it was answered then. `fields`: the case's text."""
    kind = services.registry.case_kind(kind_name)
    called = pack.functions(services.registry).get(str(kind.intake.get("explain", "")))
    rows = list(decisions)
    at = next((n for n, row in enumerate(rows) if row["step"] == ASKED), None)
    if called is None or at is None or rows[at]["undone_at"] is not None:
        return rows
    learns = learning_of(kind)
    own = await services.champions.of(learns) if learns else None
    more = {"model": own[1]} if own else {}
    told = (await asyncio.to_thread(lambda: called([dict(fields)], **more)))[0]
    found = str((rows[at]["output"] or {}).get(ASKED) or "").split("/")[0]
    if told.get("level1") == found:
        why = {**(rows[at]["why"] or {}), "changed_by": told.get("changed_by")}
        rows[at] = {**rows[at], "why": why}
    return rows
