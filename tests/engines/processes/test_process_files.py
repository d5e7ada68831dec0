"""Reading and writing BPMN 2.0 files, and what is refused."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pengcheng.engines.processes import Definition, check, definition_in, draw, read, write
from pengcheng.engines.processes.diagram import picture_of
from pengcheng.engines.processes.reading import BYTES_MAX
from pengcheng.kernel.errors import PengchengError, Refusal, TooLarge
from tests.engines.processes.process_play import MODEL, bpmn, definition, flows

MIWG = os.environ.get("PENGCHENG_MIWG", "")


def canonical(element: Any) -> tuple[Any, ...]:
    """An element without its layout: the order of children and white space do not count."""
    text = re.sub(r"\s+", " ", element.text or "").strip()
    children = sorted(canonical(child) for child in element if isinstance(child.tag, str))
    return (element.tag, tuple(sorted(element.attrib.items())), text, tuple(children))


def parsed(data: bytes) -> tuple[Any, ...]:
    parser = etree.XMLParser(remove_comments=True, remove_pis=True)
    return canonical(etree.fromstring(data, parser))


FOREIGN = f"""<?xml version="1.0"?>
<b:definitions xmlns:b="{MODEL}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:v="urn:vendor" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" targetNamespace="urn:x" v:made="yes">
  <b:itemDefinition id="item" structureRef="v:thing"/>
  <b:collaboration id="co"><b:participant id="pool" name="P" processRef="p"/>
    <b:participant id="other"/><b:messageFlow id="mf" sourceRef="other" targetRef="s"/>
  </b:collaboration>
  <b:process id="p" isExecutable="false">
    <b:documentation>why <b>not</b> so</b:documentation>
    <b:extensionElements><v:anything deep="1"><v:inner>text</v:inner></v:anything>
    </b:extensionElements>
    <b:startEvent id="s" v:colour="red"><b:outgoing>f</b:outgoing></b:startEvent>
    <b:scriptTask id="t" scriptFormat="x"><b:incoming>f</b:incoming>
      <b:ioSpecification><b:inputSet/><b:outputSet/></b:ioSpecification>
      <b:script>do()</b:script></b:scriptTask>
    <b:transaction id="tx"/><b:complexGateway id="cg" name="&lt;odd&gt; &amp; &quot;q&quot;"/>
    <b:sequenceFlow id="f" sourceRef="s" targetRef="t">
      <b:conditionExpression xsi:type="b:tFormalExpression" language="v:script">x
      </b:conditionExpression>
    </b:sequenceFlow>
    <b:dataObject id="d" isCollection="false"/><b:textAnnotation id="n"><b:text>note</b:text>
    </b:textAnnotation><b:association id="as" sourceRef="t" targetRef="n"/>
    <b:group id="g"/>
  </b:process>
  <di:BPMNDiagram id="dg"><di:BPMNPlane id="pl" bpmnElement="co">
    <di:BPMNShape id="sh" bpmnElement="s" v:bold="1"><dc:Bounds x="1" y="2" width="36" height="36"/>
    </di:BPMNShape></di:BPMNPlane></di:BPMNDiagram>
</b:definitions>""".encode()


def test_what_is_not_understood_is_kept_word_for_word_with_the_diagram() -> None:
    document = read(FOREIGN)
    written = write(document)
    assert parsed(written) == parsed(FOREIGN)
    assert read(written) == document
    assert [item.element for item in picture_of(document).shapes] == ["s"]


def test_constructs_that_are_kept_are_refused_by_name_when_they_should_run() -> None:
    found = check(Definition(read(FOREIGN), "p"))
    named = {item.element: item.facts["construct"] for item in found if "construct" in item.facts}
    assert named == {"t": "script task", "tx": "transaction", "cg": "complex gateway"}


def refused(data: bytes) -> str:
    with pytest.raises(PengchengError) as told:
        read(data)
    return told.value.code


def root(namespace: str, name: str = "definitions") -> bytes:
    return f'<{name} xmlns="{namespace}" targetNamespace="urn:x"/>'.encode()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"""


def test_bombs_and_entities_are_never_expanded() -> None:
    assert refused(BOMB) == "process.document_type"
    assert refused(OUTSIDE) == "process.document_type"
    hidden = BOMB.decode().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16")
    assert refused(hidden) in {"process.document_type", "process.not_xml"}


def test_files_of_other_standards_are_refused_by_their_name() -> None:
    for namespace, standard in (
        ("http://www.omg.org/spec/CMMN/20151109/MODEL", "CMMN"),
        ("https://www.omg.org/spec/DMN/20191111/MODEL/", "DMN"),
        ("http://www.wfmc.org/2008/XPDL2.1", "XPDL (BPMN 1.x)"),
        ("http://schema.omg.org/spec/BPMN/1.1", "BPMN 1.x"),
    ):
        with pytest.raises(Refusal) as told:
            read(root(namespace))
        assert told.value.facts == {"standard": standard}
    assert refused(root("urn:mine")) == "process.not_bpmn"
    assert refused(root(MODEL, "process")) == "process.not_bpmn"
    assert refused(b"not xml") == "process.not_xml"
    assert refused(b"") == "process.not_xml"


def test_size_depth_and_number_of_elements_have_named_limits() -> None:
    with pytest.raises(TooLarge):
        read(b" " * (BYTES_MAX + 1))
    deep = "<subProcess id='x{}'>"
    nested = "".join(deep.format(n) for n in range(100)) + "</subProcess>" * 100
    assert refused(bpmn(nested)) == "process.too_deep"
    assert refused(bpmn("<a>" * 1000 + "</a>" * 1000)) == "process.too_deep"
    wide = "".join(f"<task id='t{n}'/>" for n in range(100_001))
    assert refused(bpmn(wide)) == "process.too_many_elements"


def test_ids_twice_and_flows_to_nowhere_are_refused_with_their_line() -> None:
    assert refused(bpmn('<task id="a"/><task id="a"/>')) == "process.id_twice"
    assert refused(bpmn("<task/>")) == "process.id_missing"
    assert refused(bpmn('<task id="a"/>' + flows("a>b"))) == "process.flow_to_nowhere"
    assert refused(bpmn('<task id="a"/>' + flows("a>p"))) == "process.flow_to_nowhere"


def test_which_process_of_a_file_is_meant_must_be_clear() -> None:
    data = bpmn('<task id="a"/>').replace(
        b"</definitions>", b'<process id="q"><task id="b"/></process></definitions>'
    )
    assert definition_in(read(data)).process_id == "p"
    assert definition_in(read(data), "q").process_id == "q"
    with pytest.raises(Refusal):
        definition_in(read(data), "r")


def test_text_of_a_file_cannot_become_markup_of_a_drawing() -> None:
    name = "&lt;script&gt;alert(1)&lt;/script&gt;"
    drawn = draw(definition(f'<userTask id="a" name="{name}"/>'))
    assert "<script" not in drawn
    etree.fromstring(drawn)


@pytest.mark.skipif(not MIWG, reason="PENGCHENG_MIWG names no checkout of the MIWG test suite")
def test_every_miwg_reference_model_imports_round_trips_and_can_be_drawn() -> None:
    files = sorted(Path(MIWG, "Reference").glob("*.bpmn"))
    assert len(files) >= 20
    for file in files:
        data = file.read_bytes()
        document = read(data)
        written = write(document)
        assert parsed(written) == parsed(data), file.name
        assert read(written) == document, file.name
        shapes = data.count(b":BPMNShape ") + data.count(b"<BPMNShape ")
        assert len(picture_of(document).shapes) == shapes, file.name
        for process in document.processes:
            one = Definition(document, process.id)
            check(one)
            etree.fromstring(draw(one))
