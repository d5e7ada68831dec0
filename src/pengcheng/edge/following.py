"""What follows the log: notices to authors, followers and units, and a true search index.

Each subscriber has a cursor of its own, so that one that is slow holds up nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Case, codes_of, recompute
from pengcheng.engines.notices import NewNotice
from pengcheng.engines.search import Document
from pengcheng.ground.database import Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.kernel.authz import PERSONAL, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.log import LoggedEntry
from pengcheng.kernel.registry import RecordType

TO_AUTHOR: Mapping[str, str] = {
    "case.dispatched": "dispatched",
    "case.transferred": "dispatched",
    "case.decided": "dispatched",
    "case.taken": "taken",
    "case.interim_reply_sent": "interim_reply",
    "case.answered": "answered",
    "case.replied": "answered",
    "case.reply_approved": "answered",
    "case.suspended": "suspended",
    "case.extended": "extended",
    "case.refused": "refused",
    "case.handed_over": "handed_over",
    "case.merged": "merged",
    "case.reopened": "reopened",
    "case.closed": "closed",
    "case.confirmed": "closed",
    "case.escalated": "escalated",
}
"""What the author of a case hears of: kind of log entry → kind of notice."""

TO_FOLLOWERS = frozenset({"answered", "closed"})
TO_UNIT: Mapping[str, str] = {
    "case.dispatched": "unit_dispatched",
    "case.transferred": "unit_dispatched",
    "case.decided": "unit_dispatched",
    "case.message_added": "unit_message",
    "case.reopened": "unit_reopened",
    "case.withdrawn": "unit_withdrawn",
    "case.nearly_due": "unit_nearly_due",
    "case.past_due": "unit_past_due",
    "case.supervised": "unit_supervised",
}
"""What the organisation that has a case hears of."""

FROM_STAFF = frozenset({"official", "system"})
RECORD_KINDS = ("record.added", "record.changed", "record.retired")


GATHER_SECONDS = 0.5
"""A case that is accepted is dispatched within less; it is then told once."""

INDEX_SECONDS = 1.0
"""Longer than intake takes when its hands are full."""


def subscribers(services: Services) -> list[Subscriber]:
    """Notices, the index, promises that follow the calendar, rows that follow their
    organisation."""
    follower = Follower(services)
    return [
        Subscriber(
            name="notices",
            kinds=tuple(sorted({*TO_AUTHOR, *TO_UNIT})),
            handle=follower.tell,
            gather=GATHER_SECONDS,
        ),
        # Small batches: what is written meanwhile is read by nobody until such a one is done.
        Subscriber(name="search", handle=follower.index, batch=100, gather=INDEX_SECONDS),
        Subscriber(
            name="calendar",
            kinds=("calendar.changed",),
            handle=follower.recount,
            gather=GATHER_SECONDS,
        ),
        Subscriber(
            name="moves",
            kinds=("organisation.moved",),
            handle=follower.follow_moves,
            gather=GATHER_SECONDS,
        ),
    ]


class Follower:
    """Turns entries of the log into notices and documents of the index."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def tell(self, work: Work, entries: Sequence[Positioned]) -> None:
        """Notices of what happened to cases, to each whom it concerns."""
        kinds = self._services.registry.case_kinds
        heard = [item.entry for item in entries if item.entry.subject_type in kinds]
        ids = sorted({entry.subject_id for entry in heard})
        if not ids:
            return
        await self._services.organisations.load()
        matters = self._services.matters
        cases = {case.id: case for case in await matters.current(work, ids)}
        followers: dict[UUID, list[UUID]] = {}
        for case_id, person_id in await matters.followed_by(work, ids):
            followers.setdefault(case_id, []).append(person_id)
        told = [
            notice
            for entry in heard
            if (case := cases.get(entry.subject_id)) is not None
            for notice in self._notices(entry, case, followers.get(case.id, []))
        ]
        await self._services.notices.add(work, told)

    async def recount(self, work: Work, entries: Sequence[Positioned]) -> None:
        """Promises that were counted by a provisional calendar, once the real one has come."""
        del work, entries
        self._services.calendars.forget()
        for kind in self._services.registry.case_kinds:
            await recompute(self._services.cases, kind)

    async def follow_moves(self, work: Work, entries: Sequence[Positioned]) -> None:
        """Rows that a request wrote while their organisation moved go after it."""
        for item in entries:
            numbers = (item.entry.after or {}).get("numbers") or []
            await self._services.arranging.follow(work, [(was, now) for was, now in numbers])

    def _notices(
        self, entry: LoggedEntry, case: Case, followers: Sequence[UUID]
    ) -> list[NewNotice]:
        facts = self._facts(entry, case)
        found: list[NewNotice] = []
        kind = author_hears(entry, case)
        if kind is not None:
            # One who closed their account is not told any more.
            is_reached = case.disclosure != "anonymous"
            persons = [case.author_id] if case.author_id and is_reached else []
            persons += followers if kind in TO_FOLLOWERS else []
            # One who joined somebody's matter reads its title only where its author made it public.
            hidden = facts if case.is_public else {**facts, "title": ""}
            found += [
                NewNotice(
                    kind=kind, subject_id=case.id, person_id=person,
                    facts=facts if person == case.author_id else hidden,
                )
                for person in dict.fromkeys(persons)
            ]  # fmt: skip
        unit = TO_UNIT.get(entry.kind)
        if unit == "unit_message" and entry.actor_kind in FROM_STAFF:
            if case.author_id is not None and case.disclosure != "anonymous":
                found.append(
                    NewNotice(
                        kind="asked", subject_id=case.id, facts=facts, person_id=case.author_id
                    )
                )
        elif unit is not None:
            found.append(
                NewNotice(
                    kind=unit,
                    subject_id=case.id,
                    # What it is about is read of the case itself, by those who may read it.
                    facts={**facts, "title": "", "disclosure": case.disclosure},
                    organisation_no=case.organisation_no,
                )
            )
        return found

    def _facts(self, entry: LoggedEntry, case: Case) -> dict[str, Any]:
        after = entry.after or {}
        try:
            unit = self._services.organisations.of(case.organisation_id).name
            names = {"unit": unit.zh, "unit_en": unit.en}
        except Absent:
            names = {"unit": "", "unit_en": ""}
        return {
            "case_kind": case.kind,
            "code": case.code,
            "title": case.title,
            "due_at": after.get("due_at") or (case.deadline.at.isoformat()),
            "reason": after.get("reason", ""),
            "until": after.get("until"),
            **names,
        }

    async def index(self, work: Work, entries: Sequence[Positioned]) -> None:
        """Documents of new cases and records; where authorisation needs of old ones moved.

        A case is met as it now stands, as a rule after its intake: its words are by far the most
        of what is written, and a row that moves is written with all of them again. One that intake
        left standing is found like any other.
        """
        registry = self._services.registry
        heard: set[UUID] = set()
        for item in entries:
            entry = item.entry
            if entry.subject_type in registry.case_kinds and entry.kind.startswith("case."):
                heard.add(entry.subject_id)
            elif entry.kind in RECORD_KINDS:
                await self._index_record(work, entry)
        found = await self._services.matters.current(work, sorted(heard)) if heard else []
        current = [case for case in found if case.retention_ended_at is None]
        missing = await self._services.search.missing(work, [case.id for case in current])
        await self._put(work, [case for case in current if case.id in missing])
        await self._move(work, [case for case in current if case.id not in missing])

    async def _put(self, work: Work, cases: Sequence[Case]) -> None:
        matters = self._services.matters
        by_kind: dict[str, list[UUID]] = {}
        for case in cases:
            by_kind.setdefault(case.kind, []).append(case.id)
        texts: dict[UUID, str] = {}
        for kind, ids in by_kind.items():
            texts.update(await matters.words_of(work, kind, ids))
        documents = [_document(case, texts.get(case.id, "")) for case in cases]
        if documents:
            await self._services.search.put(work, documents)

    async def _move(self, work: Work, cases: Sequence[Case]) -> None:
        rows = [
            {
                "id": case.id,
                "area_no": case.area_no,
                "organisation_no": case.organisation_no,
                "sensitivity": case.sensitivity,
                "open": case.open,
            }
            for case in cases
        ]
        if rows:
            await self._services.search.move(work, rows)

    async def _index_record(self, work: Work, entry: LoggedEntry) -> None:
        """A record of a type that is declared to be found by search."""
        registry = self._services.registry
        type_ = registry.types.get(entry.subject_type)
        if type_ is None or "search" not in type_.found_in:
            return
        scope = Scope(
            action="read", type=type_.name, regions=(Region(sensitivity=PERSONAL),), actor=SYSTEM
        )
        try:
            record = await self._services.objects.get(registry, scope, entry.subject_id)
        except Absent:
            await self._services.search.drop(work, [entry.subject_id])
            return
        document = Document(
            id=record.id,
            type=type_.name,
            title=record.title,
            text=_searched(type_, record.attributes),
            area_no=record.area_no,
            organisation_no=record.organisation_no,
            owner_id=record.owner_id,
            sensitivity=record.sensitivity,
            open=True,
            at=record.changed_at,
        )
        await self._services.search.put(work, [document])


def _document(case: Case, words: str) -> Document:
    return Document(
        id=case.id,
        type=case.kind,
        title=case.title,
        text=f"{codes_of(case)}\n{words}",
        area_no=case.area_no,
        organisation_no=case.organisation_no,
        owner_id=case.author_id,
        sensitivity=case.sensitivity,
        open=case.open,
        at=case.accepted_at,
    )


def author_hears(entry: LoggedEntry, case: Case) -> str | None:
    """The kind of notice that an author gets of an entry; None: nothing to tell. A reply that
    waits for approval is no answer yet, and nobody is told of what they did themselves."""
    kind = TO_AUTHOR.get(entry.kind)
    if entry.kind == "case.replied" and case.replied_at is None:
        return None
    if kind == "closed" and entry.actor_kind not in FROM_STAFF:
        return None
    return kind


def _searched(type_: RecordType, values: Mapping[str, Any]) -> str:
    """The searchable attributes of a record, none of them personal."""
    names = [item.name for item in type_.attributes if item.search and item.sensitivity < PERSONAL]
    return "\n".join(str(values[name]) for name in names if values.get(name))
