"""What is found before a process is published."""

from time import process_time

import pytest

from pengcheng.engines.processes import WORDS, FeelConditions, check, draw, must_run
from pengcheng.kernel.errors import Refusal
from tests.engines.processes.process_play import definition, flows

ENDS = '<startEvent id="s"/><endEvent id="e"/>'


def users(*names: str) -> str:
    return "".join(f'<userTask id="{name}"/>' for name in names)


def gateways(kind: str, *names: str) -> str:
    return "".join(f'<{kind}Gateway id="{name}"/>' for name in names)


def found(body: str, globals_: str = "") -> set[tuple[str, str]]:
    """(code without its prefix, element) of every finding; each has words."""
    findings = check(definition(body, globals_), FeelConditions())
    assert all(item.code in WORDS for item in findings)
    return {(item.code.removeprefix("process."), item.element) for item in findings}


def test_a_sound_process_has_no_finding() -> None:
    body = ENDS + gateways("parallel", "f", "j") + users("a", "b")
    assert found(body + flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>e")) == set()


def test_a_join_that_waits_for_a_branch_not_taken_is_a_deadlock() -> None:
    body = ENDS + '<exclusiveGateway id="x" default="x-b"/>' + gateways("parallel", "j")
    body += users("a", "b") + flows("s>x", "x>a: n > 1", "x>b", "a>j", "b>j", "j>e")
    assert found(body) == {("deadlock", "j")}
    with pytest.raises(Refusal) as told:
        must_run(definition(body))
    assert told.value.code == "process.cannot_run"


def test_an_interrupting_boundary_event_can_starve_a_join() -> None:
    timer = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    body = ENDS + gateways("parallel", "f", "j") + users("a", "b")
    body += f'<boundaryEvent id="late" attachedToRef="a">{timer}</boundaryEvent>'
    body += '<endEvent id="e2"/>'
    body += flows("s>f", "f>a", "f>b", "a>j", "b>j", "j>e", "late>e2")
    assert found(body) == {("deadlock", "j")}


def test_an_inclusive_join_after_an_inclusive_split_is_sound() -> None:
    body = ENDS + '<inclusiveGateway id="f" default="f-b"/>' + gateways("inclusive", "j")
    body += users("a", "b") + flows("s>f", "f>a: n > 1", "f>b", "a>j", "b>j", "j>e")
    assert found(body) == set()


def test_tokens_that_pile_up_in_a_loop_are_told() -> None:
    body = ENDS + gateways("parallel", "f") + users("a", "b")
    body += flows("s>a", "a>f", "f>a", "f>b", "b>e")
    assert ("tokens_pile_up", "f-b") in found(body)


def test_nodes_that_nothing_reaches_and_ends_that_cannot_be_reached() -> None:
    alone = found(ENDS + users("a", "b", "c") + flows("s>a", "a>e", "b>c", "c>b"))
    assert {("unreachable", "b"), ("unreachable", "c")} <= alone
    body = ENDS + users("a", "b") + gateways("exclusive", "x").replace("/>", ' default="x-a"/>')
    endless = found(body + flows("s>x", "x>a", "x>e: n > 1", "a>b", "b>a"))
    assert {("end_unreachable", "a"), ("end_unreachable", "b")} <= endless


def test_a_dead_end_and_an_empty_process() -> None:
    assert ("dead_end", "g") in found(ENDS + gateways("parallel", "g") + flows("s>g"))
    assert ("ends_without_event", "a") in found('<startEvent id="s"/>' + users("a") + flows("s>a"))
    assert ("empty", "p") in found("")


def test_a_flow_across_the_border_of_a_subprocess_is_a_fault_and_can_still_be_drawn() -> None:
    inner = '<subProcess id="sub"><userTask id="a"/></subProcess>'
    body = ENDS + inner + flows("s>a", "a>e")
    assert {("flow_across", "s-a"), ("flow_across", "a-e")} <= found(body)
    assert "<svg" in draw(definition(body))


def test_after_an_event_gateway_only_events_may_stand() -> None:
    body = ENDS + gateways("eventBased", "g") + users("a", "b")
    body += flows("s>g", "g>a", "g>b", "a>e", "b>e")
    assert found(body) == {("not_awaited", "a"), ("not_awaited", "b")}


def test_a_loop_without_a_wait_is_a_fault_and_one_of_calls_a_warning() -> None:
    gate = '<exclusiveGateway id="x" default="x-m"/>'
    loop = flows("s>m", "m>x", "x>m", "x>e: done")
    assert ("loop_without_wait", "x") in found(ENDS + gate + '<manualTask id="m"/>' + loop)
    assert ("loop_of_calls", "x") in found(ENDS + gate + '<serviceTask id="m"/>' + loop)
    assert found(ENDS + gate + users("m") + loop) == set()


def test_a_loop_through_links_or_past_an_idle_sub_process_has_no_wait_either() -> None:
    gate = '<exclusiveGateway id="x" default="x-t"/>'
    links = (
        '<intermediateThrowEvent id="t"><linkEventDefinition name="L"/></intermediateThrowEvent>'
    )
    links += (
        '<intermediateCatchEvent id="c"><linkEventDefinition name="L"/></intermediateCatchEvent>'
    )
    assert ("loop_without_wait", "x") in found(
        ENDS + gate + links + flows("s>x", "x>t", "c>x", "x>e: done")
    )
    idle = '<subProcess id="t"><startEvent id="i"/><endEvent id="o"/>' + flows("i>o")
    around = flows("s>x", "x>t", "t>x", "x>e: done")
    assert ("loop_without_wait", "x") in found(ENDS + gate + idle + "</subProcess>" + around)
    waiting = idle.replace('<endEvent id="o"/>', '<endEvent id="o"/><userTask id="w"/>')
    waiting = waiting.replace(flows("i>o"), flows("i>w", "w>o")) + "</subProcess>"
    assert found(ENDS + gate + waiting + around) == set()


def test_a_task_that_is_passed_at_once_may_not_loop_on_a_condition_it_cannot_change() -> None:
    def looped(condition: str) -> set[tuple[str, str]]:
        loop = f"<loopCondition>{condition}</loopCondition>"
        inner = f"<standardLoopCharacteristics>{loop}</standardLoopCharacteristics>"
        return found(ENDS + f'<task id="a">{inner}</task>' + flows("s>a", "a>e"))

    assert looped("true") == {("loop_without_wait", "a")}
    assert looped("loopCounter &lt; 3") == set()


def test_a_process_of_20_000_steps_is_checked_in_time_that_grows_with_its_length() -> None:
    names = [f"t{number}" for number in range(20_000)]
    body = ENDS + "".join(f'<manualTask id="{name}"/>' for name in names)
    ways = zip(["s", *names], [*names, "e"], strict=True)
    body += flows(*(f"{one}>{other}" for one, other in ways))
    begun = process_time()
    assert {code for code, _ in found(body)} <= {"not_proven"}
    assert process_time() - begun < 20


def test_what_is_wrong_is_said_in_sentences_of_both_languages() -> None:
    body = ENDS + gateways("exclusive", "x") + users("a") + flows("s>x", "x>a: n >", "a>e")
    with pytest.raises(Refusal) as told:
        must_run(definition(body), FeelConditions())
    english = WORDS["process.cannot_run"].fill("en", told.value.facts)
    chinese = WORDS["process.cannot_run"].fill("zh", told.value.facts)
    assert "Line 1, column" in english
    assert "第 1 行第" in chinese
    assert "{" not in english + chinese
    assert ".," not in english, "sentences are not a list"


def test_conditions_that_are_missing_wrong_or_in_another_language() -> None:
    gate = ENDS + gateways("exclusive", "x") + users("a", "b")
    rest = flows("a>e", "b>e")
    assert ("default_missing", "x") in found(gate + flows("s>x", "x>a: n > 1", "x>b: n < 1") + rest)
    assert ("condition_missing", "x-b") in found(gate + flows("s>x", "x>a: n > 1", "x>b") + rest)
    assert ("expression_wrong", "x-a") in found(
        gate + flows("s>x", "x>a: n >", "x>b: n < 1") + rest
    )
    other = flows("s>x", "x>a: n > 1", "x>b: n < 1").replace(
        "<conditionExpression>", '<conditionExpression language="http://groovy">', 1
    )
    assert ("language", "x-a") in found(gate + other + rest)


def wait(text: str, kind: str) -> set[tuple[str, str]]:
    inner = f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"
    node = f'<intermediateCatchEvent id="w">{inner}</intermediateCatchEvent>'
    return found(ENDS + node + flows("s>w", "w>e"))


def test_timers_are_read_before_they_run() -> None:
    assert wait("P3D", "timeDuration") == set()
    assert wait("R3/PT10M", "timeCycle") == set()
    assert wait("duration(days)", "timeDuration") == set()
    assert wait("2026-05-01T09:00:00+08:00", "timeDate") == set()
    assert wait("9999-01-01T00:00:00Z", "timeDate") == {("timer_too_far", "w")}
    assert wait("R/PT0S", "timeCycle") == {("timer_too_often", "w")}
    assert wait("Rx/PT1S", "timeCycle") == {("timer_text", "w")}
    assert wait("", "timeDuration") == {("timer_missing", "w")}


def test_loops_without_an_end_or_over_nothing() -> None:
    def looped(inner: str) -> set[tuple[str, str]]:
        return found(ENDS + f'<userTask id="a">{inner}</userTask>' + flows("s>a", "a>e"))

    assert looped("<standardLoopCharacteristics/>") == {("loop_without_end", "a")}
    assert looped("<multiInstanceLoopCharacteristics/>") == {("loop_over_nothing", "a")}


def test_a_body_too_wide_to_play_through_is_not_called_sound() -> None:
    names = [f"t{n}" for n in range(14)]
    body = ENDS + gateways("parallel", "f", "j") + users(*names)
    body += flows("s>f", *(f"f>{n}" for n in names), *(f"{n}>j" for n in names), "j>e")
    assert found(body) == {("not_proven", "p")}
