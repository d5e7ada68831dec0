"""What of a case one may see. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from pengcheng.engines.cases.model import Case, Message, Task
from pengcheng.ground.database import Row
from pengcheng.kernel.authz import PERSONAL, Actor, Facts, Scope
from pengcheng.kernel.log import SEALED, Entry, LoggedEntry

TAKEN_OVER = "case.taken_over"
EARLIER = "case.earlier_step"
"""A step of the system from which a case was taken over: its fact `at` says when it was."""


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a case's history as a reader may see it. Text is looked up by `kind`."""

    at: datetime
    kind: str
    actor_kind: str
    actor_name: str
    facts: Mapping[str, Any]
    visibility: str


class Timeline:
    """Makes timelines."""

    @staticmethod
    def of(entries: Sequence[LoggedEntry], shown: Sequence[str]) -> list[TimelineEntry]:
        """The entries that a reader may see, oldest first; authors do not read names of staff."""
        is_staff = "internal" in shown
        return [
            TimelineEntry(
                at=_happened_at(entry),
                kind=entry.kind,
                actor_kind=entry.actor_kind,
                actor_name=entry.actor_name if is_staff else "",
                facts={**(entry.after or {}), **({"cause": entry.cause} if entry.cause else {})},
                visibility=entry.visibility,
            )
            for entry in entries
            if entry.visibility in shown
        ]


def _happened_at(entry: LoggedEntry) -> datetime:
    if entry.kind != EARLIER:
        return entry.at
    return datetime.fromisoformat(str((entry.after or {})["at"]))


def unnamed(actor: Actor) -> Actor:
    """The author of an anonymous or confidential case as the log may know them: not at all."""
    if actor.kind in {"official", "system"}:
        return actor
    return Actor(kind=actor.kind, language=actor.language)


def as_shown(case: Case, *, is_author: bool, level: int) -> Case:
    """The case as a reader gets it: who wrote a confidential one stays sealed, and who wrote an
    open one is personal (an id alone would tell which others are of the same person)."""
    if is_author or (case.disclosure == "open" and level >= PERSONAL):
        return case
    return msgspec.structs.replace(case, author_id=None, author_account_id=None)


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case with everything of it that its reader may see."""

    case: Case
    fields: Mapping[str, Any]
    is_author: bool
    messages: Sequence[Message]
    tasks: Sequence[Task]
    timeline: Sequence[TimelineEntry]
    evaluations: Sequence[Row]
    followers: int
    actions: Sequence[str]


def facts_of(case: Case) -> Facts:
    """What authorisation needs to know of a case."""
    return Facts(
        area_no=case.area_no,
        organisation_no=case.organisation_no,
        owners=frozenset({case.author_id} if case.author_id else ()),
        assignees=frozenset({case.account_id} if case.account_id else ()),
        sensitivity=case.sensitivity,
        attributes={"channel": case.channel, "category": case.category, "step": case.step,
                    "stage": case.stage, "disclosure": case.disclosure, "kind": case.kind},
    )  # fmt: skip


def seen(scope: Scope, case: Case) -> int:
    """The sensitivity up to which the scope shows attributes of this case; an organisation that
    assists sees internal ones only."""
    facts = facts_of(case)
    held = [region.sensitivity for region in scope.regions if region.holds(facts)]
    return max(held, default=2)


def visibilities(actor: Actor, case: Case, *, is_author: bool) -> tuple[str, ...]:
    """Which messages and entries a reader sees."""
    del case
    if is_author:
        return ("public", "parties")
    if actor.kind in {"official", "system"}:
        return ("public", "parties", "internal")
    return ("public",)


def entry_of(
    case: Case,
    kind: str,
    *,
    after: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    cause: Mapping[str, Any] | None = None,
    said: Mapping[str, Any] | None = None,
    visibility: str = "internal",
) -> Entry:
    """A log entry about a case. `said`: what somebody wrote, read as a part of `after` until the
    retention of the case ends."""
    spoken = {name: value for name, value in (said or {}).items() if value not in (None, "")}
    return Entry(
        kind=kind,
        subject_type=case.kind,
        subject_id=case.id,
        area_no=case.area_no,
        organisation_no=case.organisation_no,
        sensitivity=case.sensitivity,
        before=before,
        after={**(after or {}), SEALED: sorted(spoken)} if spoken else after,
        cause=cause or {},
        visibility=visibility,
        person_id=case.id if spoken else None,
        personal=spoken or None,
    )
