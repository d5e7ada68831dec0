"""Which cases of one batch report a matter that is known, or known from the same batch. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases.intake import Candidate, SameMatter
from pengcheng.kernel.ids import new_id

DEGREES_NEAR = 0.02
TOGETHER_MAX = 6
"""How many reports of the same batch are compared with one: those that share most keys."""

Same = Callable[[Mapping[str, Any], Sequence[Candidate]], SameMatter | None]


class NewEvent(msgspec.Struct, kw_only=True):
    """The event that a first report becomes when the second one joins it."""

    id: UUID
    code: str
    lead_id: UUID
    cases: int = 2


class Matching:
    """Joins the cases of a batch, in their order, to matters reported before them.

    `near` are candidates from earlier batches; `same` judges. Afterwards `made` and `joined` tell
    which events are new and which grew, and `event_of` the event that a case of this batch leads.
    """

    def __init__(self, near: Mapping[UUID, list[Candidate]], same: Same) -> None:
        self._near = near
        self._same = same
        self._here: dict[int, list[UUID]] = {}
        self._known: dict[UUID, Candidate] = {}
        self._by_lead: dict[UUID, NewEvent] = {}
        self.joined: dict[UUID, int] = {}

    @property
    def made(self) -> list[NewEvent]:
        """The events that this batch made."""
        return list(self._by_lead.values())

    def is_here(self, case_id: UUID) -> bool:
        """Whether a case belongs to this batch."""
        return case_id in self._known

    def event_of(self, case_id: UUID) -> UUID | None:
        """The new event that a case of this batch leads."""
        made = self._by_lead.get(case_id)
        return made.id if made else None

    def join(
        self, mine: Candidate, code: str, keys: Sequence[int], row: Mapping[str, Any]
    ) -> tuple[SameMatter | None, Candidate | None]:
        """The matter that a case reports, with its first report (which names the event)."""
        near = [self._as_now(item) for item in self._near.get(mine.id, ())]
        near += [self._as_now(item) for item in self._together(mine, keys)]
        same = self._same(row, near) if near else None
        lead = next((item for item in near if same and item.id == same.id), None)
        if lead is not None:
            lead = msgspec.structs.replace(lead, event_id=self._event(lead, code))
            mine = msgspec.structs.replace(mine, event_id=lead.event_id)
        self._known[mine.id] = mine
        for key in keys:
            self._here.setdefault(key, []).append(mine.id)
        return (same, lead) if lead is not None else (None, None)

    def _together(self, mine: Candidate, keys: Sequence[int]) -> list[Candidate]:
        sharing = Counter(case_id for key in keys for case_id in self._here.get(key, ()))
        near = (self._known[case_id] for case_id, _ in sharing.most_common())
        return [item for item in near if _is_near(mine, item)][:TOGETHER_MAX]

    def _as_now(self, item: Candidate) -> Candidate:
        """A candidate with the event that it leads since this batch."""
        made = self._by_lead.get(item.id)
        return msgspec.structs.replace(item, event_id=made.id) if made else item

    def _event(self, lead: Candidate, code: str) -> UUID:
        made = self._by_lead.get(lead.id)
        if made is not None:
            made.cases += 1
            return made.id
        if lead.event_id is not None:
            new = next((one for one in self._by_lead.values() if one.id == lead.event_id), None)
            if new is not None:
                new.cases += 1
            else:
                self.joined[lead.event_id] = self.joined.get(lead.event_id, 0) + 1
            return lead.event_id
        self._by_lead[lead.id] = NewEvent(id=new_id(), code=f"E{code}", lead_id=lead.id)
        return self._by_lead[lead.id].id


def _is_near(one: Candidate, other: Candidate) -> bool:
    if one.point is None or other.point is None:
        return True
    return all(abs(a - b) <= DEGREES_NEAR for a, b in zip(one.point, other.point, strict=True))
