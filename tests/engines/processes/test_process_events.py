"""The token semantics: events."""

import pytest

from pengcheng.engines.processes import (
    Change,
    ErrorThrown,
    Escalate,
    EscalationThrown,
    Fail,
    MessageArrived,
    MessageSent,
    Retry,
    ServiceCalled,
    SignalArrived,
    SignalThrown,
    StepParked,
    TaskWithdrawn,
    TimerDue,
    WaitStarted,
)
from pengcheng.kernel.errors import Refusal
from tests.engines.processes.process_play import (
    CODES,
    ENDS,
    MESSAGES,
    NOON,
    boundary,
    ended,
    flows,
    play,
    task,
    timer,
)


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


def test_a_timer_of_the_year_9999_is_parked_with_its_reason() -> None:
    wait = f'<intermediateCatchEvent id="w">{timer("when", "timeDate")}</intermediateCatchEvent>'
    run = play(ENDS + wait + flows("s>w", "w>e"), when="9999-01-01T00:00:00Z")
    assert [item.code for item in run.said(StepParked)] == ["process.timer_too_far"]
