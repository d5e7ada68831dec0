"""Trials over all past decisions, a million of them: asked for by a person, run by the worker.

Nothing is published. A trial runs in short stretches in another thread and notes how far it is;
who asked may stop it. A worker that dies is noticed, and another begins the trial anew.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pengcheng.engines.rules import _store, _store_trials
from pengcheng.engines.rules.files import read_dmn
from pengcheng.engines.rules.past import past_decisions
from pengcheng.engines.rules.record import RuleVersion
from pengcheng.engines.rules.service import Rules
from pengcheng.engines.rules.trial import Changed, Order, Past, Trial
from pengcheng.engines.rules.trial_asked import AskedTrial
from pengcheng.kernel.authz import SEALED, SYSTEM, Actor, Region, Scope
from pengcheng.kernel.errors import Absent, PengchengError, Refusal
from pengcheng.kernel.ids import new_id

KEPT_DAYS = 30
LATEST_MAX = 5
DEAD_SECONDS = 60
TRIES_MAX = 3
AT_ONCE = 500
"""Decisions between two looks at the other work of the process."""
SCOPE = Scope(action="read", type="rule", regions=(Region(sensitivity=SEALED),), actor=SYSTEM)


class Trials:
    """Asks for trials, tells how far they are, and runs them. Who calls has authorised."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    async def ask(
        self, actor: Actor, beside: RuleVersion, content: str, since: datetime,
        orders: Sequence[Order],
    ) -> UUID:  # fmt: skip
        """Let a model be tried that is meant to follow a published version; `Refusal` says why
        it cannot be."""
        model = read_dmn(content.encode())
        if model.faults:
            raise Refusal("rules.invalid", faults=model.faults, decision=beside.name)
        model.inputs_of(beside.name)
        now = self._rules.clock.now()
        trial = AskedTrial(
            id=new_id(), version_id=beside.id, decision=beside.name, content=content,
            orders=tuple(orders), since=since, asked_by=actor.account_id, asked_at=now,
        )  # fmt: skip
        async with self._rules.database.transaction(actor) as work:
            await _store_trials.forget(work, now - timedelta(days=KEPT_DAYS))
            await _store_trials.ask(work, trial)
        return trial.id

    async def asked(self, trial_id: UUID) -> AskedTrial:
        """A trial by its id."""
        async with self._rules.database.reading() as work:
            found = await _store_trials.asked(work, trial_id)
        if found is None:
            raise Absent("rules.trial_unknown")
        return found

    async def latest(self, version_id: UUID) -> list[AskedTrial]:
        """The newest trials beside a version, at most LATEST_MAX."""
        async with self._rules.database.reading() as work:
            return await _store_trials.latest(work, version_id, LATEST_MAX)

    async def changes(self, trial_id: UUID, after: int, limit: int) -> list[tuple[int, Changed]]:
        """The cases that changed, with their numbers, from a number on."""
        async with self._rules.database.reading() as work:
            return await _store_trials.changes(work, trial_id, after, limit)

    async def stop(self, actor: Actor, trial_id: UUID) -> None:
        """Stop a trial that waits or runs."""
        async with self._rules.database.transaction(actor) as work:
            await _store_trials.stop(work, trial_id)

    async def run_due(self) -> bool:
        """Run the next trial that waits; False when there is none."""
        now = self._rules.clock.now()
        dead = now - timedelta(seconds=DEAD_SECONDS)
        async with self._rules.database.transaction(SYSTEM) as work:
            trial = await _store_trials.take(work, now, dead, TRIES_MAX)
        if trial is None:
            return False
        try:
            await self._run(trial)
        except PengchengError as fault:
            async with self._rules.database.transaction(SYSTEM) as work:
                await _store_trials.end(work, trial.id, "failed", None, fault.code)
        return True

    async def _run(self, asked: AskedTrial) -> None:
        changed: list[Changed] = []
        model = read_dmn(asked.content.encode())
        trial = Trial(model, asked.decision, changed.append, asked.orders)
        async with self._rules.database.reading() as work:
            first = await _store.first_since(work, asked.since)
            total = await _store_trials.count(work, asked.decision, first)
        done = 0
        async for stretch in past_decisions(self._rules, SCOPE, asked.decision, asked.since):
            for at in range(0, len(stretch), AT_ONCE):
                await asyncio.to_thread(_take, trial, stretch[at : at + AT_ONCE])
            done += len(stretch)
            if not await self._goes_on(asked, done, max(total, done), changed):
                return
            changed.clear()
        async with self._rules.database.transaction(SYSTEM) as work:
            await _store_trials.end(work, asked.id, "done", trial.report, "")

    async def _goes_on(
        self, asked: AskedTrial, done: int, total: int, changed: Sequence[Changed]
    ) -> bool:
        async with self._rules.database.transaction(SYSTEM) as work:
            now = self._rules.clock.now()
            return await _store_trials.go_on(work, asked.id, now, done, total, changed)


def _take(trial: Trial, stretch: Sequence[Past]) -> None:
    for past in stretch:
        trial.take(past)
