"""Data objects and what associations carry: into a call, a decision, a service, and back; a
finished sub-process undone by its own event sub-process."""

import pytest

from pengcheng.engines.processes import (
    Complete,
    DecisionAsked,
    FeelConditions,
    ProcessCalled,
    ServiceCalled,
    check,
    read,
    write,
)
from tests.engines.processes.process_play import bpmn, definition, flows, play

DATA = """
<dataObject id="do_tree" name="tree"/><dataObject id="do_fee" name="fee"/>
<dataObjectReference id="ref_tree" dataObjectRef="do_tree"/>
<dataObjectReference id="ref_fee" dataObjectRef="do_fee"/>"""
CARRIED = """
<ioSpecification><dataInput id="in_girth" name="girth"/><dataInput id="in_copy" name="whole"/>
  <dataOutput id="out_amount" name="amount"/></ioSpecification>
<dataInputAssociation><targetRef>in_girth</targetRef>
  <assignment><from>tree.girth * 10</from><to>in_girth</to></assignment></dataInputAssociation>
<dataInputAssociation><sourceRef>ref_tree</sourceRef><targetRef>in_copy</targetRef>
</dataInputAssociation>
<dataOutputAssociation><sourceRef>out_amount</sourceRef><targetRef>ref_fee</targetRef>
</dataOutputAssociation>"""
TREE = {"girth": 35, "owner": "示例"}


def carrying(tag: str, more: str = "") -> str:
    """A process of one activity with data associations."""
    return (
        f'{DATA}<startEvent id="s"/><{tag} id="a" {more}>{CARRIED}</{tag}>'
        f'<userTask id="after"/><endEvent id="e"/>' + flows("s>a", "a>after", "after>e")
    )


@pytest.mark.parametrize(
    ("tag", "more", "effect"),
    [
        ("callActivity", 'calledElement="fees"', ProcessCalled),
        ("businessRuleTask", "", DecisionAsked),
        ("serviceTask", "", ServiceCalled),
    ],
)
def test_what_is_carried_in_and_out_and_nothing_else(tag: str, more: str, effect: type) -> None:
    run = play(carrying(tag, more), tree=TREE, secret="x")

    (asked,) = [item for item in run.effects if isinstance(item, effect)]
    run.tell(Complete(asked.position, {"amount": 120, "noise": 1}))

    assert dict(asked.variables) == {"girth": 350, "whole": TREE}
    assert run.state.variables == {"tree": TREE, "secret": "x", "fee": 120}


def test_without_associations_everything_is_seen_and_every_result_comes_back() -> None:
    body = '<startEvent id="s"/><serviceTask id="a"/><userTask id="u"/><endEvent id="e"/>' + flows(
        "s>a", "a>u", "u>e"
    )
    run = play(body, secret="x")
    (asked,) = [item for item in run.effects if isinstance(item, ServiceCalled)]

    run.tell(Complete(asked.position, {"amount": 120}))

    assert asked.variables is None
    assert run.state.variables == {"secret": "x", "amount": 120}


def test_a_result_that_cannot_be_carried_out_parks_the_step() -> None:
    lazy = carrying("serviceTask").replace(
        "<sourceRef>out_amount</sourceRef><targetRef>ref_fee</targetRef>",
        "<targetRef>ref_fee</targetRef><assignment><from>for x in 1..1000000 return x</from>"
        "<to>ref_fee</to></assignment>",
    )
    run = play(lazy, tree=TREE)
    (asked,) = [item for item in run.effects if isinstance(item, ServiceCalled)]

    run.tell(Complete(asked.position, {}))

    (position,) = run.state.positions.values()
    assert position.kind == "parked"


def test_a_wrong_expression_of_an_association_is_found_before_it_runs() -> None:
    wrong = carrying("serviceTask").replace("tree.girth * 10", "tree.girth * (")

    (fault,) = check(definition(wrong), FeelConditions())

    assert (fault.code, fault.element) == ("process.expression_wrong", "a")


def test_associations_come_back_from_a_file_as_they_were() -> None:
    document = read(bpmn(carrying("serviceTask")))

    assert read(write(document)) == document


UNDONE = (
    '<startEvent id="s"/><subProcess id="sub"><dataObject id="d" name="seat"/>'
    '<startEvent id="s2"/><userTask id="book"/><endEvent id="e2"/>'
    + flows("s2>book", "book>e2")
    + '<subProcess id="undo" triggeredByEvent="true"><startEvent id="s3">'
    '<compensateEventDefinition/></startEvent><userTask id="release"/><endEvent id="e3"/>'
    + flows("s3>release", "release>e3")
    + '</subProcess></subProcess><userTask id="pay"/>'
    '<intermediateThrowEvent id="back"><compensateEventDefinition/></intermediateThrowEvent>'
    '<userTask id="tell"/><endEvent id="e"/>'
    + flows("s>sub", "sub>pay", "pay>back", "back>tell", "tell>e")
)


def test_a_finished_subprocess_is_undone_by_its_own_event_subprocess_with_its_data() -> None:
    assert [item for item in check(definition(UNDONE)) if item.grade == "fault"] == []
    run = play(UNDONE)
    run.complete("book", seat="12A")
    assert "seat" not in run.state.variables, "a data object stays in its sub-process"
    run.complete("pay")

    undoing = next(item for item in run.state.positions.values() if item.node == "release")
    seen = run.state.scopes[undoing.scope].variables
    assert [item.node for item in run.state.positions.values() if item.kind == "task"] == [
        "release"
    ], "the throwing event waits for it"
    run.complete("release")

    assert seen["seat"] == "12A"
    assert [item.node for item in run.state.positions.values()] == ["tell"]


def test_an_event_subprocess_that_undoes_a_whole_process_is_refused_by_name() -> None:
    body = (
        '<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>'
        + flows("s>a", "a>e")
        + '<subProcess id="undo" triggeredByEvent="true"><startEvent id="s3">'
        '<compensateEventDefinition/></startEvent><endEvent id="e3"/>'
        + flows("s3>e3")
        + "</subProcess>"
    )
    constructs = [item.facts.get("construct") for item in check(definition(body))]

    assert "compensation event sub-process of a process" in constructs
