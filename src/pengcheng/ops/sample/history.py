"""Ninety days of the sample city before it is first opened: what came, where it went, how it ended.

All of it is synthetic. Hours, weekdays and the time that answers take follow what hotlines publish
in general; the shares are choices of the sample, not measurements of any city. Nothing happens
after `now`: a case that has not come so far stays open at the step that it reached.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import numpy as np

from pengcheng.engines import deadlines
from pengcheng.engines.cases import Evaluation, Happened, NewCase, PastCase, Rated
from pengcheng.engines.identity import Named, Organisation
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.time import CITY_ZONE, Promise
from pengcheng.ops.sample._seeds import pick, steady
from pengcheng.ops.sample.handling import LATE_SHARE, Behaviour, Rating, handling_share
from pengcheng.ops.sample.messages import HOURS
from pengcheng.ops.sample.model import Message

DAYS = 90
A_DAY = 100.0
WEEKDAYS = (1.12, 1.08, 1.04, 1.03, 1.0, 0.82, 0.72)
STORMS, STORM = 4, 1.7
"""On so many days (heavy rain, say) so many times as much comes."""

AUTOMATIC_SHARE = 0.64
AUTHOR_SHARE = 0.45
OWN_SHARE = 0.004
PUBLIC_SHARE = 0.5
KINDS = (("complaint", 0.58), ("help", 0.36), ("report", 0.06))
CHANNELS = (
    ("telephone", 0.46), ("wechat", 0.16), ("website", 0.12), ("grid", 0.12), ("window", 0.07),
    ("email", 0.05), ("letter", 0.02),
)  # fmt: skip
FATES = (("handled", 0.92), ("answered", 0.03), ("refused", 0.025), ("withdrawn", 0.02),
         ("handed_over", 0.005))  # fmt: skip
REFUSALS = ("litigation", "decided", "repeated", "outside", "unclear")
RETURNED_SHARE, DISPUTED_SHARE, REJECTED_SHARE, SUPERVISED_SHARE = 0.04, 0.012, 0.05, 0.35
REACHED_SHARE = 0.82
GRADES: Mapping[str, int] = {
    "very_satisfied": 5, "satisfied": 4, "fair": 3, "dissatisfied": 2, "very_dissatisfied": 1,
}  # fmt: skip
GOOD = ("fast", "clear", "kind", "solved")
BAD = ("slow", "unclear", "unsolved", "passed_around")


class Duty(msgspec.Struct, frozen=True):
    """Who answers for a category, at which level, within what time."""

    organisation_key: str
    level: str
    promise: Promise


class Ground(msgspec.Struct, frozen=True):
    """What the history stands on: the city as it was filled."""

    kind: str
    calendar: Calendar
    duties: Mapping[tuple[str, ...], Duty]
    unit: Callable[[str, str, str | None], Organisation | None]
    clerk: Callable[[Organisation], UUID | None]
    citizens: Sequence[Named]
    sample_citizen: Named | None
    behaviour: Behaviour


def reasons_of(grade: int, chance: np.random.Generator) -> tuple[str, ...]:
    """The declared reasons that go with a grade."""
    known = GOOD if grade >= 4 else BAD if grade <= 2 else (*GOOD[:2], *BAD[:2])
    return (pick(chance, known),)


def instants(now: datetime, chance: np.random.Generator) -> Iterator[datetime]:
    """When demands came: by day and hour, each day a little different, none after now."""
    hours = np.array(HOURS) / sum(HOURS)
    storms = set(chance.integers(8, DAYS, STORMS).tolist())
    midnight = now.astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(DAYS, -1, -1):
        day = midnight - timedelta(days=ago)
        many = A_DAY * WEEKDAYS[day.weekday()] * chance.normal(1, 0.06)
        many *= STORM if ago in storms else 1.0
        many *= 1 - 0.12 * ago / DAYS
        for hour, share in enumerate(hours):
            for second in chance.uniform(0, 3600, int(chance.poisson(max(many * share, 0)))):
                at = day + timedelta(hours=hour, seconds=float(second))
                if at < now:
                    yield at


class History:
    """Draws past cases of the sample city."""

    def __init__(self, ground: Ground, now: datetime, chance: np.random.Generator) -> None:
        self._ground = ground
        self._now = now
        self._chance = chance

    def past(self, message: Message, at: datetime) -> PastCase | None:
        """What became of a message that came at an instant; None where no one answers for it."""
        ground, chance = self._ground, self._chance
        duty = duty_of(ground.duties, message.levels)
        unit = ground.unit(duty.organisation_key, duty.level, message.grid) if duty else None
        if duty is None or unit is None:
            return None
        course = _Course(ground, duty, unit, message, at, self._now, chance)
        course.run(str(drawn(FATES, chance)))
        return course.past(self._new(message, at, course))

    def _new(self, message: Message, at: datetime, course: "_Course") -> NewCase:
        chance = self._chance
        author = self._author()
        is_public = bool(chance.random() < PUBLIC_SHARE)
        fields = {
            "subject": message.subject,
            "body": message.body,
            "kind": drawn(KINDS, chance),
            **{f"category_level{depth}": name for depth, name in enumerate(message.levels, 1)},
            **course.fields,
        }
        if is_public:
            fields |= {"public_subject": message.subject, "public_body": message.body}
        return NewCase(
            kind=self._ground.kind,
            channel="ishenzhen" if author else drawn(CHANNELS, chance),
            fields=fields,
            point=message.point,
            area_code=message.grid,
            is_public=is_public,
            category="/".join(message.levels),
            author_id=author.person_id if author else None,
            author_account_id=author.account_id if author else None,
            accepted_at=at,
        )

    def _author(self) -> Named | None:
        luck = self._chance.random()
        if luck < OWN_SHARE:
            return self._ground.sample_citizen
        if luck < AUTHOR_SHARE and self._ground.citizens:
            return pick(self._chance, self._ground.citizens)
        return None


class _Course:
    """One case as it goes on, until now."""

    def __init__(
        self, ground: Ground, duty: Duty, unit: Organisation, message: Message, at: datetime,
        now: datetime, chance: np.random.Generator,
    ) -> None:  # fmt: skip
        self._ground, self._duty, self._unit, self._message = ground, duty, unit, message
        self._now, self._chance = now, chance
        self._began = self._at = at
        self._step = "intake"
        self._happened: list[Happened] = []
        self._replies: list[tuple[datetime, str]] = []
        self._rated: list[Rated] = []
        self._told: dict[str, object] = {}
        self._promised: deadlines.Deadline | None = None
        self.fields: dict[str, str] = {}

    def past(self, new: NewCase) -> PastCase:
        """The case as it stands now."""
        told = {
            "organisation_id": self._unit.id, "promise": self._duty.promise,
            "clock_from": self._began, **self._told,
        }  # fmt: skip
        return PastCase(
            new=new, step=self._step, since=self._at, happened=self._happened,
            replies=self._replies, rated=self._rated, **told,  # type: ignore[arg-type]  # by name
        )  # fmt: skip

    def run(self, fate: str) -> None:
        """Everything that happens to it, in order; stops where it has not happened yet."""
        chance = self._chance
        is_automatic = fate == "answered" or bool(chance.random() < AUTOMATIC_SHARE)
        is_automatic = is_automatic and fate not in {"refused", "handed_over"}
        self._told["automatic"] = is_automatic
        if fate == "answered":
            self._after(timedelta(seconds=4), "case.answered", "replied")
            self._answer("consultation")
        elif not is_automatic:
            self._after(timedelta(seconds=3), "case.needs_operator", "triage")
            waits = timedelta(minutes=float(chance.exponential(25)))
            self._triaged(fate, waits)
        else:
            self._handled(fate, timedelta(seconds=float(chance.uniform(1, 6))))

    def _triaged(self, fate: str, waits: timedelta) -> None:
        if fate == "refused":
            self.fields["refusal"] = pick(self._chance, REFUSALS)
            self._end(self._at + waits, "case.refused", "not_accepted")
        elif fate == "handed_over":
            self.fields["emergency"] = pick(self._chance, ("110", "119", "120"))
            self._end(self._at + waits / 10, "case.handed_over", "handed_over")
        else:
            self._handled(fate, waits)

    def _handled(self, fate: str, waits: timedelta) -> None:
        if not self._dispatch(waits):
            return
        if fate == "withdrawn":
            hours = float(self._chance.exponential(5))
            self._end(self._at + timedelta(hours=hours), "case.withdrawn", "withdrawn")
            return
        if self._chance.random() < RETURNED_SHARE and not self._returned():
            return
        if not self._accepted():
            return
        self._answered(self._chance.random)

    def _dispatch(self, waits: timedelta) -> bool:
        name = self._unit.name
        told = {"organisation": name.zh, "organisation_en": name.en}
        if not self._after(waits, "case.dispatched", "accepting", told):
            return False
        self._told.setdefault("dispatched_at", self._at)
        return True

    def _returned(self) -> bool:
        reason = self._ground.behaviour.note("return", self._chance)
        if not self._working(1.5, "case.returned", "triage", {"reason": reason}):
            return False
        self._told["returns"] = 1
        return self._dispatch(timedelta(minutes=float(self._chance.exponential(40))))

    def _accepted(self) -> bool:
        chance = self._chance
        if chance.random() < DISPUTED_SHARE:
            reason = self._ground.behaviour.note("transfer", chance)
            if not self._working(2, "case.disputed", "dispute", {"reason": reason}):
                return False
            if not self._working(4, "case.decided", "handling"):
                return False
        elif not self._working(1, "case.taken", "handling"):
            return False
        self._told |= {"taken_at": self._at, "account_id": self._ground.clerk(self._unit)}
        return True

    def _answered(self, luck: Callable[[], float]) -> None:
        """The reply, its approval, and what the author says to it."""
        due = self._due()
        share = self._share()
        if share > 1 and luck() < SUPERVISED_SHARE and self._now > due:
            at = due + timedelta(hours=1)
            self._happened.append(Happened("case.supervised", at, {"reason": "超期未答复"}))
            self._told["supervised"] = 1
        ready = max(self._at, self._began + share * (due - self._began) * 0.85)
        if not self._on(ready, "case.replied", "approval"):
            return
        if luck() < REJECTED_SHARE:
            if not self._working(1, "case.reply_rejected", "handling"):
                return
            if not self._working(3, "case.replied", "approval"):
                return
        approved = max(self._at, self._began + share * (due - self._began))
        if self._on(approved, "case.reply_approved", "replied"):
            self._answer("complaint")

    def _due(self) -> datetime:
        if self._promised is None or self._promised.started_at != self._began:
            self._promised = deadlines.start(self._duty.promise, self._began, self._ground.calendar)
        return self._promised.at

    def _share(self) -> float:
        """How much of the promise is used; some bureaux are late more often than others."""
        often = 0.5 + steady(self._unit.kind, 9) / 4
        if self._chance.random() < LATE_SHARE * (often - 1):
            return float(self._chance.uniform(1.02, 1.6))
        return handling_share(self._chance)

    def _answer(self, kind: str) -> None:
        self._told["replied_at"] = self._at
        reply = self._ground.behaviour.reply(
            self._message.subject, self._unit.name.zh, kind, self._chance
        )
        self._replies.append((self._at, reply.text))
        due = deadlines.start(self._duty.promise, self._began, self._ground.calendar).at
        rating = self._ground.behaviour.rating(reply.outcome, self._chance, is_late=self._at > due)
        self._judged(rating)

    def _judged(self, rating: Rating | None) -> None:
        chance = self._chance
        if rating is None:
            if self._on(self._at + timedelta(days=7), "case.expired", "call_back"):
                self._called(None)
            return
        waits = timedelta(hours=float(chance.exponential(16)))
        if rating.reopens and "reopenings" not in self._told:
            if self._after(waits, "case.reopened", "triage", {"reason": rating.comment}):
                self._told |= {"reopenings": 1, "account_id": None}
                self._told.pop("replied_at")
                self._began = self._at
                self._handled("handled", timedelta(minutes=float(chance.exponential(30))))
            return
        grade = GRADES[rating.grade]
        if not self._after(waits, "case.rated", "call_back", {"grade": grade}):
            return
        self._told["satisfaction"] = grade
        given = Evaluation(
            source="author", grade=grade, reasons=reasons_of(grade, chance), comment=rating.comment
        )
        self._rated.append(Rated(self._at, given))
        self._called(grade)

    def _called(self, grade: int | None) -> None:
        """An operator calls back: contacted, resolved, satisfied."""
        is_reached = bool(self._chance.random() < REACHED_SHARE)
        is_good = (grade or 4) >= 3
        heard = {"contacted": is_reached}
        heard |= {"resolved": is_good, "satisfied": is_good} if is_reached else {}
        if not self._working(9, "case.called_back", "closed", heard):
            return
        if is_reached:
            said = Evaluation(source="call_back", grade=5 if is_good else 2, facts=heard)
            self._rated.append(Rated(self._at, said))
        self._told["closed_at"] = self._at

    def _end(self, at: datetime, entry: str, step: str) -> None:
        if self._on(at, entry, step):
            self._told["closed_at"] = at

    def _after(
        self, waits: timedelta, entry: str, step: str, told: Mapping[str, object] | None = None
    ) -> bool:
        return self._on(self._at + waits, entry, step, told)

    def _working(
        self, hours: float, entry: str, step: str, told: Mapping[str, object] | None = None
    ) -> bool:
        """After about so many working hours."""
        waits = timedelta(hours=min(float(self._chance.exponential(hours)), 4 * hours))
        at = self._ground.calendar.after_working_time(self._at, waits).at
        return self._on(at, entry, step, told)

    def _on(
        self, at: datetime, entry: str, step: str, told: Mapping[str, object] | None = None
    ) -> bool:
        """Whether it happened by now; then the case is at this step since."""
        if at > self._now:
            return False
        self._happened.append(Happened(entry, at, told))
        self._step, self._at = step, at
        return True


def drawn(shares: Sequence[tuple[str, float]], chance: np.random.Generator) -> str:
    """One of the options by its share."""
    luck = chance.random() * sum(share for _, share in shares)
    for option, share in shares:
        luck -= share
        if luck < 0:
            return option
    return shares[-1][0]


def duty_of(duties: Mapping[tuple[str, ...], Duty], levels: Sequence[str]) -> Duty | None:
    """The entry for a category, else for what lies above it."""
    paths = (tuple(levels[:depth]) + ("",) * (3 - depth) for depth in (3, 2, 1))
    return next((duties[path] for path in paths if path in duties), None)
