"""Accepting cases, reading them, and acting on them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases import (
    _store,
    _store_accept,
    _store_lists,
    _store_public,
    _store_tasks,
    accepting,
    logic,
)
from pengcheng.engines.cases.model import (
    LIST_MAX,
    Accepted,
    Action,
    Case,
    CaseLine,
    CasePage,
    CaseQuery,
    Message,
    NewCase,
    PublicCase,
    Task,
)
from pengcheng.engines.cases.pacing import Pace
from pengcheng.engines.cases.viewing import (
    CaseView,
    Timeline,
    as_shown,
    entry_of,
    facts_of,
    seen,
    unnamed,
    visibilities,
)
from pengcheng.engines.deadlines import Calendars
from pengcheng.engines.identity import Organisation, Organisations
from pengcheng.ground import log
from pengcheng.ground.database import Cipher, Database, Row, Work
from pengcheng.kernel.authz import GUEST, INTERNAL, PERSONAL, SYSTEM, Actor, Region, Rights, Scope
from pengcheng.kernel.errors import Absent, Refusal, Trouble, invalid
from pengcheng.kernel.registry import CaseKind, Registry
from pengcheng.kernel.time import Clock

RegistryNow = Callable[[], Registry]
NEAR_METRES = 300.0
SERIALS_AT_ONCE = 64


class Serials:
    """The running numbers of codes, taken from the database some at a time. A number that a
    process took and did not use is never used: codes are unique, not without gaps."""

    def __init__(self) -> None:
        self._left: list[int] = []

    async def next(self, work: Work) -> int:
        """One number that no other case has."""
        if not self._left:
            taken = await _store_accept.serials(work, SERIALS_AT_ONCE)
            # Another request may have taken some meanwhile; both lots are good.
            self._left = [*self._left, *taken]
        return self._left.pop(0)


Finish = Callable[[Work], Awaitable[None]]
"""What else is done in a transaction, at its end."""


class Cases:
    """Cases of every declared kind. `registry` tells the newest declarations at each call."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        registry: RegistryNow,
        organisations: Organisations,
        calendars: Calendars,
    ) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry
        self.organisations = organisations
        self.calendars = calendars
        self._serials = Serials()
        self._pace = Pace(database)

    async def accept(self, scope: Scope, new: NewCase) -> Accepted:
        """Accept a case: durable when this returns. The same `submission_key` again gives the
        same case (kept as a hash: it may tell who sent). Refuses with every fault of the fields.
        """
        registry = self.registry()
        kind = registry.case_kind(new.kind)
        if scope.is_empty:
            raise Refusal("case.may_not_submit", kind=new.kind)
        clean, faults = accepting.checked(registry, kind, new)
        faults += accepting.not_theirs(scope.actor, new)
        if faults:
            raise invalid(*faults)
        await self._pace.keep()
        now = self.clock.now()
        calendar = await self.calendars.current()
        owner = await self.operators_of(kind)
        sender = scope.actor if new.disclosure == "open" else unnamed(scope.actor)
        async with self.database.reading(sender) as work:
            arrival = accepting.arrival(
                kind,
                registry.type_(kind.type),
                registry.processes[kind.process],
                new,
                clean,
                serial=await self._serials.next(work),
                owner=owner,
                now=now,
                deadline=accepting.clock(kind, new.accepted_at or now, calendar),
            )
            account = scope.actor.account_id
            written = await _store_accept.write(work, registry, arrival, new, account)
            if not written and new.submission_key:
                return await self._repeat(work, arrival.case, new)
        case = arrival.case
        return Accepted(
            id=case.id,
            code=case.code,
            receipt=arrival.receipt,
            accepted_at=case.accepted_at,
            due_at=case.deadline.at,
        )

    async def accept_many(
        self, scope: Scope, new: Sequence[NewCase], finish: Finish | None = None
    ) -> list[Accepted]:
        """Accept checked cases in one transaction (bulk import, filling), which `finish` ends."""
        registry = self.registry()
        if scope.is_empty:
            raise Refusal("case.may_not_submit", kind=scope.type)
        now, calendar = self.clock.now(), await self.calendars.current()
        made: list[accepting.Arrival] = []
        async with self.database.transaction(scope.actor) as work:
            serials = await _store_accept.serials(work, len(new))
            for item, serial in zip(new, serials, strict=True):
                kind = registry.case_kind(item.kind)
                clean, faults = accepting.checked(registry, kind, item)
                if faults:
                    raise invalid(*faults)
                made.append(
                    accepting.arrival(
                        kind, registry.type_(kind.type), registry.processes[kind.process],
                        item, clean, serial=serial, owner=await self.operators_of(kind), now=now,
                        deadline=accepting.clock(kind, item.accepted_at or now, calendar),
                    )
                )  # fmt: skip
            await _store_accept.write_many(work, registry, made)
            if finish is not None:
                await finish(work)
        return [
            Accepted(id=a.case.id, code=a.case.code, receipt=a.receipt,
                     accepted_at=a.case.accepted_at, due_at=a.case.deadline.at)
            for a in made
        ]  # fmt: skip

    async def _repeat(self, work: Work, sent: Case, new: NewCase) -> Accepted:
        """The case that stands under a key already; another matter under it is refused, so that
        no case is lost to a key that two senders chose."""
        case = await _store.by_submission(work, new.submission_key or "")
        if case is None:
            raise Trouble("case.not_written")
        is_same = (case.kind, case.title, case.author_account_id, case.disclosure) == (
            sent.kind, sent.title, sent.author_account_id, sent.disclosure
        )  # fmt: skip
        if not is_same:
            raise Refusal("case.submission_key_taken")
        receipt = await self._receipt_again(work, case, new)
        return Accepted(
            id=case.id, code=case.code, receipt=receipt, accepted_at=case.accepted_at,
            due_at=case.deadline.at, is_repeat=True,
        )  # fmt: skip

    async def _receipt_again(self, work: Work, case: Case, new: NewCase) -> str | None:
        """The receipt code, for who sent the very same once more: the code itself is not kept."""
        if new.receipt is None:
            return None
        kept = await _store.by_receipt(work, case.code, _store.receipt_hash(new.receipt))
        return new.receipt if kept is not None and kept.id == case.id else None

    async def operators_of(self, kind: CaseKind) -> Organisation:
        """The organisation that owns a case of this kind until it is dispatched."""
        await self.organisations.load()
        wanted = str(kind.settings.get("operators", "hotline"))
        found = self.organisations.answering(wanted, "city", None)
        if found is None:
            raise Refusal("case.no_operators", organisation_kind=wanted)
        return found

    async def get(self, scope: Scope, key: UUID | str) -> Case:
        """A case by id or code; `Absent` also when the scope does not hold it."""
        async with self.database.reading(scope.actor) as work:
            found = await _store.by_key(work, scope, key)
        if found is None:
            raise Absent("case.unknown", kind=scope.type)
        return found

    async def view(self, scope: Scope, rights: Rights, key: UUID | str) -> CaseView:
        """Everything of a case that the scope may see. An official's view of personal attributes
        is recorded before it is given out."""
        async with self.database.transaction(scope.actor) as work:
            case = await _store.by_key(work, scope, key)
            if case is None:
                raise Absent("case.unknown", kind=scope.type)
            return await self._view(work, scope, rights, case)

    async def view_by_receipt(self, rights: Rights, code: str, receipt: str) -> CaseView:
        """The author's view for one who holds the receipt code."""
        async with self.database.reading(SYSTEM) as work:
            case = await _store.by_receipt(work, code, _store.receipt_hash(receipt))
            if case is None:
                raise Absent("case.unknown", code_given=code)
            # A guest: what the city itself may do is not what its author may do.
            scope = author_scope(GUEST, case.kind)
            return await self._view(work, scope, rights, case, as_author=True)

    async def _view(
        self, work: Work, scope: Scope, rights: Rights, case: Case, *, as_author: bool = False
    ) -> CaseView:
        type_ = self.registry().type_(case.kind)
        is_author = as_author or is_author_of(scope.actor, case)
        level = PERSONAL if is_author else seen(scope, case)
        fields = (await _store.fields_of(work, type_, [case.id], level)).get(case.id, {})
        shown = visibilities(scope.actor, case, is_author=is_author)
        personal = any(
            fields.get(item.name) for item in type_.attributes if item.sensitivity >= PERSONAL
        )
        if personal and scope.actor.kind == "official":
            await _store.record_access(work, case.kind, [case.id], "read")
        return CaseView(
            case=as_shown(case, is_author=is_author, level=level),
            fields=fields,
            is_author=is_author,
            messages=await _store.messages(work, case.id, shown),
            tasks=[] if is_author else await _store_tasks.of_case(work, case.id),
            timeline=Timeline.of(await log.timeline(work, scope, case.id), shown),
            evaluations=await _store.evaluations(work, case.id),
            followers=await _store.followers(work, case.id),
            actions=self.actions_of(scope.actor, rights, case, is_author=is_author),
        )

    def actions_of(
        self, actor: Actor, rights: Rights, case: Case, *, is_author: bool = False
    ) -> list[str]:
        """The verbs that this actor may use on this case now: what the step declares and the
        rights allow, and the verbs that are possible at any open step; none once its retention has
        ended."""
        if case.retention_ended_at is not None:
            return []
        process = self.registry().law(case.kind, case.process_version)
        declared = [verb for verb in process.step(case.step).actions if verb != "expire"]
        side = SIDE_VERBS if case.open else ("note", "undo")
        verbs = [*declared, *(verb for verb in side if verb not in declared)]
        facts = facts_of(case)
        allowed = [v for v in verbs if rights.scope(actor, v, case.kind).holds(facts)]
        if not is_author:
            return allowed
        return [v for v in verbs if v in AUTHOR_VERBS or v in allowed]

    async def page(self, scope: Scope, query: CaseQuery) -> CasePage:
        """A page of the cases that the scope holds."""
        limit = max(1, min(query.limit, LIST_MAX))
        asked = msgspec.structs.replace(query, limit=limit)
        async with self.database.listing(scope.actor) as work:
            found = await _store_lists.page(work, scope, asked, self.clock.now())
        if len(found) <= limit:
            return CasePage(cases=tuple(found))
        last = found[limit - 1]
        at = {
            "due": last.due_at, "accepted": last.accepted_at, "replied": last.replied_at,
            "closed": last.closed_at,
        }[query.order]  # fmt: skip
        return CasePage(cases=tuple(found[:limit]), next=(at, last.id) if at is not None else None)

    async def lines(self, scope: Scope, ids: Sequence[UUID]) -> list[CaseLine]:
        """The lines of these cases, in their order, as far as the scope holds them."""
        async with self.database.reading(scope.actor) as work:
            found = {line.id: line for line in await _store_lists.lines(work, scope, list(ids))}
        return [found[one] for one in ids if one in found]

    async def count(self, scope: Scope, query: CaseQuery) -> int:
        """How many cases a query finds; counting stops at 10,000."""
        async with self.database.listing(scope.actor) as work:
            return await _store_lists.count(work, scope, query, self.clock.now())

    async def points(self, scope: Scope, query: CaseQuery, *, limit: int = 2000) -> list[Row]:
        """Where the cases of a query are."""
        async with self.database.listing(scope.actor) as work:
            return await _store_lists.points(work, scope, query, self.clock.now(), limit)

    async def near(
        self, scope: Scope, kind: str, point: tuple[float, float], *, limit: int = 5
    ) -> list[Row]:
        """Open cases near a point, for one who is about to report the same."""
        async with self.database.listing(scope.actor) as work:
            return await _store_lists.near(work, scope, kind, point, NEAR_METRES, limit)

    async def accesses(self, scope: Scope, key: UUID | str) -> list[Row]:
        """Who read a case, for its author and for auditors."""
        case = await self.get(scope, key)
        async with self.database.reading(scope.actor) as work:
            return await _store.accesses(work, case.id)

    async def tasks_of(self, scope: Scope, key: UUID | str) -> list[Task]:
        """Every task of a case."""
        case = await self.get(scope, key)
        async with self.database.reading(scope.actor) as work:
            return await _store_tasks.of_case(work, case.id)

    async def texts_of(self, scope: Scope, key: UUID | str) -> Mapping[str, Any]:
        """The declared fields of a case, none of them personal."""
        case = await self.get(scope, key)
        async with self.database.reading(scope.actor) as work:
            type_ = self.registry().type_(case.kind)
            return (await _store.fields_of(work, type_, [case.id], INTERNAL)).get(case.id, {})

    async def messages_of(self, scope: Scope, key: UUID | str) -> list[Message]:
        """What was said in a case, as far as the actor may read it."""
        case = await self.get(scope, key)
        shown = visibilities(scope.actor, case, is_author=is_author_of(scope.actor, case))
        async with self.database.reading(scope.actor) as work:
            return await _store.messages(work, case.id, shown)

    async def public(self, scope: Scope, key: UUID | str) -> PublicCase:
        """What anyone may know of a case; the scope is that of `read_public`."""
        type_ = self.registry().type_(scope.type)
        async with self.database.reading(scope.actor) as work:
            found = await _store_public.one(work, scope, type_, key)
        if found is None:
            raise Absent("case.unknown", kind=scope.type)
        return found

    async def public_page(self, scope: Scope, **asked: Any) -> list[PublicCase]:
        """What anyone may know of the newest cases; `asked` as in `_store_public.page`."""
        type_ = self.registry().type_(scope.type)
        async with self.database.listing(scope.actor) as work:
            return await _store_public.page(work, scope, type_, **asked)

    async def measured(
        self, work: Work, fields: Mapping[str, Collection[str]], ids: Sequence[UUID]
    ) -> list[Row]:
        """The fields of cases that indicators count, for the city's own counting; with them the
        declared ones that are named, by kind."""
        return await _store_lists.measured(work, self.registry(), fields, ids)

    async def measured_after(
        self, work: Work, fields: Mapping[str, Collection[str]], last: UUID | None, limit: int
    ) -> list[Row]:
        """The same of the next cases by id, to walk over all of them."""
        return await _store_lists.measured_after(work, self.registry(), fields, last, limit)

    async def unseal(
        self, scope: Scope, key: UUID | str, reason: str, cipher: Cipher
    ) -> Mapping[str, Any]:
        """Open a confidential author's sealed values: a named post's act, with a reason, logged."""
        logic.check_action(Action(verb="refuse", version=0, reason=reason))
        async with self.database.transaction(scope.actor) as work:
            case = await _store.by_key(work, scope, key)
            if case is None:
                raise Absent("case.unknown", kind=scope.type)
            sealed = await _store.sealed_of(work, case.id)
            opened = await cipher.open(work, case.author_id or case.id, sealed) if sealed else None
            if opened is None:
                raise Refusal("case.nothing_sealed")
            await _store.record_access(work, case.kind, [case.id], "unseal", reason)
            await work.append(entry_of(case, "case.unsealed", said={"reason": reason}))
        found = msgspec.json.decode(opened, type=dict[str, Any])
        return {name: value for name, value in found.items() if value}


SIDE_VERBS = (
    "take", "merge",
    "message", "note", "interim_reply", "suspend", "resume", "ask_extension", "assist", "split",
    "supervise", "assign", "send_grid_task", "undo", "unseal", "follow", "recategorise",
)  # fmt: skip
AUTHOR_VERBS = frozenset({"message", "withdraw", "rate", "reopen", "confirm"})


def is_author_of(actor: Actor, case: Case) -> bool:
    """Whether an actor (person or enterprise acting) is the author of a case."""
    who = actor.enterprise_id or actor.person_id
    return who is not None and who == case.author_id


def author_scope(actor: Actor, kind: str) -> Scope:
    """The scope of one who proved to be the author by a receipt code."""
    region = Region(sensitivity=PERSONAL)
    return Scope(action="read", type=kind, regions=(region,), actor=actor)
