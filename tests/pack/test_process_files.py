"""BPMN files of packs: taken into the registry as they are, refused with sentences otherwise."""

import re
from pathlib import Path

import pytest

from pengcheng.engines.processes import compile_short, write
from pengcheng.kernel.errors import Refusal
from pengcheng.pack import load
from tests.pack.writing import PROCESS, RIGHTS, told, write_pack

SHORT = {
    "id": "inspection",
    "name": {"zh": "巡查", "en": "Inspection"},
    "steps": [
        {"id": "visit", "role": "clerk", "actions": {"fine": "done", "broken": "mend"}},
        {"id": "mend", "role": "clerk", "next": "done"},
        {"id": "done", "kind": "end"},
    ],
}
INSPECTION = write(compile_short(SHORT).document).decode()


def test_a_bpmn_file_stands_in_the_registry_as_it_is(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, rights=RIGHTS.split("rights:")[0],
                        processes__inspection_as_bpmn=INSPECTION)  # fmt: skip

    registry = load([folder])

    assert registry.process_files == {"inspection": INSPECTION}
    assert not registry.processes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no xml", "inspection.bpmn:1: this process cannot run: Line 1"),
        ("<a/>", "This is no BPMN 2.0 file"),
        (INSPECTION.replace("exclusiveGateway", "complexGateway"), "complex gateway"),
        (INSPECTION.replace('action = "fine"', "action = ("), "cannot run: visit.next-fine"),
        (INSPECTION.replace('targetRef="mend"', 'targetRef="done"'), "mend"),
    ],
    ids=["no xml", "no bpmn", "not supported", "expression", "out of reach"],
)  # fmt: skip
def test_a_file_that_cannot_run_is_refused_with_its_place(
    tmp_path: Path, text: str, says: str
) -> None:
    folder = write_pack(tmp_path, processes__inspection_as_bpmn=text)

    with pytest.raises(Refusal) as refused:
        load([folder])

    sentences = [fault.facts["en"] for fault in refused.value.faults]
    assert any(says in sentence for sentence in sentences), sentences
    assert not [sentence for sentence in sentences if re.search(r"{\w+}", sentence)]
    assert all(fault.facts["zh"] != fault.facts["en"] for fault in refused.value.faults)


def test_one_name_is_one_process(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, rights=RIGHTS.split("rights:")[0], processes__handling=PROCESS,
                        processes__handling_as_bpmn=INSPECTION)  # fmt: skip

    with pytest.raises(Refusal) as refused:
        load([folder])

    assert "already declared" in refused.value.faults[0].facts["en"]


def test_the_process_of_a_case_has_no_parallel_tokens(tmp_path: Path) -> None:
    forked = PROCESS.replace("kind: wait", "kind: fork")

    (fault,) = [text for text in told(tmp_path, processes__handling=forked) if "fork" in text]

    assert "handling.yaml" in fault
    assert "allowed: " in fault


def test_a_step_that_the_engine_has_no_name_for_is_refused(tmp_path: Path) -> None:
    named = PROCESS.replace("start: new", "start: start").replace("    new:", "    start:")
    rights = RIGHTS.split("rights:")[0]

    faults = told(tmp_path, processes__handling=named, rights=rights)

    assert any("this process cannot run" in text for text in faults), faults
