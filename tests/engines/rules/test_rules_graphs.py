"""Decision graphs: requirements, boxed expressions, knowledge models, services, types, imports."""

from typing import Any

import pytest

from pengcheng.engines.feel import plain
from pengcheng.engines.rules import read_dmn
from pengcheng.kernel.errors import Absent, Refusal
from tests.engines.rules.rules_check import data, decision, dmn, literal, model

CONTEXT = """<context><contextEntry><variable name="one"/>{one}</contextEntry>
<contextEntry><variable name="two"/>{two}</contextEntry><contextEntry>{result}</contextEntry>
</context>"""
BOXES: list[tuple[str, Any]] = [
    (literal("1 + 1"), 2),
    (
        CONTEXT.format(one=literal("2"), two=literal("one * 3"), result=literal("one + two")),
        8,
    ),
    (f"<list>{literal('1')}{literal('2')}</list>", [1, 2]),
    (
        (
            f'<relation><column name="a"/><column name="b"/><row>{literal("1")}{literal("2")}</row>'
            "</relation>"
        ),
        [{"a": 1, "b": 2}],
    ),
    (
        (
            f"<conditional><if>{literal('1 > 0')}</if><then>{literal('5')}</then>"
            f"<else>{literal('6')}</else></conditional>"
        ),
        5,
    ),
    (
        f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal('item > 1')}</match></filter>",
        [2, 3],
    ),
    (
        f'<for iteratorVariable="i"><in>{literal("1..3")}</in>'.replace("1..3", "[1, 2, 3]")
        + f"<return>{literal('i * i')}</return></for>",
        [1, 4, 9],
    ),
    (
        (
            f'<some iteratorVariable="i"><in>{literal("[1, 2]")}</in>'
            f"<satisfies>{literal('i > 1')}</satisfies></some>"
        ),
        True,
    ),
    (
        (
            f'<every iteratorVariable="i"><in>{literal("[1, 2]")}</in>'
            f"<satisfies>{literal('i > 1')}</satisfies></every>"
        ),
        False,
    ),
    (
        (
            f'<invocation>{literal("function(a, b) a - b")}<binding><parameter name="b"/>'
            f'{literal("1")}</binding><binding><parameter name="a"/>{literal("5")}</binding>'
            "</invocation>"
        ),
        4,
    ),
    (
        (
            '<context><contextEntry><variable name="twice"/><functionDefinition>'
            f'<formalParameter name="n"/>{literal("n * 2")}</functionDefinition></contextEntry>'
            f"<contextEntry>{literal('twice(21)')}</contextEntry></context>"
        ),
        42,
    ),
]


@pytest.mark.parametrize(("logic", "expected"), BOXES)
def test_a_boxed_expression_has_its_value(logic: str, expected: Any) -> None:
    assert plain(model(decision("d", logic)).evaluate("d", {})) == expected


GRAPH = (
    (
        data("income", "number")
        + data("household size", "number")
        + decision("share", literal("income / household size"), inputs=["income", "household size"])
        + decision("is poor", literal("share < 1000"), decisions=["share"], kind="boolean")
        + decision("answer", literal('if is poor then "yes" else "no"'), decisions=["is poor"])
    )
    .replace('id="household size"', 'id="size"')
    .replace("#household size", "#size")
)


def test_a_decision_rests_on_others_and_on_inputs_with_spaces() -> None:
    graph = model(GRAPH)
    assert graph.evaluate("answer", {"income": 3000, "household size": 4}) == "yes"
    assert graph.evaluate("answer", {"income": 5000, "household size": 4}) == "no"
    assert graph.inputs_of("answer") == ("income", "household size")


def test_an_explanation_tells_each_decision_after_what_it_rests_on() -> None:
    told = model(GRAPH).explain("answer", {"income": 3000, "household size": 4})
    assert [(step.decision, step.output) for step in told.steps] == [
        ("share", 750),
        ("is poor", True),
        ("answer", "yes"),
    ]
    assert told.steps[1].inputs == {"share": 750}
    assert told.output == "yes"


def test_a_decision_sees_only_what_it_requires() -> None:
    loose = read_dmn(dmn(data("a") + decision("d", literal("a + 1"))))
    assert [fault.code for fault in loose.faults] == ["feel.unknown_name"]
    assert loose.evaluate("d", {"a": 1}) is None


def test_knowledge_models_call_each_other_and_check_their_arguments() -> None:
    body = (
        '<businessKnowledgeModel id="add" name="add"><variable name="add"/><encapsulatedLogic>'
        '<formalParameter name="a" typeRef="number"/><formalParameter name="b" typeRef="number"/>'
        f"{literal('a + b')}</encapsulatedLogic></businessKnowledgeModel>"
        '<businessKnowledgeModel id="double" name="double"><variable name="double"/>'
        f'<encapsulatedLogic><formalParameter name="n"/>{literal("add(n, n)")}'
        '</encapsulatedLogic><knowledgeRequirement><requiredKnowledge href="#add"/>'
        "</knowledgeRequirement></businessKnowledgeModel>"
        + decision("d", literal("double(4)"), knowledge=["double"])
        + decision("wrong", literal('add("x", 1)'), knowledge=["add"])
    )
    made = model(body)
    assert made.evaluate("d", {}) == 8
    assert made.evaluate("wrong", {}) is None
    assert made.call("add", {"a": 1, "b": 2}) == 3


def test_a_service_computes_only_what_is_not_given_to_it() -> None:
    body = GRAPH + (
        '<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#answer"/>'
        '<encapsulatedDecision href="#is poor"/><inputDecision href="#share"/></decisionService>'
        + decision("caller", literal("s(10)"), knowledge=["s"])
    )
    made = model(body)
    assert made.call("s", {"share": 5000}) == "no"
    assert made.evaluate("caller", {"income": 10**9, "household size": 1}) == "yes"


def test_declared_types_check_and_bring_values() -> None:
    body = (
        '<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"a","b"'
        '</text></allowedValues></itemDefinition><itemDefinition name="tPerson">'
        '<itemComponent name="grade"><typeRef>tGrade</typeRef></itemComponent>'
        '<itemComponent name="years"><typeRef>number</typeRef></itemComponent></itemDefinition>'
        + data("person", "tPerson")
        + decision("d", literal("person.years"), inputs=["person"], kind="number")
    )
    made = model(body)
    assert made.evaluate("d", {"person": {"grade": "a", "years": 3}}) == 3
    assert made.evaluate("d", {"person": {"grade": "c", "years": 3}}) is None
    assert made.evaluate("d", {"person": {"grade": "a"}}) is None
    assert made.evaluate("d", {"person": [{"grade": "b", "years": 4}]}) == 4


def test_a_type_that_holds_itself_is_read() -> None:
    body = (
        '<itemDefinition name="tNode"><itemComponent name="next"><typeRef>tNode</typeRef>'
        "</itemComponent></itemDefinition>" + data("n", "tNode")
    ) + decision("d", literal("n.next.next"), inputs=["n"])
    assert model(body).evaluate("d", {"n": {"next": {"next": 1}}}) == 1


def test_an_imported_model_is_known_under_its_name() -> None:
    lower = read_dmn(
        dmn(data("x") + decision("twice x", literal("x * 2"), inputs=["x"]), namespace="urn:low")
    )
    body = '<import name="low" namespace="urn:low" importType="https://x/DMN/"/>' + decision(
        "d", literal("low.twice x + 1"), decisions=["urn:low#twice x"]
    )
    made = model(body, [lower])
    assert made.evaluate("d", {"x": 3}) == 7
    assert made.evaluate("d", {"low": {"x": 4}}) == 9


def test_a_missing_import_and_an_unknown_reference_are_faults() -> None:
    body = '<import name="low" namespace="urn:low" importType="DMN"/>' + decision(
        "d", literal("1"), decisions=["urn:low#e"]
    )
    codes = [fault.code for fault in read_dmn(dmn(body)).faults]
    assert codes == ["rules.missing_import", "rules.unknown_reference"]


def test_a_circle_is_refused_by_its_names() -> None:
    body = decision("a", literal("b"), decisions=["b"]) + decision(
        "b", literal("a"), decisions=["a"]
    )
    with pytest.raises(Refusal) as refused:
        read_dmn(dmn(body))
    assert refused.value.code == "rules.circular"
    assert refused.value.facts["circle"] == ["a", "b", "a"]
    beside = decision("z", literal("a"), decisions=["a"]) + body
    with pytest.raises(Refusal) as refused:
        read_dmn(dmn(beside))
    assert refused.value.facts["circle"] == ["a", "b", "a"], "only the circle is named"


def test_a_long_chain_of_decisions_runs() -> None:
    chain = [decision("d0", literal("1"))]
    chain += [
        decision(f"d{n}", literal(f"d{n - 1} + 1"), decisions=[f"d{n - 1}"]) for n in range(1, 1500)
    ]
    assert model("".join(chain)).evaluate("d1499", {}) == 1500


def test_an_unknown_decision_is_absent() -> None:
    with pytest.raises(Absent):
        model(decision("d", literal("1"))).evaluate("e", {})


def test_a_java_function_is_a_fault_and_gives_null() -> None:
    logic = (
        '<context><contextEntry><variable name="f"/><functionDefinition kind="Java">'
        f"{literal('1')}</functionDefinition></contextEntry><contextEntry>{literal('f()')}"
        "</contextEntry></context>"
    )
    made = read_dmn(dmn(decision("d", logic)))
    assert [fault.code for fault in made.faults] == ["rules.external_function"]
    assert made.evaluate("d", {}) is None


def test_the_fingerprint_follows_the_content() -> None:
    one, same = model(decision("d", literal("1"))), model(decision("d", literal(" 1 ")))
    other = model(decision("d", literal("2")))
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_an_unknown_name_is_told_at_its_place() -> None:
    logic = f"<list>{literal('1')}{literal('2 + shade')}</list>"
    fault = read_dmn(dmn(decision("d", logic))).faults[0]
    assert (fault.path, fault.facts["column"]) == ("/d/item 2", 5)
