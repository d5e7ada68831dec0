"""Upgrades of running instances in bulk, and back. Those that cannot move go on as they are."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from pengcheng.engines.processes import _store, _store_lists
from pengcheng.engines.processes.instance import Instance
from pengcheng.engines.processes.migrating import Mapped, migrate, verdict_of, verdicts
from pengcheng.engines.processes.program import Program
from pengcheng.engines.processes.recording import Change
from pengcheng.engines.processes.service import Processes
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry

BATCH = 200


class UpgradeCount(msgspec.Struct, frozen=True):
    """How an upgrade went: instances by verdict."""

    upgrade_id: UUID
    moves: int = 0
    waits: int = 0
    person: int = 0
    stays: int = 0


class Upgrades:
    """Moves running instances between versions in bulk, and back."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def judge(self, old: UUID, new: UUID, mapped: Mapped | None = None) -> UpgradeCount:
        """The verdicts, without moving anything."""
        return await self._sweep(new_id(), old, new, mapped or Mapped(), move=False)

    async def upgrade(self, old: UUID, new: UUID, mapped: Mapped | None = None) -> UpgradeCount:
        """Moves every running instance that can be moved; the others go on under the old
        version and are counted. Call it again for those that waited."""
        return await self._sweep(new_id(), old, new, mapped or Mapped(), move=True)

    async def _sweep(
        self, upgrade_id: UUID, old: UUID, new: UUID, mapped: Mapped, *, move: bool
    ) -> UpgradeCount:
        counts = {"moves": 0, "waits": 0, "person": 0, "stays": 0}
        after: UUID | None = None
        while True:
            async with self._processes.database.transaction(SYSTEM) as work:
                programs = (
                    await self._processes.program(work, old),
                    await self._processes.program(work, new),
                )
                batch = await _store.running(work, old, after, BATCH)
                moving = []
                for instance in batch:
                    found = verdict_of(verdicts(*programs, instance.state, mapped))
                    counts[found] += 1
                    if found == "moves":
                        moving.append(instance)
                if move and moving:
                    await self._move(work, upgrade_id, moving, new, programs, mapped)
            if len(batch) < BATCH:
                return UpgradeCount(upgrade_id, **counts)
            after = batch[-1].id

    async def _move(
        self, work: Work, upgrade_id: UUID, moving: Sequence[Instance], new: UUID,
        programs: tuple[Program, Program], mapped: Mapped,
    ) -> None:  # fmt: skip
        now = self._processes.clock.now()
        changes = []
        for before in moving:
            state, effects = migrate(*programs, before.state, now, mapped)
            after = msgspec.structs.replace(
                before, version_id=new, state=state, revision=before.revision + 1
            )
            changes.append(Change(before, after, effects))
        await _store_lists.remember_moves(work, upgrade_id, moving)
        await self._processes.record(work, changes)
        told = [_moved(change.after, "process.upgraded", upgrade_id) for change in changes]
        await work.append(*told)

    async def undo(self, upgrade_id: UUID) -> tuple[int, int]:
        """Puts back every instance that has not moved since; (put back, gone on since)."""
        back, onward = 0, 0
        while True:
            async with self._processes.database.transaction(SYSTEM) as work:
                moves = await _store_lists.moved(work, upgrade_id, BATCH)
                for instance_id, version_id, state, revision in moves:
                    found = await _store.lock(work, instance_id)
                    if found is not None and found.revision == revision:
                        put = msgspec.structs.replace(
                            found, version_id=version_id, state=state, revision=revision + 1
                        )
                        await self._processes.record(work, [Change(found, put, ())])
                        await _store_lists.restore_waits(work, put)
                        await work.append(_moved(put, "process.upgrade_undone", upgrade_id))
                        back += 1
                    else:
                        onward += 1
                    await _store_lists.forget_move(work, upgrade_id, instance_id)
            if len(moves) < BATCH:
                return back, onward


def _moved(instance: Instance, kind: str, upgrade_id: UUID) -> Entry:
    return Entry(
        kind=kind,
        subject_type="process_instance",
        subject_id=instance.id,
        area_no=instance.about.area_no,
        organisation_no=instance.about.organisation_no,
        sensitivity=instance.about.sensitivity,
        after={"version_id": instance.version_id, "revision": instance.revision},
        cause={"upgrade_id": upgrade_id},
    )
