"""The token semantics: loops, sub-processes and compensation."""

import pytest

from pengcheng.engines.processes import (
    ActivitiesOffered,
    Begin,
    Complete,
    MessageArrived,
    Retry,
    StepParked,
    TaskWithdrawn,
)
from pengcheng.kernel.errors import Refusal
from tests.engines.processes.process_play import (
    CODES,
    ENDS,
    MESSAGES,
    boundary,
    ended,
    flows,
    play,
    task,
)


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
