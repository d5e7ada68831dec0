"""SQL of tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.cases._tables import TASK_COLUMNS, TASK_SCOPE, to_task
from pengcheng.engines.cases.model import NewTask, Task
from pengcheng.ground.database import Row, Work, json_text
from pengcheng.ground.scope import predicate
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.ids import new_id


async def add(work: Work, case_id: UUID, new: NewTask) -> UUID:
    task_id = new_id()
    await work.run(
        """insert into task (id, case_id, kind, title, role, organisation_id, organisation_no,
                             area_no, account_id, request, due_at)
           values (%(id)s, %(case_id)s, %(kind)s, %(title)s, %(role)s, %(organisation_id)s,
                   %(organisation_no)s, %(area_no)s, %(account_id)s, %(request)s::jsonb,
                   %(due_at)s)""",
        id=task_id,
        case_id=case_id,
        kind=new.kind,
        title=new.title,
        role=new.role,
        organisation_id=new.organisation_id,
        organisation_no=new.organisation_no,
        area_no=new.area_no,
        account_id=new.account_id,
        request=json_text(new.request),
        due_at=new.due_at,
    )
    return task_id


async def of_case(work: Work, case_id: UUID) -> list[Task]:
    rows = await work.rows(
        f"select {TASK_COLUMNS} from task t where t.case_id = %(id)s order by t.created_at, t.id",
        id=case_id,
    )
    return [to_task(row) for row in rows]


async def one(work: Work, task_id: UUID) -> tuple[Task, str] | None:
    """A task for update, and the kind of its case; the caller checks who may."""
    row = await work.row(
        f"""select {TASK_COLUMNS}, c.kind as case_kind
            from task t join cases c on c.id = t.case_id where t.id = %(id)s for update of t""",
        id=task_id,
    )
    if row is None:
        return None
    kind = row.pop("case_kind")
    return to_task(row), kind


async def settle(
    work: Work, task: Task, state: str, account_id: UUID | None, result: Any, now: datetime | None
) -> int:
    """Change a task where its version still stands."""
    return await work.run(
        """update task set state = %(state)s, account_id = coalesce(%(account)s, account_id),
                  result = coalesce(%(result)s::jsonb, result), done_at = %(done)s,
                  version = version + 1
           where id = %(id)s and version = %(version)s and state in ('open', 'taken')""",
        id=task.id,
        version=task.version,
        state=state,
        account=account_id,
        result=json_text(result),
        done=now,
    )


async def withdraw_of_case(work: Work, case_id: UUID) -> int:
    return await work.run(
        """update task set state = 'withdrawn', done_at = now(), version = version + 1
           where case_id = %(id)s and state in ('open', 'taken')""",
        id=case_id,
    )


async def pending(
    work: Work, scope: Scope, *, mine: UUID | None, kinds: Sequence[str], limit: int
) -> list[Row]:
    """Open tasks with their case's line, least time left first."""
    where, values = predicate(scope, TASK_SCOPE)
    tests = ["t.state in ('open', 'taken')", "c.kind = %(case_kind)s", where]
    if mine is not None:
        tests.append("t.account_id = %(mine)s")
    if kinds:
        tests.append("t.kind = any(%(kinds)s)")
    return await work.rows(
        f"""select {TASK_COLUMNS}, c.code, c.title as case_title, c.category, c.stage,
                   c.due_at as case_due_at, c.kind as case_kind
            from task t join cases c on c.id = t.case_id where {" and ".join(tests)}
            order by t.due_at nulls last, t.id limit {int(limit)}""",
        mine=mine,
        kinds=list(kinds),
        case_kind=scope.type,
        **values,
    )
