"""A case kind whose process is a BPMN 2.0 file: the steps of the file, the checks of the short
form, and a refusal by name for what a case cannot run by."""

from pathlib import Path

import msgspec
import pytest

from pengcheng import pack
from pengcheng.engines.processes import compile_declared, write
from pengcheng.kernel.registry import Process
from pengcheng.pack import load
from tests.pack.writing import PROCESS, RIGHTS, told, write_pack

PACKS = Path(__file__).parents[2] / "packs"
ROLES = RIGHTS.split("rights:")[0]
HEAD = PROCESS.partition("  start: new")[0]
STAGES = "  stages: {open: {zh: 处理中, en: Open}, done: {zh: 办结, en: Done}}\n"
CASE = PROCESS[PROCESS.index("case:") :]
NAMED = f"{HEAD}  file: handling.bpmn\n{STAGES}{CASE}"
BY_HAND = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:p="urn:pengcheng:processes:1"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">
  <process id="handling" isExecutable="true">
    <laneSet id="lanes"><lane id="l1" name="clerk"><flowNodeRef>new</flowNodeRef></lane></laneSet>
    <startEvent id="begin"/>
    <userTask id="new" name="受理" p:nameEn="New" p:stage="open" p:within="2 hours"/>
    <exclusiveGateway id="choice" default="to_refuse"/>
    <receiveTask id="waiting" name="等待" p:nameEn="Waiting" p:stage="open" p:within="3 days"/>
    <endEvent id="closed" name="办结" p:nameEn="Closed" p:stage="done"/>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="new"/>
    <sequenceFlow id="f2" sourceRef="new" targetRef="choice"/>
    <sequenceFlow id="to_accept" name="受理" p:nameEn="Accept" sourceRef="choice"
        targetRef="waiting">
      <conditionExpression xsi:type="tFormalExpression">action = "accept"</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="to_refuse" p:action="refuse" sourceRef="choice" targetRef="closed"/>
    <sequenceFlow id="f5" sourceRef="waiting" targetRef="after"/>
    <exclusiveGateway id="after"/>
    <sequenceFlow id="f6" sourceRef="after" targetRef="closed">
      <conditionExpression xsi:type="tFormalExpression"
        >action in ("confirm", "expire")</conditionExpression>
    </sequenceFlow>
  </process>
</definitions>
"""


def registry_of(folder: Path, bpmn: str = BY_HAND) -> Process:
    """The process of a pack whose case kind names this file."""
    written = write_pack(folder, rights=ROLES, processes__handling=NAMED,
                         processes__handling_as_bpmn=bpmn)  # fmt: skip
    registry = load([written])
    assert not registry.process_files, "the file is the kind's process, no other one"
    return registry.processes["handling"]


def test_a_file_gives_the_steps_that_the_short_form_gives(tmp_path: Path) -> None:
    of_file = registry_of(tmp_path)
    (tmp_path / "short").mkdir()
    short = load([write_pack(tmp_path / "short", rights=ROLES, processes__handling=PROCESS)])

    plain = msgspec.structs.replace(short.processes["handling"], source={})
    assert msgspec.structs.replace(of_file, source={}) == plain
    assert of_file.source["actions"]["accept"]["name"] == {"zh": "受理", "en": "Accept"}


def test_what_a_case_runs_by_is_the_file_itself(tmp_path: Path) -> None:
    definition = compile_declared(registry_of(tmp_path))

    assert {"begin", "choice", "after"} <= {node.id for node in definition.process.body.nodes}


def test_every_process_of_the_packs_is_the_same_as_a_file(tmp_path: Path) -> None:
    for process in pack.load(pack.find(PACKS)).processes.values():
        text = write(compile_declared(process).document).decode()
        assert 'id="start"' in text
        (tmp_path / process.name).mkdir()
        again = _as_file(tmp_path / process.name, process, text)
        assert again.steps == process.steps
        assert again.start == process.start


def _as_file(parent: Path, process: Process, text: str) -> Process:
    """The process read back from its BPMN file, under a pack of one case kind."""
    stages = {name: msgspec.to_builtins(words) for name, words in process.stages}
    roles = {step.role for step in process.steps if step.role}
    rights = "roles:\n" + "".join(f"  {role}: {{zh: 角色, en: Role}}\n" for role in sorted(roles))
    yaml = f"""\
process:
  name: {{zh: 处置, en: Handling}}
  file: handling.bpmn
  stages: {msgspec.json.encode(stages).decode()}
{CASE}"""
    folder = write_pack(parent, rights=rights, processes__handling=yaml,
                        processes__handling_as_bpmn=text)  # fmt: skip
    return load([folder]).processes["handling"]


TIMER = """<boundaryEvent id="late" attachedToRef="new"><timerEventDefinition>
  <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
  <sequenceFlow id="f9" sourceRef="late" targetRef="closed"/></process>"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('<exclusiveGateway id="choice" default="to_refuse"/>',
         '<inclusiveGateway id="choice" default="to_refuse"/>',
         "choice (inclusive gateway): a case stands at one step"),
        ("</process>", TIMER, "late (timer boundary event)"),
        ('<userTask id="new"', '<scriptTask id="new"', "script task"),
        ('action = "accept"', 'action = "accept" and amount > 3', "also reads: amount"),
        (' p:action="refuse"', "", "to_refuse: a way out of a step names its verb"),
        ('"confirm", "expire"', '"confirm"', "needs the action expire"),
        (' p:within="2 hours"', "", "needs within"),
        ('p:within="2 hours"', 'p:within="soon"', "“soon” is not written like"),
        ('p:stage="open" p:within="2 hours"', 'p:within="2 hours"', "stage"),
        ("<lane id=\"l1\" name=\"clerk\">", "<lane id=\"l1\" name=\"clark\">", "clark"),
    ],
)  # fmt: skip
def test_what_a_case_cannot_run_by_is_refused_by_name_at_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in BY_HAND

    faults = told(tmp_path, rights=ROLES, processes__handling=NAMED,
                  processes__handling_as_bpmn=BY_HAND.replace(old, new))  # fmt: skip

    assert any(says in fault and "handling.bpmn" in fault for fault in faults), faults


def test_either_steps_or_a_file_and_the_file_is_there(tmp_path: Path) -> None:
    both = PROCESS.replace("  start: new", "  file: handling.bpmn\n  start: new")

    other = tmp_path / "other"
    other.mkdir()

    absent = told(tmp_path, rights=ROLES, processes__handling=NAMED)
    twice = told(other, rights=ROLES, processes__handling=both,
                 processes__handling_as_bpmn=BY_HAND)  # fmt: skip

    assert any("no file handling.bpmn" in fault for fault in absent), absent
    assert any("one of them" in fault for fault in twice), twice
