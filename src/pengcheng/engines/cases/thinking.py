"""Thinking over what was accepted: each case with what its kind's algorithms find in it.

While one batch is written the next is already thought over. Nothing of that is kept: where it is
lost, or a case has changed meanwhile, the case is thought over again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store
from pengcheng.engines.cases.intake import Analysis, Analyst
from pengcheng.engines.cases.model import Case
from pengcheng.engines.cases.pacing import ACCEPTED, INTAKE_BATCH
from pengcheng.engines.cases.service import Cases
from pengcheng.ground import log
from pengcheng.ground.database import Work
from pengcheng.ground.log import Position
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.authz import PERSONAL
from pengcheng.kernel.registry import CaseKind, Registry

AHEAD_MIN = INTAKE_BATCH // 4
"""A smaller batch says that intake keeps up: the next one can wait until it is asked for."""


class Thought(msgspec.Struct, frozen=True):
    """A case that waits for intake, as its algorithms read it, and what they found."""

    case: Case
    row: Mapping[str, Any]
    analysis: Analysis


class Thinking:
    """The thoughts of one intake; `analysts` are those of the case kinds."""

    def __init__(self, cases: Cases, analysts: Mapping[str, Analyst]) -> None:
        self._cases = cases
        self._analysts = analysts
        self._next: asyncio.Task[dict[UUID, Thought]] | None = None

    def analyst(self, kind: CaseKind) -> Analyst | None:
        """Who reads cases of this kind; None where nothing happens by itself."""
        return self._analysts.get(kind.type) if kind.intake else None

    async def over(
        self, work: Work, kind: CaseKind, analyst: Analyst, ids: Sequence[UUID]
    ) -> list[Thought]:
        """Those of these cases that wait for intake, thought over, in the order of their ids."""
        ahead = await self._done()
        known = {one: ahead[one] for one in ids if one in ahead}
        rest = [one for one in ids if one not in known]
        if rest:
            found = await self._waiting(work, kind, rest)
            known |= await asyncio.to_thread(_thoughts, analyst, found)
        return [known[one] for one in ids if one in known]

    def ahead(self, after: Position, handled: int) -> None:
        """Begin with what was accepted after a batch, if that one was not small."""
        if handled >= AHEAD_MIN and self._next is None:
            self._next = asyncio.create_task(self._thought_ahead(after))

    async def _done(self) -> dict[UUID, Thought]:
        """What was thought over ahead, once; nothing where that failed: it is tried again."""
        task, self._next = self._next, None
        if task is None:
            return {}
        await asyncio.wait({task})
        return {} if task.cancelled() or task.exception() else task.result()

    async def _thought_ahead(self, after: Position) -> dict[UUID, Thought]:
        registry, by_kind = self._cases.registry(), dict[str, list[UUID]]()
        waiting: list[tuple[Analyst, list[tuple[Case, Mapping[str, Any]]]]] = []
        async with self._cases.database.reading() as work:
            entries = await log.after(work, after, limit=INTAKE_BATCH, kinds=(ACCEPTED,))
            for item in entries:
                by_kind.setdefault(item.entry.subject_type, []).append(item.entry.subject_id)
            for name, ids in by_kind.items():
                kind = registry.case_kind(name)
                analyst = self.analyst(kind)
                if analyst is not None:
                    waiting.append((analyst, await self._waiting(work, kind, ids)))
        found: dict[UUID, Thought] = {}
        for analyst, cases in waiting:
            found |= await asyncio.to_thread(_thoughts, analyst, cases)
        return found

    async def _waiting(
        self, work: Work, kind: CaseKind, ids: Sequence[UUID]
    ) -> list[tuple[Case, Mapping[str, Any]]]:
        """Cases that still stand where their kind's begin, with their fields."""
        registry = self._cases.registry()
        cases = [case for case in await _store.by_ids(work, ids) if begins(registry, case)]
        fields = await _store.fields_of(work, registry.type_(kind.type), ids, PERSONAL)
        return [(case, _row(case, fields.get(case.id, {}))) for case in cases]


def begins(registry: Registry, case: Case) -> bool:
    """Whether a case still stands where cases of its version begin."""
    return case.open and case.step == registry.law(case.kind, case.process_version).start


def _thoughts(
    analyst: Analyst, waiting: Sequence[tuple[Case, Mapping[str, Any]]]
) -> dict[UUID, Thought]:
    analyses = analyst.analyse([row for _, row in waiting])
    return {
        case.id: Thought(case, row, analysis)
        for (case, row), analysis in zip(waiting, analyses, strict=True)
    }


def _row(case: Case, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **fields,
        "id": str(case.id),
        "channel": case.channel,
        "category": case.category,
        "accepted_at": case.accepted_at.isoformat(),
        "area_code": code_of(case.area_no) if case.area_no is not None else None,
        "point": case.point,
    }
