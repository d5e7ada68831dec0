"""The packs' short form, its drawing, and moving instances between versions."""

import copy
from typing import Any

import pytest
from lxml import etree

from pengcheng.engines.processes import (
    Complete,
    Definition,
    FeelConditions,
    Mapped,
    Program,
    TaskCreated,
    WaitStarted,
    advance,
    check,
    compile_short,
    draw,
    migrate,
    prepare,
    read,
    start,
    step_verdicts,
    try_out,
    verdict_of,
    verdicts,
    write,
)
from pengcheng.engines.processes.diagram import picture_of
from pengcheng.engines.processes.layout import lay_out
from pengcheng.kernel.errors import Refusal
from tests.engines.processes.process_play import NOON, Play, definition, flows

DEMAND: dict[str, Any] = {
    "id": "demand",
    "name": {"zh": "诉求办理", "en": "Demand handling"},
    "steps": [
        {"id": "intake", "kind": "rule", "decision": "route", "next": "triage"},
        {
            "id": "triage",
            "name": {"zh": "分拨", "en": "Triage"},
            "role": "operator",
            "within": "2 working hours",
            "actions": {"dispatch": "accept", "refuse": "closed"},
        },
        {"id": "accept", "role": "unit", "actions": {"accept": "handle", "return": "triage"}},
        {
            "id": "handle",
            "role": "unit",
            "within": {"amount": 5, "unit": "working_day"},
            "actions": {"reply": "approve", "return": "triage", "ask": "materials"},
        },
        {"id": "materials", "kind": "wait", "message": "materials", "for": "P15D",
         "next": "handle"},
        {"id": "approve", "role": "head", "actions": {"approve": "reply", "return": "handle"}},
        {"id": "reply", "kind": "service", "calls": "send_reply", "next": "evaluate"},
        {"id": "evaluate", "role": "applicant", "actions": {"rate": "closed", "reopen": "triage"}},
        {"id": "closed", "kind": "end", "name": {"zh": "办结", "en": "Closed"}},
    ],
}  # fmt: skip


def program(process: dict[str, Any]) -> Program:
    return prepare(compile_short(process), FeelConditions())


def changed(step: str, **fields: Any) -> dict[str, Any]:
    """The demand with some fields of one step changed."""
    process = copy.deepcopy(DEMAND)
    chosen = next(item for item in process["steps"] if item["id"] == step)
    chosen.update(fields)
    return process


def test_a_dozen_lines_make_a_process_that_passes_every_check_and_round_trips() -> None:
    compiled = compile_short(DEMAND)
    assert check(compiled, FeelConditions()) == ()
    assert read(write(compiled.document)) == compiled.document
    assert compiled.document.diagrams


def test_a_demand_goes_round_the_whole_loop_with_returns() -> None:
    run = Play(program(DEMAND), {})
    run.complete("intake")
    run.complete("triage", action="dispatch")
    run.complete("accept", action="return")
    run.complete("triage", action="dispatch")
    run.complete("accept", action="accept")
    run.complete("handle", action="ask")
    run.later("materials", days=15)
    run.complete("handle", action="reply")
    run.complete("approve", action="approve")
    run.complete("reply")
    run.complete("evaluate", action="rate")
    assert (run.state.status, run.state.outcome) == ("ended", "closed")
    created = [(item.node, item.role, item.within) for item in run.said(TaskCreated)]
    assert created[0] == ("triage", "operator", "2 working hours")
    assert ("handle", "unit", "5 working days") in created


def test_an_action_that_the_step_does_not_have_parks_it_instead_of_guessing() -> None:
    run = Play(program(DEMAND), {})
    run.complete("intake")
    run.complete("triage", action="explode")
    assert [item.kind for item in run.state.positions.values()] == ["parked"]


def test_branches_choose_by_feel_and_fork_and_join_go_together() -> None:
    process = {
        "id": "p",
        "steps": [
            {"id": "sort", "kind": "rule", "branches": [
                {"when": "n > 10", "to": "both"}, {"to": "done"}]},
            {"id": "both", "kind": "fork", "to": ["a", "b"]},
            {"id": "a", "role": "x", "next": "together"},
            {"id": "b", "role": "y", "next": "together", "each": "units", "as": "unit"},
            {"id": "together", "kind": "join", "next": "done"},
            {"id": "done", "kind": "end"},
        ],
    }  # fmt: skip
    assert check(compile_short(process), FeelConditions()) == ()
    run = Play(program(process), {"n": 11, "units": [1, 2]})
    run.complete("sort")
    assert run.tasks == ["a", "b", "b"]
    small = Play(program(process), {"n": 1})
    small.complete("sort")
    assert small.state.status == "ended"


def test_every_fault_of_a_short_form_is_told_at_once_with_its_path() -> None:
    process = {
        "id": "bad id",
        "steps": [
            {"id": "a", "kind": "userr", "roles": "x", "actions": {"go": "b"}},
            {"id": "a", "kind": "end", "next": "b"},
            {"id": "w", "kind": "wait"},
        ],
    }
    with pytest.raises(Refusal) as told:
        compile_short(process)
    assert {(fault.path, fault.code) for fault in told.value.faults} == {
        ("/id", "process.bad_name"),
        ("/steps/0/roles", "process.unknown_key"),
        ("/steps/0/kind", "process.unknown_kind"),
        ("/steps/1/id", "process.id_twice"),
        ("/steps/1", "process.end_goes_on"),
        ("/steps/2", "process.wait_for_what"),
    }
    assert told.value.faults[1].facts["nearest"] == "role"


def test_a_step_that_leads_to_a_step_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(Refusal) as told:
        compile_short(changed("triage", actions={"dispatch": "acept", "refuse": "closed"}))
    (fault,) = told.value.faults
    assert (fault.path, fault.facts["nearest"]) == ("/steps/1/actions/dispatch", "accept")


def test_a_late_step_goes_to_supervision_beside_the_work() -> None:
    late = {"after": "P5D", "to": "supervise"}
    process = changed("handle", late=late)
    process["steps"] += [
        {"id": "supervise", "role": "supervisor", "next": "told"},
        {"id": "told", "kind": "end"},
    ]
    run = Play(program(process), {})
    run.complete("intake")
    run.complete("triage", action="dispatch")
    run.complete("accept", action="accept")
    run.later("handle.late", days=5)
    assert run.tasks == ["handle", "supervise"]


# ── drawing ──────────────────────────────────────────────────────────────────────────────────


def overlaps(compiled: Definition) -> list[tuple[str, str]]:
    shapes = [item for item in lay_out(compiled).shapes if ".late" not in item.element]
    return [
        (one.element, two.element)
        for number, one in enumerate(shapes)
        for two in shapes[number + 1 :]
        if one.x < two.x + two.width
        and two.x < one.x + one.width
        and one.y < two.y + two.height
        and two.y < one.y + one.height
    ]


def test_the_layout_has_a_shape_for_each_node_and_none_on_another() -> None:
    compiled = compile_short(DEMAND)
    picture = picture_of(compiled.document)
    body = compiled.process.body
    assert {item.element for item in picture.shapes} == {node.id for node in body.nodes}
    assert {item.element for item in picture.edges} == {flow.id for flow in body.flows}
    assert overlaps(compiled) == []


def test_a_drawing_tells_the_path_and_the_waiting_step_in_words_too() -> None:
    compiled = compile_short(DEMAND)
    drawn = draw(compiled, ["start", "start-intake", "intake", "triage"], ["triage"])
    svg = etree.fromstring(drawn)
    spaces = {"s": "http://www.w3.org/2000/svg"}
    classes = {item.get("data-node"): item.get("class") for item in svg.iterfind(".//s:g", spaces)}
    assert classes["intake"] == "bpmn-node bpmn-taken"
    assert classes["triage"] == "bpmn-node bpmn-taken bpmn-waiting"
    assert classes["accept"] == "bpmn-node"
    assert svg.get("role") == "img"
    assert svg.find("s:title", spaces).text == "诉求办理"
    assert svg.find("s:desc", spaces).text.endswith("当前步骤: 分拨.")
    english = draw(compiled, ["start"], ["triage"], language="en")
    assert "Now at: Triage" in english


def test_a_file_with_subprocesses_and_boundary_events_is_laid_out_too() -> None:
    body = (
        '<startEvent id="s"/><endEvent id="e"/><subProcess id="sub"><startEvent id="s2"/>'
        '<userTask id="a"/><endEvent id="e2"/>'
        + flows("s2>a", "a>e2")
        + '</subProcess><boundaryEvent id="b" attachedToRef="sub"><timerEventDefinition>'
        + "<timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>"
        + flows("s>sub", "sub>e", "b>e")
    )
    shapes = {item.element: item for item in lay_out(definition(body)).shapes}
    assert set(shapes) == {"s", "e", "sub", "s2", "a", "e2", "b"}
    outer, inner = shapes["sub"], shapes["a"]
    assert outer.x < inner.x
    assert inner.x + inner.width < outer.x + outer.width
    assert outer.y < inner.y
    assert inner.y + inner.height < outer.y + outer.height


# ── trying and upgrading ─────────────────────────────────────────────────────────────────────


def test_a_trial_moves_the_simulated_clock_and_answers_for_everyone() -> None:
    process = {
        "id": "p",
        "steps": [
            {"id": "a", "role": "x", "next": "w"},
            {"id": "w", "kind": "wait", "for": "P15D", "next": "done"},
            {"id": "done", "kind": "end"},
        ],
    }
    steps = list(try_out(program(process), {}, NOON))
    assert [item.node for item in steps] == ["", "a", "w"]
    assert (steps[-1].at - NOON).days == 15
    assert steps[-1].state.status == "ended"


def at_handle(process: dict[str, Any]) -> Play:
    run = Play(program(process), {})
    run.complete("intake")
    run.complete("triage", action="dispatch")
    run.complete("accept", action="accept")
    return run


def test_an_instance_moves_to_a_version_that_still_has_its_step() -> None:
    run = at_handle(DEMAND)
    new = program(
        {**changed("handle", late={"after": "P1D", "to": "triage"}), "id": "demand"},
    )
    found = verdicts(run.program, new, run.state)
    assert verdict_of(found) == "moves"
    moved, effects = migrate(run.program, new, run.state, NOON)
    assert [type(item) for item in effects] == [WaitStarted]
    number = run.at("handle")
    after, _ = advance(new, moved, Complete(number, {"action": "reply"}), NOON)
    assert [item.node for item in after.positions.values()] == ["approve"]
    back, undone = migrate(new, run.program, moved, NOON)
    assert back.positions == run.state.positions
    assert back.waits == {}
    assert len(undone) == 1


def test_a_step_that_is_gone_needs_a_person_unless_the_mapping_names_its_heir() -> None:
    run = at_handle(DEMAND)
    renamed = copy.deepcopy(DEMAND)
    for step in renamed["steps"]:
        step["id"] = {"handle": "work"}.get(step["id"], step["id"])
        step["actions"] = {k: {"handle": "work"}.get(v, v) for k, v in
                           step.get("actions", {}).items()}  # fmt: skip
        step["next"] = {"handle": "work"}.get(step.get("next", ""), step.get("next"))
    new = program(renamed)
    assert verdict_of(verdicts(run.program, new, run.state)) == "person"
    with pytest.raises(Refusal):
        migrate(run.program, new, run.state, NOON)
    mapped = Mapped(steps={"handle": "work"})
    moved, _ = migrate(run.program, new, run.state, NOON, mapped)
    assert [item.node for item in moved.positions.values()] == ["work"]
    stays = Mapped(stays=frozenset({"handle"}))
    assert verdict_of(verdicts(run.program, new, run.state, stays)) == "stays"


def test_a_step_of_another_kind_needs_a_person_and_a_loop_waits() -> None:
    run = at_handle(DEMAND)
    other = changed("handle", kind="service", next="approve", actions=None)
    assert verdict_of(verdicts(run.program, program(other), run.state)) == "person"
    looped = program(changed("handle", each="units"))
    state, _ = start(looped, {"units": [1, 2]}, NOON)
    run = Play(looped, {"units": [1, 2]})
    run.complete("intake")
    run.complete("triage", action="dispatch")
    run.complete("accept", action="accept")
    assert verdict_of(verdicts(looped, looped, run.state)) == "waits"
    assert state.status == "running"
    by_step = {item.node: item.verdict for item in step_verdicts(looped, looped)}
    assert by_step["handle"] == "waits"
    assert by_step["triage"] == "moves"
