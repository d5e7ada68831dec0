"""SQL of what people look over: published processes, instances, the tasks of an instance."""

from uuid import UUID

import msgspec

from pengcheng.engines.processes._store import COLUMNS
from pengcheng.engines.processes.instance import (
    InstanceLine,
    OpenTask,
    ParkedStep,
    PublishedProcess,
    Version,
)
from pengcheng.ground.database import Work
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import Scope


async def published(work: Work) -> list[PublishedProcess]:
    """The newest version of each process, by name, with how many instances run and are stuck."""
    rows = await work.rows(
        """select distinct on (v.name) v.id, v.name, v.number, v.process_id, v.published_at,
               (select count(*) from process_instance i join process_version o
                    on o.id = i.version_id where o.name = v.name and i.status = 'running')
                   as running,
               (select count(*) from process_parked p join process_instance i
                    on i.id = p.instance_id join process_version o on o.id = i.version_id
                    where o.name = v.name) as parked
           from process_version v order by v.name, v.number desc"""
    )
    return [PublishedProcess(**row) for row in rows]


async def versions(work: Work, name: str, limit: int) -> list[Version]:
    """The versions of a process, the newest first."""
    rows = await work.rows(
        """select id, name, number, process_id, content, published_at from process_version
           where name = %(name)s order by number desc limit %(limit)s""",
        name=name,
        limit=limit,
    )
    return [Version(**row) for row in rows]


async def version_by_id(work: Work, version_id: UUID) -> Version | None:
    """A version."""
    row = await work.row(
        """select id, name, number, process_id, content, published_at from process_version
           where id = %(id)s""",
        id=version_id,
    )
    return Version(**row) if row else None


async def instances(
    work: Work, scope: Scope, name: str, status: str, after: UUID | None, limit: int
) -> list[InstanceLine]:
    """Instances that the scope holds, the newest first; ids are in the order of time."""
    allowed, values = predicate(scope, COLUMNS)
    rows = await work.rows(
        f"""select i.id, v.name, v.number as version, i.status, i.subject_type, i.subject_id,
                   i.started_at, i.changed_at,
                   coalesce((select array_agg(distinct p ->> 'node') from
                       jsonb_path_query(i.state, '$.positions.*') p), '{{}}') as nodes,
                   exists (select from process_parked k where k.instance_id = i.id) as is_parked
            from process_instance i join process_version v on v.id = i.version_id
            where {allowed} and (%(name)s = '' or v.name = %(name)s)
              and (%(status)s = '' or i.status = %(status)s)
              and (%(after)s::uuid is null or i.id < %(after)s)
            order by i.id desc limit %(limit)s""",
        name=name,
        status=status,
        after=after,
        limit=limit,
        **values,
    )
    return [msgspec.convert(row, InstanceLine) for row in rows]


async def tasks_of(work: Work, instance_id: UUID) -> list[OpenTask]:
    """The open tasks of an instance."""
    rows = await work.rows(
        """select instance_id, position, node, role, within, created_at, taken_by
           from process_task where instance_id = %(id)s order by position""",
        id=instance_id,
    )
    return [OpenTask(**row) for row in rows]


async def parked_of(work: Work, instance_id: UUID) -> list[ParkedStep]:
    """The stuck steps of an instance."""
    rows = await work.rows(
        """select instance_id, position, node, code, facts, at from process_parked
           where instance_id = %(id)s order by position""",
        id=instance_id,
    )
    return [ParkedStep(**row) for row in rows]
