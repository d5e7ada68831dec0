"""The token semantics: tasks, gateways, and what goes wrong."""

import msgspec
import pytest

from pengcheng.engines.processes import (
    Cancel,
    Complete,
    DecisionAsked,
    InstanceEnded,
    Park,
    ProcessCalled,
    Retry,
    State,
    StepParked,
    TaskWithdrawn,
    WaitStopped,
)
from pengcheng.kernel.errors import Absent, Conflict, Refusal
from tests.engines.processes.process_play import (
    ENDS,
    boundary,
    ended,
    flows,
    play,
    roles,
    task,
    timer,
)


def test_a_user_task_is_created_for_the_role_of_its_lane_and_completes_once() -> None:
    lanes = '<laneSet><lane id="l" name="operator"><flowNodeRef>a</flowNodeRef></lane></laneSet>'
    run = play(lanes + ENDS + task("a") + flows("s>a", "a>e"))
    assert roles(run.effects) == {"a": "operator"}
    number = run.at("a")
    run.complete("a", approved=True)
    assert ended(run)
    assert run.state.variables == {"approved": True}
    assert run.said(InstanceEnded) == [InstanceEnded("ended", "e")]
    with pytest.raises(Conflict):
        run.tell(Complete(number))


def test_of_two_people_who_take_one_task_the_second_is_told_so_and_nothing_changes() -> None:
    run = play(ENDS + task("a") + task("b") + flows("s>a", "a>b", "b>e"))
    number = run.at("a")
    run.complete("a")
    before = run.state
    with pytest.raises(Conflict) as told:
        run.tell(Complete(number))
    assert told.value.code == "process.done_already"
    assert run.state == before
    with pytest.raises(Absent):
        run.tell(Complete(999))


def test_an_exclusive_gateway_takes_the_first_condition_that_holds_else_the_default() -> None:
    body = (
        ENDS
        + '<exclusiveGateway id="g" default="g-c"/>'
        + "".join(task(name) for name in "abc")
        + flows("s>g", "g>a: n > 10", "g>b: n > 5", "g>c", "a>e", "b>e", "c>e")
    )
    assert play(body, n=11).tasks == ["a"]
    assert play(body, n=6).tasks == ["b"]
    assert play(body, n=1).tasks == ["c"]
    assert play(body).tasks == ["c"]


def test_a_parallel_join_waits_for_every_branch() -> None:
    body = (
        ENDS
        + '<parallelGateway id="f"/><parallelGateway id="j"/>'
        + task("a")
        + task("b")
        + flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>e")
    )
    run = play(body)
    assert run.tasks == ["a", "b"]
    run.complete("b")
    assert run.resting == ["a", "j"]
    run.complete("a")
    assert ended(run)
    assert run.reached("e") == 1


INCLUSIVE = (
    ENDS
    + '<inclusiveGateway id="f" default="f-c"/><inclusiveGateway id="j"/>'
    + "".join(task(name) for name in "abc")
    + flows("s>f", "f>a: x", "f>b: y", "f>c", "a>j", "b>j", "c>j", "j>e")
)


def test_an_inclusive_join_waits_for_just_the_branches_that_were_taken() -> None:
    run = play(INCLUSIVE, x=True, y=True)
    assert run.tasks == ["a", "b"]
    run.complete("a")
    assert run.resting == ["b", "j"]
    run.complete("b")
    assert ended(run)
    assert run.reached("e") == 1
    alone = play(INCLUSIVE, x=False, y=True)
    assert alone.tasks == ["b"]
    alone.complete("b")
    assert ended(alone)
    assert play(INCLUSIVE, x=False, y=False).tasks == ["c"]


def test_an_inclusive_join_waits_for_a_boundary_path_that_can_still_reach_it() -> None:
    body = (
        ENDS
        + '<parallelGateway id="f"/><inclusiveGateway id="j"/>'
        + task("a")
        + task("b")
        + task("c")
        + boundary("late", "b", timer("P1D"))
        + flows("s>f", "f>a", "f>b", "a>j", "b>e", "late>c", "c>j", "j>e")
    )
    run = play(body)
    run.complete("a")
    assert run.resting == ["b", "j"]
    run.later("late", days=1)
    assert run.resting == ["c", "j"]
    run.complete("c")
    assert ended(run)
    gone = play(body)
    gone.complete("a")
    gone.complete("b")
    assert ended(gone)


def test_a_call_that_broke_for_good_is_parked() -> None:
    run = play(ENDS + task("a", "serviceTask") + flows("s>a", "a>e"))
    run.tell(Park(run.at("a"), "service.gone", {"host": "x"}))
    assert run.state.positions[run.at("a")].kind == "parked"
    run.tell(Retry(run.at("a")))
    run.complete("a")
    assert ended(run)


def test_rule_tasks_ask_a_decision_and_calls_ask_a_process() -> None:
    body = (
        ENDS
        + task("r", "businessRuleTask", attributes='pengcheng:decision="route"')
        + task("c", "callActivity", attributes='calledElement="other"')
        + flows("s>r", "r>c", "c>e")
    )
    run = play(body, n=1)
    assert [item.decision for item in run.said(DecisionAsked)] == ["route"]
    run.complete("r", unit="water")
    called = run.said(ProcessCalled)
    assert [(item.process, item.variables) for item in called] == [
        ("other", {"n": 1, "unit": "water"})
    ]
    run.complete("c", ok=True)
    assert ended(run)


def test_a_step_without_a_way_out_is_parked_and_goes_on_when_mended() -> None:
    body = ENDS + '<exclusiveGateway id="g"/>' + task("a")
    run = play(body + flows("s>g", "g>a: n > 1", "g>e: n < 1", "a>e"), n=1)
    assert [item.code for item in run.said(StepParked)] == ["process.no_way_out"]
    run.tell(Retry(run.at("g"), {"n": 2}))
    assert run.tasks == ["a"]


def test_a_loop_without_a_wait_is_refused_and_changes_nothing() -> None:
    body = ENDS + task("a") + '<manualTask id="m"/><exclusiveGateway id="g" default="g-m"/>'
    run = play(body + flows("s>a", "a>m", "m>g", "g>m", "g>e: stop"))
    before = run.state
    with pytest.raises(Refusal) as told:
        run.complete("a")
    assert told.value.code == "process.endless"
    assert run.state == before
    run.complete("a", stop=True)
    assert ended(run)


def test_cancelling_withdraws_everything() -> None:
    body = ENDS + task("a") + boundary("w", "a", timer("P1D")) + flows("s>a", "a>e", "w>e")
    run = play(body)
    run.tell(Cancel("withdrawn by the applicant"))
    assert (run.state.status, run.state.positions, run.state.waits) == ("cancelled", {}, {})
    assert len(run.said(TaskWithdrawn)) == len(run.said(WaitStopped)) == 1
    with pytest.raises(Conflict):
        run.tell(Cancel())


def test_a_state_survives_being_stored_as_json() -> None:
    body = ENDS + task("a") + boundary("w", "a", timer("P1D")) + flows("s>a", "a>e", "w>e")
    run = play(body, n=1, text="水")
    assert msgspec.json.decode(msgspec.json.encode(run.state), type=State) == run.state
