"""Random and adversarial schedules: an open case always has one owner, one running clock and a
reachable end, and what may repeat is bounded."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pengcheng import pack
from pengcheng.engines import deadlines
from pengcheng.engines.cases import Action, Case, logic
from pengcheng.engines.identity import Organisation
from pengcheng.ground.calendar import Calendar
from pengcheng.kernel.errors import Conflict, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.time import Promise
from pengcheng.kernel.words import Words

REGISTRY = pack.load(pack.find(Path(__file__).parents[3] / "packs"))
KIND = REGISTRY.case_kinds["demand"]
PROCESS = REGISTRY.processes[KIND.process]
CALENDAR = Calendar()
BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
VERBS = sorted({verb for step in PROCESS.steps for verb in step.actions} | {"nonsense"})


def organisation(number: int) -> Organisation:
    return Organisation(
        id=new_id(), key=f"o{number}", kind="water", level="district",
        name=Words(f"单位{number}", f"unit {number}"), area_code="440304000000", parent_id=None,
        no=number * 1000, no_end=number * 1000 + 1000,
    )  # fmt: skip


UNITS = [organisation(number) for number in range(1, 5)]


def fresh_case() -> Case:
    deadline = deadlines.start(Promise(5, "working_day"), BEGIN, CALENDAR)
    start = PROCESS.step(PROCESS.start)
    return Case(
        id=new_id(), code="SQ20260302000001", kind="demand", title="雨水口堵了", step=start.id,
        stage=start.stage, open=True, channel="api", organisation_id=UNITS[0].id,
        organisation_no=UNITS[0].no, deadline=deadline, accepted_at=BEGIN, step_since=BEGIN,
        due_at=deadline.at, watch_at=deadline.watch_at, next_at=deadline.watch_at,
    )  # fmt: skip


def act(case: Case, verb: str, unit: int, now: datetime) -> Case:
    action = Action(
        verb=verb, version=case.version, organisation_id=UNITS[unit].id, reason="理由",
        body="内容", grade=4,
    )  # fmt: skip
    to = UNITS[unit] if verb in logic.TARGET_VERBS else None
    return logic.move(case, KIND, PROCESS, action, now, CALENDAR, to)


def hold(case: Case, now: datetime) -> Case:
    action = Action(verb="suspend", version=case.version, reason="等材料")
    return logic.suspended(case, KIND, action, now, CALENDAR)


def tick(case: Case, now: datetime) -> Case:
    found = logic.due(case, PROCESS, now, CALENDAR)
    return found.case if found else case


def resume(case: Case, now: datetime) -> Case:
    return logic.resumed(case, now, CALENDAR)


def extend(case: Case, now: datetime) -> Case:
    return logic.extended(case, KIND, Promise(3, "working_day"), now, CALENDAR)


MOVES = st.one_of(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 3)).map(
        lambda pair: lambda case, now: act(case, pair[0], pair[1], now)
    ),
    st.sampled_from([hold, tick, tick, tick, resume, extend]),
)
SCHEDULES = st.lists(st.tuples(MOVES, st.integers(-3600, 30 * 86400)), max_size=60)


def play(schedule: list, check: bool = True) -> tuple[Case, datetime]:
    case, now = fresh_case(), BEGIN
    for move, seconds in schedule:
        now = max(BEGIN, now + timedelta(seconds=seconds))
        before = case
        try:
            case = move(case, now)
        except (Refusal, Conflict):
            assert case is before
        logic.check_invariants(case, PROCESS)
    return case, now


@given(SCHEDULES)
@settings(max_examples=300, deadline=None)
def test_an_open_case_has_one_owner_one_clock_and_a_reachable_end(schedule: list) -> None:
    case, _ = play(schedule)

    assert case.organisation_id in {unit.id for unit in UNITS}
    assert case.returns <= logic.bound(KIND, "returns")
    assert case.dispatches <= logic.bound(KIND, "dispatches")
    assert case.reopenings <= logic.bound(KIND, "reopenings")
    assert case.extensions <= logic.bound(KIND, "extensions")


@given(SCHEDULES)
@settings(max_examples=100, deadline=None)
def test_a_suspension_always_ends_by_itself(schedule: list) -> None:
    case, now = play(schedule)
    later = now + timedelta(days=logic.bound(KIND, "suspension_days") + 1)

    after = tick(case, later)

    assert after.clock != "suspended"


@given(SCHEDULES)
@settings(max_examples=100, deadline=None)
def test_a_case_that_waits_for_its_author_goes_on_by_itself(schedule: list) -> None:
    case, now = play(schedule)
    waits = case.open and PROCESS.step(case.step).kind == "wait"

    after = tick(case, now + timedelta(days=60))

    assert not waits or after.step != case.step


@pytest.mark.parametrize("step", PROCESS.steps, ids=lambda step: step.id)
def test_every_declared_step_can_reach_an_end(step: object) -> None:
    assert logic.reaches_end(PROCESS, step.id)


def test_a_case_is_returned_twice_and_then_never_again() -> None:
    case = act(fresh_case(), "dispatch", 1, BEGIN)
    for _ in range(logic.bound(KIND, "returns")):
        case = act(case, "return", 0, BEGIN)
        case = act(case, "dispatch", 1, BEGIN)

    with pytest.raises(Refusal) as refused:
        act(case, "return", 0, BEGIN)

    assert refused.value.code == "case.bound_reached"


def test_a_reply_after_the_promise_is_late_and_one_before_is_not() -> None:
    handled = act(act(fresh_case(), "dispatch", 1, BEGIN), "accept", 1, BEGIN)
    replied = act(handled, "reply", 1, BEGIN)

    early = act(replied, "approve", 1, handled.deadline.at)
    late = act(replied, "approve", 1, handled.deadline.at + timedelta(minutes=1))

    assert (early.was_late, late.was_late) == (False, True)


def test_a_suspension_moves_the_promise_by_its_length() -> None:
    handled = act(act(fresh_case(), "dispatch", 1, BEGIN), "accept", 1, BEGIN)
    held = hold(handled, BEGIN + timedelta(hours=1))

    resumed = resume(held, BEGIN + timedelta(days=7))

    assert resumed.deadline.at - handled.deadline.at == timedelta(days=7)


def test_watch_then_late_then_up_the_tree_of_command_centres() -> None:
    case = act(act(fresh_case(), "dispatch", 1, BEGIN), "accept", 1, BEGIN)
    told: list[str] = []
    now = BEGIN
    for _ in range(40):
        now += timedelta(hours=8)
        found = logic.due(case, PROCESS, now, CALENDAR)
        told += [found.what] if found else []
        case = found.case if found else case

    assert told == ["watch", "late", "escalate", "escalate", "escalate"]
