"""Matching within a batch: what one report of a batch founded, the next ones know."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.cases import Candidate, SameMatter
from pengcheng.engines.cases.matching import Matching


def report(number: int) -> Candidate:
    return Candidate(
        id=UUID(int=number), title="堵", body="", category=None, point=None, area_no=None,
        accepted_at=datetime(2026, 1, 5, tzinfo=UTC), event_id=None, organisation_id=UUID(int=0),
    )  # fmt: skip


def test_an_event_made_by_one_report_of_a_batch_is_seen_by_the_next() -> None:
    seen: list[list[UUID | None]] = []

    def same(row: Mapping[str, Any], candidates: Sequence[Candidate]) -> SameMatter:
        seen.append([one.event_id for one in candidates])
        return SameMatter(id=candidates[0].id, score=0.9, why={})

    old = report(1)
    matching = Matching({UUID(int=2): [old], UUID(int=3): [old]}, same)
    matching.join(report(2), "A", [7], {})
    matching.join(report(3), "B", [7], {})

    event = matching.made[0].id
    assert seen == [[None], [event, event]]
    assert [one.cases for one in matching.made] == [3]
