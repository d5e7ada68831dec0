"""What the city does with cases by itself: intake of what was accepted, and the clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from pengcheng.engines.areas import Areas
from pengcheng.engines.cases import _store, _store_intake, logic
from pengcheng.engines.cases.intake import (
    SAME_MATTER_DAYS,
    Analysis,
    Analyst,
    Candidate,
    Found,
    Outcome,
    SameMatter,
    decide,
)
from pengcheng.engines.cases.matching import Matching
from pengcheng.engines.cases.model import Case
from pengcheng.engines.cases.pacing import ACCEPTED, INTAKE, INTAKE_BATCH
from pengcheng.engines.cases.placing import place
from pengcheng.engines.cases.recording import keep_steps
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.thinking import Thinking, Thought, begins
from pengcheng.engines.cases.viewing import entry_of
from pengcheng.engines.identity import Organisation
from pengcheng.ground.calendar import Calendar
from pengcheng.ground.database import Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.kernel.areas import LEVELS, Level, code_of
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import ensure
from pengcheng.kernel.registry import CaseKind, Registry

SWEEP_MAX = 200
PUT_OFF = timedelta(hours=1)

logger = structlog.get_logger(__name__)


class Intake:
    """Decides, for each accepted case, its category, place, matter and organisation."""

    def __init__(self, cases: Cases, areas: Areas, analysts: Mapping[str, Analyst]) -> None:
        self._cases = cases
        self._areas = areas
        self._thinking = Thinking(cases, analysts)

    def subscriber(self) -> Subscriber:
        """Hears acceptance; a batch is one transaction."""
        return Subscriber(name=INTAKE, kinds=(ACCEPTED,), handle=self._handle, batch=INTAKE_BATCH)

    async def _handle(self, work: Work, entries: Sequence[Positioned]) -> None:
        by_kind: dict[str, list[UUID]] = {}
        for item in entries:
            by_kind.setdefault(item.entry.subject_type, []).append(item.entry.subject_id)
        for name, ids in by_kind.items():
            kind = self._cases.registry().case_kind(name)
            analyst = self._thinking.analyst(kind)
            if analyst is not None:
                thoughts = await self._thinking.over(work, kind, analyst, ids)
                self._thinking.ahead(entries[-1].position, len(entries))
                await self._take_in(work, kind, analyst, thoughts)
            elif not kind.intake:
                await place(work, self._cases, self._areas, kind, ids)

    async def _take_in(
        self, work: Work, kind: CaseKind, analyst: Analyst, thoughts: Sequence[Thought]
    ) -> None:
        # What was thought over is matched without a lock: a lock gives the transaction its number,
        # and while that runs no subscriber reads what is accepted meanwhile.
        registry = self._cases.registry()
        await self._cases.organisations.load()
        type_ = registry.type_(kind.type)
        waiting = [one.case for one in thoughts]
        grids = await self._areas.grids_at(
            [case.point for case in waiting if case.point is not None]
        )
        keyed = [
            (one.case, one.analysis.similar_keys) for one in thoughts if one.analysis.similar_keys
        ]
        body = str(kind.settings.get("body", "body"))
        near = (
            await _store_intake.candidates(work, type_, body, keyed, SAME_MATTER_DAYS)
            if keyed
            else {}
        )
        standing = await _standing(work, waiting)
        matching = Matching(near, analyst.same)
        unchanged = {case.id: case for case in standing if begins(registry, case)}
        placed = iter(grids)
        now, calendar = self._cases.clock.now(), await self._cases.calendars.current()
        outcomes: list[tuple[Outcome, Sequence[int]]] = []
        for one in thoughts:
            grid = next(placed) if one.case.point is not None else None
            case = unchanged.get(one.case.id)
            if case is None:
                continue
            known = self._found(matching, case, one.row, one.analysis, grid)
            process = registry.law(case.kind, case.process_version)
            outcome = decide(case, kind, process, known, now, calendar)
            logic.check_invariants(outcome.case, process)
            outcomes.append((outcome, one.analysis.similar_keys))
        await self._record(work, kind.type, outcomes, matching)

    def _found(
        self, matching: Matching, case: Case, row: Mapping[str, Any], analysis: Analysis,
        grid: str | None,
    ) -> Found:  # fmt: skip
        """Place, same matter and organisation of one case."""
        source = "point" if grid else ""
        if grid is None and case.area_no is None and analysis.place:
            grid, source = analysis.place, "text"
        area = grid or (code_of(case.area_no) if case.area_no is not None else None)
        organisation = self._responsible(analysis, area)
        same: SameMatter | None = None
        lead: Candidate | None = None
        if analysis.similar_keys:
            mine = Candidate(
                id=case.id,
                title=case.title,
                body=str(row.get("body") or ""),
                category=analysis.category,
                point=case.point,
                area_no=case.area_no,
                accepted_at=case.accepted_at,
                event_id=case.event_id,
                organisation_id=organisation.id if organisation else case.organisation_id,
            )
            asked = {**row, "category": analysis.category}
            same, lead = matching.join(mine, case.code, analysis.similar_keys, asked)
        # A matter that is still with the operators, who have this case too, tells no unit.
        if lead and organisation is None and lead.organisation_id != case.organisation_id:
            organisation = self._cases.organisations.of(lead.organisation_id)
        return Found(
            analysis=analysis, grid=grid, area_source=source, same=same, lead=lead,
            organisation=organisation,
        )  # fmt: skip

    def _responsible(self, analysis: Analysis, area: str | None) -> Organisation | None:
        if analysis.organisation_kind is None:
            return None
        named = (item for item in LEVELS if item == analysis.organisation_level)
        level: Level = next(named, "district")
        return self._cases.organisations.answering(analysis.organisation_kind, level, area)

    async def _record(
        self,
        work: Work,
        kind: str,
        outcomes: Sequence[tuple[Outcome, Sequence[int]]],
        matching: Matching,
    ) -> None:
        """Everything of the batch, in few statements. A case that leads an event of this very
        batch is written once, with that event."""
        made = matching.made
        registry = self._cases.registry()
        event_kind = registry.event_joined_by(kind)
        await _store_intake.add_events(work, event_kind, made)
        taken = [
            (_leading(outcome.case, matching.event_of(outcome.case.id)), keys)
            for outcome, keys in outcomes
        ]
        saved = await _store_intake.save_taken(work, taken)
        # The cases are locked since they were read: one that was not written is a fault of ours,
        # and an intake that passed over it would let a demand disappear.
        ensure(saved == len(taken), f"{len(taken) - saved} cases were not saved by intake")
        await _store_intake.lead_events(
            work, [one for one in made if not matching.is_here(one.lead_id)]
        )
        await _store_intake.follow_leads(
            work, [one for one in made if matching.is_here(one.lead_id)]
        )
        await _store_intake.join_events(work, matching.joined)
        filled = [(item.case.id, item.fields) for item, _ in outcomes if item.fields]
        await _store_intake.set_fields(work, registry.type_(kind), filled)
        await _store_intake.add_replies(
            work, [(item.case.id, item.reply) for item, _ in outcomes if item.reply]
        )
        await work.append(*(entry for item, _ in outcomes for entry in item.entries))
        await keep_steps(work, [item for item, _ in outcomes], self._cases.clock.now())


async def _standing(work: Work, cases: Sequence[Case]) -> list[Case]:
    """The cases locked, as they stand now; read again only where somebody changed one."""
    versions = await _store_intake.locked(work, [case.id for case in cases])
    changed = [case.id for case in cases if versions.get(case.id) != case.version]
    again = {case.id: case for case in await _store.by_ids(work, changed)} if changed else {}
    same = (case for case in cases if versions.get(case.id) == case.version)
    return [*same, *again.values()]


def _leading(case: Case, event_id: UUID | None) -> Case:
    if event_id is None:
        return case
    return msgspec.structs.replace(case, event_id=event_id)


async def sweep(cases: Cases, *, limit: int = SWEEP_MAX) -> int:
    """Do what the clock demands of open cases: warn, escalate, resume, expire; how many."""
    registry = cases.registry()
    calendar = await cases.calendars.current()
    now = cases.clock.now()
    async with cases.database.transaction(SYSTEM) as work:
        found = await _store.due(work, now, limit)
        for case in found:
            await _struck(work, case, registry, now, calendar)
    return len(found)


async def put_off(cases: Cases) -> int:
    """Look at the case that is due first an hour later: one whose clock fails, for instance since
    its kind is broken, must not stop the clocks of all others."""
    now = cases.clock.now()
    async with cases.database.transaction(SYSTEM) as work:
        found = await _store.due(work, now, 1)
        for case in found:
            await _store.put_off(work, case.id, now + PUT_OFF)
            logger.error("case.clock_put_off", code=case.code)
    return len(found)


async def _struck(
    work: Work, case: Case, registry: Registry, now: datetime, calendar: Calendar
) -> None:
    """What the clock demands of one case."""
    process = registry.law(case.kind, case.process_version)
    due = logic.due(case, process, now, calendar)
    if due is None:
        return
    logic.check_invariants(due.case, process)
    await _store.save(work, due.case)
    name = {"watch": "nearly_due", "late": "past_due", "escalate": "escalated",
            "resume": "resumed", "expire": "expired"}[due.what]  # fmt: skip
    facts = {"due_at": due.case.due_at, "step": due.case.step, "level": due.case.escalated_to}
    visibility = "parties" if due.what in {"escalate", "resume", "expire"} else "internal"
    await work.append(entry_of(due.case, f"case.{name}", after=facts, visibility=visibility))
    if not due.case.open:
        closing = entry_of(due.case, "case.closed", after={"outcome": due.case.outcome},
                           visibility="parties")  # fmt: skip
        await work.append(closing)


async def recompute(cases: Cases, kind: str) -> int:
    """Count every running promise again, when the calendar has changed; how many moved."""
    calendar = await cases.calendars.current()
    async with cases.database.transaction(SYSTEM) as work:
        found = await _store.promised(work, kind)
        fresh = [(case, logic.recomputed(case, calendar)) for case in found]
        moved = [new for old, new in fresh if new != old]
        for case in moved:
            await _store.save(work, case)
            told = {"due_at": case.due_at}
            await work.append(entry_of(case, "case.promise_recounted", after=told))
    return len(moved)
