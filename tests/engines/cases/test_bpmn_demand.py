"""Demands whose process is a BPMN 2.0 file: accepted, handled, answered, closed as it says."""

import shutil
from pathlib import Path

import msgspec
import pytest

from pengcheng import pack
from pengcheng.engines.processes import compile_declared, write
from pengcheng.kernel.registry import Registry
from pengcheng.pack import load
from tests.engines.cases.town import KIND, Stand, Town

pytestmark = pytest.mark.anyio
PACKS = Path(__file__).parents[3] / "packs"
NAME = "demand_handling"
TO_AUTHOR = 'sourceRef="approval.next" targetRef="replied"'
TO_CALL_BACK = 'sourceRef="approval.next" targetRef="call_back"'


def written_in_bpmn(folder: Path) -> Registry:
    """The packs with the demand's steps in a BPMN file, in which an approved reply is called back
    at once."""
    packs = pack.find(PACKS)
    process = load(packs).processes[NAME]
    text = write(compile_declared(process).document).decode()
    assert text.count(TO_AUTHOR) == 1
    folders = [shutil.copytree(source, folder / source.name) for source in packs]
    processes = next(path for path in folders if path.name == "citizen_demands") / "processes"
    (processes / f"{NAME}.bpmn").write_text(text.replace(TO_AUTHOR, TO_CALL_BACK), "utf-8")
    yaml = (processes / f"{NAME}.yaml").read_text("utf-8")
    head, rest = yaml.split("  steps:\n", 1)
    case = rest[rest.index("\ncase:") :]
    head = head.replace("  start: intake\n", f"  file: {NAME}.bpmn\n")
    (processes / f"{NAME}.yaml").write_text(head + case, "utf-8")
    return load(folders)


@pytest.fixture
def in_bpmn(town: Town, tmp_path: Path) -> Town:
    """The town with its demands run by a BPMN file."""
    registry = written_in_bpmn(tmp_path)
    version = town.services.registry.version + 1
    town.services.declared.replace(msgspec.structs.replace(registry, version=version))
    return town


async def test_a_demand_goes_the_way_of_its_file(in_bpmn: Town) -> None:
    code = await in_bpmn.replied()

    approved = await in_bpmn.case(code)
    closed = await in_bpmn.act("operator", code, "call_back", details={"contacted": True})

    assert approved.step == "call_back"
    assert (closed.open, closed.outcome) == (False, "closed")


async def test_intake_and_bounds_work_under_a_file_as_under_the_short_form(in_bpmn: Town) -> None:
    sent = await in_bpmn.send()
    await in_bpmn.intake(Stand())

    case = await in_bpmn.case(sent.code)

    assert case.step == "accepting"
    assert in_bpmn.services.registry.case_kind(KIND).process == NAME
