"""DMN files of packs: taken into the registry as they are, refused with a sentence otherwise."""

from pathlib import Path

import pytest

from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import RuleFile
from pengcheng.pack import load
from tests.pack.writing import write_pack

FEE = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="fee" name="fee"
    namespace="https://example.org/fee">
  <inputData id="area" name="area"><variable name="area" typeRef="number"/></inputData>
  <decision id="owed" name="owed"><variable name="owed" typeRef="number"/>
    <informationRequirement><requiredInput href="#area"/></informationRequirement>
    <literalExpression><text>area * 3</text></literalExpression>
  </decision>
</definitions>
"""


def test_a_dmn_file_stands_in_the_registry_as_it_is(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, rules__fee_as_dmn=FEE)

    registry = load([folder])

    assert registry.rule_files == {"fee": RuleFile(pack=folder.name, text=FEE)}


@pytest.mark.parametrize(
    "text",
    ["no xml", "<a/>", FEE.replace("area * 3", "area *"), FEE.replace("#area", "#nothing")],
    ids=["no xml", "no dmn", "expression", "reference"],
)
def test_a_file_that_cannot_decide_is_refused_at_its_place(tmp_path: Path, text: str) -> None:
    folder = write_pack(tmp_path, rules__fee_as_dmn=text)

    with pytest.raises(Refusal) as refused:
        load([folder])

    sentences = [fault.facts["en"] for fault in refused.value.faults]
    assert any("fee.dmn:1: the DMN file is refused" in sentence for sentence in sentences)


def test_one_name_is_one_rule(tmp_path: Path) -> None:
    one = write_pack(tmp_path, rules__fee_as_dmn=FEE)
    other = write_pack(tmp_path, "others", rules__fee_as_dmn=FEE)

    with pytest.raises(Refusal) as refused:
        load([one, other])

    assert any("fee" in fault.facts["en"] and "already declared" in fault.facts["en"]
               for fault in refused.value.faults)  # fmt: skip
