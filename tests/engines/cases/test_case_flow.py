"""The processes engine says where a verb leads, and says what the pack declared."""

from pathlib import Path

import msgspec
import pytest

from pengcheng import pack
from pengcheng.engines.cases.flow import Flow, flow_of
from pengcheng.engines.processes import compile_short, one_token
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import Registry

REGISTRY = pack.load(pack.find(Path(__file__).parents[3] / "packs"))
PROCESSES = [REGISTRY.processes[kind.process] for kind in REGISTRY.case_kinds.values()]
WAYS = [
    pytest.param(process, step, verb, id=f"{process.name}-{step.id}-{verb}")
    for process in PROCESSES
    for step in process.steps
    for verb in step.actions
]
STEPS = [
    pytest.param(process, step, id=f"{process.name}-{step.id}")
    for process in PROCESSES
    for step in process.steps
]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_the_engine_begins_a_case_where_the_declaration_says(process: object) -> None:
    assert Flow(process).first_step == process.start


@pytest.mark.parametrize(("process", "step", "verb"), WAYS)
def test_the_engine_leads_each_verb_where_the_declaration_says(
    process: object, step: object, verb: str
) -> None:
    assert flow_of(process).next_step(step.id, verb) == step.actions[verb]


@pytest.mark.parametrize(("process", "step"), STEPS)
def test_a_verb_that_a_step_does_not_declare_is_never_played(process: object, step: object) -> None:
    flow = flow_of(process)
    verbs = {verb for item in process.steps for verb in item.actions} | {"", 'x" or true or "'}

    for verb in sorted(verbs - set(step.actions)):
        with pytest.raises(AssertionError):
            flow.next_step(step.id, verb)


@pytest.mark.parametrize(("process", "step"), STEPS)
def test_from_every_step_the_engine_finds_an_end(process: object, step: object) -> None:
    assert flow_of(process).reaches_end(step.id)


def test_a_step_that_no_process_has_is_absent() -> None:
    with pytest.raises(Absent):
        flow_of(PROCESSES[0]).next_step("nowhere", "dispatch")


def test_another_version_of_a_process_is_played_anew() -> None:
    process = PROCESSES[0]
    first = process.step(process.start)
    turned = msgspec.structs.replace(first, actions={**first.actions, "dispatch": "triage"})
    steps = tuple(turned if step is first else step for step in process.steps)
    newer = msgspec.structs.replace(process, steps=steps)

    assert flow_of(newer).next_step(first.id, "dispatch") == "triage"
    assert flow_of(process).next_step(first.id, "dispatch") == first.actions["dispatch"]


def test_a_registry_read_from_the_database_gives_the_same_flow() -> None:
    again = msgspec.json.decode(msgspec.json.encode(REGISTRY), type=Registry)
    process = again.processes[PROCESSES[0].name]

    assert flow_of(process) is not flow_of(PROCESSES[0])
    assert flow_of(process).first_step == PROCESSES[0].start


def test_a_process_is_made_a_flow_of_once() -> None:
    assert flow_of(PROCESSES[0]) is flow_of(PROCESSES[0])


FORKED = {
    "id": "forked",
    "steps": [
        {"id": "both", "kind": "fork", "to": ["left", "right"]},
        {"id": "left", "role": "clerk", "next": "meet"},
        {"id": "right", "role": "clerk", "each": "rooms", "next": "meet"},
        {"id": "meet", "kind": "join", "next": "done"},
        {"id": "done", "kind": "end"},
    ],
}
LATE = {
    "id": "late",
    "steps": [
        {"id": "work", "role": "clerk", "next": "done", "late": {"after": "PT1H", "to": "call"}},
        {"id": "call", "role": "clerk", "next": "done"},
        {"id": "done", "kind": "end"},
    ],
}


def test_what_could_make_a_second_token_is_found() -> None:
    forked = [finding.element for finding in one_token(compile_short(FORKED))]
    late = [finding.element for finding in one_token(compile_short(LATE))]

    assert sorted(forked) == ["both", "meet", "right"]
    assert late == ["work.late"]
