"""SQL over many cases by id."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.cases import _store
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope


async def held(work: Work, scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these cases the scope holds."""
    where, values = _store.scoped(scope)
    rows = await work.tuples(
        f"select c.id from cases c where c.id = any(%(ids)s) and c.kind = %(kind)s and {where}",
        ids=list(ids),
        kind=scope.type,
        **values,
    )
    return {row[0] for row in rows}


async def standing(work: Work, kind: str, earlier: Sequence[str]) -> set[str]:
    """Which of these numbers of an earlier system a case has already; nobody else takes cases over
    until the transaction ends."""
    await work.run("select pg_advisory_xact_lock(hashtextextended('cases.take_over', 0))")
    rows = await work.tuples(
        "select earlier_code from cases where kind = %(kind)s and earlier_code = any(%(codes)s)",
        kind=kind,
        codes=list(earlier),
    )
    return {row[0] for row in rows}
