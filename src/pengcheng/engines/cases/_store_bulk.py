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
