"""Where a case goes whose kind declares no algorithms: to the unit of its kind of organisation that
answers for the place.

`settings: {operators: KIND, level: LEVEL}` of a kind names that kind of organisation, and the level
at which it answers (district, if unsaid); the highest of the kind where none is nearer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args
from uuid import UUID

import msgspec

from pengcheng.engines.areas import Areas
from pengcheng.engines.cases import _store
from pengcheng.engines.cases.model import Case
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.identity import Organisation
from pengcheng.ground.database import Work
from pengcheng.kernel.areas import Level, area_no, code_of
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import CaseKind

LEVEL = "district"


async def place(
    work: Work, cases: Cases, areas: Areas, kind: CaseKind, ids: Sequence[UUID]
) -> None:
    """Give new cases the area of their point and the unit that answers there; each is told in the
    log. A case that has moved on meanwhile stays as it is."""
    await cases.organisations.load()
    found = [case for case in await _store.by_ids(work, ids) if _is_untouched(case)]
    grids = await areas.grids_at([case.point for case in found if case.point is not None])
    cells = iter(grids)
    now = cases.clock.now()
    for case in found:
        cell = next(cells) if case.point is not None else None
        placed = _placed(case, cell, _answering(cases, kind, case, cell), now)
        if placed != case and await _store.save(work, placed):
            await work.append(_entry(case, placed))


def _is_untouched(case: Case) -> bool:
    return case.open and case.version == 1 and case.dispatched_at is None


def _answering(cases: Cases, kind: CaseKind, case: Case, cell: str | None) -> Organisation | None:
    wanted = kind.settings.get("operators")
    if wanted is None:
        return None
    asked = str(kind.settings.get("level", LEVEL))
    level: Level = next((item for item in get_args(Level) if item == asked), "district")
    return cases.organisations.answering(str(wanted), level, cell or _area_of(case))


def _area_of(case: Case) -> str | None:
    return code_of(case.area_no) if case.area_no is not None else None


def _placed(case: Case, cell: str | None, unit: Organisation | None, now: datetime) -> Case:
    given = case.area_no if case.area_no is not None or cell is None else area_no(cell)
    moved = msgspec.structs.replace(
        case,
        area_no=given,
        area_source=case.area_source if given == case.area_no else "point",
        organisation_id=unit.id if unit else case.organisation_id,
        organisation_no=unit.no if unit else case.organisation_no,
    )
    if moved.organisation_id != case.organisation_id:
        moved = msgspec.structs.replace(moved, dispatched_at=now)
    return moved


def _entry(before: Case, case: Case) -> Entry:
    was_moved = before.organisation_id != case.organisation_id
    return Entry(
        kind="case.dispatched" if was_moved else "case.placed",
        subject_type=case.kind,
        subject_id=case.id,
        area_no=case.area_no,
        organisation_no=case.organisation_no,
        before={"organisation_id": str(before.organisation_id)},
        after={"organisation_id": str(case.organisation_id), "area_source": case.area_source},
        visibility="parties",
    )
