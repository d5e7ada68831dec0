"""SQL of who took records out of the city."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.ground.database import Work
from pengcheng.kernel.ids import new_id


async def record_export(work: Work, type_name: str, ids: Sequence[UUID]) -> None:
    """One entry a page: who took which records that show personal attributes."""
    actor = work.actor
    await work.run(
        """insert into access_record (id, actor_kind, actor_id, actor_name, organisation_id, action,
                                      type, record_ids, request_id)
           values (%(id)s, %(kind)s, %(actor)s, %(name)s, %(organisation)s, 'export', %(type)s,
                   %(ids)s, %(request)s)""",
        id=new_id(),
        kind=actor.kind,
        actor=actor.account_id,
        name=actor.name,
        organisation=next((p.organisation_id for p in actor.posts if p.organisation_id), None),
        type=type_name,
        ids=list(ids),
        request=actor.request_id,
    )
