"""Steps of different instances that are asked for at the same moment share one transaction.

Waiting for the disk is what a durable step costs; a hundred officials who act at once wait for it
together. Each gets their own answer, after the commit; one whose step is refused does not touch
the others. Where a step must move together with other rows (a case), use `Processes.tell` in that
transaction instead.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from uuid import UUID

import msgspec

from pengcheng.engines.processes import _store
from pengcheng.engines.processes.instance import About, Instance, Version
from pengcheng.engines.processes.recording import Change, entry_of
from pengcheng.engines.processes.service import Processes, facts_of
from pengcheng.engines.processes.state import Command, Variables
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SYSTEM, Actor, Scope
from pengcheng.kernel.errors import Absent, PengchengError, Trouble
from pengcheng.kernel.log import Entry

BATCH_MAX = 200
LANES = 2


class _Start(msgspec.Struct, frozen=True, eq=False):
    version: Version
    variables: Variables
    about: About | None


class _Tell(msgspec.Struct, frozen=True, eq=False):
    instance_id: UUID
    command: Command
    scope: Scope | None


class _Wanted(msgspec.Struct, frozen=True, eq=False):
    what: _Start | _Tell
    actor: Actor
    answer: "asyncio.Future[Instance]"


class Together:
    """Gathers steps while a transaction is under way, and writes them in the next one."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._wanted: deque[_Wanted] = deque()
        self._lanes: set[asyncio.Task[None]] = set()

    async def start(
        self, actor: Actor, version: Version, variables: Variables, about: About | None = None
    ) -> Instance:
        """A new instance; durable when this returns."""
        return await self._want(_Start(version, variables, about), actor)

    async def act(self, scope: Scope, instance_id: UUID, command: Command) -> Instance:
        """One step of an instance that the scope holds; durable when this returns."""
        return await self._want(_Tell(instance_id, command, scope), scope.actor)

    async def tell(self, instance_id: UUID, command: Command) -> Instance:
        """One step by the city itself; durable when this returns."""
        return await self._want(_Tell(instance_id, command, None), SYSTEM)

    async def _want(self, what: _Start | _Tell, actor: Actor) -> Instance:
        answer: asyncio.Future[Instance] = asyncio.get_running_loop().create_future()
        self._wanted.append(_Wanted(what, actor, answer))
        self._open_lane()
        return await answer

    def _open_lane(self) -> None:
        if len(self._lanes) < LANES:
            lane = asyncio.create_task(self._run())
            self._lanes.add(lane)
            lane.add_done_callback(self._lane_ended)

    def _lane_ended(self, lane: "asyncio.Task[None]") -> None:
        """Whoever still waits is served by another lane, also after a fault of our own."""
        self._lanes.discard(lane)
        if self._wanted and not lane.cancelled():
            self._open_lane()

    async def _run(self) -> None:
        while self._wanted:
            batch = self._next()
            if await self._tried(batch):
                continue
            # Nothing of it was written: each tries alone, and only the culprit fails.
            for wanted in batch:
                await self._tried([wanted])

    async def _tried(self, batch: list[_Wanted]) -> bool:
        """Plays a batch; False when the transaction failed and each should try alone."""
        try:
            await self._play(batch)
        except Trouble as fault:
            for wanted in batch:
                _fail(wanted, fault)
        except BaseException as fault:
            if len(batch) > 1 and isinstance(fault, Exception):
                return False
            for wanted in batch:
                _fail(wanted, fault)
            if not isinstance(fault, Exception):
                raise
        return True

    def _next(self) -> list[_Wanted]:
        """The next batch: an instance stands in it once, its second step waits for the next."""
        batch: list[_Wanted] = []
        later: list[_Wanted] = []
        seen: set[UUID] = set()
        while self._wanted and len(batch) < BATCH_MAX:
            wanted = self._wanted.popleft()
            if isinstance(wanted.what, _Tell):
                if wanted.what.instance_id in seen:
                    later.append(wanted)
                    continue
                seen.add(wanted.what.instance_id)
            batch.append(wanted)
        self._wanted.extendleft(reversed(later))
        return batch

    async def _play(self, batch: Sequence[_Wanted]) -> None:
        answers: list[tuple[_Wanted, Instance]] = []
        async with self._processes.database.transaction(SYSTEM) as work:
            ids = [w.what.instance_id for w in batch if isinstance(w.what, _Tell)]
            locked = await _store.lock_many(work, ids) if ids else {}
            changes: list[Change] = []
            entries: dict[Actor, list[Entry]] = {}
            for wanted in batch:
                try:
                    change, now = await self._one(work, wanted, locked)
                except PengchengError as fault:
                    _fail(wanted, fault)
                    continue
                answers.append((wanted, now))
                if change is not None:
                    changes.append(change)
                    entries.setdefault(wanted.actor, []).append(_entry(wanted, change))
            if changes:
                await self._processes.record(work, changes)
            for actor, told in entries.items():
                await Work(work.connection, actor, work.cipher).append(*told)
        for wanted, instance in answers:
            if not wanted.answer.done():
                wanted.answer.set_result(instance)

    async def _one(
        self, work: Work, wanted: _Wanted, locked: dict[UUID, Instance]
    ) -> tuple[Change | None, Instance]:
        what = wanted.what
        if isinstance(what, _Start):
            begun = await self._processes.begun(work, what.version, what.variables, what.about)
            return begun, begun.after
        before = locked.get(what.instance_id)
        if before is None or (what.scope is not None and not what.scope.holds(facts_of(before))):
            raise Absent("process.instance_unknown")
        change = await self._processes.stepped(work, before, what.command)
        return change, before if change is None else change.after


def _entry(wanted: _Wanted, change: Change) -> Entry:
    if isinstance(wanted.what, _Start):
        return entry_of(change.after, "process.started", None, change.effects)
    return entry_of(change.after, "process.stepped", wanted.what.command, change.effects)


def _fail(wanted: _Wanted, fault: BaseException) -> None:
    if not wanted.answer.done():
        wanted.answer.set_exception(fault)
