"""SQL of process instances. A step is written in one round trip, inside one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.processes.instance import (
    About,
    Instance,
    OutsideCall,
    Published,
    Version,
)
from pengcheng.engines.processes.state import State
from pengcheng.ground.database import Work, json_text
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope

COLUMNS = Columns(area="i.area_no", organisation="i.organisation_no", sensitivity="i.sensitivity")
CALL_LEASE = "60 seconds"
_HEAD = """i.id, i.version_id, i.subject_type, i.subject_id, i.area_no, i.organisation_no,
           i.sensitivity, i.revision, i.state, i.parent_id, i.parent_position"""


# ── versions ─────────────────────────────────────────────────────────────────────────────────


async def publish(work: Work, version_id: UUID, name: str, definition: Published) -> bool:
    """A new version under the next number; False when the same content is published already."""
    await work.run("select pg_advisory_xact_lock(hashtext(%(name)s))", name=f"process:{name}")
    written = await work.run(
        """insert into process_version (id, name, number, process_id, content, digest)
           select %(id)s, %(name)s, coalesce(max(number), 0) + 1, %(process_id)s, %(content)s,
                  %(digest)s
           from process_version where name = %(name)s
           on conflict (name, digest) do nothing""",
        id=version_id,
        name=name,
        process_id=definition.process_id,
        content=definition.content,
        digest=definition.digest,
    )
    return written == 1


async def version(
    work: Work, name: str = "", *, digest: str = "", version_id: UUID | None = None
) -> Version | None:
    """A version by id, by its content, or the newest of a name."""
    row = await work.row(
        """select id, name, number, process_id, content, published_at from process_version
           where (%(id)s::uuid is null or id = %(id)s)
             and (%(name)s = '' or name = %(name)s)
             and (%(digest)s = '' or digest = %(digest)s)
           order by number desc limit 1""",
        id=version_id,
        name=name,
        digest=digest,
    )
    return Version(**row) if row else None


# ── instances ────────────────────────────────────────────────────────────────────────────────


async def lock(work: Work, instance_id: UUID, *, skip: bool = False) -> Instance | None:
    """The instance, locked for this transaction; `skip`: None when another one works on it."""
    row = await work.row(
        f"select {_HEAD} from process_instance i where id = %(id)s"
        f" for update {'skip locked' if skip else ''}",
        id=instance_id,
    )
    return _instance(row) if row else None


async def lock_many(work: Work, instance_ids: Sequence[UUID]) -> dict[UUID, Instance]:
    """Instances, locked in the order of their ids so that two batches never wait in a circle."""
    rows = await work.rows(
        f"select {_HEAD} from process_instance i where id = any(%(ids)s) order by id for update",
        ids=list(instance_ids),
    )
    return {row["id"]: _instance(row) for row in rows}


async def get(work: Work, scope: Scope, instance_id: UUID) -> Instance | None:
    """An instance that the scope holds."""
    allowed, values = predicate(scope, COLUMNS)
    row = await work.row(
        f"select {_HEAD} from process_instance i where id = %(id)s and {allowed}",
        id=instance_id,
        **values,
    )
    return _instance(row) if row else None


async def running(work: Work, version_id: UUID, after: UUID | None, limit: int) -> list[Instance]:
    """Running instances of a version in the order of their ids, locked; busy ones are skipped."""
    rows = await work.rows(
        f"""select {_HEAD} from process_instance i
            where version_id = %(version_id)s and status = 'running'
              and (%(after)s::uuid is null or id > %(after)s)
            order by id limit %(limit)s for update skip locked""",
        version_id=version_id,
        after=after,
        limit=limit,
    )
    return [_instance(row) for row in rows]


async def depth(work: Work, instance_id: UUID, limit: int) -> int:
    """How many instances stand above and at this one, counted up to the limit."""
    found = await work.value(
        """with recursive above as (
             select parent_id, 1 as n from process_instance where id = %(id)s
             union all
             select i.parent_id, above.n + 1 from above
             join process_instance i on i.id = above.parent_id where above.n < %(limit)s)
           select max(n) from above""",
        id=instance_id,
        limit=limit,
    )
    return int(found or 0)


async def children(work: Work, parent_id: UUID, position: int) -> list[Instance]:
    """The instances that a call activity started, locked."""
    rows = await work.rows(
        f"""select {_HEAD} from process_instance i
            where parent_id = %(parent_id)s and parent_position = %(position)s
            order by id for update""",
        parent_id=parent_id,
        position=position,
    )
    return [_instance(row) for row in rows]


def _instance(row: dict[str, Any]) -> Instance:
    about = {name: row[name] for name in About.__struct_fields__}
    return Instance(
        id=row["id"],
        version_id=row["version_id"],
        about=About(**about),
        revision=row["revision"],
        state=msgspec.convert(row["state"], State, str_keys=True),
        parent_id=row["parent_id"],
        parent_position=row["parent_position"],
    )


# ── writing ──────────────────────────────────────────────────────────────────────────────────

# Everything that some steps change, in one statement: one round trip, however many instances.
_WRITE = """
with step as (
    select * from jsonb_to_recordset(%(instances)s::jsonb) as r(
        fresh boolean, id uuid, version_id uuid, subject_type text, subject_id uuid,
        area_no bigint, organisation_no bigint, sensitivity smallint, status text,
        revision int, state jsonb, parent_id uuid, parent_position int)
), gone as (
    select * from jsonb_to_recordset(%(gone)s::jsonb) as r(kind text, id uuid, number int)
), inserted as (
    insert into process_instance (id, version_id, subject_type, subject_id, area_no,
        organisation_no, sensitivity, status, revision, state, parent_id, parent_position,
        started_at, changed_at)
    select id, version_id, subject_type, subject_id, area_no, organisation_no, sensitivity,
        status, revision, state, parent_id, parent_position, %(now)s, %(now)s
    from step where fresh
), updated as (
    update process_instance i set state = step.state, status = step.status,
        version_id = step.version_id, revision = step.revision, changed_at = %(now)s
    from step where i.id = step.id and not step.fresh
), less_tasks as (
    delete from process_task t using gone
    where gone.kind = 'task' and t.instance_id = gone.id and t.position = gone.number
), less_waits as (
    delete from process_wait t using gone
    where gone.kind = 'wait' and t.instance_id = gone.id and t.wait = gone.number
), less_calls as (
    delete from process_call t using gone
    where gone.kind = 'call' and t.instance_id = gone.id and t.number = gone.number
      and t.kind in ('service', 'rule')
), less_parked as (
    delete from process_parked t using gone
    where gone.kind = 'parked' and t.instance_id = gone.id and t.position = gone.number
), more_tasks as (
    insert into process_task (instance_id, position, node, role, within, created_at)
    select id, position, node, role, within, %(now)s
    from jsonb_to_recordset(%(task)s::jsonb) as r(
        id uuid, position int, node text, role text, within text)
), more_waits as (
    insert into process_wait (instance_id, wait, node, kind, key, due_at)
    select id, wait, node, kind, key, due
    from jsonb_to_recordset(%(wait)s::jsonb) as r(
        id uuid, wait int, node text, kind text, key text, due timestamptz)
    on conflict (instance_id, wait) do nothing
), more_calls as (
    insert into process_call (instance_id, number, kind, node, operation, variables, due_at)
    select id, number, kind, node, operation, variables, %(now)s
    from jsonb_to_recordset(%(call)s::jsonb) as r(
        id uuid, number int, kind text, node text, operation text, variables jsonb)
), more_parked as (
    insert into process_parked (instance_id, position, node, code, facts, at)
    select id, position, node, code, facts, %(now)s
    from jsonb_to_recordset(%(parked)s::jsonb) as r(
        id uuid, position int, node text, code text, facts jsonb)
)
select 1
"""


async def write(work: Work, rows: Mapping[str, Sequence[Any]], now: datetime) -> None:
    """What steps change: instances, what is gone, and new tasks, waits, calls, parked steps."""
    values = {table: json_text(list(found)) for table, found in rows.items()}
    await work.run(_WRITE, now=now, **values)


# ── what is due ──────────────────────────────────────────────────────────────────────────────


async def due_timers(work: Work, now: datetime, limit: int) -> list[tuple[UUID, int]]:
    """Timers that are due, the earliest first; nothing is locked."""
    rows = await work.tuples(
        """select instance_id, wait from process_wait where due_at <= %(now)s
           order by due_at limit %(limit)s""",
        now=now,
        limit=limit,
    )
    return [(row[0], row[1]) for row in rows]


async def put_off(work: Work, instance_id: UUID, wait: int) -> None:
    """A timer whose step failed is tried again later and later."""
    await work.run(
        """update process_wait set tries = tries + 1,
               due_at = now() + least(3600, 10 * power(2, tries)) * interval '1 second'
           where instance_id = %(instance_id)s and wait = %(wait)s""",
        instance_id=instance_id,
        wait=wait,
    )


async def take_call(work: Work, now: datetime, kinds: Sequence[str]) -> OutsideCall | None:
    """The next call, lent for CALL_LEASE: who dies with it gives it back by waiting."""
    row = await work.row(
        f"""update process_call set tries = tries + 1,
                due_at = %(now)s::timestamptz + interval '{CALL_LEASE}'
            where (instance_id, number, kind) = (
                select instance_id, number, kind from process_call
                where due_at <= %(now)s and kind = any(%(kinds)s)
                order by due_at limit 1 for update skip locked)
            returning instance_id, number, kind, node, operation, variables, tries""",
        now=now,
        kinds=list(kinds),
    )
    return OutsideCall(**row) if row else None


async def drop_call(work: Work, call: OutsideCall) -> bool:
    """Takes a call off the list; False when it was withdrawn or answered meanwhile."""
    found = await work.run(
        """delete from process_call where instance_id = %(instance_id)s
           and number = %(number)s and kind = %(kind)s""",
        instance_id=call.instance_id,
        number=call.number,
        kind=call.kind,
    )
    return found == 1


async def retry_call(work: Work, call: OutsideCall, due_at: datetime, error: str) -> None:
    """A call that failed is tried again then."""
    await work.run(
        """update process_call set due_at = %(due_at)s, error = %(error)s
           where instance_id = %(instance_id)s and number = %(number)s and kind = %(kind)s""",
        instance_id=call.instance_id,
        number=call.number,
        kind=call.kind,
        due_at=due_at,
        error=error[:2000],
    )


async def listening(
    work: Work, kind: str, key: str, subject_id: UUID | None = None
) -> list[tuple[UUID, int]]:
    """Instances that wait for a message or signal, of this subject if one is named."""
    rows = await work.tuples(
        """select w.instance_id, w.wait from process_wait w
           join process_instance i on i.id = w.instance_id
           where w.kind = %(kind)s and w.key = %(key)s and w.due_at is null
             and (%(subject_id)s::uuid is null or i.subject_id = %(subject_id)s)
           order by w.instance_id, w.wait""",
        kind=kind,
        key=key,
        subject_id=subject_id,
    )
    return [(row[0], row[1]) for row in rows]


async def drop_about(work: Work, subjects: Sequence[UUID]) -> None:
    """Remove the instances about these subjects with those that they called."""
    await work.run(
        """with recursive gone as (
               select id from process_instance where subject_id = any(%(ids)s)
               union
               select i.id from process_instance i join gone on i.parent_id = gone.id)
           delete from process_instance where id in (select id from gone)""",
        ids=list(subjects),
    )
