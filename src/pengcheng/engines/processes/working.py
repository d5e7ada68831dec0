"""What the worker does for instances: timers that are due, calls outside, signals.

Timers and calls are rows. Every piece of work is one transaction; who dies in the middle of it
leaves the rows as they were, and another worker takes them. A call outside happens at least once,
always with the same key; its effect on the instance happens once.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog

from pengcheng.engines.processes import _store
from pengcheng.engines.processes.instance import Answer, Instance, OutsideCall
from pengcheng.engines.processes.service import Processes
from pengcheng.engines.processes.state import Complete, Fail, Park, SignalArrived, TimerDue
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent, Conflict, PengchengError, Refusal, Trouble

BATCH = 100
TRIES_MAX = 8
FIRST_WAIT_SECONDS, WAIT_SECONDS_MAX = 5, 3600
CALLS_DEEP_MAX = 32
"""So many processes may call one another; one that comes round to itself stops there."""
INNER = ("signal", "call", "cancel", "answer")
OUTER = ("service", "rule", "message")

logger = structlog.get_logger(__name__)


class Worker:
    """Takes what is due. Any number of workers may run beside each other.

    `answers` maps the operations of service tasks, decisions and messages ("message:<name>") to
    what carries them out; "*" is for those without one of their own.
    """

    def __init__(self, processes: Processes, answers: Mapping[str, Answer]) -> None:
        self._processes = processes
        self._answers = answers

    async def run_due(self) -> int:
        """Everything that is due now, at most a batch of each; how much was done."""
        return await self.fire_timers() + await self.call_outside() + await self.tell_others()

    # ── timers ───────────────────────────────────────────────────────────────────────────

    async def fire_timers(self) -> int:
        """Timers that are due; one that fails is put off and does not hold up the others."""
        database, now = self._processes.database, self._processes.clock.now()
        async with database.reading() as work:
            due = await _store.due_timers(work, now, BATCH)
        done = 0
        for instance_id, wait in due:
            try:
                done += await self._fire(instance_id, wait)
            except (Refusal, Conflict, Absent) as fault:
                logger.warning("process.timer_failed", instance=str(instance_id), fault=str(fault))
                async with database.transaction(SYSTEM) as work:
                    await _store.put_off(work, instance_id, wait)
        return done

    async def _fire(self, instance_id: UUID, wait: int) -> int:
        async with self._processes.database.transaction(SYSTEM) as work:
            before = await _store.lock(work, instance_id, skip=True)
            if before is None or wait not in before.state.waits:
                return 0
            await self._processes.step(work, before, TimerDue(wait))
            return 1

    # ── calls outside ────────────────────────────────────────────────────────────────────

    async def call_outside(self) -> int:
        """Service calls, decisions and messages that are due."""
        done = 0
        while done < BATCH:
            call = await self._take(OUTER)
            if call is None:
                return done
            await self._answer(call)
            done += 1
        return done

    async def _take(self, kinds: tuple[str, ...]) -> OutsideCall | None:
        async with self._processes.database.transaction(SYSTEM) as work:
            return await _store.take_call(work, self._processes.clock.now(), kinds)

    async def _answer(self, call: OutsideCall) -> None:
        wanted = f"message:{call.operation}" if call.kind == "message" else call.operation
        answer = self._answers.get(wanted) or self._answers.get("*")
        try:
            if answer is None:
                raise Refusal("process.no_service", operation=wanted)
            answered = await answer(call)
        except Trouble as fault:
            await self._later(call, fault)
            return
        except PengchengError as fault:
            if call.kind == "message":
                await self._later(call, fault)
            else:
                await self._settle(call, Park(call.number, fault.code, _plain(fault)))
            return
        if answered.error:
            await self._settle(call, Fail(call.number, answered.error, answered.variables))
        else:
            await self._settle(call, Complete(call.number, answered.variables))

    async def _later(self, call: OutsideCall, fault: PengchengError) -> None:
        """The world failed: again later, each time twice as late; at last an operator sees it.

        A message has no step that could be parked: it is never given up.
        """
        if call.tries >= TRIES_MAX and call.kind != "message":
            facts = {"tries": call.tries, "said": str(fault)}
            await self._settle(call, Park(call.number, "process.call_failed", facts))
            return
        seconds = min(FIRST_WAIT_SECONDS * 2 ** (call.tries - 1), WAIT_SECONDS_MAX)
        logger.warning("process.call_failed", key=call.key, kind=call.kind, fault=str(fault))
        async with self._processes.database.transaction(SYSTEM) as work:
            due_at = self._processes.clock.now() + timedelta(seconds=seconds)
            await _store.retry_call(work, call, due_at, str(fault))

    async def _settle(self, call: OutsideCall, command: Complete | Fail | Park) -> None:
        """The answer enters the instance in the transaction that takes the call off the list."""
        async with self._processes.database.transaction(SYSTEM) as work:
            before = await _store.lock(work, call.instance_id)
            if not await _store.drop_call(work, call) or before is None:
                return
            if before.state.status == "running" and call.number in before.state.positions:
                await self._processes.step(work, before, command)

    # ── between instances ────────────────────────────────────────────────────────────────

    async def tell_others(self) -> int:
        """Signals, called processes, and what these answer to their callers."""
        done = 0
        while done < BATCH:
            call = await self._take(INNER)
            if call is None:
                return done
            if call.kind == "signal":
                await self._broadcast(call)
            else:
                await self._one_to_one(call)
            done += 1
        return done

    async def _broadcast(self, call: OutsideCall) -> None:
        """Each listener hears in a transaction of its own; a second telling finds none left."""
        database = self._processes.database
        async with database.reading() as work:
            waiting = await _store.listening(work, "signal", call.operation)
        for instance_id in dict.fromkeys(instance for instance, _ in waiting):
            if instance_id == call.instance_id:
                continue
            async with database.transaction(SYSTEM) as work:
                before = await _store.lock(work, instance_id)
                if before is not None and before.state.status == "running":
                    await self._processes.step(work, before, SignalArrived(call.operation))
        async with database.transaction(SYSTEM) as work:
            await _store.drop_call(work, call)

    async def _one_to_one(self, call: OutsideCall) -> None:
        async with self._processes.database.transaction(SYSTEM) as work:
            caller = await _store.lock(work, call.instance_id)
            if not await _store.drop_call(work, call) or caller is None:
                return
            if call.kind == "answer":
                await self._answer_parent(work, caller, call)
            elif call.kind == "cancel":
                await self._processes.cancel_called(work, caller, call.number)
            elif call.number in caller.state.positions:
                await self._start_called(work, caller, call)

    async def _start_called(self, work: Work, caller: Instance, call: OutsideCall) -> None:
        try:
            version = await self._processes.newest(work, call.operation)
        except Absent as fault:
            park = Park(call.number, fault.code, _plain(fault))
            await self._processes.step(work, caller, park)
            return
        if await _store.depth(work, caller.id, CALLS_DEEP_MAX) >= CALLS_DEEP_MAX:
            facts = {"limit": CALLS_DEEP_MAX, "process": call.operation}
            park = Park(call.number, "process.calls_too_deep", facts)
            await self._processes.step(work, caller, park)
            return
        await self._processes.start(
            work, version, call.variables, caller.about, parent=(caller.id, call.number)
        )

    async def _answer_parent(self, work: Work, child: Instance, call: OutsideCall) -> None:
        if child.parent_id is None or child.parent_position is None:
            return
        parent = await _store.lock(work, child.parent_id)
        position = child.parent_position
        if parent is None or position not in parent.state.positions:
            return
        variables = call.variables.get("variables") or {}
        failed = call.operation == "failed"
        command = (
            Fail(position, str(call.variables.get("outcome", "")), variables)
            if failed
            else Complete(position, variables)
        )
        await self._processes.step(work, parent, command)


def _plain(fault: PengchengError) -> dict[str, object]:
    return {name: str(value) for name, value in fault.facts.items()}
