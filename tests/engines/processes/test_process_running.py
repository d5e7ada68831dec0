"""The token semantics, construct by construct."""

import msgspec
import pytest

from pengcheng.engines.processes import (
    ActivitiesOffered,
    Begin,
    Cancel,
    Change,
    Complete,
    DecisionAsked,
    ErrorThrown,
    Escalate,
    EscalationThrown,
    Fail,
    InstanceEnded,
    MessageArrived,
    MessageSent,
    Park,
    ProcessCalled,
    Retry,
    ServiceCalled,
    SignalArrived,
    SignalThrown,
    State,
    StepParked,
    TaskWithdrawn,
    TimerDue,
    WaitStarted,
    WaitStopped,
)
from pengcheng.kernel.errors import Absent, Conflict, Refusal
from tests.engines.processes.process_play import NOON, Play, flows, play, roles

ENDS = '<startEvent id="s"/><endEvent id="e"/>'
MESSAGES = '<message id="m" name="paid"/><signal id="g" name="storm"/>'
CODES = '<error id="x" errorCode="E1"/><escalation id="u" escalationCode="U1"/>'


def task(name: str, kind: str = "userTask", inner: str = "", attributes: str = "") -> str:
    return f'<{kind} id="{name}" {attributes}>{inner}</{kind}>'


def boundary(name: str, on: str, trigger: str, *, interrupts: bool = True) -> str:
    cancel = "true" if interrupts else "false"
    return (
        f'<boundaryEvent id="{name}" attachedToRef="{on}" cancelActivity="{cancel}">'
        f"{trigger}</boundaryEvent>"
    )


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def ended(run: Play) -> bool:
    return run.state.status == "ended" and not run.state.positions and not run.state.waits


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


def test_an_event_gateway_goes_with_the_first_event_and_forgets_the_others() -> None:
    body = (
        ENDS
        + '<eventBasedGateway id="f"/>'
        + '<intermediateCatchEvent id="paid"><messageEventDefinition messageRef="m"/>'
        + "</intermediateCatchEvent>"
        + f'<intermediateCatchEvent id="late">{timer("P3D")}</intermediateCatchEvent>'
        + task("a")
        + task("b")
        + flows("s>f", "f>paid", "f>late", "paid>a", "late>b", "a>e", "b>e")
    )
    run = play(body, MESSAGES)
    timer_wait = run.wait("late")
    run.tell(MessageArrived("paid", {"sum": 3}))
    assert run.tasks == ["a"]
    assert run.state.variables == {"sum": 3}
    assert run.tell(TimerDue(timer_wait)) == []
    assert run.tasks == ["a"]
    other = play(body, MESSAGES)
    other.later("late", days=3)
    assert other.tasks == ["b"]
    with pytest.raises(Refusal) as told:
        other.tell(MessageArrived("paid"))
    assert told.value.code == "process.message_unexpected"


def test_a_timer_that_is_early_because_the_clock_stepped_waits_on() -> None:
    body = ENDS + f'<intermediateCatchEvent id="w">{timer("PT2H")}</intermediateCatchEvent>'
    run = play(body + flows("s>w", "w>e"))
    assert run.said(WaitStarted)[0].due == NOON.replace(hour=6)
    assert isinstance(run.later("w", hours=1)[0], WaitStarted)
    assert run.resting == ["w"]
    run.later("w", hours=1)
    assert ended(run)


def test_an_interrupting_timer_withdraws_the_task_and_another_does_not() -> None:
    both = ENDS + task("a") + task("b") + flows("s>a", "a>e", "late>b", "b>e")
    hard = play(both + boundary("late", "a", timer("P1D")))
    hard.later("late", days=1)
    assert hard.tasks == ["b"]
    assert [item.node for item in hard.said(TaskWithdrawn)] == ["a"]
    soft = play(both + boundary("late", "a", timer("P1D"), interrupts=False))
    soft.later("late", days=1)
    assert soft.tasks == ["a", "b"]
    assert soft.state.waits == {}


def test_a_cycle_fires_as_often_as_it_says_counted_from_when_it_was_due() -> None:
    body = ENDS + task("a") + '<manualTask id="r"/>' + flows("s>a", "a>e", "w>r")
    run = play(body + boundary("w", "a", timer("R3/PT1H", "timeCycle"), interrupts=False))
    run.later("w", hours=1, minutes=30)
    dues = [item.due for item in run.said(WaitStarted)]
    assert dues == [NOON.replace(hour=5), NOON.replace(hour=6)]
    run.later("w", hours=1)
    run.later("w", hours=1)
    assert run.reached("r") == 3
    assert run.state.waits == {}


def test_signals_are_thrown_to_all_and_heard_here() -> None:
    body = (
        ENDS
        + '<parallelGateway id="f"/>'
        + '<intermediateCatchEvent id="c"><signalEventDefinition signalRef="g"/>'
        + '</intermediateCatchEvent><intermediateThrowEvent id="t">'
        + '<signalEventDefinition signalRef="g"/></intermediateThrowEvent>'
        + task("a")
        + flows("s>f", "f>c", "f>a", "a>t", "t>e", "c>e")
    )
    run = play(body, MESSAGES)
    assert run.tell(SignalArrived("other")) == []
    run.complete("a")
    assert ended(run)
    assert [item.name for item in run.said(SignalThrown)] == ["storm"]
    outside = play(body, MESSAGES)
    outside.tell(SignalArrived("storm"))
    assert outside.resting == ["a"]


def test_an_error_of_a_service_is_caught_by_its_code() -> None:
    body = (
        ENDS
        + task("a", "serviceTask")
        + task("b")
        + boundary("caught", "a", '<errorEventDefinition errorRef="x"/>')
        + flows("s>a", "a>e", "caught>b", "b>e")
    )
    run = play(body, CODES)
    assert [item.operation for item in run.said(ServiceCalled)] == ["a"]
    run.tell(Fail(run.at("a"), "E1", {"why": "no money"}))
    assert run.tasks == ["b"]
    assert run.state.variables == {"why": "no money"}
    assert run.said(ErrorThrown) == [ErrorThrown("a", "E1", "caught")]


def test_an_error_that_nobody_catches_parks_the_step_until_an_operator_retries() -> None:
    run = play(ENDS + task("a", "serviceTask") + flows("s>a", "a>e"), CODES)
    run.tell(Fail(run.at("a"), "E9"))
    assert run.state.status == "running"
    assert [item.code for item in run.said(StepParked)] == ["process.error_uncaught"]
    with pytest.raises(Refusal):
        run.complete("a")
    run.tell(Retry(run.at("a"), {"fixed": 1}))
    assert len(run.said(ServiceCalled)) == 2
    run.complete("a")
    assert ended(run)


def test_a_call_that_broke_for_good_is_parked() -> None:
    run = play(ENDS + task("a", "serviceTask") + flows("s>a", "a>e"))
    run.tell(Park(run.at("a"), "service.gone", {"host": "x"}))
    assert run.state.positions[run.at("a")].kind == "parked"
    run.tell(Retry(run.at("a")))
    run.complete("a")
    assert ended(run)


def test_an_error_end_event_of_a_subprocess_stops_it_and_is_caught_outside() -> None:
    inner = (
        '<subProcess id="sub"><startEvent id="s2"/><parallelGateway id="f"/>'
        '<userTask id="left"/><userTask id="right"/>'
        '<endEvent id="bad"><errorEventDefinition errorRef="x"/></endEvent><endEvent id="e2"/>'
        + flows("s2>f", "f>left", "f>right", "left>bad", "right>e2")
        + "</subProcess>"
    )
    caught = boundary("caught", "sub", '<errorEventDefinition errorRef="x"/>')
    body = ENDS + inner + caught + task("b") + flows("s>sub", "sub>e", "caught>b", "b>e")
    run = play(body, CODES)
    assert run.tasks == ["left", "right"]
    run.complete("left")
    assert run.tasks == ["b"]
    assert [item.node for item in run.said(TaskWithdrawn)] == ["right"]
    free = play(ENDS + inner + flows("s>sub", "sub>e"), CODES)
    free.complete("left")
    assert free.state.status == "failed"
    assert free.state.outcome == "E1"


def test_an_escalation_leaves_the_work_going_on_unless_the_catcher_interrupts() -> None:
    body = ENDS + task("a") + task("b") + flows("s>a", "a>e", "up>b", "b>e")
    trigger = '<escalationEventDefinition escalationRef="u"/>'
    soft = play(body + boundary("up", "a", trigger, interrupts=False), CODES)
    soft.tell(Escalate(soft.at("a"), "U1"))
    assert soft.tasks == ["a", "b"]
    hard = play(body + boundary("up", "a", trigger), CODES)
    hard.tell(Escalate(hard.at("a"), "U1"))
    assert hard.tasks == ["b"]
    unheard = play(ENDS + task("a") + flows("s>a", "a>e"))
    unheard.tell(Escalate(unheard.at("a"), "U1"))
    assert unheard.said(EscalationThrown) == [EscalationThrown("a", "U1", "")]
    assert unheard.tasks == ["a"]


def test_a_conditional_event_happens_when_its_condition_becomes_true() -> None:
    condition = "<conditionalEventDefinition><condition>level &gt; 3</condition>"
    condition += "</conditionalEventDefinition>"
    wait = f'<intermediateCatchEvent id="w">{condition}</intermediateCatchEvent>'
    run = play(ENDS + wait + flows("s>w", "w>e"), level=1)
    run.tell(Change({"level": 2}))
    assert run.resting == ["w"]
    run.tell(Change({"level": 4}))
    assert ended(run)
    body = ENDS + task("a") + '<manualTask id="r"/>' + flows("s>a", "a>e", "b>r")
    edge = play(body + boundary("b", "a", condition, interrupts=False), level=1)
    for level in (4, 5, 1, 6):
        edge.tell(Change({"level": level}))
    assert edge.reached("r") == 2


def test_a_link_leads_to_the_event_of_the_same_name() -> None:
    link = '<linkEventDefinition name="on"/>'
    body = (
        ENDS
        + f'<intermediateThrowEvent id="t">{link}</intermediateThrowEvent>'
        + f'<intermediateCatchEvent id="c">{link}</intermediateCatchEvent>'
        + flows("s>t", "c>e")
    )
    assert ended(play(body))


def test_a_terminate_end_event_stops_everything_in_its_process() -> None:
    body = (
        '<startEvent id="s"/><endEvent id="e"><terminateEventDefinition/></endEvent>'
        '<parallelGateway id="f"/>'
        + task("a")
        + task("b")
        + flows("s>f", "f>a", "f>b", "a>e", "b>e")
    )
    run = play(body)
    run.complete("a")
    assert ended(run)
    assert [item.node for item in run.said(TaskWithdrawn)] == ["b"]


def test_compensation_undoes_what_was_done_the_latest_first_and_waits_for_it() -> None:
    trigger = "<compensateEventDefinition/>"
    body = (
        ENDS
        + "".join(
            task(name, "serviceTask")
            + f'<boundaryEvent id="{name}c" attachedToRef="{name}">{trigger}</boundaryEvent>'
            + task(f"un{name}", attributes='isForCompensation="true"')
            + f'<association id="{name}l" sourceRef="{name}c" targetRef="un{name}"/>'
            for name in "abc"
        )
        + f'<intermediateThrowEvent id="t">{trigger}</intermediateThrowEvent>'
        + task("after")
        + flows("s>a", "a>b", "b>t", "t>after", "after>c", "c>e")
    )
    run = play(body)
    run.complete("a")
    run.complete("b")
    assert run.tasks == ["unb"]
    run.complete("unb")
    assert run.tasks == ["una"]
    run.complete("una")
    assert run.tasks == ["after"]
    assert run.reached("unc") == 0


def test_compensating_a_finished_subprocess_undoes_what_was_done_in_it() -> None:
    trigger = "<compensateEventDefinition/>"
    named = '<compensateEventDefinition activityRef="sub"/>'
    body = (
        ENDS
        + '<subProcess id="sub"><startEvent id="s2"/><serviceTask id="a"/>'
        + f'<boundaryEvent id="ac" attachedToRef="a">{trigger}</boundaryEvent>'
        + '<userTask id="una" isForCompensation="true"/><endEvent id="e2"/>'
        + '<association id="l" sourceRef="ac" targetRef="una"/>'
        + flows("s2>a", "a>e2")
        + "</subProcess>"
        + task("b")
        + f'<endEvent id="undo">{named}</endEvent>'
        + flows("s>sub", "sub>b", "b>undo")
    )
    run = play(body)
    run.complete("a")
    run.complete("b")
    assert run.tasks == ["una"]
    run.complete("una")
    assert ended(run)


def test_messages_are_sent_by_tasks_and_events_each_with_a_key_of_its_own() -> None:
    body = (
        '<startEvent id="s"/>'
        + task("a", "sendTask", attributes='messageRef="m"')
        + '<endEvent id="e"><messageEventDefinition messageRef="m"/></endEvent>'
        + flows("s>a", "a>e")
    )
    run = play(body, MESSAGES, n=1)
    sent = run.said(MessageSent)
    assert [(item.node, item.name, item.variables) for item in sent] == [
        ("a", "paid", {"n": 1}),
        ("e", "paid", {"n": 1}),
    ]
    assert sent[0].key != sent[1].key
    assert ended(run)


def test_a_receive_task_and_a_message_start_event_wait_for_their_message() -> None:
    body = (
        '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>'
        '<endEvent id="e"/>'
        + task("r", "receiveTask", attributes='messageRef="m"')
        + flows("s>r", "r>e")
    )
    run = play(body, MESSAGES, at="s")
    assert run.resting == ["r"]
    run.tell(MessageArrived("paid"))
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


def test_a_loop_over_a_list_in_parallel_collects_what_each_round_gives() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopDataInputRef>offices</loopDataInputRef>"
        "<loopDataOutputRef>opinions</loopDataOutputRef>"
        '<inputDataItem name="office"/><outputDataItem name="opinion"/>'
        "</multiInstanceLoopCharacteristics>"
    )
    run = play(ENDS + task("a", inner=loop) + flows("s>a", "a>e"), offices=["x", "y", "z"])
    rounds = [item for item in run.state.scopes.values() if item.kind == "round"]
    assert [item.variables["office"] for item in rounds] == ["x", "y", "z"]
    tasks = [item.id for item in run.state.positions.values() if item.kind == "task"]
    for number, position in reversed(list(enumerate(tasks))):
        run.tell(Complete(position, {"opinion": number}))
    assert ended(run)
    assert run.state.variables["opinions"] == [0, 1, 2]
    assert "opinion" not in run.state.variables


def test_a_sequential_loop_stops_when_its_completion_condition_holds() -> None:
    loop = (
        '<multiInstanceLoopCharacteristics isSequential="true">'
        "<loopCardinality>5</loopCardinality>"
        "<completionCondition>numberOfCompletedInstances = 2</completionCondition>"
        "</multiInstanceLoopCharacteristics>"
    )
    run = play(ENDS + task("a", inner=loop) + flows("s>a", "a>e"))
    assert len(run.tasks) == 1
    run.tell(Complete(max(run.state.positions)))
    assert len(run.tasks) == 1
    with pytest.raises(Refusal):
        run.tell(Complete(run.at("a")))
    run.tell(Complete(max(run.state.positions)))
    assert ended(run)


def test_a_parallel_loop_withdraws_the_rest_when_enough_are_done() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
        "<completionCondition>numberOfCompletedInstances &gt;= 2</completionCondition>"
        "</multiInstanceLoopCharacteristics>"
    )
    run = play(ENDS + task("a", inner=loop) + flows("s>a", "a>e"))
    first, second, third = (i.id for i in run.state.positions.values() if i.kind == "task")
    run.tell(Complete(second))
    run.tell(Complete(third))
    assert ended(run)
    assert [item.position for item in run.said(TaskWithdrawn)] == [first]


def test_a_loop_over_nothing_is_done_at_once_and_over_no_list_is_parked() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopDataInputRef>xs</loopDataInputRef>"
        "</multiInstanceLoopCharacteristics>"
    )
    body = ENDS + task("a", inner=loop) + flows("s>a", "a>e")
    assert ended(play(body, xs=[]))
    stuck = play(body, xs=3)
    assert [item.code for item in stuck.said(StepParked)] == ["process.not_a_list"]
    stuck.tell(Retry(stuck.at("a"), {"xs": [1]}))
    assert len(stuck.tasks) == 1


def test_a_standard_loop_repeats_while_its_condition_holds() -> None:
    loop = (
        '<standardLoopCharacteristics loopMaximum="5"><loopCondition>again</loopCondition>'
        "</standardLoopCharacteristics>"
    )
    run = play(ENDS + task("a", inner=loop) + flows("s>a", "a>e"))
    for again in (True, True, False):
        assert len(run.tasks) == 1
        run.tell(Complete(max(run.state.positions), {"again": again}))
    assert ended(run)


def test_an_event_subprocess_that_interrupts_stops_the_rest_and_another_runs_beside() -> None:
    def body(interrupting: str) -> str:
        return (
            ENDS
            + task("a")
            + '<subProcess id="ev" triggeredByEvent="true">'
            + f'<startEvent id="es" isInterrupting="{interrupting}">'
            + '<messageEventDefinition messageRef="m"/></startEvent><userTask id="b"/>'
            + '<endEvent id="ee"/>'
            + flows("es>b", "b>ee")
            + "</subProcess>"
            + flows("s>a", "a>e")
        )

    hard = play(body("true"), MESSAGES)
    hard.tell(MessageArrived("paid"))
    assert hard.tasks == ["b"]
    hard.complete("b")
    assert ended(hard)
    soft = play(body("false"), MESSAGES)
    soft.tell(MessageArrived("paid"))
    soft.tell(MessageArrived("paid"))
    assert soft.tasks == ["a", "b", "b"]
    soft.complete("a")
    soft.complete("b")
    soft.complete("b")
    assert ended(soft)


def test_an_adhoc_subprocess_offers_its_activities_until_its_condition_holds() -> None:
    body = (
        ENDS
        + '<adHocSubProcess id="h"><userTask id="a"/><userTask id="b"/>'
        + "<completionCondition>enough</completionCondition></adHocSubProcess>"
        + flows("s>h", "h>e")
    )
    run = play(body)
    assert [item.activities for item in run.said(ActivitiesOffered)] == [("a", "b")]
    run.tell(Begin(run.at("h"), "b"))
    run.complete("b", enough=False)
    run.tell(Begin(run.at("h"), "b"))
    run.tell(Begin(run.at("h"), "a"))
    with pytest.raises(Refusal):
        run.tell(Begin(run.at("h"), "nothing"))
    run.complete("a", enough=True)
    assert ended(run)
    assert [item.node for item in run.said(TaskWithdrawn)] == ["b"]


def test_variables_of_a_subprocess_that_declares_them_stay_in_it() -> None:
    body = (
        ENDS
        + '<subProcess id="sub"><dataObject id="d" name="draft"/><startEvent id="s2"/>'
        + '<userTask id="a"/><endEvent id="e2"/>'
        + flows("s2>a", "a>e2")
        + "</subProcess>"
        + flows("s>sub", "sub>e")
    )
    run = play(body)
    run.complete("a", draft="x", final="y")
    assert run.state.variables == {"final": "y"}


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


def test_a_timer_of_the_year_9999_is_parked_with_its_reason() -> None:
    wait = f'<intermediateCatchEvent id="w">{timer("when", "timeDate")}</intermediateCatchEvent>'
    run = play(ENDS + wait + flows("s>w", "w>e"), when="9999-01-01T00:00:00Z")
    assert [item.code for item in run.said(StepParked)] == ["process.timer_too_far"]
