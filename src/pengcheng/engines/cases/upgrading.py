"""Open cases when their process has a newer version: a verdict for each before anything happens,
the move of all that can move, by a declared mapping, and the way back.

A pack that raises its process's version leaves the cases that are open under the version by which
they were accepted; nobody is stuck. Who may change processes reads the verdicts:
- `moves`: the newer version has such a step, or the mapping names its heir;
- `waits`: an automatic step is being done just now; ask again when it is;
- `person`: the step is gone or has become another kind; someone must name its heir;
- `stays`: the mapping says that it is finished under the older version.
A case keeps its owner, its promise and its clock; only its step and its law change.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store_upgrading as _store
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.processes import (
    FeelConditions,
    Mapped,
    compile_declared,
    prepare,
    step_verdicts,
)
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Conflict, Fault, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import Process, Registry

BATCH = 1000
LINES_MAX = 200
HISTORY_MAX = 50
_AUTOMATIC = ("service", "rule")

Verdict = Literal["moves", "waits", "person", "stays"]


class StepVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the cases at a step of the older version: where they go, and why (a code of
    the processes engine's words)."""

    step: str
    cases: int
    verdict: Verdict
    to: str
    why: str


class CaseVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one case."""

    id: UUID
    code: str
    step: str
    verdict: Verdict
    to: str
    why: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts for the open cases under one older version."""

    kind: str
    process: str
    old: int
    new: int
    steps: tuple[StepVerdict, ...]
    mapped: Mapped

    @property
    def counts(self) -> Mapping[str, int]:
        """Cases by verdict."""
        found = dict.fromkeys(("moves", "waits", "person", "stays"), 0)
        for item in self.steps:
            found[item.verdict] += item.cases
        return found


class CaseUpgrade(msgspec.Struct, frozen=True, kw_only=True):
    """An upgrade that was done."""

    id: UUID
    kind: str
    process: str
    old: int
    new: int
    mapped: Mapped
    at: datetime
    undone_at: datetime | None = None


class CaseUpgrades:
    """Verdicts, upgrades and undoing for the open cases of a kind. Who calls has authorised."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def judge(
        self, kind: str, mapped: Mapped | None = None, registry: Registry | None = None
    ) -> list[Judged]:
        """The verdicts for every older version with open cases, without moving anything. Without
        `mapped`, as the process declares; `registry`: packs that are not installed yet."""
        told = registry or self._cases.registry()
        newest = told.processes[told.case_kind(kind).process]
        async with self._cases.database.reading() as work:
            counted = await _store.counted(work, kind, newest.version)
        found = []
        for old in dict.fromkeys(item.version for item in counted):
            law = told.law(kind, old)
            rule = mapped or declared_mapping(newest, old)
            by_step = {item.step: item.cases for item in counted if item.version == old}
            steps = tuple(_judged(law, newest, by_step, rule))
            found.append(
                Judged(kind=kind, process=newest.name, old=old, new=newest.version, steps=steps,
                       mapped=rule)
            )  # fmt: skip
        return found

    async def lines(self, judged: Judged, after: UUID | None = None) -> list[CaseVerdict]:
        """The verdict of each single case, a page at a time in the order of their ids."""
        by_step = {item.step: item for item in judged.steps}
        async with self._cases.database.reading() as work:
            rows = await _store.standing(work, judged.kind, judged.old, after, LINES_MAX)
        return [
            CaseVerdict(id=id_, code=code, step=step, verdict=found.verdict, to=found.to,
                        why=found.why)
            for id_, code, step in rows
            if (found := by_step.get(step)) is not None
        ]  # fmt: skip

    async def upgrade(
        self, actor: Actor, kind: str, old: int, mapped: Mapped | None = None
    ) -> tuple[CaseUpgrade, int]:
        """Moves every case whose verdict is `moves`, a thousand in a transaction; the others go on
        under their version. How many were moved. Ask again for those that waited."""
        judged = next((item for item in await self.judge(kind, mapped) if item.old == old), None)
        if judged is None:
            raise Absent("case.upgrade_nothing", kind=kind, old=old)
        _check(self._cases.registry(), judged)
        told = CaseUpgrade(
            id=new_id(), kind=kind, process=judged.process, old=old, new=judged.new,
            mapped=judged.mapped, at=self._cases.clock.now(),
        )  # fmt: skip
        values = {**msgspec.structs.asdict(told), "by_account_id": actor.account_id}
        process = self._cases.registry().law(kind, judged.new)
        ways = [
            {"step": item.step, "goes": item.to, "stage": process.step(item.to).stage}
            for item in judged.steps
            if item.verdict == "moves"
        ]
        async with self._cases.database.transaction(actor) as work:
            await _store.begin(work, values)
        return told, await self._move(actor, values, ways)

    async def _move(self, actor: Actor, told: Mapping[str, Any], ways: list[dict[str, str]]) -> int:
        moved, after = 0, None
        while ways:
            async with self._cases.database.transaction(actor) as work:
                rows = await _store.move(work, told, ways, after, BATCH)
                await _tell(work, rows, "case.law_changed", told)
            moved += len(rows)
            if len(rows) < BATCH:
                break
            after = rows[-1]["id"]
        return moved

    async def undo(self, actor: Actor, upgrade_id: UUID) -> tuple[int, int]:
        """Puts back every case that nothing has happened to since: (put back, gone on since)."""
        async with self._cases.database.transaction(actor) as work:
            told = await _store.one(work, upgrade_id)
            if told is None:
                raise Absent("case.upgrade_unknown")
            if told["undone_at"] is not None:
                raise Conflict("case.upgrade_undone_already")
            await _store.undone(work, upgrade_id, self._cases.clock.now())
        back, onward = 0, 0
        while True:
            async with self._cases.database.transaction(actor) as work:
                rows = await _store.put_back(work, upgrade_id, told["old"], BATCH)
                put = [row for row in rows if row["untouched"]]
                await _tell(work, put, "case.law_restored", told)
            back += len(put)
            onward += len(rows) - len(put)
            if len(rows) < BATCH:
                return back, onward

    async def history(self, kind: str) -> list[CaseUpgrade]:
        """The upgrades of a kind, the newest first."""
        async with self._cases.database.reading() as work:
            rows = await _store.history(work, kind, HISTORY_MAX)
        return [
            CaseUpgrade(**{**row, "mapped": msgspec.convert(row["mapped"], Mapped)}) for row in rows
        ]


def declared_mapping(process: Process, old: int) -> Mapped:
    """What the process itself declares of an upgrade from an older version."""
    for told in process.source.get("upgrades") or ():
        if told.get("from") == old:
            return Mapped(steps=told.get("steps") or {}, stays=frozenset(told.get("stays") or ()))
    return Mapped()


def _judged(
    old: Process, new: Process, counted: Mapping[str, int], mapped: Mapped
) -> Iterator[StepVerdict]:
    conditions = FeelConditions()
    found = {
        item.node: item
        for item in step_verdicts(
            prepare(compile_declared(old), conditions),
            prepare(compile_declared(new), conditions), mapped,
        )
    }  # fmt: skip
    kinds = {step.id: step.kind for step in old.steps}
    heirs = {step.id: step.kind for step in new.steps}
    for step, cases in counted.items():
        item = found.get(step)
        verdict: Verdict = item.verdict if item else "person"
        to, why = (item.to, item.why) if item else ("", "process.migrate_gone")
        if verdict == "moves" and kinds.get(step) != heirs.get(to):
            verdict, why = "person", "process.migrate_other_kind"
        if verdict == "moves" and kinds[step] in _AUTOMATIC:
            verdict, why = "waits", "process.migrate_during_call"
        yield StepVerdict(step=step, cases=cases, verdict=verdict, to=to, why=why)


def _check(registry: Registry, judged: Judged) -> None:
    """A mapping names steps that there are."""
    old, new = registry.law(judged.kind, judged.old), registry.law(judged.kind, judged.new)
    known, heirs = {step.id for step in old.steps}, {step.id for step in new.steps}
    wrong = [
        Fault(path=f"/steps/{step}", code="process.step_unknown", facts={"step": name})
        for step, to in judged.mapped.steps.items()
        for name, among in ((step, known), (to, heirs))
        if name not in among
    ]
    wrong += [
        Fault(path="/stays", code="process.step_unknown", facts={"step": step})
        for step in sorted(judged.mapped.stays - known)
    ]
    if wrong:
        raise invalid(*wrong)


async def _tell(work: Work, rows: list[Row], kind: str, told: Mapping[str, Any]) -> None:
    """One log entry for each case: its law and its step before and after."""
    back = kind == "case.law_restored"
    laws = (told["new"], told["old"]) if back else (told["old"], told["new"])
    await work.append(
        *(
            Entry(
                kind=kind, subject_type=told["kind"], subject_id=row["id"],
                area_no=row["area_no"], organisation_no=row["organisation_no"],
                sensitivity=row["sensitivity"],
                before={"step": row["before"], "process_version": laws[0]},
                after={"step": row["step"], "process_version": laws[1]},
                cause={"upgrade_id": told["id"]}, visibility="internal",
            )
            for row in rows
        )
    )  # fmt: skip
