"""Verbs that are possible at any open step: they add to a case without moving its process."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from pengcheng.engines.cases import _store, _store_intake, _store_tasks, logic
from pengcheng.engines.cases.model import Action, Case, Message, NewTask
from pengcheng.engines.cases.service import Cases
from pengcheng.engines.cases.viewing import entry_of
from pengcheng.engines.identity import Organisation
from pengcheng.ground.calendar import Calendar
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Conflict, Fault, Refusal, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.registry import CaseKind
from pengcheng.kernel.time import Promise

TASK_TIME = timedelta(days=2)
EXTENSION_MAX = 60
CATEGORY_LENGTH_MAX = 120

Verb = Callable[[Work, Actor, Case, CaseKind, Action, datetime, Calendar], Awaitable[Case]]


class Aside:
    """The side verbs. Each returns the case as it should be written."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self.verbs: Mapping[str, Verb] = {
            "message": self.message,
            "note": self.note,
            "interim_reply": self.note,
            "suspend": self.suspend,
            "resume": self.resume,
            "ask_extension": self.ask_extension,
            "assist": self.give_task,
            "send_grid_task": self.give_task,
            "supervise": self.give_task,
            "assign": self.assign,
            "follow": self.follow,
            "take": self.take,
            "recategorise": self.recategorise,
            "merge": self.merge,
        }

    async def say(
        self, work: Work, actor: Actor, case: Case, action: Action, purpose: str, visibility: str
    ) -> None:
        organisation = next((p.organisation_id for p in actor.posts if p.organisation_id), None)
        hidden = case.disclosure != "open" and actor.kind in {"citizen", "enterprise"}
        await _store.add_message(
            work,
            msgspec.convert(
                {
                    "id": new_id(),
                    "case_id": case.id,
                    "author_kind": actor.kind,
                    "author_id": None if hidden else actor.account_id,
                    "organisation_id": organisation,
                    "purpose": purpose,
                    "visibility": visibility,
                    "body": action.body.strip(),
                    "files": action.files,
                    "channel": str(action.details.get("channel", "")),
                    "at": self._cases.clock.now(),
                },
                Message,
            ),
        )
        if action.files:
            await _store.claim_files(work, case.id, action.files, actor.account_id, unnamed=hidden)

    async def message(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """The second message in the loop: from its author by any channel, or to its author. What
        waited for its author goes on with it."""
        logic.check_action(action)
        await self.say(work, actor, case, action, "addition", "parties")
        await work.append(
            entry_of(case, "case.message_added", visibility="parties",
                     after={"by": actor.kind, "channel": action.details.get("channel", "")})
        )  # fmt: skip
        if case.clock == "suspended" and actor.kind in {"citizen", "enterprise", "guest"}:
            return await self.resume(work, actor, case, kind, action, now, calendar)
        return case

    async def note(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """An internal note, or (`interim_reply`) word to the author before the reply."""
        del kind, now, calendar
        logic.check_action(action)
        interim = action.verb == "interim_reply"
        await self.say(work, actor, case, action, action.verb,
                        "parties" if interim else "internal")  # fmt: skip
        kind_of_entry = "case.interim_reply_sent" if interim else "case.note_added"
        await work.append(
            entry_of(case, kind_of_entry, visibility="parties" if interim else "internal")
        )
        return case

    async def suspend(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Wait for materials from the author; a bounded clock runs instead."""
        del actor
        logic.check_action(action)
        after = logic.suspended(case, kind, action, now, calendar)
        await work.append(
            entry_of(case, "case.suspended", visibility="parties",
                     after={"until": after.suspended_until}, said={"reason": action.reason})
        )  # fmt: skip
        return after

    async def resume(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Go on before the suspension's bound."""
        del actor, kind, action
        after = logic.resumed(case, now, calendar)
        await work.append(
            entry_of(case, "case.resumed", visibility="parties", after={"due_at": after.due_at})
        )
        return after

    async def ask_extension(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Ask for a longer promise: a task for the unit's chief."""
        del actor, calendar
        if not action.reason.strip():
            raise invalid(Fault(path="/reason", code="field.required"))
        by = extension_of(action)
        if case.extensions >= logic.bound(kind, "extensions"):
            raise Refusal("case.bound_reached", what="extensions",
                          bound=logic.bound(kind, "extensions"))  # fmt: skip
        await _store_tasks.add(
            work,
            case.id,
            NewTask(
                kind="approve_extension",
                title=case.title,
                organisation_id=case.organisation_id,
                organisation_no=case.organisation_no,
                area_no=case.area_no,
                role=str(kind.settings.get("approver", "unit_chief")),
                due_at=case.due_at or now + TASK_TIME,
                request={"amount": by.amount, "unit": by.unit, "reason": action.reason},
            ),
        )
        await work.append(entry_of(case, "case.extension_asked", said={"reason": action.reason}))
        return case

    async def give_task(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Let another organisation assist, a grid worker go and look, or supervise (督办)."""
        del actor, calendar
        await self._cases.organisations.load()
        to = self._assistant(case, action)
        kinds = {"assist": "assist", "send_grid_task": "grid", "supervise": "supervise"}
        roles = {"send_grid_task": "grid_worker", "supervise": kind.settings.get("approver")}
        await _store_tasks.add(
            work,
            case.id,
            NewTask(
                kind=kinds[action.verb],
                title=case.title,
                organisation_id=to.id,
                organisation_no=to.no,
                area_no=case.area_no,
                role=str(roles.get(action.verb) or "") or None,
                due_at=action.until or min(case.due_at or now + TASK_TIME, now + TASK_TIME),
                request={"reason": action.reason, "body": action.body},
            ),
        )
        names = {"assist": "case.assistance_asked", "send_grid_task": "case.grid_task_sent",
                 "supervise": "case.supervised"}  # fmt: skip
        await work.append(
            entry_of(case, names[action.verb],
                     visibility="parties" if action.verb == "supervise" else "internal",
                     after={"to": to.name.zh, "to_en": to.name.en},
                     said={"reason": action.reason})
        )  # fmt: skip
        if action.verb == "supervise":
            return msgspec.structs.replace(case, supervised=case.supervised + 1)
        return case

    def _assistant(self, case: Case, action: Action) -> Organisation:
        organisations = self._cases.organisations
        if action.verb == "supervise":
            return organisations.of(case.organisation_id)
        found = None
        if action.organisation_id is not None:
            found = next((o for o in organisations.all() if o.id == action.organisation_id), None)
            if found is None or not found.active:
                code = "organisation.retired" if found else "organisation.unknown"
                raise invalid(Fault(path="/organisation_id", code=code))
            return found
        if action.verb == "send_grid_task":
            found = organisations.answering("community", "community", area_code_of(case))
        if found is None:
            raise invalid(Fault(path="/organisation_id", code="field.required"))
        return found

    async def assign(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Put the case into one colleague's hands (`details.account_id`)."""
        del actor, kind, calendar
        account_id = _store.uuid_of(action.details.get("account_id"))
        if account_id is None or not await _store.serves(work, account_id, case.organisation_no):
            raise invalid(Fault(path="/details/account_id", code="account.not_in_unit"))
        await work.append(entry_of(case, "case.assigned", after={"account_id": account_id}))
        return logic.taken(case, account_id, now)

    async def take(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Take a case into one's own hands; of two who try, one wins."""
        del kind, action, calendar
        if case.account_id is not None and case.account_id != actor.account_id:
            raise Conflict("case.taken_by_another", code=case.code)
        await work.append(entry_of(case, "case.claimed"))
        return logic.taken(case, actor.account_id, now)

    async def recategorise(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Correct the category (`details.category`); kept for training the classifier anew."""
        del actor, kind, now, calendar
        category = action.details.get("category")
        if not isinstance(category, str) or not 0 < len(category) <= CATEGORY_LENGTH_MAX:
            raise invalid(Fault(path="/details/category", code="field.required"))
        await work.append(
            entry_of(case, "case.corrected", before={"value": case.category},
                     after={"step": "category", "value": category},
                     said={"reason": action.reason})
        )  # fmt: skip
        return msgspec.structs.replace(case, category=category, category_confidence=1.0)

    async def merge(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Join the event of another case about the same matter (`details.with`: its code)."""
        del actor, kind, now, calendar
        other = await _store_intake.code_to_lead(
            work, case.kind, str(action.details.get("with", ""))
        )
        if other is None or other.id == case.id:
            raise invalid(Fault(path="/details/with", code="reference.unknown"))
        if case.event_id is not None and case.event_id == other.event_id:
            return case
        if case.event_id is not None:
            await _store_intake.leave_event(work, case.event_id)
        event_kind = self._cases.registry().event_joined_by(case.kind)
        event_id = await _store_intake.event_for(work, other, event_kind, f"E{case.code}")
        await work.append(
            entry_of(case, "case.merged", visibility="parties", after={"with": str(other.id)})
        )
        return msgspec.structs.replace(case, event_id=event_id)

    async def follow(
        self, work: Work, actor: Actor, case: Case, kind: CaseKind, action: Action,
        now: datetime, calendar: Calendar,
    ) -> Case:  # fmt: skip
        """Join a public matter that somebody else reported."""
        del kind, action, now, calendar
        if actor.person_id is None:
            raise Refusal("account.sign_in_needed")
        await _store.follow(work, case.id, actor.person_id)
        await work.append(entry_of(case, "case.followed", visibility="parties"))
        return case


def extension_of(action: Action) -> Promise:
    """The extension that an action asks for."""
    amount, unit = action.amount or 0, action.unit or "working_day"
    if not 1 <= amount <= EXTENSION_MAX or unit not in {
        "hour",
        "day",
        "working_hour",
        "working_day",
    }:
        raise invalid(
            Fault(path="/amount", code="number.range", facts={"low": 1, "high": EXTENSION_MAX})
        )
    return msgspec.convert({"amount": amount, "unit": unit}, Promise)


def area_code_of(case: Case) -> str | None:
    """The code of the area in which a case lies."""
    return _store.area_code(case.area_no)
