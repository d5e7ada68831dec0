"""What people look over: which processes are published, what runs by them, where it stands."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.processes import _store_overview as _store
from pengcheng.engines.processes.instance import (
    Instance,
    InstanceLine,
    OpenTask,
    ParkedStep,
    PublishedProcess,
    Version,
)
from pengcheng.engines.processes.model import Definition
from pengcheng.engines.processes.program import Program
from pengcheng.engines.processes.service import Processes
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Absent

LINES_MAX = 200


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an instance as the log tells it: the command and the position that it was for,
    the nodes and flows that tokens passed, the tasks that it opened by their positions."""

    at: datetime
    who: str
    command: str
    position: int | None
    nodes: tuple[str, ...]
    passed: tuple[str, ...]
    opened: Mapping[int, str]


class InstanceView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of an instance that its reader looks at. `rested`: how long the token has stood
    or did stand at each node; `roles`: who does each task, by its node."""

    instance: Instance
    version: Version
    tasks: tuple[OpenTask, ...]
    parked: tuple[ParkedStep, ...]
    steps: tuple[PathStep, ...]
    rested: Mapping[str, timedelta]
    roles: Mapping[str, str]


class Overview:
    """Lists and single views of processes and instances."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def published(self, scope: Scope) -> list[PublishedProcess]:
        """The newest version of each process; none for a reader without the right."""
        if scope.is_empty:
            return []
        async with self._processes.database.reading(scope.actor) as work:
            return await _store.published(work)

    async def versions(self, scope: Scope, name: str) -> list[Version]:
        """The versions of a process, the newest first; `Absent` when there is none to see."""
        async with self._processes.database.reading(scope.actor) as work:
            found = [] if scope.is_empty else await _store.versions(work, name, LINES_MAX)
        if not found:
            raise Absent("process.unpublished", process=name)
        return found

    async def program(self, version: Version) -> Program:
        """A version compiled."""
        async with self._processes.database.reading() as work:
            return await self._processes.program(work, version.id)

    async def definition(self, version: Version) -> Definition:
        """A version's model, for drawing."""
        return (await self.program(version)).definition

    async def instances(
        self, scope: Scope, name: str = "", status: str = "", after: UUID | None = None,
        limit: int = LINES_MAX,
    ) -> list[InstanceLine]:  # fmt: skip
        """Instances that the scope holds, the newest first."""
        size = max(1, min(limit, LINES_MAX))
        async with self._processes.database.listing(scope.actor) as work:
            return await _store.instances(work, scope, name, status, after, size)

    async def view(self, scope: Scope, instance_id: UUID) -> InstanceView:
        """An instance with its tasks, stuck steps and path; `Absent` outside the scope."""
        instance = await self._processes.get(scope, instance_id)
        told = await self._processes.path(scope, instance_id)
        async with self._processes.database.reading(scope.actor) as work:
            version = await _store.version_by_id(work, instance.version_id)
            tasks = await _store.tasks_of(work, instance_id)
            parked = await _store.parked_of(work, instance_id)
        if version is None:
            raise Absent("process.instance_unknown")
        program = await self.program(version)
        steps = tuple(_step(at, who, facts) for at, who, facts in told)
        return InstanceView(
            instance=instance, version=version, tasks=tuple(tasks), parked=tuple(parked),
            steps=steps, rested=rested(instance, steps, self._processes.clock.now()),
            roles={node: place.role for node, place in program.places.items() if place.role},
        )  # fmt: skip


def rested(
    instance: Instance, steps: tuple[PathStep, ...], now: datetime
) -> Mapping[str, timedelta]:
    """How long each task stood open until it was done, all its rounds together; where tokens rest
    now, until now."""
    found: dict[str, timedelta] = {}
    open_since: dict[int, tuple[str, datetime]] = {}
    for step in steps:
        if step.position in open_since:
            node, since = open_since.pop(step.position)
            found[node] = found.get(node, timedelta()) + (step.at - since)
        open_since |= {position: (node, step.at) for position, node in step.opened.items()}
    for position in instance.state.positions.values():
        if position.since is not None:
            stood = max(now - position.since, timedelta())
            found[position.node] = found.get(position.node, timedelta()) + stood
    return found


def _step(at: datetime, who: str, facts: Mapping[str, Any]) -> PathStep:
    command = facts.get("command") or {}
    ways = [(str(via), str(node)) for via, node in facts.get("path", ())]
    position = command.get("position")
    return PathStep(
        at=at,
        who=who,
        command=str(command.get("type", "")),
        position=position if isinstance(position, int) else None,
        nodes=tuple(node for _, node in ways),
        passed=tuple(name for way in ways for name in way if name),
        opened={
            int(item["position"]): str(item["node"])
            for item in facts.get("came", ())
            if item.get("type") == "task_created"
        },
    )
