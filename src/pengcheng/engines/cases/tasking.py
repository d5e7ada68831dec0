"""Doing tasks: a grid worker's visit, assistance, supervision, an extension to be approved."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store, _store_intake, _store_tasks, logic, undoing
from pengcheng.engines.cases.accepting import is_position
from pengcheng.engines.cases.model import FILES_MAX, Action, Case, Task
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import entry_of
from pengcheng.engines.cases.viewing import facts_of as case_facts
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import Actor, Facts, Rights, Scope
from pengcheng.kernel.errors import Absent, Conflict, Fault, Forbidden, invalid
from pengcheng.kernel.log import SEALED, Entry
from pengcheng.kernel.time import Promise

RESULT_FIELDS = frozenset({"note", "position", "before", "after", "found", "granted", "resolved"})
NOTE_MAX = 2000
FIELD_WORDS: Mapping[str, str] = {"note": "说明", "found": "所见"}


class Tasking:
    """The life of a task: taken, done or returned, by one who holds its role."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def pending(
        self, actor: Actor, rights: Rights, kind: str, *, mine: bool = False,
        kinds: Sequence[str] = (), limit: int = 200,
    ) -> list[Row]:  # fmt: skip
        """Open tasks that the actor may do, with their case's line, least time left first."""
        who = actor.account_id if mine else None
        found: list[Row] = []
        async with self._cases.database.listing(actor) as work:
            for verb in ("finish_task", "grant_extension"):
                scope = rights.scope(actor, verb, kind)
                allowed = [
                    k for k in TASK_KINDS if verb_of(k) == verb and (not kinds or k in kinds)
                ]
                if allowed and not scope.is_empty:
                    found += await _store_tasks.pending(
                        work, scope, mine=who, kinds=allowed, limit=limit
                    )
        held = [row for row in found if row["role"] is None or actor.holds(row["role"])]
        return sorted(held, key=lambda row: (row["due_at"] is None, row["due_at"]))[:limit]

    async def one(self, actor: Actor, rights: Rights, task_id: UUID) -> Task:
        """A task as it stands, for one who may do such tasks here, or did it."""
        async with self._cases.database.transaction(actor) as work:
            return (await self._known(work, actor, rights, task_id))[0]

    async def take(self, actor: Actor, rights: Rights, task_id: UUID, *, version: int) -> None:
        """Take a task into one's own hands; of two who try, one wins."""
        async with self._cases.database.transaction(actor) as work:
            task = await self._task(work, actor, rights, task_id, version)
            if not await _store_tasks.settle(work, task, "taken", actor.account_id, None, None):
                raise Conflict("task.changed")
            await work.append(_entry(task, "task.taken"))

    async def finish(
        self, actor: Actor, rights: Rights, task_id: UUID, result: Mapping[str, Any], *,
        version: int,
    ) -> None:  # fmt: skip
        """Report a task done, with what was found (note, position, photos before and after)."""
        faults = _faults_of(result)
        if faults:
            raise invalid(*faults)
        now = self._cases.clock.now()
        async with self._cases.database.transaction(actor) as work:
            task = await self._task(work, actor, rights, task_id, version)
            if not await _store_tasks.settle(work, task, "done", actor.account_id, result, now):
                raise Conflict("task.changed")
            await _store.claim_files(work, task.case_id, _files_of(result), actor.account_id)
            await work.append(_entry(task, "task.done", result))
            if task.kind == "approve_extension":
                await self._extend(work, actor, task, result)

    async def give_back(
        self, actor: Actor, rights: Rights, task_id: UUID, reason: str, *, version: int
    ) -> None:
        """Return a task with a reason; it goes back to whoever asked."""
        if not reason.strip():
            raise invalid(Fault(path="/reason", code="field.required"))
        now = self._cases.clock.now()
        async with self._cases.database.transaction(actor) as work:
            task = await self._task(work, actor, rights, task_id, version)
            told = {"note": reason}
            if not await _store_tasks.settle(work, task, "returned", actor.account_id, told, now):
                raise Conflict("task.changed")
            await work.append(_entry(task, "task.returned", told))

    async def _task(
        self, work: Work, actor: Actor, rights: Rights, task_id: UUID, version: int
    ) -> Task:
        task, _ = await self._known(work, actor, rights, task_id)
        if task.version != version or task.state not in {"open", "taken"}:
            raise Conflict("task.changed", version=task.version, state=task.state)
        if task.role is not None and not actor.holds(task.role):
            raise Forbidden("task.not_yours_to_do", role=task.role)
        if task.account_id not in {None, actor.account_id}:
            raise Conflict("task.taken_by_another")
        return task

    async def _known(
        self, work: Work, actor: Actor, rights: Rights, task_id: UUID
    ) -> tuple[Task, str]:
        found = await _store_tasks.one(work, task_id)
        if found is None:
            raise Absent("task.unknown")
        task, kind = found
        if not rights.scope(actor, verb_of(task.kind), kind).holds(facts_of(task)):
            raise Absent("task.unknown")
        return task, kind

    async def _extend(
        self, work: Work, actor: Actor, task: Task, result: Mapping[str, Any]
    ) -> None:
        """Grant or refuse a longer promise."""
        del actor
        case = (await _store.by_ids(work, [task.case_id], lock="for update of c"))[0]
        if result.get("granted") is not True:
            await work.append(
                entry_of(case, "case.extension_refused", said={"note": result.get("note", "")})
            )
            return
        kind = self._cases.registry().case_kind(case.kind)
        by = msgspec.convert(
            {"amount": task.request["amount"], "unit": task.request["unit"]}, Promise
        )
        calendar = await self._cases.calendars.current()
        longer = logic.extended(case, kind, by, self._cases.clock.now(), calendar)
        await _store.save(work, longer)
        await work.append(
            entry_of(case, "case.extended", visibility="parties",
                     before={"due_at": case.due_at},
                     after={"due_at": longer.due_at},
                     said={"reason": task.request.get("reason", "")})
        )  # fmt: skip

    async def decisions(self, scope: Scope, key: UUID | str) -> list[Row]:
        """What automatic steps decided about a case, and why."""
        case = await self._cases.get(scope, key)
        async with self._cases.database.reading(scope.actor) as work:
            return await _store_intake.decisions(work, case.id)

    async def undo(
        self, actor: Actor, rights: Rights, kind: str, key: UUID | str, step: str, action: Action
    ) -> Case:
        """Undo an automatic step by hand: a category (`details.category`), a merge, a place
        (`details.area_code`), an urgency (`details.urgency`, normal without; what was found
        sensitive no longer is), the route (a dispatch, an answer, a handing over: an operator
        has the case then). The correction is kept for training."""
        read = rights.scope(actor, "read", kind)
        async with self._cases.database.transaction(actor) as work:
            case = await _store.by_key(work, read, key, lock="for update of c")
            if case is None:
                raise Absent("case.unknown", kind=kind)
            if not rights.scope(actor, "undo", kind).holds(case_facts(case)):
                raise Forbidden("case.not_yours_to_do", verb="undo")
            logic.check_version(case, action)
            if step == "route":
                after = await self._unsent(work, case)
            else:
                after = undoing.undone(case, step, action)
            await _store_intake.undo(work, case.id, step, actor.account_id)
            if step == "merge" and case.event_id is not None:
                await _store_intake.leave_event(work, case.event_id)
            if not await _store.save(work, after):
                raise Conflict("case.changed", version=case.version, code=case.code)
            if step == "category":
                registry = self._cases.registry()
                type_ = registry.type_(case.kind)
                filed = undoing.filed_under(type_, after.category or "", registry.code_lists)
                await _store.change_fields(work, type_, case.id, filed)
                await _store_intake.follow(work, type_, [case.id])
            await work.append(
                entry_of(after, "case.corrected", before=undoing.shown(case, step),
                         after={"step": step, **undoing.shown(after, step)})
            )  # fmt: skip
        return msgspec.structs.replace(after, version=case.version + 1)

    async def _unsent(self, work: Work, case: Case) -> Case:
        """The case back with the operators; its author is told."""
        registry = self._cases.registry()
        process = registry.law(case.kind, case.process_version)
        operators = await self._cases.operators_of(registry.case_kind(case.kind))
        calendar = await self._cases.calendars.current()
        after = undoing.unsent(
            case, process, await _store_intake.decisions(work, case.id), operators,
            self._cases.clock.now(), calendar,
        )  # fmt: skip
        logic.check_invariants(after, process)
        await _store_tasks.withdraw_of_case(work, case.id)
        told = {"step": after.step, "due_at": after.due_at}
        await work.append(entry_of(after, "case.needs_operator", after=told, visibility="parties"))
        return after


TASK_KINDS = ("grid", "assist", "supervise", "approve_extension")


def verb_of(task_kind: str) -> str:
    """The right that a kind of task needs."""
    return "grant_extension" if task_kind == "approve_extension" else "finish_task"


def facts_of(task: Task) -> Facts:
    """What authorisation needs to know of a task."""
    return Facts(
        area_no=task.area_no,
        organisation_no=task.organisation_no,
        assignees=frozenset({task.account_id} if task.account_id else ()),
    )


def _faults_of(result: Mapping[str, Any]) -> list[Fault]:
    faults = [
        Fault(path=f"/{name}", code="field.unknown", facts={"allowed": sorted(RESULT_FIELDS)})
        for name in result
        if name not in RESULT_FIELDS
    ]
    for name in ("note", "found"):
        text = result.get(name)
        facts: dict[str, Any]
        if text is not None and not isinstance(text, str):
            facts = {"field_zh": FIELD_WORDS[name], "field_en": name}
            faults.append(Fault(path=f"/{name}", code="text.kind", facts=facts))
        elif name == "note" and not (text or "").strip():
            faults.append(Fault(path="/note", code="field.required"))
        elif len(text or "") > NOTE_MAX:
            facts = {"limit": NOTE_MAX, "length": len(text or "")}
            faults.append(Fault(path=f"/{name}", code="text.too_long", facts=facts))
    faults += [
        Fault(path=f"/{name}", code="boolean.form")
        for name in ("granted", "resolved")
        if result.get(name) not in (None, True, False)
    ]
    for name in ("before", "after"):
        named = result.get(name) or ()
        if not isinstance(named, (list, tuple)) or not all(_store.uuid_of(n) for n in named):
            faults.append(Fault(path=f"/{name}", code="files.form"))
        elif len(named) > FILES_MAX:
            facts = {"limit": FILES_MAX}
            faults.append(Fault(path=f"/{name}", code="files.too_many", facts=facts))
    position = result.get("position")
    if position is not None and not is_position(position):
        faults.append(Fault(path="/position", code="place.form", facts={"wanted": "Point"}))
    return faults


def _files_of(result: Mapping[str, Any]) -> list[UUID]:
    named = [*(result.get("before") or ()), *(result.get("after") or ())]
    return [found for item in named if (found := _store.uuid_of(item))]


def _entry(task: Task, kind: str, result: Mapping[str, Any] | None = None) -> Entry:
    said = {name: value for name, value in (result or {}).items() if value not in (None, "")}
    told = {"task": str(task.id), "kind": task.kind}
    return Entry(
        kind=kind,
        subject_type="task",
        subject_id=task.case_id,
        area_no=task.area_no,
        organisation_no=task.organisation_no,
        after={**told, SEALED: sorted(said)} if said else told,
        visibility="parties" if kind == "task.done" and task.kind == "grid" else "internal",
        person_id=task.case_id if said else None,
        personal=said or None,
    )
