"""SQL of the lists of people and operators, and of upgrades."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.processes._store import COLUMNS
from pengcheng.engines.processes.instance import Instance, OpenTask, ParkedStep
from pengcheng.engines.processes.state import State
from pengcheng.ground.database import Work, json_text
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import Scope


async def parked(work: Work, scope: Scope, limit: int) -> list[ParkedStep]:
    """Stuck steps that the scope holds, the oldest first."""
    allowed, values = predicate(scope, COLUMNS)
    rows = await work.rows(
        f"""select p.instance_id, p.position, p.node, p.code, p.facts, p.at, v.name as process
            from process_parked p join process_instance i on i.id = p.instance_id
                 join process_version v on v.id = i.version_id
            where {allowed} order by p.at limit %(limit)s""",
        limit=limit,
        **values,
    )
    return [ParkedStep(**row) for row in rows]


async def tasks(work: Work, scope: Scope, roles: Sequence[str], limit: int) -> list[OpenTask]:
    """Open tasks of these roles that the scope holds, the oldest first."""
    allowed, values = predicate(scope, COLUMNS)
    rows = await work.rows(
        f"""select t.instance_id, t.position, t.node, t.role, t.within, t.created_at, t.taken_by
            from process_task t join process_instance i on i.id = t.instance_id
            where t.role = any(%(roles)s) and {allowed}
            order by t.created_at limit %(limit)s""",
        roles=list(roles),
        limit=limit,
        **values,
    )
    return [OpenTask(**row) for row in rows]


async def take_task(work: Work, instance_id: UUID, position: int, who: UUID) -> bool:
    """Takes a task; False when somebody else has it or it is done."""
    found = await work.run(
        """update process_task set taken_by = %(who)s
           where instance_id = %(instance_id)s and position = %(position)s
             and (taken_by is null or taken_by = %(who)s)""",
        instance_id=instance_id,
        position=position,
        who=who,
    )
    return found == 1


async def holder(work: Work, instance_id: UUID, position: int) -> UUID | None:
    """Who has taken a task."""
    return await work.value(  # type: ignore[no-any-return]  # one uuid column
        """select taken_by from process_task
           where instance_id = %(instance_id)s and position = %(position)s""",
        instance_id=instance_id,
        position=position,
    )


async def path(work: Work, instance_id: UUID) -> list[tuple[datetime, str, dict[str, Any]]]:
    """The steps of an instance from the log: when, by whom, what."""
    rows = await work.tuples(
        """select at, actor_name, after from log where subject_id = %(id)s
           and kind like 'process.%%' order by seq""",
        id=instance_id,
    )
    return [(row[0], row[1], row[2] or {}) for row in rows]


# ── upgrades ─────────────────────────────────────────────────────────────────────────────────


async def remember_moves(work: Work, upgrade_id: UUID, before: Sequence[Instance]) -> None:
    """What an upgrade replaces, so that it can be undone."""
    await work.run(
        """insert into process_move (upgrade_id, instance_id, version_id, state, revision)
           select %(upgrade_id)s, id, version_id, state, revision
           from jsonb_to_recordset(%(moves)s::jsonb) as r(
               id uuid, version_id uuid, state jsonb, revision int)""",
        upgrade_id=upgrade_id,
        moves=json_text(
            [
                {
                    "id": item.id, "version_id": item.version_id, "state": item.state,
                    "revision": item.revision + 1,
                }
                for item in before
            ]
        ),
    )  # fmt: skip


async def moved(work: Work, upgrade_id: UUID, limit: int) -> list[tuple[UUID, UUID, State, int]]:
    """Moves of an upgrade that are not undone: instance, version and state before, revision."""
    rows = await work.tuples(
        """select instance_id, version_id, state, revision from process_move
           where upgrade_id = %(upgrade_id)s order by instance_id limit %(limit)s
           for update skip locked""",
        upgrade_id=upgrade_id,
        limit=limit,
    )
    return [(r[0], r[1], msgspec.convert(r[2], State, str_keys=True), r[3]) for r in rows]


async def forget_move(work: Work, upgrade_id: UUID, instance_id: UUID) -> None:
    """A move that was undone, or cannot be any more."""
    await work.run(
        """delete from process_move where upgrade_id = %(upgrade_id)s
           and instance_id = %(instance_id)s""",
        upgrade_id=upgrade_id,
        instance_id=instance_id,
    )


async def restore_waits(work: Work, instance: Instance) -> None:
    """The waits of a state that was put back; those that are there already stay."""
    await work.run_each(
        """insert into process_wait (instance_id, wait, node, kind, key, due_at)
           values (%(instance_id)s, %(id)s, %(node)s, %(kind)s, %(key)s, %(due)s)
           on conflict (instance_id, wait) do update set node = excluded.node""",
        [
            {
                "instance_id": instance.id, "id": wait.id, "node": wait.node, "kind": wait.kind,
                "key": wait.key, "due": wait.due,
            }
            for wait in instance.state.waits.values()
        ],
    )  # fmt: skip
