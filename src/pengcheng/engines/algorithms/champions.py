"""Which model of an algorithm counts in this city: the one that shipped, until one that the city
trained from its own corrections was better; every change is in the log and can be undone."""

from uuid import UUID, uuid5

from pengcheng.engines.algorithms import _store
from pengcheng.engines.algorithms.classifier import Classifier
from pengcheng.engines.algorithms.model import TrainedModel, Verdict
from pengcheng.engines.algorithms.model_file import from_bytes, hash_of, to_bytes
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.errors import Absent, Conflict
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock

HISTORY_MAX = 100
SUBJECTS = UUID("5d1f3a54-32f0-5a43-9c7b-7b7d7c2f4d11")
"""The name space of log subjects: an algorithm has a name, no id."""


class Champions:
    """Reads and writes of trained models."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._held: dict[str, tuple[str, Classifier]] = {}

    async def of(self, algorithm: str) -> tuple[str, Classifier] | None:
        """The version and model of the city's own champion; None while the shipped one counts.
        Kept in memory until another counts."""
        async with self._database.reading() as work:
            version = await _store.champion_version(work, algorithm)
            held = self._held.get(algorithm)
            if not version:
                self._held.pop(algorithm, None)
                return None
            if held is None or held[0] != version:
                found = await _store.champion(work, algorithm)
                if found is None:
                    return None
                held = (found[0], from_bytes(found[1]))
                self._held[algorithm] = held
        return held

    async def history(self, scope: Scope, algorithm: str) -> list[TrainedModel]:
        """What was trained, the newest first; at most `HISTORY_MAX`."""
        async with self._database.reading(scope.actor) as work:
            return await _store.history(work, scope, algorithm, HISTORY_MAX)

    async def settle(
        self, actor: Actor, algorithm: str, verdict: Verdict, winner: Classifier, *,
        against: str, corrections: int, confirmed: int,
    ) -> TrainedModel:  # fmt: skip
        """Keep what a training gave: its winner counts from now on, if it is the challenger.
        `Conflict` when another training was settled meanwhile (`against` is champion no more)."""
        now = self._clock.now()
        won = verdict.winner == "challenger"
        content = to_bytes(winner) if won else None
        made = TrainedModel(
            id=new_id(), algorithm=algorithm, version=hash_of(content) if content else "",
            state="champion" if won else "refused", corrections=corrections, confirmed=confirmed,
            rows=verdict.rows, champion_right=verdict.champion_right,
            challenger_right=verdict.challenger_right, reason=verdict.reason, against=against,
            trained_by=actor.name, trained_at=now, changed_at=now,
        )  # fmt: skip
        async with self._database.transaction(actor) as work:
            await _store.lock(work, algorithm)
            if await _store.champion_version(work, algorithm) != against:
                raise Conflict("algorithm.changed", name=algorithm)
            if won:
                await _store.retire_champion(work, algorithm, "former", now)
            await _store.add(work, made, content)
            await self._tell(work, made, "replaced" if won else "kept")
        return made

    async def undo(self, scope: Scope, algorithm: str, model_id: UUID) -> str:
        """Take the champion back: the one before it counts again, at last the shipped one; its
        version (empty for the shipped). `model_id` is the champion that the reader saw."""
        if scope.is_empty:
            raise Absent("algorithm.unknown", name=algorithm)
        now = self._clock.now()
        async with self._database.transaction(scope.actor) as work:
            await _store.lock(work, algorithm)
            model = await _store.one(work, model_id)
            if model is None or model.algorithm != algorithm:
                raise Absent("algorithm.unknown", name=algorithm)
            if model.state != "champion":
                raise Conflict("algorithm.changed", name=algorithm)
            await _store.retire_champion(work, algorithm, "undone", now)
            before = await _store.newest_former(work, algorithm)
            if before is not None:
                await _store.crown(work, before.id, now)
            await self._tell(work, model, "undone", before.version if before else "")
        return before.version if before else ""

    async def _tell(
        self, work: Work, model: TrainedModel, what: str, now_counts: str | None = None
    ) -> None:
        facts = {
            "algorithm": model.algorithm, "version": model.version, "against": model.against,
            "rows": model.rows, "champion_right": model.champion_right,
            "challenger_right": model.challenger_right, "reason": model.reason,
            "corrections": model.corrections,
        }  # fmt: skip
        if now_counts is not None:
            facts["counts"] = now_counts
        await work.append(
            Entry(
                kind=f"algorithm.{what}",
                subject_type="algorithm",
                subject_id=uuid5(SUBJECTS, model.algorithm),
                after=facts,
            )
        )
        await signal(work, "algorithms", model.algorithm)
