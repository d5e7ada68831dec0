"""Durable instances: each step is one transaction with its rows and its log entry.

`start` and `tell` work inside the caller's transaction, so that a case and its process move
together; who calls them has authorised. `act` and `complete_task` are for people, within a scope.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.processes import _store, _store_lists
from pengcheng.engines.processes.checking import must_run
from pengcheng.engines.processes.drawing import draw
from pengcheng.engines.processes.instance import (
    About,
    Asked,
    Decide,
    Instance,
    OpenTask,
    ParkedStep,
    Published,
    Version,
)
from pengcheng.engines.processes.model import Definition
from pengcheng.engines.processes.program import Conditions, Program, prepare
from pengcheng.engines.processes.reading import definition_in, read
from pengcheng.engines.processes.recording import Change, entry_of, rows_of
from pengcheng.engines.processes.run import advance, start
from pengcheng.engines.processes.state import (
    Cancel,
    Command,
    Complete,
    DecisionAsked,
    Effect,
    MessageArrived,
    Park,
    State,
    Variables,
)
from pengcheng.engines.processes.variables import visible_at
from pengcheng.engines.processes.writing import write
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import Actor, Facts, Scope
from pengcheng.kernel.errors import Absent, Conflict, Forbidden, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock
from pengcheng.kernel.words import Language

LIST_MAX = 500
DECISIONS_MAX = 100


class Processes:
    """Published processes and their running instances.

    With `decide`, rule tasks are decided inside the step's own transaction; without it they are
    calls like any other, answered by the worker.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        conditions: Conditions,
        decide: Decide | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self._conditions = conditions
        self._decide = decide
        self._versions: dict[UUID, Version] = {}
        self._programs: dict[UUID, Program] = {}

    # ── versions ─────────────────────────────────────────────────────────────────────────

    async def publish(self, actor: Actor, definition: Definition, name: str = "") -> Version:
        """Publish a definition under its process id or another name. The same content again is
        the same version. `Refusal` with every fault when it cannot be run."""
        must_run(definition, self._conditions)
        content = write(definition.document).decode()
        called = name or definition.process_id
        digest = sha256(f"{definition.process_id}\n{content}".encode()).hexdigest()
        made_of = Published(process_id=definition.process_id, content=content, digest=digest)
        async with self.database.transaction(actor) as work:
            if await _store.publish(work, new_id(), called, made_of):
                made = await self._version(work, called, digest=digest)
                await work.append(
                    Entry(
                        kind="process.published",
                        subject_type="process_version",
                        subject_id=made.id,
                        after={"name": called, "number": made.number, "digest": digest},
                    )
                )
            return await self._version(work, called, digest=digest)

    async def newest(self, work: Work, name: str) -> Version:
        """The newest version of a process; `Absent` when none is published."""
        return await self._version(work, name)

    async def _version(
        self, work: Work, name: str = "", *, digest: str = "", version_id: UUID | None = None
    ) -> Version:
        found = await _store.version(work, name, digest=digest, version_id=version_id)
        if found is None:
            raise Absent("process.unpublished", process=name)
        self._versions[found.id] = found
        return found

    async def program(self, work: Work, version_id: UUID) -> Program:
        """The program of a version, compiled once in this process."""
        known = self._programs.get(version_id)
        if known is not None:
            return known
        version = await self._version(work, version_id=version_id)
        made = prepare(
            definition_in(read(version.content.encode()), version.process_id), self._conditions
        )
        self._programs[version_id] = made
        return made

    # ── steps ────────────────────────────────────────────────────────────────────────────

    async def start(
        self,
        work: Work,
        version: Version,
        variables: Variables,
        about: About | None = None,
        *,
        at: str = "",
        parent: tuple[UUID, int] | None = None,
    ) -> Instance:
        """A new instance of a version, in the caller's transaction."""
        change = await self.begun(work, version, variables, about, at=at, parent=parent)
        await self.record(work, [change])
        await work.append(entry_of(change.after, "process.started", None, change.effects))
        return change.after

    async def begun(
        self, work: Work, version: Version, variables: Variables, about: About | None = None, *,
        at: str = "", parent: tuple[UUID, int] | None = None,
    ) -> Change:  # fmt: skip
        """A new instance, not yet written."""
        now = self.clock.now()
        program = await self.program(work, version.id)
        state, effects = start(program, variables, now, at=at)
        instance = Instance(
            id=new_id(),
            version_id=version.id,
            about=about or About(),
            revision=1,
            state=state,
            parent_id=parent[0] if parent else None,
            parent_position=parent[1] if parent else None,
        )
        instance, more = await self._decided(work, program, instance, effects, now)
        return Change(None, instance, [*effects, *more])

    async def tell(self, work: Work, instance_id: UUID, command: Command) -> Instance:
        """One step of an instance, in the caller's transaction. `Conflict` and `Absent` as in
        `advance`; when it is refused, roll back."""
        before = await _store.lock(work, instance_id)
        if before is None:
            raise Absent("process.instance_unknown")
        return await self.step(work, before, command)

    async def step(self, work: Work, before: Instance, command: Command) -> Instance:
        """One step of an instance that this transaction has locked."""
        change = await self.stepped(work, before, command)
        if change is None:
            return before
        await self.record(work, [change])
        await work.append(entry_of(change.after, "process.stepped", command, change.effects))
        return change.after

    async def stepped(self, work: Work, before: Instance, command: Command) -> Change | None:
        """The step that a command makes, not yet written; None when it says nothing to it."""
        now = self.clock.now()
        program = await self.program(work, before.version_id)
        state, effects = advance(program, before.state, command, now)
        if state is before.state:
            return None
        after = msgspec.structs.replace(before, state=state, revision=before.revision + 1)
        after, more = await self._decided(work, program, after, effects, now)
        return Change(before, after, [*effects, *more])

    async def record(self, work: Work, changes: Sequence[Change]) -> None:
        """Writes steps of different instances; their log entries are the caller's."""
        await _store.write(work, rows_of(changes), self.clock.now())

    async def _decided(
        self, work: Work, program: Program, instance: Instance, effects: Sequence[Effect],
        now: datetime,
    ) -> tuple[Instance, list[Effect]]:  # fmt: skip
        """Answers the decisions that a step asked for, and those that follow from them."""
        asked = [item for item in effects if isinstance(item, DecisionAsked)]
        state, told = instance.state, list[Effect]()
        for _ in range(DECISIONS_MAX):
            if self._decide is None or not asked:
                return msgspec.structs.replace(instance, state=state), told
            first = asked.pop(0)
            if first.position not in state.positions:
                continue
            command = await self._answer(work, instance, state, first, self._decide)
            state, more = advance(program, state, command, now)
            told += more
            asked += [item for item in more if isinstance(item, DecisionAsked)]
        raise Refusal("process.endless", node=asked[0].node if asked else "", steps_max=0)

    async def _answer(
        self, work: Work, instance: Instance, state: State, effect: DecisionAsked, decide: Decide
    ) -> Command:
        """The decision's outputs; what is refused stands parked where an operator mends it."""
        scope = state.positions[effect.position].scope
        asked = Asked(
            instance_id=instance.id, position=effect.position, node=effect.node,
            decision=effect.decision, about=instance.about,
            variables=visible_at(state, scope) if effect.variables is None else effect.variables,
        )  # fmt: skip
        try:
            return Complete(effect.position, await decide(work, asked))
        except (Refusal, Absent) as fault:
            facts = {name: str(value) for name, value in fault.facts.items()}
            return Park(effect.position, fault.code, facts)

    # ── for people ───────────────────────────────────────────────────────────────────────

    async def get(self, scope: Scope, instance_id: UUID) -> Instance:
        """An instance; `Absent` also when the scope does not hold it."""
        async with self.database.reading(scope.actor) as work:
            found = await _store.get(work, scope, instance_id)
        if found is None:
            raise Absent("process.instance_unknown")
        return found

    async def definition_of(self, instance: Instance) -> Definition:
        """What an instance runs by, for drawing."""
        async with self.database.reading() as work:
            return (await self.program(work, instance.version_id)).definition

    async def path(self, scope: Scope, instance_id: UUID) -> list[tuple[datetime, str, Any]]:
        """The steps of an instance from the log: when, by whom, what."""
        await self.get(scope, instance_id)
        async with self.database.reading(scope.actor) as work:
            return list(await _store_lists.path(work, instance_id))

    async def drawing(
        self, scope: Scope, instance_id: UUID, language: Language,
        notes: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        """The process as SVG with the path that this instance took and where it rests; `notes`
        stand under the names of nodes."""
        instance = await self.get(scope, instance_id)
        steps = await self.path(scope, instance_id)
        taken = [name for _, _, told in steps for pair in told.get("path", ()) for name in pair]
        resting = {position.node for position in instance.state.positions.values()}
        definition = await self.definition_of(instance)
        return draw(definition, taken, resting, language=language, notes=notes)

    async def tasks(self, scope: Scope, roles: Sequence[str]) -> list[OpenTask]:
        """Open tasks of these roles, the oldest first, at most LIST_MAX."""
        async with self.database.reading(scope.actor) as work:
            return await _store_lists.tasks(work, scope, roles, LIST_MAX)

    async def parked(self, scope: Scope) -> list[ParkedStep]:
        """Stuck steps, the oldest first, at most LIST_MAX."""
        async with self.database.reading(scope.actor) as work:
            return await _store_lists.parked(work, scope, LIST_MAX)

    async def take_task(self, scope: Scope, instance_id: UUID, position: int) -> None:
        """Take a task. `Conflict` when somebody else has it."""
        who = scope.actor.account_id
        if who is None:
            raise Forbidden("process.no_account")
        async with self.database.transaction(scope.actor) as work:
            if await _store.get(work, scope, instance_id) is None:
                raise Absent("process.instance_unknown")
            if not await _store_lists.take_task(work, instance_id, position, who):
                raise Conflict("process.done_already", position=position)

    async def complete_task(
        self, scope: Scope, instance_id: UUID, position: int, variables: Variables
    ) -> Instance:
        """Complete a task that nobody else has taken."""
        async with self.database.transaction(scope.actor) as work:
            before = await self._locked(work, scope, instance_id)
            holder = await _store_lists.holder(work, instance_id, position)
            if holder not in (None, scope.actor.account_id):
                raise Conflict("process.taken", position=position)
            return await self.step(work, before, Complete(position, variables))

    async def act(self, scope: Scope, instance_id: UUID, command: Command) -> Instance:
        """Any command by a person: retry a stuck step, cancel, send a message."""
        async with self.database.transaction(scope.actor) as work:
            return await self.act_within(work, scope, instance_id, command)

    async def act_within(
        self, work: Work, scope: Scope, instance_id: UUID, command: Command
    ) -> Instance:
        """The same in the caller's transaction."""
        return await self.step(work, await self._locked(work, scope, instance_id), command)

    async def _locked(self, work: Work, scope: Scope, instance_id: UUID) -> Instance:
        found = await _store.lock(work, instance_id)
        if found is None or not scope.holds(facts_of(found)):
            raise Absent("process.instance_unknown")
        return found

    # ── between instances ────────────────────────────────────────────────────────────────

    async def message(
        self, work: Work, name: str, variables: Variables, subject_id: UUID
    ) -> Instance:
        """A message for whichever instance of a subject waits for it; `Refusal` if none does."""
        waiting = await _store.listening(work, "message", name, subject_id)
        for instance_id, wait in waiting:
            before = await _store.lock(work, instance_id)
            if before is not None and wait in before.state.waits:
                return await self.step(work, before, MessageArrived(name, variables, wait))
        raise Refusal("process.message_unexpected", message=name, awaited=[])

    async def drop_about(self, work: Work, subjects: Sequence[UUID]) -> None:
        """Forget the instances about subjects whose retention has ended, with their values; the
        log keeps which way each went."""
        await _store.drop_about(work, subjects)

    async def cancel_called(self, work: Work, parent: Instance, position: int) -> None:
        """The instances that a withdrawn call activity had started are cancelled."""
        for child in await _store.children(work, parent.id, position):
            if child.state.status == "running":
                await self.step(work, child, Cancel("withdrawn by its caller"))


def facts_of(instance: Instance) -> Facts:
    """What authorisation needs to know of an instance."""
    about = instance.about
    return Facts(
        area_no=about.area_no,
        organisation_no=about.organisation_no,
        sensitivity=about.sensitivity,
    )
