"""DMN files: versions, writing back, and files made to do harm."""

import pytest
from lxml import etree

from pengcheng.engines.rules import read_dmn, write_dmn
from pengcheng.kernel.errors import Refusal
from tests.engines.rules.rules_check import NAMESPACES, data, decision, dmn, literal
from tests.engines.rules.test_rules_graphs import BOXES, GRAPH

MODEL = NAMESPACES["1.5"]
DIAGRAM = (
    '<dmndi:DMNDI xmlns:dmndi="{}"><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef="d"/>'
    "</dmndi:DMNDiagram></dmndi:DMNDI>"
)


@pytest.mark.parametrize("version", NAMESPACES)
def test_each_version_is_read(version: str) -> None:
    made = read_dmn(dmn(decision("d", literal("1 + 1")), version=version))
    assert made.evaluate("d", {}) == 2


@pytest.mark.parametrize("logic", [logic for logic, _ in BOXES])
def test_what_is_written_reads_as_what_was_read(logic: str) -> None:
    first = read_dmn(dmn(data("x", "number") + decision("d", logic, inputs=["x"])))
    written = write_dmn(first)
    again = read_dmn(written)
    assert again.definitions.decisions == first.definitions.decisions
    assert again.definitions.inputs == first.definitions.inputs
    assert write_dmn(again) == written


def test_diagrams_and_extensions_of_older_versions_come_back_in_the_new_one() -> None:
    old = DIAGRAM.format("https://www.omg.org/spec/DMN/20191111/DMNDI/")
    extension = '<extensionElements><v:note xmlns:v="urn:vendor">kept</v:note></extensionElements>'
    source = '<knowledgeSource id="law" name="办法"/>'
    body = extension + decision("d", literal("1")) + source + old
    root = etree.fromstring(write_dmn(read_dmn(dmn(body, version="1.3"))))
    assert root.tag == f"{{{MODEL}}}definitions"
    assert root.find(".//{urn:vendor}note").text == "kept"
    assert root.find(f"{{{MODEL}}}knowledgeSource").get("name") == "办法"
    di = "https://www.omg.org/spec/DMN/20230324/DMNDI/"
    assert root.find(f".//{{{di}}}DMNShape").get("dmnElementRef") == "d"


def test_attributes_of_a_vendor_come_back_on_the_elements_that_had_them() -> None:
    vendor = 'xmlns:v="urn:vendor" v:colour="red"'
    body = (
        decision("d", literal("1"))
        .replace("<decision ", f"<decision {vendor} ", 1)
        .replace("<literalExpression", f"<literalExpression {vendor}", 1)
    )
    first = read_dmn(dmn(body))
    root = etree.fromstring(write_dmn(first))
    again = read_dmn(write_dmn(first))

    named = [etree.QName(item).localname for item in root.iter() if item.get("{urn:vendor}colour")]
    assert named == ["decision", "literalExpression"]
    assert again.definitions.decisions == first.definitions.decisions
    assert again.fingerprint == first.fingerprint


def test_a_graph_written_and_read_decides_the_same() -> None:
    first = read_dmn(dmn(GRAPH))
    again = read_dmn(write_dmn(first))
    inputs = {"income": 3000, "household size": 4}
    assert again.evaluate("answer", inputs) == first.evaluate("answer", inputs) == "yes"


BOMB = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
ENTITY = f'<definitions xmlns="{MODEL}" name="n" namespace="u"><description>&x;</description>'
TABLE = '<decisionTable hitPolicy="{}"><output/><rule><outputEntry><text>1</text></outputEntry>'
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "rules.not_xml"),
    "no XML": (b"decision: yes", "rules.not_xml"),
    "half a file": (dmn(decision("d", literal("1")))[:-20], "rules.not_xml"),
    "an XML bomb": (
        (BOMB + ENTITY.replace("&x;", "&c;") + "</definitions>").encode(),
        "rules.document_type_not_allowed",
    ),
    "an external entity": (
        (OUTSIDE + ENTITY + "</definitions>").encode(),
        "rules.document_type_not_allowed",
    ),
    "an XML bomb in an attribute": (
        (BOMB + f'<definitions xmlns="{MODEL}" name="&c;" namespace="u"/>').encode(),
        "rules.document_type_not_allowed",
    ),
    "a thousand levels": (
        dmn("<context><contextEntry>" * 1000 + "</contextEntry></context>" * 1000),
        "rules.nested_too_deep",
    ),
    "more than a file may have": (b" " * (8 * 1024 * 1024 + 1), "rules.too_large"),
    "a quarter of a million elements": (dmn("<a/>" * 250_000), "rules.too_many_elements"),
    "DMN 1.1": (
        b'<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd"/>',
        "rules.other_standard",
    ),
    "DMN 1.2": (
        b'<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/"/>',
        "rules.other_standard",
    ),
    "CMMN": (
        b'<definitions xmlns="http://www.omg.org/spec/CMMN/20151109/MODEL"/>',
        "rules.other_standard",
    ),
    "BPMN": (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        "rules.other_standard",
    ),
    "a hit policy that is none": (
        dmn(decision("d", TABLE.format("LUCKY") + "</rule></decisionTable>")),
        "rules.unknown_hit_policy",
    ),
    "ten thousand rows": (
        dmn(
            decision(
                "d",
                TABLE.format("FIRST")
                + "</rule>"
                + "<rule><outputEntry><text>1</text></outputEntry></rule>" * 10_000
                + "</decisionTable>",
            )
        ),
        "rules.too_many_rows",
    ),
    "two elements with one id": (
        dmn(decision("d", literal("1")) + decision("d", literal("2"))),
        "rules.repeated_id",
    ),
}


@pytest.mark.parametrize(("content", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_by_name(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_dmn(content)
    assert refused.value.code == code


def test_another_standard_is_named_with_what_is_allowed() -> None:
    with pytest.raises(Refusal) as refused:
        read_dmn(BAD["CMMN"][0])
    assert refused.value.facts["found"] == "CMMN 1.1"
    assert refused.value.facts["allowed"] == ["DMN 1.3", "DMN 1.4", "DMN 1.5"]


def test_a_text_that_never_ends_is_refused_when_it_runs() -> None:
    made = read_dmn(dmn(decision("d", literal("for i in 1..1000000000 return i"))))
    with pytest.raises(Refusal) as refused:
        made.evaluate("d", {})
    assert refused.value.code == "feel.too_many_steps"


def test_a_text_of_a_hundred_levels_is_a_fault_with_its_place() -> None:
    made = read_dmn(dmn(decision("d", literal("(" * 100 + "1" + ")" * 100))))
    assert [(fault.path, fault.code) for fault in made.faults] == [("/d", "feel.nested_too_deep")]
