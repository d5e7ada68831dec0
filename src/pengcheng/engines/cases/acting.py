"""Acting on a case: authorise, load, decide (pure), record, return."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.cases import _store, _store_tasks, effects, logic
from pengcheng.engines.cases.aside import Aside, area_code_of
from pengcheng.engines.cases.model import (
    MESSAGE_MAX,
    Action,
    Case,
    Evaluation,
)
from pengcheng.engines.cases.service import AUTHOR_VERBS, Cases, is_author_of
from pengcheng.engines.cases.viewing import entry_of, facts_of, unnamed
from pengcheng.engines.identity import Organisation
from pengcheng.engines.records import judged
from pengcheng.ground.calendar import Calendar
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SEALED, Actor, Rights
from pengcheng.kernel.errors import Absent, Conflict, Fault, Forbidden, invalid
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import CaseKind, Process

_PUBLIC_VERBS = frozenset(
    {
        "dispatch", "accept", "transfer", "reply", "answer", "approve", "rate", "reopen", "close",
        "withdraw", "refuse", "hand_over", "suspend", "resume", "message", "interim_reply",
        "confirm", "return",
    }
)  # fmt: skip
"""Verbs whose entry the author reads on the timeline."""

_UNVERSIONED = frozenset({"follow"})
"""Verbs that many may do at once, and that change nothing for anybody else."""


HEARD = ("contacted", "resolved", "satisfied")
_CALLING = frozenset({"call_back", "confirm", "close"})
COMMENT_MAX = 1000


class Acting:
    """The verbs of cases. One verb is one transaction with its log entries."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._aside = Aside(cases)

    async def act(self, actor: Actor, rights: Rights, kind_name: str, key: UUID | str,
                  action: Action) -> Case:  # fmt: skip
        """Do a verb on a case where `action.version` still stands.

        `Absent` when the actor may not know of the case, `Forbidden` when it may not do this with
        it, `Conflict` when someone was faster, `Refusal` when the verb is not possible now.
        """
        # A matter that one may not read one may still join.
        reach = "follow" if action.verb == "follow" else "read"
        read = rights.scope(actor, reach, kind_name)
        async with self._cases.database.transaction(actor) as work:
            case = await _store.by_key(work, read, key, lock="for update of c")
            if case is None:
                raise Absent("case.unknown", kind=kind_name)
            self._authorise(actor, rights, case, action.verb)
            by_author = is_author_of(actor, case)
            return await self._done(_unnamed(work, case) if by_author else work, actor, case,
                                    action)  # fmt: skip

    async def act_by_receipt(self, kind_name: str, code: str, receipt: str, action: Action,
                             actor: Actor) -> Case:  # fmt: skip
        """A verb of the author, by one who holds the receipt code."""
        from_hash = _store.receipt_hash(receipt)
        async with self._cases.database.transaction(actor) as work:
            found = await _store.by_receipt(work, code, from_hash)
            if found is None or found.kind != kind_name:
                raise Absent("case.unknown", kind=kind_name)
            if action.verb not in AUTHOR_VERBS:
                raise Forbidden("case.not_yours_to_do", verb=action.verb)
            locked = await _store.by_ids(work, [found.id], lock="for update of c")
            return await self._done(_unnamed(work, locked[0]), actor, locked[0], action)

    def _authorise(self, actor: Actor, rights: Rights, case: Case, verb: str) -> None:
        if is_author_of(actor, case) and verb in AUTHOR_VERBS:
            return
        if not rights.scope(actor, verb, case.kind).holds(facts_of(case)):
            raise Forbidden("case.not_yours_to_do", verb=verb)

    async def _done(self, work: Work, actor: Actor, case: Case, action: Action) -> Case:
        logic.check_kept(case)
        if action.verb not in _UNVERSIONED:
            logic.check_version(case, action)
        _check_text(action)
        registry = self._cases.registry()
        kind = registry.case_kind(case.kind)
        process = registry.law(case.kind, case.process_version)
        calendar = await self._cases.calendars.current()
        now = self._cases.clock.now()
        side = self._aside.verbs.get(action.verb)
        if side is not None and action.verb not in process.step(case.step).actions:
            after = await side(work, actor, case, kind, action, now, calendar)
        else:
            after = await self._moved(work, actor, case, kind, process, action, now, calendar)
        logic.check_invariants(after, process)
        if action.verb in _UNVERSIONED:
            return after
        # A verb that only adds a note or a task counts too: sent twice, the second is told.
        if not await _store.save(work, after):
            raise Conflict("case.changed", version=case.version, code=case.code)
        return msgspec.structs.replace(after, version=case.version + 1)

    async def _moved(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, process: Process,
        action: Action, now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """A verb of the process: owner, step and clock move, messages and evaluations are kept."""
        to = await self._organisation(kind, case, action)
        after = logic.move(case, kind, process, action, now, calendar, to)
        if action.verb == "accept" and actor.account_id:
            after = logic.taken(after, actor.account_id, now)
        if action.verb in {"reply", "answer"}:
            straight = not after.open or after.replied_at is not None
            await self._aside.say(work, actor, case, action, "reply",
                            "parties" if straight else "internal")  # fmt: skip
        if action.verb == "approve":
            await _store.publish_reply(work, case.id)
        if action.verb == "rate" and action.grade:
            after = msgspec.structs.replace(after, satisfaction=action.grade)
            await _store.add_evaluation(work, case, _rating(action, "author"))
        if action.verb in _CALLING and "contacted" in action.details:
            await self._called_back(work, case, action)
        said = await self._declared(work, kind, process, case, action)
        kept = await effects.take(
            work, self._cases.registry(), kind, case, action.verb, self._cases.clock
        )
        if action.verb in {"return", "transfer", "decide", "dispatch", "withdraw"} or (
            not after.open
        ):
            await _store_tasks.withdraw_of_case(work, case.id)
        await work.append(_entry(after, case, action, to, said, kept))
        return after

    async def _declared(
        self, work: Work, kind: CaseKind, process: Process, case: Case, action: Action
    ) -> Mapping[str, Any]:
        """What a verb asks for that the kind declares as a field (grounds of a refusal, the
        emergency service): checked, kept with the case, told in the log."""
        registry = self._cases.registry()
        type_ = registry.type_(kind.type)
        declared = (process.source.get("actions") or {}).get(action.verb) or {}
        asked = [name for name in declared.get("asks") or () if type_.attribute(name)]
        given = {name: action.details[name] for name in asked if action.details.get(name)}
        if not given:
            return {}
        before = await _store.fields_of(work, type_, [case.id], SEALED)
        clean, faults = judged(
            type_, given, code_lists=registry.code_lists, partial=True,
            before=before.get(case.id), clock=self._cases.clock,
        )  # fmt: skip
        if faults:
            raise invalid(*faults)
        await _store.change_fields(work, type_, case.id, clean)
        return clean

    async def _organisation(
        self, kind: CaseKind, case: Case, action: Action
    ) -> Organisation | None:
        """The organisation to which a verb gives the case."""
        organisations = self._cases.organisations
        await organisations.load()
        if action.verb in logic.TARGET_VERBS and action.organisation_id is not None:
            try:
                return organisations.of(action.organisation_id)
            except Absent as failure:
                fault = Fault(path="/organisation_id", code="organisation.unknown")
                raise invalid(fault) from failure
        if action.verb in {"return", "reopen"}:
            # Both lead back to those who dispatch: they own it until it is dispatched anew.
            return await self._cases.operators_of(kind)
        if action.verb == "dispute":
            wanted = str(kind.settings.get("arbiter", "command"))
            area = area_code_of(case)
            return organisations.answering(wanted, "district", area)
        return None

    async def _called_back(self, work: Work, case: Case, action: Action) -> None:
        """What an operator heard when calling back: contacted, resolved, satisfied (回访). One who
        was not reached has said nothing, so nothing is counted."""
        heard = {name: action.details.get(name) for name in HEARD}
        wrong = [name for name, told in heard.items() if told not in (None, True, False)]
        if wrong:
            raise invalid(*(Fault(path=f"/details/{name}", code="boolean.form") for name in wrong))
        if heard["contacted"] is True and (heard["satisfied"] is not None or action.grade):
            given = Evaluation(
                source="call_back",
                grade=action.grade or (5 if heard["satisfied"] else 2),
                comment=action.body.strip()[:COMMENT_MAX],
                facts=heard,
            )
            await _store.add_evaluation(work, case, given)


def _unnamed(work: Work, case: Case) -> Work:
    """Work that does not tell the log who an unnamed author is."""
    if case.disclosure == "open":
        return work
    return Work(work.connection, unnamed(work.actor), work.cipher)


def _rating(action: Action, source: str) -> Evaluation:
    return msgspec.convert(
        {"source": source, "grade": action.grade, "reasons": action.reasons[:10],
         "comment": action.body.strip()[:COMMENT_MAX]},
        Evaluation,
    )  # fmt: skip


def _check_text(action: Action) -> None:
    faults = [
        Fault(path=f"/{name}", code="text.too_long", facts={"limit": MESSAGE_MAX, "length": "?"})
        for name in ("body", "reason")
        if len(getattr(action, name)) > MESSAGE_MAX
    ]
    if faults:
        raise invalid(*faults)


def _entry(
    after: Case, before: Case, action: Action, to: Organisation | None, said: Mapping[str, Any],
    kept: Mapping[str, Any],
) -> Entry:  # fmt: skip
    facts: dict[str, Any] = {"from": before.step, "to": after.step, **kept}
    if to is not None:
        facts |= {"organisation": to.name.zh, "organisation_en": to.name.en,
                  "organisation_id": str(to.id)}  # fmt: skip
    if action.grade is not None:
        facts["grade"] = action.grade
    if action.verb in _CALLING and "contacted" in action.details:
        facts |= {name: action.details.get(name) for name in HEARD}
    if after.due_at != before.due_at:
        facts["due_at"] = after.due_at
    visible = action.verb in _PUBLIC_VERBS
    return entry_of(
        after, f"case.{PAST.get(action.verb, action.verb)}", before={"step": before.step},
        after=facts, said={**said, "reason": action.reason},
        visibility="parties" if visible else "internal",
    )  # fmt: skip


PAST: Mapping[str, str] = {
    "dispatch": "dispatched", "accept": "taken", "return": "returned", "transfer": "transferred",
    "dispute": "disputed", "decide": "decided", "reply": "replied", "answer": "answered",
    "approve": "reply_approved", "reject": "reply_rejected", "rate": "rated",
    "reopen": "reopened", "withdraw": "withdrawn", "refuse": "refused", "confirm": "confirmed",
    "hand_over": "handed_over", "close": "closed", "call_back": "called_back",
}  # fmt: skip
